"""What the terminal can do, as far as it can be known from here: from the environment, and from what it answers.

Whether it shows a frame at once or as it arrives (synchronized output, mode 2026) only itself knows, so it is asked,
together with something that every terminal answers. That is done only where all three streams lead to it, as the
cockpit needs them to.
"""

import os
import re
import select
import shutil
import sys
import termios
import time
import tty
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

_ASK_SYNCHRONIZED: Final = b"\x1b[?2026$p"
_ASK_KIND: Final = b"\x1b[c"
"""What every terminal answers, and in the order asked: after this answer none of the other will come."""
_SYNCHRONIZED: Final = re.compile(rb"\x1b\[\?2026;(\d)\$y")
_KIND: Final = re.compile(rb"\x1b\[\?[\d;]*c")
_UNDERSTOOD: Final = frozenset({b"1", b"2", b"3"})
"""Answers of a terminal that knows the mode: set, not set, always set."""
_PATIENCE_SECONDS: Final = 1.0
_READ_BYTES: Final = 1_024
_REMOTE: Final = ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT")


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal; what cannot be known is None.

    Attributes:
        is_one: Whether input, output and errors all lead to a terminal, as the cockpit needs.
        size: Columns and rows.
        kind: What `TERM` says; empty where it says nothing.
        colours: `truecolor`, `256` or `standard` (sixteen); None for none.
        no_colour: Whether `NO_COLOR` is set, with whatever value.
        utf8: Whether text leaves the program as UTF-8.
        remote: Whether this is a session over ssh.
        multiplexer: `tmux` or `screen`, in which it runs; empty where it runs in none.
        synchronized: Whether it shows whole frames.
    """

    is_one: bool
    size: tuple[int, int] | None
    kind: str
    colours: str | None
    no_colour: bool
    utf8: bool
    remote: bool
    multiplexer: str
    synchronized: bool | None


def look_at_terminal(environment: Mapping[str, str], *, colours: str | None) -> Terminal:
    """Look at the terminal of this process; `colours` is what the cockpit's library makes of it."""
    is_one = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
    columns, rows = shutil.get_terminal_size((0, 0)) if is_one else (0, 0)
    kind = environment.get("TERM", "")
    asks = is_one and kind not in {"", "dumb", "unknown"}
    return Terminal(
        is_one=is_one,
        size=(columns, rows) if columns and rows else None,
        kind=kind,
        colours=colours,
        no_colour="NO_COLOR" in environment,
        utf8=(sys.stdout.encoding or "").lower().replace("-", "") == "utf8",
        remote=any(environment.get(name) for name in _REMOTE),
        multiplexer="tmux" if environment.get("TMUX") else "screen" if environment.get("STY") else "",
        synchronized=is_synchronized(sys.stdin.fileno(), sys.stdout.fileno()) if asks else None,
    )


def is_synchronized(keys: int, screen: int, *, patience: float = _PATIENCE_SECONDS) -> bool | None:
    """Ask the terminal behind two descriptors whether it shows whole frames; None where it says nothing for so long."""
    heard = b""
    with _unechoed(keys):
        os.write(screen, _ASK_SYNCHRONIZED + _ASK_KIND)
        end = time.monotonic() + patience
        while not _KIND.search(heard) and (left := end - time.monotonic()) > 0:
            if select.select([keys], [], [], left)[0]:
                heard += os.read(keys, _READ_BYTES)
    answer = _SYNCHRONIZED.search(heard)
    if answer is not None:
        return answer[1] in _UNDERSTOOD
    return False if _KIND.search(heard) else None


@contextmanager
def _unechoed(keys: int) -> Iterator[None]:
    """Hear answers at once and show them to nobody; interrupts still work."""
    before = termios.tcgetattr(keys)
    tty.setcbreak(keys, termios.TCSADRAIN)
    try:
        yield
    finally:
        termios.tcsetattr(keys, termios.TCSADRAIN, before)
