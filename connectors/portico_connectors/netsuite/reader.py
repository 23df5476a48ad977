"""Reads records page by page: a frozen run by key, then what belongs to each page's rows. Never more than a page in
memory, however many records and lines there are.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from portico_connectors.connector import Page
from portico_connectors.errors import ConnectorError, Reconnect, RecordRejected, RetryLater
from portico_connectors.netsuite import cursor, mapping, queries, suiteql
from portico_connectors.netsuite.client import Client, Row
from portico_connectors.netsuite.cursor import Cursor
from portico_connectors.netsuite.faults import Failing, SchemaDrift
from portico_connectors.netsuite.fields import Company
from portico_connectors.netsuite.mapping import Around
from portico_connectors.netsuite.schema import Schema, refusal
from portico_connectors.netsuite.suiteql import Source
from portico_connectors.records import Record, RecordType
from portico_connectors.words import N_
from portico_core import clock

_PAGE = 1000
_CLOCKS_MAY_DIFFER = timedelta(minutes=20)


class Stuck(ConnectorError):
    """A page did not lead beyond the one before."""


class Reader:
    """The reading half of the connector."""

    def __init__(self, client: Client, schema: Schema, zone: ZoneInfo, base_currency: str) -> None:
        self._client = client
        self._schema = schema
        self._zone = zone
        self._base_currency = base_currency
        self._company: Company | None = None

    async def pages(self, record_type: RecordType, text: str | None, page_size: int) -> AsyncIterator[Page[Record]]:
        """See `Connector.pages`."""
        source = queries.BY_TYPE[record_type]
        run = cursor.parse(text)
        if not run.under_way:
            run = await self._begin(source, run)
            if not run.total:
                return
        limit = max(1, min(page_size, _PAGE))
        more = True
        while more:
            started_at = clock.now()
            rows, more = await self._schema.fetch(
                source, source.remaining(run), order=source.order(timed=not run.whole), limit=limit
            )
            more = more and bool(rows)
            if more:
                run = _advanced(run, rows)
            records, rejected = await self._records(record_type, rows)
            yield Page(
                records=records,
                rejected=rejected,
                cursor=(run if more else run.finished()).text(),
                started_at=started_at,
                total=run.total,
            )

    async def invoices(self, erp_ids: tuple[str, ...]) -> Page[Record]:
        """See `Connector.invoices`."""
        if len(erp_ids) > suiteql.MAX_IN:
            raise ValueError(f"at most {suiteql.MAX_IN} invoices in one call")
        started_at = clock.now()
        wanted = [erp_id for erp_id in dict.fromkeys(erp_ids) if suiteql.is_ident(erp_id)]
        rows: Sequence[Row] = ()
        if wanted:
            source = queries.INVOICES
            rows, _ = await self._schema.fetch(
                source, [suiteql.among(source.id, wanted)], order=source.id, limit=suiteql.MAX_IN
            )
        records, rejected = await self._records(RecordType.INVOICE, rows)
        return Page(records=records, rejected=rejected, cursor="", started_at=started_at, total=len(rows))

    async def payments(self, our_keys: tuple[str, ...]) -> Page[Record]:
        """See `Connector.payments`."""
        started_at = clock.now()
        keys = ", ".join(suiteql.key(each) for each in dict.fromkeys(our_keys))
        rows: Sequence[Row] = ()
        if keys:
            source = queries.PAYMENTS
            rows, _ = await self._schema.fetch(
                source, [f"t.externalid IN ({keys})"], order=source.id, limit=suiteql.MAX_IN
            )
        records, rejected = await self._records(RecordType.PAYMENT, rows)
        return Page(records=records, rejected=rejected, cursor="", started_at=started_at, total=len(rows))

    async def applications(self, document_ids: Sequence[str]) -> dict[str, list[Row]]:
        """Links to invoices by paying document."""
        return await self._by_document(queries.APPLICATIONS, document_ids, "nextdoc", "previousdoc")

    async def zone_note(self) -> str | None:
        """A sentence if the ERP's latest change lies in the future: then the connection's time zone is wrong."""
        upto, _ = await self._extent(queries.INVOICES.extent((), timed=True))
        if upto is None or cursor.to_utc(upto, self._zone) <= clock.now() + _CLOCKS_MAY_DIFFER:
            return None
        return N_(
            f"The latest change in NetSuite, {upto} by its clock, is in the future in the time zone {self._zone}: "
            "enter the time zone of the NetSuite user who signs in"
        )

    async def company(self) -> Company:
        """What holds for all rows; asked for once."""
        if self._company is None:
            rows = await self._schema.fetch_optional(queries.CURRENCIES, (), limit=_PAGE)
            currencies = {row["id"]: row["symbol"].upper() for row in rows.rows if "symbol" in row} if rows else {}
            if not currencies and not self._base_currency:
                raise Reconnect(
                    "This account shows no currencies (or its role may not see them): enter the company currency"
                )
            self._company = Company(currencies, self._base_currency, self._zone)
        return self._company

    async def _begin(self, source: Source, before: Cursor) -> Cursor:
        """A new run: where it starts, its end frozen by NetSuite's own clock, how many rows it will bring."""
        since = cursor.start_of_next(before.seen, self._zone) if before.seen else None
        try:
            upto, total = await self._extent(source.extent(source.since(since), timed=True))
        except (SchemaDrift, Failing) as error:
            if source.requires("changed"):
                raise refusal(source, "lastmodifieddate") if isinstance(error, SchemaDrift) else error from None
            upto, total = None, 1
        if total and upto is None:
            # Small tables may tell no time of change: these are read whole every time.
            _, total = await self._extent(source.extent((), timed=False))
            return Cursor(whole=True, total=total)
        return Cursor(since=since, upto=upto, total=total)

    async def _extent(self, query: str) -> tuple[str | None, int]:
        rows, _ = await self._client.suiteql(query, limit=1)
        total = rows[0].get("total", "") if rows else ""
        if not total.isdigit():
            raise RetryLater("NetSuite did not say how many records there are")
        return rows[0].get("upto"), int(total)

    async def _records(
        self, record_type: RecordType, rows: Sequence[Row]
    ) -> tuple[tuple[Record, ...], tuple[RecordRejected, ...]]:
        if not rows:
            return (), ()
        company = await self.company()
        around = await self._around(record_type, rows)
        records: list[Record] = []
        rejected: list[RecordRejected] = []
        for row in rows:
            try:
                records.append(mapping.record(record_type, row, around, company))
            except RecordRejected as error:
                rejected.append(error)
        return tuple(records), tuple(rejected)

    async def _around(self, record_type: RecordType, rows: Sequence[Row]) -> Around:
        ids = [row["id"] for row in rows]
        match record_type:
            case RecordType.CUSTOMER:
                return Around(addresses=await self._addresses(rows))
            case RecordType.INVOICE:
                return Around(lines=await self._lines(ids))
            case RecordType.CREDIT:
                return Around(lines=await self._lines(ids), applications=await self.applications(ids))
            case RecordType.PAYMENT:
                return Around(applications=await self.applications(ids))
            case _:
                return Around()

    async def _addresses(self, customers: Sequence[Row]) -> dict[str, Row]:
        keys = [
            row["defaultbillingaddress"] for row in customers if suiteql.is_ident(row.get("defaultbillingaddress", ""))
        ]
        if not keys:
            return {}
        source = queries.ADDRESSES
        condition = suiteql.among(source.id, dict.fromkeys(keys))
        rows = await self._schema.fetch_optional(source, [condition], limit=_PAGE)
        return {row["nkey"]: row for row in rows.rows} if rows else {}

    async def _lines(self, document_ids: Sequence[str]) -> dict[str, list[Row]]:
        lines = await self._by_document(queries.LINES, document_ids, "transaction_id", "id")
        for rows in lines.values():
            rows.sort(key=_line_order)
        return lines

    async def _by_document(
        self, source: Source, document_ids: Sequence[str], document: str, key: str
    ) -> dict[str, list[Row]]:
        """All rows that belong to the documents, however many answers they fill. `document` and `key` are columns;
        together they name one row.

        Each further answer asks for the documents not yet complete, and of the first of these for the rows after
        the last one read: no counting of pages, so the cap on rows has no say.
        """
        document_sql, key_sql = source.column(document), source.column(key)
        found: dict[str, list[Row]] = {}
        waiting = sorted(document_ids, key=int)
        after: list[str] = []
        more = bool(waiting)
        while more:
            rows, more = await self._schema.fetch(
                source,
                [suiteql.among(document_sql, waiting), *after],
                order=f"{document_sql}, {key_sql}",
                limit=_PAGE,
            )
            for row in rows:
                found.setdefault(row[document], []).append(row)
            more = more and bool(rows)
            if more:
                at, beyond = rows[-1][document], rows[-1][key]
                condition = f"({document_sql} > {suiteql.ident(at)} OR {key_sql} > {suiteql.ident(beyond)})"
                if after == [condition]:
                    raise Stuck(f"reading {source.name} records does not move on")
                after = [condition]
                waiting = [document_id for document_id in waiting if int(document_id) >= int(at)]
        return found


def _line_order(row: Row) -> tuple[int, int]:
    sequence = row.get("linesequencenumber", "")
    number = int(row["id"])
    return (int(sequence) if sequence.isdigit() else number, number)


def _advanced(run: Cursor, rows: Sequence[Row]) -> Cursor:
    last = rows[-1]
    at, id_ = ("" if run.whole else last.get("changed", "")), last.get("id", "")
    if not id_ or (at, id_) == (run.at, run.id):
        raise Stuck("reading does not move on")
    return run.after(at, id_)
