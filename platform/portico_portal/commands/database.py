"""`portico database …` and `portico secrets …`: what an operator does once, or once a year."""

import click

from portico_core.settings import Settings
from portico_portal.commands import show
from portico_portal.commands.run import run, settings
from portico_tenants.resolve import Directory
from portico_tenants.secrets import Safe, rotate
from portico_tenants.session import Database
from portico_tenants.setup import set_up


@click.group()
def database() -> None:
    """The database as a whole."""


@database.command()
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def setup(as_json: bool) -> None:
    """Make the app login, bring the control schema to this release, grant what must be granted. Safe to repeat.

    With one URL (PORTICO_DATABASE_URL, of a login that may create roles) the app login gets a new password; the
    answer's app_url is what the portal's processes want as PORTICO_DATABASE_URL.
    """
    given = settings()
    made = run(set_up(given.database))
    if as_json:
        show.as_json({"app_url": made.app_url, "owner_url": made.owner_url, "made_login": made.made_login})
        return
    click.echo("the database is set up")
    if given.database.owner_url is None:
        click.echo(
            f"from now on:\n  PORTICO_DATABASE_URL={made.app_url}\n  PORTICO_DATABASE_OWNER_URL={made.owner_url}"
        )


@click.group()
def secrets() -> None:
    """Stored credentials."""


@secrets.command("rotate")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def rotate_(as_json: bool) -> None:
    """Seal all stored credentials anew under the first key of PORTICO_SECRET_KEYS, while everything runs."""
    given = settings()
    first = next(iter(given.secret_keys))
    if len(given.secret_keys) == 1:
        raise click.ClickException(
            f"PORTICO_SECRET_KEYS names one key, {first}: put a new one before it, everywhere, then run this again"
        )
    counts = run(_rotate(given, as_json))
    if as_json:
        show.as_json({"key": first, "renewed": counts})
    else:
        click.echo(f"{sum(counts.values())} sealed anew under {first}; nothing is left under the others")


async def _rotate(given: Settings, quiet: bool) -> dict[str, int]:
    safe = Safe(given.secret_keys)
    app = Database(given.database)
    counts: dict[str, int] = {}
    try:
        tenants = await Directory(app).all()
        with show.Steps("sealing", quiet=quiet).shown() as steps:
            steps.expect(len(tenants))
            for tenant in tenants:
                async with app.tenant_session(tenant) as session:
                    counts[tenant.slug] = await rotate(session, safe)
                steps.step(f"{tenant.slug}: {counts[tenant.slug]}")
    finally:
        await app.close()
    return counts
