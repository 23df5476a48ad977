"""Mails that the demo caught instead of sending: kept in memory for the view, and in a maildir for the next start."""

import base64
import mailbox
import re
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

KEPT = 500


@dataclass(frozen=True)
class CaughtMail:
    """`recipients` are those of the envelope; `html` carries its inline pictures as data addresses."""

    id: str
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    subject: str
    message_id: str
    text: str
    html: str
    attachments: tuple[str, ...]
    raw: bytes

    def described(self) -> dict[str, object]:
        """For scripts; `links` are the addresses in the text, in their order."""
        return {
            "id": self.id,
            "received_at": self.received_at.isoformat(),
            "from": self.sender,
            "to": list(self.recipients),
            "subject": self.subject,
            "message_id": self.message_id,
            "text": self.text,
            "html": self.html,
            "links": re.findall(r"https?://[^\s<>\"')\]]+", self.text or self.html),
            "attachments": list(self.attachments),
        }


class Caught:
    """The newest mails, newest first. Safe to use from the thread that receives and those that show."""

    def __init__(self, folder: Path) -> None:
        self._maildir = mailbox.Maildir(str(folder))
        self._lock = threading.Lock()
        found = [parse(key, self._maildir.get_bytes(key)) for key in self._maildir.keys()]  # noqa: SIM118
        self._mails = sorted(found, key=lambda mail: mail.received_at, reverse=True)[:KEPT]

    def add(self, content: bytes, recipients: list[str]) -> CaughtMail:
        stamp = datetime.now(UTC).isoformat()
        envelope = f"X-Portico-Received: {stamp}\nX-Portico-To: {', '.join(recipients)}\n".encode()
        kept = envelope + content.replace(b"\r\n", b"\n")
        with self._lock:
            mail = parse(self._maildir.add(kept), kept)
            self._mails = [mail, *self._mails][:KEPT]
        return mail

    def newest(self, limit: int = 100, to: str | None = None) -> list[CaughtMail]:
        wanted = to.lower() if to else None
        with self._lock:
            found = [m for m in self._mails if wanted is None or wanted in map(str.lower, m.recipients)]
        return found[:limit]

    def one(self, mail_id: str) -> CaughtMail | None:
        with self._lock:
            return next((mail for mail in self._mails if mail.id == mail_id), None)

    def clear(self) -> None:
        with self._lock:
            self._maildir.clear()
            self._mails = []


def parse(mail_id: str, kept: bytes) -> CaughtMail:
    message = message_from_bytes(kept, policy=policy.default)
    html = _body(message, "html")
    for part in message.walk():
        if content_id := str(part.get("Content-ID", "")).strip(" <>"):
            content = part.get_payload(decode=True)
            data = base64.b64encode(content if isinstance(content, bytes) else b"").decode()
            html = html.replace(f"cid:{content_id}", f"data:{part.get_content_type()};base64,{data}")
    head, _, _ = kept.partition(b"\n\n")
    own = [line for line in head.split(b"\n") if line.startswith(b"X-Portico-")]
    return CaughtMail(
        id=mail_id,
        received_at=datetime.fromisoformat(str(message["X-Portico-Received"])),
        sender=str(message.get("From", "")),
        recipients=tuple(each.strip() for each in str(message["X-Portico-To"]).split(",")),
        subject=str(message.get("Subject", "")),
        message_id=str(message.get("Message-ID", "")),
        text=_body(message, "plain"),
        html=html,
        attachments=tuple(part.get_filename() or "" for part in message.iter_attachments()),
        raw=kept[sum(len(line) + 1 for line in own) :],
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    content = part.get_content()
    return content if isinstance(content, str) else ""
