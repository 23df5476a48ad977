"""The suite that every connector passes. Imported by tests only: it needs pytest.

class TestMine(ConnectorConformance):
    bench_type = MyBench
"""

import pytest

pytest.register_assert_rewrite(
    "portico_connectors.conformance.reading",
    "portico_connectors.conformance.posting",
    "portico_connectors.conformance.weather",
    "portico_connectors.conformance.secrecy",
)

from portico_connectors.conformance.bench import Bench, Facts, Fault, HeldPayment  # noqa: E402 - after the line above
from portico_connectors.conformance.suite import ConnectorConformance  # noqa: E402

__all__ = ["Bench", "ConnectorConformance", "Facts", "Fault", "HeldPayment"]
