"""An account's state: one SQLite file, its tables and the connections to it."""
