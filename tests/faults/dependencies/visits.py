"""How the pages of each kind are looked at. Those of one kind are opened at the same time, as people do."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from tests.faults.dependencies.guests import Guest, Guests, Seen
from tests.faults.dependencies.kinds import KINDS

Visit = Callable[[Guests], Awaitable[list[Seen]]]
QUERIES = {"/payments/select": "?which=open", "/switch": "", "/payments/return": "?s=cs_nothing"}


async def look(guests: Guests, kind: str) -> list[Seen]:
    """What is seen of a kind now."""
    return await (VISITS.get(kind) or _pages_of(kind))(guests)


def _pages_of(kind: str) -> Visit:
    """All GET routes of a kind, each by whom it is for."""

    async def visit(guests: Guests) -> list[Seen]:
        paths = [route.removeprefix("GET ") for route in KINDS[kind] if route.startswith("GET ")]
        return list(await asyncio.gather(*(_guest_for(guests, path).get(_filled(guests, path)) for path in paths)))

    return visit


def _guest_for(guests: Guests, path: str) -> Guest:
    if path.startswith("/staff"):
        return guests.owner
    if path.startswith(("/operator", "/metrics")):
        return guests.platform
    if path.startswith(("/members", "/profile", "/switch")):
        return guests.admin
    if path.startswith(("/reset", "/invitation", "/sign-in", "/forgot", "/health")):
        return guests.stranger
    return guests.payer


def _filled(guests: Guests, path: str) -> str:
    for name, value in guests.ids.items():
        for kind in ("uuid", "str", "path"):
            path = path.replace(f"{{{name}:{kind}}}", str(value))
    assert "{" not in path, f"teach guests.py what to put into {path}"
    return path + QUERIES.get(path, "")


async def _assets(guests: Guests) -> list[Seen]:
    return list(await asyncio.gather(*(guests.stranger.get(path) for path in guests.assets)))


async def _sign_in(guests: Guests) -> list[Seen]:
    form = {"email": guests.email, "password": guests.stack.passwords[guests.email]}
    seen = await guests.newcomer.send("/sign-in", form)
    if seen.status == 303:
        guests.newcomer.client.cookies.delete("session")
    return [seen]


async def _papers(guests: Guests) -> list[Seen]:
    invoice = guests.papers.pop(0)  # one that nobody has opened: papers are kept
    receipt = guests.payer.get(_filled(guests, "/payments/{payment_id:uuid}/receipt.pdf"))
    return list(await asyncio.gather(guests.payer.get(f"/invoices/{invoice}.pdf"), receipt))


async def _choose(guests: Guests) -> list[Seen]:
    form = {"line": str(guests.invoices[-1][0])}
    return [
        *await asyncio.gather(
            guests.payer.get("/payments/select?which=overdue"),
            guests.payer.send("/payments/select", form),
            guests.payer.send("/payments/selection", form),
        )
    ]


async def _pay(guests: Guests) -> list[Seen]:
    return [await guests.payer.send("/payments", guests.pay_form())]


async def _go(guests: Guests) -> list[Seen]:
    return [await guests.payer.get(f"/payments/{guests.open_payment}/go")]


async def _return(guests: Guests) -> list[Seen]:
    return [await guests.payer.get(f"/payments/return?s={guests.checkout}")]


async def _cancel(guests: Guests) -> list[Seen]:
    seen = await guests.payer.send(f"/payments/{guests.payment_to_cancel}/cancel")
    if seen.status == 303:
        guests.payment_to_cancel = None
    return [seen]


async def _change(guests: Guests) -> list[Seen]:
    form = {"name": "Ruth Calder", "language": "en", "colour_scheme": "light"}
    return [await guests.admin.send("/profile", form)]


async def _mail_form(guests: Guests) -> list[Seen]:
    email = f"{secrets.token_hex(6)}@invited.example"
    form = {"email": email, "name": "Somebody New", "role": "viewer"}
    seen = await guests.admin.send("/members/invite", form)
    if seen.status == 303:
        guests.invited.append(email)
    return [seen]


async def _button(guests: Guests) -> list[Seen]:
    return [await guests.owner.send("/staff/sync/run")]


async def _live(guests: Guests) -> list[Seen]:
    return [await guests.owner.first_of_stream("/staff/sync/events")]


async def _erp_form(guests: Guests) -> list[Seen]:
    return [await guests.owner.send("/staff/connection/test", dict(guests.erp_values))]


async def _webhook(guests: Guests) -> list[Seen]:
    body, headers = guests.event()
    return [await guests.platform.ask("POST", "/webhooks/stripe", content=body, headers=headers)]


VISITS: dict[str, Visit] = {
    "asset": _assets,
    "sign_in": _sign_in,
    "paper": _papers,
    "choose": _choose,
    "pay": _pay,
    "go": _go,
    "return": _return,
    "cancel": _cancel,
    "change": _change,
    "mail_form": _mail_form,
    "button": _button,
    "live": _live,
    "erp_form": _erp_form,
    "webhook": _webhook,
}


async def look_until(guests: Guests, kind: str, status: int, *, most: int = 80) -> list[Seen]:
    """Again and again, until one is answered with `status`: a full disk takes what still finds room on a page."""
    seen: list[Seen] = []
    for _ in range(most):
        seen = await look(guests, kind)
        if any(each.status == status for each in seen):
            return [each for each in seen if each.status == status]
    return seen


async def look_at_all(guests: Guests, kinds: dict[str, str], *, until: dict[str, int]) -> dict[str, Any]:
    """Every kind at the same time; what a kind's visit failed with stands in its place."""

    async def one(kind: str) -> list[Seen] | Exception:
        try:
            async with asyncio.timeout(60):
                if kind in until:
                    return await look_until(guests, kind, until[kind])
                return await look(guests, kind)
        except Exception as error:  # told by the test of that cell
            return error

    return dict(zip(kinds, await asyncio.gather(*map(one, kinds)), strict=True))
