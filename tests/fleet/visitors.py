"""People at the portals meanwhile: pages read and a form sent, each answer noted with its time."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import httpx

from tests.fleet.tenants import Visited
from tests.portal.portal import CSRF

PAGES = ("/staff", "/staff/customers", "/profile")
PAUSE_SECONDS = 0.1


@dataclass(frozen=True)
class Answer:
    slug: str
    what: str
    status: int  # 0 where none came
    at: float
    seconds: float


@dataclass
class Visitors:
    """At every visited tenant in turn, a few at a time, from the first moment to the last of the block."""

    address: str
    visited: Sequence[Visited]
    at_once: int = 2
    answers: list[Answer] = field(default_factory=list)
    saved: dict[str, str] = field(default_factory=dict)  # the name last acknowledged, by slug
    doubtful: set[str] = field(default_factory=set)  # where a form got no answer
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        shares = [self.visited[number :: self.at_once] for number in range(self.at_once)]
        self._tasks = [asyncio.create_task(self._walk(share)) for share in shares if share]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        for ended in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(ended, BaseException) and not isinstance(ended, asyncio.CancelledError):
                raise ended

    def since(self, at: float) -> int:
        """How many were answered from then on."""
        return sum(answer.at >= at for answer in self.answers)

    async def _walk(self, share: Sequence[Visited]) -> None:
        async with httpx.AsyncClient(base_url=self.address, timeout=60) as client:
            turn = 0
            while True:
                for each in share:
                    turn += 1
                    await self._visit(client, each, f"Somebody the {turn}th")

    async def _visit(self, client: httpx.AsyncClient, each: Visited, name: str) -> None:
        slug = each.tenant.slug
        request = {"headers": {"host": each.tenant.host, "cookie": f"session={each.session_token}"}}
        page = ""
        for path in PAGES:
            page = await self._answered(slug, f"GET {path}", client.get(path, **request))  # type: ignore[arg-type]
            await asyncio.sleep(PAUSE_SECONDS)
        if token := CSRF.search(page):
            self.doubtful.add(slug)
            form = {"csrf_token": token[1], "name": name, "language": "en"}
            sent = client.post("/profile", data=form, **request)  # type: ignore[arg-type]
            await self._answered(slug, "POST /profile", sent)
            if self.answers[-1].status == 303:
                self.saved[slug] = name
                self.doubtful.discard(slug)

    async def _answered(self, slug: str, what: str, asked: "asyncio.Future[httpx.Response] | object") -> str:
        at = time.monotonic()
        try:
            answer = await asked  # type: ignore[misc]
        except httpx.HTTPError as error:
            self.answers.append(Answer(slug, f"{what}: {type(error).__name__}", 0, at, time.monotonic() - at))
            return ""
        self.answers.append(Answer(slug, what, answer.status_code, at, time.monotonic() - at))
        return str(answer.text)
