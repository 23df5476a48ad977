"""Entries as a person reads them: what each was done to by name, what changed in words, and beside it all as stored.

Auditors look for codes and ids as they are stored, so nothing is left out of `stored` because it is said in words.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from portico_portal.audit.changes import EDITED, Change, Teller, manifest_of
from portico_portal.audit.names import Name, Names, id_of
from portico_portal.audit.queries import AuditView
from portico_themes.links import link
from portico_themes.page import Page
from portico_themes.texts import N_

PLACES = {"customer": "staff_customer", "invoice": "staff_invoice", "payment": "staff_payment"}


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """Something under its name. The page has words for what `kind` it is (person, customer, invoice, payment,
    invitation, address, connection, tenant; others as stored), and for what is gone, whose `name` is empty."""

    kind: str
    name: str = ""
    more: str = ""
    url: str = ""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One entry. `what` is None where actor or action say it already, `customer` where it is `what`."""

    at: datetime
    actor: str
    action: str
    what: Thing | None
    customer: Thing | None
    changes: Sequence[Change]
    stored: Sequence[tuple[str, str]]


def tell(rows: Sequence[AuditView], names: Names, page: Page) -> list[Told]:
    """The entries in the words of the page's reader."""
    teller = Teller.of(page)
    return [
        Told(
            at=row.at,
            actor=row.actor,
            action=row.action,
            what=_what(row, names),
            customer=_customer(row, names),
            changes=teller.changes(row, names),
            stored=[(page.text(label), text) for label, text in _stored(row)],
        )
        for row in rows
    ]


def _what(row: AuditView, names: Names) -> Thing | None:
    kind = row.object_type
    if kind in EDITED or f"{kind}:{row.object_id}" == row.actor_code:
        return None
    match kind:
        case "person" | "customer" | "invoice" | "payment":
            return _thing(kind, _name(row, names))
        case "posting":
            return _thing("payment", _name(row, names))
        case "invitation":
            return _invitation(row, _name(row, names))
        case "connection":
            manifest = manifest_of(row.object_id)
            return Thing(kind=kind, name=manifest.name if manifest else "")
        case "address":
            return Thing(kind=kind, name=row.object_id)
        case "tenant":
            return Thing(kind=kind)
    return Thing(kind=kind, name=row.object_id)


def _customer(row: AuditView, names: Names) -> Thing | None:
    if row.customer_id is None or row.object_id == str(row.customer_id):
        return None
    return _thing("customer", names.get(("customer", row.customer_id)))


def _name(row: AuditView, names: Names) -> Name | None:
    known = id_of(row)
    return names.get((row.object_type, known)) if known else None


def _thing(kind: str, name: Name | None) -> Thing:
    if name is None:
        return Thing(kind=kind)
    url = link(PLACES[kind], **{kind: name.shown_as}) if kind in PLACES else ""
    if not name.text:
        return Thing(kind=kind, name=name.more, url=url)
    return Thing(kind=kind, name=name.text, more=name.more if kind in ("person", "customer") else "", url=url)


def _invitation(row: AuditView, name: Name | None) -> Thing:
    """Old invitations are tidied away; their entries still say whom they went to."""
    noted = {**(row.before or {}), **(row.after or {})}.get("email", "")
    return Thing(kind=row.object_type, name=name.more if name else noted)


def _stored(row: AuditView) -> list[tuple[str, str]]:
    told = (
        (N_("What"), row.action),
        (N_("To what"), f"{row.object_type} {row.object_id}"),
        (N_("Who"), row.actor_code),
        (N_("Customer"), str(row.customer_id or "")),
        (N_("Request"), row.request_id or ""),
        (N_("Before"), _json(row.before)),
        (N_("After"), _json(row.after)),
    )
    return [(label, text) for label, text in told if text]


def _json(side: Mapping[str, Any] | None) -> str:
    return json.dumps(side, ensure_ascii=False) if side else ""
