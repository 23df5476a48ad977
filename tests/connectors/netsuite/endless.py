"""A SuiteQL service that makes up as many invoices as asked for: for what needs more of them than a simulator seeds.

It answers the shapes of this connector's invoice queries, no others.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from tests.connectors.wire import Request, answer

_LIMIT = re.compile(r"[?&]limit=(\d+)")
_AT = re.compile(r"t\.lastmodifieddate >= TO_TIMESTAMP\('([^']+)'")
_AFTER = re.compile(r"t\.id > (\d+)")
_AMONG = re.compile(r"tl\.transaction IN \(([^)]*)\)")
_LINE_AFTER = re.compile(r"\(tl\.transaction > (\d+) OR tl\.id > (\d+)\)")
_START = datetime(2020, 1, 1)  # noqa: DTZ001 - a wall clock on purpose


class Endless:
    """`invoices` invoices with `lines` lines each; two change in any second. Caps what one query gives."""

    def __init__(self, invoices: int, lines: int) -> None:
        self.invoices = invoices
        self.lines = lines
        self.queries = 0

    async def __call__(self, request: Request) -> bytes:
        self.queries += 1
        query = msgspec.json.decode(request.body)["q"]
        found = _LIMIT.search(request.path)
        limit = int(found[1]) if found else 1000
        rows: list[dict[str, str]] = []
        for row in self._rows(query):
            if len(rows) == limit:
                return self._page(rows, more=True)
            rows.append(row)
        return self._page(rows, more=False)

    def _page(self, rows: list[dict[str, str]], *, more: bool) -> bytes:
        page = {"items": rows, "count": len(rows), "hasMore": more, "offset": 0, "totalResults": len(rows)}
        return answer(200, msgspec.json.encode(page))

    def _rows(self, query: str) -> Iterator[dict[str, str]]:
        if "COUNT(*)" in query:
            yield {"upto": _wall(self.invoices), "total": str(self.invoices)}
        elif "FROM currency" in query:
            yield {"id": "1", "symbol": "GBP"}
        elif "FROM transactionline" in query:
            yield from self._lines(query)
        else:
            at, after = _AT.search(query), _AFTER.search(query)
            first = int(after[1]) + 1 if at and after else 1
            for number in range(first, self.invoices + 1):
                yield self._header(number)

    def _header(self, number: int) -> dict[str, str]:
        return {
            "id": str(number),
            "tranid": f"INV{number}",
            "entity": "4",
            "trandate": "2026-01-15",
            "duedate": "2026-02-14",
            "currency": "1",
            "foreigntotal": f"{self.lines * 12}.00",
            "foreignamountunpaid": "0.00",
            "status": "A",
            "changed": _wall(number),
        }

    def _lines(self, query: str) -> Iterator[dict[str, str]]:
        among, after = _AMONG.search(query), _LINE_AFTER.search(query)
        for document in among[1].split(", ") if among else ():
            begin = int(after[2]) + 1 if after and document == after[1] else 1
            for line in range(begin, self.lines + 1):
                yield {
                    "transaction_id": document,
                    "id": str(line),
                    "linesequencenumber": str(line),
                    "taxline": "F",
                    "kitcomponent": "F",
                    "quantity": "-4",
                    "rate": "3",
                    "foreignamount": "-12.00",
                    "itemid": f"SKU-{line}",
                    "displayname": "Hexagon bolt, zinc plated",
                    "unit": "Box",
                }


def _wall(number: int) -> str:
    return (_START + timedelta(seconds=number // 2)).strftime("%Y-%m-%d %H:%M:%S")
