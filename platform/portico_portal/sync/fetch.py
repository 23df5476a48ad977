"""Fetching: one ERP page is one transaction with its cursor; what the ERP says no to is sorted by what to do next."""

from datetime import timedelta
from uuid import UUID

from portico_billing.invoices.upsert import upsert_invoices
from portico_billing.payments.holds import end_holds_for
from portico_billing.payments.posting_run import store_reread
from portico_connectors.connector import Connector, Page
from portico_connectors.errors import ConnectorError, Reconnect, RetryLater
from portico_connectors.records import Invoice, Record, RecordType
from portico_core.clock import now
from portico_core.logs import log
from portico_core.settings import Settings
from portico_portal.sync import connections, rereads, runs
from portico_portal.sync.records import UPSERTS
from portico_portal.sync.slots import ErpSlots, Use
from portico_portal.sync.trouble import pause_and_tell
from portico_tenants.secrets import Safe
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant
from portico_themes.render import Renderer
from portico_themes.texts import N_

logger = log(__name__)
SWEEP = "sync"
BROKE_OFF = N_("This run broke off. It goes on from there.")


class Fetcher:
    """Fetches for one tenant, with what that takes."""

    page_rows = 1000  # of a page, which is a transaction

    def __init__(
        self,
        tenant: Tenant,
        database: Database,
        settings: Settings,
        safe: Safe,
        renderer: Renderer,
        slots: ErpSlots | None = None,
    ) -> None:
        self.tenant = tenant
        self.database = database
        self.settings = settings
        self.safe = safe
        self.renderer = renderer
        self.slots = slots.for_(Use.COPY) if slots else None

    async def fetch(self, only: RecordType | None = None) -> None:
        """Every record type (or one) from where it stands to now. Leaves one hint for the next time, however many
        fetches end meanwhile.

        Nothing to do is no error: no connection, a paused one, another worker at it.
        """
        try:
            async with self.database.tenant_session(self.tenant) as session:
                sealed = await connections.take(session, self.safe)
                found = await connections.find(session)
                pause = timedelta(seconds=found.interval_seconds if found else 300)
        except (connections.NoConnection, connections.Paused):
            return
        failure: ConnectorError | None = None
        try:
            async with sealed.open(self.settings, self.slots) as connector:
                for record_type in RecordType if only is None else (only,):
                    if record_type.value not in connector.manifest.record_types:
                        continue
                    if not await self._one_type(connector, record_type):
                        # What refers to these records would be set aside: whoever is at them reads it afterwards.
                        return
                if only is None:
                    await self._look_for_gone(connector)
        except Reconnect as error:
            await pause_and_tell(self.database, self.tenant, self.settings, self.renderer, error)
        except ConnectorError as error:
            failure = error
            logger.warning("a run ended early", tenant=str(self.tenant.id), error=type(error).__name__)
        except runs.Overtaken as error:
            logger.warning("a run ended early", tenant=str(self.tenant.id), error=type(error).__name__)
        finally:
            await self._next_time(pause, failure)

    async def _next_time(self, pause: timedelta, failure: ConnectorError | None) -> None:
        async with self.database.tenant_session(self.tenant) as session:
            if failure is not None:
                asked = failure.after_seconds if isinstance(failure, RetryLater) else None
                await session.remember(SWEEP, await connections.failed(session, asked))
            elif await connections.fetched(session, due_at := now() + pause):
                await session.remember(SWEEP, due_at)

    async def _one_type(self, connector: Connector, record_type: RecordType) -> bool:
        """False where another worker is at it."""
        async with self.database.tenant_session(self.tenant) as session:
            started = await runs.start(session, record_type.value)
        if started is None:
            return False
        since = now()
        try:
            async for page in connector.pages(record_type, started.cursor, page_size=self.page_rows):
                await self.keep(started.run_id, record_type, page)
                await self._reread(connector)
        except BaseException as error:
            await self._fail(started.run_id, error)
            raise
        async with self.database.tenant_session(self.tenant) as session:
            await runs.finish(session, started.run_id, record_type.value, started_at=since)
        return True

    async def keep(self, run_id: UUID, record_type: RecordType, page: Page[Record]) -> None:
        """One page, one transaction: records, cursor, progress, and the invoices to read again because of it."""
        async with self.database.tenant_session(self.tenant) as session:
            if record_type is RecordType.INVOICE:
                invoices = [record for record in page.records if isinstance(record, Invoice)]
                owed = await rereads.owed_among(session, [record.erp_id for record in invoices])
                merged = await upsert_invoices(session, invoices, page.started_at, watched=owed)
                aside = {each.erp_id for each in merged.set_aside}
                kept = [record.erp_id for record in page.records if record.erp_id not in aside]
                await end_holds_for(session, kept, page.started_at)
            else:
                merged = await UPSERTS[record_type](session, page.records, page.started_at)
            await runs.keep_page(
                session,
                run_id,
                record_type.value,
                cursor=page.cursor,
                read=len(page.records) + len(page.rejected),
                total=page.total,
                merged=merged,
                rejected=page.rejected,
                read_well=tuple(record.erp_id for record in page.records),
            )
            if merged.touched_invoices:
                latest = max(record.modified_at for record in page.records)
                await rereads.owe(session, merged.touched_invoices, latest)

    async def _reread(self, connector: Connector) -> None:
        """Invoices whose open amount may have moved without a word from the ERP."""
        while True:
            async with self.database.tenant_session(self.tenant) as session:
                erp_ids = await rereads.owed(session)
            if not erp_ids:
                return
            await self.keep_reread(erp_ids, await connector.invoices(erp_ids))

    async def _look_for_gone(self, connector: Connector) -> None:
        """Ask again for invoices that nobody has read for long: an ERP does not say what was deleted in it."""
        async with self.database.tenant_session(self.tenant) as session:
            await rereads.owe_oldest(session)
        await self._reread(connector)

    async def keep_reread(self, erp_ids: tuple[str, ...], page: Page[Record]) -> None:
        """Invoices that were read by id, as far as that is still owed: somebody else may have been quicker."""
        async with self.database.tenant_session(self.tenant) as session:
            read = await rereads.paid(session, erp_ids, page.started_at)
            aside = await store_reread(session, read, page)
            unkept = {each.erp_id for each in aside}
            await runs.note_aside(session, list(aside))
            await runs.forget_aside(session, RecordType.INVOICE.value, [each for each in read if each not in unkept])

    async def _fail(self, run_id: UUID, error: BaseException) -> None:
        sentence = str(error) if isinstance(error, ConnectorError) else BROKE_OFF
        async with self.database.tenant_session(self.tenant) as session:
            await runs.fail(session, run_id, sentence)
