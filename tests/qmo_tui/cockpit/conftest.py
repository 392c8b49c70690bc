"""The cockpit's tests go on as soon as its loop has nothing left to do."""

import asyncio
from typing import Any, Final

import pytest
import textual.app
import textual.pilot

_SOON_SECONDS: Final = 0.02
"""A little more than Textual gathers changes for before it draws them."""


async def settled(min_sleep: float = 0.0, max_sleep: float = 1.0) -> None:
    """Wait until the running loop has nothing to do, now or soon.

    Textual waits until the process has been idle for 20 ms, three times for each key: most of the time of these tests
    was that, and on a busy machine a process looks idle that is only not let run.
    """
    loop: Any = asyncio.get_running_loop()
    end = loop.time() + max_sleep
    await asyncio.sleep(min_sleep)
    while loop.time() < end:
        if loop._ready:
            await asyncio.sleep(0)
        elif (due := _next_due(loop)) < min(loop.time() + _SOON_SECONDS, end):
            await asyncio.sleep(due - loop.time())
        else:
            return


def _next_due(loop: Any) -> float:
    return min((timer.when() for timer in loop._scheduled if not timer.cancelled()), default=float("inf"))


@pytest.fixture(autouse=True)
def no_waiting_for_an_idle_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (textual.app, textual.pilot):
        monkeypatch.setattr(module, "wait_for_idle", settled)
