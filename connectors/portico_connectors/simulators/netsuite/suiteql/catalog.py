"""The tables and columns that one account's SuiteQL knows, and the views that stand behind them."""

from portico_connectors.simulators.netsuite.config import Options
from portico_connectors.simulators.netsuite.suiteql.columns import Table
from portico_connectors.simulators.netsuite.suiteql.tables import ALL

# Columns that exist only with a feature, in whatever table they stand.
_FEATURE_COLUMNS = {
    "one_world": {"subsidiary", "isprimarysub"},
    "multi_currency": {"currency", "primarycurrency", "exchangerate"},
}

# Types whose existence is known although this simulator holds nothing of them: their tables are switched off.
KNOWN_ELSEWHERE = frozenset(
    {
        "accountingbook",
        "accountingperiod",
        "aggregateitemlocation",
        "classification",
        "consolidatedexchangerate",
        "currencyrate",
        "customercategory",
        "customergrouppricing",
        "customeritempricing",
        "department",
        "employee",
        "entitystatus",
        "file",
        "inventoryitemlocations",
        "itemprice",
        "location",
        "nexttransactionlink",
        "pricelevel",
        "pricing",
        "transactionaccountingline",
        "vendor",
    }
)

TABLES = {table.name: table for table in ALL}


def tables_for(options: Options) -> dict[str, Table]:
    """The tables as one account has them."""
    gone = {name for feature, names in _FEATURE_COLUMNS.items() if not getattr(options, feature) for name in names}
    found = {}
    for table in ALL:
        if table.feature and not getattr(options, table.feature):
            continue
        absent = gone | {name.lower() for name in options.missing_columns.get(table.name, [])}
        columns = {name: column for name, column in table.columns.items() if name not in absent}
        found[table.name] = Table(table.name, table.source, columns, table.feature)
    return found


def views() -> str:
    """Statements that make each table a temporary view `ns_<table>`."""
    statements = []
    for table in ALL:
        columns = ", ".join(f'{column.sql} AS "{column.name}"' for column in table.columns.values())
        statements.append(f"CREATE TEMP VIEW ns_{table.name} AS SELECT {columns} FROM {table.source};")
    return "\n".join(statements)
