"""Acceptance stories: a real browser against the demo's real processes, one story a file, nothing replaced."""
