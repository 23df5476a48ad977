"""NetSuite passes the suite. The older sign-in differs in its signatures, so it passes the part that writes."""

import pytest

from portico_connectors.conformance import Bench, ConnectorConformance, Fault
from portico_connectors.conformance.posting import Posting
from portico_connectors.conformance.runs import read_all
from portico_connectors.conformance.secrecy import Secrecy
from portico_connectors.errors import Reconnect
from portico_connectors.records import RecordType
from tests.connectors.netsuite.bench import NetSuiteBench, TokenBasedBench


class TestNetSuite(ConnectorConformance):
    bench_type = NetSuiteBench


class TestNetSuiteByToken(Posting, Secrecy):
    bench_type = TokenBasedBench

    async def test_a_refused_signature_stops_at_once(self, bench: Bench) -> None:
        """There is nothing to renew, and five refused logins lock the user."""
        await bench.fault(Fault.EXPIRED_TOKEN, 2)
        async with bench.connect() as connector:
            with pytest.raises(Reconnect):
                await read_all(connector, RecordType.INVOICE)
        assert await bench.fired() == 1

    async def test_the_paper_comes_over_a_signed_query(self, bench: Bench) -> None:
        async with bench.connect() as connector:
            paper = await connector.invoice_pdf(min((await bench.facts()).ids[RecordType.INVOICE]))
        assert paper is not None
