"""Connectors by name, through entry points: built-in and foreign ones come in by the same door.

A connector's code is loaded when a tenant uses it, not before.
"""

from importlib.metadata import EntryPoint, entry_points

from portico_connectors.connector import Connector

GROUP = "portico.connectors"


class UnknownConnector(LookupError):
    """No installed distribution offers a connector of that name."""


def names() -> list[str]:
    """The names of all installed connectors, sorted."""
    return sorted(entry.name for entry in entry_points(group=GROUP))


def load(name: str) -> type[Connector]:
    """The connector class of that name."""
    found: list[EntryPoint] = list(entry_points(group=GROUP, name=name))
    if not found:
        raise UnknownConnector(f"no connector named {name!r} is installed; installed are {', '.join(names())}")
    loaded: type[Connector] = found[0].load()
    return loaded
