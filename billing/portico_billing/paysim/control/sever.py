"""Break a client's connection without a word, which no ASGI server offers."""

import os
import socket


def sever(client: tuple[str, int] | None) -> bool:
    """Shut the socket whose other end is `client`, found among this process's own; False if there is none.

    The client sees the server hang up without an answer, as when a process or a load balancer dies.
    """
    if client is None:
        return False
    peer = (client[0], int(client[1]))
    for name in os.listdir("/dev/fd"):
        try:
            copy = socket.socket(fileno=os.dup(int(name)))
        except OSError:
            continue
        with copy:
            try:
                if copy.getpeername()[:2] == peer:
                    copy.shutdown(socket.SHUT_RDWR)
                    return True
            except OSError:
                continue
    return False
