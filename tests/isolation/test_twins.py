"""Two tenants whose things have the same ids: each sees its own, changes its own, and leaves the other as it was."""

from collections.abc import Sequence
from io import BytesIO

import asyncpg
import pytest
from pypdf import PdfReader

from portico_tenants.access import CUSTOMER_PERMISSIONS, STAFF_PERMISSIONS, CustomerRole, Permission, StaffRole
from tests.isolation.filling import fingerprint
from tests.isolation.knocking import knock
from tests.isolation.routes import QUERIES, doors, doors_for
from tests.isolation.test_matrix import BESIDE
from tests.isolation.test_rights_end import STREAM
from tests.isolation.world import House, browser
from tests.portal.portal import Portal

Twins = tuple[House, House]
LISTS = ("", "?view=all", "?view=all&sort=-total", "?page=2", "?q=canary&view=all")
# Doors whose answer says nothing of anybody's things.
SILENT = {"/payments/{payment_id:uuid}/go", "/payments/return", "/payments/{payment_id:uuid}/status", "/staff/stripe"}
SILENT |= {"/staff/brand/preview", "/staff/brand/preview.css", "/staff/texts/preview"}  # sample figures


def may(who: str, permission: Permission | None) -> bool:
    held = {**{role.value: each for role, each in CUSTOMER_PERMISSIONS.items()}}
    held |= {role.value: each for role, each in STAFF_PERMISSIONS.items()}
    return permission is None or permission in held[who]


def text_of(content: bytes) -> str:
    """What a person reads: a paper's text, its title and author, or the page itself. Small letters."""
    if not content.startswith(b"%PDF"):
        return content.decode(errors="replace").lower()
    paper = PdfReader(BytesIO(content))
    written = " ".join(page.extract_text() for page in paper.pages)
    return f"{written} {paper.metadata} {paper.xmp_metadata}".lower()


@pytest.mark.parametrize("who", [CustomerRole.ADMIN.value, StaffRole.OWNER.value])
async def test_each_sees_its_own_behind_the_same_address(portal: Portal, twins: Twins, who: str) -> None:
    """Every page, file and export, with every query: one's own word stands there, the other's nowhere."""
    kinds = ("person", "customer" if who == "admin" else "staff")
    showing: set[str] = set()
    papers = 0
    for mine, other in (twins, twins[::-1]):
        opened = await browser(portal, mine, who)
        for door in doors_for(*kinds):
            if door.method != "GET" or door.path == STREAM or not may(who, door.access.permission):
                continue
            queries: Sequence[str] = (
                LISTS if not door.parameters else BESIDE if "reference" in door.parameters else ("",)
            )
            named = [name for name in door.asks if QUERIES[name] in mine.ids]
            asked = [f"?{name}={mine.ids[QUERIES[name]]}" for name in named]
            if door.path == "/payments/return":  # nothing to come back from
                queries = ()
            for beside in (*queries, *asked):
                answer = await knock(opened, door, mine.ids, beside=beside)
                assert answer.status_code in (200, 204, 303), (str(door), beside, answer.status_code)
                papers += answer.content.startswith(b"%PDF")
                text = text_of(answer.content)
                assert other.canary not in text, (str(door), beside)
                if mine.canary in text:
                    showing.add(door.path)
    expected = {
        door.path
        for door in doors_for(*kinds)
        if door.method == "GET" and may(who, door.access.permission) and door.path not in {*SILENT, STREAM}
    }
    assert expected - showing == set(), "these pages show nothing of the tenant: say so in SILENT, or look why"
    assert papers >= 2


@pytest.mark.parametrize("who", [CustomerRole.ADMIN.value, StaffRole.OWNER.value])
async def test_each_changes_its_own_behind_the_same_address(
    portal: Portal, twins: Twins, owner: asyncpg.Connection, who: str
) -> None:
    """Every form that the one may send, sent with ids that both have: not one row of the other is another after."""
    mine, other = twins
    before = await fingerprint(owner, other.tenant)
    own_before = await fingerprint(owner, mine.tenant)
    opened = await browser(portal, mine, who)
    done = []
    for door in doors_for("person", "customer" if who == "admin" else "staff"):
        if door.method == "GET" or door.path in ("/sign-out", "/switch") or not may(who, door.access.permission):
            continue
        answer = await knock(opened, door, mine.ids)
        assert answer.status_code < 500 or answer.status_code == 503, (str(door), answer.status_code)
        done.append((str(door), answer.status_code))
        assert other.canary not in answer.text.lower(), str(door)
    assert sum(status == 303 for _, status in done) >= 4, done
    assert await fingerprint(owner, other.tenant) == before
    changed = {name for name, told in (await fingerprint(owner, mine.tenant)).items() if told != own_before[name]}
    assert changed >= {"audit", "mail", "mailed_link"}


async def test_another_customer_changes_nothing_with_ids_that_are_not_theirs(
    portal: Portal, house: House, owner: asyncpg.Connection
) -> None:
    opened = await browser(portal, house, "stranger")
    its_own = {"audit", "login_session", "mailed_link", "mail", "person", "sign_in_attempt"}
    before = await fingerprint(owner, house.tenant, but=its_own)
    for door in doors_for("person", "customer"):
        if door.method != "GET" and door.path not in ("/sign-out", "/members/invite"):
            await knock(opened, door, house.ids)
    assert await fingerprint(owner, house.tenant, but=its_own) == before
    for table in ("mailed_link", "person"):
        held = await owner.fetchval(
            f"SELECT count(*) FROM {house.tenant.role}.{table} t WHERE t::text LIKE $1", f"%{house.canary}%"
        )
        assert held >= 2, table


def test_every_door_is_of_a_kind_that_is_tried() -> None:
    kinds = {door.access.kind for door in doors()}
    assert kinds == {"public", "person", "customer", "staff", "operator", "sender", "platform", "probe"}
