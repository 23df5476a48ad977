"""`portico tenants …`: make, list, change, suspend, migrate, check and delete tenants, with the owner's login."""

from pathlib import Path
from typing import Any

import click
import msgspec

from portico_core.errors import NotFound
from portico_core.settings import DatabaseSettings, Settings
from portico_portal.commands import show
from portico_portal.commands.run import run, settings
from portico_portal.web.addresses import public_url
from portico_tenants import provision
from portico_tenants.access import StaffRole
from portico_tenants.checkup import Checked, check_tenants
from portico_tenants.listing import list_tenants
from portico_tenants.migrate import Migrated, migrate_tenants
from portico_tenants.owner import app_login, owner_connection
from portico_tenants.people import links
from portico_tenants.people.links import Invitation
from portico_tenants.provision import NewTenant
from portico_tenants.removal import delete_tenant
from portico_tenants.resolve import Directory
from portico_tenants.session import Database
from portico_tenants.tenant import Tenant

as_json = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
slug_argument = click.argument("slug")
OPTIONS = (
    click.option("--time-zone", help="IANA name, such as Europe/London."),
    click.option("--currency", "base_currency", help="Base currency, such as GBP."),
    click.option("--language", help="Default language, such as en-GB."),
    click.option("--stripe-account", help="The distributor's connected account, acct_…"),
    click.option(
        "--brand", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A JSON file with the brand."
    ),
    click.option("--host", "hosts", multiple=True, help="Host name; the first is the portal's primary address."),
)


def tenant_options(command: Any) -> Any:
    """The options that create and change share."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.group()
def tenants() -> None:
    """Distributors and their schemas."""


@tenants.command()
@slug_argument
@click.option("--name", required=True, help="As customers know it.")
@tenant_options
@as_json
def create(slug: str, as_json: bool, **options: Any) -> None:
    """Make a tenant: role, schema, tables and portal address, whole or not at all."""
    given = _given(options)
    if "hosts" not in given:
        raise click.UsageError("say under which host its portal is found: --host shop.example.com")
    made = run(_create(settings().database, NewTenant(slug=slug, **given)))
    if as_json:
        show.as_json({"id": made.id, "slug": made.slug, "role": made.role, "host": made.host})
    else:
        click.echo(f"made {made.slug} ({made.role}), its portal is {made.host}")


async def _create(database: DatabaseSettings, new: NewTenant) -> Tenant:
    async with owner_connection(database) as owner:
        return await provision.create_tenant(owner, app_login(database), new)


@tenants.command()
@slug_argument
@click.option("--email", required=True, help="Of the person at the distributor who is to own the portal.")
@click.option("--name", default="", help="Of that person.")
@as_json
def invite(slug: str, email: str, name: str, as_json: bool) -> None:
    """Invite somebody to own a tenant's portal: prints the link to hand them, good once, for seven days.

    The first of a tenant's staff comes in this way; they invite the others from the portal.
    """
    made, address = run(_invite(settings(), slug, email, name))
    told = {"slug": slug, "email": made.email, "expires_at": made.expires_at.isoformat(), "url": address}
    _say(as_json, told, f"{made.email} may own {slug}: {address}")


async def _invite(settings: Settings, slug: str, email: str, name: str) -> tuple[Invitation, str]:
    database = Database(settings.database)
    try:
        tenant = next((each for each in await Directory(database).all() if each.slug == slug), None)
        if tenant is None:
            raise NotFound(f"there is no tenant {slug}")
        async with database.tenant_session(tenant) as session:
            made = await links.invite(
                session,
                actor="operator:command",
                email=email,
                name=name,
                role=StaffRole.OWNER,
                customer_id=None,
                invited_by=None,
            )
        return made, public_url(settings, tenant, f"/invitation/{made.token}")
    finally:
        await database.close()


@tenants.command()
@slug_argument
@click.option("--name", help="As customers know it.")
@tenant_options
@as_json
def change(slug: str, as_json: bool, **options: Any) -> None:
    """Change what is given; --host replaces all hosts."""
    given = _given(options)
    run(_change(settings().database, slug, given))
    _say(as_json, {"slug": slug, "changed": sorted(given)}, f"changed {slug}: {', '.join(sorted(given)) or 'nothing'}")


async def _change(database: DatabaseSettings, slug: str, given: dict[str, Any]) -> None:
    async with owner_connection(database) as owner:
        await provision.change_tenant(owner, slug, **given)


@tenants.command("list")
@as_json
def list_(as_json: bool) -> None:
    """All tenants with state, address and revision."""
    rows = run(list_tenants(settings().database))
    if as_json:
        show.as_json(rows)
        return
    headings = ("tenant", "state", "host", "zone", "currency", "language", "revision", "held back")
    show.table(headings, [row.cells for row in rows])


@tenants.command()
@slug_argument
@as_json
def suspend(slug: str, as_json: bool) -> None:
    """Close a tenant's portal and rest its jobs; its data stays."""
    run(_suspend(settings().database, slug))
    _say(as_json, {"slug": slug, "state": "suspended"}, f"suspended {slug}")


