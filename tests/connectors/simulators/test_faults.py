"""Faults on demand: each does what it says, where it says, as often as it says, and counts."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.connectors.simulators.running import ONE_WORLD, RECORDS, RESTLET, Simulator


def _get(simulator: Simulator, path: str = f"{RECORDS}/term/1") -> httpx.Response:
    return simulator.client().get(path)


def test_rate_limits_are_worded_by_service(simulator: Simulator) -> None:
    simulator.fault(kind="rate_limit", times=2, retry_after=3)
    rest, restlet = _get(simulator), _get(simulator, RESTLET)

    assert (rest.status_code, rest.headers["retry-after"]) == (429, "3")
    assert rest.json()["o:errorDetails"][0]["o:errorCode"] == "CONCURRENCY_LIMIT_EXCEEDED"
    assert (restlet.status_code, restlet.json()["error"]["code"]) == (400, "SSS_REQUEST_LIMIT_EXCEEDED")
    assert _get(simulator).status_code == 200


def test_server_errors_come_as_json_and_gateway_errors_as_html(simulator: Simulator) -> None:
    simulator.fault(kind="server_error")
    simulator.fault(kind="unavailable")
    server, gateway = _get(simulator), _get(simulator)

    assert (server.status_code, server.json()["o:errorDetails"][0]["o:errorCode"]) == (500, "UNEXPECTED_ERROR")
    assert "Error ID: " in server.text
    assert (gateway.status_code, gateway.headers["content-type"]) == (503, "text/html; charset=utf-8")


def test_a_lost_reply_was_done_a_reset_was_not(simulator: Simulator) -> None:
    invoice = simulator.invoice(amount="10.00")
    body = {"customer": {"id": 1}, "apply": {"items": [{"doc": {"id": invoice["id"]}, "amount": 3}]}}

    for kind, left in (("reset", "10.00"), ("lost_reply", "7.00")):
        fault = simulator.fault(kind=kind, method="POST", path="customerPayment")
        with pytest.raises(httpx.RemoteProtocolError):
            simulator.pay(body)
        assert simulator.fired(fault) == 1
        assert simulator.state(invoice["number"])["open"] == left


def test_answers_can_be_cut_short(simulator: Simulator) -> None:
    simulator.fault(kind="cut_json")
    half = _get(simulator)
    simulator.fault(kind="cut_body")

    assert half.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|Invalid"):
        half.json()
    with pytest.raises(httpx.RemoteProtocolError):
        _get(simulator)


def test_an_error_can_hide_behind_a_200(simulator: Simulator) -> None:
    simulator.fault(kind="error_body")
    answer = _get(simulator)

    assert (answer.status_code, answer.json()["error"]["code"]) == (200, "UNEXPECTED_ERROR")


def test_an_expired_token_says_so(simulator: Simulator) -> None:
    simulator.fault(kind="expired_token")
    answer = _get(simulator)

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_slow_is_slow(simulator: Simulator) -> None:
    simulator.fault(kind="slow", seconds=0.4)
    started = time.perf_counter()
    _get(simulator)

    assert time.perf_counter() - started >= 0.4


def test_scopes_and_counts(simulator: Simulator) -> None:
    by_path = simulator.fault(kind="server_error", path=r"currency/\d+", times=2, skip=1)
    by_account = simulator.fault(kind="server_error", account="7654321-sb1", times=1)
    by_body = simulator.fault(kind="server_error", body="FROM contact", times=1)

    assert [_get(simulator, f"{RECORDS}/currency/1").status_code for _ in range(4)] == [200, 500, 500, 200]
    assert simulator.suiteql("SELECT id FROM term").status_code == 200
    assert simulator.suiteql("SELECT id FROM contact").status_code == 500
    assert simulator.client(ONE_WORLD).get(f"{RECORDS}/term/1").status_code == 500
    assert [simulator.fired(fault) for fault in (by_path, by_account, by_body)] == [2, 1, 1]


def test_a_fault_can_be_taken_back(simulator: Simulator) -> None:
    fault = simulator.fault(kind="server_error", times=100)
    assert _get(simulator).status_code == 500
    simulator.control.delete(f"/faults/{fault}")

    assert _get(simulator).status_code == 200


def test_a_fault_that_nobody_knows_is_refused(simulator: Simulator) -> None:
    assert simulator.control.post("/faults", json={"kind": "gremlin"}).status_code == 400
    assert simulator.control.post("/faults", json={"kind": "slow", "path": "("}).status_code == 400


def test_more_requests_at_once_than_the_account_allows_are_blocked(simulator: Simulator) -> None:
    simulator.fault(kind="hold", seconds=1.0, times=5, path="term/1")
    with ThreadPoolExecutor(5) as pool:
        held = [pool.submit(_get, simulator) for _ in range(5)]
        time.sleep(0.5)
        rest, restlet = _get(simulator), _get(simulator, RESTLET)
        answers = [one.result().status_code for one in held]

    assert (rest.status_code, restlet.status_code) == (429, 400)
    assert answers == [200] * 5
    assert _get(simulator).status_code == 200


def test_requests_are_counted(simulator: Simulator) -> None:
    simulator.control.delete("/requests")
    simulator.fault(kind="reset", path="term/1")
    with pytest.raises(httpx.RemoteProtocolError):
        _get(simulator)
    _get(simulator)
    log = simulator.control.get("/requests").json()

    assert log["total"] == 2
    assert {(one["status"], one["count"]) for one in log["counts"]} == {(0, 1), (200, 1)}
    assert log["last"][0]["account"] == "1234567"
