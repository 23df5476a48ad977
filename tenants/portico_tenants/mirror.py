"""How pages of ERP records become rows: compare, COPY, merge. What all mirrored tables share.

A page is first compared by fingerprint: an unchanged record costs one look-up and writes nothing. The rest is copied
into a temporary table and merged in one statement, in which an older read never overwrites a newer one. A record that
cannot be kept is set aside with its reason, the page goes on.

What writes nothing does not note either that it was read again. Where another read of the same record may still be on
its way, that one would then seem the newest when it arrives: such records are watched, and written though unchanged.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from portico_core.ids import new_id
from portico_core.money import exponent

LARGEST_MINOR = 2**63 - 1
LONGEST_KEY = 200  # PostgreSQL refuses index rows above 2.7 kB, and one such record would stop its whole page
LONGEST_NAME = 500


class SetAside(NamedTuple):
    """A record that cannot be kept, and why, in words for the distributor's staff."""

    record_type: str
    erp_id: str
    why: str


class Unstorable(ValueError):
    """This record cannot be kept; the text says why."""


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """What a page came to. `older` records were read before what is kept, and lost.

    `touched_invoices` are ERP ids of invoices to which the written payments or credits are or were applied: what is
    open on them may have changed without a word from the ERP.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    older: int = 0
    set_aside: tuple[SetAside, ...] = ()
    touched_invoices: tuple[str, ...] = ()


class Mirrored(Protocol):
    """What every record has, whatever ERP it came from."""

    @property
    def erp_id(self) -> str: ...
    @property
    def modified_at(self) -> datetime: ...


R = TypeVar("R", bound=Mirrored)


@dataclass(frozen=True, slots=True)
class Mirror:
    """One mirrored table's statements, all constant.

    `find` takes ERP ids and answers erp_id, id, fingerprint, modified_at; `stage` makes the temporary table `staged`
    (empty, also the second time in a transaction); `merge` answers id, erp_id and whether the row is new.
    """

    record_type: str
    find: str
    stage: str
    staged: str
    columns: tuple[str, ...]
    merge: str


class Candidate(NamedTuple, Generic[R]):
    """A record that is new or differs from what is kept, or is watched; `id` is the row's, there or to be."""

    record: R
    id: UUID
    fingerprint: bytes
    is_same: bool = False


class Written(NamedTuple):
    """A row that the merge wrote."""

    id: UUID
    erp_id: str
    is_new: bool


@dataclass(slots=True)
class Merging(Generic[R]):
    """One page on its way into a mirrored table."""

    connection: asyncpg.Connection
    mirror: Mirror
    candidates: list[Candidate[R]] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)
    unchanged: int = 0
    rows: int = 0

    async def compare(
        self, records: Iterable[R], content: Callable[[R], object], *, watched: Collection[str] = ()
    ) -> list[Candidate[R]]:
        """The records that must be written, in the order of our ids, in which everybody locks these rows.

        `content` is what the reader sees of a record. Of a record that is there twice the last one counts. `watched`
        are ERP ids; whoever asks the database for them does so before this, never after: a read that was on its way
        then and has arrived since is seen here by its content.
        """
        latest = {record.erp_id: record for record in records}
        known = {row[0]: row for row in await self.connection.fetch(self.mirror.find, list(latest))}
        for erp_id, record in latest.items():
            try:
                mark = fingerprint(content(record))
            except Unstorable as error:
                self.put_aside(erp_id, error)
                continue
            row = known.get(erp_id)
            if row is None:
                self.candidates.append(Candidate(record, new_id(), mark))
            elif row[2] != mark or record.modified_at > row[3]:
                self.candidates.append(Candidate(record, row[1], mark))
            elif erp_id in watched:
                self.candidates.append(Candidate(record, row[1], mark, is_same=True))
            else:
                self.unchanged += 1
        self.candidates.sort(key=_id)
        return self.candidates

    async def merge(self, row_of: Callable[[Candidate[R]], tuple[Any, ...]]) -> list[Written]:
        """Copy and merge. `row_of` makes a row in the order of the mirror's columns, or raises Unstorable."""
        rows = []
        for candidate in self.candidates:
            try:
                rows.append(row_of(candidate))
            except Unstorable as error:
                self.put_aside(candidate.record.erp_id, error)
        self.rows = len(rows)
        if rows:
            await self.connection.execute(self.mirror.stage)
            await copy_rows(self.connection, self.mirror.staged, self.mirror.columns, rows)
            self.written = [Written(*row) for row in await self.connection.fetch(self.mirror.merge)]
        return self.written

    def put_aside(self, erp_id: str, error: Unstorable) -> None:
        self.set_aside.append(SetAside(self.mirror.record_type, erp_id, str(error)))

    @property
    def changed_ids(self) -> list[UUID]:
        """Ids of written rows that were there before."""
        return [row.id for row in self.written if not row.is_new]

    def result(self, touched_invoices: Iterable[str] = ()) -> Merged:
        """The page's account."""
        new = sum(row.is_new for row in self.written)
        same = {each.id for each in self.candidates if each.is_same}
        noted = sum(row.id in same for row in self.written)
        return Merged(
            new=new,
            changed=len(self.written) - new - noted,
            unchanged=self.unchanged + noted,
            older=self.rows - len(self.written),
            set_aside=tuple(self.set_aside),
            touched_invoices=tuple(dict.fromkeys(touched_invoices)),
        )


async def copy_rows(
    connection: asyncpg.Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """COPY rows, their values in the order of `columns`, into a table of the tenant or a temporary one."""
    if rows:
        await connection.copy_records_to_table(table, records=rows, columns=columns)


def fingerprint(content: object) -> bytes:
    """16 bytes that stand for what the reader sees. Raises Unstorable for text that PostgreSQL cannot hold."""
    try:
        text = _encode(content)
    except UnicodeEncodeError:
        raise Unstorable("It holds half a character, which cannot be stored") from None
    if b"\\u0000" in text and _NUL.search(text):
        raise Unstorable("It holds a NUL character, which cannot be stored")
    return blake2b(text, digest_size=16).digest()


def digits_of(currency: str) -> int:
    """The currency's digits after the point; Unstorable unless it is written as an ISO code."""
    if len(currency) != 3 or not (currency.isascii() and currency.isalpha() and currency.isupper()):
        raise Unstorable(f"“{currency[:20]}” is not a currency's code")
    return exponent(currency)


def exact_minor(amount: Decimal, digits: int) -> int:
    """Major units as minor units, exactly. Raises Unstorable where the amount is finer than the currency."""
    if not amount.is_finite():
        raise Unstorable("An amount is not a number")
    scaled = amount.scaleb(digits)
    minor = int(scaled)
    if minor != scaled:
        raise Unstorable(f"The amount {amount} has more digits than its currency")
    if abs(minor) > LARGEST_MINOR:
        raise Unstorable("An amount is too large")
    return minor


def short(what: str, text: str, longest: int = LONGEST_KEY) -> str:
    """The text, or Unstorable where it is too long for its index."""
    if len(text) > longest:
        raise Unstorable(f"Its {what} is longer than {longest} characters")
    return text


_encode = msgspec.json.Encoder().encode
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # as JSON escapes it; behind a backslash of its own somebody wrote it so


def _id(candidate: Candidate[Any]) -> UUID:
    return candidate.id
