"""Where webhooks go. The secret is told once, at creation; endpoints of the configuration keep their place."""

from portico_billing.paysim import API_VERSION
from portico_billing.paysim.act import PLATFORM, Act, World, new_id
from portico_billing.paysim.objects.metadata import merge_metadata
from portico_billing.paysim.protocol.listing import page_of
from portico_billing.paysim.protocol.params import Choice, Flag, Many, Metadata, Text, Url, lists, takes
from portico_billing.paysim.store import Json

CREATE_PARAMS = takes(
    {
        "url": Url(),
        "enabled_events": Many(Text()),
        "connect": Flag(),
        "api_version": Choice((API_VERSION,)),
        "description": Text(),
        "metadata": Metadata(),
    },
    required=("url", "enabled_events"),
)
UPDATE_PARAMS = takes(
    {
        "url": Url(),
        "enabled_events": Many(Text()),
        "description": Text(),
        "disabled": Flag(),
        "metadata": Metadata(),
    }
)
RETRIEVE_PARAMS = takes()
DELETE_PARAMS = takes()
LIST_PARAMS = lists()


def create(act: Act, params: Json) -> Json:
    secret = new_id("whsec", 32)
    endpoint = act.put(
        {
            "id": new_id("we"),
            "object": "webhook_endpoint",
            "api_version": params.get("api_version"),
            "application": None,
            "created": act.now,
            "description": params.get("description"),
            "enabled_events": params["enabled_events"],
            "livemode": False,
            "metadata": params.get("metadata") or {},
            "status": "enabled",
            "url": params["url"],
            "_connect": bool(params.get("connect")),
            "_secret": secret,
            "_headers": {},
        }
    )
    return {**endpoint, "secret": secret}


def update(act: Act, params: Json, ident: str) -> Json:
    endpoint = act.get("webhook_endpoint", ident)
    for name in ("url", "enabled_events", "description"):
        if name in params:
            endpoint[name] = params[name]
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    merge_metadata(endpoint, params)
    return act.put(endpoint)


def retrieve(act: Act, params: Json, ident: str) -> Json:
    return act.get("webhook_endpoint", ident)


def list_(act: Act, params: Json) -> Json:
    return page_of(act, "webhook_endpoint", "/v1/webhook_endpoints", params)


def delete(act: Act, params: Json, ident: str) -> Json:
    act.get("webhook_endpoint", ident)
    act.store.remove(ident)
    act.store.run("DELETE FROM delivery WHERE endpoint = ? AND state = 'pending'", ident)
    return {"id": ident, "object": "webhook_endpoint", "deleted": True}


def install(world: World) -> None:
    """Bring the configuration's endpoints in. By their place in the list, so that what is still owed to one
    goes to its new address after a restart.
    """
    wanted = {f"we_configured{number}": one for number, one in enumerate(world.config.webhook_endpoints)}
    act = Act(world, PLATFORM)
    for known in world.store.all_of("webhook_endpoint", PLATFORM):
        if known["id"].startswith("we_configured") and known["id"] not in wanted:
            delete(act, {}, known["id"])
    for ident, one in wanted.items():
        act.put(
            {
                "id": ident,
                "object": "webhook_endpoint",
                "api_version": API_VERSION,
                "application": None,
                "created": act.now,
                "description": "from the configuration",
                "enabled_events": list(one.enabled_events),
                "livemode": False,
                "metadata": {},
                "status": "enabled",
                "url": one.url,
                "_connect": one.connect,
                "_secret": one.secret,
                "_headers": dict(one.headers),
            }
        )
