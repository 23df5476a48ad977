"""How old the mirror is. The sync knows; pages are handed it as the dependency `freshness`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec


class Fetching(msgspec.Struct, frozen=True, kw_only=True):
    """The first sync while it runs: invoices fetched, and how many there are where the ERP tells."""

    done: int
    total: int | None = None


class Freshness(msgspec.Struct, frozen=True, kw_only=True):
    """`as_of` is the start of the last complete read of the invoices, None before the first; `interval_seconds` how
    often it should happen; `stale` says that it is much older than it should be."""

    as_of: datetime | None
    interval_seconds: int
    stale: bool = False
    fetching: Fetching | None = None

    @property
    def context(self) -> Mapping[str, Any]:
        """As every template with mirrored figures takes it."""
        return {name: getattr(self, name) for name in self.__struct_fields__}
