"""SuiteQL: parse the Oracle dialect, refuse what the service refuses, run the rest on SQLite."""
