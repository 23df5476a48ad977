"""Limits, failures and refusals of the ERP become the errors that say what to do next; short ones are sat out."""

import asyncio

import pytest

from portico_connectors.conformance.bench import Bench, Fault
from portico_connectors.conformance.benched import Benched
from portico_connectors.conformance.runs import ids, read_all
from portico_connectors.errors import Reconnect, RetryLater
from portico_connectors.records import RecordType

PASSING = pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.FAILING, Fault.GATEWAY, Fault.CUT])
EVER = 10_000


class Weather(Benched):
    """How the connector bears its ERP."""

    @PASSING
    async def test_a_passing_fault_costs_no_record(self, bench: Bench, fault: Fault) -> None:
        async with bench.connect() as connector:
            pages = connector.pages(RecordType.INVOICE, None, page_size=7)
            first = await anext(pages)
            await bench.fault(fault, 1)
            read = ids([first, *[page async for page in pages]])
        assert await bench.fired() == 1
        assert len(read) == len(set(read))
        assert set(read) == (await bench.facts()).ids[RecordType.INVOICE]

    @PASSING
    async def test_a_lasting_fault_is_for_later(self, bench: Bench, fault: Fault) -> None:
        await bench.fault(fault, EVER)
        async with bench.connect() as connector:
            with pytest.raises(RetryLater):
                await read_all(connector, RecordType.INVOICE)
        assert await bench.fired() > 0

    async def test_after_a_fault_the_run_goes_on_where_it_was(self, bench: Bench) -> None:
        async with bench.connect() as connector:
            pages = connector.pages(RecordType.INVOICE, None, page_size=7)
            first = await anext(pages)
            await bench.fault(Fault.GATEWAY, EVER)
            with pytest.raises(RetryLater):
                await anext(pages)
            await bench.fault(Fault.GATEWAY, 0)
            read = ids([first, *await read_all(connector, RecordType.INVOICE, first.cursor)])
        assert sorted(read) == sorted((await bench.facts()).ids[RecordType.INVOICE])

    async def test_a_long_wait_is_left_to_the_caller(self, bench: Bench) -> None:
        await bench.fault(Fault.THROTTLED_LONG, EVER)
        async with bench.connect() as connector:
            with pytest.raises(RetryLater) as caught:
                async with asyncio.timeout(5):
                    await read_all(connector, RecordType.INVOICE)
        assert caught.value.after_seconds == pytest.approx(600)

    async def test_an_expired_session_is_renewed(self, bench: Bench) -> None:
        async with bench.connect() as connector:
            pages = connector.pages(RecordType.INVOICE, None, page_size=7)
            first = await anext(pages)
            await bench.fault(Fault.EXPIRED_TOKEN, 1)
            read = ids([first, *[page async for page in pages]])
        assert await bench.fired() == 1
        assert sorted(read) == sorted((await bench.facts()).ids[RecordType.INVOICE])

    async def test_refused_credentials_are_for_the_tenant_to_mend(self, bench: Bench) -> None:
        async with bench.connect(wrong_secret=True) as connector:
            with pytest.raises(Reconnect):
                await connector.test()
            with pytest.raises(Reconnect):
                await read_all(connector, RecordType.INVOICE)

    async def test_no_more_requests_at_once_than_the_manifest_says(self, bench: Bench) -> None:
        async with bench.connect() as connector, bench.connect() as another:
            await asyncio.gather(
                *(read_all(one, record_type) for one in (connector, another) for record_type in RecordType)
            )
            assert 1 <= await bench.most_at_once() <= connector.manifest.concurrency

    async def test_a_private_address_is_refused_unless_the_operator_allows_it(self, bench: Bench) -> None:
        with pytest.raises(Reconnect):
            async with bench.connect(allow_private=False) as connector:
                await connector.test()
