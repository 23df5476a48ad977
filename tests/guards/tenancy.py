"""Guards between tenants: which schema a statement meets, whose event it is, who may read."""

from tests.guards.guard import Edit, Guard

SESSION = "tenants/portico_tenants/session.py"
SESSIONS = "tests/tenants/test_session.py"
PRELUDE = 'f"SET LOCAL ROLE {role}; SET LOCAL search_path TO {role}" if role else "SET LOCAL ROLE NONE"'
WEBHOOK = "tests/billing/stripe/test_webhook.py"

TENANCY = (
    Guard(
        "prelude",
        "a transaction runs in no tenant's schema, or in that of whoever had the connection before",
        (Edit(SESSION, PRELUDE, '""'),),
        (f"{SESSIONS}::test_a_transaction_has_the_tenants_role_and_schema",),
    ),
    Guard(
        "prelude ends with its transaction",
        "the next borrower of a connection answers from another tenant's schema",
        (Edit(SESSION, PRELUDE, 'f"SET ROLE {role}; SET search_path TO {role}" if role else ""'),),
        (f"{SESSIONS}::test_without_a_tenant_no_tenants_table_is_seen",),
    ),
    Guard(
        "nobody's transaction is the login's own",
        "a role that somebody left on a connection for good answers nobody's questions",
        (Edit(SESSION, 'else "SET LOCAL ROLE NONE"', 'else ""'),),
        ("tests/tenants/test_walls.py::test_what_is_injected_does_not_outlive_the_transaction",),
    ),
    Guard(
        "connection forgets its tenant",
        "a transaction of nobody's runs as the last tenant",
        (
            Edit(SESSION, "        dbapi_connection.driver_connection.tenant_role = None\n", "        pass\n"),
            Edit(
                SESSION,
                '    raw.tenant_role = connection.get_execution_options().get("tenant")\n',
                '    raw.tenant_role = connection.get_execution_options().get("tenant") or raw.tenant_role\n',
            ),
        ),
        (f"{SESSIONS}::test_without_a_tenant_no_tenants_table_is_seen",),
    ),
    Guard(
        "failed prelude is rolled back",
        "one dropped tenant leaves an aborted connection to every later one",
        (Edit(SESSION, "            self._top_xact = None\n            await self._give_up()\n"),),
        (f"{SESSIONS}::test_nothing_crosses_over_on_one_connection_whatever_fails",),
    ),
    Guard(
        "event's tenant by its account",
        "an event of one tenant's account lands in another's inbox",
        (
            Edit(
                "billing/portico_billing/stripe/webhook.py",
                "        tenant = await directory.by_stripe_account(event.account)\n",
                "        await directory.by_stripe_account(event.account)\n"
                "        others = await directory.all()\n"
                "        tenant = next(each for each in others if each.stripe_account != event.account)\n",
            ),
        ),
        (f"{WEBHOOK}::test_an_event_goes_to_its_own_tenant_alone",),
    ),
)
