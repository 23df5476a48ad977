"""An ERP's address, however it is written and whatever its name answers, leads to the public network or nowhere."""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from portico_connectors import registry
from portico_connectors.errors import Reconnect
from portico_connectors.guard import AddressRefused, GuardedBackend, is_public
from portico_connectors.http import Http
from tests.connectors.wire import Request, answer, serving
from tests.hardening.network.serving import Served, tls
from tests.portal.portal import CSRF

INSIDE = (
    *("127.0.0.1", "127.1.2.3", "10.0.0.1", "172.31.255.1", "192.168.0.1", "169.254.169.254", "100.100.100.200"),
    *("0.0.0.0", "192.0.0.192"),  # noqa: S104 - to be refused
    *("198.18.0.1", "240.0.0.1", "255.255.255.255", "224.0.0.251", "192.88.99.1"),
    *("::1", "::", "fe80::1", "fec0::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "100::1", "::127.0.0.1"),
    *("::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1"),
    *("2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe"),
    *("fe80::5efe:127.0.0.1", "2001:10::1", "5f00::1", "3fff::1"),
)
WRITTEN = (
    *("127.0.0.1", "localhost", "LOCALHOST", "localhost.", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1"),
    *("0177.0.0.1", "017700000001", "0", "0.0.0.0"),  # noqa: S104 - to be refused
    *("00000177.1", "[::1]", "[::]", "[::ffff:127.0.0.1]"),
    *("[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[64:ff9b::7f00:1]", "127.0.0.1.", "①②⑦.⓪.⓪.①", "127。0。0。1"),
    *("[::1%25lo]", "127.0.0.1%00.netsuite.com", "127.0.0.1#.netsuite.com", "x@127.0.0.1", "ip6-localhost"),
)


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@asynccontextmanager
async def watched() -> AsyncIterator[tuple[str, list[str]]]:
    """A server on this machine, on every family of address, and what reached it."""
    reached: list[str] = []

    async def handler(request: Request) -> bytes:
        reached.append(request.line)
        return answer(200)

    async with serving(handler) as address:
        yield address.rpartition(":")[2].rstrip("/"), reached


async def test_no_way_of_writing_it_reaches_this_machine() -> None:
    async with watched() as (port, reached):
        for host in WRITTEN:
            http = Http(f"written {host}", ssl_context=tls())
            with pytest.raises(Exception) as caught:  # noqa: PT011 - looked at below
                await http.send("GET", f"http://{host}:{port}/", headers={})
            await http.close()
            assert not isinstance(caught.value, AssertionError), host
        assert reached == []
        allowed = Http("allowed", allow_private=True)  # the same address where the operator allows it: it is there
        assert (await allowed.send("GET", f"http://127.0.0.1:{port}/", headers={})).status == 200
        await allowed.close()
    assert len(reached) == 1


class Names(asyncio.SelectorEventLoop):
    """A loop whose resolver answers as it was told, one answer after the other, and counts how often it was asked."""

    def __init__(self, *answers: str) -> None:
        super().__init__()
        self.answers = list(answers)
        self.asked = 0

    async def getaddrinfo(self, *_: Any, **__: Any) -> list[Any]:
        self.asked += 1
        found = self.answers[min(self.asked, len(self.answers)) - 1]
        family = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [
            (family[ipaddress.ip_address(each).version], socket.SOCK_STREAM, 6, "", (each, 0)) for each in found.split()
        ]


@pytest.mark.parametrize(
    "answers",
    [("127.0.0.1",), ("169.254.169.254",), ("8.8.8.8 10.0.0.1",), ("::ffff:127.0.0.1",), ("10.0.0.1 8.8.8.8",)],
)
def test_a_name_that_leads_inside_is_refused_by_what_it_resolves_to(answers: tuple[str, ...]) -> None:
    loop = Names(*answers)
    backend = GuardedBackend(allow_private=False)
    try:
        with pytest.raises(AddressRefused):
            loop.run_until_complete(backend.connect_tcp("erp.example", 80, timeout=5))
    finally:
        loop.close()
    assert loop.asked == 1


def test_a_name_that_changes_its_answer_after_the_check_gains_nothing() -> None:
    """The first answer is public and leads nowhere, every later one is this machine: nothing may ask again."""
    server = socket.create_server(("127.0.0.1", 0))
    server.setblocking(False)
    port = server.getsockname()[1]
    loop = Names("2a00::1", "127.0.0.1")
    backend = GuardedBackend(allow_private=False)
    try:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - no way there from here, or no answer in time
            loop.run_until_complete(backend.connect_tcp("rebinding.example", port, timeout=0.5))
        assert not isinstance(caught.value, AddressRefused)
        with pytest.raises(BlockingIOError):
            server.accept()
    finally:
        loop.close()
        server.close()
    assert loop.asked == 1


async def test_an_answer_that_leads_elsewhere_is_not_followed() -> None:
    async with watched() as (port, reached):
        for status in (301, 302, 303, 307, 308):

            async def away(request: Request, status: int = status) -> bytes:
                head = f"HTTP/1.1 {status} Away\r\nLocation: http://127.0.0.1:{port}/\r\nContent-Length: 0\r\n\r\n"
                return head.encode()

            async with serving(away) as address:
                http = Http("led away", allow_private=True, ssl_context=tls())
                assert (await http.send("GET", address, headers={})).status == status
                await http.close()
        assert reached == []


ENTERED = (
    "http://1.suitetalk.api.netsuite.com",
    "https://127.0.0.1",
    "https://127.0.0.1/.netsuite.com",
    "https://127.0.0.1#.netsuite.com",
    "https://127.0.0.1?.netsuite.com",
    "https://x.netsuite.com@127.0.0.1",
    "https://netsuite.com.evil.example",
    "https://evilnetsuite.com",
    "https://evil.example\\.netsuite.com",
    "https://evil.example%2f.netsuite.com",
    "https://evil.example%00.netsuite.com",
    "https://[::1].netsuite.com",
    "https://evil.example /.netsuite.com",
    "https://x.netsuite.com:0",
    "https://x.netsuite.com:99999",
    "file:///etc/hosts",
    "gopher://x.netsuite.com",
    "//x.netsuite.com",
    "https://x.netsuite.com\r\nHost: evil.example",
    "https://evil.example/x.netsuite.com",
    "https://evil.example。netsuite.com",
)


@pytest.mark.parametrize("entered", ENTERED)
async def test_an_address_that_is_not_the_erps_own_is_refused_where_it_is_entered(entered: str) -> None:
    values = {"account_id": "1", "client_id": "a", "certificate_id": "b"}
    for field in ("base_url", "restlet_url"):
        with pytest.raises(Reconnect, match=r"address|https"):
            async with registry.load("netsuite").open(
                {**values, field: entered}, {"private_key_pem": "x"}, time_zone="UTC", allow_private=False
            ):
                pass


async def test_the_form_tells_nothing_of_what_is_inside(served: Served) -> None:
    """The same words for a port that is open, one that is shut, and a name that does not exist."""
    async with served.client("owner") as client, watched() as (port, reached):
        token = CSRF.search((await client.get("/staff/connection")).text)
        assert token
        form = {"csrf_token": token[1], "connector": "netsuite", "time_zone": "UTC", "account_id": "1"}
        form |= {"auth_method": "oauth2", "client_id": "a", "certificate_id": "b", "private_key_pem": "x"}
        said = set()
        for address in (f"http://127.0.0.1:{port}", "http://127.0.0.1:1", "http://nowhere.invalid", served.address):
            answered = await client.post("/staff/connection/test", data={**form, "base_url": address})
            assert answered.status_code == 422
            said.add(answered.text.replace(address, "").count("must be https and end in .netsuite.com"))
    assert said == {1}
    assert reached == []
