"""Logos that staff upload: taken out of the form, made anew as PNG, kept under the name of their content."""

from collections.abc import Mapping
from typing import Any

import anyio
import msgspec
from litestar.datastructures import UploadFile

from portico_core.errors import NotFound
from portico_tenants import brand_files
from portico_tenants.session import TenantSession
from portico_themes import images, proposals
from portico_themes.branding import Brand
from portico_themes.images import ImageRefused, StoredImage
from portico_themes.proposals import Proposal
from portico_themes.texts import N_

KINDS: dict[str, images.Kind] = {"mark": "mark", "mark_on_dark": "mark-on-dark"}
LARGEST_FORM = 3 * images.LARGEST_UPLOAD  # a logo somewhat too large is told so beside what else was typed
CHOOSE_AGAIN = N_("Choose the logo again: it is not kept yet, because something else has to be corrected.")
ONE_AT_A_TIME = anyio.CapacityLimiter(1)  # a picture of few bytes takes tens of megabytes while it is decoded


async def taken(form: Mapping[str, Any]) -> tuple[dict[str, StoredImage], dict[str, str]]:
    """The uploaded logos by field, the browser's own icon among them; and what is wrong with those that are none."""
    found: dict[str, StoredImage] = {}
    wrong: dict[str, str] = {}
    for field, kind in KINDS.items():
        upload = form.get(field)
        if isinstance(upload, UploadFile):
            try:
                body = await upload.read(images.LARGEST_UPLOAD + 1)
                found[field] = await anyio.to_thread.run_sync(images.prepare, body, kind, limiter=ONE_AT_A_TIME)
            except ImageRefused as refused:
                wrong[field] = refused.sentence
    if "mark" in found:
        found["favicon"] = await anyio.to_thread.run_sync(images.favicon_of, found["mark"], limiter=ONE_AT_A_TIME)
    return found, wrong


async def keep(session: TenantSession, found: Mapping[str, StoredImage]) -> None:
    """Store them; a draft names them before a brand does."""
    if found:
        await brand_files.tidy(session)
    await brand_files.store(session, {image.name: image.body for image in found.values()})


def applied(
    brand: Brand, found: Mapping[str, StoredImage], typed: Mapping[str, str], published: Mapping[str, Any]
) -> Brand:
    """The brand with new logos, and without those that were ticked off; the one on dark goes with the one it was for.

    It stays where it came into the draft before any other logo did: it was made for the one that comes now.
    """
    changes = {field: image.name for field, image in found.items()}
    if "mark_off" in typed and "mark" not in found:
        changes |= {"mark": "", "favicon": ""}
    waits = brand.mark == published.get("mark", "") and brand.mark_on_dark != published.get("mark_on_dark", "")
    is_outdated = changes.get("mark", brand.mark) != brand.mark and not waits
    if (is_outdated or "mark_on_dark_off" in typed) and "mark_on_dark" not in found:
        changes["mark_on_dark"] = ""
    return msgspec.structs.replace(brand, **changes) if changes else brand


async def colours(session: TenantSession, brand: Brand) -> tuple[Proposal, ...]:
    """Colours that the brand's logo proposes."""
    if not brand.mark:
        return ()
    try:
        image = await brand_files.content(session, brand.mark)
    except NotFound:
        return ()
    return await anyio.to_thread.run_sync(proposals.from_logo, image)
