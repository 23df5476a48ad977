"""Declarative bases of the two kinds of schema, so that every package can define its tables.

`ControlBase` tables live once, in the schema `portico`. `TenantBase` tables live in every tenant's schema and
carry no schema name and no tenant id: which schema answers is decided by the session's role and search path.
"""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, DateTime, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

CONTROL_SCHEMA = "portico"

# What a connection of asyncpg's own raises when the database refuses, cannot be reached or goes away; the last where it
# goes in the middle of a message.
DATABASE_TROUBLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

TYPES: dict[Any, Any] = {
    str: Text,
    int: BigInteger,
    datetime: DateTime(timezone=True),
    UUID: Uuid,
    dict[str, Any]: JSONB,
}


class ControlBase(DeclarativeBase):
    """Tables of the one control schema."""

    metadata: ClassVar[MetaData] = MetaData(schema=CONTROL_SCHEMA, naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = TYPES


class TenantBase(DeclarativeBase):
    """Tables of each tenant's schema. No native enums, no schema name (architecture: tenancy)."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = TYPES
