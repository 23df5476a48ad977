"""The NetSuite connector: puts its parts together. What each does stands in the module of its name."""

from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import ClassVar, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from portico_connectors.connector import ConnectionTest, Page, Pdf
from portico_connectors.errors import Reconnect
from portico_connectors.http import Http, Limits
from portico_connectors.manifest import Manifest
from portico_connectors.netsuite import queries
from portico_connectors.netsuite.auth import Auth
from portico_connectors.netsuite.client import Client, Patience
from portico_connectors.netsuite.m2m import ClientCredentials
from portico_connectors.netsuite.paper import Papers
from portico_connectors.netsuite.postings import Postings
from portico_connectors.netsuite.reader import Reader
from portico_connectors.netsuite.schema import Schema
from portico_connectors.netsuite.settings import MANIFEST, Settings, parse
from portico_connectors.netsuite.tba import TokenBased
from portico_connectors.records import PaymentToPost, PostedPayment, Record, RecordType
from portico_connectors.slots import Slots
from portico_connectors.words import N_

_PROBES = (*queries.BY_TYPE.values(), queries.LINES, queries.APPLICATIONS, queries.TARGETS)

# Columns that exist with a feature, not by permission: their absence is no news.
_BY_FEATURE = frozenset({"subsidiary.parent", "subsidiary.name", "target.subsidiary", "target.currency"}) | {
    f"{source}.currency" for source in queries.BY_TYPE
}


class NetSuite:
    """One tenant's NetSuite account. Nothing of it prints credentials: they live in the signer alone."""

    manifest: ClassVar[Manifest] = MANIFEST

    def __init__(self, http: Http, client: Client, settings: Settings, zone: ZoneInfo) -> None:
        self._http = http
        self._account = settings.account
        self._schema = Schema(client)
        self._reader = Reader(client, self._schema, zone, settings.currency)
        self._postings = Postings(client, self._schema, self._reader, settings.payment_account)
        self._papers = Papers(client, settings.pdf_script, settings.pdf_deployment)

    @classmethod
    def open(
        cls,
        settings: Mapping[str, str],
        secrets: Mapping[str, str],
        *,
        time_zone: str,
        allow_private: bool = False,
        slots: Slots | None = None,
        limits: Limits | None = None,
        patience: Patience | None = None,
    ) -> Self:
        """See `Connector.open`. `limits` and `patience` are for tests and odd networks."""
        try:
            zone = ZoneInfo(time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise Reconnect("the ERP's time zone is not one of the IANA names") from None
        checked = parse(settings, secrets, allow_private=allow_private)
        http = Http(
            f"netsuite:{checked.realm}",
            concurrency=cls.manifest.concurrency,
            slots=slots,
            allow_private=allow_private,
            limits=limits,
        )
        auth = _auth(checked, {**settings, **secrets}, http)
        client = Client(http, auth, checked.base_url, checked.restlet_url, patience)
        return cls(http, client, checked, zone)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def test(self) -> ConnectionTest:
        """See `Connector.test`."""
        company = await self._reader.company()
        subsidiaries = await self._schema.fetch_optional(queries.SUBSIDIARIES, (), limit=1000)
        for source in _PROBES:
            await self._schema.fetch(source, (), limit=1)
        currencies = ", ".join(sorted(company.currencies.values())) or company.base_currency
        notes = [N_(f"Currencies: {currencies}")]
        name = f"NetSuite {self._account}"
        if subsidiaries is not None:
            roots = [row["name"] for row in subsidiaries.rows if "parent" not in row and "name" in row]
            name = roots[0] if roots else name
            notes.append(N_(f"OneWorld account, subsidiaries: {len(subsidiaries.rows)}"))
        if missing := [column for column in self._schema.missing if column not in _BY_FEATURE]:
            notes.append(N_(f"Not shown to this role, left out: {', '.join(missing)}"))
        notes += [note for note in (await self._reader.zone_note(), await self._papers.note()) if note]
        return ConnectionTest(company=name, notes=tuple(notes))

    def pages(
        self, record_type: RecordType, cursor: str | None, *, page_size: int = 1000
    ) -> AsyncIterator[Page[Record]]:
        """See `Connector.pages`."""
        return self._reader.pages(record_type, cursor, page_size)

    async def invoice(self, erp_id: str) -> Page[Record]:
        """See `Connector.invoice`."""
        return await self._reader.invoices((erp_id,))

    async def invoices(self, erp_ids: tuple[str, ...]) -> Page[Record]:
        """See `Connector.invoices`."""
        return await self._reader.invoices(erp_ids)

    async def invoice_pdf(self, erp_id: str) -> Pdf | None:
        """See `Connector.invoice_pdf`."""
        return await self._papers.invoice(erp_id)

    async def find_payment(self, our_key: str) -> PostedPayment | None:
        """See `Connector.find_payment`."""
        return await self._postings.find(our_key)

    async def payments(self, our_keys: tuple[str, ...]) -> Page[Record]:
        """See `Connector.payments`."""
        return await self._reader.payments(our_keys)

    async def post_payment(self, payment: PaymentToPost) -> PostedPayment:
        """See `Connector.post_payment`."""
        return await self._postings.post(payment)


def _auth(settings: Settings, values: Mapping[str, str], http: Http) -> Auth:
    if settings.auth_method == "tba":
        names = ("consumer_key", "consumer_secret", "token_id", "token_secret")
        return TokenBased(settings.realm, *(values[name].strip() for name in names))
    # Scopes that the integration record lacks are refused, so RESTlets are asked for only where they are used.
    scopes = ("rest_webservices", "restlets") if settings.pdf_script else ("rest_webservices",)
    client_id, certificate_id, private_key = (
        values[name].strip() for name in ("client_id", "certificate_id", "private_key_pem")
    )
    return ClientCredentials(http, settings.base_url, client_id, certificate_id, private_key, scopes)
