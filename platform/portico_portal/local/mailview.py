"""The demo's mail view: takes mail by SMTP, delivers none of it, and shows it on a small page.

`GET /mails` gives the same as JSON (`?to=` one recipient, `?limit=`), `DELETE /mails` forgets all.
"""

import argparse
import json
import time
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from portico_portal.local.caughtmail import KEPT, Caught, CaughtMail
from portico_portal.local.mailpages import STYLE, framed, list_page, mail_page
from portico_portal.local.ports import LOOPBACK
from portico_portal.local.supervisor import stopping_signals

HTML = "text/html; charset=utf-8"
PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'"
# A mail is foreign text: no script, no form, nothing fetched but what the demo itself serves.
FRAME_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data: http://*.localhost:*"
)


class Receiver:
    """aiosmtpd's handler: every mail is taken, whoever it is for."""

    def __init__(self, caught: Caught) -> None:
        self.caught = caught

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        self.caught.add(raw, [str(each) for each in envelope.rcpt_tos])
        return "250 Taken, and sent to nobody"


def make_web(caught: Caught, port: int) -> ThreadingHTTPServer:
    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            match parts.path.strip("/").split("/"):
                case [""]:
                    self._answer(HTML, list_page(caught.newest()))
                case ["health"]:
                    self._answer("text/plain", "ok")
                case ["style.css"]:
                    self._answer("text/css; charset=utf-8", STYLE)
                case ["mails"]:
                    self._answer("application/json", mails_as_json(caught, asked))
                case ["mails", mail_id] if mail := caught.one(mail_id):
                    self._answer(HTML, mail_page(mail, asked.get("view") or best_view(mail)))
                case ["mails", mail_id, "html"] if mail := caught.one(mail_id):
                    self._answer(HTML, framed(mail), policy=FRAME_POLICY)
                case _:
                    self._answer(HTML, "<!doctype html><title>No such mail</title>No such mail.", status=404)

        def do_DELETE(self) -> None:
            if self.path == "/mails":
                caught.clear()
                self._answer("application/json", '{"mails": []}')
            else:
                self._answer("text/plain", "no such thing to delete", status=404)

        def _answer(self, kind: str, body: str, *, status: int = 200, policy: str = PAGE_POLICY) -> None:
            content = body.encode()
            self.send_response(HTTPStatus(status))
            for name, value in {
                "Content-Type": kind,
                "Content-Length": str(len(content)),
                "Content-Security-Policy": policy,
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "no-store",
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Say nothing: scripts poll this page."""

    return ThreadingHTTPServer((LOOPBACK, port), Pages)


def mails_as_json(caught: Caught, asked: Mapping[str, str]) -> str:
    limit = int(asked["limit"]) if asked.get("limit", "").isdecimal() else 100
    found = caught.newest(min(limit, KEPT), asked.get("to"))
    return json.dumps({"mails": [mail.described() for mail in found]}, ensure_ascii=False)


def best_view(mail: CaughtMail) -> str:
    return "html" if mail.html else "text"


def main() -> None:
    parser = argparse.ArgumentParser(description="Takes mail by SMTP and shows it; delivers none.")
    parser.add_argument("--port", type=int, required=True, help="of the page")
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="the maildir")
    options = parser.parse_args()
    options.folder.parent.mkdir(parents=True, exist_ok=True)
    caught = Caught(options.folder)
    receiver = Controller(Receiver(caught), hostname=LOOPBACK, port=options.smtp_port)
    web = make_web(caught, options.port)
    with stopping_signals() as stopping:
        receiver.start()
        Thread(target=web.serve_forever, daemon=True).start()
        while not stopping:
            time.sleep(0.1)
        web.shutdown()
        receiver.stop()


if __name__ == "__main__":
    main()
