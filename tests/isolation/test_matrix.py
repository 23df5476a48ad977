"""Every door, tried by everybody who may not come in. What is not yours and what is not there answer alike."""

from typing import Any

import asyncpg
import httpx
import pytest

from portico_tenants.access import CUSTOMER_PERMISSIONS, STAFF_PERMISSIONS, CustomerRole, StaffRole
from portico_tenants.audit import REFUSED
from tests.isolation.knocking import SAME_ORIGIN, knock, whole
from tests.isolation.routes import FORMS, QUERIES, doors, doors_for, doors_with_secrets
from tests.isolation.world import House, browser, nothing
from tests.portal.portal import Portal

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
BESIDE = ("", ".pdf")


def test_every_parameter_query_and_form_of_every_route_is_known_here(house: House) -> None:
    unknown = {name for door in doors() for name in door.parameters} - set(house.ids)
    assert not unknown, f"teach tests/isolation/world.py what {unknown} are"
    asked = {name for door in doors() for name in door.asks} - set(QUERIES)
    assert not asked, f"teach tests/isolation/routes.py what {asked} are"
    assert {door.path for door in doors() if door.method != "GET"} == set(FORMS), "each form and no other is known"
    assert len(doors()) > 70


async def test_signed_out_one_gets_to_the_door_and_no_further(portal: Portal, house: House) -> None:
    opened = await browser(portal, house, None)
    for door in doors_for("person", "customer", "staff"):
        theirs, absent = [await knock(opened, door, ids) for ids in (house.ids, nothing(house))]
        for answer in (theirs, absent):
            assert answer.status_code == 303, door
            assert answer.headers["location"].startswith("/sign-in"), door
        assert theirs.content == absent.content, door


async def test_a_customers_role_without_the_permission_is_refused(portal: Portal, house: House) -> None:
    for role in CustomerRole:
        opened = await browser(portal, house, role.value)
        for door in doors_for("customer", "staff"):
            if door.access.permission not in CUSTOMER_PERMISSIONS[role]:
                theirs, absent = [await knock(opened, door, ids) for ids in (house.ids, nothing(house))]
                assert theirs.status_code == 403, (role, str(door))
                assert whole(theirs) == whole(absent), (role, str(door))


async def test_a_staff_role_without_the_permission_is_refused(portal: Portal, house: House) -> None:
    for role in StaffRole:
        opened = await browser(portal, house, role.value)
        for door in doors_for("staff"):
            if door.access.permission not in STAFF_PERMISSIONS[role]:
                theirs, absent = [await knock(opened, door, ids) for ids in (house.ids, nothing(house))]
                assert theirs.status_code == 403, (role, str(door))
                assert whole(theirs) == whole(absent), (role, str(door))
        for door in doors_for("customer"):
            answer = await knock(opened, door, house.ids)
            assert (answer.status_code, answer.headers.get("location")) == (303, "/staff"), (role, str(door))


async def test_another_customers_things_are_as_if_they_were_not_there(
    portal: Portal, house: House, owner: asyncpg.Connection
) -> None:
    opened = await browser(portal, house, "stranger")
    refused = 0
    for door in doors_with_secrets("person", "customer"):
        for ids in (house.ids, house.ids | {"reference": house.ids["credit"], "credit": house.ids["reference"]}):
            for beside in BESIDE if "reference" in door.parameters else ("",):
                theirs = await knock(opened, door, ids, beside=beside)
                absent = await knock(opened, door, nothing(house), beside=beside)
                assert theirs.status_code == 404, (str(door), theirs.status_code)
                assert whole(theirs) == whole(absent), (str(door), beside)
                assert house.canary not in theirs.text
                refused += 2
    trail = await owner.fetch(
        f"SELECT object_id, after FROM {house.tenant.role}.audit WHERE action = $1 ORDER BY id", REFUSED
    )
    assert len(trail) == refused
    assert {row["object_id"] for row in trail} == {str(house.people["stranger"].id)}
    assert any(str(house.ids["payment_id"]) in row["after"] for row in trail)


@pytest.mark.parametrize("who", ["admin", "owner"])
async def test_another_tenants_things_are_as_if_they_were_not_there(
    portal: Portal, house: House, other_house: House, owner: asyncpg.Connection, who: str
) -> None:
    opened = await browser(portal, other_house, who)
    doors_of_theirs = doors_with_secrets("person", "customer" if who == "admin" else "staff")
    refused = 0
    for door in doors_of_theirs:
        for beside in BESIDE if "reference" in door.parameters else ("",):
            theirs = await knock(opened, door, house.ids, beside=beside)
            absent = await knock(opened, door, nothing(house), beside=beside)
            assert theirs.status_code == 404, (str(door), theirs.status_code)
            assert whole(theirs) == whole(absent), (str(door), beside)
            refused += 2
    count = "SELECT count(*) FROM {}.audit WHERE action = '" + REFUSED + "'"
    assert await owner.fetchval(count.format(other_house.tenant.role)) == refused
    assert await owner.fetchval(count.format(house.tenant.role)) == 0


