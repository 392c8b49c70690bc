"""How much memory the demo takes as hours of market go by: it must not grow, since it has no end.

The market is played as `qmo demo` plays it, only as fast as it can be made, and looked at as a screen would.
"""

import asyncio
import json
import subprocess
import sys
from typing import Final

from engines.view import ViewRequest
from feeds.simulator.endless import EndlessMarket, EndlessReplay
from qmo_tui.bench.figures import Figure
from qmo_tui.session.headless import peak_memory_mb
from qmo_tui.session.replay import ReplaySession
from qmo_tui.settings import load

HOURS: Final = 20
MOST_MB: Final = 350.0
MOST_GROWTH_MB: Final = 30.0
_HOUR_NS: Final = 3_600_000_000_000
_LOOK_SECONDS: Final = 0.05
_SCREEN: Final = ViewRequest(
    ladder_rows=60, prints=60, bars=120, footprints=12, profile=True, flow=True, zones=True, timing=True, mentor=True
)


def measure_demo(hours: int = HOURS) -> list[Figure]:
    """Return the peak memory of a demo over so many hours of market, and its growth after the first, in MB."""
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", __name__, str(hours)], capture_output=True, check=True
    )
    peaks: list[float] = json.loads(done.stdout)
    return [
        Figure(f"peak memory of the demo, {hours} hours of market", peaks[-1], "MB", MOST_MB, at_least=False),
        Figure("its growth after the first hour", peaks[-1] - peaks[0], "MB", MOST_GROWTH_MB, at_least=False),
    ]


async def play(hours: int) -> list[float]:
    """Play a demo in this process and return the peak of its memory (MB) after each hour of market."""
    market = EndlessMarket()
    session = ReplaySession(market, load().settings, EndlessReplay(market, speed=None))
    playing = asyncio.ensure_future(session.run())
    peaks: list[float] = []
    try:
        while len(peaks) < hours and not playing.done():
            await asyncio.sleep(_LOOK_SECONDS)
            session.view(_SCREEN)
            passed = (session.transport.position or 0) - market.settings.start
            peaks += [peak_memory_mb()] * (min(passed // _HOUR_NS, hours) - len(peaks))
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
    if session.failure is not None:
        raise session.failure
    return peaks


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(play(int(sys.argv[1])))))
