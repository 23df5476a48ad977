"""The record API: reading, filtering, writing and describing single records."""

import httpx
import pytest

from tests.connectors.simulators.running import ONE_WORLD, RECORDS, Simulator


def _code(answer: httpx.Response) -> str:
    return str(answer.json()["o:errorDetails"][0]["o:errorCode"])


def test_a_record_has_real_types_links_and_references(simulator: Simulator) -> None:
    record = simulator.client().get(f"{RECORDS}/customer/1").json()

    assert record["id"] == "1"
    assert record["isInactive"] is False
    assert isinstance(record["balance"], float)
    assert record["currency"]["refName"] == "British Pound"
    assert record["currency"]["links"][0]["href"].startswith(f"{simulator.url}{RECORDS}/currency/")
    assert record["lastModifiedDate"].endswith("Z")
    assert list(record["addressBook"]) == ["links"]


def test_the_type_in_the_path_has_no_case(simulator: Simulator) -> None:
    assert simulator.client().get(f"{RECORDS}/CUSTOMER/1").status_code == 200
    assert simulator.client().get(f"{RECORDS}/customerpayment").status_code == 200


def test_sublists_expand_and_have_addresses_of_their_own(simulator: Simulator) -> None:
    client = simulator.client()
    whole = client.get(f"{RECORDS}/customer/1", params={"expandSubResources": "true"}).json()["addressBook"]
    alone = client.get(f"{RECORDS}/customer/1/addressBook").json()
    key = alone["items"][0]["addressId"]
    address = client.get(f"{RECORDS}/customer/1/addressBook/{key}/addressBookAddress").json()

    assert whole["items"] == alone["items"]
    assert address["city"] == alone["items"][0]["addressBookAddress"]["city"]


def test_single_fields_and_plain_statuses_can_be_asked_for(simulator: Simulator) -> None:
    number = simulator.invoice()["id"]
    client = simulator.client()
    some = client.get(f"{RECORDS}/invoice/{number}", params={"fields": "tranId,status"}).json()
    plain = client.get(f"{RECORDS}/invoice/{number}", params={"simpleEnumFormat": "true"}).json()

    assert set(some) == {"links", "id", "tranId", "status"}
    assert some["status"] == {"id": "A", "refName": "Open"}
    assert plain["status"] == "A"


def test_collections_give_ids_alone(simulator: Simulator) -> None:
    page = simulator.client().get(f"{RECORDS}/customer", params={"limit": 5, "offset": 5}).json()

    assert (page["count"], page["offset"], page["hasMore"]) == (5, 5, True)
    assert all(set(item) == {"links", "id"} for item in page["items"])


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("entityId IS C10001", 1),
        ("entityId IS_NOT C10001 AND entityId START_WITH C100", 11),
        ('entityId START_WITH "C1001" AND isInactive IS false', 3),
        ("id ANY_OF [1, 4, 99999]", None),
        ("(entityId IS C10001 OR entityId IS C10002) AND email CONTAIN ACCOUNTS", 2),
        ("entityId IS C10001 OR entityId IS C10002 AND entityId IS C10003", 1),
        ("parent EMPTY AND entityId START_WITH C100", 12),
        ("creditLimit GREATER 0", None),
        ('dateCreated ON_OR_AFTER "1/1/2020" AND entityId START_WITH C100', 12),
        ('dateCreated BEFORE "1/1/2020"', 0),
    ],
)
def test_filters(simulator: Simulator, text: str, count: int | None) -> None:
    answer = simulator.client().get(f"{RECORDS}/customer", params={"q": text})

    assert answer.status_code == 200, answer.text
    if count is not None:
        assert answer.json()["totalResults"] == count


def test_filters_take_dates_in_the_users_format_only(simulator: Simulator) -> None:
    def ask(account: str, text: str) -> httpx.Response:
        return simulator.client(account).get(f"{RECORDS}/customer", params={"q": f'dateCreated AFTER "{text}"'})

    refused = ask(ONE_WORLD, "2022-12-31")

    assert _code(refused) == "INVALID_PARAMETER"
    detail = refused.json()["o:errorDetails"][0]["detail"]
    assert detail.endswith('failed with date format "dd.MM.yyyy" in time zone Europe/Berlin')
    assert ask(ONE_WORLD, "31.12.2022").status_code == 200


def test_filters_on_unknown_fields_are_refused(simulator: Simulator) -> None:
    client = simulator.client()

    assert _code(client.get(f"{RECORDS}/customer", params={"q": "nosuch IS 1"})) == "NONEXISTENT_FIELD"
    assert _code(client.get(f"{RECORDS}/customer", params={"q": "entityId IS"})) == "INVALID_PARAMETER"


