"""The control API under /control: no sign-in, JSON in and out. `account` is a query parameter where there are several.

GET    health                     {"status": "ok", "accounts": [...]} once everything is loaded
GET    accounts                   ids, base URL, options, counts (never secrets)
POST   faults                     set a fault (see faults.Fault); GET lists them with `fired`; DELETE clears
DELETE faults/{id}
POST   documents                  write an invoice or credit memo (changes.NewDocument)
PATCH  documents/{number}         edit it (changes.Edit)
POST   documents/{number}/void | delete | touch
POST   credits/{number}/apply     {invoice number: amount}
POST   payments                   a payment keyed in by the ERP's users (changes.NewPayment)
GET    payments[?external_id=]    payments with their applications
GET    invoices[?number=|customer=], credits[...]    documents with open amounts
PATCH  customers/{number}         {"email": ...}; an empty object only touches it
POST   expire-tokens, unlock, clock?seconds=
PATCH  options                    switch account options while running
GET    requests                   counts and the last requests; DELETE starts anew
GET    audit                      the login audit trail
"""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Request, Router, delete, get, patch, post
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath, FromQuery

from portico_connectors.simulators.netsuite.account import Account, Accounts
from portico_connectors.simulators.netsuite.answers import Refused
from portico_connectors.simulators.netsuite.auth import m2m
from portico_connectors.simulators.netsuite.books.kinds import CREDIT, INVOICE
from portico_connectors.simulators.netsuite.control import changes, state
from portico_connectors.simulators.netsuite.control.faults import Fault
from portico_connectors.simulators.netsuite.front import Front

Document = dict[str, Any]


def control_router(front: Front) -> Router:
    """The routes of the control API over one running service."""
    return Router("/control", route_handlers=[*_running(front), *_books(front.accounts)])


def _running(front: Front) -> list[Any]:
    accounts = front.accounts

    @get("/health")
    async def health() -> Document:
        return {"status": "ok", "accounts": [account.config.realm for account in accounts.all]}

    @get("/accounts")
    async def list_accounts() -> list[Document]:
        return [
            {
                "account": account.config.realm,
                "options": msgspec.to_builtins(account.options),
                "counts": await asyncio.to_thread(_counts, account),
                "client_id": account.credentials.client_id,
                "certificate_id": account.credentials.certificate_id,
                "busiest": account.busiest,
            }
            for account in accounts.all
        ]

    @post("/faults", status_code=201)
    async def set_fault(request: Request[Any, Any, Any]) -> Document:
        fault = await _body(request, Fault)
        return _plain(_checked(lambda: front.faults.add(fault)))

    @get("/faults")
    async def list_faults() -> list[Document]:
        return [_plain(fault) for fault in front.faults.all()]

    @delete("/faults")
    async def clear_faults() -> None:
        front.faults.clear()

    @delete("/faults/{fault_id:int}")
    async def clear_fault(fault_id: FromPath[int]) -> None:
        front.faults.clear(fault_id)

    @post("/expire-tokens", status_code=204)
    async def expire_tokens(account: FromQuery[str | None] = None) -> None:
        await asyncio.to_thread(m2m.expire_tokens, _named(accounts, account))

    @post("/unlock", status_code=204)
    async def unlock(account: FromQuery[str | None] = None) -> None:
        found = _named(accounts, account)
        found.locked_until, found.failed_logins = None, 0

    @patch("/options")
    async def switch(request: Request[Any, Any, Any], account: FromQuery[str | None] = None) -> Document:
        found = _named(accounts, account)
        given = await _body(request, dict[str, Any])
        _checked(lambda: found.switch(given))
        return _plain(found.options)

    @get("/requests")
    async def requests() -> Document:
        counted = [
            {"method": method, "path": path, "status": status, "count": count}
            for (method, path, status), count in sorted(front.log.counts.items())
        ]
        return {"total": front.log.total, "counts": counted, "last": list(front.log.last)}

    @delete("/requests")
    async def forget_requests() -> None:
        front.log.clear()

    @get("/audit")
    async def audit(account: FromQuery[str | None] = None) -> list[dict[str, str]]:
        return list(_named(accounts, account).audit_trail)

    return [
        health,
        list_accounts,
        set_fault,
        list_faults,
        clear_faults,
        clear_fault,
        expire_tokens,
        unlock,
        switch,
        requests,
        forget_requests,
        audit,
    ]


