"""Form fields as text: trimmed, bounded, never missing."""

from collections.abc import Mapping
from typing import Any

from litestar import Request

MAX_FIELD = 10_000  # a private key of RSA 8192 has 6,400
EXACT = frozenset({"password", "current"})  # a password is taken as it was typed, blanks at its ends included


async def fields(request: Request[Any, Any, Any]) -> dict[str, str]:
    """The posted fields; uploads and repeated fields are not among them (the last one counts)."""
    form: Mapping[str, Any] = await request.form()
    return {
        key: (value if key in EXACT else value.strip())[:MAX_FIELD]
        for key, value in form.items()
        if isinstance(value, str)
    }


def number_in(typed: Mapping[str, str], name: str) -> int:
    """A whole number that a form of ours carries; 0 where something else stands there."""
    given = typed.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 18 else 0


def own_path(path: str) -> str:
    """A path of this portal to go to next, or "/": never another host, never a protocol-relative address."""
    if not path.startswith("/") or path.startswith(("//", "/\\")) or any(ord(c) < 33 or c == "\\" for c in path):
        return "/"
    return path if len(path) <= 1000 else "/"
