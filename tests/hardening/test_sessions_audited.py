"""Who signed in, who was refused, what was changed: in the trail, with the request it belongs to."""

import re
from typing import Any

from sqlalchemy import select

from portico_tenants.audit import AuditRow
from portico_tenants.session import Database
from tests.hardening.sessions_mail import mailed_reset
from tests.hardening.test_sessions import NEW, with_password
from tests.isolation.world import House
from tests.portal.portal import PASSWORD, Portal


async def trail(database: Database, house: House) -> list[Any]:
    async with database.tenant_session(house.tenant) as session:
        columns = (AuditRow.action, AuditRow.actor, AuditRow.object_id, AuditRow.request_id)
        return list((await session.execute(select(*columns).order_by(AuditRow.at, AuditRow.id))).all())


async def test_sign_ins_good_and_bad_are_written_down(
    portal: Portal, database: Database, house: House, password_hash: str
) -> None:
    person = await with_password(database, house, "payer", password_hash)
    known, unknown = portal.at(house.tenant), portal.at(house.tenant)
    seen = len(await trail(database, house))
    await known.sign_in(person.email, "not it at all")
    await unknown.sign_in("nobody@nowhere.example")
    await known.sign_in(person.email)
    await known.get("/profile")
    assert (await known.post("/profile/password", {"current": PASSWORD, "password": NEW})).status_code == 303
    await known.sign_out()
    reset = await mailed_reset(portal, house.tenant, person.email)
    await unknown.get(f"/reset/{reset}")
    assert (await unknown.post(f"/reset/{reset}", {"password": PASSWORD})).status_code == 303
    entries = (await trail(database, house))[seen:]
    me = f"person:{person.id}"
    assert [(entry.action, entry.actor) for entry in entries] == [
        ("sign_in.refused", "nobody"),
        ("sign_in.refused", "nobody"),
        ("sign_in", me),
        ("password.changed", me),
        ("sign_out", me),
        ("password.reset", me),
        ("sign_in", me),
    ]
    assert [entry.object_id for entry in entries[:2]] == [person.email, "nobody@nowhere.example"]
    assert all(re.fullmatch(r"[0-9a-f]{32}", entry.request_id) for entry in entries)
    assert PASSWORD not in str(entries)


async def test_a_request_id_from_outside_is_a_plain_word_or_ours(portal: Portal, house: House) -> None:
    """It stands in every log line and in the trail."""
    client = portal.at(house.tenant).client
    assert (await client.get("/sign-in", headers={"x-request-id": "from-the-proxy-42"})).headers["x-request-id"] == (
        "from-the-proxy-42"
    )
    for made_up in ('","level":"error', "x" * 65, "short", "a b c d e f g", "é" * 20):
        answer = await client.get("/sign-in", headers=[(b"x-request-id", made_up.encode())])
        assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"]), made_up