async def _suspend(database: DatabaseSettings, slug: str) -> None:
    async with owner_connection(database) as owner:
        await provision.suspend_tenant(owner, slug)


@tenants.command()
@slug_argument
@as_json
def resume(slug: str, as_json: bool) -> None:
    """Open a suspended tenant's portal again."""
    run(_resume(settings().database, slug))
    _say(as_json, {"slug": slug, "state": "active"}, f"resumed {slug}")


async def _resume(database: DatabaseSettings, slug: str) -> None:
    async with owner_connection(database) as owner:
        await provision.resume_tenant(owner, slug)


@tenants.command()
@slug_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
def delete(slug: str, yes: bool, as_json: bool) -> None:
    """Delete a tenant with all its data, for good."""
    if not yes and click.prompt(f"This deletes all data of {slug}. Type its name to go on", err=True) != slug:
        raise click.ClickException("that is not its name; nothing was deleted")
    role_dropped = run(_delete(settings().database, slug))
    kept = "" if role_dropped else "; its role is used in another database and stays"
    _say(as_json, {"slug": slug, "deleted": True, "role_dropped": role_dropped}, f"deleted {slug}{kept}")


async def _delete(database: DatabaseSettings, slug: str) -> bool:
    async with owner_connection(database) as owner:
        return await delete_tenant(owner, slug)


@tenants.command()
@click.argument("slug", required=False)
@click.option("--at-once", default=4, show_default=True, help="How many tenants at a time.")
@click.option("--allow-held-back", is_flag=True, help="End with code 0 all the same.")
@as_json
def migrate(slug: str | None, at_once: int, allow_held_back: bool, as_json: bool) -> None:
    """Bring all tenants, or one, to this release's revision. Exit code 1 if one is held back.

    The portal of one held back shows a page that says so, once this release's processes run, until it has passed.
    """
    with show.Steps("migrating", quiet=as_json).shown() as steps:

        def done(outcome: Migrated) -> None:
            what = f"held back: {outcome.error}" if outcome.error else f"{outcome.before} → {outcome.after}"
            steps.step(f"{outcome.slug}: {what} ({outcome.seconds:.2f} s)", bad=bool(outcome.error))

        outcomes = run(
            migrate_tenants(settings().database, slug=slug, at_once=at_once, started=steps.expect, done=done)
        )
    held_back = [outcome for outcome in outcomes if outcome.error]
    summary = (
        f"{len(outcomes) - len(held_back)} migrated, {len(held_back)} held back" if outcomes else "all are current"
    )
    _say(as_json, {"migrated": outcomes, "held_back": len(held_back)}, summary)
    if held_back and not allow_held_back:
        raise SystemExit(1)


@tenants.command()
@click.argument("slug", required=False)
@as_json
def check(slug: str | None, as_json: bool) -> None:
    """Look over schemas, revisions, roles and grants. Exit code 1 if something is wrong."""
    with show.Steps("checking", quiet=as_json).shown() as steps:

        def done(checked: Checked) -> None:
            steps.step(f"{checked.slug}: {'; '.join(checked.troubles) or 'in order'}", bad=bool(checked.troubles))

        checked = run(check_tenants(settings().database, slug=slug, started=steps.expect, done=done))
    wrong = [each for each in checked if each.troubles]
    _say(as_json, {"checked": len(checked), "wrong": wrong}, f"{len(checked) - len(wrong)} in order, {len(wrong)} not")
    if wrong:
        raise SystemExit(1)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in options.items() if value not in (None, ())}
    if isinstance(given.get("brand"), Path):
        try:
            given["brand"] = msgspec.json.decode(given["brand"].read_bytes(), type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise click.UsageError(f"the brand is no JSON object: {error}") from error
    return given


def _say(as_json: bool, value: Any, sentence: str) -> None:
    if as_json:
        show.as_json(value)
    else:
        click.echo(sentence)
