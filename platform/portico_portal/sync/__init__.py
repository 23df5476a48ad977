"""Moves records between the tenant's ERP and its tables: connections, runs, postings, papers."""
