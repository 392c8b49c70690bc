"""How late the program's own loop is: what one long piece of work costs everybody else."""

import asyncio
from collections.abc import Callable
from typing import Final

SAMPLE_EVERY: Final = 0.050
"""Seconds between two samples of the lag."""


async def watch_lag(record: Callable[[float, float], None], clock: Callable[[], float]) -> None:
    """Report forever how late this loop wakes from a short sleep."""
    while True:
        before = clock()
        await asyncio.sleep(SAMPLE_EVERY)
        now = clock()
        record(now, max(0.0, now - before - SAMPLE_EVERY))
