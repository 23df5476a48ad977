"""Turns ready values into pages, mails and papers in the tenant's brand and the reader's language."""
