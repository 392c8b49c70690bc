"""An event loop whose clock jumps to the next timer, so that waiting takes no time and always takes the same."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


_FAR_SECONDS = 0.1
"""A jump this far waits a moment of real time first: what a socket was sent may take that long to arrive."""
_MOMENT_SECONDS = 0.002


class _Jumping(selectors.DefaultSelector):
    """Waits for nothing: where no socket has news, the time it is told to wait has passed when it returns."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            return super().select(None)
        ready = super().select(_MOMENT_SECONDS if timeout >= _FAR_SECONDS else 0)
        if not ready:
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def in_virtual_time(scenario: Coroutine[Any, Any, Result]) -> Result:
    """Run a scenario to its end on a clock of its own, which starts at 0 seconds."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(asyncio.wait_for(scenario, 1_000_000))
