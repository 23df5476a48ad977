"""Hands owed mails over to the mail server."""
