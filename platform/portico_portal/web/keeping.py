"""Pages that a browser may keep and ask about again (`PORTICO_WEB_KEEP_PAGES=yes`): what their tag is made of.

A tag stands for everything that is drawn: what the page was given, by content, and here what every page is given
besides. A session's form token is part of it, so a page is never another's, and its forms stay good for as long as the
tag holds. Who may no longer see the page is refused before anybody looks at a tag.
"""

import importlib.metadata
import sys
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request

from portico_portal.resources import Resources
from portico_tenants.people.visit import Visit
from portico_tenants.tenant import Tenant
from portico_themes.page import Keeping

PACKAGES = ("portico_core", "portico_tenants", "portico_connectors", "portico_themes", "portico_billing")
LIBRARIES = ("babel", "jinja2", "markupsafe")
FORGET = {"Clear-Site-Data": '"cache"'}  # headers: what a browser has kept goes with the session
PASSING = frozenset({"request_id", "now", "visit"})  # of each request anew, or told by content below


def keeping_of(
    request: Request[Any, Any, Any],
    resources: Resources,
    tenant: Tenant,
    visit: Visit | None,
    locale: str,
    common: Mapping[str, Any],
) -> Keeping | None:
    """None where the page is not to be kept: nobody is signed in, a part of it is asked for, it tells a note once."""
    if not resources.settings.web.keep_pages or visit is None or request.method != "GET":
        return None
    if common["notes"] or request.headers.get("hx-request"):
        return None
    who = msgspec.structs.replace(visit, request_id="")
    shell = {name: value for name, value in common.items() if name not in PASSING}
    basis = repr((release(resources.renderer.theme), tenant, who, locale, str(request.url), shell))
    return Keeping(basis, request.headers.get("if-none-match", ""), common["now"])


@lru_cache(maxsize=2)
def release(theme: Path | None) -> str:
    """A digest of all that draws pages: our packages' files, the operator's theme, the libraries' versions."""
    mark = blake2b(repr([sys.version, *map(importlib.metadata.version, LIBRARIES)]).encode(), digest_size=16)
    here = Path(__file__).parents[1]
    others = [Path(file).parent for name in PACKAGES if (file := sys.modules[name].__file__)]
    for folder in (here, *others, *([theme] if theme else [])):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                mark.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return mark.hexdigest()
