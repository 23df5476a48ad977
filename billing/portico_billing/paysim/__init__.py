"""A stand-in for Stripe (API 2026-10-28.endive) one can click through: for the demo and the tests alone.

It speaks Stripe's protocol to any client and knows nothing of Portico; nothing outside demo and tests imports it.
"""

API_VERSION = "2026-10-28.endive"
