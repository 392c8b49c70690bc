"""The pictures of a live line in the documentation: whole, lost, and a price standing in."""

from dataclasses import replace

import pytest

from engines.view import BookState, MarketPhase, MarketView, ViewRequest
from feeds.records import Provenance
from qmo_tui.session.line import Line
from tests.qmo_tui.cockpit.kept_pictures import assert_picture, picture_of
from tests.qmo_tui.cockpit.running import seat
from tests.qmo_tui.cockpit.scenes import ScriptedDesk, bars_until, market, nothing_yet
from tests.qmo_tui.cockpit.test_live_line import CONTEXT_LINE, LIVE_LINE, LOST_LINE
from tests.qmo_tui.cockpit.trading_scenes import trading


def traded() -> MarketView:
    return replace(market(90, ViewRequest(ladder_rows=28, prints=30, bars=60)), provenance=Provenance.LIVE)


def price_alone() -> MarketView:
    """Return what a context source shows: bars and a price, no book and no trades."""
    whole = traded()
    return replace(
        nothing_yet(),
        sequence=60,
        instrument=whole.instrument,
        provenance=Provenance.CONTEXT,
        schema="ohlcv-1m",
        event_time=whole.event_time,
        phase=MarketPhase.UNKNOWN,
        book=BookState.ABSENT,
        last=whole.last,
        bars=bars_until(90, 60),
        missing=("ladder, tape, icebergs, stops: bars only (ohlcv-1m)",),
    )


@pytest.mark.parametrize(
    ("name", "line", "view", "keys"),
    [
        ("live-whole", LIVE_LINE, replace(traded(), trading=trading()), ()),
        (
            "live-lost",
            LOST_LINE,
            replace(traded(), book=BookState.SUSPECT, trading=trading(trouble="book suspect")),
            ("l",),
        ),
        ("live-context", CONTEXT_LINE, replace(price_alone(), trading=trading(trouble="book suspect")), ()),
    ],
    ids=["whole", "lost", "context"],
)
async def test_the_picture_of_a_live_line_is_what_the_cockpit_shows(
    name: str, line: Line, view: MarketView, keys: tuple[str, ...]
) -> None:
    desk = ScriptedDesk(view)
    desk.read_only = ""
    desk.line, desk.transport, desk.source = line, None, line.source
    async with seat(size=(100, 30), desk=desk) as trader:
        await trader.press(*keys)
        trader.clock.now += 60
        await trader.frame()
        assert_picture(name, picture_of(trader.app))
