"""Writes docs/dependencies.md from the table: `python -m tests.faults.dependencies.document`."""

from pathlib import Path

from tests.faults.dependencies.kinds import KINDS
from tests.faults.dependencies.table import Service, table

DOCUMENT = Path(__file__).parents[3] / "docs" / "dependencies.md"
HEAD = """# What people see while a service is gone

Written by `python -m tests.faults.dependencies.document` from `tests/faults/dependencies/table.toml`; the tests beside
it (`tests/faults/dependencies`) take each service away from a running portal, open every kind of page, and hold what is
seen against this table. A page or a failure without a word fails them. Whatever is gone, no page takes longer than 25
seconds to say so, and when the service is back nothing needs to be started again.

## The words

| word | what is seen |
|---|---|
"""
BETWEEN = """
Work that was promised meanwhile is not lost: it stands in PostgreSQL before anybody is told that it is on its way, and
leaves when the queue, the mail server, Stripe or the ERP is back. Two sends of the same mail have the same Message-ID.
An ERP that asks us to wait is not asked before; other distributors' ERPs are read as always. Requests to one ERP
account are counted over all processes (`docs/decisions`, slots of an ERP account).
"""


def rendered() -> str:
    """The whole document."""
    words = "".join(f"| {word} | {says} |\n" for word, says in table().words.items())
    return HEAD + words + BETWEEN + "".join(_service(service) for service in table().services) + _kinds()


def _service(service: Service) -> str:
    short = {failure.name: failure.name.removeprefix(f"{service.key}_") for failure in service.failures}
    says = "".join(f"- **{short[failure.name]}**: {failure.title}\n" for failure in service.failures)
    head = f"| | {' | '.join(short.values())} |\n" + "|---" * (len(short) + 1) + "|\n"
    rows = "".join(
        f"| {title} | " + " | ".join(failure.pages.get(kind, "") for failure in service.failures) + " |\n"
        for kind, title in table().kinds.items()
    )
    return f"\n## {service.name}\n\n{says}\n{head}{rows}"


def _kinds() -> str:
    rows = "".join(
        f"| {table().kinds.get(kind, '')} | {', '.join(f'`{route}`' for route in routes)} |\n"
        for kind, routes in KINDS.items()
    )
    return f"\n## Which pages are which\n\n| kind | routes |\n|---|---|\n{rows}"


if __name__ == "__main__":
    DOCUMENT.write_text(rendered())
