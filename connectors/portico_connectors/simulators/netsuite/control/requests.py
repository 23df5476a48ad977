"""The log of what was asked of the service: counts by method, path and status, and the last requests."""

from collections import Counter, deque
from datetime import UTC, datetime

from portico_connectors.simulators.netsuite.account import Account
from portico_connectors.simulators.netsuite.exchange import Exchange


class RequestLog:
    """Counts requests; a status of 0 means that no answer was sent."""

    def __init__(self) -> None:
        self.total = 0
        self.counts: Counter[tuple[str, str, int]] = Counter()
        self.last: deque[dict[str, object]] = deque(maxlen=500)

    def add(self, exchange: Exchange, account: Account | None, status: int) -> None:
        """Count one request."""
        self.total += 1
        self.counts[exchange.method, exchange.path, status] += 1
        self.last.append(
            {
                "at": datetime.now(UTC).isoformat(),
                "method": exchange.method,
                "path": exchange.path,
                "query": exchange.query_string,
                "account": account.config.realm if account else None,
                "status": status,
            }
        )

    def clear(self) -> None:
        """Start counting anew."""
        self.total = 0
        self.counts.clear()
        self.last.clear()
