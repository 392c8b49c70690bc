"""The cockpit when Databento dies and comes back: context while it is out, live only after a stable stream."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engines.view import ViewRequest
from feeds.databento.gateway import Gateway, Service
from feeds.recording import Recording
from feeds.records import Provenance
from feeds.states import FeedState
from feeds.yahoo.asking import load_library
from qmo_tui.cockpit.app import CockpitApp
from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.cockpit.painting.spans import text_of
from qmo_tui.cockpit.panes.canvas import Canvas
from qmo_tui.paths import cache_folder
from qmo_tui.session.headless import run_headless
from qmo_tui.session.live import LiveSession
from qmo_tui.session.preparing import load_engines
from qmo_tui.session.sources import LiveFeed
from qmo_tui.settings import load
from tests.counterparts.yahoo import Market, Yahoo, candle
from tests.qmo_tui.session.test_live_feed import SECRET, recording

__all__ = ["recording"]

STABLE_SECONDS = 1.5
EVERYTHING = ViewRequest(ladder_rows=40, prints=20, bars=20)
UP = {FeedState.LIVE, FeedState.DEGRADED}


@pytest.fixture
def yahoo(home: Path) -> Iterator[Yahoo]:
    load_engines()
    load_library(cache_folder() / "yahoo")
    now = time.time()
    minutes = [candle(now // 60 * 60 - 60 * back) for back in range(5, 0, -1)]
    with Yahoo(Market(priced=now - 600, candles={"1m": minutes, "1h": [], "1d": []})) as counterpart:
        yield counterpart


def badge(app: CockpitApp) -> str:
    return on_screen(app, "status").split()[0]


def on_screen(app: CockpitApp, pane: str) -> str:
    app.paint_frame()
    return "\n".join(text_of(row) for row in app.screen.query_one(f"#{pane}", Canvas).rows)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in several tasks and threads
            await asyncio.sleep(0.02)


@pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")  # pandas 3 warns of what yfinance does
async def test_order_flow_dies_context_stands_in_and_order_flow_returns(recording: Recording, yahoo: Yahoo) -> None:
    flags = {"feed.symbol": "GC.v.0", "feed.failover_seconds": 1.0, "feed.stable_seconds": STABLE_SECONDS}
    settings = load(flags=flags, environment={}).settings
    best_bid = round((run_headless(recording.again(), settings).best_bid or 0) * 10)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    addresses = {"QMO_DATABENTO_GATEWAY": f"127.0.0.1:{port}", "QMO_YAHOO_URL": yahoo.url}
    feed = LiveFeed(settings, environment={"DATABENTO_API_KEY": SECRET} | addresses)
    session = LiveSession(feed.source, settings, tap=feed.tap)
    app = CockpitApp(session, CockpitOptions(frames_per_second=5))
    async with app.run_test(size=(160, 50)):
        running = asyncio.create_task(session.run())
        try:
            async with Gateway(recording, service=Service(), port=port):
                await until(lambda: session.line.state in UP and session.view(EVERYTHING).sequence)
                assert badge(app) in {"LIVE", "DEGRADED"}

            await until(lambda: session.line.state is FeedState.CONTEXT and session.view(EVERYTHING).last == 42_103)
            assert badge(app) == "CONTEXT"
            assert "4210.3" in on_screen(app, "status")
            assert "yahoo GC=F" in on_screen(app, "scrub")
            assert " PAPER " in on_screen(app, "account-pane")  # what is held stays in sight
            assert "NO ORDER CAN BE SENT" in on_screen(app, "prompt")
            view = session.view(EVERYTHING)
            assert view.provenance is Provenance.CONTEXT
            assert (view.prints, view.resting_orders, view.icebergs) == ((), None, ())

            async with Gateway(recording, service=Service(), port=port):
                await until(lambda: session.line.state in UP)
                await until(lambda: session.view(EVERYTHING).best_bid == best_bid)
                assert session.view(EVERYTHING).provenance is Provenance.LIVE
                assert badge(app) in {"LIVE", "DEGRADED"}
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    changes = session.line.changes
    out = next(place for place, change in enumerate(changes) if change.state is FeedState.CONTEXT)
    back = next(place for place, change in enumerate(changes) if place > out and change.state in UP)
    assert any("stable" in change.reason for change in changes[out:back]), changes
