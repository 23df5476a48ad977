"""Turns the Online Retail data set (UCI, CC BY 4.0) into a company folder; how, stands in docs/real-figures.md.

The file is read twice: once for its documents, which are kept in memory as one small object each, once for the lines
of those that are wanted, which are not kept.
"""
