"""Whatever arrives at a form or a webhook is answered in words: never with a defect, a stack or a statement."""

import random
import re
from urllib.parse import quote_plus

import httpx
import pytest

from portico_billing.stripe.webhook import LARGEST_BYTES
from tests.hardening.network.serving import Served, status_of
from tests.isolation.routes import Door, doors
from tests.portal.portal import CSRF

SEED = 20261122
# What only our own insides say.
INSIDES = re.compile(
    rb"Traceback|File \"|\.py\"|sqlalchemy|asyncpg|litestar|jinja2|SELECT .+ FROM|INSERT INTO|UPDATE .+ SET|pg_catalog"
    rb"|DataError|TypeError|KeyError|ValueError|0x[0-9a-f]{8}",
    re.IGNORECASE,
)
ODD = (
    *(
        "",
        " ",
        "\0",
        "a\0b",
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
        "\ufffe",
        "\u202e",
        "💥" * 50,
    ),
    *("9" * 400, "-1", "1e999", "NaN", "Infinity", "0x10", "2147483648", "9223372036854775808"),
    *("1,5", "1.5.5", "00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-00000000000g}", "../..", "%"),
    *("%(name)s", "{{7*7}}", "'; --", "<script>", "x" * 12_000, "e" + "\u0301" * 500, "a@b.c\r\nBcc: d@e.f", "null"),
    *("٣٣", "²", "Ⅷ", "true", "[]", "{}", "2026-02-30", "99999-01-01", "Europe/../../etc/hosts", "\x7f\x1b[2J"),
)
FIELDS = re.compile(r'name="([\w.-]+)"')
UNSAFE = [door for door in doors() if door.method != "GET" and door.access.kind not in ("sender", "operator")]
# Asked with nonsense they do what they are for, and the session that asks is gone.
ENDS = ("/sign-out", "/sessions/")


async def fields_of(client: httpx.AsyncClient, served: Served, who: str) -> list[str]:
    """The names of all the fields of all the forms that somebody sees."""
    kinds = {"admin": ("public", "person", "customer"), "owner": ("public", "person", "staff")}[who]
    names: set[str] = set()
    for door in doors():
        if door.method == "GET" and door.access.kind in kinds and not door.path.endswith("/events"):
            names |= set(FIELDS.findall((await client.get(door.at(served.house.ids))).text))
    return sorted(names - {"csrf_token", "viewport", "description"})


def nonsense(chance: random.Random, names: list[str]) -> bytes:
    """A form of some of the fields, some of them twice, filled with odd things; now and then not even a form."""
    if chance.random() < 0.15:
        return chance.randbytes(chance.randrange(2000))
    pairs = [(name, chance.choice(ODD)) for name in chance.choices(names, k=chance.randrange(1, 25))]
    body = b"&".join(quote_plus(name).encode() + b"=" + quote_plus(value).encode() for name, value in pairs)
    return body if chance.random() < 0.8 else body.replace(b"%", b"%%", 3)


def check(answer: httpx.Response, what: object) -> None:
    assert answer.status_code < 500, (what, answer.status_code)
    assert INSIDES.search(answer.content) is None, (what, INSIDES.search(answer.content))


@pytest.mark.parametrize("who", ["admin", "owner"])
async def test_every_form_answers_nonsense_in_words(served: Served, who: str) -> None:
    chance = random.Random(f"{SEED} {who}")  # noqa: S311 - to be repeated
    statuses: set[int] = set()
    async with served.client(who) as client:
        names = await fields_of(client, served, who)
        assert len(names) > 10
        token = CSRF.search((await client.get("/profile")).text)
        assert token
        for door in (door for door in UNSAFE if is_for(door, who)):
            for round_ in range(5):
                body = b"csrf_token=" + token[1].encode() + b"&" + nonsense(chance, names)
                ids = served.house.ids if chance.random() < 0.7 else dict.fromkeys(served.house.ids, odd_id(chance))
                answer = await client.post(
                    door.at(ids), content=body, headers={"content-type": "application/x-www-form-urlencoded"}
                )
                statuses.add(answer.status_code)
                check(answer, (str(door), SEED, round_, body[:300]))
    assert {400, 404, 422} <= statuses, "nothing was refused: did the token not hold?"


