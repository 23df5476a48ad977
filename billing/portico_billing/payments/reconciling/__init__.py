"""Our ledger held against Stripe's and the ERP's. What differs is written down and shown; nothing is repaired."""
