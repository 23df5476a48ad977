"""Two histories of revisions, `control` and `tenant`, and the script that makes a new tenant's tables at once.

A revision adds; none changes a column's type or meaning, and nothing is dropped in the release that stops using it.
Revisions are plain DDL and SQL: they are turned into SQL once and sent to every tenant, so none can ask the database.
"""
