"""One owed mail to the SMTP server. Claimed first, marked after: a kill between the two sends it twice with the same
Message-ID, never not at all."""

from datetime import timedelta
from email.errors import MessageError
from email.message import EmailMessage
from uuid import UUID

import aiosmtplib
from sqlalchemy import func, select, update

from portico_core.clock import now
from portico_core.logs import log
from portico_core.mail_addresses import header_address, is_writable
from portico_core.settings import MailSettings
from portico_tenants.mails import PLACEHOLDER, SWEEP, MailRow, forget_token, token_of
from portico_tenants.secrets import CannotOpen, Safe, Secret
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant

logger = log(__name__)
BACK_OFF = (30, 120, 600, 1800, 3600, 4 * 3600, 8 * 3600, 24 * 3600)  # seconds; then it is given up
BATCH = 50
SEND_SECONDS = 30


class NotWritable(Exception):
    """Nothing in it will ever be sendable: given up at once, so that the mails behind it go."""


async def send_due(database: Database, tenant: Tenant, settings: MailSettings, safe: Safe) -> int:
    """Send what is due; how many left. A server that does not answer ends the round at once."""
    sent = 0
    for _ in range(BATCH):
        async with database.tenant_session(tenant) as session:
            mail = await _claim(session)
            if mail is None:
                break
        error = await _send(database, tenant, settings, safe, mail)
        async with database.tenant_session(tenant) as session:
            await _note(session, mail.id, error)
        if isinstance(error, aiosmtplib.SMTPConnectError | aiosmtplib.SMTPServerDisconnected | OSError):
            break
        sent += error is None
    return sent


async def _claim(session: TenantSession) -> MailRow | None:
    statement = (
        select(MailRow)
        .where(MailRow.sent_at.is_(None), MailRow.given_up_at.is_(None), MailRow.due_at <= func.now())
        .order_by(MailRow.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    mail = (await session.scalars(statement)).one_or_none()
    if mail is None:
        return None
    mail.due_at = now() + timedelta(seconds=BACK_OFF[min(mail.attempts, len(BACK_OFF) - 1)])
    mail.attempts += 1
    await session.remember(SWEEP, mail.due_at)
    return mail


async def _send(
    database: Database, tenant: Tenant, settings: MailSettings, safe: Safe, mail: MailRow
) -> Exception | None:
    """None, or why it did not leave. A token that does not open is this mail's trouble, not the next one's."""
    try:
        async with database.tenant_session(tenant) as session:
            token = await token_of(session, safe, mail.id)
    except CannotOpen as error:
        logger.error("mail not sent", mail=str(mail.id), error=str(error))
        return error
    return await _hand_over(mail, token, settings)


async def _hand_over(mail: MailRow, token: Secret | None, settings: MailSettings) -> Exception | None:
    try:
        written = message(mail, token)
        written.as_bytes()  # some headings are only refused when they are written out
    except (ValueError, LookupError, MessageError) as error:
        logger.warning("mail cannot be written", mail=str(mail.id), error=type(error).__name__)
        return NotWritable(f"{type(error).__name__}: an address or a heading that no mail can have")
    except Exception as error:  # a defect, tried again as often as any; the mails behind it do not wait for it
        logger.error("mail not written", mail=str(mail.id), exc_info=error)
        return error
    try:
        await aiosmtplib.send(
            written,
            hostname=settings.host,
            port=settings.port,
            username=settings.user,
            password=settings.password,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            timeout=SEND_SECONDS,
        )
    except (aiosmtplib.SMTPException, OSError) as error:
        logger.warning("mail not handed over", mail=str(mail.id), error=type(error).__name__)
        return error
    return None


async def _note(session: TenantSession, mail_id: UUID, error: Exception | None) -> None:
    statement = update(MailRow).where(MailRow.id == mail_id)
    if error is None:
        await session.execute(statement.values(sent_at=func.now(), last_error=None))
        await forget_token(session, mail_id)
        return
    why = f"{type(error).__name__}: {error}"[:300]
    await session.execute(statement.values(last_error=why))
    refused = isinstance(error, aiosmtplib.SMTPRecipientsRefused | aiosmtplib.SMTPSenderRefused | NotWritable)
    given_up = await session.execute(
        statement.where((MailRow.attempts >= len(BACK_OFF)) | refused)
        .values(given_up_at=func.now())
        .returning(MailRow.id)
    )
    if given_up.first() is not None:
        await forget_token(session, mail_id)


def message(mail: MailRow, token: Secret | None = None) -> EmailMessage:
    """As it goes over the wire, the link's token filled in. Nothing in its headers names the platform."""
    filled_in = token.reveal() if token else PLACEHOLDER
    made = EmailMessage()
    made["From"] = header_address(mail.sender_address, " ".join(mail.sender_name.split()))
    made["To"] = header_address(mail.recipient)
    if is_writable(mail.reply_to):
        made["Reply-To"] = header_address(mail.reply_to)
    made["Subject"] = " ".join(mail.subject.split())
    made["Date"] = mail.created_at
    made["Message-ID"] = mail.message_id
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(mail.plain.replace(PLACEHOLDER, filled_in))
    made.add_alternative(mail.html.replace(PLACEHOLDER, filled_in), subtype="html")
    return made
