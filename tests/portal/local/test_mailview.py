"""The mail view takes what the worker sends and shows it to people and to scripts."""

import smtplib
import sys
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from portico_portal.local.ports import free_port
from tests.services import StartServer, running_server

PICTURE = b"\x89PNG picture"


@pytest.fixture
def smtp_port() -> int:
    return free_port()


@pytest.fixture
def start_view(start: StartServer, tmp_path: Path, smtp_port: int) -> Callable[[], str]:
    return lambda: start(view_command(smtp_port, tmp_path / "maildir"), health="/health")


def view_command(smtp_port: int, maildir: Path) -> list[str]:
    argv = [sys.executable, "-m", "portico_portal.local.mailview", "--port", "{port}"]
    return [*argv, "--smtp-port", str(smtp_port), "--folder", str(maildir)]


def receipt() -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Stanmoor Supply <billing@stanmoor.example>"
    mail["To"] = "Ana Pérez <ana@customer.example>"
    mail["Subject"] = "Receipt for £1,204.50 – thank you"
    mail["Message-ID"] = "<receipt-1@stanmoor.example>"
    mail.set_content("See http://stanmoor.localhost:8080/payments/7 for the details.\n")
    mail.add_alternative('<p>Paid.</p><script>alert(1)</script><img src="cid:logo">', subtype="html")
    html = mail.get_body(("html",))
    assert isinstance(html, EmailMessage)
    html.add_related(PICTURE, "image", "png", cid="<logo>")
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="receipt.pdf")
    return mail


def hand_over(mail: EmailMessage, port: int, *, to: str = "ana@customer.example") -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as smtp:
        smtp.send_message(mail, to_addrs=[to])


def test_a_mail_is_listed_for_scripts_with_its_parts_and_links(start_view: Callable[[], str], smtp_port: int) -> None:
    url = start_view()
    hand_over(receipt(), smtp_port)

    [mail] = httpx.get(f"{url}/mails").json()["mails"]

    assert mail["subject"] == "Receipt for £1,204.50 – thank you"
    assert mail["to"] == ["ana@customer.example"]
    assert mail["message_id"] == "<receipt-1@stanmoor.example>"
    assert mail["links"] == ["http://stanmoor.localhost:8080/payments/7"]
    assert mail["attachments"] == ["receipt.pdf"]
    assert "cid:" not in mail["html"]
    assert "data:image/png;base64," in mail["html"]


def test_a_persons_page_shows_the_mail_in_a_frame_that_runs_no_script(
    start_view: Callable[[], str], smtp_port: int
) -> None:
    url = start_view()
    hand_over(receipt(), smtp_port)
    [mail] = httpx.get(f"{url}/mails").json()["mails"]

    page = httpx.get(f"{url}/mails/{mail['id']}")
    frame = httpx.get(f"{url}/mails/{mail['id']}/html")

    assert "Receipt for £1,204.50" in httpx.get(url).text
    assert '<iframe sandbox="allow-popups' in page.text
    assert "<script>" not in page.text
    assert "sandbox allow-popups" in frame.headers["content-security-policy"]
    assert "allow-scripts" not in frame.headers["content-security-policy"]
    assert "for the details." in httpx.get(f"{url}/mails/{mail['id']}?view=text").text
    assert "multipart/alternative" in httpx.get(f"{url}/mails/{mail['id']}?view=raw").text


def test_mails_outlive_a_restart_and_go_when_told(tmp_path: Path, smtp_port: int) -> None:
    maildir = tmp_path / "maildir"
    argv = view_command(smtp_port, maildir)
    with running_server(argv, folder=tmp_path, health="/health"):
        hand_over(receipt(), smtp_port)
        hand_over(receipt(), smtp_port, to="bo@customer.example")

    with running_server(argv, folder=tmp_path, health="/health") as url:
        assert len(httpx.get(f"{url}/mails").json()["mails"]) == 2
        assert len(httpx.get(f"{url}/mails?to=BO@customer.example").json()["mails"]) == 1
        assert len(httpx.get(f"{url}/mails?limit=1").json()["mails"]) == 1
        assert httpx.delete(f"{url}/mails").json() == {"mails": []}

    assert list((maildir / "new").iterdir()) == []


def test_an_unknown_mail_is_not_found(start_view: Callable[[], str]) -> None:
    assert httpx.get(f"{start_view()}/mails/nothing").status_code == 404
