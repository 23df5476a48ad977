"""Pages of objects: newest first, `limit`, `starting_after`, `ending_before`, `has_more`."""

import json
from collections.abc import Mapping
from typing import Any

from portico_billing.paysim.act import Act
from portico_billing.paysim.protocol.errors import no_such
from portico_billing.paysim.store import Json


def page_of(
    act: Act,
    kind: str,
    url: str,
    params: Mapping[str, Any],
    *,
    equal: Mapping[str, Any] | None = None,
    where: str = "",
    values: tuple[object, ...] = (),
) -> Json:
    """One page. `equal` maps fields of the object to wanted values, None is no condition; `created` in
    params is a list of comparisons as params.Span reads them; `where` is a constant condition of the caller.
    """
    sql = "SELECT seq, body FROM object WHERE account = ? AND kind = ?"
    bound: list[object] = [act.account, kind]
    for name, wanted in (equal or {}).items():
        if wanted is not None:
            sql += " AND json_extract(body, ?) = ?"
            bound += [f"$.{name}", wanted]
    for sign, moment in params.get("created") or []:
        sql += f" AND created {sign} ?"
        bound.append(moment)
    if where:
        sql += f" AND {where}"
        bound += values
    backwards = params.get("ending_before")
    cursor = backwards or params.get("starting_after")
    if cursor:
        found = act.store.row("SELECT seq FROM object WHERE id = ? AND account = ?", cursor, act.account)
        if found is None:
            raise no_such(kind, cursor, "ending_before" if backwards else "starting_after")
        sql += " AND seq > ?" if backwards else " AND seq < ?"
        bound.append(found["seq"])
    limit = params.get("limit") or 10
    sql += " ORDER BY seq " + ("ASC" if backwards else "DESC") + " LIMIT ?"
    rows = act.store.rows(sql, *bound, limit + 1)
    data = [json.loads(row["body"]) for row in rows[:limit]]
    if backwards:
        data.reverse()
    return {"object": "list", "url": url, "has_more": len(rows) > limit, "data": data}
