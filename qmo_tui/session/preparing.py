"""Making the engines ready: loading their kernels, or compiling them, which takes long the first time."""

import asyncio
import gc
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, TypeVar

T = TypeVar("T")
_THREAD: Final = "preparing"
PREPARING: Final = "preparing the engines: some seconds, and once after an upgrade a minute"
"""What the screen says meanwhile."""


def load_engines() -> None:
    """Load the kernels, or compile them; blocks, so call it in a thread where a screen waits.

    What is loaded by then stays until the program ends, the compiler above all: some 150,000 objects, which the garbage
    collector looks through no more. It took some 80 ms each time.
    """
    gc.disable()
    try:
        from engines.warm_up import warm_up  # noqa: PLC0415 - costs the compiler, which the screen does not wait for

        warm_up()
    finally:
        gc.enable()
    gc.collect()
    gc.freeze()


def aside(work: Callable[[], T]) -> "asyncio.Future[T]":
    """Do work in a thread that nobody who quits waits for: `asyncio.to_thread` would hold the loop until it is done."""
    outcome: Future[T] = Future()
    outcome.set_running_or_notify_cancel()

    def do() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - told to whoever waits for it
            outcome.set_exception(error)

    threading.Thread(target=do, name=_THREAD, daemon=True).start()
    return asyncio.wrap_future(outcome)


def is_preparing() -> bool:
    """Whether such a thread still works, within the compiler perhaps, which no tidy end of the program interrupts."""
    return any(thread.name == _THREAD for thread in threading.enumerate())