def _books(accounts: Accounts) -> list[Any]:
    @post("/documents", status_code=201)
    async def create(request: Request[Any, Any, Any], account: FromQuery[str | None] = None) -> Document:
        found = _named(accounts, account)
        new = await _body(request, changes.NewDocument)
        return await _change(changes.create, found, new)

    @patch("/documents/{number:str}")
    async def edit(
        request: Request[Any, Any, Any], number: FromPath[str], account: FromQuery[str | None] = None
    ) -> Document:
        found = _named(accounts, account)
        change = await _body(request, changes.Edit)
        return await _change(changes.edit, found, number, change)

    @post("/documents/{number:str}/{verb:str}", status_code=200)
    async def do(number: FromPath[str], verb: FromPath[str], account: FromQuery[str | None] = None) -> Document:
        if verb not in ("void", "delete", "touch"):
            raise NotFoundException
        return await _change(changes.do, _named(accounts, account), number, verb)

    @post("/credits/{number:str}/apply", status_code=200)
    async def apply_credit(
        request: Request[Any, Any, Any], number: FromPath[str], account: FromQuery[str | None] = None
    ) -> Document:
        found = _named(accounts, account)
        given = (await _body(request, changes.NewPayment, wrap="applications")).applications
        return await _change(changes.apply_credit, found, number, given)

    @post("/payments", status_code=201)
    async def pay(request: Request[Any, Any, Any], account: FromQuery[str | None] = None) -> Document:
        found = _named(accounts, account)
        new = await _body(request, changes.NewPayment)
        return await _change(changes.pay, found, new)

    @get("/payments")
    async def payments(
        account: FromQuery[str | None] = None, external_id: FromQuery[str | None] = None
    ) -> list[Document]:
        found = _named(accounts, account)
        return await asyncio.to_thread(lambda: state.payments(found.database.reading(), external_id))

    @get("/invoices")
    async def invoices(
        account: FromQuery[str | None] = None,
        number: FromQuery[str | None] = None,
        customer: FromQuery[str | None] = None,
    ) -> list[Document]:
        found = _named(accounts, account)
        return await asyncio.to_thread(lambda: state.documents(found.database.reading(), INVOICE, number, customer))

    @get("/credits")
    async def credits_(
        account: FromQuery[str | None] = None,
        number: FromQuery[str | None] = None,
        customer: FromQuery[str | None] = None,
    ) -> list[Document]:
        found = _named(accounts, account)
        return await asyncio.to_thread(lambda: state.documents(found.database.reading(), CREDIT, number, customer))

    @patch("/customers/{number:str}")
    async def customer(
        request: Request[Any, Any, Any], number: FromPath[str], account: FromQuery[str | None] = None
    ) -> Document:
        found = _named(accounts, account)
        fields = await _body(request, dict[str, str | None])
        return await _change(changes.touch_customer, found, number, fields)

    return [create, edit, do, apply_credit, pay, payments, invoices, credits_, customer]


async def _change(function: Callable[..., Document], *values: Any) -> Document:
    try:
        return await asyncio.to_thread(function, *values)
    except LookupError as error:
        raise NotFoundException(str(error)) from error
    except Refused as refused:
        raise ClientException(refused.detail, status_code=409) from refused
    except ValueError as error:
        raise ClientException(str(error)) from error


async def _body(request: Request[Any, Any, Any], type_: Any, wrap: str | None = None) -> Any:
    raw = await request.body()
    if wrap is not None:
        raw = b'{"%s":%s}' % (wrap.encode(), raw)
    try:
        return msgspec.json.decode(raw or b"{}", type=type_, strict=False)
    except msgspec.DecodeError as error:
        raise ClientException(str(error)) from error


def _counts(account: Account) -> dict[str, int]:
    return state.counts(account.database.reading())


def _named(accounts: Accounts, account: str | None) -> Account:
    try:
        return accounts.get(account)
    except KeyError as error:
        raise ClientException(f"no such account, or none named: {error}") from error


def _checked(function: Callable[[], Any]) -> Any:
    try:
        return function()
    except (ValueError, msgspec.ValidationError) as error:
        raise ClientException(str(error)) from error


def _plain(value: Any) -> Document:
    document: Document = msgspec.to_builtins(value)
    return document
