"""The editor of texts as staff use it: kept, looked at, published for everybody, undone; refused in a sentence."""

import re

import pytest
import pytest_asyncio
from sqlalchemy import select

from portico_tenants.access import StaffRole
from portico_tenants.audit import AuditRow
from portico_tenants.mails import MailRow
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from tests.factories.people import make_person
from tests.portal.portal import Browser, Portal
from tests.portal.staff import seen_in, signed_in

HERE = "/staff/texts"
INVITATION = {"about": "invitation", "language": "de"}
HTMX = {"hx-request": "true"}


@pytest_asyncio.fixture
async def ada(portal: Portal, database: Database, tenant: Tenant) -> Browser:
    return await signed_in(portal, database, tenant, name="Ada")


async def test_words_are_the_editors_until_they_are_published_and_then_everybodys(
    portal: Portal, database: Database, tenant: Tenant, other_tenant: Tenant, ada: Browser
) -> None:
    await ada.get(HERE)
    typed = {"about": "portal", "language": "de", "seen": "0", "welcome": "Grüß Gott bei {company}! {{ 7*7 }} <b>"}
    kept = await ada.post(HERE, typed)
    assert kept.headers["location"] == f"{HERE}?about=portal&language=de"
    visitor = portal.at(tenant, headers={"accept-language": "de"})
    assert "Grüß Gott" not in (await visitor.get("/sign-in")).text
    page = await ada.get(HERE, params={"language": "de"})
    assert "Publish one text" in page.text
    assert "Back to our wording" in page.text
    framed = await ada.get(f"{HERE}/preview", params={"about": "portal", "language": "de"})
    said = f"Grüß Gott bei {tenant.name}! {{{{ 7*7 }}}} &lt;b&gt;"
    assert said in framed.text
    assert "frame-ancestors 'self'" in framed.headers["content-security-policy"]

    await ada.post(HERE, {"about": "portal", "language": "de", "do": "publish", "seen": seen_in(page)})
    assert said in (await visitor.get("/sign-in")).text
    assert said not in (await portal.at(tenant).get("/sign-in")).text, "English is another matter"
    assert "Grüß Gott" not in (await portal.at(other_tenant, headers={"accept-language": "de"}).get("/sign-in")).text
    async with database.tenant_session(tenant) as session:
        entry = (await session.scalars(select(AuditRow).where(AuditRow.object_type == "texts"))).one()
    assert (entry.action, list(entry.after or {})) == ("texts.published", ["de.welcome"])

    page = await ada.get(HERE)
    number = re.search(r'name="number" value="(\d+)"', page.text)
    assert number is not None
    await ada.post(f"{HERE}/restore", {"number": number[1], "seen": seen_in(page)})
    assert "Grüß Gott" not in (await visitor.get("/sign-in")).text
    assert "Undone: what was published before is shown again." in (await ada.get(HERE)).text


async def test_a_mail_says_them_in_its_readers_language(
    portal: Portal, database: Database, tenant: Tenant, ada: Browser
) -> None:
    await ada.get(HERE)
    words = {"invitation-subject": "Servus, {inviter} lädt ein", "invitation-closing": "Bis bald!\n{portal}"}
    await ada.post(HERE, {**INVITATION, **words, "do": "publish", "seen": "0"})
    async with database.tenant_session(tenant) as session:
        await make_person(session, email="known@a.example", language="de")
    await ada.get("/staff/members")
    for email in ("known@a.example", "new@a.example"):
        await ada.post("/staff/members/invite", {"email": email, "name": "", "role": "service"})

    async with database.tenant_session(tenant) as session:
        mails = {row.recipient: row for row in (await session.scalars(select(MailRow))).all()}

    known, new = mails["known@a.example"], mails["new@a.example"]
    assert known.subject == "Servus, Ada lädt ein"
    assert f"Bis bald!\n{tenant.host}" in known.plain
    assert f"Bis bald!<br>{tenant.host}" in known.html
    assert '<html lang="de">' in known.html
    assert new.subject == f"Ada invites you to work for {tenant.name}", "the language of the tenant"


async def test_what_cannot_be_said_is_refused_and_stays_in_its_field(ada: Browser) -> None:
    await ada.get(HERE)
    typed = {**INVITATION, "invitation-subject": "{firma} lädt ein", "invitation-headline": "x" * 121, "seen": "0"}

    refused = await ada.post(HERE, typed)

    assert refused.status_code == 422
    assert "Subject: {firma} is not known here. You can use {name}, {inviter}, {place}," in refused.text
    assert "First line: 121 characters are too many, 120 fit" in refused.text
    assert 'value="{firma} lädt ein"' in refused.text
    assert "<title>Error:" in refused.text
    fragment = await ada.post(HERE, typed, headers=HTMX)
    assert fragment.status_code == 422
    assert "<html" not in fragment.text


async def test_ours_come_back_one_by_one(ada: Browser) -> None:
    await ada.get(HERE)
    words = {"invitation-subject": "A", "invitation-headline": "B"}
    kept = await ada.post(HERE, {**INVITATION, **words, "seen": "0"}, headers=HTMX)
    assert "1 of 120 characters" in kept.text

    await ada.post(HERE, {**INVITATION, **words, "ours": "invitation-subject", "seen": seen_in(kept)})
    page = await ada.get(HERE, params=INVITATION)

    assert "Publish one text" in page.text
    assert 'value="{inviter} lädt Sie ein, für {place} zu arbeiten"' in page.text
    assert 'value="B"' in page.text
    await ada.post(HERE, {**INVITATION, "invitation-headline": "{inviter} lädt Sie ein", "seen": seen_in(page)})
    assert "Back to our wording" not in (await ada.get(HERE, params=INVITATION)).text


async def test_nobody_writes_over_what_somebody_else_left_unseen(
    portal: Portal, database: Database, tenant: Tenant, ada: Browser
) -> None:
    bob = await signed_in(portal, database, tenant, name="Bob")
    await ada.get(HERE)
    await bob.get(HERE)
    await ada.post(HERE, {**INVITATION, "invitation-subject": "Adas", "seen": "0"})

    late = await bob.post(HERE, {**INVITATION, "invitation-subject": "Bobs", "seen": "0"})

    assert late.status_code == 409
    assert "Ada changed the texts since you opened this page." in late.text
    assert 'value="Bobs"' in late.text


@pytest.mark.parametrize("role", [StaffRole.FINANCE, StaffRole.SERVICE])
async def test_other_roles_see_no_editor(portal: Portal, database: Database, tenant: Tenant, role: StaffRole) -> None:
    somebody = await signed_in(portal, database, tenant, role)

    assert (await somebody.get(HERE)).status_code == 403
    assert (await somebody.get(f"{HERE}/preview")).status_code == 403
