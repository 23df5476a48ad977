"""What a handler is given to answer with: a page in the tenant's brand and the reader's language.

One is made per request (`portico_portal.web`); it knows brand, locale, person and navigation, so that handlers
pass only what the page is about.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from litestar import Response
from litestar.enums import MediaType


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

    def __call__(self, template: str, *, status: int = 200, **context: Any) -> Response[str]:
        """The answer. `status` is 422 where a form is shown again with errors."""
        return Response(
            self.render(template, {**self.common, **context}),
            status_code=status,
            media_type=MediaType.HTML,
            headers=dict(self.headers),
        )

    def text(self, message: str, **values: object) -> str:
        """A sentence in the reader's language: gettext with `%(name)s` values."""
        translated = self.translate(message)
        return translated % values if values else translated
