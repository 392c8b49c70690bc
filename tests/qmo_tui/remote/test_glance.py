"""What a session shows goes to another process and comes back the same."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.timing_view import PinnedRange
from engines.view import MarketView, ViewRequest
from feeds.states import FeedChange, FeedState
from qmo_tui.session.glance import Glance, encoded, glance_of, request_of
from qmo_tui.session.landmarks import Landmark
from qmo_tui.session.line import Line
from qmo_tui.session.playback import Playback
from tests.qmo_tui.cockpit.exchange_desk import ASK, BID, ExchangeDesk
from tests.qmo_tui.cockpit.test_live_line import LOST_LINE

EVERYTHING = ViewRequest(
    ladder_rows=40,
    prints=50,
    bars=60,
    profile=True,
    flow=True,
    footprints=60,
    zones=True,
    timing=True,
    pinned=PinnedRange(BID - 10, ASK + 10, 0, 60_000_000_000),
    mentor=True,
    trading=True,
)


def glance(view: MarketView, line: Line | None = None, playback: Playback | None = None) -> Glance:
    return Glance(view, "gold.dbn.zst", playback, line, 1_234.5, None, ("a note",))


@pytest.fixture(scope="module")
def desk() -> ExchangeDesk:
    return ExchangeDesk()


def test_a_market_with_all_that_a_screen_can_ask_for(desk: ExchangeDesk) -> None:
    view = desk.view(EVERYTHING)
    assert view.ladder and view.prints and view.bars and view.footprints and view.profile and view.flow
    assert view.timing and view.mentor and view.trading
    assert glance_of(encoded(glance(view))) == glance(view)
    assert glance_of(encoded(glance(view))).view.instrument == desk.pipeline.view(ViewRequest()).instrument


def test_an_opened_zone_with_the_records_behind_it(data: Path) -> None:
    from feeds.recording import Recording
    from qmo_tui.session.contract import choose
    from qmo_tui.settings import Settings

    settings = Settings()
    recording = Recording([data / "esh4-20231225.mbo.dbn.zst"])
    pipeline = choose(recording, settings, None).pipeline(settings)
    for batch in recording.batches(65_536):
        pipeline.process(batch)
    zones = pipeline.view(EVERYTHING).zones
    iceberg = next(zone for zone in zones if zone.kind == "iceberg")
    view = pipeline.view(replace(EVERYTHING, opened=iceberg.id, pinned=None))
    assert view.opened is not None
    assert view.opened.records
    assert view.icebergs and view.stops
    assert glance_of(encoded(glance(view))).view == view


def test_a_line_with_its_changes_and_a_replay_with_its_marks(desk: ExchangeDesk) -> None:
    view = desk.view(ViewRequest())
    assert LOST_LINE.changes
    changed = replace(LOST_LINE, changes=(*LOST_LINE.changes, FeedChange(FeedState.STALE, "a", "b", 3)))
    assert glance_of(encoded(glance(view, line=changed))).line == changed
    played = Playback(speed=None, position=5, loop=(1, 9), marks=(Landmark(4, "sweep", "sweep of prior day high"),))
    assert glance_of(encoded(glance(view, playback=played))).playback == played


REQUESTS = st.builds(
    ViewRequest,
    ladder_top=st.none() | st.integers(-(2**40), 2**40),
    ladder_rows=st.integers(0, 1_000),
    interval=st.sampled_from(["1s", "1m", "5m", "15m", "1h"]),
    opened=st.none() | st.text(max_size=40),
    zones=st.booleans(),
    pinned=st.none() | st.builds(PinnedRange, *[st.integers(-(2**40), 2**40)] * 4),
)


@given(REQUESTS)
def test_any_request(request: ViewRequest) -> None:
    assert request_of(encoded(request)) == request
