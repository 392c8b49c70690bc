"""`qmo demo`: the cockpit on a simulated gold market; no key, no network, no end."""

from typing import Annotated, Final

import typer

from qmo_tui.cli.arguments import speed_of

_EARLIER_NS: Final = 4 * 3_600 * 10**9
"""Market before the demo opens, ns: a phase needs 110 minutes, levels and cycles their swings."""


def demo(
    *,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Another number is another market.")] = 1,
    speed: Annotated[str, typer.Option(metavar="X", help="Times real time, such as 20, or max.")] = "1",
) -> int:
    """Open the cockpit on a simulated gold session, paced as if it were live."""
    from qmo_tui.cli.screen import need_terminal, show
    from qmo_tui.settings import load

    wanted = speed_of(speed)
    loaded = load(flags={"replay.speed": wanted})
    need_terminal("without one, see `qmo simulate --help`")
    from feeds.simulator.endless import EndlessMarket, EndlessReplay
    from feeds.simulator.session import SimulationSettings
    from qmo_tui.session.replay import ReplaySession

    def begin() -> ReplaySession:
        market = EndlessMarket(SimulationSettings(seed=seed), earlier=_EARLIER_NS)
        return ReplaySession(market, loaded.settings, EndlessReplay(market, speed=wanted or None))

    return show(begin, loaded.settings)
