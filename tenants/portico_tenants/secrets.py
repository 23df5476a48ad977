"""Credentials of the tenant's ERP and the like, encrypted in the tenant's own schema.

AES-256-GCM with the key's id beside each value, so that keys can change while all goes on; tenant and name are
authenticated with it, so that a value moved to another row or another tenant does not open. Values are `Secret`s:
printing, logging or formatting one shows nothing.
"""

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Row, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, mapped_column

from portico_core.db import TenantBase
from portico_core.errors import PorticoError
from portico_core.logs import log
from portico_tenants.session import TenantSession

logger = log(__name__)
NONCE_BYTES = 12


class SecretRow(TenantBase):
    """One secret value. `name` is dotted, owner first: `erp.token_secret`. `sealed` is nonce, then ciphertext."""

    __tablename__ = "secret"

    name: Mapped[str] = mapped_column(primary_key=True)
    key_id: Mapped[str]
    sealed: Mapped[bytes]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class CannotOpen(PorticoError):
    """A stored secret does not open: its key is missing from PORTICO_SECRET_KEYS, or the row was tampered with."""


class Secret:
    """A value that does not show itself. `reveal()` where it is needed, and nowhere else."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written anywhere")


class Safe:
    """Seals and opens with the keys of the settings: the first seals, all open."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self.key_id = next(iter(keys))
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}

    def __repr__(self) -> str:
        return f"Safe({', '.join(self._ciphers)})"

    def seal(self, value: Secret, *, tenant_id: UUID, name: str) -> bytes:
        """Nonce and ciphertext, under the first key."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._ciphers[self.key_id].encrypt(nonce, value.reveal().encode(), _context(tenant_id, name))

    def open(self, sealed: bytes, *, key_id: str, tenant_id: UUID, name: str) -> Secret:
        """The value; raises CannotOpen."""
        if key_id not in self._ciphers:
            raise CannotOpen(f"no key {key_id} for secret {name} of tenant {tenant_id}")
        nonce, ciphertext = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return Secret(self._ciphers[key_id].decrypt(nonce, ciphertext, _context(tenant_id, name)).decode())
        except (InvalidTag, ValueError):
            raise CannotOpen(f"secret {name} of tenant {tenant_id} does not open with key {key_id}") from None


async def put(session: TenantSession, safe: Safe, values: Mapping[str, Secret]) -> None:
    """Store secrets under their names, in place of what stood there."""
    if not values:
        return
    tenant_id = session.tenant.id
    statement = upsert(SecretRow).values(
        [
            {"name": name, "key_id": safe.key_id, "sealed": safe.seal(value, tenant_id=tenant_id, name=name)}
            for name, value in values.items()
        ]
    )
    new = statement.excluded
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={"key_id": new.key_id, "sealed": new.sealed, "changed_at": func.now()}
        )
    )


async def take(session: TenantSession, safe: Safe, prefix: str) -> dict[str, Secret]:
    """All secrets whose names begin with `prefix` and a dot, by the rest of their names. Raises CannotOpen."""
    tenant_id = session.tenant.id
    return {
        name.removeprefix(f"{prefix}."): safe.open(sealed, key_id=key_id, tenant_id=tenant_id, name=name)
        for name, key_id, sealed in await _sealed(session, prefix)
    }


async def take_what_opens(session: TenantSession, safe: Safe, prefix: str) -> tuple[dict[str, Secret], frozenset[str]]:
    """As `take`, and apart from it the names of those that do not open: whoever put them in is to do so again."""
    opened: dict[str, Secret] = {}
    shut: set[str] = set()
    tenant_id = session.tenant.id
    for name, key_id, sealed in await _sealed(session, prefix):
        short = name.removeprefix(f"{prefix}.")
        try:
            opened[short] = safe.open(sealed, key_id=key_id, tenant_id=tenant_id, name=name)
        except CannotOpen as error:
            logger.error("a stored secret does not open", error=str(error))
            shut.add(short)
    return opened, frozenset(shut)


async def _sealed(session: TenantSession, prefix: str) -> Sequence[Row[str, str, bytes]]:
    rows = await session.execute(
        select(SecretRow.name, SecretRow.key_id, SecretRow.sealed).where(
            SecretRow.name.startswith(f"{prefix}.", autoescape=True)
        )
    )
    return rows.all()


async def drop_one(session: TenantSession, name: str) -> None:
    """Forget the secret of this name."""
    await session.execute(delete(SecretRow).where(SecretRow.name == name))


async def drop(session: TenantSession, prefix: str) -> None:
    """Forget all secrets whose names begin with `prefix` and a dot."""
    await session.execute(delete(SecretRow).where(SecretRow.name.startswith(f"{prefix}.", autoescape=True)))


async def rotate(session: TenantSession, safe: Safe) -> int:
    """Seal anew under the first key what is sealed under another; how many. Safe while everything runs."""
    rows = await session.execute(
        select(SecretRow.name, SecretRow.key_id, SecretRow.sealed)
        .where(SecretRow.key_id != safe.key_id)
        .order_by(SecretRow.name)
        .with_for_update()
    )
    tenant_id = session.tenant.id
    renewed = []
    for name, key_id, sealed in rows:
        value = safe.open(sealed, key_id=key_id, tenant_id=tenant_id, name=name)
        renewed.append({"which": name, "renewed": safe.seal(value, tenant_id=tenant_id, name=name)})
    if renewed:
        connection = await session.connection()
        await connection.execute(
            update(SecretRow)
            .where(SecretRow.name == bindparam("which"))
            .values(key_id=safe.key_id, sealed=bindparam("renewed"), changed_at=func.now()),
            renewed,
        )
    return len(renewed)


def _context(tenant_id: UUID, name: str) -> bytes:
    return tenant_id.bytes + name.encode()
