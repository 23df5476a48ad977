"""The control API under /control: JSON, no key, loopback only. For tests, the demo's scripts and the console."""

from typing import Annotated, Any

import msgspec
from litestar import Response, Router, delete, get, post
from litestar.exceptions import HTTPException
from litestar.params import Parameter

from portico_billing.paysim import API_VERSION
from portico_billing.paysim.act import Act, World
from portico_billing.paysim.bank import attempt
from portico_billing.paysim.bank.instrument import Decline, Unreadable
from portico_billing.paysim.bank.tokens import by_number
from portico_billing.paysim.config import AccountConfig
from portico_billing.paysim.control import reads
from portico_billing.paysim.control.faults import FaultOrder
from portico_billing.paysim.objects import accounts, disputes, events, intents, refunds, sessions
from portico_billing.paysim.objects.currencies import check_amount, check_currency
from portico_billing.paysim.protocol.errors import ApiError
from portico_billing.paysim.store import Json, public
from portico_billing.paysim.webhooks.delivery import Deliverer


class Payment(msgspec.Struct, forbid_unknown_fields=True):
    """How to pay. `number` is a test number, else the one that works; `challenge`: pass or fail a 3DS page."""

    method: str = "card"
    number: str = ""
    challenge: str = "pass"
    amount: int = 0
    currency: str = ""


class Settlement(msgspec.Struct, forbid_unknown_fields=True):
    """How a debit ends: "succeeded" (of `amount`, else all) or "failed" with a code."""

    outcome: str = "succeeded"
    amount: int | None = None
    code: str = "insufficient_funds"


class Tick(msgspec.Struct, forbid_unknown_fields=True):
    """Move the bank's clock ahead by seconds, or to a moment (seconds since 1970)."""

    advance_seconds: float = 0.0
    set_to: float | None = None


class AccountChange(msgspec.Struct, forbid_unknown_fields=True):
    """paysim's settings of an account; what is absent stays."""

    settlement_seconds: float | None = None
    revoked: bool | None = None
    charges_enabled: bool | None = None
    payouts_enabled: bool | None = None


class RefundOrder(msgspec.Struct, forbid_unknown_fields=True):
    """A refund made in the dashboard."""

    charge: str
    amount: int | None = None


class DisputeOrder(msgspec.Struct, forbid_unknown_fields=True):
    """What the payer's bank asks back."""

    charge: str


class Verdict(msgspec.Struct, forbid_unknown_fields=True):
    """How a dispute ends: "won" or "lost"."""

    status: str


class FreeEvent(msgspec.Struct, forbid_unknown_fields=True):
    """An event of any type about an object that exists, or about one given whole."""

    type: str
    object_id: str | None = None
    object: dict[str, Any] | None = None


@get("/health")
async def health(world: World) -> Json:
    return {"status": "ok", "api_version": API_VERSION, "public_url": world.public_url}


@get("/clock")
async def read_clock(world: World) -> Json:
    return {"now": world.clock.now(), "bank_now": world.clock.bank_now(), "offset": world.clock.offset_seconds}


@post("/clock", status_code=200)
async def advance_clock(world: World, data: Tick) -> Json:
    with world.store.transaction():
        if data.set_to is not None:
            world.clock.set_to(data.set_to)
        world.clock.advance(data.advance_seconds)
    return {"now": world.clock.now(), "bank_now": world.clock.bank_now(), "offset": world.clock.offset_seconds}


@get("/faults")
async def list_faults(world: World) -> list[Json]:
    return world.faults.report()


@post("/faults")
async def order_fault(world: World, data: FaultOrder) -> Json:
    try:
        fault = world.faults.add(data)
    except ValueError as error:
        raise HTTPException(str(error), status_code=400) from error
    return {"id": fault.id}


@delete("/faults")
async def clear_faults(world: World) -> None:
    world.faults.remove()


@delete("/faults/{fault:str}")
async def remove_fault(world: World, fault: str) -> None:
    world.faults.remove(fault)


@get("/requests")
async def list_requests(world: World) -> list[Json]:
    return reads.requests(world)


@get("/events")
async def list_events(
    world: World,
    account: str | None = None,
    event_type: Annotated[str | None, Parameter(query="type")] = None,
) -> list[Json]:
    return reads.events_with_deliveries(world, account, event_type)


@post("/events/{event:str}/resend", status_code=200)
async def resend_event(deliverer: Deliverer, event: str) -> Json:
    return {"deliveries": deliverer.resend(event)}


@get("/accounts")
async def list_accounts(world: World) -> list[Json]:
    return reads.accounts(world)


@post("/accounts")
async def add_account(world: World, data: AccountConfig) -> Json:
    with world.store.transaction():
        return public(accounts.add_account(world, data))


