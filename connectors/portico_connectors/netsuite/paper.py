"""The ERP's own paper of an invoice, through the RESTlet in `restlet/`, whose answers this module knows."""

import base64
import binascii
import re

import msgspec

from portico_connectors.connector import Pdf
from portico_connectors.errors import ConnectorError, PostingRefused, RetryLater
from portico_connectors.netsuite import suiteql
from portico_connectors.netsuite.client import Client
from portico_connectors.netsuite.faults import RequestRefused, SchemaDrift
from portico_connectors.words import N_
from portico_core.logs import log

logger = log(__name__)


class _Paper(msgspec.Struct):
    name: str
    base64: str


class Papers:
    """Asks the RESTlet. Without one, or where it fails for good, there is no paper, and the portal prints its own."""

    def __init__(self, client: Client, script: str, deployment: str) -> None:
        self._client = client
        self._script = script
        self._deployment = deployment

    async def invoice(self, erp_id: str) -> Pdf | None:
        """See `Connector.invoice_pdf`."""
        if not self._script or not suiteql.is_ident(erp_id):
            return None
        try:
            answer = await self._client.restlet(self._script, self._deployment, id=erp_id)
            paper = msgspec.convert(answer, _Paper)
            content = base64.b64decode(paper.base64, validate=True)
        except (RequestRefused, PostingRefused, SchemaDrift, msgspec.ValidationError, binascii.Error) as error:
            logger.warning("no paper from the RESTlet", erp_id=erp_id, why=type(error).__name__)
            return None
        if not content.startswith(b"%PDF-"):
            logger.warning("no paper from the RESTlet", erp_id=erp_id, why="not a PDF")
            return None
        return Pdf(name=_file_name(paper.name, erp_id), content=content)

    async def note(self) -> str | None:
        """What is wrong with the RESTlet, as a sentence; None if it answers, or if there is none."""
        if not self._script:
            return None
        try:
            answer = await self._client.restlet(self._script, self._deployment)
        except RetryLater:
            raise
        except ConnectorError as error:
            return N_(f"The invoice PDF's RESTlet does not answer: {error}")
        known = isinstance(answer, dict) and "portico" in answer
        return None if known else N_("The script of the invoice PDF is not the one that comes with this portal")


def _file_name(name: str, erp_id: str) -> str:
    """A plain file name, whatever the ERP says."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._")[:100]
    return plain if plain.lower().endswith(".pdf") else f"invoice_{erp_id}.pdf"
