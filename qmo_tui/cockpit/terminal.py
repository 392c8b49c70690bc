"""How long the terminal keeps the program waiting: Textual's driver, with a watch on its writes."""

import time
from collections.abc import Callable

from textual.driver import Driver


def timed(driver_class: type[Driver], waited: Callable[[float], None]) -> type[Driver]:
    """Return the driver class with a `write` that tells how many seconds it took.

    Textual hands its output to a thread through a short queue; once a slow terminal has filled it, `write` blocks and
    with it everything that shares the loop.
    """

    def write(driver: Driver, data: str) -> None:
        before = time.monotonic()
        driver_class.write(driver, data)
        waited(time.monotonic() - before)

    return type(f"Timed{driver_class.__name__}", (driver_class,), {"write": write})
