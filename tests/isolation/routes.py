"""The application's doors, and what each of them is pressed with. A new one without an answer here fails the matrix."""

from functools import lru_cache

from portico_portal.app import application
from portico_portal.probe.doors import Door as Door
from portico_portal.probe.doors import doors_of

# Doors whose id is no secret of a customer's: a public file, a mailed token that is its own key.
OPEN_IDS = {"token", "file", "path"}

# What is read from the query: with the name of an id in the world, or a text.
QUERIES = {
    "s": "checkout",  # the checkout's id, on the way back from Stripe
    "before": "audit",
    "seen": "",
    "asked": "",
    "again": "",
    "q": "canary",
    "action": "",
    "actor": "",
    "connector": "",
    "after": "",
    "next": "/",
    "view": "home",
    "about": "receipt",
    "language": "en",
    "theme": "dark",
}

# What each form is sent with, beside its CSRF token; names of ids stand in braces. Every unsafe door is in here.
FORMS: dict[str, dict[str, str]] = {
    "/sign-in": {"email": "nobody@example.example", "password": "not the password of anybody"},
    "/sign-out": {},
    "/forgot": {"email": "nobody@example.example"},
    "/reset/{token:str}": {"password": "a new one for whom it concerns"},
    "/invitation/{token:str}": {"name": "Somebody", "password": "a new one for whom it concerns"},
    "/profile": {"name": "Somebody else", "language": "de"},
    "/profile/password": {"current": "not it", "password": "a new one for whom it concerns"},
    "/profile/sessions/{session_id:uuid}/end": {},
    "/switch": {"customer": "{customer_id}"},
    "/members/invite": {"email": "someone@example.example", "name": "Someone", "role": "viewer"},
    "/members/{member_id:uuid}/role": {"role": "payer"},
    "/members/{member_id:uuid}/remove": {},
    "/members/{member_id:uuid}/invite-again": {},
    "/payments": {"line": "{reference}", "amount-{reference}": "1", "form_key": "{form_key}"},
    "/payments/select": {"line": "{reference}", "tick": "{reference}"},
    "/payments/selection": {"invoice": "{reference}"},
    "/payments/{payment_id:uuid}/cancel": {},
    "/staff/brand": {"name": "Another name", "primary": "#123456", "seen": "0"},
    "/staff/brand/discard": {"seen": "0"},
    "/staff/brand/restore": {"number": "1", "seen": "0"},
    "/staff/texts": {"about": "receipt", "language": "en", "receipt-subject": "Thanks", "seen": "0"},
    "/staff/texts/discard": {"seen": "0"},
    "/staff/texts/restore": {"number": "1", "seen": "0"},
    "/staff/connection": {"connector": "netsuite", "time_zone": "UTC"},
    "/staff/connection/test": {"connector": "netsuite", "time_zone": "UTC"},
    "/staff/customers/{customer_id:uuid}/invite": {"email": "a@example.example", "name": "A", "role": "viewer"},
    "/staff/members/invite": {"email": "b@example.example", "name": "B", "role": "service"},
    "/staff/members/{person_id:uuid}/role": {"role": "finance"},
    "/staff/members/{person_id:uuid}/remove": {},
    "/staff/members/{invitation_id:uuid}/invite-again": {},
    "/staff/payments/{payment_id:uuid}/attended": {},
    "/staff/postings/{posting_id:uuid}/retry": {},
    "/staff/sync/run": {},
    "/staff/sync/pause": {"action": "pause"},
    "/staff/sync/retry": {"record_type": "invoice"},
    "/operator/sign-in": {"token": "not the token"},
    "/operator/sign-out": {},
    "/webhooks/stripe": {},
}


@lru_cache(maxsize=1)
def doors() -> tuple[Door, ...]:
    """All of them, in order of path."""
    return doors_of(application())


def doors_for(*kinds: str) -> list[Door]:
    """Those of these kinds of access."""
    return [door for door in doors() if door.access.kind in kinds]


def doors_with_secrets(*kinds: str) -> list[Door]:
    """Those of them that name a thing which belongs to somebody."""
    return [door for door in doors_for(*kinds) if set(door.parameters) - OPEN_IDS]
