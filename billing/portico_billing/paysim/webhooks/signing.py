"""The Stripe-Signature header: HMAC-SHA256 over `<time>.<raw body>` with the endpoint's whole secret."""

import hashlib
import hmac
import time

STALE_SECONDS = 600


def signature_header(body: bytes, secret: str, trick: str | None = None) -> str:
    """`t=…,v1=…`; `trick` names a way to get it wrong on purpose (see control/faults.py)."""
    stamp = int(time.time()) - (STALE_SECONDS if trick == "old_timestamp" else 0)
    right = _v1(body, secret, stamp)
    if trick == "wrong_signature":
        return f"t={stamp},v1={_v1(body, 'whsec_of_somebody_else', stamp)}"
    if trick == "two_signatures":
        return f"t={stamp},v1={_v1(body, 'whsec_retired', stamp)},v1={right}"
    return f"t={stamp},v1={right}"


def _v1(body: bytes, secret: str, stamp: int) -> str:
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
