"""What a probe says: one finding per thing it tried, with what was wrong."""

from collections.abc import Sequence

import msgspec

MOST_SHOWN = 5


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """`tried` counts what was compared; a finding without troubles of which nothing was tried is none."""

    name: str
    tried: int
    troubles: Sequence[str] = ()
    note: str = ""

    @property
    def ok(self) -> bool:
        return self.tried > 0 and not self.troubles

    @property
    def line(self) -> str:
        if self.troubles:
            more = f" and {len(self.troubles) - MOST_SHOWN} more" if len(self.troubles) > MOST_SHOWN else ""
            return f"{self.name}: {'; '.join(self.troubles[:MOST_SHOWN])}{more}"
        return f"{self.name}: {self.tried} tried, in order{f' ({self.note})' if self.note else ''}"
