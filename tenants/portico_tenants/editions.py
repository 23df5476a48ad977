"""What a distributor's staff set for their portal: kept as a draft, published as an edition, brought back.

Two things are set so, the brand and the texts. What is published goes into the tenant's own row of the control schema,
where every process reads it, in the transaction of the change; what stands there before it does is kept as an edition.
"""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portico_core.db import TenantBase
from portico_core.errors import Conflict, NotFound, PorticoError
from portico_tenants import audit
from portico_tenants.people.models import PersonRow
from portico_tenants.session import TenantSession

What = Literal["brand", "texts"]

KEPT = 30  # published editions of each kind; older ones go
SHOWN = 12
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.edition.' || :what, 0))")
# The one door from a tenant's role to its control row; `rights.PUBLISHES` says what it lets through.
_TO_CONTROL = text("SELECT portico.publish_own(:what, :content)").bindparams(bindparam("content", type_=JSONB))


class EditionRow(TenantBase):
    """A draft while `published_at` is null: one of each kind at most. The number is new with each saving.

    `made_by` is null where it is not known: set by the operator, or by a person who has gone.
    """

    __tablename__ = "edition"
    __table_args__ = (
        CheckConstraint("what IN ('brand', 'texts')", name="what"),
        Index("uq_edition_draft", "what", unique=True, postgresql_where=text("published_at IS NULL")),
        Index(None, "what", "published_at"),
    )

    number: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    what: Mapped[str]
    content: Mapped[dict[str, Any]]
    made_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey(PersonRow.id, ondelete="SET NULL"))
    published_at: Mapped[datetime | None]


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """One saved state: `by` is the name of who made it, empty where that is not known."""

    number: int
    content: dict[str, Any]
    made_at: datetime
    by: str
    published_at: datetime | None


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody who edits finds: what is published now, the draft if there is one, and the editions, newest first.

    `seen` goes into the form and comes back with what is saved, so that nobody overwrites what they have not seen.
    `before` is the edition that an undo brings back.
    """

    published: dict[str, Any]
    draft: Edition | None
    past: tuple[Edition, ...]

    @property
    def seen(self) -> int:
        return self.draft.number if self.draft else _newest(self.past)

    @property
    def content(self) -> dict[str, Any]:
        return self.draft.content if self.draft else self.published

    @property
    def before(self) -> Edition | None:
        return self.past[1] if len(self.past) > 1 else None


class ChangedMeanwhile(Conflict):
    """Somebody else saved, published or discarded since the form was opened; `by` is their name where it is known."""

    def __init__(self, by: str) -> None:
        super().__init__("changed by somebody else since it was opened")
        self.by = by


class CannotPublish(PorticoError):
    """The database refused to publish: the transaction is no active tenant's, or the content is none it takes."""


async def read(session: TenantSession, what: What) -> Desk:
    """The desk as it stands."""
    rows = await session.execute(
        select(EditionRow, PersonRow.name)
        .outerjoin(PersonRow, PersonRow.id == EditionRow.made_by)
        .where(EditionRow.what == what)
        .order_by(EditionRow.published_at.desc().nulls_first(), EditionRow.number.desc())
        .limit(SHOWN + 1)
    )
    editions = [_edition(row, name) for row, name in rows]
    draft = editions[0] if editions and editions[0].published_at is None else None
    past = tuple(each for each in editions if each.published_at is not None)[:SHOWN]
    return Desk(published=_published(session, what, past), draft=draft, past=past)


async def save(session: TenantSession, what: What, content: dict[str, Any], *, by: UUID, seen: int) -> int:
    """Keep a draft; its number, to be seen next. Raises ChangedMeanwhile."""
    await _take_turn(session, what, seen, by)
    await session.execute(_drafts(what))
    made = insert(EditionRow).values(what=what, content=content, made_by=by).returning(EditionRow.number)
    return (await session.execute(made)).scalar_one()


async def discard(session: TenantSession, what: What, *, by: UUID, seen: int, request_id: str | None = None) -> None:
    """Back to what is published. Raises ChangedMeanwhile."""
    await _take_turn(session, what, seen, by)
    desk = await read(session, what)
    if desk.draft is None:
        return
    await session.execute(_drafts(what))
    await audit.record(
        session,
        actor=f"person:{by}",
        action=f"{what}.discarded",
        object_type=what,
        object_id=desk.draft.number,
        before=_differing(desk.draft.content, desk.published),
        after=_differing(desk.published, desk.draft.content),
        request_id=request_id,
    )


