"""Everything that speaks to Stripe: the gateway for calls, the webhook for what comes in."""
