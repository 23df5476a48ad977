"""The cookies we set, all HttpOnly and SameSite=Lax, `__Host-` on https. None of them names the product.

session   the sign-in session's token
door      a random value for people who are not signed in, so that the sign-in form has a CSRF token too
known     signed: "this browser has signed in with that address before" (see people.attempts)
operator  signed: the operator's token was typed in this browser, within its working day
note      keys of what the next page tells (see web.notes)
colours   light or dark, where somebody chose
language  the language that this browser's person chose, for pages that do not know who asks
"""

import hashlib
import hmac
from collections.abc import Iterable

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from portico_core.ids import new_token
from portico_core.settings import Settings

YEAR = 365 * 24 * 3600


def cookie_name(settings: Settings, name: str) -> str:
    """`session` on http, `__Host-session` on https."""
    return f"__Host-{name}" if settings.web.scheme == "https" else name


def read(connection: ASGIConnection, settings: Settings, name: str) -> str | None:  # type: ignore[type-arg]
    """The value of one of our cookies."""
    return connection.cookies.get(cookie_name(settings, name)) or None


def make(settings: Settings, name: str, value: str, *, max_age: int | None = None) -> Cookie:
    """A cookie for the whole host; without `max_age` it ends with the browser."""
    return Cookie(
        key=cookie_name(settings, name),
        value=value,
        path="/",
        secure=settings.web.scheme == "https",
        httponly=True,
        samesite="lax",
        max_age=max_age,
    )


def clear(settings: Settings, name: str) -> Cookie:
    """A cookie that removes the one of that name."""
    return make(settings, name, "", max_age=0)


def sign_known(key: bytes, email: str, browser: str | None = None) -> str:
    """The value of the known-browser cookie for an address."""
    browser = browser or new_token()
    return f"{browser}.{_seal(key, browser, email)}"


def known_browser(keys: Iterable[bytes], value: str | None, email: str) -> str | None:
    """The browser's id if the cookie was signed for this address, else None."""
    browser, _, seal = (value or "").partition(".")
    if browser and any(hmac.compare_digest(_seal(key, browser, email).encode(), seal.encode()) for key in keys):
        return browser
    return None


def sign_operator(key: bytes, token: str, until: int) -> str:
    """The value of the operator's cookie: good until that second, and as long as key and token are what they are."""
    return f"{until}.{_sealed_operator(key, token, until)}"


def is_operator(keys: Iterable[bytes], value: str | None, token: str, *, at: float) -> bool:
    """Whether the cookie was signed with this token and has not run out."""
    until, _, seal = (value or "").partition(".")
    if not (until.isascii() and until.isdecimal() and len(until) < 20 and int(until) > at):
        return False
    return any(hmac.compare_digest(_sealed_operator(key, token, int(until)).encode(), seal.encode()) for key in keys)


def _sealed_operator(key: bytes, token: str, until: int) -> str:
    return hmac.new(key, f"operator:{until}:{token}".encode(), hashlib.sha256).hexdigest()


def _seal(key: bytes, browser: str, email: str) -> str:
    return hmac.new(key, f"known:{browser}:{email}".encode(), hashlib.sha256).hexdigest()
