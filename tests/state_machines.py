"""Runs hypothesis state machines over asynchronous code against the test's own database and servers.

In `make check` the walks are few and always the same. By hand they are as many as wanted, from a seed that is printed:

    WALKS=300 WALK_SEED=7 make test T=tests/billing/payments/what_is_open

A walk that fails is told as it was; SHRINK=1 looks, for minutes, for the shortest that fails. What was found stays as
a test of its own.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from hypothesis.strategies import just

T = TypeVar("T")
STUCK_SECONDS = 120


class _EveryRule:
    def is_enabled(self, _name: str) -> bool:
        return True


class AsyncMachine(RuleBasedStateMachine):
    """A machine whose rules run in a thread, and their coroutines on the test's loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._loop = loop
        if "WALKS" not in os.environ:
            # hypothesis leaves some rules out of each walk, which pays over hundreds of walks and starves a few
            rules: Any = self._rules_strategy
            rules.enabled_rules_strategy = just(_EveryRule())

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """What became of it; its errors are raised here."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(STUCK_SECONDS)

    def do_at_once(self, *works: Coroutine[Any, Any, T]) -> list[T | BaseException]:
        """All of them at the same time; errors are among the results."""
        return self.do(_gathered(*works))


async def _gathered(*works: Coroutine[Any, Any, T]) -> list[T | BaseException]:
    return await asyncio.gather(*works, return_exceptions=True)


async def walk(machine: Callable[[asyncio.AbstractEventLoop], AsyncMachine], *, walks: int, steps: int) -> None:
    """Let a machine take that many walks (or WALKS) of that many steps (or STEPS), from WALK_SEED."""
    loop = asyncio.get_running_loop()
    start = int(os.environ.get("WALK_SEED", "1"))
    chosen = settings(
        max_examples=int(os.environ.get("WALKS", walks)),
        stateful_step_count=int(os.environ.get("STEPS", steps)),
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink) if os.environ.get("SHRINK") else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )

    @seed(start)
    def made() -> AsyncMachine:
        return machine(loop)

    print(f"{chosen.max_examples} walks of {chosen.stateful_step_count} steps, WALK_SEED={start}")  # noqa: T201
    try:
        await asyncio.to_thread(run_state_machine_as_test, made, settings=chosen)  # type: ignore[arg-type]
    except BaseException as error:
        error.add_note(f"WALK_SEED={start} WALKS={chosen.max_examples} STEPS={chosen.stateful_step_count}")
        raise
