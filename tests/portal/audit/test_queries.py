"""The audit trail as staff read it."""

from uuid import UUID

from portico_portal.audit.queries import PAGE, entries
from portico_tenants import audit
from portico_tenants.session import TenantSession
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
    before: UUID | None = None
    sizes: list[int] = []
    while not sizes or sizes[-1] > PAGE:
        found = await entries(session, before=before)
        sizes.append(len(found))
        seen += [row.object_id for row in found[:PAGE]]
        before = found[:PAGE][-1].id
    assert sizes == [PAGE + 1, PAGE + 1, 7]
    assert seen == [str(number) for number in reversed(range(count))]


async def test_a_person_is_named_and_found_by_name_or_address(session: TenantSession) -> None:
    anna = await make_staff(session, name="Anna Svensson", email="anna@north.example")
    await _note(session, "invoice.downloaded", f"person:{anna.id}")
    await _note(session, "sync.run", "job:sync")
    for typed in ("svens", "anna@north", "ANNA"):
        assert [row.actor for row in await entries(session, actor=typed)] == ["Anna Svensson <anna@north.example>"]
    assert [row.actor for row in await entries(session, actor="job:")] == ["job:sync"]
    assert await entries(session, actor="nobody here") == []


async def test_actions_are_chosen_by_how_they_begin(session: TenantSession) -> None:
    for action in ("payment.made", "payment.failed", "person.signed_in"):
        await _note(session, action)
    assert {row.action for row in await entries(session, action="payment")} == {"payment.made", "payment.failed"}
    assert await entries(session, action="%") == []


async def test_changes_are_shown_as_they_were(session: TenantSession) -> None:
    await _note(session, "test.noted", number=3)
    (row,) = await entries(session)
    assert (row.before, row.after) == ({"n": 0}, {"n": 3})
