"""What only tests, the demo and its operator use: faults, the clock, a view on everything. No keys asked."""
