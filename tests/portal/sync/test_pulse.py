"""How old the figures got, hour by hour, and how much was copied: from the rounds that the sync kept."""

from datetime import timedelta

from portico_core.clock import now
from portico_portal.sync.models import CursorRow, RunRow
from portico_portal.sync.pulse import HOURS, pulse
from portico_tenants.session import TenantSession

MINUTE = timedelta(minutes=1)


async def test_each_hour_says_its_greatest_age_and_what_was_copied(session: TenantSession) -> None:
    at = now()

    def a_round(minutes_ago: int, *, state: str = "done", copied: int = 0, record_type: str = "invoice") -> RunRow:
        started = at - minutes_ago * MINUTE
        ended = None if state == "running" else started + MINUTE
        return RunRow(
            record_type=record_type,
            kind="incremental",
            state=state,
            started_at=started,
            heartbeat_at=started + MINUTE,
            finished_at=ended,
            read=1000,
            new=copied // 2,
            changed=copied - copied // 2,
        )

    session.add_all([a_round(minutes, copied=10) for minutes in (400, 340, 310, 290, 60 * 40)])
    session.add(a_round(100, state="failed", copied=3))
    session.add(a_round(5, state="running", copied=500))
    session.add(a_round(30, record_type="customer"))
    session.add(CursorRow(record_type="term", fresh_at=at - 15 * MINUTE))
    await session.flush()

    told = await pulse(session)

    ages = {round((at - hour) / timedelta(hours=1)): minutes for hour, minutes in told.age}
    copied = {round((at - hour) / timedelta(hours=1)): count for hour, count in told.copied}
    assert len(ages) == len(copied) == HOURS
    # The first round ended after a night without any; four came on time, and then none.
    assert ages[6] == 60 * 40 - 399
    assert ages[5] == 400 - 339
    assert ages[4] == 290 - 240
    assert [ages[hour] for hour in (3, 2, 1, 0)] == [290 - 180, 290 - 120, 290 - 60, 290]
    assert (copied[0], copied[1], copied[4], copied[5], copied[6], copied[7]) == (500, 3, 10, 20, 10, 0)
