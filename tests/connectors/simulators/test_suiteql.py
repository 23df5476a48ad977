"""SuiteQL over REST: pages, values as text, names, dates, what accounts lack, and what the service refuses."""

import time
from datetime import date

import pytest

from tests.connectors.simulators.running import ONE_WORLD, SUITEQL, TRANSIENT, Simulator

BEGINS = "Invalid search query. Detailed unprocessed description follows. "


def _refusal(simulator: Simulator, query: str) -> str:
    answer = simulator.suiteql(query)
    assert answer.status_code == 400, answer.text
    detail = answer.json()["o:errorDetails"][0]
    assert (detail["o:errorCode"], detail["o:errorQueryParam"]) == ("INVALID_PARAMETER", "q")
    assert detail["detail"].startswith(BEGINS)
    return str(detail["detail"]).removeprefix(BEGINS)


def test_pages_meet_without_gap_or_repeat_and_link_to_each_other(simulator: Simulator) -> None:
    query = "SELECT id FROM transaction ORDER BY id"
    found, href = [], f"{SUITEQL}?limit=100&offset=0"
    while href:
        page = simulator.client().post(href, json={"q": query}, headers=TRANSIENT).json()
        found += [row["id"] for row in page["items"]]
        assert page["count"] == len(page["items"])
        assert ("next" in {link["rel"] for link in page["links"]}) == page["hasMore"]
        assert ("prev" in {link["rel"] for link in page["links"]}) == (page["offset"] > 0)
        href = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")

    assert len(found) == len(set(found)) == page["totalResults"]
    assert found == sorted(found, key=int)


def test_values_are_text_keys_are_lower_case_and_nulls_are_absent(simulator: Simulator) -> None:
    row = simulator.rows("SELECT Id AS myID, isInactive, parent, creditLimit, COUNT(*) OVER () AS N FROM customer")[0]

    assert row["links"] == []
    assert row["isinactive"] == "F"
    assert int(row["n"]) >= 12
    assert "parent" not in row
    assert all(isinstance(value, str) for key, value in row.items() if key != "links")
    assert "myid" in row


def test_the_preference_transient_is_required(simulator: Simulator) -> None:
    answer = simulator.client().post(SUITEQL, json={"q": "SELECT id FROM term"})

    assert answer.status_code == 400


def test_the_body_counts_whatever_its_media_type(simulator: Simulator) -> None:
    headers = {**TRANSIENT, "Content-Type": "text/plain"}

    assert simulator.client().post(SUITEQL, content=b'{"q":"SELECT id FROM term"}', headers=headers).status_code == 200


@pytest.mark.parametrize("page", [{"limit": 0}, {"limit": 1001}, {"limit": 10, "offset": 5}])
def test_bad_pages_are_refused(simulator: Simulator, page: dict[str, int]) -> None:
    assert simulator.suiteql("SELECT id FROM customer", page=page).status_code == 400


def test_a_query_ends_at_the_cap_on_rows(simulator: Simulator) -> None:
    with simulator.options(row_cap=300):
        last = simulator.suiteql("SELECT id FROM transaction ORDER BY id", page={"limit": 100, "offset": 200}).json()
        beyond = simulator.suiteql("SELECT id FROM transaction ORDER BY id", page={"limit": 100, "offset": 300})

    assert (last["count"], last["hasMore"], last["totalResults"]) == (100, False, 300)
    assert beyond.status_code == 400


def test_a_status_is_selected_bare_and_compared_whole(simulator: Simulator) -> None:
    rows = simulator.rows(
        "SELECT status, BUILTIN.DF(status) AS shown, BUILTIN.DF(type) AS kind FROM transaction "
        "WHERE status IN ('CustInvc:A', 'CustInvc:B') AND type = 'CustInvc'"
    )

    assert {(row["status"], row["shown"], row["kind"]) for row in rows} == {
        ("A", "Invoice : Open", "Invoice"),
        ("B", "Invoice : Paid In Full", "Invoice"),
    }
    assert simulator.rows("SELECT id FROM transaction WHERE status = 'A'") == []
    with simulator.options(bare_status=True):
        assert simulator.rows("SELECT id FROM transaction WHERE status = 'A'")


