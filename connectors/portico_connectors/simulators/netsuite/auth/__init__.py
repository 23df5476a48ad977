"""How a request signs in: token-based (OAuth 1.0a) or with a machine-to-machine bearer token."""
