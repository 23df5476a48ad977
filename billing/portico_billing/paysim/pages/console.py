"""The operator's console: what each account was paid and told, and the bank's doings by button."""

from typing import Annotated, Any

from litestar import Response, Router, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from portico_billing.paysim.act import Act, World
from portico_billing.paysim.bank import attempt
from portico_billing.paysim.bank.debits import NO_FUNDS
from portico_billing.paysim.control import reads
from portico_billing.paysim.objects import refunds, sessions
from portico_billing.paysim.pages.render import go, page
from portico_billing.paysim.protocol.errors import ApiError
from portico_billing.paysim.webhooks.delivery import Deliverer

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
SHOWN = 50


@get("/")
async def overview(world: World) -> Response[Any]:
    known = [{**one, **reads.payments(world, one["id"])} for one in reads.accounts(world)]
    return page("console.html", accounts=known, offset=world.clock.offset_seconds, faults=world.faults.report())


@get("/console/{account:str}")
async def show_account(world: World, account: str) -> Response[Any]:
    _, kept = reads.found(world, "account", account)
    return page(
        "account.html",
        account=kept,
        sessions=world.store.all_of("checkout.session", account, SHOWN),
        payments=world.store.all_of("payment_intent", account, SHOWN),
        events=reads.events_with_deliveries(world, account, None)[:SHOWN],
        sums=reads.payments(world, account)["sums"],
    )


@post("/console/clock")
async def advance(world: World, data: Form) -> Response[Any]:
    days = data.get("days", "")
    with world.store.transaction():
        world.clock.advance(int(days) * 86400 if days.isdecimal() else 0)
    return go("/")


@post("/console/{account:str}")
async def act_on(world: World, deliverer: Deliverer, account: str, data: Form) -> Response[Any]:
    """One of the buttons: `action` and the `id` it is about."""
    act, action, ident = Act(world, account), data.get("action"), data.get("id", "")
    try:
        with world.store.transaction():
            if action == "settle":
                attempt.settle(act, ident)
            elif action == "return":
                attempt.settle(act, ident, decline=NO_FUNDS)
            elif action == "refund":
                refunds.create(act, {"payment_intent": ident})
            elif action == "expire":
                sessions.expire(act, {}, ident)
        if action == "resend":
            deliverer.resend(ident)
    except ApiError as error:
        return page("refused.html", error.status, message=str(error), account=account)
    return go(f"/console/{account}")


console_router = Router("/", route_handlers=[overview, show_account, advance, act_on])
