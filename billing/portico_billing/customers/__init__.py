"""The distributor's customers as its staff see them: balances, people, what is open."""
