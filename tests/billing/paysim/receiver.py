"""A webhook endpoint as a merchant would run one: it keeps what arrives and answers what it is told to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "whsec_" + "ab" * 16


@dataclass
class Arrival:
    """One delivery, as raw as it came."""

    body: bytes
    headers: dict[str, str]
    event: dict[str, Any]


@dataclass
class Receiver:
    """`answers` maps an account to the statuses its next deliveries get; after those it is 200."""

    url: str
    arrivals: list[Arrival] = field(default_factory=list)
    answers: dict[str, list[int]] = field(default_factory=dict)
    slow_seconds: dict[str, float] = field(default_factory=dict)

    def of(self, account: str, event_type: str | None = None) -> list[Arrival]:
        return [
            one
            for one in list(self.arrivals)
            if one.event.get("account") == account and event_type in (None, one.event["type"])
        ]

    def types(self, account: str) -> list[str]:
        return [one.event["type"] for one in self.of(account)]


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    """A receiver on a free port, in a thread."""
    receiver = Receiver("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            event = json.loads(body)
            account = event.get("account", "")
            receiver.arrivals.append(Arrival(body, {key.lower(): value for key, value in self.headers.items()}, event))
            if pause := receiver.slow_seconds.get(account):
                threading.Event().wait(pause)
            planned = receiver.answers.get(account)
            status = planned.pop(0) if planned else 200
            self.send_response(status)
            if status in (301, 302, 307):
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/webhooks/stripe"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
