"""Canary secrets in every place a secret can be given: found afterwards in nothing that anybody reads."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import asyncpg
import httpx
import pytest
import pytest_asyncio
from aiosmtpd.controller import Controller
from sqlalchemy import update

from portico_core import logs
from portico_core.jobs import BrokerQueue
from portico_core.settings import Settings
from portico_portal.local.ports import free_port
from portico_portal.mail.send import send_due
from portico_portal.queue import make_broker
from portico_portal.sync import connections
from portico_portal.sync.fetch import Fetcher
from portico_tenants.mails import MailRow
from portico_tenants.session import Database
from tests.databases import RunDatabases
from tests.factories.tenants import make_tenant
from tests.hardening.secrets_tour import (
    MailServer,
    Read,
    answers_without,
    canary,
    dump,
    queued,
    secrets_of,
    with_canaries,
)
from tests.hardening.sessions_mail import links_to, make_resets
from tests.isolation.world import House, furnish
from tests.portal.portal import Browser, Portal, running

BROKEN = {"secret": "/staff/connection/test", "mailed_link": "/reset/{reset}", "sign_in_attempt": "/sign-in"}


@dataclass
class Toured:
    read: Read
    secrets: dict[str, str]
    own: dict[str, str]
    house: House
    email: str


@pytest_asyncio.fixture
async def toured(
    settings: Settings,
    owner: asyncpg.Connection,
    databases: RunDatabases,
    password_hash: str,
    capsys: pytest.CaptureFixture[str],
) -> AsyncIterator[Toured]:
    """The day, and all that was said in it."""
    read = Read()
    server = MailServer(read)
    controller = Controller(
        server, hostname="127.0.0.1", port=free_port(), authenticator=server, auth_required=True, auth_require_tls=False
    )
    controller.start()
    given = with_canaries(settings, smtp_port=controller.port)
    before = logging.getLogger().handlers
    logs.configure("json")
    database = Database(given.database, BrokerQueue(make_broker(given.redis_url)))
    try:
        house = await furnish(database, await make_tenant(owner, settings))
        async with running(given, database) as portal:
            own = await tour(portal, house, owner, server, read)
            read.said["metrics"] = (await portal.platform().client.get("/metrics")).text
        read.said["queue"] = queued(given.redis_url)
        read.said["answers"] = answers_without(read.answers, own)
        name = given.database.url.rpartition("/")[2]
        read.said["dump"] = await asyncio.to_thread(dump, databases.server.url_of(name))
        written = capsys.readouterr()
        read.said["logs"] = written.out + written.err
        yield Toured(read, secrets_of(given), own, house, house.people["payer"].email)
    finally:
        logging.getLogger().handlers = before
        controller.stop()
        await database.close()


async def tour(
    portal: Portal, house: House, owner: asyncpg.Connection, server: MailServer, read: Read
) -> dict[str, str]:
    """Tokens that came into being on the way, by name."""
    hook = {"event_hooks": {"response": [read.note]}}
    payer = portal.at(house.tenant, **hook)
    boss = portal.at(house.tenant, cookies=httpx.Cookies({"session": house.tokens["owner"]}), **hook)
    reset, invitation = await take_links(portal, house, payer, boss, server)
    await payer.get(f"/reset/{reset}")
    assert (await payer.post(f"/reset/{reset}", {"password": canary("typed-password")})).status_code == 303
    session = str(payer.client.cookies["session"])
    await sign_in_well_and_badly(portal, house, hook)
    await set_up_the_erp(portal, house, boss)
    for path in ("/", "/invoices", "/invoices.csv", "/members", "/profile", "/payments"):
        await payer.get(path)
    for path in ("/staff/audit", "/staff/sync", "/staff/stripe", "/staff/members", "/staff/payments", "/profile"):
        await boss.get(path)
    operator = portal.host("platform.test", **hook)
    await operator.get("/operator/sign-in")
    assert (await operator.post("/operator/sign-in", {"token": canary("operator")})).status_code == 303
    assert (await operator.get("/operator")).status_code == 200
    assert canary("operator") not in str(operator.client.cookies.jar)
    signed = {"stripe-signature": f"t=1,v1={canary('stripe-webhook')}"}
    await operator.client.post("/webhooks/stripe", content=b"{}", headers=signed)
    await break_things(house, owner, boss, reset)
    return {"session": session, "reset": reset, "invitation": invitation, "owner's session": house.tokens["owner"]}


async def take_links(
    portal: Portal, house: House, payer: Browser, boss: Browser, server: MailServer
) -> tuple[str, str]:
    """Asked for at the pages, refused by the mail server at first, then delivered."""
    resources, email = portal.resources, house.people["payer"].email
    await payer.get("/forgot")
    await payer.post("/forgot", {"email": email})
    await make_resets(portal, house.tenant)
    await boss.get("/staff/members")
    new = "new@firm.example"
    assert (await boss.post("/staff/members/invite", {"email": new, "name": "", "role": "service"})).status_code == 303
    tokens = [(await links_to(portal, house.tenant, each))[-1] for each in (email, new)]
    database, mail = resources.database, resources.settings.mail
    assert await send_due(database, house.tenant, mail, resources.safe) == 0
    assert server.refused
    server.right = canary("smtp")
    async with database.tenant_session(house.tenant) as session:
        await session.execute(update(MailRow).values(due_at=MailRow.created_at))
    assert await send_due(database, house.tenant, mail, resources.safe) >= 2
    return tokens[0], tokens[1]


async def sign_in_well_and_badly(portal: Portal, house: House, hook: Mapping[str, object]) -> None:
    email = house.people["payer"].email
    for path in ("/sign-in", "/sign-in?next=/invoices"):
        person = portal.at(house.tenant, **hook)
        await person.get(path)
        await person.post("/sign-in", {"email": email, "password": canary("wrong-password")})
        await person.post("/sign-in", {"email": canary("wrong-password"), "password": ""})
        stale = {"email": email, "password": canary("typed-password"), "csrf_token": "stale"}
        await person.client.post("/sign-in", data=stale, headers={"sec-fetch-site": "same-origin"})
        assert (await person.sign_in(email, canary("typed-password"))).status_code == 303


async def set_up_the_erp(portal: Portal, house: House, boss: Browser) -> None:
    """Typed, tried at an address that does not answer, stored, tried by the sync, shown again."""
    values = {
        "connector": "netsuite",
        "account_id": "1234567_SB1",
        "auth_method": "tba",
        "consumer_key": canary("consumer-key"),
        "consumer_secret": canary("consumer-secret"),
        "token_id": canary("token-id"),
        "token_secret": canary("token-secret"),
        "base_url": "http://127.0.0.1:1",
        "restlet_url": "http://127.0.0.1:1",
        "time_zone": "Europe/London",
    }
    await boss.get("/staff/connection")
    for changed in ({}, {"time_zone": "Nowhere"}, {"account_id": ""}):
        assert (await boss.post("/staff/connection/test", values | changed)).status_code == 422
    stale = values | {"csrf_token": "stale"}
    await boss.client.post("/staff/connection", data=stale, headers={"sec-fetch-site": "same-origin"})
    resources = portal.resources
    async with resources.database.tenant_session(house.tenant) as session:
        await connections.store(
            session, resources.safe, connector="netsuite", values=values, time_zone="UTC", actor="system:test"
        )
    fetcher = Fetcher(house.tenant, resources.database, resources.settings, resources.safe, resources.renderer)
    await fetcher.fetch()
    assert (await boss.get("/staff/connection")).status_code == 200


async def break_things(house: House, owner: asyncpg.Connection, boss: Browser, reset: str) -> None:
    """A table is gone while a form full of secrets arrives: the defect is logged with its trace."""
    form = {
        "connector": "netsuite",
        "token_secret": canary("token-secret"),
        "password": canary("typed-password"),
        "email": house.people["payer"].email,
    }
    await boss.get("/profile")
    for table, path in BROKEN.items():
        await owner.execute(f"ALTER TABLE {house.tenant.role}.{table} RENAME TO gone")
        try:
            answer = await boss.post(path.format(reset=reset), form)
        finally:
            await owner.execute(f"ALTER TABLE {house.tenant.role}.gone RENAME TO {table}")
        assert answer.status_code == 500, table


async def test_no_secret_is_read_anywhere(toured: Toured) -> None:
    """First that each place was really looked into: something that must stand there does."""
    said, house = toured.read.said, toured.house
    stands = {
        "answers": house.canary,
        "logs": '"event": "defect"',
        "metrics": "portico_request_seconds_bucket",
        "queue": "portico_portal.accounts.reset.send_reset",
        "dump": toured.email,
    }
    for place, word in stands.items():
        assert word in said[place], place
    assert said["logs"].count("Traceback") >= len(BROKEN)
    assert "sealed" in said["dump"]
    for place, text in said.items():
        for name, secret in {**toured.secrets, **toured.own}.items():
            if (place, name) == ("answers", "wrong-password"):
                continue  # typed as an address on purpose: that field is shown again
            assert secret not in text, (place, name)


async def test_a_link_reaches_its_person_and_nobody_else(toured: Toured) -> None:
    mails = toured.read.mails
    for name, recipient in (("reset", toured.email), ("invitation", "new@firm.example")):
        assert any(toured.own[name].encode() in mail.replace(b"=\r\n", b"") for mail in mails[recipient]), name
        others = b"".join(mail for to, sent in mails.items() if to != recipient for mail in sent)
        assert toured.own[name].encode() not in others.replace(b"=\r\n", b""), name
    everything = b"".join(mail for sent in mails.values() for mail in sent).decode()
    for name, secret in toured.secrets.items():
        assert secret not in everything, name
