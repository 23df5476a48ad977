"""The figures of a run as Markdown tables, for the terminal and for docs/real-figures.md."""

from collections.abc import Iterator, Mapping
from typing import Any

from portico_portal.local.real.journal import Journal, Part

MEGABYTE = 1_000_000
SHOWN = {"netsuite": "ERP simulator", "postgres": "PostgreSQL", "web": "web", "worker": "worker"}


def told(journal: Journal) -> str:
    """All tables there are figures for."""
    return "\n".join([*_parts(journal.parts), "", *_sync(journal.parts), "", *_pages(journal.parts)]) + "\n"


def _parts(parts: Mapping[str, Part]) -> Iterator[str]:
    yield f"| part | seconds | {' | '.join(f'{name}: processor s, MB' for name in SHOWN.values())} | differences |"
    yield f"|---|---|{'---|' * len(SHOWN)}---|"
    for name, part in parts.items():
        cells = [
            f"{part.spent.processor.get(each, 0.0):.1f}, {part.spent.memory[each] / MEGABYTE:.0f}"
            if each in part.spent.memory
            else ""
            for each in SHOWN
        ]
        yield f"| {name} | {part.spent.seconds:.1f} | {' | '.join(cells)} | {len(part.differences)} |"


def _sync(parts: Mapping[str, Part]) -> Iterator[str]:
    found = parts["sync"].found if "sync" in parts else {}
    if not found:
        return
    yield "| record type | records | rows | seconds | records a second | rows a second |"
    yield "|---|---|---|---|---|---|"
    for kind, each in found.items():
        if "records" not in each:
            continue
        seconds = each["seconds"] or 1.0
        yield (
            f"| {kind} | {each['records']:,} | {each['rows']:,} | {each['seconds']:.1f} "
            f"| {each['records'] / seconds:,.0f} | {each['rows'] / seconds:,.0f} |"
        )
    processor = parts["sync"].spent.processor
    rows = found["all"]["rows"] or 1
    by_process = ", ".join(f"{SHOWN[name]} {1e6 * processor.get(name, 0.0) / rows:,.0f}" for name in SHOWN)
    yield f"\nMicroseconds of the processor a row: {by_process}. Tables: {found['tables']['bytes'] / MEGABYTE:,.0f} MB."


def _pages(parts: Mapping[str, Part]) -> Iterator[str]:
    pages: dict[str, dict[str, Any]] = parts["pages"].found if "pages" in parts else {}
    if not pages:
        return
    yield "| page | web ms | PostgreSQL ms | statements | kB | on the clock ms |"
    yield "|---|---|---|---|---|---|"
    for name, each in pages.items():
        statements = "" if each["statements"] is None else each["statements"]
        yield (
            f"| {name} | {each['web_ms']:.1f} | {each['database_ms']:.1f} | {statements} "
            f"| {each['bytes'] / 1000:.1f} | {each['seconds'] * 1000:.0f} |"
        )
