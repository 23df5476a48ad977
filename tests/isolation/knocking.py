"""Asking at a door as a browser would, and what an observer can compare of two answers."""

import re
from collections.abc import Mapping

import httpx

from portico_portal.probe.doors import Door
from tests.isolation.routes import FORMS
from tests.portal.portal import Browser

SAME_ORIGIN = {"sec-fetch-site": "same-origin"}
REQUEST_ID = "compare-these-two"  # ours is taken over where the asker brings one: then nothing may differ at all


async def knock(opened: Browser, door: Door, ids: Mapping[str, object], *, beside: str = "") -> httpx.Response:
    """Ask, with the door's form where a form is sent. `beside` goes behind the path: a query, `.pdf`."""
    headers = {**SAME_ORIGIN, "x-request-id": REQUEST_ID}
    address = door.at(ids) + beside
    if door.method == "GET":
        return await opened.client.get(address, headers=headers)
    form = {filled(name, ids): filled(value, ids) for name, value in FORMS[door.path].items()}
    return await opened.client.request(
        door.method, address, data={"csrf_token": opened.tokens[-1], **form}, headers=headers
    )


def filled(text: str, ids: Mapping[str, object]) -> str:
    """With ids for names in braces."""
    return re.sub(r"{(\w+)}", lambda found: str(ids[found[1]]), text)


def whole(answer: httpx.Response) -> tuple[int, list[tuple[str, str]], bytes]:
    """All that an observer sees: status, headers in their order, body."""
    return answer.status_code, [pair for pair in answer.headers.multi_items() if pair[0] != "date"], answer.content
