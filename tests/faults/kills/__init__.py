"""Processes killed with -9 while payers pay: nothing lost, nothing doubled, nothing seen by the wrong eyes."""
