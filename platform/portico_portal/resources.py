"""What one process opens once and closes at shutdown; pages and jobs get its parts by name."""

import hashlib
import hmac
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from portico_billing.stripe.gateway import Gateway
from portico_core.jobs import BrokerQueue, JobQueue
from portico_core.settings import Settings
from portico_portal import metrics
from portico_portal.queue import make_broker
from portico_portal.sync.papers import ErpPapers
from portico_portal.sync.slots import ErpSlots
from portico_tenants.people.passwords import Passwords
from portico_tenants.resolve import Directory
from portico_tenants.secrets import Safe
from portico_tenants.session import Database
from portico_themes.render import Renderer


@dataclass(slots=True)
class Resources:
    """Everything a request or a job may need besides its own transaction."""

    settings: Settings
    queue: JobQueue
    database: Database
    directory: Directory
    stripe: Gateway
    renderer: Renderer
    safe: Safe
    slots: ErpSlots
    papers: ErpPapers
    passwords: Passwords = field(default_factory=lambda: Passwords(worked=_count_hash))

    @classmethod
    def make(cls, settings: Settings, queue: JobQueue | None = None) -> Self:
        """Build without connecting anywhere yet."""
        made_queue = queue or BrokerQueue(make_broker(settings.redis_url))
        database = Database(settings.database, made_queue)
        safe = Safe(settings.secret_keys)
        slots = ErpSlots(_direct(settings))
        return cls(
            settings=settings,
            queue=made_queue,
            database=database,
            directory=Directory(database),
            stripe=Gateway(settings.stripe),
            renderer=Renderer(Path(settings.theme_path) if settings.theme_path else None),
            safe=safe,
            slots=slots,
            papers=ErpPapers(database, settings, safe, slots),
        )

    @property
    def csrf_keys(self) -> tuple[bytes, ...]:
        """Keys for tokens in forms and signed cookies, derived from the secret keys; the first makes new ones."""
        return tuple(
            hmac.new(key, b"forms and cookies", hashlib.sha256).digest() for key in self.settings.secret_keys.values()
        )

    async def open(self) -> None:
        """Start listening for changes of tenants where a direct connection exists."""
        dsn = _direct(self.settings)
        if dsn is not None:
            await self.directory.listen(dsn)

    async def close(self) -> None:
        """Close everything, last opened first."""
        await self.directory.close()
        await self.stripe.close()
        await self.slots.close()
        await self.database.close()


def _count_hash(cost: str) -> None:
    metrics.PASSWORDS.labels(cost).inc()


def _direct(settings: Settings) -> str | None:
    """A connection string that leads past any pooler; None where there is none."""
    return settings.database.direct_url or (settings.database.url if settings.database.pooler == "none" else None)
