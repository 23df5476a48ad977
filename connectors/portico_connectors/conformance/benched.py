"""The fixture that gives each test its bench; every part of the suite stands on it and can be used alone."""

from collections.abc import AsyncIterator
from typing import ClassVar

import pytest_asyncio

from portico_connectors.conformance.bench import Bench


class Benched:
    """Subclass a part of the suite, or the whole, and name the bench."""

    bench_type: ClassVar[type[Bench]]

    @pytest_asyncio.fixture
    async def bench(self) -> AsyncIterator[Bench]:
        """A fresh company for each test."""
        async with self.bench_type.start() as bench:
            yield bench
