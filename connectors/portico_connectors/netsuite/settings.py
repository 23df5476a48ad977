"""What a tenant enters to connect NetSuite: the form, its checks, and the addresses that follow from the account id."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from portico_connectors.errors import Reconnect
from portico_connectors.manifest import Field, Manifest
from portico_connectors.records import RecordType

ACCOUNT_PATTERN = r"^[A-Za-z0-9]+([_-][A-Za-z0-9]+)*$"
_SCRIPT_PATTERN = r"^[A-Za-z0-9_]*$"
# What clients read alike: of a backslash, a percent sign or a letter of another script each makes another host.
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9.])?|[0-9a-f:.]+")
_NUMBER_PATTERN = r"^[0-9]*$"
_OAUTH2 = ("auth_method", "oauth2")
_TBA = ("auth_method", "tba")

MANIFEST = Manifest(
    key="netsuite",
    name="Oracle NetSuite",
    record_types=tuple(RecordType),
    concurrency=4,
    fields=(
        Field(
            name="account_id",
            label="Account ID",
            hint="Setup › Company › Company Information, for example 1234567 or 1234567_SB1",
            pattern=ACCOUNT_PATTERN,
        ),
        Field(
            name="auth_method",
            label="Sign-in",
            kind="choice",
            choices=(("oauth2", "OAuth 2.0, machine to machine"), ("tba", "Token-based authentication (legacy)")),
            default="oauth2",
        ),
        Field(name="client_id", label="Client ID", hint="Of the integration record", only_if=_OAUTH2),
        Field(
            name="certificate_id",
            label="Certificate ID",
            hint="Setup › Integration › OAuth 2.0 Client Credentials",
            only_if=_OAUTH2,
        ),
        Field(
            name="private_key_pem",
            label="Private key (PEM)",
            kind="secret_text",
            hint="RSA of 3072 bits or more, or EC; the certificate made from it is uploaded to NetSuite",
            only_if=_OAUTH2,
        ),
        Field(name="consumer_key", label="Consumer key", kind="secret", only_if=_TBA),
        Field(name="consumer_secret", label="Consumer secret", kind="secret", only_if=_TBA),
        Field(name="token_id", label="Token ID", kind="secret", only_if=_TBA),
        Field(name="token_secret", label="Token secret", kind="secret", only_if=_TBA),
        Field(
            name="pdf_script",
            label="Script ID of the invoice PDF",
            hint="Of the RESTlet that comes with this portal, for example customscript_portal_invoice_pdf; "
            "empty: customers get the portal's own paper",
            required=False,
            pattern=_SCRIPT_PATTERN,
        ),
        Field(
            name="pdf_deployment",
            label="Deployment ID of the invoice PDF",
            hint="For example customdeploy_portal_invoice_pdf",
            required=False,
            pattern=_SCRIPT_PATTERN,
        ),
        Field(
            name="payment_account",
            label="Bank account for payments",
            hint="Internal ID; empty: NetSuite's own preference decides, usually Undeposited Funds",
            required=False,
            pattern=_NUMBER_PATTERN,
        ),
        Field(
            name="currency",
            label="Company currency",
            hint="ISO code; needed only without the Multiple Currencies feature",
            required=False,
            pattern=r"^([A-Z]{3})?$",
        ),
        Field(
            name="base_url",
            label="Service address",
            hint="Empty: follows from the account ID",
            required=False,
        ),
        Field(
            name="restlet_url",
            label="RESTlet address",
            hint="Empty: follows from the account ID",
            required=False,
        ),
    ),
)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The form's values, checked. `base_url` and `restlet_url` have no slash at their end. Holds no secret."""

    account: str
    auth_method: str
    base_url: str
    restlet_url: str
    pdf_script: str
    pdf_deployment: str
    payment_account: str
    currency: str

    @property
    def realm(self) -> str:
        """The account id as OAuth 1.0 names it."""
        return self.account.upper().replace("-", "_")


def parse(values: Mapping[str, str], secrets: Mapping[str, str], *, allow_private: bool) -> Settings:
    """The checked settings. Raises Reconnect that names the field to mend, never its value."""
    merged = {
        field.name: (values.get(field.name) or secrets.get(field.name) or "").strip() for field in MANIFEST.fields
    }
    merged["auth_method"] = merged["auth_method"] or "oauth2"
    for field in MANIFEST.asked(merged):
        value = merged[field.name]
        if field.required and not value:
            raise Reconnect(f"{field.label} is missing")
        if field.pattern and value and not re.fullmatch(field.pattern, value):
            raise Reconnect(f"{field.label} does not look right")
        if field.choices and value not in dict(field.choices):
            raise Reconnect(f"{field.label} is none of the choices")
    if bool(merged["pdf_script"]) != bool(merged["pdf_deployment"]):
        raise Reconnect("The invoice PDF needs both its script ID and its deployment ID")
    host = merged["account_id"].lower().replace("_", "-")
    return Settings(
        account=merged["account_id"],
        auth_method=merged["auth_method"],
        base_url=_address(
            "Service address", merged["base_url"], f"https://{host}.suitetalk.api.netsuite.com", allow_private
        ),
        restlet_url=_address(
            "RESTlet address", merged["restlet_url"], f"https://{host}.restlets.api.netsuite.com", allow_private
        ),
        pdf_script=merged["pdf_script"],
        pdf_deployment=merged["pdf_deployment"],
        payment_account=merged["payment_account"],
        currency=merged["currency"],
    )


def _address(label: str, entered: str, usual: str, allow_private: bool) -> str:
    """An address that may receive signed requests: NetSuite's own domain, or whatever the operator allows."""
    address = (entered or usual).rstrip("/")
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        plain = not (parts.username or parts.password or parts.query or parts.fragment) and parts.port != 0
    except ValueError:
        host, plain, parts = "", False, urlsplit("")
    if not _HOST.fullmatch(host) or not plain or parts.scheme not in ("http", "https"):
        raise Reconnect(f"{label} is not an address")
    if not allow_private and (parts.scheme != "https" or not host.endswith(".netsuite.com")):
        raise Reconnect(f"{label} must be https and end in .netsuite.com")
    return address
