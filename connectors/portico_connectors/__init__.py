"""Fetches records from ERPs and posts to them. No database, no web, no queue (the simulators excepted)."""
