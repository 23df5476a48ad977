"""The audit trail, for the staff."""
