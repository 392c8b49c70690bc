"""The socket that the server listens on: of this machine alone, held before anything else begins."""

import errno
import socket
from typing import Final

from qmo_tui.errors import QmoError

LOOPBACK: Final = "127.0.0.1"
_BACKLOG: Final = 128
_SEND_BYTES: Final = 131_072
"""What the system keeps for a client that does not read, or it would be megabytes each."""


def listen(port: int) -> socket.socket:
    """Return a socket that listens on a port of this machine; 0 takes any free one.

    Raises:
        QmoError: The port cannot be had.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BYTES)
        listening.bind((LOOPBACK, port))
        listening.listen(_BACKLOG)
        listening.settimeout(0)
    except OSError as error:
        listening.close()
        raise QmoError(_why_not(port, error)) from error
    return listening


def _why_not(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} is in use: another program serves there, perhaps a `qmo` already; take another with "
            "--port N, or any free one with --port 0"
        )
    return f"port {port} cannot be listened on: {error.strerror}; take another with --port N"
