"""Writes a customer payment so that it stands in NetSuite once: our key is its external id, unique there; it is
looked up before and after, and what is reported was read back.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from portico_connectors.errors import ConnectorError, OutcomeUnknown, PostingRefused, RetryLater
from portico_connectors.netsuite import fields, mapping, queries, suiteql
from portico_connectors.netsuite.client import Client, Row
from portico_connectors.netsuite.faults import AlreadyThere
from portico_connectors.netsuite.reader import Reader
from portico_connectors.netsuite.schema import Schema
from portico_connectors.records import PaymentToPost, PostedPayment
from portico_core.logs import log

_RECORD = "customerPayment"
_CHECK_NUMBER_LENGTH = 45
_MEMO_LENGTH = 999
# Waits before the look-ups that follow a lost answer: NetSuite may still be at it.
_LOOK_AGAIN_SECONDS = (0.5, 2.0)

logger = log(__name__)


class KeyRefused(PostingRefused):
    """Our key has signs that NetSuite's external ids cannot carry."""


class Postings:
    """The writing half of the connector."""

    def __init__(self, client: Client, schema: Schema, reader: Reader, payment_account: str) -> None:
        self._client = client
        self._schema = schema
        self._reader = reader
        self._payment_account = payment_account

    async def find(self, our_key: str) -> PostedPayment | None:
        """See `Connector.find_payment`."""
        return await self._held(f"t.externalid = {_key(our_key)}", was_there=True)

    async def post(self, payment: PaymentToPost) -> PostedPayment:
        """See `Connector.post_payment`."""
        if found := await self.find(payment.our_key):
            return found
        targets = await self._targets(payment)
        body = self._body(payment, await self._currency(payment, targets), targets)
        try:
            erp_id = await self._client.create(_RECORD, body)
        except (AlreadyThere, OutcomeUnknown) as unclear:
            logger.warning("payment posting unclear", our_key=payment.our_key, why=type(unclear).__name__)
            return await self._look_again(payment.our_key)
        logger.info("payment posted", our_key=payment.our_key, erp_id=erp_id)
        return await self._read_back(payment.our_key, erp_id)

    async def _targets(self, payment: PaymentToPost) -> list[Row]:
        """Currency and subsidiary of the invoices to close. Raises PostingRefused if they are not as we think."""
        wanted = [part.invoice_erp_id for part in payment.applications]
        if not wanted:
            return []
        if not all(suiteql.is_ident(erp_id) for erp_id in wanted) or len(set(wanted)) != len(wanted):
            raise PostingRefused("the invoices to close are not named by different NetSuite ids")
        source = queries.TARGETS
        rows, _ = await self._schema.fetch(source, [suiteql.among(source.id, wanted)], order=source.id, limit=1000)
        gone = set(wanted) - {row["id"] for row in rows}
        if gone:
            raise PostingRefused(f"NetSuite has no invoice {', '.join(sorted(gone))} any more")
        company = await self._reader.company()
        if any(fields.currency(row, company) not in (payment.currency, None) for row in rows):
            raise PostingRefused(f"the invoices to close are not in {payment.currency}")
        return rows

    async def _currency(self, payment: PaymentToPost, targets: Sequence[Row]) -> str | None:
        """NetSuite's id of the payment's currency, also where no invoice tells it: left out, it would be the
        customer's own, whatever was paid. None where the account has one currency."""
        company = await self._reader.company()
        if not company.currencies and payment.currency == company.base_currency:
            return None
        of_payment = (erp_id for erp_id, code in company.currencies.items() if code == payment.currency)
        if erp_id := _shared(targets, "currency") or next(of_payment, None):
            return erp_id
        raise PostingRefused(f"NetSuite has no currency {payment.currency}")

    def _body(self, payment: PaymentToPost, currency: str | None, targets: Sequence[Row]) -> dict[str, Any]:
        body: dict[str, Any] = {
            "externalId": payment.our_key,
            "customer": {"id": payment.customer_erp_id},
            "payment": payment.amount,
            "tranDate": payment.paid_on.isoformat(),
            "checkNumber": payment.reference[:_CHECK_NUMBER_LENGTH],
            "memo": " ".join(payment.memo.split())[:_MEMO_LENGTH],
            "autoApply": False,
            "apply": {
                "items": [
                    {"doc": {"id": part.invoice_erp_id}, "apply": True, "amount": part.amount}
                    for part in payment.applications
                ]
            },
        }
        if currency:
            body["currency"] = {"id": currency}
        if subsidiary := _shared(targets, "subsidiary"):  # without one NetSuite takes the customer's own
            body["subsidiary"] = {"id": subsidiary}
        if self._payment_account:
            body |= {"account": {"id": self._payment_account}, "undepFunds": False}
        return body

    async def _look_again(self, our_key: str) -> PostedPayment:
        for seconds in _LOOK_AGAIN_SECONDS:
            await asyncio.sleep(seconds)
            try:
                if found := await self.find(our_key):
                    return found
            except RetryLater as error:
                raise OutcomeUnknown("NetSuite's answer was unclear, and it cannot be asked now") from error
        raise OutcomeUnknown("NetSuite's answer was unclear, and our key is not there (yet)")

    async def _read_back(self, our_key: str, erp_id: str | None) -> PostedPayment:
        condition = f"t.id = {suiteql.ident(erp_id)}" if erp_id else f"t.externalid = {_key(our_key)}"
        try:
            for seconds in (0.0, *_LOOK_AGAIN_SECONDS):
                await asyncio.sleep(seconds)
                if held := await self._held(condition, was_there=False):
                    return held
        except ConnectorError as error:
            raise OutcomeUnknown("NetSuite took the payment; reading it back failed") from error
        raise OutcomeUnknown("NetSuite took the payment, but does not show it yet")

    async def _held(self, condition: str, *, was_there: bool) -> PostedPayment | None:
        rows, _ = await self._schema.fetch(queries.PAYMENTS, [condition], order=queries.PAYMENTS.id, limit=1)
        if not rows:
            return None
        links = await self._reader.applications([rows[0]["id"]])
        return mapping.posted(rows[0], links.get(rows[0]["id"], ()), was_there=was_there)


def _key(our_key: str) -> str:
    try:
        return suiteql.key(our_key)
    except ValueError as error:
        raise KeyRefused(str(error)) from None


def _shared(targets: Sequence[Row], field: str) -> str | None:
    """The one value of all targets; None where the account does not show the field."""
    values = {row[field] for row in targets if field in row}
    if len(values) > 1:
        raise PostingRefused(f"the invoices to close have more than one {field}; pay them separately")
    return values.pop() if values else None
