"""Stripe's objects as paysim keeps them, and what the API lets a client do with them."""
