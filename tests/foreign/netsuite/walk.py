"""Runs in an environment of its own, with PyPI's `netsuite`: a walk through everything that client can do here.

Reads {"base", "account", "credentials"} from standard input and writes what it saw to standard output. The client is
used as it is; only its two hosts are replaced, for which it has no setting.
"""

import asyncio
import base64
import json
import sys
from collections.abc import Awaitable
from typing import Any

from netsuite import Config, NetSuite, TokenAuth  # type: ignore[import-not-found]  # lives in another environment
from netsuite.exceptions import NetsuiteAPIRequestError  # type: ignore[import-not-found]  # as above

Document = dict[str, Any]


def connect(given: Document) -> Any:
    client = NetSuite(Config(account=given["account"], auth=TokenAuth(**given["credentials"])))
    client.rest_api._make_url = lambda subpath: given["base"] + "/services/rest" + subpath
    client.restlet._make_url = lambda subpath: given["base"] + "/app/site/hosting/restlet.nl" + subpath
    return client


async def refused(call: Awaitable[Any]) -> list[Any] | None:
    try:
        await call
    except NetsuiteAPIRequestError as error:
        status, text = error.args
        return [status, json.loads(text)["o:errorDetails"][0]["o:errorCode"]]
    return None


async def all_pages(rest: Any, query: str, limit: int) -> tuple[list[Document], int]:
    rows: list[Document] = []
    offset = 0
    while True:
        page = await rest.suiteql(query, limit=limit, offset=offset)
        rows += page["items"]
        if not page["hasMore"]:
            return rows, int(page["totalResults"])
        offset += limit


async def walk(given: Document) -> Document:
    client = connect(given)
    rest, restlet = client.rest_api, client.restlet
    seen: Document = {}

    rows, total = await all_pages(rest, "SELECT id, entityid, companyname FROM customer ORDER BY id", 7)
    seen["customers"] = [len(rows), len({row["id"] for row in rows}), total]

    query = (
        "SELECT id, tranid, entity, currency, foreignamountunpaid, BUILTIN.DF(status) AS state FROM transaction "
        "WHERE type = 'CustInvc' AND status = 'CustInvc:A' ORDER BY entity, id"
    )
    open_invoices = (await rest.suiteql(query, limit=1000))["items"]
    first = open_invoices[0]
    same = [one for one in open_invoices if (one["entity"], one["currency"]) == (first["entity"], first["currency"])]
    chosen = same[:2]
    seen["state"] = first["state"]

    customer = await rest.get(f"/record/v1/customer/{first['entity']}", params={"expandSubResources": "true"})
    seen["customer"] = [customer["id"], customer["companyName"], customer["addressBook"]["totalResults"]]

    found = await rest.get("/record/v1/customer", params={"q": f'companyName IS "{customer["companyName"]}"'})
    seen["filtered"] = [item["id"] for item in found["items"]]
    seen["iso_date_in_filter"] = await refused(
        rest.get("/record/v1/customer", params={"q": 'lastModifiedDate AFTER "2022-12-31"'})
    )

    payment = {
        "externalId": given["external_id"],
        "customer": {"id": first["entity"]},
        "currency": {"id": first["currency"]},
        "payment": 30.25,
        "autoApply": False,
        "apply": {
            "items": [
                {"doc": {"id": chosen[0]["id"]}, "apply": True, "amount": 20.15},
                {"doc": {"id": chosen[1]["id"]}, "apply": True, "amount": 10.10},
            ]
        },
    }
    answer = await rest.request("POST", "/record/v1/customerPayment", json=payment)
    location = answer.headers["location"]
    seen["posted"] = [answer.status_code, answer.text, location.startswith(given["base"])]
    again = rest.post("/record/v1/customerPayment", json=payment)
    seen["posted_again"] = await refused(again)
    payment_id = location.rsplit("/", 1)[1]
    held = await rest.get(f"/record/v1/customerPayment/eid:{given['external_id']}")
    seen["held"] = [held["id"] == payment_id, held["payment"], held["applied"], held["unapplied"]]

    memo = await rest.patch(f"/record/v1/customerPayment/{payment_id}", json={"memo": "walked by, paid & left"})
    seen["patched"] = [memo, (await rest.get(f"/record/v1/customerPayment/{payment_id}"))["memo"]]
    seen["unknown_field"] = await refused(
        rest.patch(f"/record/v1/customerPayment/{payment_id}", json={"noSuchField": 1})
    )

    links = await rest.suiteql(
        "SELECT previousdoc, foreignamount FROM nexttransactionlinelink WHERE nextdoc = ? ORDER BY previousdoc",
        json={"params": [payment_id]},
    )
    seen["links"] = sorted(row["foreignamount"] for row in links["items"])
    bound = await rest.suiteql("SELECT id FROM customer WHERE id = ?", json={"params": [first["entity"]]})
    seen["bound"] = [row["id"] for row in bound["items"]]
    seen["bad_query"] = await refused(rest.suiteql("SELECT nosuch FROM customer"))
    seen["missing"] = await refused(rest.get("/record/v1/customer/99999999"))

    schema = await rest.jsonschema("customerPayment")
    seen["schema"] = [schema["type"], "externalId" in schema["properties"]]
    described = await rest.openapi(["customer", "invoice"])
    seen["openapi"] = sorted(set(described["components"]["schemas"]) - {"nsLink", "nsResource"})

    paper = await restlet.get(
        "customscript_portal_invoice_pdf",
        deploy="customdeploy_portal_invoice_pdf",
        params={
            "script": "customscript_portal_invoice_pdf",
            "deploy": "customdeploy_portal_invoice_pdf",
            "id": chosen[0]["id"],
        },
    )
    seen["paper"] = [paper["name"], base64.b64decode(paper["base64"])[:5].decode()]

    contact = await rest.request("POST", "/record/v1/contact", json={"firstName": "Ann", "lastName": "Lee"})
    contact_id = contact.headers["location"].rsplit("/", 1)[1]
    seen["deleted"] = await rest.delete(f"/record/v1/contact/{contact_id}")
    gone = await rest.suiteql("SELECT type, name FROM deletedrecord WHERE recordid = ?", json={"params": [contact_id]})
    seen["trace"] = [[row["type"], row["name"]] for row in gone["items"]]
    seen["many_at_once"] = sorted(
        {
            answer.status_code
            for answer in await asyncio.gather(
                *(rest.request("GET", f"/record/v1/customer/{first['entity']}") for _ in range(4))
            )
        }
    )
    seen["invoices"] = [one["tranid"] for one in chosen]
    return seen


sys.stdout.write(json.dumps(asyncio.run(walk(json.load(sys.stdin)))))