async def test_every_address_answers_nonsense_in_words(served: Served) -> None:
    chance = random.Random(SEED)  # noqa: S311 - to be repeated
    names = ["q", "view", "sort", "due", "page", "order", "next", "s", "line", "tick", "which", "connector", "again"]
    names += ["seen", "after", "issued_from", "issued_until", "amount_from", "amount_until", "x"]
    for who in (None, "admin", "owner"):
        async with served.client(who) as client:
            for door in doors():
                if door.method != "GET" or door.path.endswith("/events"):
                    continue
                nowhere = "&".join(f"{name}=a%00b" for name in names)
                check(await client.get(f"{door.at(served.house.ids)}?{nowhere}"), (str(door), who, "NUL"))
                for _ in range(1):
                    query = "&".join(
                        f"{name}={quote_plus(chance.choice(ODD)[:900])}" for name in chance.sample(names, 5)
                    )
                    ids = dict.fromkeys(served.house.ids, odd_id(chance)) if door.parameters else served.house.ids
                    language = bytes(each for each in chance.choice(ODD).encode()[:80] if 32 <= each != 127).strip()
                    asked = httpx.Headers([(b"accept-language", language or b"x")])
                    check(await client.get(f"{door.at(ids)}?{query}", headers=asked), (str(door), who, SEED, query))


async def test_the_webhook_answers_nonsense_in_words(served: Served) -> None:
    chance = random.Random(SEED)  # noqa: S311 - to be repeated
    bodies = [chance.randbytes(size) for size in (0, 1, 100, 70_000)]
    bodies += [b"[" * 200_000, b'{"a":' * 50_000, b'{"id":"evt_1"}', b"null", b"\xff", b"1" * (LARGEST_BYTES - 10)]
    for body in bodies:
        for signature in ("", "t=1,v1=00", "t=x,v1=y", "t=" + "9" * 5000, "v1=", ",,,=", "\xfc", "t=-1,t=2,v1=a,v1=b"):
            head = f"POST /webhooks/stripe HTTP/1.1\r\nHost: platform.test\r\nStripe-Signature: {signature}\r\n"
            head += f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            answer = await served.raw(head.encode("latin-1") + body)
            assert status_of(answer) in (400, 431), (signature, body[:50])
            assert INSIDES.search(answer) is None, (signature, body[:50])


async def test_tokens_and_cookies_of_nonsense_are_no_tokens(served: Served) -> None:
    host = served.house.tenant.host
    for odd in ("\xfc", "a" * 4000, "%00", "%FF", '"', "a.b.c"):
        for cookie in ("session", "door", "known", "note", "colours", "operator"):
            sent = f"Cookie: {cookie}={odd}"
            for request in (
                f"GET /invoices HTTP/1.1\r\nHost: {host}\r\n{sent}",
                f"GET /sign-in HTTP/1.1\r\nHost: {host}\r\n{sent}",
                f"POST /sign-in HTTP/1.1\r\nHost: {host}\r\n{sent}\r\nX-CSRF-Token: {odd}\r\nContent-Length: 0",
                f"GET /operator HTTP/1.1\r\nHost: platform.test\r\n{sent}\r\nAuthorization: Bearer {odd}",
            ):
                answer = await served.raw(f"{request}\r\nConnection: close\r\n\r\n".encode("latin-1"))
                assert status_of(answer) in (200, 303, 400, 401, 403), (request, answer[:200])


def is_for(door: Door, who: str) -> bool:
    kinds = {"admin": ("person", "customer"), "owner": ("person", "staff")}[who]
    return door.access.kind in kinds and not any(part in door.path for part in ENDS)


def odd_id(chance: random.Random) -> str:
    return chance.choice(("0", "%00", "%2e%2e", "%ed%a0%80", "a" * 300, "%F0%9F%92%A5", "00000000-0000-0000-0%00"))
