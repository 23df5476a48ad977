"""Guards of migrations: steps that harm no page, and a tenant behind that is not worked in until it has passed."""

from tests.guards.guard import Edit, Guard

MIGRATE = "tenants/portico_tenants/migrate.py"
MIGRATES = "tests/tenants/test_migrate.py"
BEHIND = "tests/portal/web/test_behind.py"
STALE = "tests/portal/web/test_stale_statements.py"
AT_REST = "tests/portal/test_at_rest.py"
ONE_PAGE = f"{BEHIND}::test_its_portal_is_one_page_until_the_migration_passes_and_opens_by_itself"
WAITS = f"{AT_REST}::test_jobs_wait_for_the_migration_and_are_done_after_it"

MIGRATIONS = (
    Guard(
        "one page for a tenant behind",
        "pages read columns that its schema has not",
        (
            Edit(
                "platform/portico_portal/web/hosts.py",
                'return "errors/updating.html" if tenant.behind else None',
                "return None",
            ),
        ),
        (ONE_PAGE,),
    ),
    Guard(
        "processes hear of a migration",
        "its portal stays closed after it has passed",
        (
            Edit(MIGRATE, "                await tell(pool)\n        done", "        done"),
            Edit(MIGRATE, "            await tell(pool)\n    return", "            pass\n    return"),
        ),
        (ONE_PAGE,),
    ),
    Guard(
        "no work for a tenant behind",
        "jobs and events meet a schema they do not know",
        (Edit("tenants/portico_tenants/resolve.py", "    if tenant.behind:\n        raise SchemaBehind(tenant)\n"),),
        (f"{BEHIND}::test_stripe_is_told_to_send_its_events_again", WAITS),
    ),
    Guard(
        "a job at rest is no failure",
        "jobs of a tenant behind use up their tries",
        (Edit("platform/portico_core/jobs.py", "except AtRest as rest:", "except ZeroDivisionError as rest:"),),
        (WAITS,),
    ),
    Guard(
        "scheduler catches up",
        "what a tenant was owed while behind waits for the next round",
        (Edit("platform/portico_portal/scheduler.py", "            await self.catch_up()\n"),),
        (WAITS,),
    ),
    Guard(
        "not ready where nobody is served",
        "a release whose migration has not run replaces one that serves",
        (Edit("platform/portico_portal/web/health.py", "if counts.nobody_served:", "if False:"),),
        (f"{BEHIND}::test_a_process_that_could_serve_nobody_is_not_ready",),
    ),
    Guard(
        "a stale read is repeated",
        "a page fails because its statement was prepared before a migration",
        (
            Edit(
                "platform/portico_portal/web/context.py",
                "                if answer.stale:\n",
                "                if False:\n",
            ),
        ),
        (f"{STALE}::test_a_page_is_read_again_inside",),
    ),
    Guard(
        "a stale form is not",
        "a form is sent twice",
        (Edit("platform/portico_portal/web/context.py", 'repeatable=method in ("GET", "HEAD")', "repeatable=True"),),
        (f"{STALE}::test_a_form_is_not_sent_again_but_the_person_told",),
    ),
    Guard(
        "a step gives up before a deadlock is looked for",
        "a page is ended as a deadlock in favour of a migration",
        (Edit(MIGRATE, 'lock_timeout: str = "900ms"', 'lock_timeout: str = "3s"'),),
        (f"{MIGRATES}::test_a_page_that_waits_for_a_step_that_waits_for_it_is_answered",),
    ),
    Guard(
        "a step's lock_timeout",
        "pages queue behind a step that waits for a lock",
        (Edit(MIGRATE, "SET LOCAL lock_timeout TO '{lock_timeout}'; "),),
        (f"{MIGRATES}::test_a_lock_bounds_every_wait",),
    ),
    Guard(
        "one tenant's failure is its own",
        "a broken tenant stops the migration of all others",
        (
            Edit(
                MIGRATE,
                "except (*DATABASE_TROUBLE, LookupError) as cause",
                "except LookupError as cause",
            ),
        ),
        (f"{MIGRATES}::test_a_broken_tenant_is_held_back_alone_and_caught_up_when_repaired",),
    ),
    Guard(
        "marks of an older release are cleared",
        "a tenant that is current stays named as held back",
        (Edit(MIGRATE, "IS DISTINCT FROM $1 OR held_back IS NOT NULL)", "IS DISTINCT FROM $1)"),),
        (f"{MIGRATES}::test_a_schema_of_a_later_release_is_left_alone",),
    ),
    Guard(
        "deleted meanwhile",
        "a migration fails over a tenant that is gone",
        (Edit(MIGRATE, 'if marked == "UPDATE 0":', "if False:"),),
        (f"{MIGRATES}::test_a_tenant_deleted_meanwhile_is_no_failure",),
    ),
)
