"""The `portico` command, group by group. Each command opens what it needs, says what it did, and ends."""
