"""Where a server of this user listens, and with which token: a file that nobody else can read, while it runs.

What a cockpit serves is told on no screen, since pictures of screens are sent around.
"""

import os
from pathlib import Path

import msgspec

from qmo_tui.errors import QmoError
from qmo_tui.exit_codes import ExitCode
from qmo_tui.paths import serving_file


class Whereabouts(msgspec.Struct, frozen=True):
    """What another program needs to know to ask a server; `pid` is the server's process."""

    url: str
    port: int
    token: str
    pid: int


def keep(whereabouts: Whereabouts) -> None:
    """Leave word of a server.

    Raises:
        QmoError: The file cannot be written.
    """
    path = serving_file(whereabouts.port)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.partial")
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.encode(whereabouts))
        beside.replace(path)
    except OSError as error:
        raise QmoError(f"{path}: cannot be written: {error.strerror}") from error


def forget(kept: Whereabouts) -> None:
    """Take the word of a server back; that of the one that has taken its port since stays."""
    path = serving_file(kept.port)
    try:
        if path.read_bytes() == msgspec.json.encode(kept):
            path.unlink()
    except FileNotFoundError:
        return  # whoever removed it before has done no harm


def whereabouts(port: int) -> Whereabouts:
    """Return what a server of this user has left word of.

    Raises:
        QmoError: None has, or its word cannot be read.
    """
    path: Path = serving_file(port)
    try:
        return msgspec.json.decode(path.read_bytes(), type=Whereabouts)
    except FileNotFoundError:
        raise QmoError(
            f"nothing is served on port {port}: start `qmo serve --port {port}` first", ExitCode.CONNECTION
        ) from None
    except (OSError, msgspec.DecodeError) as error:
        raise QmoError(f"{path}: cannot be read: {error}", ExitCode.CONNECTION) from error
