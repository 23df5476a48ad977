"""Guards of the others' peace: what one tenant may take of a process, and whom its own pages wait for."""

from tests.guards.guard import Edit, Guard

SHARES = "platform/portico_portal/web/shares.py"
CONNECTIONS = "platform/portico_portal/sync/connections.py"
TESTS = "tests/portal/web/test_shares.py"
PASSES_ON = """\
                if turn.done() and not turn.cancelled():
                    self._next()
                else:
"""

PEACE = (
    Guard(
        "a tenant's share of a process",
        "one tenant's noise takes the process from all others",
        (Edit(SHARES, "        if wait > LONGEST_WAIT_SECONDS:\n", "        if wait < 0:\n"),),
        (f"{TESTS}::test_the_noisy_portal_says_when_to_come_back_and_the_other_answers",),
    ),
    Guard(
        "a share is counted in time",
        "a tenant with dear pages takes several times its share",
        (Edit(SHARES, "        self._used_until += (took - guessed) / self._share\n"),),
        (f"{TESTS}::test_for_long_a_tenant_gets_its_share_however_dear_its_pages_are[0.08]",),
    ),
    Guard(
        "a tenant's pages begin one after the other",
        "a burst within its share stands before everybody else's pages",
        (Edit(SHARES, "        if self._begun:\n", "        if self._line:\n"),),
        (f"{TESTS}::test_a_tenants_pages_begin_one_after_the_other_in_their_order",),
    ),
    Guard(
        "a page that waits lets the next one begin",
        "one connection test of half a minute holds up all pages of its tenant",
        (Edit(SHARES, "call_later(ALONE_SECONDS, release)", "call_later(60, release)"),),
        (f"{TESTS}::test_one_that_waits_for_somebody_else_does_not_hold_up_the_others",),
    ),
    Guard(
        "whoever gives up waiting passes the turn on",
        "a browser that goes away takes its tenant's portal along",
        (Edit(SHARES, PASSES_ON, "                if True:\n"),),
        (f"{TESTS}::test_whoever_gives_up_waiting_takes_nobodys_turn_along",),
    ),
    Guard(
        "secrets that do not open are not kept beside new ones",
        "one secret of a lost key, not asked for any more, keeps the ERP shut for ever",
        (Edit(CONNECTIONS, "    for name in shut - hidden.keys():\n", "    for name in ():\n"),),
        ("tests/portal/sync/test_connection_pages.py::test_one_that_is_not_asked_for_again_does_not_stay_shut",),
    ),
)
