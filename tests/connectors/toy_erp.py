"""An ERP of a few lines, in memory: numbers every change, gives out sessions, and has bad days on demand."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

from portico_connectors.conformance import Fault
from tests.connectors.wire import Request, answer

PASSWORD = "canary-password"
Row = dict[str, Any]


class ToyErp:
    """Rows by type and id. Amounts are text, as they travel."""

    def __init__(self) -> None:
        self.changes = 0
        self.sessions = 0
        self.rows: dict[str, dict[str, Row]] = {
            name: {} for name in ("term", "customer", "contact", "invoice", "credit", "payment")
        }
        self.trouble: Fault | None = None
        self.times = self.fired = 0
        self.now = self.most_at_once = 0
        self.put("term", {"id": "t1", "name": "30 days"})
        for number in range(3):
            self.put("customer", {"id": f"c{number}", "name": f"Customer {number}"})
            self.put("contact", {"id": f"p{number}", "customer": f"c{number}", "name": f"Person {number}"})
        for number in range(30):
            amount = f"{20 + number}.3{number % 10}"
            row = {"id": f"i{number:02}", "customer": f"c{number % 3}", "day": "2026-03-01"}
            self.put("invoice", {**row, "total": amount, "open": amount})
        self.put("credit", {"id": "r1", "customer": "c0", "day": "2026-03-02", "total": "5.00"})
        self.book({"key": None, "customer": "c0", "day": "2026-03-03", "amount": "1.00", "applied": {"i00": "1.00"}})

    def put(self, kind: str, row: Row) -> None:
        """Insert or change a row."""
        self.changes += 1
        self.rows[kind][row["id"]] = {**row, "change": self.changes, "changed": datetime.now(UTC).isoformat()}

    def book(self, payment: Row) -> None:
        """Book a payment. Raises ValueError where an invoice is gone or has less open."""
        invoices = {erp_id: self.rows["invoice"].get(erp_id) for erp_id in payment["applied"]}
        for erp_id, amount in payment["applied"].items():
            invoice = invoices[erp_id]
            if invoice is None or Decimal(amount) > Decimal(invoice["open"]):
                raise ValueError(erp_id)
        for erp_id, amount in payment["applied"].items():
            invoice = self.rows["invoice"][erp_id]
            self.put("invoice", {**invoice, "open": str(Decimal(invoice["open"]) - Decimal(amount))})
        self.put("payment", {**payment, "id": f"y{len(self.rows['payment']):02}"})

    async def __call__(self, request: Request) -> bytes:
        self.now += 1
        self.most_at_once = max(self.most_at_once, self.now)
        try:
            return self.respond(request)
        finally:
            self.now -= 1

    def respond(self, request: Request) -> bytes:
        """The answer, or what a fault makes of it."""
        write = request.line.startswith("POST") and request.path != "/session"
        if self.times and (write or self.trouble is not Fault.LOST_REPLY):
            self.times -= 1
            self.fired += 1
            match self.trouble:
                case Fault.THROTTLED:
                    return answer(429)
                case Fault.THROTTLED_LONG:
                    return answer(429, Retry_After="600")
                case Fault.FAILING:
                    return answer(500)
                case Fault.GATEWAY:
                    return answer(503, b"<html>Bad weather</html>")
                case Fault.EXPIRED_TOKEN:
                    self.sessions += 1
                case Fault.CUT:
                    return self.work(request)[:-3]
                case _:
                    self.work(request)
                    return b""
        return self.work(request)

    def work(self, request: Request) -> bytes:
        """What the ERP itself says."""
        if request.path == "/session":
            if json.loads(request.body)["password"] != PASSWORD:
                return answer(401)
            return _json({"session": f"session-{self.sessions}"})
        if request.headers.get("x-session") != f"session-{self.sessions}":
            return answer(401)
        if request.line.startswith("POST"):
            payment = json.loads(request.body)
            if not any(row["key"] == payment["key"] for row in self.rows["payment"].values()):
                try:
                    self.book(payment)
                except ValueError:
                    return answer(400)
            return _json({})
        if request.path == "/company":
            return _json({"name": "Toy Traders"})
        return _json(self.list(request.path))

    def list(self, path: str) -> Row:
        """Rows by change number, by id or by key."""
        parts = urlsplit(path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        rows = sorted(self.rows[parts.path.strip("/")].values(), key=lambda row: int(row["change"]))
        if "ids" in asked:
            return {"rows": [row for row in rows if row["id"] in asked["ids"].split(",")], "more": False}
        if "key" in asked:
            return {"rows": [row for row in rows if row["key"] == asked["key"]], "more": False}
        rows = [row for row in rows if row["change"] > int(asked["after"])]
        limit = int(asked["limit"])
        return {"rows": rows[:limit], "more": len(rows) > limit}


def _json(document: Any) -> bytes:
    return answer(200, json.dumps(document).encode())