def test_a_customer_is_made_changed_found_by_external_id_and_deleted(simulator: Simulator) -> None:
    client = simulator.client()
    body = {
        "companyName": "Neukunde Grün & Söhne GmbH",
        "externalId": "portal-customer-1",
        "currency": {"id": "2"},
        "terms": {"id": 3},
        "addressBook": {
            "items": [
                {"label": "Büro", "defaultBilling": True, "addressBookAddress": {"addr1": "Ring 1", "city": "Köln"}}
            ]
        },
    }
    made = client.post(f"{RECORDS}/customer", json=body)
    number = made.headers["location"].rsplit("/", 1)[1]
    again = client.post(f"{RECORDS}/customer", json=body)
    changed = client.patch(f"{RECORDS}/customer/eid:portal-customer-1", json={"EMAIL": "post@gruen.example"})
    found = client.get(f"{RECORDS}/customer/eid:portal-customer-1").json()
    book = client.get(f"{RECORDS}/customer/{number}/addressBook").json()
    gone = client.delete(f"{RECORDS}/customer/{number}")

    assert (made.status_code, made.content) == (204, b"")
    assert again.json()["o:errorDetails"][0]["detail"].endswith("This entity already exists.")
    assert changed.status_code == 204
    assert (found["id"], found["email"], found["currency"]["id"]) == (number, "post@gruen.example", "2")
    assert book["items"][0]["addressBookAddress"]["city"] == "Köln"
    assert gone.status_code == 204
    assert client.get(f"{RECORDS}/customer/{number}").status_code == 404
    trace = simulator.rows("SELECT type, name FROM deletedrecord WHERE recordid = ?", number)
    assert trace[0]["type"] == "Customer"


def test_put_writes_by_external_id_only(simulator: Simulator) -> None:
    client = simulator.client()
    first = client.put(f"{RECORDS}/contact/eid:portal-contact-1", json={"firstName": "Eva", "lastName": "Ros"})
    second = client.put(f"{RECORDS}/contact/eid:portal-contact-1", json={"email": "eva@ros.example"})

    assert first.headers["location"] == second.headers["location"]
    assert client.get(f"{RECORDS}/contact/eid:portal-contact-1").json()["lastName"] == "Ros"
    assert client.put(f"{RECORDS}/contact/1", json={}).status_code == 405


def test_unknown_fields_are_refused_dropped_with_a_word_or_dropped(simulator: Simulator) -> None:
    def post(validation: str) -> httpx.Response:
        return simulator.client().post(
            f"{RECORDS}/contact",
            json={"lastName": "Kay", "nosuch": 1},
            headers={"X-NetSuite-PropertyNameValidation": validation},
        )

    assert _code(post("error")) == "INVALID_CONTENT"
    assert post("warning").headers["x-netsuite-propertyvalidation"] == "nosuch"
    assert "x-netsuite-propertyvalidation" not in post("ignore").headers


def test_mandatory_fields_are_asked_for(simulator: Simulator) -> None:
    plain = simulator.client().post(f"{RECORDS}/customer", json={"email": "a@b.example"})
    one_world = simulator.client(ONE_WORLD).post(f"{RECORDS}/customer", json={"companyName": "Some Ltd"})

    assert "Please enter value(s) for: Company Name." in plain.text
    assert "Please enter value(s) for: Primary Subsidiary." in one_world.text


def test_an_invoice_is_written_with_defaults_and_edited_by_line(simulator: Simulator) -> None:
    client = simulator.client()
    made = client.post(
        f"{RECORDS}/invoice",
        json={
            "entity": {"id": 1},
            "tranDate": "2026-03-01",
            "otherRefNum": "PO 9",
            "item": {"items": [{"item": {"id": 1}, "quantity": 3, "rate": 1.05}, {"item": {"id": 2}, "amount": 10}]},
        },
    )
    path = made.headers["location"].removeprefix(simulator.url)
    client.patch(path, json={"item": {"items": [{"line": 1, "quantity": 4}]}})
    record = client.get(path, params={"expandSubResources": "true"}).json()

    assert record["dueDate"] == "2026-03-31"
    assert record["total"] == 14.2
    assert [line["amount"] for line in record["item"]["items"]] == [4.2, 10.0]
    assert "Available identifiers" not in made.text


def test_records_of_another_kind_are_not_found_under_an_id(simulator: Simulator) -> None:
    number = simulator.invoice()["id"]

    assert _code(simulator.client().get(f"{RECORDS}/creditMemo/{number}")) == "NONEXISTENT_ID"
    assert _code(simulator.client().get(f"{RECORDS}/salesOrder/1")) == "NONEXISTENT_ID"


def test_asynchronous_requests_are_refused_not_ignored(simulator: Simulator) -> None:
    answer = simulator.client().post(
        f"{RECORDS}/contact", json={"lastName": "Kay"}, headers={"Prefer": "respond-async"}
    )

    assert answer.status_code == 400


def test_metadata_names_types_and_fields(simulator: Simulator) -> None:
    client = simulator.client()
    catalogue = client.get(f"{RECORDS}/metadata-catalog").json()
    schema = client.get(f"{RECORDS}/metadata-catalog/invoice", headers={"Accept": "application/schema+json"})

    assert "customerPayment" in {item["name"] for item in catalogue["items"]}
    assert "subsidiary" not in {item["name"] for item in catalogue["items"]}
    assert schema.headers["content-type"] == "application/schema+json"
    assert schema.json()["properties"]["otherRefNum"]["type"] == "string"
    assert client.get(f"{RECORDS}/metadata-catalog/nsLink").json()["properties"]["rel"]


def test_governance_limits_tell_the_limit(simulator: Simulator) -> None:
    limits = simulator.client().get("/services/rest/system/v1/governanceLimits").json()

    assert limits["accountConcurrencyLimit"] == 5


def test_another_language_than_the_companys_is_refused(simulator: Simulator) -> None:
    with simulator.options(language="en"):
        refused = simulator.client().get(f"{RECORDS}/term/1", headers={"Accept-Language": "de-DE,de;q=0.9"})
        taken = simulator.client().get(f"{RECORDS}/term/1", headers={"Accept-Language": "en"})

    assert refused.json()["o:errorDetails"][0]["o:errorHeader"] == "Accept-Language"
    assert taken.status_code == 200
