"""What a handler is given to answer with: a page in the tenant's brand and the reader's language.

One is made per request (`portico_portal.web`); it knows brand, locale, person and navigation, so that handlers
pass only what the page is about.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

from litestar import Response
from litestar.enums import MediaType

from portico_themes.markup import staleness


@dataclass(frozen=True, slots=True)
class Keeping:
    """For a page that a browser may keep. `basis` is what it is drawn from besides its own values, `asked` the tags
    that the browser has, `now` the moment against which ages are told."""

    basis: str
    asked: str
    now: datetime

    def tag(self, template: str, context: Mapping[str, Any]) -> str:
        """Another one for every page that reads differently: of the values' content, and of how old they look."""
        as_of = context.get("as_of")
        age = staleness(self.now, as_of, context["interval_seconds"]) if as_of else ""
        drawn = repr((self.basis, template, sorted(context.items()), age))
        return f'"{blake2b(drawn.encode(), digest_size=16).hexdigest()}"'

    def has(self, tag: str) -> bool:
        """Whether the browser has it; a proxy that compresses marks tags as weak."""
        return any(each.strip().removeprefix("W/") == tag for each in self.asked.split(","))


@dataclass(frozen=True, slots=True)
class Page:
    """`page("invoices/list.html", rows=rows)` answers with the template and the request's own context.

    `render` is the theme's; `common` what every template may use (visit, csrf_token, nav, notes …).
    `today` is the calendar day in the tenant's zone; `fragment` is true where htmx asks for a part of the page.
    """

    render: Callable[[str, Mapping[str, Any]], str]
    common: Mapping[str, Any]
    translate: Callable[[str], str]
    today: date
    locale: str
    fragment: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    keeping: Keeping | None = None

    def __call__(self, template: str, *, status: int = 200, **context: Any) -> Response[str]:
        """The answer. `status` is 422 where a form is shown again with errors."""
        return Response(
            self.render(template, {**self.common, **context}),
            status_code=status,
            media_type=MediaType.HTML,
            headers=dict(self.headers),
        )

    def once(self, template: str, **context: Any) -> Response[str]:
        """As a call; 304 where the browser has kept this very page and asks whether it still holds."""
        if self.keeping is None:
            return self(template, **context)
        tag = self.keeping.tag(template, context)
        if self.keeping.has(tag):
            answer = Response("", status_code=304, media_type=MediaType.HTML)
        else:
            answer = self(template, **context)
        answer.headers |= {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Cookie, HX-Request"}
        return answer

    def text(self, message: str, **values: object) -> str:
        """A sentence in the reader's language: gettext with `%(name)s` values."""
        translated = self.translate(message)
        return translated % values if values else translated
