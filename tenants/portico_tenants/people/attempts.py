"""Failed sign-ins are counted so that guessing is slow, without letting anybody lock another person out.

Three counters, each with a window of 15 minutes:
  a browser that has signed in with this address before (a signed cookie says so) has a counter of its own, so
  that strangers who guess at the address cannot shut its owner out; all other browsers share one counter per
  address; and one counter per network address slows those who try many addresses. A known browser is spared that
  one: it may share its network with whoever guesses.
The counters commit by themselves: they must outlive the refusal they lead to.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import case, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from portico_core.clock import now
from portico_core.errors import TooMany
from portico_tenants.people.models import SignInAttemptRow
from portico_tenants.session import TenantSession

WINDOW = timedelta(minutes=15)
LIMITS = {"browser": 10, "address": 10, "network": 60}


def keys(*, email: str, network: str, browser: str | None) -> dict[str, str]:
    """The counters of one try. `browser` is the id in the known-browser cookie, if it was signed for this email."""
    if browser:
        return {"browser": f"browser:{browser}:{email}"}
    return {"address": f"address:{email}", "network": f"network:{network}"}


def keys_of_session(session_id: UUID) -> dict[str, str]:
    """The counter of who is signed in and is asked for the password once more."""
    return {"browser": f"session:{session_id}"}


async def check(session: TenantSession, counters: dict[str, str]) -> None:
    """TooMany where a counter has reached its limit within the window. The same for known and unknown addresses."""
    rows = await session.execute(
        select(SignInAttemptRow.key, SignInAttemptRow.failures, SignInAttemptRow.window_started_at).where(
            SignInAttemptRow.key.in_(counters.values()), SignInAttemptRow.window_started_at > now() - WINDOW
        )
    )
    kinds = {key: kind for kind, key in counters.items()}
    waits = [
        (started + WINDOW - now()).total_seconds() for key, failures, started in rows if failures >= LIMITS[kinds[key]]
    ]
    if waits:
        raise TooMany(retry_after_seconds=max(1, round(max(waits))))


async def count_failure(session: TenantSession, counters: dict[str, str]) -> None:
    """One more failure on each counter; a window that ran out starts anew."""
    started = SignInAttemptRow.window_started_at
    fresh = started > now() - WINDOW
    statement = insert(SignInAttemptRow).values(
        [{"key": key, "failures": 1, "window_started_at": now()} for key in sorted(counters.values())]
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "failures": case((fresh, SignInAttemptRow.failures + 1), else_=1),
                "window_started_at": case((fresh, started), else_=statement.excluded.window_started_at),
            },
        )
    )


async def forget(session: TenantSession, counters: dict[str, str]) -> None:
    """After a success: this browser's or address's counter starts anew (the network's does not)."""
    mine = [key for kind, key in counters.items() if kind != "network"]
    await session.execute(delete(SignInAttemptRow).where(SignInAttemptRow.key.in_(mine)))


async def forget_old(session: TenantSession) -> None:
    """Remove counters whose window ran out."""
    await session.execute(delete(SignInAttemptRow).where(SignInAttemptRow.window_started_at < func.now() - WINDOW))
