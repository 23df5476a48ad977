"""A tenant's address leads to the public network or nowhere."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portico_connectors.guard import AddressRefused, is_public
from portico_connectors.http import Http, NotSent
from tests.connectors.wire import Request, answer, serving


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
    ],
)
def test_addresses_inside_are_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_addresses_outside_are_taken(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1"])
async def test_nothing_on_this_machine_is_reached(host: str) -> None:
    reached: list[str] = []

    async def handler(request: Request) -> bytes:
        reached.append(request.line)
        return answer(200)

    async with serving(handler) as address:
        http = Http("guarded")
        with pytest.raises((AddressRefused, NotSent)):
            await http.send("GET", address.replace("127.0.0.1", host), headers={})
        await http.close()
    assert reached == []


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Key and certificate of a server named localhost, and of nothing else."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


async def test_the_certificate_is_checked_against_the_name_though_the_address_is_pinned(certificate: Path) -> None:
    async def handler(request: Request) -> bytes:
        return answer(200, b"here")

    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    async with serving(handler, server) as address:
        http = Http("tls", allow_private=True, ssl_context=trusting)
        named = address.replace("127.0.0.1", "localhost")
        assert (await http.send("GET", named, headers={})).body == b"here"
        with pytest.raises(NotSent):
            await http.send("GET", address, headers={})
        await http.close()
        stranger = Http("tls", allow_private=True)
        with pytest.raises(NotSent):
            await stranger.send("GET", named, headers={})
        await stranger.close()


async def test_the_operator_may_allow_it() -> None:
    async def handler(request: Request) -> bytes:
        return answer(200, b"here")

    async with serving(handler) as address:
        http = Http("allowed", allow_private=True)
        assert (await http.send("GET", address, headers={})).body == b"here"
        await http.close()
