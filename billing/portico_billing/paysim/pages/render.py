"""Templates to answers, with the headers every page gets."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from litestar import Response, get
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from portico_billing.paysim.objects.currencies import say

HERE = Path(__file__).parent
# No form-action: Chromium applies it to the redirect after a form, and that leads back to the merchant.
POLICY = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["say"] = say
    return environment


def page(template: str, status: int = 200, **values: object) -> Response[str]:
    """A rendered page."""
    text = _environment().get_template(template).render(values)
    return Response(text, status_code=status, headers=HEADERS, media_type="text/html; charset=utf-8")


def go(url: str) -> Redirect:
    """303: look there now."""
    return Redirect(url, status_code=HTTP_303_SEE_OTHER, headers={"Cache-Control": "no-store"})


@get("/assets/paysim.css")
async def stylesheet() -> Response[bytes]:
    return Response((HERE / "static" / "paysim.css").read_bytes(), media_type="text/css; charset=utf-8")
