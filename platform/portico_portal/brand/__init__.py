"""The brand editor: what a distributor's staff set for their portal's look, as a draft, and published."""
