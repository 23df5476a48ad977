"""Fixtures for all tests: the run's PostgreSQL and Redis, databases and tenants, any server as a child process."""

pytest_plugins = ["tests.services", "tests.strict", "tests.databases", "tests.together", "tests.chromium"]
