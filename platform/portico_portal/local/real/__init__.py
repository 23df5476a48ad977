"""`make real DATA=<file>`: the main job on a wholesaler's whole year, and what it costs (docs/real-figures.md).

Converted, synced through the connector, compared document by document, paid as its largest customer, compared again.
What it finds and measures goes to the terminal and into its own folder, never into the project.
"""
