"""A supervisor with a stubborn family, run as a process by test_supervisor: it may be killed in every way.

One child obeys; one ignores every polite signal and has forked a grandchild that does too. Arguments: the folder
for the logs, and the seconds a child gets to stop.
"""

import os
import sys
import time
from pathlib import Path

from portico_portal.local.children import Program
from portico_portal.local.supervisor import Supervisor, stopping_signals

POLITE = "import time; time.sleep(300)"
STUBBORN = """
import os, signal, time
for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(each, signal.SIG_IGN)
os.fork()
print("ready", flush=True)
time.sleep(300)
"""


def main(folder: Path, stop_seconds: float) -> None:
    with stopping_signals() as stopping, Supervisor() as supervisor:
        for name, code in (("polite", POLITE), ("stubborn", STUBBORN)):
            supervisor.start(
                Program(
                    name=name,
                    argv=(sys.executable, "-c", code),
                    log=folder / f"{name}.log",
                    environment=dict(os.environ),
                    stop_seconds=stop_seconds,
                )
            )
        while (folder / "stubborn.log").read_text().count("ready") < 2:
            time.sleep(0.02)
        print("family is up", flush=True)  # noqa: T201 - the test waits for it
        while not stopping:
            time.sleep(0.02)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
