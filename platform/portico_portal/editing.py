"""What the editors of brand and texts have in common: a draft is kept, published or discarded, an edition brought back.

A handler gets its `Editing` as a dependency, which reads nothing: whatever may refuse belongs into the handler.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from litestar import Request
from litestar.di import Provide
from litestar.response import Redirect

from portico_core.clock import now
from portico_portal.accounts.forms import fields, number_in
from portico_tenants import editions
from portico_tenants.access import Access, Permission
from portico_tenants.editions import Desk, What
from portico_tenants.people.visit import Visit
from portico_tenants.resolve import Directory
from portico_tenants.session import TenantSession

EDIT = Access.staff(Permission.STAFF_MANAGE)
JUST_NOW = timedelta(minutes=15)  # how long the page offers to take back what was published


@dataclass(frozen=True, slots=True)
class Editing:
    """A person at the desk of `what`, and the form that they sent. Each change raises ChangedMeanwhile."""

    what: What
    request: Request[Any, Any, Any]
    visit: Visit
    session: TenantSession
    directory: Directory

    async def typed(self) -> dict[str, str]:
        return await fields(self.request)

    async def desk(self) -> Desk:
        return await editions.read(self.session, self.what)

    async def keep(self, desk: Desk, document: dict[str, Any] | None, *, is_typing: bool) -> None:
        """`document` becomes the draft, None leaves the one there is; `do` publishes it, but not while they type."""
        seen, by = await self._number("seen"), self.visit.person_id
        if document is not None:
            seen = await editions.save(self.session, self.what, document, by=by, seen=seen)
        wanted = (await self.typed()).get("do") == "publish" and not is_typing
        if wanted and (document is not None or desk.draft):
            await editions.publish(self.session, self.what, by=by, seen=seen, request_id=self.visit.request_id)

    async def discard(self) -> None:
        seen, by = await self._number("seen"), self.visit.person_id
        await editions.discard(self.session, self.what, by=by, seen=seen, request_id=self.visit.request_id)

    async def restore(self) -> None:
        """The edition that the form names is published again."""
        number, seen, by = await self._number("number"), await self._number("seen"), self.visit.person_id
        await editions.restore(self.session, self.what, number, by=by, seen=seen, request_id=self.visit.request_id)

    async def back(self, address: str) -> Redirect:
        """To the editor, which already wears what may have been published."""
        await self.session.finish()
        self.directory.forget()
        return Redirect(address, status_code=303)

    async def _number(self, name: str) -> int:
        return number_in(await self.typed(), name)


def editing_of(what: What) -> dict[str, Provide]:
    """For a handler's `dependencies`."""

    def provide(request: Request[Any, Any, Any], visit: Visit, session: TenantSession, directory: Directory) -> Editing:
        return Editing(what, request, visit, session, directory)

    return {"editing": Provide(provide, sync_to_thread=False)}


def is_just_published(desk: Desk) -> bool:
    """Whether the page offers to take it back."""
    newest = desk.past[0].published_at if desk.past and desk.draft is None else None
    return newest is not None and now() - newest < JUST_NOW


def is_undone(desk: Desk) -> bool:
    """Whether what is published now was published before."""
    return any(each.content == desk.past[0].content for each in desk.past[1:])