def test_raw_dates_are_in_the_accounts_format(simulator: Simulator) -> None:
    query = "SELECT trandate, lastmodifieddate, TO_CHAR(trandate, 'YYYY-MM-DD') AS iso FROM transaction WHERE id = 1"
    plain, german = simulator.rows(query)[0], simulator.rows(query, account=ONE_WORLD)[0]
    day = date.fromisoformat(plain["iso"])

    assert plain["trandate"] == f"{day.month}/{day.day}/{day.year}"
    assert german["trandate"] == date.fromisoformat(german["iso"]).strftime("%d.%m.%Y")
    with simulator.options(datetime_with_time=True):
        assert simulator.rows(query)[0]["lastmodifieddate"].endswith(("am", "pm"))


def test_times_are_wall_times_of_the_account(simulator: Simulator) -> None:
    query = "SELECT TO_CHAR(SYSDATE, 'HH24') AS wall, TO_CHAR(SYS_EXTRACT_UTC(SYSDATE), 'HH24') AS utc FROM dual"
    row = simulator.rows(query, account=ONE_WORLD)[0]

    assert (int(row["wall"]) - int(row["utc"])) % 24 in (1, 2)


def test_dates_compare_through_to_date_alone(simulator: Simulator) -> None:
    later = "SELECT COUNT(*) AS n FROM transaction WHERE trandate >= TO_DATE('{}', 'YYYY-MM-DD')"

    assert simulator.rows(later.format("2000-01-01"))[0]["n"] != "0"
    assert simulator.rows(later.format("2999-01-01"))[0]["n"] == "0"
    _refusal(simulator, "SELECT id FROM transaction WHERE trandate > '2020-01-01'")
    _refusal(simulator, "SELECT id FROM transaction WHERE trandate > DATE '2020-01-01'")


def test_both_notations_of_outer_joins_give_the_same(simulator: Simulator) -> None:
    ansi = simulator.rows(
        "SELECT c.id, COUNT(t.id) AS n FROM customer c LEFT JOIN transaction t "
        "ON t.entity = c.id AND t.type = 'CustCred' GROUP BY c.id ORDER BY c.id"
    )
    oracle = simulator.rows(
        "SELECT c.id, COUNT(t.id) AS n FROM customer c, transaction t "
        "WHERE t.entity(+) = c.id AND t.type(+) = 'CustCred' GROUP BY c.id ORDER BY c.id"
    )

    assert ansi == oracle
    assert {"0"} < {row["n"] for row in ansi}


def test_rownum_counts_before_the_order_is_made(simulator: Simulator) -> None:
    first = simulator.rows("SELECT id FROM transaction WHERE ROWNUM <= 3 ORDER BY id DESC")
    best = simulator.rows("SELECT id FROM (SELECT id FROM transaction ORDER BY id DESC) WHERE ROWNUM <= 3")

    numbers = [int(row["id"]) for row in first]
    assert len(best) == len(numbers) == 3
    assert numbers == sorted(numbers, reverse=True)
    assert max(numbers) < min(int(row["id"]) for row in best)


def test_ids_compare_quoted_and_bare_and_parameters_bind(simulator: Simulator) -> None:
    assert len(simulator.rows("SELECT id FROM term WHERE id IN ('1', 2, ?)", "3")) == 3
    assert simulator.rows("SELECT ? AS word, id FROM term WHERE id = ?", "hello", "2")[0]["word"] == "hello"
    assert simulator.rows("SELECT id FROM term WHERE name = ?", "O'Brien") == []


def test_line_amounts_are_on_the_credit_side(simulator: Simulator) -> None:
    row = simulator.rows(
        "SELECT tl.quantity, tl.foreignamount, t.foreigntotal FROM transactionline tl "
        "JOIN transaction t ON t.id = tl.transaction WHERE t.type = 'CustInvc' AND tl.mainline = 'F' "
        "AND tl.taxline = 'F' AND tl.accountinglinetype = 'INCOME' AND t.id = (SELECT MIN(id) FROM transaction)"
    )[0]

    assert row["quantity"].startswith("-")
    assert row["foreignamount"].startswith("-")
    assert not row["foreigntotal"].startswith("-")


def test_lines_of_a_document_balance(simulator: Simulator) -> None:
    unbalanced = simulator.rows(
        "SELECT transaction, SUM(foreignamount) AS rest FROM transactionline tl JOIN transaction t "
        "ON t.id = tl.transaction WHERE t.type <> 'CustPymt' GROUP BY transaction HAVING SUM(foreignamount) <> 0"
    )

    assert [row for row in unbalanced if abs(float(row["rest"])) > 0.001] == []


