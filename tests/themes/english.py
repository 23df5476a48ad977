"""Finds English that a German reader would meet: in a rendered page, and in a template's own text."""

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser

from jinja2 import Environment, nodes

from portico_themes.brands import seeded_brands
from portico_themes.preview.samples import SAMPLES
from portico_themes.texts import translations

SHOWN_ATTRIBUTES = ("alt", "aria-label", "title", "placeholder", "data-say")
UNSHOWN = ("script", "style", "code")
TRANSLATING = {"_", "gettext", "ngettext"}
GAP = "\ufffc"  # stands for whatever a template puts there
VALUE = re.compile(r"%\(\w+\)s")
LEXER = Environment(autoescape=True, extensions=["jinja2.ext.i18n", "jinja2.ext.do"])
# What a distributor wrote, or its ERP: it is shown as it came.
FOREIGN = re.compile(
    "|".join(
        re.escape(words)
        for words in (
            *("Account 1234 5678", "box of", "case of"),
            *(sample.customer for sample in SAMPLES.values()),
            *(words for seeded in seeded_brands().values() for words in (seeded.brand.welcome, seeded.brand.hours)),
        )
    )
)
# Words of nearly every English sentence that are no German ones: they tell a sentence that is in no message.
ENGLISH = re.compile(
    r"\b(the|is|are|be|has|have|of|and|or|for|with|this|that|not|to|from|by|you|your|our|its|at|on|than|when|where)\b",
    re.IGNORECASE,
)
# Names and signs that are the same in every language, and letters that show how letters look.
SAME = {"Aa", "Ag", "CSV", "ERP", "PDF", "Stripe", "HTML", "JSON"}
IN_TAGS = {"body_class", "page_class"}  # blocks whose text is an attribute of the layout


class Seen(HTMLParser):
    """What stands in a page: its texts, and the attributes that are read aloud or shown, in order."""

    def __init__(self, html: str, language: str = "") -> None:
        super().__init__()
        self.texts: list[str] = []
        self._inside: list[tuple[str, bool]] = []
        self._language = language
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        other = bool(self._language and (found.get("lang") or self._language) != self._language)
        if tag not in ("input", "img", "link", "meta", "br", "source", "hr"):
            self._inside.append((tag, other or tag in UNSHOWN))
        if not other:
            self.texts += [value for name in SHOWN_ATTRIBUTES if (value := found.get(name))]

    def handle_endtag(self, tag: str) -> None:
        while any(each == tag for each, _ in self._inside) and self._inside.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(hidden for _, hidden in self._inside):
            self.texts.append(data)


def english_in(html: str) -> list[str]:
    """Texts of a German page that are a message of ours in English, where its German differs, or no German at all."""
    texts = (_tidy(FOREIGN.sub("", text)) for text in map(_tidy, Seen(html, "de").texts))
    return [text for text in texts if _is_ours(text) or ENGLISH.search(text)]


def untranslated_in(source: str) -> list[str]:
    """A template's text that is in no message: between its tags, in what is read aloud, in its expressions."""
    literal = [text for text in map(_tidy, Seen(_without_messages(source)).texts) if _is_words(text.replace(GAP, " "))]
    return [*literal, *_strings(LEXER.parse(source))]


def _without_messages(source: str) -> str:
    """The template's literal text, with a gap for every expression; messages and comments are left out."""
    out: list[str] = []
    left_out, words = False, ["data"]
    for _, kind, value in LEXER.lex(source):
        if kind == "block_begin":
            words = []
        elif kind == "name":
            words.append(value)
            if words == ["trans"] or (words[0] == "block" and words[-1] in IN_TAGS):
                left_out = True
            elif words in (["endtrans"], ["endblock"]):
                left_out = False
        elif kind == "variable_begin":
            out.append(GAP)
        elif kind == "data" and not left_out:
            out.append(value)
    return "".join(out)


def _strings(tree: nodes.Node) -> Iterator[str]:
    """Sentences and words with a capital in a template's expressions that nobody translates."""
    for child in tree.iter_child_nodes():
        if isinstance(child, (nodes.Compare, nodes.Test, nodes.Getitem)):  # compared, not said
            continue
        if isinstance(child, nodes.Call) and isinstance(child.node, nodes.Name) and child.node.name in TRANSLATING:
            continue
        if isinstance(child, nodes.Const) and isinstance(child.value, str) and re.match(r"[A-Z][a-z]+\b", child.value):
            yield child.value
        yield from _strings(child)


def _is_words(text: str) -> bool:
    if '="' in text:  # an attribute that a macro writes
        return False
    return any(word not in SAME for word in re.findall(r"[^\W\d_]{2,}", text))


@cache
def _differing() -> dict[str, str]:
    """Message and its German; of a plural the singular. gettext has no list of them that is public."""
    catalogue: dict[str | tuple[str, int], str] = vars(translations("de"))["_catalog"]
    named = {key if isinstance(key, str) else key[0]: said for key, said in reversed(catalogue.items())}
    return {message: said for message, said in named.items() if message and message != said}


@cache
def _messages() -> frozenset[str]:
    """What is no German word as well, such as Rest."""
    return frozenset(map(_tidy, _differing())) - frozenset(map(_tidy, _differing().values()))


@cache
def _with_values() -> list[tuple[str, re.Pattern[str]]]:
    """Messages with values: their longest words, by which they are sought, and the whole of them."""
    found = []
    for message in map(_tidy, _differing()):
        parts = VALUE.split(message)
        if len(parts) > 1 and len(longest := max(parts, key=len)) > 6:
            found.append((longest, re.compile(".+".join(map(re.escape, parts)))))
    return found


def _is_ours(text: str) -> bool:
    return text in _messages() or any(part in text and whole.fullmatch(text) for part, whole in _with_values())


def _tidy(text: str) -> str:
    return " ".join(text.split())
