"""Ends what a supervisor leaves behind when it is killed outright.

Run as a file by the bare interpreter, so it imports nothing of ours. Its standard input is a pipe from the
supervisor with one line per child: the child's session, and its start in clock ticks since boot. When the pipe
closes, the supervisor is gone, in whatever way; what still lives in those sessions gets a moment, then SIGKILL.
"""

import os
import signal
import sys
import time

GRACE_SECONDS = 8.0
PAUSE_SECONDS = 0.05


def members(sessions: dict[int, int]) -> dict[int, list[int]]:
    """Living processes by session. A later user of the same number is told apart by an earlier start."""
    found: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        session, state, started = read_stat(int(entry))
        if session in sessions and state not in "ZX" and started >= sessions[session]:
            found.setdefault(session, []).append(int(entry))
    return found


def read_stat(pid: int) -> tuple[int, str, int]:
    """Session, state letter and start in ticks; session 0 where the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            # The name in parentheses may itself hold spaces and parentheses.
            fields = stat.read().rpartition(")")[2].split()
        return int(fields[3]), fields[0], int(fields[19])
    except (OSError, IndexError):
        return 0, "X", 0


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        return


def main() -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    sessions: dict[int, int] = {}
    for line in sys.stdin:
        session, started = line.split()
        sessions[int(session)] = int(started)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and members(sessions):
        time.sleep(PAUSE_SECONDS)
    while left := members(sessions):
        for pids in left.values():
            for pid in pids:
                kill(pid)
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main()
