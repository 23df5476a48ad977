"""Compares what the demo holds with the Online Retail file it came from; how, stands in docs/real-figures.md.

Reads the file by itself, and knows nothing of the converter that made the company folder.
"""
