"""Guards taken out one at a time, to see which test turns red without them. By hand: `python -m tests.guards`."""
