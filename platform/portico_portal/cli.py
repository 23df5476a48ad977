"""The `portico` command: run the portal's processes, look after tenants, database and secrets.

Reads like a table of contents; what a process needs is imported when that process is asked for.
"""

import click

from portico_core.jobs import QUEUES
from portico_portal.commands.check import check
from portico_portal.commands.database import database, secrets
from portico_portal.commands.run import run, settings
from portico_portal.commands.tenants import tenants
from portico_tenants.safety import refuse_unsafe


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """White-labelled customer portals for distributors. Settings come from PORTICO_… variables."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True)
@click.option("--workers", default=1, show_default=True, help="Processes.")
def web(host: str, port: int, workers: int) -> None:
    """Serve the portals."""
    given = settings()
    if workers > 1 and given.web.metrics_port:
        raise click.UsageError("PORTICO_WEB_METRICS_PORT is one process's: leave it out, or serve with --workers 1")
    run(refuse_unsafe(given.database))
    from portico_portal import serve

    serve.run(given, host=host, port=port, workers=workers)


@main.command()
@click.option("--queues", default=",".join(QUEUES), show_default=True, help="Which queues to work on.")
@click.option("--metrics-port", type=int, help="Where to show figures to Prometheus; nowhere unless given.")
def worker(queues: str, metrics_port: int | None) -> None:
    """Work off jobs."""
    chosen = [queue for queue in queues.split(",") if queue]
    if unknown := set(chosen) - set(QUEUES):
        raise click.UsageError(f"no queue named {', '.join(sorted(unknown))}; there are {', '.join(QUEUES)}")
    given = settings()
    run(refuse_unsafe(given.database))
    from portico_portal import worker as process

    process.run(given, queues=chosen, metrics_port=metrics_port)


@main.command()
def scheduler() -> None:
    """Send jobs when they fall due. Several may run; one leads."""
    given = settings()
    run(refuse_unsafe(given.database))
    from portico_portal import scheduler as process

    process.run(given)


for command in (tenants, database, secrets, check):
    main.add_command(command)

if __name__ == "__main__":
    main()
