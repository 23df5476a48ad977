"""The front door: what every call to the service passes before and after its handler.

In order: the account, faults that hit before anything happens, sign-in, the concurrency limit, the handler (in a
thread: it computes and reads SQLite), faults that spoil the answer.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Callable

from portico_connectors.simulators.netsuite.account import Account, Accounts
from portico_connectors.simulators.netsuite.answers import Answer, Login, Refused, rest_error, restlet_error
from portico_connectors.simulators.netsuite.auth import m2m, tba
from portico_connectors.simulators.netsuite.control.faults import Fault, Faults
from portico_connectors.simulators.netsuite.control.requests import RequestLog
from portico_connectors.simulators.netsuite.exchange import Exchange

Handler = Callable[[Account, Exchange], Answer]

TOO_MANY = "Concurrent request limit exceeded. Request blocked."


class Dropped(Exception):
    """The connection is to be cut instead of answered."""


class Front:
    """Admits requests, runs their handlers and lets faults happen."""

    def __init__(self, accounts: Accounts, handle: Handler, stopping: asyncio.Event) -> None:
        self.accounts = accounts
        self.stopping = stopping
        self.handle = handle
        self.faults = Faults()
        self.log = RequestLog()

    async def answer(self, exchange: Exchange) -> tuple[Answer, Fault | None]:
        """The answer to a request, and the fault that is to spoil it on its way. Raises Dropped."""
        known = self._likely_account(exchange)
        fault = self.faults.next_for(exchange, known.config.realm if known else None)
        try:
            answer = await self._answer(exchange, fault)
        except Dropped:
            self.log.add(exchange, known, 0)
            raise
        answer.headers.setdefault("X-N-OperationId", secrets.token_hex(16))
        answer.headers.setdefault("NS_RTIMER_COMPOSITE", f"{secrets.randbelow(10**10)}:{secrets.token_hex(8)}")
        answer.headers.setdefault("Set-Cookie", "NS_ROUTING_VERSION=LAGGING; path=/")
        self.log.add(exchange, known, 0 if fault and fault.loses_reply else answer.status)
        if fault and fault.loses_reply:
            raise Dropped
        return answer, fault

    async def _answer(self, exchange: Exchange, fault: Fault | None) -> Answer:
        if fault and fault.kind == "reset":
            raise Dropped
        if fault and fault.kind == "slow":
            await self._wait(fault.seconds)
        if exchange.path == m2m.TOKEN_PATH:
            return await self._token(exchange, fault)
        try:
            account = await asyncio.to_thread(self._admit, exchange, fault)
        except Refused as refused:
            return self.refusal(exchange, refused)
        if account.options.latency_seconds:
            await self._wait(account.options.latency_seconds)
        limit = account.options.concurrency_limit
        if (limit and account.in_flight >= limit) or (fault and fault.kind == "rate_limit"):
            return self._too_many(exchange, fault)
        account.in_flight += 1
        account.busiest = max(account.busiest, account.in_flight)
        try:
            spoilt = fault.instead(exchange) if fault else None
            if spoilt is not None:
                return spoilt
            if fault and fault.kind == "hold":
                await self._wait(fault.seconds)
            return await asyncio.to_thread(self._run, account, exchange)
        finally:
            account.in_flight -= 1

    async def _wait(self, seconds: float) -> None:
        """Let time pass; a simulator that stops waits no longer, and drops whom it kept waiting."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), seconds)
            raise Dropped

    def _run(self, account: Account, exchange: Exchange) -> Answer:
        try:
            return self.handle(account, exchange)
        except Refused as refused:
            return self.refusal(exchange, refused)

    async def _token(self, exchange: Exchange, fault: Fault | None) -> Answer:
        spoilt = fault.instead(exchange) if fault else None
        if spoilt is not None:
            return spoilt
        if exchange.method != "POST":
            return rest_error(Refused(405, "METHOD_NOT_ALLOWED", "Method not allowed."))
        endpoint = exchange.base + m2m.TOKEN_PATH
        return await asyncio.to_thread(m2m.token, self.accounts, exchange.body, exchange.host, endpoint)

    def refusal(self, exchange: Exchange, refused: Refused) -> Answer:
        """A refusal in the shape of the service that was asked."""
        if not exchange.is_restlet:
            return rest_error(refused)
        if isinstance(refused, Login) or refused.code == "INVALID_LOGIN":
            if refused.detail and getattr(refused, "reason", "") == "parameter_rejected":
                return restlet_error(401, "INVALID_REQUEST", "The request could not be understood by the server.")
            return restlet_error(refused.status, "INVALID_LOGIN_ATTEMPT", "Invalid login attempt.", refused.headers)
        return restlet_error(refused.status, refused.code, refused.detail, refused.headers)

    def _too_many(self, exchange: Exchange, fault: Fault | None) -> Answer:
        headers = {"Retry-After": str(fault.retry_after)} if fault and fault.retry_after is not None else {}
        if exchange.is_restlet:
            return restlet_error(400, "SSS_REQUEST_LIMIT_EXCEEDED", TOO_MANY, headers)
        return rest_error(
            Refused(429, "CONCURRENCY_LIMIT_EXCEEDED", TOO_MANY, top_level_code="USER_ERROR", headers=headers)
        )

    def _admit(self, exchange: Exchange, fault: Fault | None) -> Account:
        """The account whose credentials a request carries. Raises Login."""
        header = exchange.headers.get("authorization", "")
        if fault and fault.kind == "expired_token":
            realm = (self._likely_account(exchange) or self.accounts.all[0]).config.realm
            text = f'Bearer realm="{realm}", error="invalid_token", error_description="Invalid login attempt."'
            raise Login("fault", headers={"WWW-Authenticate": text})
        if header.startswith("Bearer "):
            scope = "restlets" if exchange.is_restlet else "rest_webservices"
            return m2m.bearer(self.accounts, header[7:].strip(), exchange.host, scope)
        if not header.startswith("OAuth "):
            raise Login("MissingTokenPassportRequiredFields")
        oauth = tba.parameters(header)
        account = self.accounts.by_realm.get(oauth.get("realm", ""))
        if account is None or self.accounts.names_other(exchange.host, account):
            raise Login("account_unknown")
        signed = tba.Signed(exchange.method, exchange.base + exchange.path, exchange.query_string)
        try:
            tba.verify(account, oauth, signed)
        except Login as login:
            account.note_login(login.reason, "TBA")
            raise
        return account

    def _likely_account(self, exchange: Exchange) -> Account | None:
        """The account that a request seems to be for, before anything is verified."""
        header = exchange.headers.get("authorization", "")
        if header.startswith("OAuth "):
            for account in self.accounts.all:
                if f'realm="{account.config.realm}"' in header:
                    return account
        if header.startswith("Bearer "):
            return m2m.named_in(self.accounts, header[7:].strip())
        return self.accounts.by_host(exchange.host) or (self.accounts.all[0] if len(self.accounts.all) == 1 else None)
