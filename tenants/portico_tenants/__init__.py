"""Who the tenant is, who is asking, and the one place that selects a schema."""
