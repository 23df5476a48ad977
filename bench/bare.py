"""The ceiling of the list page: what a sensible developer writes who has one tenant and no people to tell apart.

A Litestar handler, an asyncpg pool, one statement, a compiled Jinja template that escapes. It shows the same rows in
the same markup, which `bench.list_page` holds against ours cell by cell; nothing is checked and nothing stands around
the table but a head. Served as ours is, by one Granian worker in a process of its own.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from jinja2 import Environment
from litestar import Litestar, Response, get

from portico_core.tls import trust
from portico_portal.local.ports import free_port

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Invoices</title>
<link rel="stylesheet" href="/site.css"></head><body><h1>Invoices</h1>
<table class="table table-hover" role="table"><tbody role="rowgroup">
{% for row in rows %}
<tr role="row"><td role="cell" class="c-check"><input type="checkbox" name="tick" value="{{ row.id }}"\
 aria-label="Select invoice {{ row.number }}"></td><th role="rowheader" scope="row" class="c-no"><a class="doc"\
 href="/invoices/{{ row.id }}">{{ row.number }}</a></th><td role="cell" class="c-hide quiet">{{ row.purchase_order }}\
</td><td role="cell" class="c-hide quiet"><time\
{% if row.issued_on.year != today.year %} class="far"{% endif %} datetime="{{ row.issued_on }}">\
{{ day(row.issued_on) }}</time></td>\
<td role="cell" class="c-due"><span class="c-hide"><time\
{% if row.due_on.year != today.year %} class="far"{% endif %} datetime="{{ row.due_on }}">{{ day(row.due_on) }}</time>\
 </span><span class="sub"><span class="{{ 'late' if row.due_on < today else 'quiet' }}">{{ away(row.due_on) }}</span>\
</span>{% if row.purchase_order %}<span class="sub sub-phone">, order {{ row.purchase_order }}</span>{% endif %}</td>\
<td role="cell" class="c-state">{% if row.due_on < today %}<span class="badge badge-danger"><svg class="i"\
 viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="M12 3.5 2.5 20h19zM12 9.8v4.6M12 17.2h.01"/></svg>\
Overdue</span>{% else %}<span class="badge">Open</span>{% endif %}</td><td role="cell" class="num c-hide quiet">\
<data class="money" value="{{ pounds(row.total_minor) }}">£{{ pounds(row.total_minor, ",") }}</data></td>\
<td role="cell" class="num c-open"><strong><data class="money" value="{{ pounds(row.open_minor) }}">\
£{{ pounds(row.open_minor, ",") }}</data></strong></td></tr>
{% endfor %}
</tbody></table></body></html>"""

ROWS = """
    SELECT id, number, purchase_order, issued_on, due_on, total_minor, open_minor FROM invoice
    WHERE customer_id = $1 AND open_minor > 0 ORDER BY due_on, id LIMIT 50
"""


def application() -> Litestar:
    """Factory for the Granian worker; reads whose list it is from the environment."""
    customer_id, role = UUID(os.environ["BARE_CUSTOMER"]), os.environ["BARE_ROLE"]
    template = Environment(autoescape=True, trim_blocks=True).from_string(PAGE)

    async def as_tenant(connection: asyncpg.Connection) -> None:
        await connection.execute(f"SET ROLE {role}; SET search_path TO {role}")

    async def keep_role(_: asyncpg.Connection) -> None:
        """Instead of the pool's reset, which would take the role away: this side has one tenant."""

    @asynccontextmanager
    async def pool(app: Litestar) -> AsyncIterator[None]:
        app.state.pool = await asyncpg.create_pool(
            os.environ["BARE_URL"],
            min_size=1,
            max_size=1,
            init=as_tenant,
            reset=keep_role,
            server_settings={"application_name": "bare", "jit": "off"},
        )
        yield
        await app.state.pool.close()

    @get("/")
    async def page() -> Response[str]:
        async with app.state.pool.acquire() as connection:
            rows = await connection.fetch(ROWS, customer_id)
        today = date.today()  # noqa: DTZ011 - one tenant, one zone
        return Response(template.render(rows=rows, today=today, **words(today)), media_type="text/html")

    app = Litestar([page], lifespan=[pool], openapi_config=None)
    return app


def words(today: date) -> dict[str, object]:
    """How the page writes days and amounts."""

    def day(value: date) -> str:
        return f"{value.day} {value:%b}" if value.year == today.year else f"{value.day} {value:%b %Y}"

    def away(value: date) -> str:
        days = (value - today).days
        return f"{-days} day{'' if days == -1 else 's'} late" if days < 0 else f"in {days} days"

    def pounds(minor: int, group: str = "") -> str:
        return f"{minor / 100:{group}.2f}"

    return {"day": day, "away": away, "pounds": pounds}


def start(url: str, role: str, customer_id: object, log: Path) -> tuple[subprocess.Popen[bytes], int]:
    """The process, once it answers, and its port."""
    port = free_port()
    env = {**os.environ, "BARE_URL": url, "BARE_ROLE": role, "BARE_CUSTOMER": str(customer_id)}
    with log.open("wb") as out:
        command = [sys.executable, "-m", "bench.bare", str(port)]
        process = subprocess.Popen(  # noqa: S603 - our own module
            command, env=env, stdout=out, stderr=out, start_new_session=True
        )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/", timeout=5, verify=trust()).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return process, port
    stop(process)
    raise SystemExit(f"the bare page does not answer\n{log.read_text()[-2000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End it with its worker, which would outlive it."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


if __name__ == "__main__":
    Granian(
        "bench.bare:application",
        factory=True,
        interface=Interfaces.ASGI,
        loop=Loops.asyncio,
        address="127.0.0.1",
        port=int(sys.argv[1]),
        workers=1,
        websockets=False,
        http=HTTPModes.http1,
    ).serve()
