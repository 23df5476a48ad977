"""Only the Host header names a tenant, only one that is whole, and nothing that it says comes back in an answer."""

from urllib.parse import urlsplit

import httpx
import pytest

from tests.hardening.network.serving import Served, status_of, tls

EVIL = "evil.example"


def get(path: str, *headers: str) -> bytes:
    lines = (f"GET {path} HTTP/1.1", *headers, "Connection: close", "", "")
    return "\r\n".join(lines).encode("latin-1")


async def test_a_tenants_name_is_found_as_browsers_write_it(served: Served) -> None:
    host = served.house.tenant.host
    for written in (host, host.upper(), f"{host}:80", f"{host}:"):
        assert status_of(await served.raw(get("/sign-in", f"Host: {written}"))) == 200, written


async def test_what_only_looks_like_it_finds_no_tenant(served: Served) -> None:
    host = served.house.tenant.host
    forged = (
        *(f"{host}.", f"{host}..", f".{host}", f"{host}:abc", f"{host}:999999", f"{host}:80:80", f"x.{host}"),
        *(f"x@{host}", f"{host}@{EVIL}", f"{host}, {EVIL}", f"{host} {EVIL}", f"{host}/{EVIL}", f"{EVIL}#{host}"),
        *(f"{host}%00", f"{host}%2e", f"{host}\\{EVIL}", f"[{host}]", f"xn--{host}", "b\xfccher.example", "", "[::1]"),
        *(host.replace("l", "\u0142").encode().decode("latin-1"), "127.0.0.1", "0x7f.1", "localhost", "*"),
    )
    for written in forged:
        answer = await served.raw(get("/sign-in", f"Host: {written}"))
        assert status_of(answer) in (400, 404), (written, answer[:100])
        assert b"evil" not in answer, written
        assert host.encode() not in answer, written
        assert b"csrf_token" not in answer, written


async def test_two_names_are_none(served: Served) -> None:
    host, other = served.house.tenant.host, served.next_door.tenant.host
    for names in ((host, EVIL), (EVIL, host), (host, host), (host, other)):
        answer = await served.raw(get("/sign-in", *(f"Host: {name}" for name in names)))
        assert status_of(answer) in (400, 404), names
    assert status_of(await served.raw(get("/sign-in"))) in (400, 404)
    assert status_of(await served.raw(b"GET /sign-in HTTP/1.0\r\n\r\n")) in (400, 404)


async def test_names_in_other_headers_count_nowhere(served: Served) -> None:
    host, other = served.house.tenant.host, served.next_door.tenant
    named = ("X-Forwarded-Host", "X-Host", "X-Original-Host", "X-Forwarded-Server", "X-HTTP-Host-Override", "Forwarded")
    for name in named:
        for value in (EVIL, other.host, f"host={other.host}"):
            for path in ("/sign-in", "/invoices", "/forgot", "/nothing"):
                answer = await served.raw(get(path, f"Host: {host}", f"{name}: {value}"))
                plain = await served.raw(get(path, f"Host: {host}"))
                assert status_of(answer) == status_of(plain), (name, value, path)
                assert b"evil" not in answer, (name, path)
                assert other.name.encode() not in answer, (name, path)


async def test_an_address_with_a_host_in_it_finds_no_tenant_that_the_header_does_not(served: Served) -> None:
    host, other = served.house.tenant.host, served.next_door.tenant
    for target in (
        f"http://{other.host}/sign-in",
        f"http://{EVIL}/sign-in",
        f"//{EVIL}/sign-in",
        f"/{EVIL}/../sign-in",
    ):
        answer = await served.raw(get(target, f"Host: {host}"))
        assert other.name.encode() not in answer, target
        assert b"evil" not in answer.partition(b"\r\n\r\n")[0], target
    assert status_of(await served.raw(get(f"http://{host}/sign-in", f"Host: {EVIL}"))) in (400, 404)
    for target in ("*", f"{host}:443", "sign-in", ""):
        answer = await served.raw(get(target, f"Host: {host}"))
        assert status_of(answer) in (0, 303, 400, 404), target
        assert status_of(answer) != 303 or b"location: /sign-in\r\n" in answer, target


async def test_a_session_opens_nothing_by_a_forged_name(served: Served) -> None:
    cookie = f"Cookie: session={served.house.tokens['owner']}"
    for name in (served.next_door.tenant.host, f"{served.house.tenant.host}.", EVIL, "platform.test"):
        answer = await served.raw(get("/staff", f"Host: {name}", cookie))
        assert status_of(answer) in (303, 404), name
        assert b"Canary" not in answer, name


@pytest.mark.parametrize("host", ["platform.test:1", "PLATFORM.TEST", "platform.test"])
async def test_the_platforms_own_name_needs_its_token(served: Served, host: str) -> None:
    assert status_of(await served.raw(get("/metrics", f"Host: {host}"))) == 200
    assert status_of(await served.raw(get("/operator", f"Host: {host}"))) == 401
    assert status_of(await served.raw(get("/operator", f"Host: {host}", "Authorization: Bearer \xfc"))) == 401


async def test_figures_are_there_by_the_process_own_address_on_a_port_of_their_own(served: Served) -> None:
    """As Prometheus asks, which knows pods by their addresses; the port of the portals answers it nothing."""
    own = urlsplit(served.metrics).netloc
    assert status_of(await served.raw(get("/metrics", f"Host: {own}"))) == 404
    await served.raw(get("/health/ready", f"Host: {own}"))
    async with httpx.AsyncClient(verify=tls()) as client:
        told = (await client.get(served.metrics)).text
    assert 'portico_tenants{state="behind"}' in told
    assert "portico_request_seconds_bucket" in told
