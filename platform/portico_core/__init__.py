"""The ground floor: settings, errors, time, money, jobs and logs. Knows nothing of tenants, ERPs or pages."""
