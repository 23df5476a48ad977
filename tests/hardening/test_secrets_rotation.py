"""Keys change while everything runs: no sign-in, form, credential or mail is lost on the way."""

import asyncio
from dataclasses import replace

import httpx
from sqlalchemy import select

from portico_core.settings import Settings, WebSettings
from portico_tenants import secrets
from portico_tenants.mails import MailRow, token_of
from portico_tenants.secrets import Safe, Secret, SecretRow
from portico_tenants.session import Database
from tests.hardening.sessions_mail import mailed_reset
from tests.isolation.world import House, browser
from tests.portal.portal import Portal, running

OLD, NEW = {"2025": b"o" * 32}, {"2026": b"n" * 32}
WEB = WebSettings(platform_host="platform.test", scheme="http")


def at(settings: Settings, keys: dict[str, bytes]) -> Settings:
    return replace(settings, web=WEB, secret_keys=keys)


async def test_credentials_are_read_at_every_moment_of_a_rotation(database: Database, house: House) -> None:
    """Processes with both keys, in whichever order, while the command runs again and again and others store."""
    tenant = house.tenant
    async with database.tenant_session(tenant) as session:
        await secrets.drop(session, "connection")
        await secrets.put(session, Safe(OLD), {f"erp.{number}": Secret(f"value {number}") for number in range(20)})
    expected = {str(number): f"value {number}" for number in range(20)}
    rotated = asyncio.Event()
    reads = 0

    async def read(safe: Safe) -> None:
        nonlocal reads
        while not rotated.is_set():
            async with database.tenant_session(tenant) as session:
                taken = await secrets.take(session, safe, "erp")
            assert {name: value.reveal() for name, value in taken.items()} == expected
            reads += 1

    async def rotate() -> int:
        done = 0
        for keys in (NEW | OLD, OLD | NEW, NEW | OLD):
            async with database.tenant_session(tenant) as session:
                done += await secrets.rotate(session, Safe(keys))
            await asyncio.sleep(0.05)
        rotated.set()
        return done

    *_, done = await asyncio.gather(read(Safe(OLD | NEW)), read(Safe(NEW | OLD)), rotate())
    assert done == 60
    assert reads > 2
    async with database.tenant_session(tenant) as session:
        assert set((await session.scalars(select(SecretRow.key_id))).all()) == {"2026"}
        taken = await secrets.take(session, Safe(NEW), "erp")
    assert {name: value.reveal() for name, value in taken.items()} == expected


async def test_open_pages_and_mails_on_their_way_survive_it(
    settings: Settings, database: Database, house: House
) -> None:
    """A page opened and a mail owed before; sent after, by a process that has only the new key left for sealing."""
    async with running(at(settings, OLD), database) as before:
        opened = await browser(before, house, "admin")
        reset = await mailed_reset(before, house.tenant, house.people["payer"].email)
    form = {"csrf_token": opened.tokens[-1], "name": "Renamed", "language": "de"}
    cookies = httpx.Cookies({"session": house.tokens["admin"]})
    async with running(at(settings, NEW | OLD), database) as during:
        answer = await during.at(house.tenant, cookies=cookies).client.post("/profile", data=form)
        assert answer.status_code == 303
        async with database.tenant_session(house.tenant) as session:
            await secrets.drop(session, "connection")
            assert await secrets.rotate(session, during.resources.safe) >= 1
    async with running(at(settings, NEW), database) as after:
        assert await token_in_mail(after, house) == reset
        person = after.at(house.tenant, cookies=cookies)
        assert (await person.get("/profile")).status_code == 200
        assert (await person.post("/profile", {"name": "Again", "language": "de"})).status_code == 303
        stale = await after.at(house.tenant, cookies=cookies).client.post("/profile", data=form)
        assert stale.status_code == 403, "the old key is gone: the form is offered again, nobody is signed out"


async def token_in_mail(portal: Portal, house: House) -> str:
    resources = portal.resources
    async with resources.database.tenant_session(house.tenant) as session:
        mails = await session.scalars(select(MailRow.id).where(MailRow.cause.startswith("reset:")).order_by(MailRow.id))
        token = await token_of(session, resources.safe, mails.all()[-1])
    assert token is not None
    return token.reveal()
