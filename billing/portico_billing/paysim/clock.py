"""Two times. What objects show as `created` is the real one; what falls due follows the bank's clock, which
tests and the console may move ahead, so that a debit of five days settles now and no timestamp lies in the
future of the client.
"""

import time

from portico_billing.paysim.store import Store


class Clock:
    """The bank's clock is real time plus an offset that survives restarts; both in seconds since 1970."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._offset = float(store.setting("bank_clock_offset") or 0)

    def now(self) -> int:
        return int(time.time())

    def bank_now(self) -> float:
        return time.time() + self._offset

    @property
    def offset_seconds(self) -> float:
        return self._offset

    def advance(self, seconds: float) -> None:
        self._offset += seconds
        self._store.set_setting("bank_clock_offset", repr(self._offset))

    def set_to(self, moment: float) -> None:
        self.advance(moment - self.bank_now())
