"""The report of what is set aside, `set-aside.csv`: whole documents, then single lines of documents that are kept."""

import csv
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from portico_connectors.simulators.netsuite.company.online_retail.documents import BELOW_A_PENNY, Document
from portico_connectors.simulators.netsuite.company.online_retail.source import NO_DAY, Line

NAME = "set-aside.csv"
COLUMNS = ("what", "cause", "document", "date", "lines", "amount", "line", "code", "description", "quantity", "price")


class SetAside:
    """Writes the report while it counts by cause. Dates, signs and texts are those of the source."""

    def __init__(self, folder: Path) -> None:
        self.documents: Counter[str] = Counter()
        self.lines: Counter[str] = Counter()
        self._handle = (folder / NAME).open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._handle)
        self._writer.writerow(COLUMNS)

    def add_documents(self, documents: Iterable[Document]) -> None:
        for document in documents:
            # A cause that names a line is one of a kind each time.
            self.documents["unfit lines" if document.cause.startswith("line ") else document.cause] += 1
            day = "" if document.issued_on == NO_DAY else document.issued_on.isoformat()
            amount = format(-document.exact if document.is_credit else document.exact, "f")
            self._writer.writerow(
                ("document", document.cause, document.number, day, document.lines, amount, *("",) * 5)
            )

    def add_line(self, line: Line) -> None:
        self.lines[BELOW_A_PENNY] += 1
        amount, quantity, price = (
            format(each, "f") for each in (line.quantity * line.price, line.quantity, line.price)
        )
        of_document = (line.document, line.issued_on.isoformat(), "", amount)
        self._writer.writerow(
            ("line", BELOW_A_PENNY, *of_document, line.place, line.code, line.description, quantity, price)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._handle.close()
