"""One simulator for all protocol tests of a process; faults that a test leaves behind are cleared."""

import time
from collections.abc import Iterator

import pytest

from tests.connectors.simulators.running import Simulator, five_accounts, running_simulator


@pytest.fixture(scope="session")
def _simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running_simulator(tmp_path_factory.mktemp("netsuite"), five_accounts(time.time())) as simulator:
        yield simulator


@pytest.fixture
def simulator(_simulator: Simulator) -> Iterator[Simulator]:
    yield _simulator
    _simulator.control.delete("/faults")
