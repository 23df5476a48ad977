"""Reads the installed stripe package: each call with its parameters and answer, each type with its fields.

The package's own annotations are the source, forward references included, so that a new release renews it all.
"""

import ast
import re
import sys
import typing
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import NoneType, SimpleNamespace, UnionType
from typing import Any, NamedTuple, NotRequired, Required, get_args, get_origin

import stripe
from stripe._object_classes import OBJECT_CLASSES
from stripe._request_options import RequestOptions
from stripe._stripe_object import StripeObject
from typing_extensions import is_typeddict

HERE = Path(stripe.__file__).parent
NO_RESOURCE = {"stripe._stripe_object", "stripe._api_resource"}
OPTIONS = set(RequestOptions.__annotations__)


class Operation(NamedTuple):
    """A call the SDK knows: the TypedDict of its parameters and the type of what comes back."""

    params: Any
    answer: Any


@cache
def operations() -> dict[str, list[tuple[re.Pattern[str], Operation]]]:
    """Every v1 call, from the source of the SDK's services: paths without ids first, so that they win."""
    found: dict[str, list[tuple[str, Operation]]] = {"get": [], "post": [], "delete": []}
    for file in sorted(HERE.rglob("_*_service.py")):
        if "v2" in file.parts:
            continue
        text = file.read_text()
        if '"/v1/' not in text:
            continue
        module = import_module(".".join(("stripe", *file.relative_to(HERE).with_suffix("").parts)))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                for function in node.body:
                    if isinstance(function, ast.FunctionDef) and (call := _wire_call(function)):
                        method = getattr(getattr(module, node.name), function.name)
                        hints = _hints(method, module.__name__)
                        found[call[0]].append((call[1], Operation(bare(hints.get("params")), hints["return"])))
    return {
        verb: [
            (re.compile("^" + re.sub(r"\{[^}]+\}", "[^/]+", path) + "$"), operation)
            for path, operation in sorted(calls, key=lambda call: call[0].count("{"))
        ]
        for verb, calls in found.items()
    }


def _wire_call(function: ast.FunctionDef) -> tuple[str, str] | None:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "_request":
            texts = [
                one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)
            ]
            verb = next((text for text in texts if text in ("get", "post", "delete")), None)
            path = next((text for text in texts if text.startswith("/v1/")), None)
            return (verb, path) if verb and path else None
    return None


@cache
def _only_for_types(module: str) -> dict[str, Any]:
    """What a module imports under TYPE_CHECKING, imported for real."""
    names: dict[str, Any] = {}
    source = Path(str(sys.modules[module].__file__)).read_text()
    for block in ast.walk(ast.parse(source)):
        if isinstance(block, ast.If) and isinstance(block.test, ast.Name) and block.test.id == "TYPE_CHECKING":
            for line in block.body:
                if isinstance(line, ast.ImportFrom) and line.module:
                    origin = import_module(line.module)
                    names |= {one.asname or one.name: getattr(origin, one.name) for one in line.names}
    return names


def _hints(owner: Any, module: str, around: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The annotations of a class or function with every forward reference resolved."""
    own = dict(owner.__annotations__ if not isinstance(owner, type) else vars(owner).get("__annotations__", {}))
    if is_typeddict(owner) and set(own) >= OPTIONS:
        own = {name: hint for name, hint in own.items() if name not in OPTIONS}
    bare: Any = SimpleNamespace(__annotations__=own)
    scope = {**vars(typing), **_only_for_types(module), **(around or {})}
    return typing.get_type_hints(bare, vars(sys.modules[module]), scope, include_extras=True)


@cache
def fields(owner: Any) -> dict[str, tuple[Any, bool]]:
    """Name to type and whether it must be there, of a parameter TypedDict or of a resource class."""
    if is_typeddict(owner):
        hints = _hints(owner, owner.__module__)
        return {name: (bare(hint), get_origin(hint) is not NotRequired) for name, hint in hints.items()}
    known: dict[str, tuple[Any, bool]] = {}
    for part in reversed(owner.__mro__):
        if issubclass(part, StripeObject) and part.__module__ not in NO_RESOURCE:
            for name, hint in _hints(part, part.__module__, _classes_around(part)).items():
                if get_origin(hint) is not typing.ClassVar and not name.startswith("_"):
                    known[name] = (hint, NoneType not in get_args(hint))
    return known


def _classes_around(part: type) -> dict[str, Any]:
    """A nested class sees its siblings and those of the classes around it."""
    scope: dict[str, Any] = {}
    node: Any = sys.modules[part.__module__]
    for name in part.__qualname__.split("."):
        node = getattr(node, name)
        scope |= {key: value for key, value in vars(node).items() if isinstance(value, type)}
    return scope


@cache
def resource(kind: str) -> Any:
    module, name = OBJECT_CLASSES[kind]
    return getattr(import_module(module), name)


def bare(hint: Any) -> Any:
    """Without NotRequired, Required and Optional around it."""
    while get_origin(hint) in (NotRequired, Required):
        hint = get_args(hint)[0]
    if is_union(hint):
        left = [one for one in get_args(hint) if one is not NoneType]
        if len(left) == 1:
            return left[0]
    return hint


def group_in(hint: Any) -> Any:
    hint = bare(hint)
    if get_origin(hint) is list:
        return group_in(get_args(hint)[0])
    if is_union(hint):
        return next(one for one in get_args(hint) if is_typeddict(one))
    return hint


def is_union(hint: Any) -> bool:
    return get_origin(hint) in (typing.Union, UnionType)