@post("/accounts/{account:str}", status_code=200)
async def change_account(world: World, account: str, data: AccountChange) -> Json:
    with world.store.transaction():
        reads.found(world, "account", account)
        if data.settlement_seconds is not None:
            accounts.change_settings(world, account, {"settlement_seconds": data.settlement_seconds})
        if data.revoked is not None:
            accounts.set_revoked(world, account, data.revoked)
        if data.charges_enabled is not None:
            accounts.set_charges_enabled(world, account, data.charges_enabled)
        if data.payouts_enabled is not None:
            accounts.set_payouts_enabled(world, account, data.payouts_enabled)
    return Act(world, account).settings()


@get("/accounts/{account:str}/payments")
async def account_payments(world: World, account: str) -> Json:
    return reads.payments(world, account)


@post("/accounts/{account:str}/payments")
async def pay_past_everybody(world: World, account: str, data: Payment) -> Json:
    """A payment that no client of ours made, as in the dashboard."""
    currency = check_currency(data.currency, "currency")
    check_amount(data.amount, currency, "amount")
    with world.store.transaction():
        act = Act(world, account)
        return public(intents.unknown_payment(act, data.amount, currency, by_number(data.method, data.number)))


@post("/accounts/{account:str}/refunds")
async def refund_past_everybody(world: World, account: str, data: RefundOrder) -> Json:
    params = {"charge": data.charge} | ({"amount": data.amount} if data.amount else {})
    with world.store.transaction():
        return public(refunds.create(Act(world, account), params))


@post("/refunds/{refund:str}/fail", status_code=200)
async def fail_refund(world: World, refund: str) -> Json:
    with world.store.transaction():
        act, kept = reads.found(world, "refund", refund)
        if kept["status"] == "failed":
            raise HTTPException("the refund has failed already", status_code=409)
        refunds.fails(act, refund)
        return public(act.get("refund", refund))


@post("/accounts/{account:str}/disputes")
async def dispute_charge(world: World, account: str, data: DisputeOrder) -> Json:
    with world.store.transaction():
        act = Act(world, account)
        return public(disputes.begin(act, act.get("charge", data.charge)))


@post("/disputes/{dispute:str}/close", status_code=200)
async def close_dispute(world: World, dispute: str, data: Verdict) -> Json:
    with world.store.transaction():
        act, kept = reads.found(world, "dispute", dispute)
        return public(disputes.close(act, kept, data.status))


@post("/accounts/{account:str}/events")
async def emit_event(world: World, account: str, data: FreeEvent) -> Json:
    with world.store.transaction():
        thing = data.object or reads.any_object(world, data.object_id or "")
        return public(events.emit(Act(world, account), data.type, thing))


@post("/sessions/{session:str}/pay", status_code=200)
async def pay_session(world: World, deliverer: Deliverer, session: str, data: Payment) -> Json:
    """Do what a payer does on the page; answers session and intent as they are after it."""
    with world.store.transaction():
        act, kept = reads.found(world, "checkout.session", session)
        if kept["status"] != "open":
            raise HTTPException(f"the session is {kept['status']}", status_code=409)
        if data.method not in kept["payment_method_types"]:
            raise HTTPException(f"the session does not offer {data.method}", status_code=400)
        intent = sessions.pay(act, kept, by_number(data.method, data.number))
        if intent["status"] == "requires_action" and data.challenge in ("pass", "fail"):
            intent = attempt.finish_challenge(act, intent, passed=data.challenge == "pass")
        kept = act.get("checkout.session", session)
    return {"session": public(kept), "payment_intent": public(intent)}


@post("/sessions/{session:str}/expire", status_code=200)
async def expire_session(world: World, session: str) -> Json:
    with world.store.transaction():
        act, kept = reads.found(world, "checkout.session", session)
        if kept["status"] != "open":
            raise HTTPException(f"the session is {kept['status']}", status_code=409)
        return public(sessions.expire_session(act, kept))


@post("/payment_intents/{intent:str}/settle", status_code=200)
async def settle_debit(world: World, intent: str, data: Settlement) -> Json:
    with world.store.transaction():
        act, kept = reads.found(world, "payment_intent", intent)
        if kept["status"] != "processing":
            raise HTTPException(f"the intent is {kept['status']}", status_code=409)
        decline = Decline(data.code, "The bank returned the debit.") if data.outcome == "failed" else None
        return public(attempt.settle(act, intent, decline=decline, amount=data.amount))


def refused(_: object, error: Exception) -> Any:
    """ApiError and unreadable numbers, said plainly."""
    if isinstance(error, ApiError):
        return Response(error.body, status_code=error.status)
    problems = error.problems if isinstance(error, Unreadable) else {}
    return Response({"problems": problems}, status_code=400)


control_router = Router(
    "/control",
    route_handlers=[
        health,
        read_clock,
        advance_clock,
        list_faults,
        order_fault,
        clear_faults,
        remove_fault,
        list_requests,
        list_events,
        resend_event,
        list_accounts,
        add_account,
        change_account,
        account_payments,
        pay_past_everybody,
        refund_past_everybody,
        fail_refund,
        dispute_charge,
        close_dispute,
        emit_event,
        pay_session,
        expire_session,
        settle_debit,
    ],
    exception_handlers={ApiError: refused, Unreadable: refused},
)
