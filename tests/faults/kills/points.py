"""The named moments at which something is killed: around each commit and each call to somewhere else that money takes.

A point is words on a wire (languages.py), the moment before they are passed on or after they were answered, and whose
wire it is.
"""

import re
from dataclasses import dataclass

from tests.faults.kills.wires import When

COMMITS = {
    # step: (process, what only its transaction says)
    "checkout: payment written": ("web", r"INSERT INTO payment \("),
    "checkout: page stored": ("web", r"UPDATE stripe_call"),
    "webhook: event stored": ("web", r"INSERT INTO stripe_event"),
    "settle: posting owed": ("worker", r"INSERT INTO posting"),
    "posting: claimed": ("worker", r"UPDATE posting SET [^;]*attempts"),
    "posting: answer stored": ("worker", r"UPDATE payment_allocation"),
    "mail: composed": ("worker", r"INSERT INTO mail"),
    "mail: claimed": ("worker", r"UPDATE mail SET due_at"),
    "mail: marked as sent": ("worker", r"UPDATE mail SET [^;]*sent_at"),
    "scheduler: hints forgotten": ("scheduler", r"DELETE FROM portico\.due"),
}
CALLS = {
    "checkout: asked of Stripe": ("web", "stripe", r"^POST /v1/checkout/sessions "),
    "return: asked of Stripe": ("web", "stripe", r"^GET /v1/checkout/sessions/"),
    "settle: asked of Stripe": ("worker", "stripe", r"^GET /v1/checkout/sessions/"),
    "posting: written into the ERP": ("worker", "erp", r"^POST /services/rest/record/v1/customerPayment "),
    "mail: handed over": ("worker", "smtp", r"^SENT$"),
    "webhook: job sent": ("web", "redis", r"enqueue.*work_event"),
    "scheduler: sweep sent": ("scheduler", "redis", r"enqueue.*\.(post_payments|send_mails|sweep_\w+)\b"),
}


@dataclass(frozen=True)
class Point:
    """`process` is whose wire is watched, and who is killed where the kill is one of our own processes."""

    step: str
    when: When
    process: str
    wire: str
    words: re.Pattern[str]

    @property
    def name(self) -> str:
        return f"{self.when} {self.step}"


def _points() -> dict[str, Point]:
    wired = {step: (process, "postgres", f"^COMMIT.*{said}") for step, (process, said) in COMMITS.items()} | CALLS
    points = [
        Point(step, when, process, wire, re.compile(words, re.DOTALL))
        for step, (process, wire, words) in wired.items()
        for when in ("before", "after")
    ]
    return {each.name: each for each in points}


POINTS = _points()
