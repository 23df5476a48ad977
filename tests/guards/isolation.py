"""Guards against who may not come in: bindings to a customer, rights looked at anew, traces, the pooler, the probe."""

from tests.guards.guard import Edit, Guard

MATRIX = "tests/isolation/test_matrix.py"
ENDS = "tests/isolation/test_rights_end.py"
POOLER = "tests/isolation/test_pooler.py"
COMMAND = "tests/isolation/test_check_command.py"
CUSTOMERS = (f"{MATRIX}::test_another_customers_things_are_as_if_they_were_not_there",)
SESSIONS = "tenants/portico_tenants/people/sessions.py"

ISOLATION = (
    Guard(
        "payments are their customer's",
        "a payment of another customer is shown, receipt and all",
        (
            Edit(
                "billing/portico_billing/payments/showing/queries.py",
                "select(PaymentRow).where(PaymentRow.id == payment_id, PaymentRow.customer_id == customer_id)",
                "select(PaymentRow).where(PaymentRow.id == payment_id)",
            ),
        ),
        CUSTOMERS,
    ),
    Guard(
        "invoices are their customer's",
        "an invoice of another customer is shown, its paper too",
        (
            Edit(
                "billing/portico_billing/invoices/sheets/documents.py",
                "        statement = statement.where(InvoiceRow.customer_id == customer_id)\n",
                "        pass\n",
            ),
        ),
        CUSTOMERS,
    ),
    Guard(
        "devices are their person's",
        "anybody signs out anybody of the same distributor",
        (
            Edit(
                SESSIONS,
                ".where(LoginSessionRow.id == session_id, LoginSessionRow.person_id == person_id)",
                ".where(LoginSessionRow.id == session_id)",
            ),
        ),
        CUSTOMERS,
    ),
    Guard(
        "refusals are audited",
        "somebody who reaches for other customers' things leaves no trace",
        (
            Edit(
                "platform/portico_portal/web/dependencies.py",
                "            await note_refusal(request, resources.database, tenant, visit, refusal)\n",
                "            pass\n",
            ),
        ),
        CUSTOMERS,
    ),
    Guard(
        "refusals are written down up to a bound",
        "one person fills the audit trail by asking for nothing",
        (Edit("tenants/portico_tenants/audit.py", ".where(lately < MOST_REFUSALS)"),),
        (f"{ENDS}::test_whoever_tries_on_and_on_fills_no_trail",),
    ),
    Guard(
        "permission of the route",
        "a viewer pays, the service desk manages staff",
        (
            Edit(
                "platform/portico_portal/web/access.py",
                "        visit.require(access.permission)\n",
                "        pass\n",
            ),
        ),
        (
            f"{MATRIX}::test_a_customers_role_without_the_permission_is_refused",
            f"{MATRIX}::test_a_staff_role_without_the_permission_is_refused",
        ),
    ),
    Guard(
        "a role left on the connection is dropped",
        "nobody's transaction runs as a tenant that injected SQL had left there",
        (Edit("tenants/portico_tenants/session.py", ' if role else "SET LOCAL ROLE NONE"', ' if role else ""'),),
        ("tests/isolation/test_role_attack.py::test_a_role_left_on_the_connection_for_good_is_nobodys_afterwards",),
    ),
    Guard(
        "no prepared statements behind a pooler",
        "a statement of another process's runs in place of ours, or none",
        (
            Edit(
                "tenants/portico_tenants/session.py",
                '            "statement_cache_size": 0,\n            "prepared_statement_cache_size": 0,\n'
                '            "prepared_statement_name_func": lambda: "",\n',
            ),
        ),
        (f"{POOLER}::test_no_statement_goes_astray_and_nobody_becomes_somebody_else",),
    ),
    Guard(
        "the start looks beneath the prelude",
        "a pooler that carries roles over is not noticed",
        (
            Edit(
                "tenants/portico_tenants/safety.py",
                '        await asyncpg.Connection.execute(raw, "BEGIN")\n',
                '        await raw.execute("BEGIN;")\n',
            ),
        ),
        (f"{POOLER}::test_the_canary_at_the_start_sees_what_this_pooler_carries_over",),
    ),
    Guard(
        "the canary tidies up",
        "throw-away tenants stay in a production database",
        (
            Edit(
                "platform/portico_portal/commands/check.py",
                "                await asyncio.shield(_tidy(owner, say))\n",
                "                pass\n",
            ),
        ),
        (f"{COMMAND}::test_all_is_well_and_nothing_is_left",),
    ),
    Guard(
        "the canary deletes its own alone",
        "a tenant that is only named alike is deleted as a leftover",
        (
            Edit(
                "platform/portico_portal/probe/throwaway.py",
                "d.host <> t.slug || '.canary.invalid')",
                "false)",
            ),
        ),
        (f"{COMMAND}::test_all_is_well_and_nothing_is_left",),
    ),
    Guard(
        "a request's transaction ends with the request",
        "a page that is given up while its dependencies are made keeps its connection until garbage is collected",
        (
            Edit(
                "platform/portico_portal/web/dependencies.py",
                "        await asyncio.shield(session.close())\n",
                "        pass\n",
            ),
        ),
        ("tests/isolation/test_interleaved.py::test_a_page_given_up_amid_its_dependencies_gives_its_connection_back",),
    ),
)
