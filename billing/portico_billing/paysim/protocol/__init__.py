"""Stripe's manners over HTTP: forms in, JSON out, errors, keys, idempotency, lists, expansion."""
