"""The terminal under Textual's driver: what it is sent, how long it keeps the program waiting, and once it is gone."""

import errno
import time
from collections.abc import Callable
from typing import Any, TextIO

from textual.driver import Driver

from qmo_tui.cockpit.traffic import Traffic


class Outlasting:
    """The terminal as a file that takes what is written to it even after its window was closed.

    Textual writes in a thread of its own, which an error ends; whoever fills its short queue then waits for ever, and
    the program outlives its window. What a closed window cannot show is dropped: its signal ends the program.
    """

    def __init__(self, terminal: TextIO, traffic: Traffic) -> None:
        self._terminal = terminal
        self._traffic = traffic
        self._traffic.taken = self._traffic.sent
        self._is_gone = False

    def fileno(self) -> int:
        """Return the terminal's descriptor."""
        return self._terminal.fileno()

    def write(self, text: str) -> None:
        """Write text through to the terminal, unless it is gone."""
        self._try(lambda: self._terminal.write(text))
        self._try(self._terminal.flush)
        self._traffic.taken = (self._traffic.taken or 0) + len(text.encode())

    def flush(self) -> None:
        """Send what was written, unless the terminal is gone."""
        self._try(self._terminal.flush)

    def _try(self, act: Callable[[], object]) -> None:
        if self._is_gone:
            return
        try:
            act()
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            self._is_gone = True


def counted(driver_class: type[Driver], traffic: Traffic) -> type[Driver]:
    """Return the driver class with a `write` that counts its bytes and seconds, and with a terminal it outlasts.

    Textual hands its output to a thread through a short queue; once a slow terminal has filled it, `write` blocks and
    with it everything that shares the loop.
    """

    def begin(driver: Driver, *arguments: Any, **options: Any) -> None:
        driver_class.__init__(driver, *arguments, **options)
        held = vars(driver)
        if "_file" in held:  # not where there is no terminal
            held["_file"] = Outlasting(held["_file"], traffic)

    def write(driver: Driver, data: str) -> None:
        before = time.monotonic()
        traffic.sent += len(data.encode())
        driver_class.write(driver, data)
        traffic.waited += time.monotonic() - before

    return type(f"Counted{driver_class.__name__}", (driver_class,), {"__init__": begin, "write": write})
