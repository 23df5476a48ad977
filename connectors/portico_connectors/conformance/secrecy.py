"""Secrets stay where they are: not in logs, errors, tracebacks, or what a connector says of itself."""

import logging
import traceback
from collections.abc import Awaitable
from decimal import Decimal

import pytest

from portico_connectors.conformance.bench import Bench, Fault
from portico_connectors.conformance.benched import Benched
from portico_connectors.conformance.runs import payable, payment_for, read_all
from portico_connectors.conformance.weather import EVER
from portico_connectors.errors import ConnectorError
from portico_connectors.records import RecordType


class Secrecy(Benched):
    """What can be seen from outside."""

    async def test_secrets_are_nowhere_to_be_seen(
        self, bench: Bench, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level(logging.DEBUG)
        seen: list[str] = []
        async with bench.connect() as connector:
            seen += [repr(connector), str(connector), repr(vars(connector)), str(await connector.test())]
            await read_all(connector, RecordType.CUSTOMER)
            payment = payment_for("portico-secrecy", await payable(bench, connector, 1), [Decimal("0.01")])
            seen.append(str(await connector.post_payment(payment)))
        for fault in (Fault.THROTTLED_LONG, Fault.GATEWAY, Fault.FAILING):
            await bench.fault(fault, EVER)
            async with bench.connect() as connector:
                seen.append(await _failure(connector.test()))
            await bench.fault(fault, 0)
        async with bench.connect(wrong_secret=True) as connector:
            seen.append(await _failure(connector.test()))
        printed = capfd.readouterr()
        everything = "\n".join((*seen, caplog.text, printed.out, printed.err))
        assert [secret for secret in bench.secrets if secret in everything] == []

    async def test_the_form_marks_its_secrets(self, bench: Bench) -> None:
        async with bench.connect() as connector:
            fields = connector.manifest.fields
        assert any(field.is_secret for field in fields)
        for field in fields:
            suspicious = any(word in field.name for word in ("secret", "password", "private_key", "token"))
            assert field.is_secret or not suspicious or field.kind == "choice", field.name


async def _failure(call: Awaitable[object]) -> str:
    """The whole traceback of a call that fails."""
    try:
        await call
    except ConnectorError as error:
        return "".join(traceback.format_exception(error))
    return ""
