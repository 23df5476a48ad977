"""Nothing leads to another host: every parameter of every address, and every field of every form, as where to go."""

import re
from urllib.parse import quote, urlsplit

import httpx
import pytest

from tests.hardening.network.serving import Served
from tests.isolation.routes import Door, doors

ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/%09/evil.example",
    "/%0d%0aLocation:%20//evil.example",
    "/\r\nX-Injected: evil",
    "http:evil.example",
    "https:/\\evil.example",
    "/x@evil.example:80//",
    ".evil.example",
    "javascript:alert(1)//evil.example",
    "data:text/html,evil.example",
    "/。evil.example",
)
NAMES = ("next", "return", "return_to", "redirect", "url", "to", "r", "continue", "back", "from", "u", "target")
FIELD = re.compile(r'name="([\w-]+)"')


def leads_away(answer: httpx.Response, host: str) -> str | None:
    """Where an answer sends a browser that is not this portal."""
    if "x-injected" in answer.headers:
        return "a header of its own"
    for name in ("location", "hx-redirect", "hx-location", "refresh"):
        address = str(answer.headers.get(name, ""))
        # As browsers read it: tabs and line ends go, a backslash is a slash.
        parts = urlsplit(re.sub(r"[\t\r\n]", "", address).replace("\\", "/").strip())
        if (parts.netloc or parts.scheme) and parts.netloc != host:
            return address
    return None


def names_of(door: Door) -> set[str]:
    return set(NAMES) | set(QUERY.get(door.path, ()))


QUERY = {"/payments/return": ("s",), "/staff/connection": ("connector",), "/payments/{payment_id:uuid}": ("again",)}


@pytest.mark.parametrize("who", [None, "admin", "owner"])
async def test_no_address_leads_away(served: Served, who: str | None) -> None:
    host = served.house.tenant.host
    tried = 0
    async with served.client(who) as client:
        for door in doors():
            if door.method != "GET" or door.path.endswith("/events"):
                continue
            for number, elsewhere in enumerate(ELSEWHERE):
                if number and "sign-in" not in door.path:
                    break  # all of them where `next` is read, else one for all names at once
                query = "&".join(f"{name}={quote(elsewhere, safe='')}" for name in sorted(names_of(door)))
                answer = await client.get(f"{door.at(served.house.ids)}?{query}")
                tried += 1
                assert leads_away(answer, host) is None, (str(door), elsewhere, answer.headers)
                for found in re.findall(r'(?:href|action|content)="([^"]*evil[^"]*)"', answer.text):
                    assert re.match(r"/(?![/\\])", found), (str(door), found)
    assert tried > 40


async def test_a_path_that_looks_like_a_host_stays_here(served: Served) -> None:
    async with served.client() as client:
        for elsewhere in ELSEWHERE:
            path = "/" + quote(elsewhere, safe="/:\\")
            for asked in (path, f"/invoices/{quote(elsewhere, safe='')}", f"{path}/", f"//{quote(elsewhere)}"):
                answer = await client.get(httpx.URL(served.address).copy_with(raw_path=asked.encode()))
                assert leads_away(answer, served.house.tenant.host) is None, asked


async def test_the_form_of_the_sign_in_goes_on_only_within_the_portal(served: Served) -> None:
    for elsewhere in ELSEWHERE:
        async with served.client() as client:
            page = await client.get("/sign-in", params={"next": elsewhere})
            kept = re.search(r'name="next" value="([^"]*)"', page.text)
            assert kept is None or re.fullmatch(r"/(?![/\\]).*|", kept[1]), (elsewhere, kept[1])
        async with served.client("admin") as client:
            answer = await client.get("/sign-in", params={"next": elsewhere})
            assert answer.status_code == 303
            assert leads_away(answer, served.house.tenant.host) is None, elsewhere
