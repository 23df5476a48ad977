"""The tenant's marks and favicon, as raster images made by us. Their names carry their content's hash."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from portico_core.clock import now
from portico_core.db import TenantBase
from portico_core.errors import NotFound
from portico_tenants.editions import EditionRow
from portico_tenants.session import TenantSession

FIELDS = ("mark", "mark_on_dark", "favicon")  # of a brand, that name a file
KEPT_UNNAMED = timedelta(days=1)


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


async def tidy(session: TenantSession) -> None:
    """Forget uploads of drafts that came to nothing: older than a day, and named by no edition and no published brand.

    To be called before a store: one that is stored again begins its day anew.
    """
    published = [str(session.tenant.brand.get(field, "")) for field in FIELDS]
    named = select(EditionRow.number).where(
        EditionRow.what == "brand",
        or_(*(EditionRow.content[field].astext == BrandFileRow.name for field in FIELDS)),
    )
    await session.execute(
        delete(BrandFileRow).where(
            BrandFileRow.stored_at < now() - KEPT_UNNAMED, BrandFileRow.name.not_in(published), ~named.exists()
        )
    )


async def content(session: TenantSession, name: str) -> bytes:
    """An image; NotFound where there is none of that name."""
    found = await session.scalar(select(BrandFileRow.content).where(BrandFileRow.name == name))
    if found is None:
        raise NotFound
    return found
