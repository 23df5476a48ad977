"""The hosted pay page: order, ways to pay, the bank's challenge, and the way back to the merchant."""

from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Response, Router, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from portico_billing.paysim.act import Act, World
from portico_billing.paysim.bank import attempt
from portico_billing.paysim.bank.cards import read_card
from portico_billing.paysim.bank.debits import SCHEMES, read_debit
from portico_billing.paysim.bank.instrument import Instrument, Unreadable
from portico_billing.paysim.objects import sessions
from portico_billing.paysim.pages.render import go, page
from portico_billing.paysim.store import Json
from portico_billing.paysim.webhooks.delivery import Deliverer

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
CARD_FIELDS = (
    ("card_number", "Card number", "cc-number", "numeric", "1234 1234 1234 1234"),
    ("card_expiry", "Expiry date", "cc-exp", "numeric", "MM/YY"),
    ("card_cvc", "Security code", "cc-csc", "numeric", "CVC"),
)
TEST_CARDS = (
    ("4242 4242 4242 4242", "works"),
    ("4000 0000 0000 0002", "is declined"),
    ("4000 0000 0000 9995", "has too little money"),
    ("4000 0027 6000 3184", "asks for the bank's confirmation"),
)
TEST_ACCOUNTS = {
    "bacs_debit": (("10-88-00, 00012345", "works"), ("10-88-00, 22222227", "is returned: too little money")),
    "sepa_debit": (("AT61 1904 3002 3457 3201", "works"), ("AT86 1904 3002 3547 3202", "is returned")),
    "us_bank_account": (
        ("110000000, 000123456789", "works"),
        ("110000000, 000222222227", "is returned: too little money"),
    ),
}


@get("/c/pay/{session:str}")
async def show(world: World, session: str) -> Response[Any]:
    found = world.store.find("checkout.session", session)
    if found is None:
        return _unknown()
    account, kept = found
    if kept["status"] != "open":
        return _ended(world, account, kept)
    return _form(Act(world, account), kept, {"email": kept["customer_email"] or ""})


@post("/c/pay/{session:str}")
async def pay(world: World, deliverer: Deliverer, session: str, data: Form) -> Response[Any]:
    """Try to pay. What was typed stays on the page when it did not work."""
    found = world.store.find("checkout.session", session)
    if found is None:
        return _unknown()
    act, kept = Act(world, found[0]), found[1]
    if kept["status"] == "complete":
        return go(_success_url(kept))
    if kept["status"] != "open":
        return _ended(world, act.account, kept)
    try:
        instrument = _read(kept, data)
    except Unreadable as error:
        return _form(act, kept, data, problems=error.problems, status=422)
    with world.store.transaction():
        intent = sessions.pay(act, kept, instrument)
    if intent["status"] == "requires_action":
        return go(f"/c/authenticate/{intent['id']}")
    return await _after(act, deliverer, session, intent, data)


@get("/c/authenticate/{intent:str}")
async def show_challenge(world: World, intent: str) -> Response[Any]:
    found = world.store.find("payment_intent", intent)
    if found is None:
        return _unknown()
    if found[1]["status"] != "requires_action":
        return go(found[1].get("_return_url") or "/")
    return page("challenge.html", intent=found[1], business=_business(world, found[0]))


@post("/c/authenticate/{intent:str}")
async def answer_challenge(world: World, deliverer: Deliverer, intent: str, data: Form) -> Response[Any]:
    """The bank's page was confirmed or refused."""
    found = world.store.find("payment_intent", intent)
    if found is None:
        return _unknown()
    act, kept = Act(world, found[0]), found[1]
    if kept["status"] == "requires_action":
        with world.store.transaction():
            kept = attempt.finish_challenge(act, kept, passed=data.get("answer") == "confirm")
    if not kept.get("_session"):
        return go(kept.get("_return_url") or "/")
    return await _after(act, deliverer, kept["_session"], kept, {})


async def _after(act: Act, deliverer: Deliverer, session: str, intent: Json, typed: dict[str, str]) -> Response[Any]:
    """Declined: the page again. Done: wait a moment for the merchant's server, then lead the payer back."""
    kept = act.get("checkout.session", session)
    if kept["status"] == "open":
        error = intent["last_payment_error"] or {"message": "The payment did not go through. Please try again."}
        return _form(act, kept, typed, message=error["message"], status=402)
    if kept.get("_completed_event"):
        await deliverer.wait_for_answer(kept["_completed_event"], act.world.config.redirect_wait_seconds)
    return go(_success_url(kept))


def _read(session: Json, data: dict[str, str]) -> Instrument:
    types = session["payment_method_types"]
    chosen = data.get("method") or (types[0] if len(types) == 1 else "")
    if chosen not in types:
        raise Unreadable({"method": "Choose how you want to pay."})
    name, email = data.get("name", "").strip(), data.get("email", "").strip()
    if chosen != "card":
        return read_debit(chosen, _under(chosen, data), name=name, email=email)
    return read_card(
        data.get("card_number", ""),
        data.get("card_expiry", ""),
        data.get("card_cvc", ""),
        name=name,
        email=email,
        postal_code=data.get("postal_code", "").strip(),
    )


def _under(scheme: str, data: dict[str, str]) -> dict[str, str]:
    return {name: data.get(name, "") for name, _ in SCHEMES[scheme].fields}


def _form(
    act: Act,
    session: Json,
    typed: dict[str, str],
    *,
    problems: dict[str, str] | None = None,
    message: str | None = None,
    status: int = 200,
) -> Response[Any]:
    types = session["payment_method_types"]
    return page(
        "pay.html",
        status,
        session=session,
        lines=sessions.lines_of(act, session["id"]),
        business=_business(act.world, act.account),
        types=types,
        chosen=typed.get("method") or types[0],
        schemes=[SCHEMES[name] for name in types if name in SCHEMES],
        card_fields=CARD_FIELDS,
        typed=typed,
        problems=problems or {},
        message=message,
        test_cards=TEST_CARDS if "card" in types else (),
        test_accounts=[(SCHEMES[name].label, TEST_ACCOUNTS[name]) for name in types if name in SCHEMES],
        open_until=datetime.fromtimestamp(session["expires_at"], UTC),
    )


def _ended(world: World, account: str, session: Json) -> Response[Any]:
    done = session["status"] == "complete"
    back = _success_url(session) if done else session["cancel_url"]
    return page(
        "ended.html", 200 if done else 410, done=done, back=back, business=_business(world, account), session=session
    )


def _unknown() -> Response[Any]:
    return page("ended.html", 404, done=False, back=None, business=None, session=None)


def _business(world: World, account: str) -> str:
    found = world.store.find("account", account)
    name: str = (found[1]["business_profile"]["name"] if found else None) or account
    return name


def _success_url(session: Json) -> str:
    url: str = session["success_url"]
    return url.replace("{CHECKOUT_SESSION_ID}", session["id"])


payer_router = Router("/", route_handlers=[show, pay, show_challenge, answer_challenge])
