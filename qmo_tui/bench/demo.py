"""How much memory the demo takes, and how many objects, as hours of market go by: it must not grow, having no end.

The market is played as `qmo demo` plays it, only as fast as it can be made, and looked at as a screen would.
"""

import asyncio
import gc
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
MOST_OBJECTS: Final = 80_000.0
"""Bars, footprints, zones and ended icebergs are kept: some 2,000 objects an hour of market."""
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
    kept: list[tuple[float, int]] = json.loads(done.stdout)
    (first_mb, first_objects), (last_mb, last_objects) = kept[0], kept[-1]
    return [
        Figure(f"peak memory of the demo, {hours} hours of market", last_mb, "MB", MOST_MB, at_least=False),
        Figure("its growth after the first hour", last_mb - first_mb, "MB", MOST_GROWTH_MB, at_least=False),
        Figure("objects that it keeps after the first hour", first_objects, ""),
        Figure("objects that it keeps in the end", last_objects, "", MOST_OBJECTS, at_least=False),
    ]


async def play(hours: int) -> list[tuple[float, int]]:
    """Play a demo in this process; return the peak of its memory (MB) and its objects after each hour of market.

    What was loaded with the engines is not counted among the objects, and neither are numbers and texts.
    """
    market = EndlessMarket()
    session = ReplaySession(market, load().settings, EndlessReplay(market, speed=None))
    playing = asyncio.ensure_future(session.run())
    kept: list[tuple[float, int]] = []
    try:
        while len(kept) < hours and not playing.done():
            await asyncio.sleep(_LOOK_SECONDS)
            session.view(_SCREEN)
            passed = (session.transport.position or 0) - market.settings.start
            if new := min(passed // _HOUR_NS, hours) - len(kept):
                kept += [(peak_memory_mb(), _objects())] * new
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
    if session.failure is not None:
        raise session.failure
    return kept


def _objects() -> int:
    gc.collect()
    return len(gc.get_objects())


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(play(int(sys.argv[1])))))
