"""What people see while a service we depend on is gone: a table, rendered into docs/dependencies.md, and its tests."""
