"""A tenant's connection: stored with its secrets sealed, opened as a connector, paused when the ERP refuses us."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from portico_connectors import registry
from portico_connectors.connector import Connector
from portico_connectors.manifest import Manifest
from portico_connectors.slots import Slots
from portico_core.clock import now
from portico_core.errors import Conflict, Invalid
from portico_core.settings import Settings
from portico_portal.sync.models import ConnectionRow
from portico_tenants import audit, secrets
from portico_tenants.secrets import Safe, Secret
from portico_tenants.session import TenantSession

SECRETS = "connection"
FIRST_WAIT, LONGEST_WAIT = 10.0, 1800.0  # seconds, between attempts at an ERP that fails


class NoConnection(Conflict):
    """This portal is not connected to an ERP yet."""


class Paused(Conflict):
    """The connection to the ERP is paused."""


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a tenant's connection, without its secrets. `kept` names the secrets that are stored."""

    connector: str
    settings: dict[str, str]
    time_zone: str
    state: str
    paused_because: str | None
    interval_seconds: int
    kept: frozenset[str]


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A connection with its secrets, to be opened outside the transaction that read it."""

    connector: str
    settings: dict[str, str]
    secret_values: dict[str, Secret]
    time_zone: str

    def open(self, settings: Settings, slots: Slots | None = None) -> Connector:
        """The connector, ready to be entered. Raises Reconnect where the values cannot be right."""
        return registry.load(self.connector).open(
            self.settings,
            {name: value.reveal() for name, value in self.secret_values.items()},
            time_zone=self.time_zone,
            allow_private=settings.allow_private_erp_hosts,
            slots=slots,
        )


async def find(session: TenantSession) -> Connection | None:
    """The tenant's connection, if it has one."""
    row = (await session.scalars(select(ConnectionRow))).one_or_none()
    if row is None:
        return None
    kept = await session.scalars(
        select(secrets.SecretRow.name).where(secrets.SecretRow.name.startswith(f"{SECRETS}.", autoescape=True))
    )
    return Connection(
        connector=row.connector,
        settings=row.settings,
        time_zone=row.time_zone,
        state=row.state,
        paused_because=row.paused_because,
        interval_seconds=row.interval_seconds,
        kept=frozenset(name.removeprefix(f"{SECRETS}.") for name in kept),
    )


async def take(session: TenantSession, safe: Safe) -> Sealed:
    """The active connection with its secrets. Raises NoConnection or Paused."""
    row = (await session.scalars(select(ConnectionRow))).one_or_none()
    if row is None:
        raise NoConnection
    if row.state != "active":
        raise Paused
    return Sealed(
        connector=row.connector,
        settings=row.settings,
        secret_values=await secrets.take(session, safe, SECRETS),
        time_zone=row.time_zone,
    )


async def store(
    session: TenantSession,
    safe: Safe,
    *,
    connector: str,
    values: Mapping[str, str],
    time_zone: str,
    interval_seconds: int | None = None,
    actor: str,
    request_id: str | None = None,
) -> None:
    """Store what the form brought. A secret left empty keeps its stored value, and so does all that hangs on a choice
    not made, and how often is read, unless it is given. Raises Invalid, field by field."""
    manifest = registry.load(connector).manifest
    kept = await find(session)
    same = kept is not None and kept.connector == connector
    _, shut = await secrets.take_what_opens(session, safe, SECRETS)
    plain, hidden = sort_values(manifest, values, kept=kept.kept - shut if kept and same else frozenset())
    if kept and same:
        others = {field.name for field in manifest.fields if field not in manifest.asked(values)}
        plain = {name: value for name, value in kept.settings.items() if name in others} | plain
    elif kept:
        await secrets.drop(session, SECRETS)
    for name in shut - hidden.keys():
        await secrets.drop_one(session, f"{SECRETS}.{name}")
    row: dict[str, Any] = {
        "connector": connector,
        "settings": plain,
        "time_zone": time_zone,
        "state": "active",
        "paused_because": None,
        "paused_at": None,
        "changed_at": now(),
        "next_at": None,
        "failures": 0,
    }
    if interval_seconds is not None:
        row["interval_seconds"] = interval_seconds
    statement = insert(ConnectionRow).values(id=1, **row)
    await session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=row))
    await secrets.put(session, safe, {f"{SECRETS}.{name}": Secret(value) for name, value in hidden.items()})
    await audit.record(
        session,
        actor=actor,
        action="connection.stored",
        object_type="connection",
        object_id=connector,
        after={"settings": plain, "secrets_replaced": sorted(hidden)},
        request_id=request_id,
    )


