"""From nothing to a portal that answers, on one machine: services, logins, simulators, tenants, the portal's processes.

The demo and `make real` share it; what happens in the portal afterwards is theirs.
"""

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from portico_core.clock import now
from portico_core.settings import from_environment
from portico_portal.local import erp, seeding
from portico_portal.local.conductor import Conductor
from portico_portal.local.distributors import DISTRIBUTORS, Distributor
from portico_portal.local.logins import Logins, make_logins
from portico_portal.local.programs import Addresses, portal, portal_environment, simulators
from portico_portal.local.services import Services, start_services
from portico_portal.local.state import State
from portico_tenants.resolve import Directory
from portico_tenants.secrets import Safe
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant


@dataclass(frozen=True)
class Installation:
    """What runs; tenants by slug. What the sync did before `began` belongs to an earlier start."""

    state: State
    services: Services
    logins: Logins
    addresses: Addresses
    database: Database
    tenants: Mapping[str, Tenant]
    began: datetime


@asynccontextmanager
async def installed(
    conductor: Conductor,
    company_folder: Path | None,
    *,
    reset: bool,
    distributors: Sequence[Distributor] = DISTRIBUTORS,
) -> AsyncIterator[Installation]:
    """Everything started and well, each tenant connected to its ERP and due for a sync. Leaving closes the database
    alone: the processes are the conductor's. The first distributor's ERP is filled from `company_folder`."""
    state, display = conductor.state, conductor.display
    with display.step("PostgreSQL and Redis") as notes:
        folder = state.folder / "services"
        services = start_services(conductor.supervisor, folder, environment=os.environ, say=notes.append)
    with display.step("logins and tables"):
        logins = await make_logins(services, state, os.environ.get("PORTICO_DATABASE_OWNER_URL"))
    addresses = Addresses.take(state)
    conductor.launch(simulators(state, addresses, company_folder, distributors))
    with display.step("tenants"):
        await seeding.ensure_tenants(logins, state, reset=reset, distributors=distributors)
    environment = portal_environment(state, addresses, services, logins, os.environ)
    settings = from_environment(environment)
    web, worker, scheduler = portal(state, addresses, environment)
    conductor.launch([web, worker])
    database = Database(settings.database)
    try:
        with display.step("simulators and mail"):
            await conductor.well("netsuite", "paysim", "mail")
        there = {each.slug: each for each in await Directory(database).all()}
        tenants = {each.slug: there[each.slug] for each in distributors}
        began = now()
        safe = Safe(settings.secret_keys)
        for each in distributors:
            await seeding.ensure_marks(database, tenants[each.slug], each)
            await erp.connect(database, safe, tenants[each.slug], each, addresses.of("netsuite"), state)
        with display.step("web, worker, scheduler"):
            conductor.launch([scheduler])
            await conductor.well()
        yield Installation(state, services, logins, addresses, database, tenants, began)
    finally:
        await database.close()
