"""The probe over HTTP, as browsers come: through every door that only shows something, at the running web processes.

It reads and never sends a form. What it opens belongs to the probe's own tenants.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from uuid import UUID

import httpx

from portico_core.ids import new_id
from portico_core.settings import Settings
from portico_portal.probe.doors import Door
from portico_portal.probe.findings import Finding
from portico_portal.probe.throwaway import Thrown
from portico_portal.web.cookies import cookie_name

STREAMS = {"/staff/sync/events"}  # answers for minutes
TRIES = 30
FOUND_WITHIN_SECONDS = 60.0  # a process that cannot listen for new tenants reads them anew after half of that
AT_ONCE = 8
TURNS = 60
REQUEST_ID = "probe-compares-these-two"
BESIDE = {"reference": ("", ".pdf")}


class Walk:
    """One probe's requests."""

    def __init__(self, web: httpx.AsyncClient, settings: Settings, doors: Sequence[Door]) -> None:
        self.web = web
        self.settings = settings
        self.doors = [door for door in doors if door.method == "GET" and door.path not in STREAMS]

    async def ask(self, at: Thrown, path: str, token: str | None) -> httpx.Response:
        """As the holder of the token, at the tenant's host. Told that it asks too much, it waits as it is told."""
        headers = {"host": at.tenant.host, "x-request-id": REQUEST_ID}
        if token is not None:
            headers["cookie"] = f"{cookie_name(self.settings, 'session')}={token}"
        for _ in range(TRIES):
            answer = await self.web.get(path, headers=headers)
            if answer.status_code != 429:
                break
            await asyncio.sleep(int(answer.headers["retry-after"]))
        return answer

    async def found(self, tenants: Sequence[Thrown]) -> Finding:
        """The processes know the new tenants."""
        missing = []
        for each in tenants:
            deadline = time.monotonic() + FOUND_WITHIN_SECONDS
            while (status := (await self.ask(each, "/sign-in", None)).status_code) != 200:
                if time.monotonic() > deadline:
                    missing.append(f"a new tenant's portal answers {status} after {FOUND_WITHIN_SECONDS:g} seconds")
                    break
                await asyncio.sleep(0.2)
        return Finding(name="new portals are found", tried=len(tenants), troubles=missing)

    async def own_pages(self, mine: Thrown, other: Thrown) -> Finding:
        """Behind addresses that both tenants have, each sees its own."""
        troubles, tried, showing = [], 0, 0
        for kind, token in (("customer", mine.member), ("staff", mine.staff)):
            for door in self._of(kind, "person"):
                if set(door.parameters) - set(mine.shared):
                    continue
                answer = await self.ask(mine, door.at(mine.shared), token)
                tried += 1
                showing += mine.word in answer.text
                if other.word in answer.text:
                    troubles.append(f"{door} shows another tenant's word")
                if answer.status_code >= 500:
                    troubles.append(f"{door} answers {answer.status_code}")
        if showing < tried // 2:
            troubles.append(f"only {showing} of {tried} pages show the tenant's own word")
        return Finding(name="pages behind shared addresses", tried=tried, troubles=troubles)

    async def strangers(self, mine: Thrown, other: Thrown) -> Finding:
        """What is the other tenant's answers exactly as what is not there."""
        troubles, tried = [], 0
        for kind, token in (("customer", mine.member), ("staff", mine.staff)):
            for door in self._of(kind):
                secret = set(door.parameters) & set(other.own)
                if not secret or set(door.parameters) - set(other.own):
                    continue
                for beside in BESIDE.get(next(iter(secret)), ("",)):
                    theirs = await self.ask(mine, door.at(other.own) + beside, token)
                    absent = await self.ask(mine, door.at(_nothing(other.own)) + beside, token)
                    tried += 1
                    if theirs.status_code != 404 or _whole(theirs) != _whole(absent):
                        troubles.append(f"{door}{beside} tells what is another tenant's from what is not there")
        return Finding(name="another tenant's things", tried=tried, troubles=troubles)

    async def sessions(self, mine: Thrown, other: Thrown) -> Finding:
        """Neither another tenant's session nor none opens a door."""
        troubles, tried = [], 0
        for token in (other.member, other.staff, None):
            for door in self._of("person", "customer", "staff"):
                if set(door.parameters) - set(mine.own):
                    continue
                answer = await self.ask(mine, door.at(mine.own), token)
                tried += 1
                if not answer.headers.get("location", "").startswith("/sign-in") or mine.word in answer.text:
                    troubles.append(f"{door} answers {answer.status_code} to a stranger")
        return Finding(name="another tenant's session", tried=tried, troubles=troubles)

    async def in_turn(self, tenants: Sequence[Thrown]) -> Finding:
        """Many requests of both at once, over the processes' shared connections."""
        troubles: list[str] = []
        paths = ("/invoices", "/", f"/invoices/{tenants[0].shared['reference']}", f"/invoices/{new_id()}")

        async def some(first: int) -> None:
            for number in range(first, TURNS, AT_ONCE):
                mine, other = tenants[number % 2], tenants[(number + 1) % 2]
                path = paths[(number // 2) % len(paths)]
                answer = await self.ask(mine, path, mine.member)
                expected = 404 if path == paths[-1] else 200
                if answer.status_code != expected or other.word in answer.text:
                    troubles.append(f"GET {path} answered {answer.status_code} while both tenants asked")

        await asyncio.gather(*(some(first) for first in range(AT_ONCE)))
        return Finding(name="both tenants at once", tried=TURNS, troubles=troubles)

    async def platform(self, tenants: Sequence[Thrown]) -> Finding:
        """The figures name no tenant's things."""
        answer = await self.web.get("/metrics", headers={"host": self.settings.web.platform_host})
        if answer.status_code != 200:
            return Finding(name="figures", tried=1, note=f"not shown here: {answer.status_code}")
        shown = [f"/metrics shows the word of {each.tenant.slug}" for each in tenants if each.word in answer.text]
        return Finding(name="figures", tried=1, troubles=shown)

    def _of(self, *kinds: str) -> list[Door]:
        return [door for door in self.doors if door.access.kind in kinds]


def _nothing(ids: Mapping[str, object]) -> dict[str, object]:
    return {name: new_id() if isinstance(value, UUID) else value for name, value in ids.items()}


def _whole(answer: httpx.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    """All that an observer can compare."""
    varying = ("date", "server")
    return answer.status_code, [pair for pair in answer.headers.multi_items() if pair[0] not in varying], answer.content
