"""Payloads in names are text in mails too, in both bodies, and every header is ours: through a real SMTP server."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import httpx
import pytest
from aiosmtpd.controller import Controller
from playwright.async_api import Page
from sqlalchemy import select

from portico_billing.payments.models import AllocationRow, PaymentRow
from portico_billing.payments.showing.mailing import write_letter
from portico_core.clock import now
from portico_core.ids import new_id
from portico_core.settings import MailSettings, Settings
from portico_portal.local.ports import free_port
from portico_portal.mail.send import send_due
from portico_portal.sync.tell import tell_staff
from portico_tenants.mails import Mail, MailRow, owe
from portico_tenants.secrets import Safe
from portico_tenants.session import Database
from portico_themes.render import Renderer
from tests.hardening.injection.company import CARRIERS, Carrier
from tests.hardening.injection.conftest import Attacked
from tests.hardening.injection.inert import read
from tests.portal.portal import Portal

HEADERS = {
    *("from", "to", "reply-to", "subject", "date", "message-id", "auto-submitted", "mime-version", "content-type"),
    "content-transfer-encoding",
}
STATES = ("processing", "succeeded", "failed")


class Letters:
    """What arrived: the envelope's recipients, and the mail as it went over the wire."""

    def __init__(self) -> None:
        self.arrived: list[tuple[list[str], EmailMessage]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.arrived.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.SMTP)))
        return "250 OK"


@pytest.fixture
def letters() -> Iterator[tuple[Letters, MailSettings]]:
    """A mail server on this machine."""
    handler, port = Letters(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port, ready_timeout=60)
    controller.start()
    yield handler, MailSettings(host="127.0.0.1", port=port)
    controller.stop()


async def test_mails_carry_payloads_as_text_alone(
    attacked: Attacked,
    portal: Portal,
    database: Database,
    settings: Settings,
    letters: tuple[Letters, MailSettings],
    reader: Page,
) -> None:
    received, server = letters
    for each in CARRIERS:
        await invite(attacked, portal, each)
        await pay(attacked, database, settings, each)
    async with database.tenant_session(attacked.tenant) as session:
        await tell_staff(session, attacked.tenant, settings, Renderer(), CARRIERS[0].payload)
    while await send_due(database, attacked.tenant, server, Safe(settings.secret_keys)):
        pass
    mails = received.arrived
    assert len(mails) == len(CARRIERS) * (1 + len(STATES)) + 1
    assert await unsent(database, attacked) == []
    html, said = [], ""
    for recipients, mail in mails:
        assert len(recipients) == 1
        assert mail["to"].addresses[0].addr_spec == recipients[0]
        assert {name.lower() for name in mail} <= HEADERS
        assert len(mail.get_all("subject", [])) == len(mail["from"].addresses) == len(mail["to"].addresses) == 1
        plain, rich = mail.get_body(("plain",)), mail.get_body(("html",))
        assert plain is not None
        assert rich is not None
        assert "1337" not in plain.get_content()
        html.append(rich.get_content())
        said += plain.get_content()
    readings = await read(reader, html, mail_host=attacked.tenant.host)
    assert [each.troubles for each in readings if each.troubles] == []
    said += " ".join(each.said for each in readings)
    for field in ("person", "invoice_number"):
        assert any(each.mark(field) in said for each in CARRIERS), field


async def test_a_mail_that_cannot_be_written_is_given_up_and_the_next_one_goes(
    attacked: Attacked, database: Database, settings: Settings, letters: tuple[Letters, MailSettings]
) -> None:
    received, server = letters
    addresses = (
        "a@b.example\r\nBcc: c@evil.example",
        "a@b.example, c@evil.example",
        "",
        "<a@b.example>",
        "ok@b.example",
    )
    async with database.tenant_session(attacked.tenant) as session:
        for number, recipient in enumerate(addresses):
            mail = Mail(
                recipient=recipient,
                sender_name="A, B <c@evil.example>",
                sender_address="desk@a.example",
                subject="Hello\r\nBcc: c@evil.example\r\n\r\n<script>",
                html="<p>Hello</p>",
                plain="Hello",
            )
            await owe(session, mail, cause=f"test:{number}")
    safe = Safe(settings.secret_keys)
    for _ in addresses:
        await send_due(database, attacked.tenant, server, safe)
    (recipients, arrived), *more = received.arrived
    assert (recipients, more) == (["ok@b.example"], [])
    assert arrived["bcc"] is None
    assert arrived["subject"] == "Hello Bcc: c@evil.example <script>"
    async with database.tenant_session(attacked.tenant) as session:
        given_up = await session.scalars(select(MailRow.recipient).where(MailRow.given_up_at.is_not(None)))
        assert set(given_up) == set(addresses) - {"ok@b.example"}


async def invite(attacked: Attacked, portal: Portal, carrier: Carrier) -> None:
    """As an administrator of the carrier's customer does it."""
    member = portal.at(attacked.tenant, cookies=httpx.Cookies({"session": attacked.members[carrier.index]}))
    await member.get("/members")
    form = {
        "email": f"c{carrier.index}@people.example",
        "name": f"{carrier.mark('invited')} {carrier.payload}"[:100],
        "role": "viewer",
    }
    answer = await member.post("/members/invite", form, headers={"sec-fetch-site": "same-origin"})
    assert answer.status_code == 303, answer.text


async def pay(attacked: Attacked, database: Database, settings: Settings, carrier: Carrier) -> None:
    """A payment of the carrier's invoice in each state that a mail tells of."""
    async with database.tenant_session(attacked.tenant) as session:
        for state in STATES:
            payment = PaymentRow(
                id=new_id(),
                customer_id=attacked.customers[carrier.index],
                created_by=attacked.people[carrier.index],
                form_key=new_id(),
                currency="GBP",
                amount_minor=100,
                state=state,
                method=carrier.value("method"),
                method_last4=carrier.payload[:40],
                failure=carrier.payload[:40],
                stripe_account="acct_none",
                expires_at=now(),
                submitted_at=now(),
                settled_at=now() if state == "succeeded" else None,
                ended_at=now(),
            )
            session.add(payment)
            await session.flush()
            session.add(allocation(payment.id, attacked.invoices[carrier.index]))
            await session.flush()
            await write_letter(session, Renderer(), settings, payment.id)


def allocation(payment: UUID, invoice: UUID) -> AllocationRow:
    return AllocationRow(payment_id=payment, invoice_id=invoice, position=1, amount_minor=100, was_open_minor=100)


async def unsent(database: Database, attacked: Attacked) -> list[str | None]:
    async with database.tenant_session(attacked.tenant) as session:
        return list(await session.scalars(select(MailRow.last_error).where(MailRow.sent_at.is_(None))))
