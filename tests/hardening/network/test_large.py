"""What is too much is refused with a page that says so, before it costs memory or time."""

import asyncio
import html
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from portico_billing.stripe.webhook import LARGEST_BYTES
from portico_portal.brand.logos import LARGEST_FORM
from portico_portal.web.bounds import LONGEST_COOKIES, LONGEST_QUERY, MOST_COOKIES, MOST_PARAMETERS
from portico_portal.web.forms import LARGEST_BODY, MOST_FIELDS
from tests.hardening.network.serving import Served, status_of
from tests.isolation.routes import doors
from tests.portal.portal import CSRF

URL_ENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
ROUNDS = 30


def posted(served: Served, path: str, body: bytes, *, kind: str = URL_ENCODED, host: str = "", more: str = "") -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host or served.house.tenant.host}\r\nCookie: door=x\r\n{more}"
        f"Connection: close\r\nContent-Type: {kind}\r\n"
    )
    length = "" if "chunked" in more else f"Content-Length: {len(body)}\r\n"
    return f"{head}{length}\r\n".encode() + body


async def test_every_form_refuses_a_body_that_is_too_large(served: Served) -> None:
    body = b"a" * (LARGEST_BODY + 1)
    for door in doors():
        if door.method == "GET" or door.access.kind in ("sender", "operator"):
            continue
        host = "platform.test" if door.access.kind == "platform" else ""
        answer = await served.raw(posted(served, door.at(served.house.ids), body, host=host))
        assert status_of(answer) == 413, str(door)
        assert host or b"larger than this page takes" in answer, str(door)


async def test_so_does_the_webhook_with_its_own_limit(served: Served) -> None:
    for size, status in ((LARGEST_BYTES + 1, 413), (LARGEST_BYTES - 1, 400)):
        answer = await served.raw(posted(served, "/webhooks/stripe", b"a" * size, host="platform.test"))
        assert status_of(answer) == status


async def test_what_is_only_announced_or_comes_in_chunks_is_refused_as_well(served: Served) -> None:
    host = served.house.tenant.host
    for path, kind, length in (("/sign-in", URL_ENCODED, 99999999999), ("/staff/brand", MULTIPART, LARGEST_FORM + 1)):
        announced = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nCookie: door=x\r\nContent-Type: {kind}\r\n"
        answer = await served.raw(f"{announced}Connection: close\r\nContent-Length: {length}\r\n\r\na".encode())
        assert status_of(answer) == 413
    chunks = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    answer = await served.raw(
        posted(served, "/sign-in", chunks * 5 + b"0\r\n\r\n", more="Transfer-Encoding: chunked\r\n")
    )
    assert status_of(answer) == 413


async def test_numbers_of_fields_parameters_and_cookies_are_bounded(served: Served) -> None:
    host = served.house.tenant.host

    def get(query: str = "", cookies: str = "") -> bytes:
        return (
            f"GET /sign-in?{query} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookies}\r\nConnection: close\r\n\r\n".encode()
        )

    refused = {
        413: [posted(served, "/sign-in", b"a=1&" * MOST_FIELDS + b"b=1")],
        414: [get("a&" * MOST_PARAMETERS), get("a" * (LONGEST_QUERY + 1))],
        431: [get(cookies="a=1;" * MOST_COOKIES), get(cookies="a" * (LONGEST_COOKIES + 1))],
    }
    for status, requests in refused.items():
        for request in requests:
            answer = await served.raw(request)
            assert status_of(answer) == status
            assert b"larger than this page takes" in answer
    assert status_of(await served.raw(get("a&" * (MOST_PARAMETERS - 1), "a=1;" * (MOST_COOKIES - 1)))) == 200
    assert status_of(await served.raw(get("a" * 70_000))) == 414
    assert status_of(await served.raw(get(cookies="a" * 100_000))) == 431


@pytest.mark.parametrize("kind", [MULTIPART, "multipart/form-data", "application/json", "text/plain", "", ";=\xff"])
async def test_a_body_that_is_no_form_is_no_form(served: Served, kind: str) -> None:
    parts = b'--x\r\nContent-Disposition: form-data; name="a"; filename="../../a"\r\n\r\nb\r\n' * 2000 + b"--x--\r\n"
    for body in (parts, b"[" * 100_000, b'{"a":' * 40_000, b"\xff\xfe\x00" * 10):
        assert status_of(await served.raw(posted(served, "/sign-in", body, kind=kind))) == 403, body[:20]


async def test_no_body_stays_in_memory(served: Served) -> None:
    """Each is different, so that whatever remembers what it has read would remember them all."""
    body = [urlencode({f"{number}-{field}": "x" * 150 for field in range(1400)}).encode() for number in range(ROUNDS)]
    assert all(len(each) < LARGEST_BODY for each in body)
    await asyncio.gather(*(served.raw(posted(served, "/sign-in", each)) for each in body[:5]))
    before = resident_megabytes(served.process)
    for each in body:
        assert status_of(await served.raw(posted(served, "/sign-in", each))) == 403
    assert resident_megabytes(served.process) - before < ROUNDS * LARGEST_BODY // 2**20


async def test_a_field_as_long_as_a_private_key_arrives_whole(served: Served) -> None:
    """RSA of 4096 bits, as ERPs want it; a field that is shown again stands for the one that never is."""
    key = rsa.generate_private_key(65537, 4096)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    form = {"connector": "netsuite", "time_zone": "nowhere", "auth_method": "oauth2", "client_id": "".join(pem.split())}
    async with served.client("owner") as client:
        token = CSRF.search((await client.get("/staff/connection")).text)
        assert token
        answer = await client.post("/staff/connection/test", data={**form, "csrf_token": token[1]})
    assert answer.status_code == 422
    assert html.escape(form["client_id"]) in answer.text


def resident_megabytes(process: int) -> int:
    """Memory of the web process and of the workers it has started."""
    told = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and _is_of(folder, process):
            found = re.search(r"VmRSS:\s+(\d+) kB", (folder / "status").read_text())
            told += int(found[1]) if found else 0
    assert told
    return told // 1024


def _is_of(folder: Path, process: int) -> bool:
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[2]) == process  # its process group
    except (OSError, ValueError):
        return False
