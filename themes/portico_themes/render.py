"""Templates to text: the operator's theme first, ours behind it, in the reader's language and the tenant's brand.

Handlers hand over ready values; what every page needs besides is listed at `SHELL`.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, cast

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    pass_context,
    select_autoescape,
)
from jinja2.runtime import Context
from markupsafe import Markup

from portico_core import clock
from portico_themes.assets import assets_of
from portico_themes.branding import Brand
from portico_themes.folding import FoldingEnvironment
from portico_themes.formats import formats_of
from portico_themes.icons import icon
from portico_themes.images import fitted
from portico_themes.links import link
from portico_themes.markup import filters_of
from portico_themes.texts import gettext_for, language_of, retold
from portico_themes.wording import Wording, of_brand, say

TEMPLATES = Path(__file__).parent / "templates"

# What layouts read, with the value a page gets that says nothing. Shapes stand in the layouts' own comments.
SHELL: Mapping[str, Any] = {
    "visit": None,
    "nav": (),
    "here": "",
    "notes": (),
    "csrf_token": "",
    "zone": "UTC",
    "wording": Wording(),
    "colour_scheme": None,
    "problem": None,
    "errors": {},
    "values": {},
}


class Renderer:
    """The templates of one installation. `theme` is the folder of an operator's theme, or None."""

    def __init__(self, theme: Path | None = None, *, reload: bool = False) -> None:
        self.theme = theme
        self._reload = reload

    def render(self, template: str, context: Mapping[str, Any], brand: Brand | None, locale: str) -> str:
        """`template` as text. `brand` is None only on pages that belong to no tenant.

        The context may set `now` (aware), `today` and `zone`; without them the page lives in UTC.
        """
        values = {**SHELL, **context, "brand": brand}
        values.setdefault("now", clock.now())
        values.setdefault("today", clock.today(values["zone"], values["now"]))
        return self._environment(locale).get_template(template).render(values)

    def warm(self, locales: tuple[str, ...] = ("en-GB", "de-DE")) -> int:
        """Compiles every template now instead of at the first request; how many were compiled."""
        names: list[str] = []
        for locale in locales:
            environment = self._environment(locale)
            names += [name for name in environment.list_templates() if not name.startswith("default/")]
            for name in names:
                environment.get_template(name)
        return len(names)

    def _environment(self, locale: str) -> Environment:
        return _environment_of(self.theme, str(formats_of(locale).locale), self._reload)


@lru_cache(maxsize=64)
def _environment_of(theme: Path | None, locale: str, reload: bool) -> Environment:
    """One per process: with it come the compiled templates, which take longer to make than all else at a start."""
    ours = FileSystemLoader(TEMPLATES)
    theirs = [FileSystemLoader(theme / "templates")] if theme else []
    environment = FoldingEnvironment(
        # A theme that replaces a page can still extend the one it replaces, as "default/…".
        loader=ChoiceLoader([*theirs, ours, PrefixLoader({"default": ours})]),
        # Plain-text parts of mails end in .txt; whatever else there is gets escaped.
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True, default_for_string=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=reload,
        cache_size=-1,
    )
    gettext, ngettext = gettext_for(locale)
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined] # i18n adds it
    environment.filters.update(filters_of(locale))
    environment.filters |= {"breaks": _breaks, "unbroken": _unbroken}
    environment.globals |= {
        "_": _plainly(gettext),
        "own": _owned(locale),
        "retold": partial(retold, locale),
        "icon": icon,
        "fitted": fitted,
        "link": link,
        "static": assets_of(theme).address,
        "lang": language_of(locale),
        "locale": locale.replace("_", "-"),
        "sign_first": lambda currency: formats_of(locale).currency_sign(currency)[1],
    }
    environment.constant = {"_": gettext, "icon": icon, "link": link, "static": assets_of(theme).address}
    return environment


def _plainly(gettext: Callable[[str], str]) -> Callable[..., str]:
    """Jinja's `_`, for sentences that are no constants of ours: with an invoice's number in them, or a reason.

    Jinja takes what is translated for HTML and for a format; without values it is neither, but text to be escaped.
    """

    @pass_context
    def translated(context: Context, message: str, **values: object) -> str:
        if values:
            return cast("str", context.call(context["gettext"], message, **values))
        return gettext(str(message))

    return translated


def _owned(locale: str) -> Callable[[Context, str], str]:
    """Jinja's `own("legal")`: a text of the pages in the words of the tenant whose page it is."""

    @pass_context
    def own(context: Context, key: str) -> str:
        brand: Brand = context["brand"]
        wording: Wording = context["wording"]
        return say(key, wording, brand, locale, of_brand(brand, wording, locale))

    return own


def _breaks(text: str) -> Markup:
    """Plain text as HTML whose lines end where they were ended."""
    return Markup("<br>").join(text.split("\n"))


def _unbroken(number: str) -> Markup:
    """A document's number that goes to the next line as a whole: browsers break lines after a hyphen."""
    return Markup('<span class="unbroken">{}</span>').format(number)


@lru_cache(maxsize=8)
def renderer_of(theme: Path | None = None) -> Renderer:
    """The process's renderer for a theme folder."""
    return Renderer(theme)


def render(template: str, context: Mapping[str, Any], brand: Brand | None, locale: str) -> str:
    """As `Renderer.render` with the default theme: for mails' tests, previews and scripts."""
    return renderer_of().render(template, context, brand, locale)
