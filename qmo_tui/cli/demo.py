"""`qmo demo`: the cockpit on a simulated gold market; no key, no network, no end."""

import sys
from typing import Annotated

import typer

from qmo_tui.errors import QmoError


def demo(
    *,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Another number is another market.")] = 1,
    speed: Annotated[str, typer.Option(metavar="X", help="Times real time, such as 20, or max.")] = "1",
) -> int:
    """Open the cockpit on a simulated gold session, paced as if it were live."""
    import asyncio

    from qmo_tui.cli.replay import _options, _speed
    from qmo_tui.settings import load

    wanted = _speed(speed)
    loaded = load(flags={"replay.speed": wanted})
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise QmoError("the cockpit needs a terminal; without one, see `qmo simulate --help`")
    from feeds.simulator.endless import EndlessMarket, EndlessReplay
    from feeds.simulator.session import SimulationSettings
    from qmo_tui.cockpit.app import open_cockpit
    from qmo_tui.session import ReplaySession

    async def play() -> int:
        market = EndlessMarket(SimulationSettings(seed=seed))
        session = ReplaySession(market, loaded.settings, EndlessReplay(market, speed=wanted or None))
        playing = asyncio.create_task(session.run())
        try:
            code = await open_cockpit(session, _options(loaded.settings))
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
        if session.failure is not None:
            raise session.failure
        return code

    return asyncio.run(play())
