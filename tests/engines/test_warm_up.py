"""Nothing compiles while the market is read: the first session after an upgrade would stand still for it."""

import json
import subprocess
import sys
from typing import Any

from engines.pipeline import Pipeline
from engines.view import ViewRequest
from engines.warm_up import warm_up
from feeds.records import Batch, Schema
from tests.engines.flow.test_bars import GOLD
from tests.market import session

SCREEN = ViewRequest(
    ladder_rows=40, prints=20, bars=60, footprints=10, profile=True, flow=True, zones=True, timing=True, mentor=True
)


def called() -> list[str]:
    """Name the kernels that were called from Python so far in this process."""
    from numba.core.registry import CPUDispatcher

    kernels: dict[str, Any] = {
        f"{name}.{kernel.py_func.__name__}": kernel
        for name, module in sorted(sys.modules.items())
        if name.startswith("engines.")
        for kernel in vars(module).values()
        if isinstance(kernel, CPUDispatcher) and kernel.py_func.__module__ == name
    }
    return [name for name, kernel in kernels.items() if kernel.signatures]


def read_a_market() -> None:
    """Read, look at and finish a session long enough for zones of memory and a broken line."""
    made = session(7, 60_000, pace=20_000_000, auction=True, resnapshots=1)
    pipeline = Pipeline(GOLD)
    for part in (made.array[:100_000], made.array[100_000:]):
        pipeline.process(Batch(Schema.MBO, part))
        pipeline.view(SCREEN)
    pipeline.gap()
    pipeline.finish()


def test_every_kernel_that_a_session_calls_was_warm() -> None:
    """Told by a process of its own, in which nothing ran before."""
    told = subprocess.run([sys.executable, "-m", __name__], capture_output=True, check=True)
    warm, later = json.loads(told.stdout)
    assert "engines.zones.memory_kernel.place_zone" in later
    assert sorted(set(later) - set(warm)) == []


if __name__ == "__main__":
    warm_up()
    warm = called()
    read_a_market()
    json.dump((warm, called()), sys.stdout)
