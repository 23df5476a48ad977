"""Every route of the application with every method, read from the application itself: new ones are covered as well."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from litestar import Litestar

from portico_portal.web.access import LITESTARS_OWN
from portico_tenants.access import Access

PARAMETER = re.compile(r"{(\w+):\w+}")


@dataclass(frozen=True)
class Door:
    """One method of one path, who may come in, and the names of what it reads from the query."""

    method: str
    path: str
    access: Access
    asks: tuple[str, ...] = ()

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of what stands in the path."""
        return tuple(PARAMETER.findall(self.path))

    def at(self, values: Mapping[str, object]) -> str:
        """The address with its parameters filled in; KeyError for one that nobody knows yet."""
        return PARAMETER.sub(lambda found: str(values[found[1]]), self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def doors_of(app: Litestar) -> tuple[Door, ...]:
    """All of them, in order of method and path. OPTIONS and HEAD are the framework's own."""
    found = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if "access" not in handler.opt:
                continue
            provided = {*handler.resolve_dependencies(), *LITESTARS_OWN, *PARAMETER.findall(route.path)}
            asks = tuple(name for name in handler.parsed_fn_signature.parameters if name not in provided)
            found += [
                Door(str(method), route.path, handler.opt["access"], asks)
                for method in handler.http_methods
                if method not in ("OPTIONS", "HEAD")
            ]
    return tuple(sorted(found, key=str))
