"""Brings a house to rest: waits until nothing is at work, lets the time pass that what was interrupted has to wait for,
and looks whether anything is still owed.

Leases and pauses are minutes long by design (a posting's, a mail's). Here the rows are dated back instead of slept
through, and only while nobody is at work on one, as it would be after that time.
"""

import asyncio
import time
from collections.abc import Callable

from portico_billing.payments import letters, postings, settle
from portico_billing.stripe import inbox
from portico_tenants import mails
from tests.faults.kills.house import House

KINDS = (inbox.SWEEP, letters.SWEEP, mails.SWEEP, postings.SWEEP, settle.SWEEP)
AT_REST_SECONDS = 1.0
LONGEST_SECONDS = 900.0  # where much has piled up on a machine that is busy with other things
LOOK_SECONDS = 0.25
OWED = """
SELECT 'payment in ' || state AS what, count(*) FROM payment
 WHERE state IN ('creating', 'processing') OR (state = 'open' AND id = ANY($1::uuid[])) GROUP BY 1
UNION ALL SELECT 'event', count(*) FROM stripe_event WHERE state = 'new'
UNION ALL SELECT 'posting in ' || state, count(*) FROM posting WHERE state IN ('owed', 'in_doubt') GROUP BY 1
UNION ALL SELECT 'hold of a paid payment', count(*) FROM hold JOIN payment ON payment.id = hold.payment_id
 WHERE hold.ended_at IS NULL AND payment.state = 'succeeded'
UNION ALL SELECT 'mail not sent', count(*) FROM mail WHERE sent_at IS NULL
UNION ALL SELECT 'mail not composed', count(*) FROM payment WHERE state = 'succeeded'
 AND NOT EXISTS (SELECT FROM mail WHERE cause = 'receipt:' || payment.id)
"""
BACK = (
    "UPDATE posting SET due_at = now(), claimed_until = NULL WHERE greatest(due_at, claimed_until) > now()",
    "UPDATE mail SET due_at = now() WHERE sent_at IS NULL",
    "UPDATE payment SET check_at = now() WHERE state IN ('creating', 'open', 'processing')",
    "UPDATE stripe_event SET received_at = received_at - interval '1 minute' WHERE state = 'new'",
)
HINT = "INSERT INTO portico.due (kind, due_at, tenant_role) VALUES ($1, now(), $2)"


class NeverQuiet(AssertionError):
    """Something stayed owed. The text says what."""


async def bring_to_rest(house: House, charged: list[str], say: Callable[[str], None]) -> int:
    """Until nothing is owed any more; how often time had to pass for that. `charged` payments must get through."""
    deadline = time.monotonic() + LONGEST_SECONDS
    passed = 0
    while True:
        await _until_nobody_works(house, deadline)
        owed = await _owed(house, charged)
        if not owed:
            return passed
        if time.monotonic() > deadline:
            raise NeverQuiet(f"after {LONGEST_SECONDS:g} seconds still owed: {owed}")
        say(f"  still owed, time passes: {', '.join(f'{count} {what}' for what, count in owed.items())}")
        await _let_time_pass(house)
        passed += 1
        await asyncio.sleep(AT_REST_SECONDS)


async def _until_nobody_works(house: House, deadline: float) -> None:
    rested_since = time.monotonic()
    while time.monotonic() - rested_since < AT_REST_SECONDS:
        if house.busy_wires or not await house.well():
            rested_since = time.monotonic()
        if time.monotonic() > deadline:
            raise NeverQuiet(f"after {LONGEST_SECONDS:g} seconds still at work: {house.busy_wires}")
        await asyncio.sleep(LOOK_SECONDS)


async def _owed(house: House, charged: list[str]) -> dict[str, int]:
    owed: dict[str, int] = {}
    async with house.superuser() as server:
        for slug, tenant in house.tenants.items():
            await server.execute(f"SET search_path TO {tenant.role}")
            for what, count in await server.fetch(OWED, charged):
                if count:
                    owed[f"{slug}: {what}"] = count
    return owed


async def _let_time_pass(house: House) -> None:
    async with house.superuser() as server:
        for tenant in house.tenants.values():
            await server.execute(f"SET search_path TO {tenant.role}")
            for statement in BACK:
                await server.execute(statement)
            for kind in KINDS:
                await server.execute(HINT, kind, tenant.role)
