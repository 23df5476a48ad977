"""Each mail is its own trouble: what cannot be written is left out or given up, and the mails behind it go."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select, update

from portico_core.settings import MailSettings, Settings
from portico_portal.local.ports import free_port
from portico_portal.mail.send import send_due
from portico_tenants.mails import Mail, MailRow, owe
from portico_tenants.secrets import Safe
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant


class Server:
    """A mail server on this machine, and what it has taken."""

    def __init__(self) -> None:
        self.mails: dict[str, EmailMessage] = {}
        self.settings = MailSettings(host="127.0.0.1", port=free_port())

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        (recipient,) = envelope.rcpt_tos
        self.mails[recipient] = message_from_bytes(envelope.content, policy=policy.SMTP)
        return "250 OK"


@pytest.fixture
def server() -> Iterator[Server]:
    handler = Server()
    controller = Controller(handler, hostname="127.0.0.1", port=handler.settings.port, ready_timeout=60)
    controller.start()
    yield handler
    controller.stop()


async def _owe(database: Database, tenant: Tenant, **fields: str) -> None:
    mail = {
        "recipient": "pat@ashdown.example",
        "sender_name": "Stanmoor",
        "sender_address": "desk@stanmoor.example",
        "subject": "Receipt",
        "html": "<p>Paid</p>",
        "plain": "Paid",
    } | fields
    async with database.tenant_session(tenant) as session:
        await owe(session, Mail(**mail), cause=f"test:{fields}")


async def _given_up(database: Database, tenant: Tenant) -> dict[str, tuple[bool, int]]:
    """Of each recipient's mail that has not left: whether it is given up, and how often it was tried."""
    async with database.tenant_session(tenant) as session:
        rows = await session.scalars(select(MailRow).where(MailRow.sent_at.is_(None)))
        return {row.recipient: (row.given_up_at is not None, row.attempts) for row in rows}


@pytest.mark.parametrize("reply_to", ["sales@north.example,", "sales@[x", "büro@firma.example", "a..b@x.example"])
async def test_an_address_for_replies_that_no_mail_can_have_is_left_out(
    database: Database, tenant: Tenant, settings: Settings, server: Server, reply_to: str
) -> None:
    await _owe(database, tenant, reply_to=reply_to)

    assert await send_due(database, tenant, server.settings, Safe(settings.secret_keys)) == 1
    assert server.mails["pat@ashdown.example"]["reply-to"] is None


async def test_a_name_of_two_lines_is_written_as_one(
    database: Database, tenant: Tenant, settings: Settings, server: Server
) -> None:
    await _owe(database, tenant, sender_name="North\rBcc: x@y.example", reply_to="desk@north.example")

    assert await send_due(database, tenant, server.settings, Safe(settings.secret_keys)) == 1
    mail = server.mails["pat@ashdown.example"]
    assert (mail["from"].addresses[0].display_name, mail["bcc"]) == ("North Bcc: x@y.example", None)
    assert mail["reply-to"] == "desk@north.example"


async def test_a_recipient_that_no_mail_can_have_is_given_up_at_once_and_the_next_one_goes(
    database: Database, tenant: Tenant, settings: Settings, server: Server
) -> None:
    for recipient in ("x@y[.z", "sales@[x", "info@müller.example"):
        await _owe(database, tenant, recipient=recipient)

    assert await send_due(database, tenant, server.settings, Safe(settings.secret_keys)) == 1
    assert set(server.mails) == {"info@xn--mller-kva.example"}
    assert await _given_up(database, tenant) == {"x@y[.z": (True, 1), "sales@[x": (True, 1)}


@pytest.mark.parametrize(
    ("message_id", "is_given_up"), [("<1@[x>", False), ("<1@müller.example>", True)], ids=["defect", "unwritable"]
)
async def test_whatever_else_a_mail_trips_over_holds_up_no_other(
    database: Database, tenant: Tenant, settings: Settings, server: Server, message_id: str, is_given_up: bool
) -> None:
    await _owe(database, tenant, recipient="first@ashdown.example")
    async with database.tenant_session(tenant) as session:
        await session.execute(update(MailRow).values(message_id=message_id))
    await _owe(database, tenant)

    assert await send_due(database, tenant, server.settings, Safe(settings.secret_keys)) == 1
    assert set(server.mails) == {"pat@ashdown.example"}
    assert await _given_up(database, tenant) == {"first@ashdown.example": (is_given_up, 1)}
