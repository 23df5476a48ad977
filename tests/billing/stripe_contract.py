"""Checks what goes over Stripe's wire against the types of the installed stripe package, read at run time.

`StripeContract().request_breaches(...)` and `.response_breaches(...)` name every departure; `WatchedHTTPXClient`
does both for each call of a StripeClient. Open enums count as closed: right for a simulator, never for live data.
"""

import json
import re
import typing
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, get_args, get_origin
from urllib.parse import parse_qsl, unquote, urlsplit

import stripe
from stripe._list_object import ListObject
from stripe._object_classes import OBJECT_CLASSES
from stripe._stripe_object import StripeObject, UntypedStripeObject
from typing_extensions import is_typeddict

from tests.billing.stripe_types import Operation, bare, fields, group_in, is_union, operations, resource

KEPT_PER_CHECK = 20
ERROR_CODES_OF_STANDINS = {"not_implemented_by_paysim"}


class StripeContract:
    """The installed SDK's idea of each call."""

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation of a call by its real path; None if the SDK has no such call."""
        for pattern, operation in operations()[method.lower()]:
            if pattern.match(path):
                return operation
        return None

    def request_breaches(self, method: str, path: str, form: str) -> list[str]:
        """What is wrong with a request's form (or query): unknown, missing, of a wrong type, not in the enum."""
        operation = self.operation(method, path)
        if operation is None:
            return [f"{method} {path} is no call of the SDK"]
        sent = decode_brackets(form)
        if operation.params is None:
            return [f"{name}: the call takes no parameters" for name in sent]
        return _named(f"{method} {path}", list(_sent(sent, operation.params, "")))

    def response_breaches(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """What is wrong with an answer: a property the type lacks, one it needs, a wrong type or enum value."""
        operation = self.operation(method, path)
        if operation is None:
            return [f"{method} {path} is no call of the SDK"]
        if status >= 400:
            return _named(f"{method} {path}: {status}", list(self._error(body)))
        return _named(f"{method} {path}", list(_told(body, operation.answer, "")))

    def object_breaches(self, thing: Mapping[str, Any]) -> list[str]:
        """The same for any object by its `object` name; an event's snapshot is looked into as well."""
        kind = str(thing.get("object"))
        problems = list(_told(thing, resource(kind), kind))
        if kind == "event":
            snapshot = thing["data"]["object"]
            if "object" in snapshot and snapshot["object"] in OBJECT_CLASSES:
                problems += self.object_breaches(snapshot)
        return problems

    def parameters(self, method: str, path: str, inside: tuple[str, ...] = ()) -> tuple[set[str], set[str]]:
        """All names of a call's parameters and those required, also of a group inside (its path of names)."""
        operation = self.operation(method, path)
        if operation is None or operation.params is None:
            return set(), set()
        known = fields(operation.params)
        for name in inside:
            known = fields(group_in(known[name][0]))
        return set(known), {name for name, (_, required) in known.items() if required}

    def _error(self, body: Any) -> typing.Iterator[str]:
        if not isinstance(body, dict) or set(body) != {"error"}:
            yield "an error's body is {'error': {...}}"
            return
        kinds = ("api_error", "card_error", "idempotency_error", "invalid_request_error")
        if body["error"].get("type") not in kinds:
            yield f"error.type: {body['error'].get('type')!r}"
        code = body["error"].get("code")
        if code not in ERROR_CODES_OF_STANDINS:
            yield from _told(code, fields(stripe.PaymentIntent.LastPaymentError)["code"][0], "error.code")
        yield from _told(body["error"], stripe.ErrorObject, "error")


class WatchedHTTPXClient(stripe.HTTPXClient):
    """The SDK's own transport, which in passing checks each request and answer; look into `breaches`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(verify_ssl_certs=False, **options)  # http on loopback; the authorities take 15 ms to read
        self.contract = StripeContract()
        self.breaches: list[str] = []
        self.calls = 0

    async def close(self) -> None:
        await super().close_async()  # type: ignore[no-untyped-call] # the SDK leaves it without types

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        parts = urlsplit(url)
        form = (post_data or "") if method.lower() == "post" else parts.query
        self.breaches += self.contract.request_breaches(method, parts.path, form)
        content, status, answered = await super().request_async(method, url, headers, post_data)
        self.calls += 1
        body = json.loads(content)
        self.breaches += self.contract.response_breaches(method, parts.path, status, body)
        return content, status, answered


def decode_brackets(form: str) -> dict[str, Any]:
    """`a[b][0]=c` to nested dictionaries; every leaf is text."""
    root: dict[str, Any] = {}
    for key, value in parse_qsl(form, keep_blank_values=True):
        head, *inner = [part.rstrip("]") for part in unquote(key).split("[")]
        node = root
        for step, following in zip([head, *inner[:-1]], inner, strict=False):
            node = node.setdefault(step, {})
            del following
        node[inner[-1] if inner else head] = value
    return root


def _choices(hint: Any) -> list[Any]:
    """The alternatives of a union, with `Literal[...] | str` closed to its literals."""
    parts = list(get_args(hint)) if is_union(hint) else [hint]
    literals = {value for one in parts if get_origin(one) is typing.Literal for value in get_args(one)}
    return [one for one in parts if not (one is str and literals - {""})]


def _sent(raw: Any, hint: Any, at: str) -> typing.Iterator[str]:
    hint = bare(hint)
    choices = _choices(hint)
    if len(choices) > 1:
        tried = [list(_sent(raw, one, at)) for one in choices]
        if all(tried):
            yield min(tried, key=len)[0]
        return
    hint = choices[0]
    origin = get_origin(hint)
    if is_typeddict(hint):
        yield from _sent_group(raw, hint, at)
    elif origin is list:
        if not isinstance(raw, dict) or not all(key.isdigit() for key in raw):
            yield f"{at}: no list"
            return
        for key, item in raw.items():
            yield from _sent(item, get_args(hint)[0], f"{at}[{key}]")
    elif origin in (dict, UntypedStripeObject):
        if not isinstance(raw, dict):
            yield f"{at}: no map"
            return
        for key, item in raw.items():
            yield from _sent(item, get_args(hint)[-1], f"{at}[{key}]")
    elif not isinstance(raw, str) or not _fits_text(raw, hint):
        yield f"{at}: {raw!r} is no {_say(hint)}"


def _sent_group(raw: Any, hint: Any, at: str) -> typing.Iterator[str]:
    if not isinstance(raw, dict):
        yield f"{at}: no group of parameters"
        return
    known = fields(hint)
    for name, item in raw.items():
        below = f"{at}[{name}]" if at else name
        if name in known:
            yield from _sent(item, known[name][0], below)
        else:
            yield f"{below}: unknown parameter"
    for name, (_, required) in known.items():
        if required and name not in raw:
            yield f"{at}[{name}]: missing" if at else f"{name}: missing"


def _fits_text(raw: str, hint: Any) -> bool:
    if get_origin(hint) is typing.Literal:
        return raw in {str(value) for value in get_args(hint)}
    patterns = {int: r"-?\d+", bool: "true|false", float: r"-?\d+(\.\d+)?", Decimal: r"-?\d+(\.\d+)?"}
    return hint in (str, typing.Any) or (hint in patterns and re.fullmatch(patterns[hint], raw) is not None)


def _told(value: Any, hint: Any, at: str) -> typing.Iterator[str]:
    choices = _choices(hint)
    if len(choices) > 1:
        tried = [list(_told(value, one, at)) for one in choices]
        if all(tried):
            deeper = [problems for one, problems in zip(choices, tried, strict=True) if isinstance(one, type)]
            inside = [problems for problems in deeper if isinstance(value, dict) and f"{value!r}" not in problems[0]]
            yield from min(inside, key=len) if inside else [f"{at}: {value!r} is no {_say(hint)}"]
        return
    hint = choices[0]
    origin = get_origin(hint)
    if hint in (typing.Any, object):
        return
    if origin is ListObject or origin is list:
        yield from _told_list(value, origin, get_args(hint)[0], at)
    elif origin in (dict, UntypedStripeObject):
        if not isinstance(value, dict):
            yield f"{at}: no map"
            return
        for key, item in value.items():
            yield from _told(item, get_args(hint)[-1], f"{at}.{key}")
    elif isinstance(hint, type) and issubclass(hint, StripeObject):
        yield from _told_object(value, hint, at)
    elif not _fits_value(value, hint):
        yield f"{at}: {value!r} is no {_say(hint)}"


def _told_list(value: Any, origin: Any, item: Any, at: str) -> typing.Iterator[str]:
    if origin is ListObject:
        if not isinstance(value, dict) or set(value) != {"object", "url", "has_more", "data"}:
            yield f"{at}: no page of a list"
            return
        value = value["data"]
    if not isinstance(value, list):
        yield f"{at}: no list"
        return
    for number, one in enumerate(value):
        yield from _told(one, item, f"{at}[{number}]")


def _told_object(value: Any, hint: type, at: str) -> typing.Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at}: no {hint.__name__}"
        return
    known = fields(hint)
    for name, item in value.items():
        below = f"{at}.{name}" if at else name
        if name in known:
            yield from _told(item, known[name][0], below)
        else:
            yield f"{below}: {hint.__name__} has no such property"
    for name, (_, required) in known.items():
        if required and name not in value and not value.get("deleted"):
            yield f"{at}.{name}: missing" if at else f"{name}: missing"


def _fits_value(value: Any, hint: Any) -> bool:
    if get_origin(hint) is typing.Literal:
        return value in get_args(hint)
    if hint is Decimal:
        return isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value) is not None
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is hint


def _say(hint: Any) -> str:
    return str(hint).replace("typing.", "")[:200]


def _named(call: str, problems: list[str]) -> list[str]:
    return [f"{call}: {problem}" for problem in problems[:KEPT_PER_CHECK]]
