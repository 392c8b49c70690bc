"""How commands begin a session on a recording, on the simulated market, or on the configured feed.

Each function looks at what could be wrong and returns what begins the session later, in the loop of whoever shows or
serves it. A session that `trades` has an account; one that does not is only looked at.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from feeds.recording import Recording
    from qmo_tui.session.event_log import EventLog
    from qmo_tui.session.live import LiveSession
    from qmo_tui.session.replay import ReplaySession
    from qmo_tui.settings import Settings

Begin = Callable[["EventLog | None"], "ReplaySession | LiveSession"]
"""Begins a session whose events go to a log, where there is one."""
_EARLIER_NS: Final = 4 * 3_600 * 10**9
"""Market before the demo opens, ns: a phase needs 110 minutes, levels and cycles their swings."""


def begin_demo(settings: "Settings", seed: int, *, trades: bool = True) -> Begin:
    """Return what begins the simulated market; another seed is another market."""

    def begin(log: "EventLog | None") -> "ReplaySession":
        from feeds.simulator.endless import EndlessMarket, EndlessReplay
        from feeds.simulator.session import SimulationSettings
        from qmo_tui.session.replay import ReplaySession

        market = EndlessMarket(SimulationSettings(seed=seed), earlier=_EARLIER_NS)
        transport = EndlessReplay(market, speed=settings.replay.speed or None)
        return ReplaySession(market, settings, transport, log=log, trades=trades)

    return begin


def begin_replay(
    recording: "Recording",
    settings: "Settings",
    *,
    symbol: str | None = None,
    since: int | None = None,
    until: int | None = None,
    memory: Path | None = None,
    trades: bool = True,
) -> Begin:
    """Return what begins to play a recording, within a span of event times (ns)."""
    from qmo_tui.news_file import read_news
    from qmo_tui.paths import news_file

    news = read_news(news_file())

    def begin(log: "EventLog | None") -> "ReplaySession":
        from feeds.replay import Replay
        from qmo_tui.session.replay import ReplaySession

        transport = Replay(recording, speed=settings.replay.speed or None, since=since, until=until)
        return ReplaySession(recording, settings, transport, symbol, memory=memory, news=news, log=log, trades=trades)

    return begin


def begin_live(settings: "Settings", *, trades: bool = True) -> Begin:
    """Return what begins to listen to the configured feed."""
    from qmo_tui.news_file import read_news
    from qmo_tui.paths import news_file
    from qmo_tui.session.sources import LiveFeed

    news = read_news(news_file())
    findings: list[str] = []
    feed = LiveFeed(settings, record=settings.recording.automatic, tell=findings.append)

    def begin(log: "EventLog | None") -> "LiveSession":
        from qmo_tui.kept_recordings import recordings_of
        from qmo_tui.session.live import LiveSession
        from qmo_tui.session.memory import SessionMemory
        from qmo_tui.session.recording import tidy
        from qmo_tui.session.sources import memory_of

        tidy(recordings_of(settings), findings.append)
        return LiveSession(
            feed.source,
            settings,
            log=log,
            tap=feed.tap if settings.feed.source == "databento" else None,  # a price for context is not recorded
            warm_up=feed.warm_up,
            memory=SessionMemory(memory_of(settings), tell=findings.append),
            news=news,
            remarks=findings,
            trades=trades,
        )

    return begin
