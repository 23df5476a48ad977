"""Every job of the house, by import: what a worker runs and the scheduler sweeps."""

from collections.abc import Mapping

from portico_billing.payments import jobs as payment_jobs
from portico_core.jobs import REGISTRY, Job
from portico_portal.accounts import jobs as people_jobs
from portico_portal.accounts import reset
from portico_portal.mail import jobs as mail_jobs
from portico_portal.resources import Resources
from portico_portal.sync import jobs as sync_jobs
from portico_portal.sync import postings, reconciling

MODULES = (payment_jobs, people_jobs, reset, mail_jobs, sync_jobs, postings, reconciling)


def sweeps() -> dict[str, list[Job]]:
    """Jobs that work off what a kind of hint points at."""
    found: dict[str, list[Job]] = {}
    for each in REGISTRY.values():
        if each.sweeps is not None:
            found.setdefault(each.sweeps, []).append(each)
    return found


def provided(resources: Resources) -> Mapping[str, object]:
    """What jobs get by name."""
    return {
        "database": resources.database,
        "directory": resources.directory,
        "settings": resources.settings,
        "stripe": resources.stripe,
        "renderer": resources.renderer,
        "safe": resources.safe,
        "papers": resources.papers,
        "slots": resources.slots,
    }
