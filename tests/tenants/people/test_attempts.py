"""Guessing is slow, and nobody can lock another person out."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from portico_core.clock import now
from portico_core.errors import TooMany
from portico_tenants.people import attempts
from portico_tenants.people.models import SignInAttemptRow
from portico_tenants.session import TenantSession

EMAIL = "pat@ashdown.example"


async def guess(
    session: TenantSession, times: int, *, network: str = "198.51.100.7", browser: str | None = None
) -> None:
    counters = attempts.keys(email=EMAIL, network=network, browser=browser)
    for _ in range(times):
        await attempts.count_failure(session, counters)


async def refused(session: TenantSession, *, network: str = "203.0.113.5", browser: str | None = None) -> bool:
    try:
        await attempts.check(session, attempts.keys(email=EMAIL, network=network, browser=browser))
    except TooMany as many:
        return 0 < many.retry_after_seconds <= 900
    return False


async def test_the_eleventh_guess_at_an_address_waits_wherever_it_comes_from(session: TenantSession) -> None:
    await guess(session, 9)
    assert not await refused(session)
    await guess(session, 1)
    assert await refused(session)


async def test_strangers_who_guess_do_not_shut_out_the_browser_its_owner_uses(session: TenantSession) -> None:
    await guess(session, 50)
    assert await refused(session)
    assert not await refused(session, browser="owners-laptop")


async def test_a_stolen_known_browser_has_a_limit_too(session: TenantSession) -> None:
    await guess(session, 10, browser="owners-laptop")
    assert await refused(session, browser="owners-laptop")
    assert not await refused(session)


async def test_one_network_that_tries_many_addresses_is_slowed(session: TenantSession) -> None:
    for number in range(60):
        counters = attempts.keys(email=f"{number}@a.example", network="198.51.100.7", browser=None)
        await attempts.count_failure(session, counters)
    assert await refused(session, network="198.51.100.7")
    assert not await refused(session, network="203.0.113.5")


async def test_after_the_window_it_starts_anew(session: TenantSession) -> None:
    await guess(session, 30)
    await session.execute(
        update(SignInAttemptRow).values(window_started_at=now() - attempts.WINDOW - timedelta(seconds=1))
    )
    assert not await refused(session)
    await guess(session, 1)
    assert not await refused(session)


async def test_a_success_forgets_the_address_but_not_the_network(session: TenantSession) -> None:
    counters = attempts.keys(email=EMAIL, network="198.51.100.7", browser=None)
    for _ in range(60):
        await attempts.count_failure(session, counters)
    await attempts.forget(session, counters)
    assert not await refused(session, network="203.0.113.5")
    with pytest.raises(TooMany):
        await attempts.check(session, counters)
