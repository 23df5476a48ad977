"""What a connector must do. Reads come in pages, each with the cursor to continue from; writes carry our key.

A connector fetches and translates, nothing else: it holds no state between calls but its HTTP client and access
token, and knows neither database nor queue. Errors are those of `portico_connectors.errors`.

What is open on an invoice changes when a payment or credit is applied to it, and an ERP need not touch the invoice's
own time of change then. So the caller, having stored a page of payments or credits, re-reads with `invoices()` those
in `Page.applied_invoices` and those that the same payments and credits were applied to before (it has them stored:
an application that was taken back is no longer in the ERP). Deletions are found the same way: an invoice asked for
by id and absent from the answer is gone.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from types import TracebackType
from typing import ClassVar, Generic, Protocol, Self, TypeVar

import msgspec

from portico_connectors.errors import RecordRejected
from portico_connectors.manifest import Manifest
from portico_connectors.records import Credit, Payment, PaymentToPost, PostedPayment, Record, RecordType
from portico_connectors.slots import Slots

R = TypeVar("R", bound=Record, covariant=True)


class Page(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """One page of records of one type.

    `cursor` is opaque text: hand it back to continue after this page, also in a later process and a later run
    (an incremental run starts from the last cursor stored). `started_at` is when the ERP read behind this page
    began, by our clock: a row of an older read never overwrites one of a newer. `total` is the expected number of
    records of the whole run, where the ERP tells.
    """

    records: tuple[R, ...]
    rejected: tuple[RecordRejected, ...] = ()
    cursor: str
    started_at: datetime
    total: int | None = None

    @property
    def applied_invoices(self) -> tuple[str, ...]:
        """ERP ids of the invoices that this page's payments and credits are applied to, each once, in order."""
        applied: dict[str, None] = {}
        for record in self.records:
            if isinstance(record, Payment | Credit):
                applied.update(dict.fromkeys(part.invoice_erp_id for part in record.applications))
        return tuple(applied)


class Pdf(msgspec.Struct, frozen=True, kw_only=True):
    """A paper as the ERP prints it."""

    name: str
    content: bytes


class ConnectionTest(msgspec.Struct, frozen=True, kw_only=True):
    """What a test of the connection found: the company's name in the ERP and sentences for a person (`words.N_`)."""

    company: str
    notes: tuple[str, ...] = ()


class Connector(Protocol):
    """One tenant's ERP account, opened. Use as an async context manager; closing releases the HTTP client."""

    manifest: ClassVar[Manifest]

    @classmethod
    def open(
        cls,
        settings: Mapping[str, str],
        secrets: Mapping[str, str],
        *,
        time_zone: str,
        allow_private: bool = False,
        slots: Slots | None = None,
    ) -> Self:
        """Make a connector from the form's values. `time_zone` is the ERP's (IANA). Makes no request yet.

        `slots` are for `Http`: they hold the account's limit over all processes and say who goes first.

        The address of an ERP is a tenant's input: private, loopback and link-local addresses are refused unless the
        operator, never the tenant, says `allow_private` (the demo and the tests, whose ERPs are on this machine).
        Raises Reconnect where the values cannot be right.
        """
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def test(self) -> ConnectionTest:
        """Sign in and read one row of each kind that the sync needs; raises Reconnect with what to mend."""
        ...

    def pages(
        self, record_type: RecordType, cursor: str | None, *, page_size: int = 1000
    ) -> AsyncIterator[Page[Record]]:
        """All records of a type changed since `cursor`, oldest change first; all of them where it is None.

        Ends when the run is complete. Overlap and ties are the connector's business: a record may come again,
        none is missed. A record that cannot be translated is in `rejected`, the page goes on.
        """
        ...

    async def invoice(self, erp_id: str) -> Page[Record]:
        """One invoice as it is now, as a page of one record (none, if it is gone)."""
        ...

    async def invoices(self, erp_ids: tuple[str, ...]) -> Page[Record]:
        """Up to 1,000 invoices as they are now, in one page; those that are gone are absent."""
        ...

    async def invoice_pdf(self, erp_id: str) -> Pdf | None:
        """The ERP's own paper of an invoice; None where this ERP has none to give."""
        ...

    async def find_payment(self, our_key: str) -> PostedPayment | None:
        """The payment that carries our key, if the ERP has it."""
        ...

    async def payments(self, our_keys: tuple[str, ...]) -> Page[Record]:
        """Up to 500 payments that carry these keys as they are now, in one page, for a comparison of the books: a key
        that the ERP has twice comes twice, one that it has not is absent."""
        ...

    async def post_payment(self, payment: PaymentToPost) -> PostedPayment:
        """Write one payment applied to the named invoices, unless our key is already there.

        Looks our key up first, so twice is once. What comes back was read back from the ERP: compare its
        applications with those asked for. Raises PostingRefused where the ERP says no, OutcomeUnknown where its
        answer was lost and our key is not there (yet): call again later.
        """
        ...