async def publish(session: TenantSession, what: What, *, by: UUID, seen: int, request_id: str | None = None) -> int:
    """The draft becomes what everybody sees; its number as an edition. Raises ChangedMeanwhile, NotFound without one.

    Told to every process by NOTIFY with the commit.
    """
    await _take_turn(session, what, seen, by)
    draft = await session.scalar(
        select(EditionRow.content).where(EditionRow.what == what, EditionRow.published_at.is_(None))
    )
    if draft is None:
        raise NotFound
    await session.execute(_drafts(what))
    return await _make_current(session, what, draft, by=by, request_id=request_id)


async def restore(
    session: TenantSession, what: What, number: int, *, by: UUID, seen: int, request_id: str | None = None
) -> int:
    """An earlier edition becomes what everybody sees, as a new one; a draft stays.

    Raises ChangedMeanwhile, NotFound.
    """
    await _take_turn(session, what, seen, by)
    earlier = await session.scalar(
        select(EditionRow.content).where(
            EditionRow.what == what, EditionRow.number == number, EditionRow.published_at.is_not(None)
        )
    )
    if earlier is None:
        raise NotFound
    return await _make_current(session, what, earlier, by=by, request_id=request_id, brought_back=number)


async def _make_current(
    session: TenantSession,
    what: What,
    content: dict[str, Any],
    *,
    by: UUID,
    request_id: str | None,
    brought_back: int | None = None,
) -> int:
    before = (await session.execute(_TO_CONTROL, {"what": what, "content": content})).scalar_one()
    if before is None:
        raise CannotPublish
    last = await session.scalar(_published_of(what).with_only_columns(EditionRow.content).limit(1))
    if last != before:  # the first edition of all, or the operator set it meanwhile: an undo shall find it
        await _add(session, what, before, by=None)
    number = await _add(session, what, content, by=by)
    too_old = _published_of(what).with_only_columns(EditionRow.number).offset(KEPT)
    await session.execute(delete(EditionRow).where(EditionRow.number.in_(too_old)))
    await audit.record(
        session,
        actor=f"person:{by}",
        action=f"{what}.restored" if brought_back else f"{what}.published",
        object_type=what,
        object_id=number,
        before=_differing(before, content),
        after=_differing(content, before),
        request_id=request_id,
    )
    return number


async def _add(session: TenantSession, what: What, content: dict[str, Any], *, by: UUID | None) -> int:
    row = {"what": what, "content": content, "made_by": by, "published_at": func.clock_timestamp()}
    return (await session.execute(insert(EditionRow).values(row).returning(EditionRow.number))).scalar_one()


async def _take_turn(session: TenantSession, what: What, seen: int, by: UUID) -> None:
    """One writer at a time of each kind, and none who has not seen what somebody else left.

    What one left oneself one knows: a page that saves while its person types may have another saving under way.
    """
    await session.execute(_ONE_AT_A_TIME, {"what": what})
    newest = (
        select(EditionRow.number, EditionRow.made_by, PersonRow.name)
        .outerjoin(PersonRow, PersonRow.id == EditionRow.made_by)
        .where(EditionRow.what == what)
        .order_by(EditionRow.published_at.desc().nulls_first(), EditionRow.number.desc())
        .limit(1)
    )
    number, made_by, name = (await session.execute(newest)).one_or_none() or (0, None, "")
    if number != seen and made_by != by:
        raise ChangedMeanwhile(name or "")


def _published(session: TenantSession, what: What, past: tuple[Edition, ...]) -> dict[str, Any]:
    """What stands in the control row, as far as is known here: this process may not have heard of the last edition yet,
    and the operator may have set something after it."""
    tenant = session.tenant
    newest = past[0].published_at if past else None
    if newest is not None and (not tenant.version or newest >= datetime.fromisoformat(tenant.version)):
        return past[0].content
    return tenant.brand if what == "brand" else tenant.texts


def _published_of(what: What) -> Any:
    return (
        select(EditionRow)
        .where(EditionRow.what == what, EditionRow.published_at.is_not(None))
        .order_by(EditionRow.published_at.desc(), EditionRow.number.desc())
    )


def _drafts(what: What) -> Any:
    return delete(EditionRow).where(EditionRow.what == what, EditionRow.published_at.is_(None))


def _differing(these: dict[str, Any], those: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in these.items() if those.get(name) != value}


def _newest(past: tuple[Edition, ...]) -> int:
    return past[0].number if past else 0


def _edition(row: EditionRow, name: str | None) -> Edition:
    values = {field: getattr(row, field) for field in Edition.__struct_fields__ if field != "by"}
    return Edition(**values, by=name or "")
