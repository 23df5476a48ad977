"""The record API: reading, filtering, writing and describing single records."""
