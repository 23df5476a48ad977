"""The moment a web process is told to stop, so that open event streams end at once and the server can leave.

Granian waits for open responses; a stream would hold it for ever. The browser reconnects with Last-Event-ID.
"""

import asyncio
import signal
import threading
from functools import lru_cache
from types import FrameType


@lru_cache(maxsize=1)
def stopping() -> asyncio.Event:
    """Set once SIGTERM or SIGINT has arrived. Call from the event loop; the first call starts to watch.

    The server's own handlers stay: asyncio hears of signals through its wake-up descriptor, which works whatever
    Python-level handler is set, so ours is called besides.
    """
    event = asyncio.Event()
    loop = asyncio.get_running_loop()
    if threading.current_thread() is not threading.main_thread():
        return event

    def tell(_signal: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(event.set)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, tell)
    return event
