"""Guards of the mirror: who may write it, what it forgets, how far it has read."""

from tests.guards.guard import Edit, Guard

SYNC = "platform/portico_portal/sync"
FETCH = "tests/portal/sync/test_fetch.py"
POSTINGS = "tests/billing/payments/test_postings.py"
WIRES = "tests/faults/wires"

MIRROR = (
    Guard(
        "run's fence",
        "a worker that slept past its lease writes old pages and moves the cursor back",
        (
            Edit(
                f"{SYNC}/runs.py",
                "    if mine.first() is None:\n        raise Overtaken\n    await note_aside",
                "    await note_aside",
            ),
        ),
        (
            f"{FETCH}::test_a_worker_that_wakes_up_late_writes_nothing",
            f"{WIRES}/test_late_worker.py::test_a_worker_that_slept_past_its_lease_writes_nothing",
        ),
    ),
    Guard(
        "one run at a time",
        "two workers read the same pages against each other",
        (
            Edit(
                f"{SYNC}/models.py", '"record_type", unique=True, postgresql_where', '"record_type", postgresql_where'
            ),
            Edit(
                f"{SYNC}/runs.py",
                "        statement.on_conflict_do_nothing(\n"
                '            index_elements=["record_type"], index_where=text("state = \'running\'")\n'
                "        ).returning(RunRow.id)\n",
                "        statement.returning(RunRow.id)\n",
            ),
        ),
        (f"{FETCH}::test_a_worker_that_wakes_up_late_writes_nothing",),
    ),
    Guard(
        "cursor with its rows",
        "a worker killed in a page has read on without having written, and the page is never read again",
        (
            Edit(
                f"{SYNC}/fetch.py",
                "                await self.keep(started.run_id, record_type, page)\n",
                "                async with self.database.tenant_session(self.tenant) as early:\n"
                "                    await runs._move(early, record_type.value, *[{'cursor': page.cursor}] * 2)\n"
                "                await self.keep(started.run_id, record_type, page)\n",
            ),
        ),
        (f"{WIRES}/test_pages.py::test_a_worker_that_dies_anywhere_in_a_run_misses_no_record",),
    ),
    Guard(
        "newest read wins",
        "a slow reader's page brings back what was open before a payment",
        (
            Edit(
                "billing/portico_billing/invoices/statements.py",
                "        WHERE excluded.read_at > kept.read_at\n"
                "           OR (excluded.read_at = kept.read_at\n"
                "               AND (excluded.fingerprint <> kept.fingerprint"
                " OR excluded.modified_at > kept.modified_at))\n",
            ),
        ),
        (f"{POSTINGS}::test_a_read_from_before_the_answer_neither_ends_holds_nor_comes_back",),
    ),
    Guard(
        "reading owed with the payment's page",
        "a payment in the ERP leaves its invoice open here, because the invoice itself was not touched",
        (Edit(f"{SYNC}/fetch.py", "            if merged.touched_invoices:\n", "            if False:\n"),),
        (f"{FETCH}::test_a_payment_in_the_erp_moves_its_invoice_though_the_invoice_was_not_touched",),
    ),
    Guard(
        "overlap of runs",
        "what was committed late in the ERP, or has the second of the last row, is missed",
        (
            Edit(
                "connectors/portico_connectors/netsuite/cursor.py",
                "    start = wall - OVERLAP\n",
                "    start = wall + _ONE_SECOND\n",
            ),
        ),
        ("tests/connectors/netsuite/test_cursor.py::test_the_next_run_overlaps_the_last",),
    ),
    Guard(
        "deleted invoices are looked for",
        "an invoice deleted in the ERP stays payable for ever",
        (
            Edit(
                f"{SYNC}/fetch.py",
                "                if only is None:\n                    await self._look_for_gone(connector)\n",
            ),
        ),
        (f"{FETCH}::test_an_invoice_deleted_in_the_erp_is_found_by_asking_again",),
    ),
    Guard(
        "rest after failures",
        "an ERP that is down, or asked us to wait, is asked on and on",
        (
            Edit(
                f"{SYNC}/connections.py",
                "    due_at = now() + timedelta(seconds=max(wait, spread(asked_to_wait or 0.0)))\n",
                "    due_at = now() + timedelta(seconds=FIRST_WAIT)\n",
            ),
        ),
        (f"{FETCH}::test_an_erp_that_fails_is_left_alone_for_longer_each_time_and_as_long_as_it_asks",),
    ),
)
