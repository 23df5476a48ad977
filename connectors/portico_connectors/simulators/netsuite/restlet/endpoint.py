"""The RESTlet host's one path. One script is deployed here, and does what `netsuite/restlet/` in this package says."""

import base64

from portico_connectors.simulators.netsuite.account import Account
from portico_connectors.simulators.netsuite.answers import Answer, json_answer, restlet_error
from portico_connectors.simulators.netsuite.exchange import Exchange
from portico_connectors.simulators.netsuite.restlet.paper import invoice_pdf

SCRIPT = "customscript_portal_invoice_pdf"
DEPLOYMENT = "customdeploy_portal_invoice_pdf"
# The numbers that the account gave to script and deployment; either spelling is taken.
SCRIPT_ID, DEPLOYMENT_ID = "1042", "1"


def restlet(account: Account, exchange: Exchange) -> Answer:
    """Run the script that the query names."""
    if exchange.query.get("script") not in (SCRIPT, SCRIPT_ID):
        return restlet_error(
            400, "SSS_INVALID_SCRIPTLET_ID", "That Suitelet is invalid, disabled, or no longer exists."
        )
    if exchange.query.get("deploy") not in (DEPLOYMENT, DEPLOYMENT_ID):
        return restlet_error(404, "SSS_INVALID_DEPLOYMENT_ID", "That deployment is invalid or no longer exists.")
    if exchange.method != "GET":
        return restlet_error(
            405, "SSS_INVALID_SCRIPT_OPERATION", f"{exchange.method} is not implemented by this RESTlet."
        )
    wanted = exchange.query.get("id", "")
    if not wanted:
        return json_answer({"portico": 1})
    row = (
        account.database.reading()
        .execute("SELECT id FROM tran WHERE id = ? AND type = 'CustInvc'", (wanted,))
        .fetchone()
    )
    if row is None or not wanted.isdigit():
        return restlet_error(400, "PORTICO_NOT_AN_INVOICE", "There is no invoice with this internal id.")
    name, pdf = invoice_pdf(account, int(wanted))
    return json_answer({"name": name, "base64": base64.b64encode(pdf).decode()})