async def test_what_a_form_or_a_query_names_is_as_if_it_were_not_there(
    portal: Portal, house: House, other_house: House
) -> None:
    """Ids that stand beside the path: the switch, the way back from Stripe, a selection, where a trail continues."""
    strangers = await browser(portal, house, "stranger"), await browser(portal, other_house, "admin")
    for opened in strangers:
        for address in ("/payments/return?s={checkout}", "/staff/audit?before={audit}"):
            theirs, absent = [
                await opened.client.get(address.format_map(ids), headers={"x-request-id": "compare-these-two"})
                for ids in (house.ids, nothing(house))
            ]
            assert whole(theirs) == whole(absent), address
        for door in doors_for("person", "customer"):
            if door.method != "GET" and any("{" in value for value in FORMS[door.path].values()):
                ids = nothing(house)
                absent, theirs = [
                    await knock(opened, door, each | {"form_key": ids["form_key"]}) for each in (ids, house.ids)
                ]
                assert theirs.status_code == absent.status_code, str(door)
                assert house.canary not in theirs.text
                assert str(house.ids["reference"]) not in theirs.text


async def test_methods_that_a_path_does_not_have_tell_nothing(
    portal: Portal, house: House, other_house: House, owner: asyncpg.Connection
) -> None:
    paths = {door.path: door for door in doors_with_secrets("person", "customer", "staff")}
    for opened in (await browser(portal, house, "stranger"), await browser(portal, other_house, "owner")):
        for path, door in paths.items():
            for method in set(METHODS) - {each.method for each in doors() if each.path == path}:
                headers = {**SAME_ORIGIN, "x-request-id": "compare-these-two", "x-csrf-token": opened.tokens[-1]}
                theirs, absent = [
                    await opened.client.request(method, door.at(ids), headers=headers)
                    for ids in (house.ids, nothing(house))
                ]
                assert theirs.status_code in (403, 404, 405), (method, path, theirs.status_code)
                assert whole(theirs) == whole(absent), (method, path)


async def test_no_list_shows_another_customers_things(portal: Portal, house: House) -> None:
    invoice = house.ids["reference"]
    asked = ("", "?view=all", "?view=all&sort=-total", "?view=all&q=canary", f"?line={invoice}&tick={invoice}")
    lists = [door for door in doors_for("person", "customer") if door.method == "GET" and not door.parameters]
    mine, stranger = await browser(portal, house, "admin"), await browser(portal, house, "stranger")
    showing = set()
    for door in lists:
        for query in asked:
            if house.canary in (await mine.client.get(door.path + query)).text:
                showing.add(door.path)
            assert house.canary not in (await stranger.client.get(door.path + query)).text, (str(door), query)
    assert showing >= {"/", "/invoices", "/invoices.csv", "/credits", "/members", "/payments/select"}


async def test_a_session_opens_nothing_at_another_tenants_host(
    portal: Portal, house: House, other_house: House
) -> None:
    for who in ("admin", "owner"):
        opened = portal.at(other_house.tenant, cookies=httpx.Cookies({"session": house.tokens[who]}))
        opened.tokens = (await browser(portal, house, who)).tokens
        for door in doors_for("person", "customer", "staff"):
            answer = await knock(opened, door, house.ids)
            assert answer.headers.get("location", "").startswith("/sign-in"), (who, str(door), answer.status_code)


async def test_a_brand_file_is_its_tenants_alone(portal: Portal, house: House, other_house: House, owner: Any) -> None:
    """Names carry their content's hash, so the same name elsewhere is the same picture; here it is made to differ."""
    answers = {}
    for each in (house, other_house):
        opened = await browser(portal, each, None)
        answers[each.canary] = (await opened.client.get(f"/brand/{each.ids['file']}")).content
    assert answers == {each.canary: f"picture of {each.canary}".encode() for each in (house, other_house)}
    await owner.execute(f"DELETE FROM {other_house.tenant.role}.brand_file")
    opened = await browser(portal, other_house, None)
    headers = {"x-request-id": "compare-these-two"}
    theirs = await opened.client.get(f"/brand/{house.ids['file']}", headers=headers)
    absent = await opened.client.get("/brand/mark.ffffffffffff.png", headers=headers)
    assert theirs.status_code == 404
    assert whole(theirs) == whole(absent)


async def test_the_platforms_doors_are_not_on_a_tenants_host(portal: Portal, house: House) -> None:
    opened = await browser(portal, house, "owner")
    token = {"authorization": "Bearer operators-token"}
    for door in doors_for("operator", "sender", "platform"):
        answer = await opened.client.request(door.method, door.at(house.ids), headers=token)
        assert answer.status_code == 404, str(door)


async def test_a_tenants_doors_are_not_on_the_platforms_host(portal: Portal, house: House) -> None:
    opened = portal.platform()
    opened.client.cookies.set("session", house.tokens["owner"])
    for door in doors_for("public", "person", "customer", "staff"):
        answer = await opened.client.request(door.method, door.at(house.ids), headers=SAME_ORIGIN)
        assert answer.status_code == 404, str(door)
