"""Finds every text that a reader may see: in templates, in Python, in error classes, in connectors' forms."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from jinja2.ext import babel_extract

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "platform/portico_core",
    "platform/portico_portal",
    "tenants/portico_tenants",
    "connectors/portico_connectors",
    "billing/portico_billing",
    "themes/portico_themes",
)
LEFT_OUT = ("simulators", "paysim", "local", "preview", "conformance", "migrations")  # never seen by a reader
TEMPLATES = ROOT / "themes/portico_themes/templates"
JINJA = {
    "extensions": "jinja2.ext.i18n,jinja2.ext.do",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "newstyle_gettext": "true",
}
# Calls by name: at which argument the text stands; two of them are singular and plural.
MARK = "N_"  # of what is put together as well: it is told again by its shape (`texts.retold`)
CALLS = {MARK: (0,), "_": (0,), "gettext": (0,), "ngettext": (0, 1), "translate": (1,), "translate_many": (1, 2)}
CALLS["short"] = (0,)  # of portico_tenants.mirror: what of a record is too long, a value of its sentence
METHODS = {"text": (0,)}  # page.text("…"), words.text("…")
FORM_WORDS = ("label", "hint")
TOLD = "Told"
# Errors of connectors, which know no catalogue: their words arrive as text and are told again (`texts.retold`).
FOREIGN = ("ConnectorError", "Unfit")
ASIDE = "Unstorable"  # why a record cannot be kept: stored with it as text, told again like those
NAMES = "abcdefgh"
NAME = re.compile(r"[A-Z_]*")  # reader.text("REDIS_URL"), of the settings, is no sentence


class Text(NamedTuple):
    """A text, its plural if it has one, and the file it comes from."""

    one: str
    many: str | None
    place: str


@cache
def all_texts() -> list[Text]:
    """In the order of files, each text once."""
    trees = {path: ast.parse(path.read_text()) for path in _python_files()}
    told, foreign = _below(trees.values(), TOLD), _below(trees.values(), *FOREIGN) | set(FOREIGN)
    found = [*_templates(), *(text for path, tree in trees.items() for text in _in_python(path, tree, told, foreign))]
    unique: dict[str, Text] = {}
    for text in found:
        known = unique.get(text.one)
        if known is None or (known.many is None and text.many):
            unique[text.one] = text
    return list(unique.values())


def _python_files() -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if not any(part in LEFT_OUT for part in path.relative_to(ROOT).parts):
                yield path


def _templates() -> Iterator[Text]:
    for path in sorted([*TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.txt")]):
        with path.open("rb") as file:
            extracted = babel_extract(cast("BinaryIO", file), ("_", "gettext", "ngettext"), [], JINJA)
            for _, function, message, _ in extracted:
                words = message if isinstance(message, tuple) else (message,)
                if words[0]:
                    yield Text(words[0], words[1] if function == "ngettext" else None, _place(path))


def _in_python(path: Path, tree: ast.Module, told: set[str], foreign: set[str]) -> Iterator[Text]:
    place = _place(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name in told:
            sentence = ast.get_docstring(node)
            if sentence and "\n" not in sentence and "`" not in sentence:
                yield Text(sentence, None, place)
        elif isinstance(node, ast.Call):
            yield from _in_call(node, place, told, foreign)


def _in_call(call: ast.Call, place: str, told: set[str], foreign: set[str]) -> Iterator[Text]:
    if isinstance(call.func, ast.Name):
        name, positions = call.func.id, CALLS.get(call.func.id)
    elif isinstance(call.func, ast.Attribute):
        name, positions = call.func.attr, METHODS.get(call.func.attr) or CALLS.get(call.func.attr)
    else:
        return
    if positions:
        read = _shape if name == MARK else _constant
        words = [read(call.args[at]) for at in positions if at < len(call.args)]
        if words and words[0] and not (name in METHODS and NAME.fullmatch(words[0])):
            yield Text(words[0], words[1] if len(words) > 1 else None, place)
    elif name in told:
        arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
        for argument in arguments:
            values = argument.values if isinstance(argument, ast.Dict) else [argument]
            yield from (Text(word, None, place) for word in map(_constant, values) if word)
    elif (name in foreign and "connectors" in place) or name == ASIDE:
        yield from (Text(shape, None, place) for shape in map(_shape, call.args) if shape)
    elif name == "Field" and "connectors" in place:
        for keyword in call.keywords:
            yield from _in_form_field(keyword, place)


def _in_form_field(keyword: ast.keyword, place: str) -> Iterator[Text]:
    if keyword.arg in FORM_WORDS and (word := _constant(keyword.value)):
        yield Text(word, None, place)
    if keyword.arg == "choices" and isinstance(keyword.value, ast.Tuple):
        for pair in keyword.value.elts:
            if isinstance(pair, ast.Tuple) and len(pair.elts) == 2 and (word := _constant(pair.elts[1])):
                yield Text(word, None, place)


def _shape(node: ast.expr) -> str | None:
    """A sentence that is put together where it is raised: f"{label} is missing" is "%(a)s is missing"."""
    if not isinstance(node, ast.JoinedStr):
        return _constant(node)
    names = iter(NAMES)
    parts = [_constant(part) or f"%({next(names)})s" for part in node.values]
    return "".join(parts) if any(" " in part for part in parts) else None


def _below(trees: Iterable[ast.Module], *roots: str) -> set[str]:
    """Names of the classes under some class, by their bases: of errors whose sentence somebody reads."""
    bases: dict[str, set[str]] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                names = {base.id if isinstance(base, ast.Name) else getattr(base, "attr", "") for base in node.bases}
                bases.setdefault(node.name, set()).update(names)
    found = set(roots)
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found - set(roots)


def _constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
