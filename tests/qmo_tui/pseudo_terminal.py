"""`qmo` in a pseudo-terminal of its own, and what its screen shows."""

import contextlib
import os
import signal
import time

import pexpect
import pyte

from tests.qmo_tui.command import PATIENCE_SECONDS, QMO


class Terminal:
    """A pseudo-terminal with `qmo` in it."""

    def __init__(self, arguments: list[str], size: tuple[int, int], **environment: str) -> None:
        width, height = size
        self._screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self._screen)
        # COLUMNS and LINES, which test runners set, would be believed before the terminal itself.
        inherited = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
        known = {**inherited, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment}
        self._child = pexpect.spawn(
            str(QMO), arguments, dimensions=(height, width), env=known, timeout=PATIENCE_SECONDS
        )

    def until(self, *texts: str) -> list[str]:
        """Read until the screen shows a text, any of several; return its lines."""
        is_shown = self.shows(*texts, within=PATIENCE_SECONDS)
        assert is_shown, f"none of {texts!r} is on the screen:\n" + "\n".join(self._screen.display)
        return list(self._screen.display)

    def shows(self, *texts: str, within: float) -> bool:
        """Read for so many seconds, or until the screen shows a text, any of several; return whether it does."""
        end = time.monotonic() + within
        while not any(text in line for text in texts for line in self._screen.display):
            left = end - time.monotonic()
            if left <= 0:
                return False
            with contextlib.suppress(pexpect.TIMEOUT):
                self._stream.feed(self._child.read_nonblocking(65_536, timeout=left))
        return True

    def press(self, keys: str) -> None:
        self._child.send(keys)

    def send(self, ending: signal.Signals) -> None:
        self._child.kill(ending)

    def rest(self) -> bytes:
        """Read to the end of what the program sends."""
        sent: bytes = self._child.read()
        return sent

    def close(self) -> None:
        self._child.close(force=True)

    def exit_code(self) -> int | None:
        self._child.expect(pexpect.EOF)
        self._child.close()
        code: int | None = self._child.exitstatus
        return code
