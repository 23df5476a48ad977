"""The toy connector. The ERP numbers its changes, so a cursor is the number of the last change read."""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from types import TracebackType
from typing import Any, ClassVar, Self

from portico_connectors.connector import ConnectionTest, Page, Pdf
from portico_connectors.errors import OutcomeUnknown, RecordRejected
from portico_connectors.http import Http
from portico_connectors.manifest import Field, Manifest
from portico_connectors.records import (
    Application,
    Contact,
    Credit,
    Customer,
    Invoice,
    Line,
    Payment,
    PaymentToPost,
    PostedPayment,
    Record,
    RecordType,
    Term,
)
from portico_connectors.slots import Slots
from portico_core import clock

from .client import Client


class Toy:
    """One account at the toy ERP."""

    manifest: ClassVar[Manifest] = Manifest(
        key="toy",
        name="Toy ERP",
        fields=(
            Field(name="address", label="Address"),
            Field(name="password", label="Password", kind="secret"),
        ),
        record_types=tuple(RecordType),
        concurrency=3,
    )

    def __init__(self, http: Http, client: Client) -> None:
        self._http = http
        self._client = client

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
        http = Http(
            f"toy:{settings['address']}",
            concurrency=cls.manifest.concurrency,
            slots=slots,
            allow_private=allow_private,
        )
        return cls(http, Client(http, settings["address"], secrets["password"]))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def test(self) -> ConnectionTest:
        return ConnectionTest(company=(await self._client.read("/company"))["name"])

    async def pages(
        self, record_type: RecordType, cursor: str | None, *, page_size: int = 1000
    ) -> AsyncIterator[Page[Record]]:
        more = True
        while more:
            started_at = clock.now()
            answer = await self._client.read(f"/{record_type}?after={cursor or 0}&limit={page_size}")
            more, rows = answer["more"], answer["rows"]
            if not rows:
                return
            cursor = str(rows[-1]["change"])
            yield _page(record_type, rows, cursor, started_at)

    async def invoice(self, erp_id: str) -> Page[Record]:
        return await self.invoices((erp_id,))

    async def invoices(self, erp_ids: tuple[str, ...]) -> Page[Record]:
        started_at = clock.now()
        answer = await self._client.read(f"/invoice?ids={','.join(erp_ids)}") if erp_ids else {"rows": []}
        return _page(RecordType.INVOICE, answer["rows"], "", started_at)

    async def invoice_pdf(self, erp_id: str) -> Pdf | None:
        return None

    async def find_payment(self, our_key: str) -> PostedPayment | None:
        rows = (await self._client.read(f"/payment?key={our_key}"))["rows"]
        if not rows:
            return None
        payment = _payment(rows[0])
        unapplied = payment.amount - sum((part.amount for part in payment.applications), Decimal(0))
        return PostedPayment(
            erp_id=payment.erp_id,
            number=payment.number,
            applications=payment.applications,
            unapplied=unapplied,
            was_there=True,
        )

    async def payments(self, our_keys: tuple[str, ...]) -> Page[Record]:
        started_at = clock.now()
        found = [await self._client.read(f"/payment?key={each}") for each in our_keys]
        rows = [row for answer in found for row in answer["rows"]]
        return _page(RecordType.PAYMENT, rows, "", started_at)

    async def post_payment(self, payment: PaymentToPost) -> PostedPayment:
        if found := await self.find_payment(payment.our_key):
            return found
        body = {
            "key": payment.our_key,
            "customer": payment.customer_erp_id,
            "day": payment.paid_on.isoformat(),
            "amount": str(payment.amount),
            "applied": {part.invoice_erp_id: str(part.amount) for part in payment.applications},
        }
        await self._client.write("/payment", body)
        held = await self.find_payment(payment.our_key)
        if held is None:
            raise OutcomeUnknown("the payment does not show yet")
        return PostedPayment(
            erp_id=held.erp_id,
            number=held.number,
            applications=held.applications,
            unapplied=held.unapplied,
            was_there=False,
        )


def _page(record_type: RecordType, rows: list[dict[str, Any]], cursor: str, started_at: datetime) -> Page[Record]:
    records: list[Record] = []
    rejected: list[RecordRejected] = []
    for row in rows:
        try:
            records.append(_MAKERS[record_type](row))
        except (KeyError, ValueError, InvalidOperation):
            rejected.append(RecordRejected(record_type, row["id"], "a field is missing or cannot be read"))
    return Page(records=tuple(records), rejected=tuple(rejected), cursor=cursor, started_at=started_at)


def _term(row: dict[str, Any]) -> Term:
    return Term(erp_id=row["id"], name=row["name"], days_until_due=30, modified_at=_changed(row))


def _customer(row: dict[str, Any]) -> Customer:
    return Customer(erp_id=row["id"], number=row["id"], name=row["name"], currency="EUR", modified_at=_changed(row))


def _contact(row: dict[str, Any]) -> Contact:
    return Contact(erp_id=row["id"], customer_erp_id=row["customer"], name=row["name"], modified_at=_changed(row))


def _invoice(row: dict[str, Any]) -> Invoice:
    return Invoice(
        erp_id=row["id"],
        customer_erp_id=row["customer"],
        number=row["id"],
        issued_on=date.fromisoformat(row["day"]),
        due_on=date.fromisoformat(row["day"]),
        currency="EUR",
        total=Decimal(row["total"]),
        open_amount=Decimal(row["open"]),
        lines=(_line(row),),
        modified_at=_changed(row),
    )


def _credit(row: dict[str, Any]) -> Credit:
    return Credit(
        erp_id=row["id"],
        customer_erp_id=row["customer"],
        number=row["id"],
        issued_on=date.fromisoformat(row["day"]),
        currency="EUR",
        total=Decimal(row["total"]),
        open_amount=Decimal(row["total"]),
        lines=(_line(row),),
        modified_at=_changed(row),
    )


def _line(row: dict[str, Any]) -> Line:
    total = Decimal(row["total"])
    return Line(position=1, description="Goods", quantity=Decimal(1), unit_price=total, amount=total)


def _payment(row: dict[str, Any]) -> Payment:
    return Payment(
        erp_id=row["id"],
        customer_erp_id=row["customer"],
        number=row["id"],
        paid_on=date.fromisoformat(row["day"]),
        currency="EUR",
        amount=Decimal(row["amount"]),
        applications=tuple(
            Application(invoice_erp_id=invoice, amount=Decimal(amount)) for invoice, amount in row["applied"].items()
        ),
        our_key=row["key"],
        modified_at=_changed(row),
    )


def _changed(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["changed"])


_MAKERS: dict[RecordType, Callable[[dict[str, Any]], Record]] = {
    RecordType.TERM: _term,
    RecordType.CUSTOMER: _customer,
    RecordType.CONTACT: _contact,
    RecordType.INVOICE: _invoice,
    RecordType.CREDIT: _credit,
    RecordType.PAYMENT: _payment,
}
