"""A share of this process's time for each tenant. Whoever takes more waits a moment, then is told to come again (429);
the other tenants' pages go on as before. (docs/overload.md has what was measured.)

Time is what a page really took of the processor: a share counted in requests would be half the process on a slow
machine and a tenth on a fast one. A tenant's pages are begun one after the other, so that a burst within its share
stands in nobody's way either.
"""

import asyncio
import math
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from portico_portal import metrics
from portico_portal.resources import Resources
from portico_portal.web.plain import deliver
from portico_tenants.tenant import Tenant
from portico_themes.branding import brand_of

BURST_SECONDS = 2.0  # a tenant that was quiet may take this many seconds' worth at once
LONGEST_WAIT_SECONDS = 1.0
# One page at a time, but not for longer: by then it waits for somebody else, and its tenant's others may begin.
ALONE_SECONDS = 0.1
FIRST_GUESS_SECONDS = 0.02
# What a request takes beside the event loop: a password is hashed in a thread.
BESIDES = {"/sign-in": 0.06}
TENANTS_REMEMBERED = 10_000


class Meter:
    """Seconds of the processor for each request, while many are under way: whatever the event loop's thread spends is
    divided among those that are under way just then. One number grows by each one's part; a request's cost is by how
    much it grew meanwhile."""

    def __init__(self, clock: Callable[[], float] = time.thread_time) -> None:
        self._clock = clock
        self._under_way = 0
        self._each = 0.0
        self._seen = clock()

    def begin(self) -> float:
        """A mark to give to `end`."""
        self._advance()
        self._under_way += 1
        return self._each

    def end(self, mark: float) -> float:
        """What the request took since its mark."""
        self._advance()
        self._under_way -= 1
        return self._each - mark

    def _advance(self) -> None:
        now = self._clock()
        if self._under_way:
            self._each += (now - self._seen) / self._under_way
        self._seen = now


class Account:
    """A tenant's: until when its share is used up, what its pages take on average, who of them is begun."""

    __slots__ = ("_begun", "_clock", "_line", "_share", "_used_until", "guess")

    def __init__(self, share: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._share = share
        self._clock = clock
        self._used_until = float("-inf")
        self._begun = False
        self._line: deque[asyncio.Future[None]] = deque()
        self.guess = FIRST_GUESS_SECONDS

    def take(self, besides: float = 0.0) -> float:
        """Seconds to wait before a request may begin; more than the longest wait means: refused, and not counted."""
        now = self._clock()
        used_until = max(self._used_until, now) + (self.guess + besides) / self._share
        wait = max(0.0, used_until - now - BURST_SECONDS)
        if wait <= LONGEST_WAIT_SECONDS:
            self._used_until = used_until
        return wait

    def settle(self, guessed: float, took: float) -> None:
        """Count what a request really took instead of what was guessed as it began."""
        self._used_until += (took - guessed) / self._share
        self.guess += (took - self.guess) / 5

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Wait until the tenant's request before this one is through, or has taken its time."""
        if self._begun:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._line.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._next()
                else:
                    with suppress(ValueError):
                        self._line.remove(turn)
                raise
        self._begun = True
        released = False

        def release() -> None:
            nonlocal released
            if not released:
                released = True
                self._next()

        timer = asyncio.get_running_loop().call_later(ALONE_SECONDS, release)
        try:
            yield
        finally:
            timer.cancel()
            release()

    def _next(self) -> None:
        while self._line:
            turn = self._line.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._begun = False


class Shares:
    """ASGI middleware, inside the one that finds the tenant. Static files are everybody's and cost next to nothing."""

    def __init__(self, app: ASGIApp, *, resources: Resources) -> None:
        self.app = app
        self.resources = resources
        self.meter = Meter()
        self._share = resources.settings.web.tenant_percent / 100
        self._accounts: OrderedDict[UUID, Account] = OrderedDict()
        self._busy: dict[UUID, tuple[Tenant, str]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        tenant: Tenant | None = scope["state"]["tenant"]
        path = scope["path"]
        if tenant is None or path.startswith(("/static/", "/brand/")):
            await self.app(scope, receive, send)
            return
        account = self._account(tenant.id)
        guess, besides = account.guess, BESIDES.get(path, 0.0) if scope["method"] == "POST" else 0.0
        wait = account.take(besides)
        if wait > LONGEST_WAIT_SECONDS:
            metrics.TURNED_AWAY.inc()
            scope["state"]["route"] = "turned away"
            await deliver(self._busy_page(tenant), 429, scope, receive, send, retry_after=math.ceil(wait))
            return
        if wait:
            await asyncio.sleep(wait)
        async with account.alone():
            mark = self.meter.begin()
            ended = False

            def end() -> None:
                nonlocal ended
                if not ended:
                    ended = True
                    account.settle(guess, self.meter.end(mark))

            async def begin_answer(message: Message) -> None:
                if message["type"] == "http.response.start":  # a page is made by now, a stream may last for hours
                    end()
                await send(message)

            try:
                await self.app(scope, receive, begin_answer)
            finally:
                end()

    def _account(self, tenant: UUID) -> Account:
        account = self._accounts.get(tenant)
        if account is None:
            account = self._accounts[tenant] = Account(self._share)
            if len(self._accounts) > TENANTS_REMEMBERED:
                self._accounts.popitem(last=False)
        else:
            self._accounts.move_to_end(tenant)
        return account

    def _busy_page(self, tenant: Tenant) -> str:
        """Made once for a tenant as it is: turning somebody away is to cost next to nothing."""
        made = self._busy.get(tenant.id)
        if made is None or made[0] is not tenant:
            if len(self._busy) > TENANTS_REMEMBERED:
                self._busy.clear()
            renderer = self.resources.renderer
            page = renderer.render("errors/busy.html", {}, brand_of(tenant), tenant.language)
            made = self._busy[tenant.id] = (tenant, page)
        return made[1]
