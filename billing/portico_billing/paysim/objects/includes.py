"""Parts of objects that are only there when expanded."""

from collections.abc import Callable

from portico_billing.paysim.act import Act
from portico_billing.paysim.objects.sessions import lines_of
from portico_billing.paysim.protocol.listing import page_of
from portico_billing.paysim.store import Json, public


def _session_lines(act: Act, session: Json) -> Json:
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    lines = [public(line) for line in lines_of(act, session["id"])]
    return {"object": "list", "url": url, "has_more": False, "data": lines}


def _charge_refunds(act: Act, charge: Json) -> Json:
    url = f"/v1/charges/{charge['id']}/refunds"
    page = page_of(act, "refund", url, {}, equal={"charge": charge["id"]})
    return {**page, "data": [public(refund) for refund in page["data"]]}


INCLUDES: dict[tuple[str, str], Callable[[Act, Json], Json]] = {
    ("checkout.session", "line_items"): _session_lines,
    ("charge", "refunds"): _charge_refunds,
}
