"""Starting the simulator: accounts from a configuration, their companies, and Granian on a loopback port."""

import asyncio
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import cast

from granian.constants import Interfaces
from granian.server.embed import Server

from portico_connectors.simulators.netsuite.account import Account, Accounts
from portico_connectors.simulators.netsuite.app import create_app
from portico_connectors.simulators.netsuite.company import fill
from portico_connectors.simulators.netsuite.config import AccountConfig

STOP_SECONDS = 2


def open_accounts(configs: list[AccountConfig], folder: Path, *, lenient: bool = False) -> tuple[Accounts, list[str]]:
    """Open every account under `folder`, filling those that are new; and what a lenient load left out.

    Raises company.read.BadCompany, with all its sentences, where a folder of CSV files has bad rows.
    """
    left_out: list[str] = []
    opened = []
    for config in configs:
        account = Account(config, folder)
        left_out += fill(account, lenient=lenient)
        opened.append(account)
    return Accounts(opened), left_out


def serve(accounts: Accounts, port: int, host: str = "127.0.0.1") -> None:
    """Serve until SIGINT or SIGTERM. Raises OSError when the port is taken."""
    # The server shares a port with whoever has it already; two simulators on one port would answer in turns.
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
    asyncio.run(_serve(accounts, port, host))


async def _serve(accounts: Accounts, port: int, host: str) -> None:
    stopping = asyncio.Event()
    server = Server(
        create_app(accounts, stopping),
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        websockets=False,
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    serving = asyncio.create_task(server.serve())
    waiting = asyncio.create_task(stopping.wait())
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if not serving.done():
        cast("Callable[[], None]", server.stop)()
        await asyncio.wait({serving}, timeout=STOP_SECONDS)
    for account in accounts.all:
        account.close()
