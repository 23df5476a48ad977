"""What each word of the table means, as something that can be checked of an answer."""

from collections.abc import Callable

from tests.faults.dependencies.guests import Guests, Seen

Check = Callable[[Guests, Seen, Seen], None]
LATE = "leave a little later than usual"
AWAY = "We are not reachable for a moment"
UNSAVED = "This cannot be saved at the moment"
OF_OUR_OWN = (  # what was paid is written here first; a preview shows samples
    "/payments/",
    "/staff/payments",
    "/staff/brand/preview",
)
TYPED = "What you typed is still in your browser"


def usual(_: Guests, seen: Seen, calm: Seen) -> None:
    """The same status, kind of file and heading as in calm weather, where a form leads included."""
    _same(seen, calm)
    if calm.then is not None:
        assert seen.then is not None
        _same(seen.then, calm.then)


def late(guests: Guests, seen: Seen, calm: Seen) -> None:
    usual(guests, seen, calm)
    assert seen.then is not None
    assert LATE in seen.then.text


def away(guests: Guests, seen: Seen, _: Seen) -> None:
    _told(guests, seen, AWAY)


def refused(_: Guests, seen: Seen, __: Seen) -> None:
    assert seen.status == 503, seen.brief
    assert int(seen.headers["retry-after"]) >= 1


def no_marks(_: Guests, seen: Seen, calm: Seen) -> None:
    """What the database does not keep comes as always; a mark does, or is refused for now."""
    if calm.headers["content-type"].startswith("image/png") and "/brand/" in seen.what:
        assert seen.status in (200, 503), seen.brief
    else:
        _same(seen, calm)


def unsaved(guests: Guests, seen: Seen, _: Seen) -> None:
    _told(guests, seen, UNSAVED)


def whole(guests: Guests, seen: Seen, calm: Seen) -> None:
    if seen.status == 503:
        unsaved(guests, seen, calm)
    else:
        assert seen.status == calm.status, seen.brief


def old(guests: Guests, seen: Seen, calm: Seen) -> None:
    """Where figures of the ERP stand, their age stands beside them, marked as old; first of all what it means."""
    usual(guests, seen, calm)
    path = seen.what.partition(" ")[2]
    if 'class="age' in calm.text and not path.startswith(OF_OUR_OWN):
        assert 'class="age age-old"' in seen.text, f"{seen.what} does not say how old its figures are"
    if path in ("/", "/invoices"):
        assert "These figures are from" in seen.text
        assert "You can pay as usual" in seen.text


def our_paper(guests: Guests, seen: Seen, calm: Seen) -> None:
    usual(guests, seen, calm)
    assert seen.body.startswith(b"%PDF-")


def waiting(_: Guests, seen: Seen, calm: Seen) -> None:
    assert seen.status == calm.status
    assert seen.then is not None
    assert seen.then.heading == "The payment page is being opened"
    assert "nothing is charged before you confirm it" in seen.then.text
    assert 'http-equiv="refresh"' in seen.then.text


def uncancelled(guests: Guests, seen: Seen, _: Seen) -> None:
    _told(guests, seen, AWAY)
    assert "The payment page could not be closed" in seen.text


def note(_: Guests, seen: Seen, calm: Seen) -> None:
    assert seen.status == calm.status
    assert seen.heading == "Card and debit", "neither ready nor not ready: nobody knows"
    assert "Stripe does not answer at the moment" in seen.text


def erp_says(guests: Guests, seen: Seen, _: Seen) -> None:
    assert seen.status == 422, seen.brief
    assert "NetSuite" in seen.text
    for name in ("account_id", "client_id", "pdf_script"):
        assert guests.erp_values[name] in seen.text


def again(_: Guests, seen: Seen, __: Seen) -> None:
    assert seen.status == 503, seen.brief


def not_ready(_: Guests, seen: Seen, __: Seen) -> None:
    assert seen.status == (503 if seen.what.endswith("/ready") else 200)


def ends(_: Guests, seen: Seen, __: Seen) -> None:
    assert seen.status == 503


def _same(seen: Seen, calm: Seen) -> None:
    assert seen.brief == calm.brief, f"{seen.what} shows {seen.brief}, in calm weather {calm.brief}"


def _told(guests: Guests, seen: Seen, heading: str) -> None:
    """An error page in the distributor's brand and words."""
    assert seen.status == 503, seen.brief
    assert int(seen.headers["retry-after"]) >= 1
    assert seen.heading == heading
    assert guests.tenant.name in seen.text
    assert (TYPED in seen.text) == seen.what.startswith("POST")
    assert "Traceback" not in seen.text
    assert "sqlalchemy" not in seen.text


WORDS: dict[str, Check] = {
    each.__name__: each
    for each in (
        *(usual, late, away, refused, no_marks, unsaved, whole, old, our_paper, waiting),
        *(uncancelled, note, erp_says, again, not_ready, ends),
    )
}
