"""The cockpit from its opening to its end: what the program beside it has to know and to be spared of meanwhile."""

import asyncio
import gc
import signal
from collections.abc import Callable
from typing import Final

from qmo_tui.cockpit.app import CockpitApp
from qmo_tui.cockpit.desk import Desk
from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.session.said import SaidLines

_COLLECT_AFTER: Final = 2_000, 5, 500
"""Objects left over before Python looks for unreachable ones among the newest, which takes it 2 ms, and how often it
looks further: through some more for 5 ms, and every few minutes through all that the screen's caches keep, for 60 ms.
At the usual 700, 10, 10 it did the last every two seconds; at 20,000 the first took it up to 40 ms."""
_ENDINGS: Final = (signal.SIGTERM, signal.SIGHUP)
"""Signals that end the cockpit as its quit key does, so that the terminal is given back as it was."""
_ENDED: Final = 130


async def open_cockpit(
    desk: Desk, options: CockpitOptions, opened: Callable[[], None] = lambda: None, said: SaidLines | None = None
) -> int:
    """Show a desk until the trader quits; return the exit code. `opened` is called once the first frame stands.

    Raises:
        Exception: What made the cockpit fail; the terminal has been restored.
    """
    collect_after = gc.get_threshold()
    gc.set_threshold(*_COLLECT_AFTER)
    app = CockpitApp(desk, options, opened=opened, said=said)
    loop = asyncio.get_running_loop()
    for ending in _ENDINGS:
        loop.add_signal_handler(ending, app.exit, None, _ENDED)
    try:
        await app.run_async()
    finally:
        gc.set_threshold(*collect_after)
        for ending in _ENDINGS:
            loop.remove_signal_handler(ending)
    if app.crash is not None:
        raise app.crash
    return app.return_code or 0
