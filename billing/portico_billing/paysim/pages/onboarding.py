"""Where an account link leads: one visit, one button, and back to the platform."""

import json
import time
from typing import Annotated, Any

from litestar import Response, Router, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from portico_billing.paysim.act import World, new_id
from portico_billing.paysim.objects import accounts
from portico_billing.paysim.pages.render import go, page
from portico_billing.paysim.store import Json

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/setup/{secret:str}")
async def visit(world: World, secret: str) -> Response[Any]:
    """A link works once; a used or stale one leads to the platform's refresh address."""
    link = _kept(world, f"link:{secret}")
    if link is None:
        return page("ended.html", 404, done=False, back=None, business=None, session=None)
    if link.get("used") or link["expires_at"] < time.time():
        return go(link["refresh_url"])
    visit_id = new_id("visit", 32)
    with world.store.transaction():
        world.store.set_setting(f"link:{secret}", json.dumps({**link, "used": True}))
        world.store.set_setting(f"visit:{visit_id}", json.dumps(link))
    found = world.store.find("account", link["account"])
    return page("onboarding.html", account=found[1] if found else {}, visit=visit_id, leave=link["return_url"])


@post("/setup/visits/{visit_id:str}")
async def finish(world: World, visit_id: str, data: Form) -> Response[Any]:
    """Complete the account, or leave it as it is; both lead to the return address, which proves nothing."""
    link = _kept(world, f"visit:{visit_id}")
    if link is None:
        return page("ended.html", 404, done=False, back=None, business=None, session=None)
    if data.get("answer") == "complete":
        with world.store.transaction():
            accounts.onboard(world, link["account"])
    return go(link["return_url"])


def _kept(world: World, name: str) -> Json | None:
    raw = world.store.setting(name)
    return json.loads(raw) if raw else None


onboarding_router = Router("/", route_handlers=[visit, finish])
