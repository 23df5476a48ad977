"""Payments as people see them: what is read for a page, in which words, as paper, mail and file. Decides nothing."""
