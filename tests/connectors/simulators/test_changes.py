"""What the ERP's own users do, through the control API, and the paper that the RESTlet prints of it."""

import base64
import io
from typing import Any

import httpx
import pypdf

from tests.connectors.simulators.running import PLAIN, RESTLET, Simulator

SCRIPT = {"script": "customscript_portal_invoice_pdf", "deploy": "customdeploy_portal_invoice_pdf"}
HERE = {"account": PLAIN}


def _post(simulator: Simulator, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
    return simulator.control.post(path, params=HERE, json=body or {})


def test_an_invoice_is_written_edited_paid_and_credited(simulator: Simulator) -> None:
    invoice = simulator.invoice(amount="100.00", tax="20.00", po_number="PO-1", due_date="2026-12-24")
    number = invoice["number"]
    edited = simulator.control.patch(
        f"/documents/{number}",
        params=HERE,
        json={"memo": "agreed", "lines": [{"description": "Less of it", "quantity": "2", "rate": "40.00"}]},
    ).json()
    _post(simulator, "/payments", {"applications": {number: "30.00"}, "amount": "35.00"})
    credit = simulator.invoice(amount="10.00", type="creditMemo")
    _post(simulator, f"/credits/{credit['number']}/apply", {number: "10.00"})

    assert (edited["total"], edited["due_date"]) == ("100.00", "2026-12-24")
    assert simulator.state(number)["open"] == "60.00"
    credited = simulator.control.get("/credits", params={**HERE, "number": credit["number"]}).json()
    assert (credited[0]["open"], credited[0]["status"]) == ("0.00", "Fully Applied")
    row = simulator.rows(
        "SELECT foreigntotal, foreignpaymentamountused, foreignpaymentamountunused FROM transaction WHERE id = ?",
        credit["id"],
    )
    assert row[0] == {
        "links": [],
        "foreigntotal": "-10",
        "foreignpaymentamountused": "10",
        "foreignpaymentamountunused": "0",
    }


def test_an_edit_below_what_is_paid_is_refused(simulator: Simulator) -> None:
    invoice = simulator.invoice(amount="100.00")
    _post(simulator, "/payments", {"applications": {invoice["number"]: "80.00"}})
    lines = [{"description": "Less", "rate": "79.99"}]
    answer = simulator.control.patch(f"/documents/{invoice['number']}", params=HERE, json={"lines": lines})

    assert answer.status_code == 409


def test_voiding_keeps_the_number_deleting_leaves_a_trace_touching_moves_the_date(simulator: Simulator) -> None:
    voided, deleted, touched = (simulator.invoice() for _ in range(3))
    for invoice, verb in ((voided, "void"), (deleted, "delete"), (touched, "touch")):
        assert _post(simulator, f"/documents/{invoice['number']}/{verb}").status_code == 200

    row = simulator.rows("SELECT voided, status, foreigntotal FROM transaction WHERE id = ?", voided["id"])[0]
    assert (row["voided"], row["status"], row["foreigntotal"]) == ("T", "V", "0")
    assert simulator.rows("SELECT id FROM transaction WHERE id = ?", deleted["id"]) == []
    assert simulator.rows("SELECT name FROM deletedrecord WHERE recordid = ?", deleted["id"])
    assert simulator.state(touched["number"])["last_modified"] >= touched["last_modified"]


def test_a_customer_changes(simulator: Simulator) -> None:
    simulator.control.patch("/customers/C10003", params=HERE, json={"email": "new@kestrel.example", "isinactive": "T"})

    row = simulator.rows("SELECT email, isinactive FROM customer WHERE entityid = 'C10003'")[0]
    assert (row["email"], row["isinactive"]) == ("new@kestrel.example", "T")


def test_mistakes_get_a_sentence(simulator: Simulator) -> None:
    unknown = _post(simulator, "/payments", {"applications": {"INV99999": "1.00"}})
    fraction = _post(simulator, "/payments", {"applications": {simulator.invoice()["number"]: "1.001"}})
    unnamed = simulator.control.get("/invoices")

    assert (unknown.status_code, unknown.json()["detail"]) == (404, "no transaction INV99999")
    assert (fraction.status_code, fraction.json()["detail"]) == (400, "1.001 has more than two decimals")
    assert unnamed.status_code == 400


def test_payments_are_found_by_external_id(simulator: Simulator) -> None:
    invoice = simulator.invoice(amount="10.00")
    simulator.pay({"customer": {"id": 1}, "externalId": "seen-1", "apply": {"items": [{"doc": {"id": invoice["id"]}}]}})
    found = simulator.control.get("/payments", params={**HERE, "external_id": "seen-1"}).json()

    assert [(one["amount"], one["unapplied"], len(one["applications"])) for one in found] == [("10.00", "0.00", 1)]


def test_accounts_are_listed_without_secrets(simulator: Simulator) -> None:
    answer = simulator.control.get("/accounts")

    assert answer.json()[0]["counts"]["customer"] >= 12
    for credentials in simulator.credentials.values():
        for secret in (credentials.consumer_secret, credentials.token_secret, credentials.token_id):
            assert secret not in answer.text


def test_the_restlet_prints_the_invoice_as_it_stands(simulator: Simulator) -> None:
    lines = [{"description": f"Line {n} — Schraube #1 $x$", "quantity": "1.5", "rate": "2.00"} for n in range(60)]
    invoice = simulator.control.post("/documents", params=HERE, json={"customer": "C10002", "lines": lines}).json()
    answer = simulator.client().get(RESTLET, params={**SCRIPT, "id": invoice["id"]})
    paper = pypdf.PdfReader(io.BytesIO(base64.b64decode(answer.json()["base64"])))
    text = "\n".join(page.extract_text() for page in paper.pages)

    assert answer.json()["name"] == f"{invoice['number']}.pdf"
    assert len(paper.pages) == 2
    assert "Schraubenhandel Müller & Söhne GmbH" in text
    assert "Line 59 — Schraube #1 $x$" in text
    assert "180.00 EUR" in text


def test_the_restlet_says_that_it_is_ours(simulator: Simulator) -> None:
    assert simulator.client().get(RESTLET, params=SCRIPT).json() == {"portico": 1}


def test_the_restlet_refuses_in_its_own_words(simulator: Simulator) -> None:
    credit = simulator.invoice(type="creditMemo")

    def code(**params: str) -> tuple[int, str]:
        answer = simulator.client().get(RESTLET, params={**SCRIPT, **params})
        return answer.status_code, answer.json()["error"]["code"]

    assert code(script="customscript_other") == (400, "SSS_INVALID_SCRIPTLET_ID")
    assert code(deploy="customdeploy_other")[1] == "SSS_INVALID_DEPLOYMENT_ID"
    for wrong in ("99999999", "abc", credit["id"]):
        assert code(id=wrong) == (400, "PORTICO_NOT_AN_INVOICE")
    assert simulator.client().post(RESTLET, params=SCRIPT, json={}).status_code == 405
