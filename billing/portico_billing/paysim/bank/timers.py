"""What falls due on the bank's clock: debits settle, sessions expire, fees become known, refunds arrive."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from portico_billing.paysim.act import Act, World
from portico_billing.paysim.bank import attempt
from portico_billing.paysim.objects import charges, refunds, sessions

log = logging.getLogger("paysim.timers")
LONGEST_SLEEP_SECONDS = 5.0


def _expire(act: Act, ident: str) -> None:
    session = act.get("checkout.session", ident)
    if session["status"] == "open":
        sessions.expire_session(act, session)


HAPPENINGS: dict[str, Callable[[Act, str], object]] = {
    "settle": attempt.settle_as_foretold,
    "expire": _expire,
    "fees_known": charges.fees_known,
    "refund_arrives": refunds.arrives,
    "refund_fails": refunds.fails,
}


def run_due(world: World) -> int:
    """Let everything happen whose time has come; how many things that were."""
    due = world.store.rows("SELECT * FROM timer WHERE due <= ? ORDER BY due, id LIMIT 200", world.clock.bank_now())
    for timer in due:
        with world.store.transaction():
            world.store.run("DELETE FROM timer WHERE id = ?", timer["id"])
            HAPPENINGS[timer["kind"]](Act(world, timer["account"]), timer["ref"])
    return len(due)


async def keep_time(world: World) -> None:
    """Run timers until cancelled; a commit wakes it, since it may have brought an earlier one."""
    awake = asyncio.Event()
    world.store.on_commit(awake.set)
    while True:
        awake.clear()
        try:
            if run_due(world):
                await asyncio.sleep(0)
                continue
        except Exception:
            # One broken timer was taken out by nobody: say so and go on with the others after a while.
            log.exception("a timer failed")
            await asyncio.sleep(LONGEST_SLEEP_SECONDS)
        following = world.store.row("SELECT min(due) AS due FROM timer")
        due = following["due"] if following else None
        wait = LONGEST_SLEEP_SECONDS if due is None else max(0.0, due - world.clock.bank_now())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(awake.wait(), min(wait, LONGEST_SLEEP_SECONDS) + 0.005)
