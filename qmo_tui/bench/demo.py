"""How much memory the demo takes, and how many objects, as hours of market go by: neither may grow, it has no end.

The market is played as `qmo demo` plays it, only as fast as it can be made, and looked at as a screen would.
"""

import asyncio
import gc
import json
import subprocess
import sys
from typing import Final, NamedTuple

from engines.view import ViewRequest
from feeds.simulator.endless import EndlessMarket, EndlessReplay
from qmo_tui.bench.figures import Figure
from qmo_tui.session.headless import peak_memory_mb
from qmo_tui.session.replay import ReplaySession
from qmo_tui.settings import load

HOURS: Final = 20
MOST_MB: Final = 350.0
MOST_GROWTH_MB: Final = 30.0
MOST_MORE_OBJECTS: Final = 10.0
"""Percent from the second hour on: what is kept has a bound, and most of it is there by then. What fills up after it:
remembered zones with their touches (`MemorySettings.most`), ended zones, marks of a replay's past, times of the day."""
MOST_MORE_BLOCKS: Final = 5.0
"""The same of everything allocated, numbers and texts included, which no count of objects sees."""
_FULL_AFTER: Final = 2
"""Hours of market after which nothing is to grow any more."""
_HOUR_NS: Final = 3_600_000_000_000
_LOOK_SECONDS: Final = 0.05
_SCREEN: Final = ViewRequest(
    ladder_rows=60, prints=60, bars=120, footprints=12, profile=True, flow=True, zones=True, timing=True, mentor=True
)


class Kept(NamedTuple):
    """What a demo holds after an hour of market: peak of its memory in MB, objects, and allocated blocks."""

    peak: float
    objects: int
    blocks: int


def measure_demo(hours: int = HOURS) -> list[Figure]:
    """Return the peak memory of a demo over so many hours of market, more than two, and what grew in them."""
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", __name__, str(hours)], capture_output=True, check=True
    )
    kept = [Kept(*after_hour) for after_hour in json.loads(done.stdout)]
    first, full, last = kept[0], kept[_FULL_AFTER - 1], kept[-1]
    objects, blocks = _more(last.objects, full.objects), _more(last.blocks, full.blocks)
    return [
        Figure(f"peak memory of the demo, {hours} hours of market", last.peak, "MB", MOST_MB, at_least=False),
        Figure("its growth after the first hour", last.peak - first.peak, "MB", MOST_GROWTH_MB, at_least=False),
        Figure("objects that it keeps after the second hour", full.objects, ""),
        Figure("objects more in the end", objects, "%", MOST_MORE_OBJECTS, at_least=False),
        Figure("allocated blocks after the second hour", full.blocks, ""),
        Figure("blocks more in the end", blocks, "%", MOST_MORE_BLOCKS, at_least=False),
    ]


def _more(last: int, before: int) -> float:
    return 100.0 * (last - before) / before


async def play(hours: int) -> list[Kept]:
    """Play a demo in this process; return what it holds after each hour of market.

    What was loaded with the engines is not counted among the objects, and neither are numbers and texts; all of them
    are among the blocks.
    """
    market = EndlessMarket()
    session = ReplaySession(market, load().settings, EndlessReplay(market, speed=None))
    playing = asyncio.ensure_future(session.run())
    kept: list[Kept] = []
    try:
        while len(kept) < hours and not playing.done():
            await asyncio.sleep(_LOOK_SECONDS)
            session.view(_SCREEN)
            passed = (session.transport.position or 0) - market.settings.start
            if new := min(passed // _HOUR_NS, hours) - len(kept):
                kept += [_now()] * new
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
    if session.failure is not None:
        raise session.failure
    return kept


def _now() -> Kept:
    gc.collect()
    return Kept(peak_memory_mb(), len(gc.get_objects()), sys.getallocatedblocks())


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(play(int(sys.argv[1])))))