def sort_values(
    manifest: Manifest, values: Mapping[str, str], *, kept: frozenset[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """What may be shown and what is secret, of the fields that the choices ask for: a browser sends the others too,
    though it does not show them. Raises Invalid."""
    plain: dict[str, str] = {}
    hidden: dict[str, str] = {}
    missing: dict[str, str] = {}
    for field in manifest.asked(values):
        value = values.get(field.name, "").strip() or field.default
        if value:
            (hidden if field.is_secret else plain)[field.name] = value
        elif field.required and field.name not in kept:
            missing[field.name] = f"{field.label} is missing"
    if missing:
        raise Invalid("", missing)
    return plain, hidden


async def pause(session: TenantSession, why: str, *, actor: str) -> bool:
    """Stop fetching and posting; False where it was paused already."""
    paused = await session.execute(
        update(ConnectionRow)
        .where(ConnectionRow.state == "active")
        .values(state="paused", paused_because=why, paused_at=func.now())
        .returning(ConnectionRow.connector)
    )
    connector = paused.scalar_one_or_none()
    if connector is None:
        return False
    await audit.record(
        session,
        actor=actor,
        action="connection.paused",
        object_type="connection",
        object_id=connector,
        after={"because": why},
    )
    return True


async def is_resting(session: TenantSession) -> bool:
    """Whether the ERP has failed and its wait is not over."""
    waits = select(ConnectionRow.id).where(ConnectionRow.failures > 0, ConnectionRow.next_at > func.now())
    return await session.scalar(waits) is not None


async def rest_no_more(session: TenantSession) -> None:
    """A person wants it tried now."""
    await session.execute(update(ConnectionRow).values(next_at=None, failures=0))


async def fetched(session: TenantSession, due_at: datetime) -> bool:
    """Note that all went well; whether to leave a hint for `due_at`, which one on its way makes needless."""
    free = or_(ConnectionRow.next_at.is_(None), ConnectionRow.next_at <= func.now(), ConnectionRow.failures > 0)
    noted = await session.execute(
        update(ConnectionRow).where(free).values(next_at=due_at, failures=0).returning(ConnectionRow.id)
    )
    return noted.first() is not None


async def failed(session: TenantSession, asked_to_wait: float | None) -> datetime:
    """Note that the ERP failed us; when to try again: later each time, spread, and never before it asked us to."""
    failures = await session.scalar(
        update(ConnectionRow).values(failures=ConnectionRow.failures + 1).returning(ConnectionRow.failures)
    )
    wait = min(FIRST_WAIT * 2 ** min((failures or 1) - 1, 20), LONGEST_WAIT) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
    due_at = now() + timedelta(seconds=max(wait, spread(asked_to_wait or 0.0)))
    await session.execute(update(ConnectionRow).values(next_at=due_at))
    return due_at


def spread(seconds: float) -> float:
    """A little more than was asked for: not all of an ERP's connections come back in the same moment."""
    return seconds * random.uniform(1.0, 1.1)  # noqa: S311 - jitter


async def resume(session: TenantSession, *, actor: str) -> None:
    """Fetch and post again; without a connection there is nothing to resume."""
    resumed = await session.execute(
        update(ConnectionRow)
        .values(state="active", paused_because=None, paused_at=None, changed_at=func.now(), next_at=None, failures=0)
        .returning(ConnectionRow.connector)
    )
    connector = resumed.scalar_one_or_none()
    if connector is None:
        return
    await audit.record(session, actor=actor, action="connection.resumed", object_type="connection", object_id=connector)
