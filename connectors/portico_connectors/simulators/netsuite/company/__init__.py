"""Where an account's company comes from: a seed, or a folder of CSV files."""

from datetime import date
from pathlib import Path

from portico_connectors.simulators.netsuite.account import Account
from portico_connectors.simulators.netsuite.company.seed import seed_company
from portico_connectors.simulators.netsuite.store.database import meta, set_meta


def fill(account: Account, *, lenient: bool = False) -> list[str]:
    """Give an empty account its company; an account that has one keeps it. Returns what a lenient load left out."""
    with account.database.writing() as db:
        if meta(db, "filled") is not None:
            return []
        config = account.config
        left_out: list[str] = []
        if config.company_folder is not None:
            from portico_connectors.simulators.netsuite.company.load import load_company

            left_out = load_company(db, Path(config.company_folder), account, lenient=lenient)
        else:
            today = date.fromisoformat(config.seed.today) if config.seed.today else account.wall().date()
            seed_company(db, config.seed, account.options, config.company_name, today, account.stamp())
        set_meta(db, "filled", account.stamp())
        db.execute("ANALYZE")
    return left_out
