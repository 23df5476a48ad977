"""What the invoice list costs against a bare page of the same rows: processor time of this process and of PostgreSQL.

Ours is the whole application (host, sign-in, permissions, CSRF token, brand, counts, holds, navigation) for a
signed-in payer whose customer has 10,000 invoices. The ceiling is a bare Litestar handler with asyncpg and a compiled
Jinja template that escapes: it knows neither tenants nor people, and shows the same 50 rows as a table.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
from jinja2 import Environment
from litestar import Litestar, Response, get

from bench.database import one_tenant
from bench.furnish import furnish
from portico_core.settings import DatabaseSettings, Settings, WebSettings
from portico_portal.app import serve
from portico_portal.resources import Resources
from portico_tenants.tenant import Tenant

INVOICES = 10_000
ROUNDS = 9
REQUESTS = 60
TICKS = 100  # of /proc a second

Ask = Callable[[], Awaitable[bytes]]

# The markup of our own rows, with the values as they come.
BARE_PAGE = """<!doctype html><html lang="en"><head><title>Invoices</title><link rel="stylesheet" href="/site.css">
</head><body><h1>Invoices</h1><table class="table table-hover" role="table"><tbody role="rowgroup">{% for row in rows %}
<tr role="row"><td role="cell" class="c-check"><input type="checkbox" name="tick" value="{{ row.id }}"
aria-label="Select invoice {{ row.number }}"></td><th role="rowheader" scope="row" class="c-no"><a class="doc"
href="/invoices/{{ row.id }}">{{ row.number }}</a></th><td role="cell" class="c-hide quiet">
{{ row.purchase_order }}</td>
<td role="cell" class="c-hide quiet"><time datetime="{{ row.issued_on }}">{{ row.issued_on }}</time></td>
<td role="cell" class="c-due"><span class="c-hide"><time datetime="{{ row.due_on }}">{{ row.due_on }}</time></span>
<span class="sub sub-phone">, order {{ row.purchase_order }}</span></td><td role="cell" class="c-state"><span
class="badge">{{ row.state }}</span></td><td role="cell" class="num c-hide quiet"><data class="money"
value="{{ row.total_minor }}">{{ row.total_minor }}</data></td><td role="cell" class="num c-open"><strong><data
class="money" value="{{ row.open_minor }}">{{ row.open_minor }}</data></strong></td></tr>{% endfor %}
</tbody></table></body></html>"""


def main() -> int:
    asyncio.run(_measure())
    return 0


async def _measure() -> None:
    async with one_tenant() as (database, tenant):
        customer_id, token = await furnish(database, tenant, INVOICES)
        settings = Settings(
            environment="test",
            database=replace(database.settings, pool_size=1),
            redis_url="redis://127.0.0.1:1/0",
            secret_keys={"bench": bytes(32)},
            web=WebSettings(platform_host="platform.localhost", scheme="http"),
        )
        resources = Resources.make(settings)
        ours = serve(resources)
        pool, bare = await _bare(database.settings, tenant, customer_id)
        try:
            for path in ("/invoices", "/invoices?view=all"):
                both = {
                    "bare": _asker(bare, "/", tenant.host, token),
                    "ours": _asker(ours, path, tenant.host, token),
                }
                await _compare(path, both, settings.database)
        finally:
            await pool.close()
            await resources.close()


async def _compare(path: str, both: dict[str, Ask], database: DatabaseSettings) -> None:
    spent: dict[str, list[float]] = {name: [] for name in both}
    for name, ask in both.items():
        body = await ask()
        rows = body.count(b'name="tick"')
        if rows != 50:
            raise SystemExit(f"{name} shows {rows} rows instead of 50")
        for _ in range(20):
            await ask()
    admin = await asyncpg.connect(database.url)
    try:
        for _ in range(ROUNDS):
            for name, ask in both.items():
                servers = await _servers(admin)
                before = time.process_time() + sum(_cpu_seconds(pid) for pid in servers)
                for _ in range(REQUESTS):
                    await ask()
                after = time.process_time() + sum(_cpu_seconds(pid) for pid in servers)
                spent[name].append((after - before) / REQUESTS)
    finally:
        await admin.close()
    ratio = statistics.median(ours / bare for ours, bare in zip(spent["ours"], spent["bare"], strict=True))
    each = ", ".join(f"{name} {statistics.median(times) * 1000:.2f} ms" for name, times in spent.items())
    sys.stdout.write(f"{path}: {each} of processor time a page; {ratio:.2f} times the bare page (aim: 1.6)\n")


async def _servers(admin: asyncpg.Connection) -> list[int]:
    rows = await admin.fetch("SELECT pid FROM pg_stat_activity WHERE application_name IN ('portico', 'bare')")
    return [row[0] for row in rows]


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _asker(app: Any, path: str, host: str, token: str) -> Ask:
    """Calls the ASGI application without any client between."""
    route, _, query = path.partition("?")
    headers = [(b"host", host.encode()), (b"cookie", f"session={token}".encode())]

    async def ask() -> bytes:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": route,
            "raw_path": route.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": (host, 80),
            "state": {},
        }
        parts: list[bytes] = []
        status = 0

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                parts.append(message.get("body", b""))

        await app(scope, receive, send)
        if status != 200:
            raise SystemExit(f"{path} answered {status}")
        return b"".join(parts)

    return ask


async def _bare(settings: DatabaseSettings, tenant: Tenant, customer_id: object) -> tuple[asyncpg.Pool, Litestar]:
    async def as_tenant(connection: asyncpg.Connection) -> None:
        await connection.execute(f"SET ROLE {tenant.role}; SET search_path TO {tenant.role}")

    async def nothing(_: asyncpg.Connection) -> None:
        """Keep the role: this side has one tenant."""

    pool = await asyncpg.create_pool(
        settings.url,
        min_size=1,
        max_size=1,
        init=as_tenant,
        reset=nothing,
        server_settings={"application_name": "bare", "jit": "off"},
    )
    template = Environment(autoescape=True).from_string(BARE_PAGE)

    @get("/")
    async def page() -> Response[str]:
        async with pool.acquire() as connection:
            rows = await connection.fetch(
                "SELECT id, number, purchase_order, issued_on, due_on, state, total_minor, open_minor FROM invoice"
                " WHERE customer_id = $1 AND open_minor > 0 ORDER BY due_on, id LIMIT 50",
                customer_id,
            )
        return Response(template.render(rows=rows), media_type="text/html")

    return pool, Litestar([page], openapi_config=None)


if __name__ == "__main__":
    raise SystemExit(main())
