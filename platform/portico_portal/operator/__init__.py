"""The operator's console, on the platform's own host."""
