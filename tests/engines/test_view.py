"""The picture of the market that screens pull: true to the engines, only what was asked for, and never changing."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from engines.pipeline import Pipeline
from engines.view import BookState, MarketPhase, MarketView, ViewRequest
from feeds.records import F_LAST, F_MAYBE_BAD_BOOK, F_SNAPSHOT, Batch, Records, Schema
from tests.engines.book.extremes import stream
from tests.engines.flow.test_bars import GOLD
from tests.engines.real_data import ES, read_records
from tests.market import session
from tests.market.sessions import FIRST_INSTRUMENT, TICK
from tests.oracle import Oracle, read

SECOND = 1_000_000_000
EVERYTHING = ViewRequest(ladder_rows=50, prints=50, bars=50, profile=True)


def _after(array: Records, instrument: Any = GOLD) -> Pipeline:
    pipeline = Pipeline(instrument)
    pipeline.process(Batch(Schema.MBO, array))
    return pipeline


@pytest.fixture(scope="module")
def array() -> Records:
    return session(12, 3_000).array


@pytest.fixture(scope="module")
def pipeline(array: Records) -> Pipeline:
    return _after(array)


@pytest.fixture(scope="module")
def oracle(array: Records) -> Oracle:
    return read(array, FIRST_INSTRUMENT, TICK)


# --- the ladder ---------------------------------------------------------------------------------------------------


def _assert_ladder_is(view: MarketView, oracle: Oracle) -> None:
    for row in view.ladder:
        bid, ask = oracle.book.level("B", row.tick), oracle.book.level("A", row.tick)
        assert (row.bid, row.bid_orders, row.ask, row.ask_orders) == (bid.size, bid.orders, ask.size, ask.orders)
        lately = [oracle.stacking.recent((side, row.tick), oracle.clock.now or 0) for side in ("B", "A")]
        assert (row.bid_stacked, row.bid_pulled, row.ask_stacked, row.ask_pulled) == (*lately[0], *lately[1])


def test_ladder_rows_are_the_levels_of_the_book(pipeline: Pipeline, oracle: Oracle) -> None:
    view = pipeline.view(ViewRequest(ladder_rows=400))
    _assert_ladder_is(view, oracle)
    assert sum((row.bid_orders or 0) + (row.ask_orders or 0) for row in view.ladder) == len(oracle.book.orders)
    assert (view.best_bid, view.best_ask) == (oracle.book.best_bid, oracle.book.best_ask)
    assert view.best_bid_size == oracle.book.level("B", view.best_bid or 0).size
    assert view.best_ask_size == oracle.book.level("A", view.best_ask or 0).size
    assert view.resting_orders == len(oracle.book.orders)


def test_lots_of_the_newest_seconds_are_those_of_the_trades_since(pipeline: Pipeline, oracle: Oracle) -> None:
    seconds = 30
    view = pipeline.view(ViewRequest(ladder_rows=400, recent_seconds=seconds))
    clock = oracle.clock.now or 0
    since = clock // SECOND * SECOND - (seconds - 1) * SECOND if clock % SECOND else clock - seconds * SECOND + SECOND
    for row in view.ladder:
        lots = {
            side: sum(
                trade.size
                for trade in oracle.tape.trades
                if trade.tick == row.tick and trade.side == side and (trade.ts or 0) >= since
            )
            for side in ("B", "A")
        }
        assert (row.recent_buy, row.recent_sell) == (lots["B"], lots["A"])
    assert sum((row.recent_buy or 0) + (row.recent_sell or 0) for row in view.ladder) > 0


def test_lots_of_the_newest_seconds_are_unknown_where_they_were_not_asked_for(pipeline: Pipeline) -> None:
    view = pipeline.view(ViewRequest(ladder_rows=9))
    assert {(row.recent_buy, row.recent_sell) for row in view.ladder} == {(None, None)}


def test_the_ladder_of_the_real_session(data: Path) -> None:
    array = read_records(data, "esh4-20231225.mbo.dbn.zst")
    view = _after(array, ES).view(ViewRequest(ladder_rows=300))
    _assert_ladder_is(view, read(array, ES.instrument_id, ES.tick))
    assert (view.best_bid, view.best_ask, view.phase, view.book) == (
        19_240,
        19_241,
        MarketPhase.CONTINUOUS,
        BookState.VALID,
    )


def test_the_ladder_tells_what_was_stacked_and_pulled_lately(pipeline: Pipeline) -> None:
    ladder = pipeline.view(ViewRequest(ladder_rows=400)).ladder
    assert any(row.bid_stacked and row.bid_pulled for row in ladder)
    assert any(row.ask_stacked and row.ask_pulled for row in ladder)


@pytest.mark.parametrize("rows", [1, 2, 25, 50])
def test_the_ladder_is_centred_on_the_last_trade_highest_price_first(
    pipeline: Pipeline, oracle: Oracle, rows: int
) -> None:
    view = pipeline.view(ViewRequest(ladder_rows=rows))
    last = oracle.tape.trades[-1].tick
    assert view.last == last
    assert [row.tick for row in view.ladder] == list(range(last + rows // 2, last + rows // 2 - rows, -1))


@pytest.mark.parametrize("top", [20_010, -5, 0, 2**40, -(2**40)])
def test_the_ladder_goes_where_it_is_asked_to(pipeline: Pipeline, oracle: Oracle, top: int) -> None:
    view = pipeline.view(ViewRequest(ladder_top=top, ladder_rows=30))
    assert [row.tick for row in view.ladder] == list(range(top, top - 30, -1))
    _assert_ladder_is(view, oracle)


def test_without_a_trade_the_ladder_is_centred_between_the_quotes() -> None:
    array = stream(2, side=list(b"BA"))
    array["price"][1] += 10 * TICK
    ticks = [row.tick for row in _after(array).view(ViewRequest(ladder_rows=3)).ladder]
    assert ticks == [20_006, 20_005, 20_004]
    ticks = [row.tick for row in _after(array[:1]).view(ViewRequest(ladder_rows=3)).ladder]
    assert ticks == [20_001, 20_000, 19_999]


def test_an_empty_market_has_no_ladder_until_it_is_told_where() -> None:
    empty = Pipeline(GOLD)
    assert empty.view(EVERYTHING).ladder == ()
    rows = empty.view(ViewRequest(ladder_top=10, ladder_rows=2)).ladder
    assert [(row.tick, row.bid, row.ask) for row in rows] == [(10, None, None), (9, None, None)]


# --- what is asked for, and nothing else --------------------------------------------------------------------------


def test_a_request_for_nothing_builds_nothing(pipeline: Pipeline) -> None:
    view = pipeline.view(ViewRequest())
    assert (view.ladder, view.prints, view.bars) == ((), (), ())
    assert view.last is not None
    assert view.volume > 0


def test_negative_requests_build_nothing(pipeline: Pipeline) -> None:
    view = pipeline.view(ViewRequest(ladder_rows=-1, bars=-1))
    assert (view.ladder, view.bars) == ((), ())


@pytest.mark.parametrize("interval", ["1s", "1m", "5m", "15m", "1h", "session"])
def test_bars_are_the_newest_of_the_interval_with_the_open_one(
    pipeline: Pipeline, oracle: Oracle, interval: str
) -> None:
    for count in (1, 3, 500):
        bars = pipeline.view(ViewRequest(interval=interval, bars=count)).bars
        expected = oracle.bars(interval)[-count:]
        assert [
            (bar.start, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.cvd, bar.complete) for bar in bars
        ] == [
            (bar.start, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.cvd, bar.complete) for bar in expected
        ]


def test_before_anything_came_nothing_is_known() -> None:
    view = Pipeline(GOLD).view(EVERYTHING)
    unknown = (view.event_time, view.last, view.best_bid, view.best_ask, view.last_side, view.resting_orders)
    assert unknown == (None,) * 6
    assert (view.phase, view.book, view.sequence) == (MarketPhase.UNKNOWN, BookState.ABSENT, 0)
    assert Pipeline(None).view(EVERYTHING).instrument is None


# --- how far the book can be trusted ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "state"),
    [
        ([F_LAST], BookState.BUILDING),
        ([F_SNAPSHOT], BookState.SNAPSHOT),
        ([F_SNAPSHOT, F_SNAPSHOT | F_LAST], BookState.VALID),
        ([F_SNAPSHOT, F_SNAPSHOT, F_LAST], BookState.VALID),
        ([F_SNAPSHOT | F_LAST, F_LAST | F_MAYBE_BAD_BOOK], BookState.SUSPECT),
        ([F_SNAPSHOT | F_LAST, F_LAST | F_MAYBE_BAD_BOOK, F_SNAPSHOT | F_LAST], BookState.VALID),
    ],
)
def test_the_state_of_the_book(flags: list[int], state: BookState) -> None:
    assert _after(stream(len(flags), flags=flags)).view(ViewRequest()).book is state


# --- frozen -------------------------------------------------------------------------------------------------------


def test_a_view_is_not_touched_by_what_comes_later(array: Records) -> None:
    half = len(array) // 2
    pipeline = _after(array[:half])
    view = pipeline.view(EVERYTHING)
    kept = msgspec.to_builtins(view)
    pipeline.process(Batch(Schema.MBO, array[half:]))
    pipeline.finish()
    assert msgspec.to_builtins(view) == kept
    assert view == _after(array[:half]).view(EVERYTHING)
    assert view != pipeline.view(EVERYTHING)


def test_looking_changes_nothing(array: Records) -> None:
    looked_at, left_alone = Pipeline(GOLD), Pipeline(GOLD)
    for start in range(0, len(array), 100):
        for pipeline in (looked_at, left_alone):
            pipeline.process(Batch(Schema.MBO, array[start : start + 100]))
        for request in (EVERYTHING, ViewRequest(ladder_top=start, ladder_rows=5, prints=3)):
            looked_at.view(request)
    assert looked_at.view(EVERYTHING) == left_alone.view(EVERYTHING)
    assert looked_at.finish() == left_alone.finish()


def test_a_view_holds_plain_values_only(pipeline: Pipeline) -> None:
    """No NumPy scalar, no view of an array that the kernel goes on writing to."""
    plain = (int, float, str, type(None), bool)

    def check(value: Any) -> None:
        if isinstance(value, tuple):
            for member in value:
                check(member)
        elif hasattr(value, "__struct_fields__") or hasattr(value, "__dataclass_fields__"):
            names = getattr(value, "__struct_fields__", None) or value.__dataclass_fields__
            for name in names:
                check(getattr(value, name))
        else:
            assert isinstance(value, plain)
            assert not type(value).__module__.startswith("numpy")

    view = pipeline.view(EVERYTHING)
    assert view.ladder
    assert view.prints
    assert view.bars
    assert view.icebergs
    assert view.stops
    assert view.profile
    assert view.profile.path
    check(view)


def test_nothing_of_a_view_can_be_assigned(pipeline: Pipeline) -> None:
    view = pipeline.view(EVERYTHING)
    for value, name in ((view, "last"), (view.ladder[0], "bid"), (view.prints[0], "size"), (view.bars[0], "close")):
        with pytest.raises(AttributeError):
            setattr(value, name, 1)


def test_health_is_clean_after_a_clean_session_and_counts_what_is_not(array: Records) -> None:
    health = _after(array).view(ViewRequest()).health
    assert (health.unknown_orders, health.crossed_events, health.bad_records, health.off_tick) == (0, 0, 0, 0)
    damaged = stream(6, action=list(b"AACMA?"), order_id=[1, 1, 7, 8, 9, 10])
    damaged["price"][4] += 1
    health = _after(damaged).view(ViewRequest()).health
    assert (health.unknown_orders, health.bad_records, health.off_tick) == (2, 2, 1)


# --- what has traded since a moment -------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0, 1, 7, 60, 599])
def test_the_extent_is_that_of_all_trades_since_the_second_asked_for(
    pipeline: Pipeline, oracle: Oracle, seconds: int
) -> None:
    second = 1_000_000_000
    since = max(0, (oracle.clock.now or 0) // second - seconds) * second
    ticks = [trade.tick for trade in oracle.tape.trades if (trade.ts or 0) >= since]
    extent = pipeline.view(ViewRequest(extent_since=since)).extent
    assert extent == ((min(ticks), max(ticks)) if ticks else None)


def test_the_extent_of_long_ago_is_that_of_whole_minutes(pipeline: Pipeline, oracle: Oracle) -> None:
    ticks = [trade.tick for trade in oracle.tape.trades]
    assert pipeline.view(ViewRequest(extent_since=0)).extent == (min(ticks), max(ticks))


def test_an_extent_that_was_not_asked_for_or_lies_ahead_is_unknown(pipeline: Pipeline, oracle: Oracle) -> None:
    assert pipeline.view(ViewRequest()).extent is None
    assert pipeline.view(ViewRequest(extent_since=(oracle.clock.now or 0) + 1)).extent is None
