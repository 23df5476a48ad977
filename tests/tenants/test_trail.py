"""The audit trail as staff read it."""

from urllib.parse import parse_qs

import pytest

from portico_tenants import audit
from portico_tenants.session import TenantSession
from portico_tenants.trail import PAGE, read
from tests.factories.people import make_staff


async def _note(session: TenantSession, action: str, actor: str = "operator", number: int = 0) -> None:
    await audit.record(
        session, actor=actor, action=action, object_type="test", object_id=number, before={"n": 0}, after={"n": number}
    )


async def test_pages_follow_one_another_without_gaps_or_repeats(session: TenantSession) -> None:
    count = 2 * PAGE + 7
    for number in range(count):
        await _note(session, "test.noted", number=number)
    seen: list[str] = []
    query: str | None = "?"
    sizes = []
    while query is not None:
        typed = {name: values[0] for name, values in parse_qs(query.removeprefix("?")).items()}
        page = await read(session, **typed)
        sizes.append(len(page["rows"]))
        seen += [row.object_id for row in page["rows"]]
        query = page["older_url"]
    assert sizes == [PAGE, PAGE, 7]
    assert seen == [str(number) for number in reversed(range(count))]


async def test_a_person_is_named_and_found_by_name_or_address(session: TenantSession) -> None:
    anna = await make_staff(session, name="Anna Svensson", email="anna@north.example")
    await _note(session, "invoice.downloaded", f"person:{anna.id}")
    await _note(session, "sync.run", "job:sync")
    for typed in ("svens", "anna@north", "ANNA"):
        page = await read(session, actor=typed)
        assert [row.actor for row in page["rows"]] == ["Anna Svensson <anna@north.example>"]
    assert [row.actor for row in (await read(session, actor="job:"))["rows"]] == ["job:sync"]
    assert (await read(session, actor="nobody here"))["rows"] == []


async def test_actions_are_chosen_by_how_they_begin(session: TenantSession) -> None:
    for action in ("payment.made", "payment.failed", "person.signed_in"):
        await _note(session, action)
    page = await read(session, action="payment")
    assert {row.action for row in page["rows"]} == {"payment.made", "payment.failed"}
    assert page["actions"] == ["payment.failed", "payment.made", "person.signed_in"]
    assert (await read(session, action="%"))["rows"] == []


async def test_changes_are_shown_as_they_were(session: TenantSession) -> None:
    await _note(session, "test.noted", number=3)
    (row,) = (await read(session))["rows"]
    assert (row.before, row.after) == ({"n": 0}, {"n": 3})


@pytest.mark.parametrize(
    "before", ["nonsense", "2026-01-01 nonsense", "2026-01-01T00:00:00 0190a000-0000-7000-8000-000000000000"]
)
async def test_a_mark_that_is_none_begins_at_the_newest(session: TenantSession, before: str) -> None:
    await _note(session, "test.noted")
    assert len((await read(session, before=before, action="test\x00"))["rows"]) == 1
