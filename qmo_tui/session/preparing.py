"""Making the engines ready: loading their kernels, or compiling them, which takes long the first time."""

import gc
from typing import Final

PREPARING: Final = "preparing the engines: compiled once after an upgrade, which takes a minute"
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