@pytest.mark.parametrize(
    "query",
    [
        "WITH a AS (SELECT id FROM customer) SELECT id FROM a",
        "SELECT id FROM customer LIMIT 5",
        "SELECT TOP 5 id FROM customer",
        "SELECT id FROM customer OFFSET 5 ROWS FETCH NEXT 5 ROWS ONLY",
        "SELECT LISTAGG(entityid, ',') FROM customer",
        "SELECT LEFT(entityid, 2) FROM customer",
        "SELECT SUBSTRING(entityid, 1, 2) FROM customer",
        "SELECT DATEDIFF(day, datecreated, lastmodifieddate) FROM customer",
        "SELECT entityid + 'x' FROM customer",
        "SELECT [id] FROM customer",
        "SELECT id FROM customer WHERE id IN (" + "1," * 1000 + "1)",
        "SELECT c.id FROM customer c JOIN contact k ON k.company = c.id, transaction t WHERE t.entity(+) = c.id",
        "SELECT id, MAX(entityid) FROM customer",
        'SELECT x.id FROM (SELECT "id" FROM customer) x',
        "DELETE FROM customer",
        "SELECT id FROM customer; SELECT id FROM customer",
        "SELECT id FROM",
    ],
)
def test_what_the_dialect_lacks_is_refused(simulator: Simulator, query: str) -> None:
    assert _refusal(simulator, query) == "Search error occurred: Invalid or unsupported search."


def test_unknown_names_are_named(simulator: Simulator) -> None:
    assert _refusal(simulator, "SELECT id FROM nosuch") == "Invalid search type: nosuch."
    assert (
        _refusal(simulator, "SELECT nosuch FROM customer")
        == "Search error occurred: Unknown identifier 'nosuch'. Available identifiers are: {customer=customer}"
    )


def test_what_belongs_to_a_feature_is_not_found_without_it(simulator: Simulator) -> None:
    assert "Record 'subsidiary' was not found." in _refusal(simulator, "SELECT id FROM subsidiary")
    assert "Field 'subsidiary'" in _refusal(simulator, "SELECT subsidiary FROM transactionline")
    assert simulator.rows("SELECT name FROM subsidiary", account=ONE_WORLD)
    with simulator.options(multi_currency=False):
        assert "Record 'currency'" in _refusal(simulator, "SELECT id FROM currency")
        assert "Field 'currency'" in _refusal(simulator, "SELECT currency FROM transaction")


def test_columns_can_be_missing_or_crash(simulator: Simulator) -> None:
    with simulator.options(missing_columns={"transaction": ["otherrefnum"]}):
        assert "Field 'otherrefnum' for record 'transaction' was not found." in _refusal(
            simulator, "SELECT otherrefnum FROM transaction"
        )
    with simulator.options(missing_columns={"customer": ["url"]}, crashing_columns={"customer": ["url"]}):
        answer = simulator.suiteql("SELECT url FROM customer")
        assert answer.status_code == 500
        assert answer.json()["o:errorDetails"][0]["o:errorCode"] == "UNEXPECTED_ERROR"


def test_without_the_workbook_permission_collections_fail_and_records_do_not(simulator: Simulator) -> None:
    with simulator.options(analytics_permission=False):
        query = simulator.suiteql("SELECT id FROM customer")
        listed = simulator.client().get("/services/rest/record/v1/customer")
        single = simulator.client().get("/services/rest/record/v1/term/1")

    assert query.json()["o:errorDetails"][0]["o:errorCode"] == "USER_ERROR"
    assert (listed.status_code, single.status_code) == (400, 200)


def test_a_change_between_pages_is_seen(simulator: Simulator) -> None:
    query = "SELECT id, memo FROM transaction WHERE type = 'CustInvc' ORDER BY id DESC"
    simulator.suiteql(query, page={"limit": 10})
    written = simulator.invoice(memo="between pages")

    shifted = simulator.suiteql(query, page={"limit": 10, "offset": 10}).json()
    fresh = simulator.suiteql(query, page={"limit": 10}).json()["items"]

    assert fresh[0]["id"] == written["id"]
    assert shifted["items"][0]["id"] != fresh[-1]["id"]


def test_a_full_page_is_quick(simulator: Simulator) -> None:
    query = "SELECT tl.*, BUILTIN.DF(tl.item) AS sku FROM transactionline tl ORDER BY tl.uniquekey"
    simulator.suiteql(query, page={"limit": 1000})
    started = time.perf_counter()
    answer = simulator.suiteql(query, page={"limit": 1000, "offset": 1000})

    assert answer.json()["count"] == 1000
    # Generous: other tests share the machine. Alone it takes a tenth.
    assert time.perf_counter() - started < 3
