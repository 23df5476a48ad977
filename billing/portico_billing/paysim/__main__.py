"""`python -m portico_billing.paysim --port 9201 --data DIR --config FILE`: serve until SIGTERM or Ctrl-C."""

import argparse
import asyncio
import fcntl
import ipaddress
import logging
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar

from portico_billing.paysim.app import build_app
from portico_billing.paysim.config import ConfigRefused, load_config


def main() -> int:
    """0 after an ordinary stop, 2 when the start is refused, with the reason on stderr."""
    parser = argparse.ArgumentParser(prog="python -m portico_billing.paysim", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address, others are refused")
    parser.add_argument("--port", type=int, required=True, help="0: any free one; DIR/port tells which")
    parser.add_argument("--data", type=Path, required=True, help="the folder of its memory")
    parser.add_argument("--config", type=Path, required=True, help="keys, accounts and webhooks as JSON")
    options = parser.parse_args()
    try:
        if not ipaddress.ip_address(options.host).is_loopback:
            raise ConfigRefused(f"--host: paysim binds to loopback alone, not to {options.host}")
        config = load_config(options.config)
    except (ValueError, ConfigRefused) as error:
        sys.stderr.write(f"paysim: {error}\n")
        return 2
    port = options.port or _free_port(options.host)
    logging.basicConfig(level=logging.WARNING, format="paysim %(levelname)s %(message)s")
    options.data.mkdir(parents=True, exist_ok=True)
    lock = (options.data / "lock").open("w")
    if not _locked(lock):
        sys.stderr.write(f"paysim: another one works on {options.data}\n")
        return 2
    app = build_app(config, options.data, config.public_url or f"http://{options.host}:{port}")
    (options.data / "port").write_text(f"{port}\n")
    asyncio.run(_serve(app, options.host, port))
    return 0


async def _serve(app: Litestar, host: str, port: int) -> None:
    # In this very process: one pid to stop or to kill, and the sockets are ours to break (control/sever.py).
    server = Server(app, address=host, port=port, interface=Interfaces.ASGI, log_enabled=False)
    loop = asyncio.get_running_loop()
    end: Callable[[], None] = server.stop

    def stop() -> None:
        app.state.deliverer.let_go()
        end()

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)
    await server.serve()


def _locked(lock: TextIO) -> bool:
    """Whether the folder is ours alone now; a predecessor that is just ending is waited for."""
    for _ in range(30):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
