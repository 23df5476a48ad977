"""The tenant's marks and favicon, as raster images made by us. Their names carry their content's hash."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from portico_core.db import TenantBase
from portico_core.errors import NotFound
from portico_tenants.session import TenantSession


class BrandFileRow(TenantBase):
    """One image. Never changed: another content has another name."""

    __tablename__ = "brand_file"

    name: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes]
    stored_at: Mapped[datetime] = mapped_column(server_default=func.now())


async def store(session: TenantSession, files: Mapping[str, bytes]) -> None:
    """Keep images under their names; one that is there already stays as it is."""
    if files:
        rows = [{"name": name, "content": content} for name, content in sorted(files.items())]
        await session.execute(insert(BrandFileRow).values(rows).on_conflict_do_nothing())


async def content(session: TenantSession, name: str) -> bytes:
    """An image; NotFound where there is none of that name."""
    found = await session.scalar(select(BrandFileRow.content).where(BrandFileRow.name == name))
    if found is None:
        raise NotFound
    return found
