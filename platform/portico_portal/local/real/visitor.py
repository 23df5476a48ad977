"""A person at a portal, as a browser without script: pages are asked for, forms are filled in and sent."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from html import unescape
from types import TracebackType
from typing import Self

import httpx

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
PATIENCE_SECONDS = 60.0
TRIES = 60

Form = Mapping[str, str | Sequence[str]]


class Unexpected(Exception):
    """A page answered otherwise than it should; the text says which and how."""


class Visitor:
    """Signed in nowhere at first. `address` is the web process's, `host` the portal's with its port."""

    def __init__(self, address: str, host: str) -> None:
        self._web = httpx.AsyncClient(
            base_url=address, headers={"Host": host}, timeout=PATIENCE_SECONDS, trust_env=False
        )
        self._token = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._web.aclose()

    async def sign_in(self, email: str, password: str) -> None:
        await self.see("/sign-in")
        await self.send("/sign-in", {"email": email, "password": password})

    async def see(self, path: str) -> str:
        """The page, which must be one. Raises Unexpected."""
        answer = await self.ask(path)
        if answer.status_code != httpx.codes.OK:
            raise Unexpected(f"GET {path} answers {answer.status_code}")
        return unescape(answer.text)

    async def send(self, path: str, form: Form) -> str:
        """The address to which the answer leads on. Raises Unexpected where the form is refused."""
        answer = await self.ask(path, form)
        if answer.status_code != httpx.codes.SEE_OTHER:
            raise Unexpected(f"POST {path} answers {answer.status_code}")
        return answer.headers["location"]

    async def ask(self, path: str, form: Form | None = None) -> httpx.Response:
        """Whatever comes; told that it asks too much, it waits as it is told."""
        for _ in range(TRIES):
            data = None if form is None else {"csrf_token": self._token, **form}
            answer = await self._web.request("GET" if data is None else "POST", path, data=data)
            if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                break
            await asyncio.sleep(float(answer.headers.get("retry-after", "1")))
        if found := TOKEN.search(answer.text if "text/html" in answer.headers.get("content-type", "") else ""):
            self._token = found[1]
        return answer
