"""The book by price: what the best levels show, read at the end of a matching event; beyond them nothing is known."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.book.layout import ASK, BID
from engines.book.levels import LevelBook
from engines.book.levels_layout import UNKNOWN_SIZE
from engines.pipeline import Pipeline, PipelineSettings, run
from engines.timing.status import TradingStatus
from engines.view import BookState, MarketPhase, ViewRequest
from feeds.records import (
    F_LAST,
    F_MAYBE_BAD_BOOK,
    F_SNAPSHOT,
    UNDEFINED_PRICE,
    UNDEFINED_SIZE,
    UNDEFINED_TIME,
    Batch,
    Records,
    Schema,
)
from tests.engines.book.level_records import LAYOUTS, SECOND, Levels, LevelTape, levels_of, plain_levels
from tests.engines.flow.test_bars import GOLD
from tests.market.sessions import FIRST_INSTRUMENT, START, TICK
from tests.market.strategies import rearranged, streams
from tests.oracle.levels import best, size_at

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
FINDING = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
BIDS: Final[Levels] = {tick: tick % 7 + 1 for tick in range(20_000, 19_990, -1)}
ASKS: Final[Levels] = {tick: tick % 5 + 1 for tick in range(20_001, 20_011)}
HALT, TRADING = 8, 7


def _book(records: Records, schema: Schema = Schema.MBP_10) -> LevelBook:
    book = LevelBook(FIRST_INSTRUMENT, TICK, schema)
    for _ in book.process(records):
        pass
    return book


def _pipeline(records: Records, schema: Schema = Schema.MBP_10) -> Pipeline:
    pipeline = Pipeline(GOLD)
    run(pipeline, [Batch(schema, records)])
    return pipeline


def _sizes(book: LevelBook, side: int, low: int, high: int) -> list[int | None]:
    return [None if level is None else level.size for level in (book.level(side, tick) for tick in range(low, high))]


# --- what is known ------------------------------------------------------------------------------------------------


def test_ten_levels_a_side_with_their_orders() -> None:
    book = _book(LevelTape(BIDS, ASKS).end().records())
    assert _sizes(book, BID, 19_991, 20_001) == [BIDS[tick] for tick in range(19_991, 20_001)]
    assert _sizes(book, ASK, 20_001, 20_011) == [ASKS[tick] for tick in range(20_001, 20_011)]
    assert (book.best_bid, book.best_ask) == (20_000, 20_001)
    level = book.level(ASK, 20_003)
    assert level is not None
    assert (level.size, level.orders) == (ASKS[20_003], -(-ASKS[20_003] // 2))


def test_beyond_the_tenth_level_nothing_is_known_and_before_it_everything() -> None:
    gapped = {20_000: 3, **dict.fromkeys(range(19_990, 19_981, -1), 1)}
    book = _book(LevelTape(gapped, ASKS).end().records())
    assert _sizes(book, BID, 19_980, 19_984) == [None, None, 1, 1]
    assert _sizes(book, BID, 19_991, 20_000) == [0] * 9
    assert _sizes(book, BID, 20_001, 20_100) == [0] * 99
    assert _sizes(book, ASK, 20_009, 20_013) == [ASKS[20_009], ASKS[20_010], None, None]
    assert _sizes(book, ASK, 19_000, 20_001) == [0] * 1_001


def test_a_side_with_fewer_levels_than_the_schema_has_room_for_is_known_everywhere() -> None:
    book = _book(LevelTape({20_000: 3, 19_998: 1}, {}).end().records())
    assert _sizes(book, BID, 19_996, 20_001) == [0, 0, 1, 0, 3]
    assert _sizes(book, ASK, 19_000, 21_000) == [0] * 2_000
    assert (book.best_bid, book.best_ask) == (20_000, None)


def test_the_best_price_alone_is_known_from_mbp_1() -> None:
    book = _book(LevelTape(BIDS, ASKS, Schema.MBP_1).end().records(), Schema.MBP_1)
    assert _sizes(book, BID, 19_998, 20_003) == [None, None, BIDS[20_000], 0, 0]
    assert _sizes(book, ASK, 19_999, 20_004) == [0, 0, ASKS[20_001], None, None]


def test_nothing_is_known_from_trades_and_nothing_before_the_first_record() -> None:
    traded = _book(LevelTape(BIDS, ASKS, Schema.TRADES).trade("B", 20_001, 1).records(), Schema.TRADES)
    for book in (traded, LevelBook(FIRST_INSTRUMENT, TICK, Schema.MBP_10)):
        assert _sizes(book, BID, 19_999, 20_002) + _sizes(book, ASK, 19_999, 20_002) == [None] * 6
        assert (book.best_bid, book.best_ask) == (None, None)


def test_the_ladder_has_the_same_levels_and_a_mark_for_what_is_not_known() -> None:
    book = _book(LevelTape(BIDS, ASKS).end().records())
    for rows, side in zip(book.ladder(19_985, 20_015), (BID, ASK), strict=True):
        told = [None if size == UNKNOWN_SIZE else size for size in rows["size"].tolist()]
        assert told == _sizes(book, side, 19_985, 20_016)
        assert [size == UNKNOWN_SIZE for size in rows["orders"].tolist()] == [size is None for size in told]


def test_the_ladder_of_the_screen_tells_unknown_from_empty() -> None:
    view = _pipeline(LevelTape(BIDS, ASKS).end().records()).view(ViewRequest(ladder_top=20_015, ladder_rows=35))
    rows = {row.tick: row for row in view.ladder}
    assert (rows[19_990].bid, rows[19_990].bid_orders, rows[19_990].ask) == (None, None, 0)
    assert (rows[19_991].bid, rows[20_010].ask, rows[20_011].ask) == (BIDS[19_991], ASKS[20_010], None)
    assert view.book is BookState.TEN_LEVELS
    assert view.best_ask_size == ASKS[20_001]
    assert view.resting_orders is None


def test_prices_off_the_tick_are_counted_and_not_shown() -> None:
    records = LevelTape(BIDS, ASKS).end(bid_px_01=19_999 * TICK + 1).end(ask_px_09=20_010 * TICK + 1).records()
    book = _book(records[:1])
    assert _sizes(book, BID, 19_998, 20_001) == [BIDS[19_998], 0, BIDS[20_000]]
    book = _book(records)
    assert _sizes(book, ASK, 20_009, 20_012) == [ASKS[20_009], 0, None]
    assert int(book.now["off_tick"]) == 2
    book = _book(LevelTape(BIDS, ASKS).end(bid_px_09=19_991 * TICK + 1).records())
    assert _sizes(book, BID, 19_990, 19_993) == [None, None, BIDS[19_992]]


@pytest.mark.parametrize("price", [-(2**63), UNDEFINED_PRICE - 1, 2**62])
def test_absurd_prices_do_no_harm(price: int) -> None:
    book = _book(LevelTape(BIDS, ASKS).end(bid_px_09=price, ask_px_09=price).trade("B", 0, 1, price=price).records())
    assert (book.best_bid, book.best_ask) == (20_000, 20_001)


def test_records_may_carry_a_send_time() -> None:
    records = LevelTape(BIDS, ASKS).trade("B", 20_001, 1).end().records()
    wider = np.zeros(len(records), [*records.dtype.descr, ("ts_out", "<u8")])
    for name in records.dtype.names or ():
        wider[name] = records[name]
    assert [rows.tolist() for rows in _book(wider).ladder(19_990, 20_010)] == [
        rows.tolist() for rows in _book(records).ladder(19_990, 20_010)
    ]


# --- when it is read ----------------------------------------------------------------------------------------------


def test_levels_are_read_when_the_matching_event_ends() -> None:
    tape = LevelTape({20_000: 3}, {20_001: 5}).end()
    tape.asks = {20_001: 1}
    inside = tape.end(flags=0).records()
    assert _sizes(_book(inside), ASK, 20_001, 20_002) == [5]
    assert _sizes(_book(tape.end({19_999: 7}).records()), BID, 19_999, 20_000) == [7]


def test_an_event_that_no_record_closes_is_over_when_another_time_comes() -> None:
    """The record before carries what came of it, closed or not."""
    tape = LevelTape({20_000: 3}, {20_001: 5}).end()
    tape.asks = {20_001: 1}
    tape.end(flags=0).wait()
    book = _book(tape.trade("B", 20_001, 1).records())
    assert _sizes(book, ASK, 20_001, 20_002) == [1]
    assert int(book.now["event"]) == 2


def test_a_trade_tells_the_levels_as_its_event_finds_them() -> None:
    tape = LevelTape({20_000: 3}, {20_001: 5}).trade("B", 20_001, 4)
    assert _sizes(_book(tape.records()), ASK, 20_001, 20_002) == [5]
    book = _book(tape.end(asks={20_001: 1}).records())
    assert _sizes(book, ASK, 20_001, 20_002) == [1]
    assert (int(book.now["event"]), int(book.now["trade_events"])) == (1, 1)


def test_matching_events_are_counted_whoever_ends_them() -> None:
    tape = LevelTape(BIDS, ASKS).end().trade("B", 20_001, 1).trade("B", 20_002, 1).wait().trade("A", 20_000, 1).wait()
    assert int(_book(tape.records()).now["event"]) == 2  # the newest is still open
    book = _book(tape.end().records())
    assert (int(book.now["event"]), int(book.now["trade_events"])) == (4, 2)


@pytest.mark.parametrize("flags", [0, F_LAST, F_LAST | 1])
def test_trades_of_one_time_are_one_event_even_if_each_claims_to_be_the_last(flags: int) -> None:
    tape = LevelTape(BIDS, ASKS, Schema.TRADES)
    tape.trade("B", 20_001, 1, flags=flags).trade("B", 20_002, 2, flags=flags).wait().trade("A", 20_000, 1, flags=flags)
    pipeline = _pipeline(tape.records(), Schema.TRADES)
    said = pipeline.summary()
    assert (said.events, said.trade_events, said.trades, said.volume) == (2, 2, 3, 4)
    assert (said.crossed_events, said.icebergs) == (None, None)


# --- trust --------------------------------------------------------------------------------------------------------


def test_a_clear_and_a_snapshot_begin_anew() -> None:
    tape = LevelTape(BIDS, ASKS).trade("B", 20_001, 1).end()
    assert int(_book(tape.records()).now["phase"]) == 2
    cleared = _book(tape.end({}, {}, action=ord("R"), side=ord("N")).records())
    assert (cleared.best_bid, cleared.level(BID, 20_000)) == (None, (20_000, 0, 0))
    again = _book(tape.end({20_000: 2}, {20_003: 4}, flags=F_SNAPSHOT | F_LAST).records())
    assert (again.best_bid, again.best_ask, int(again.now["phase"])) == (20_000, 20_003, 0)


def test_a_clear_without_levels_leaves_nothing_known_until_its_event_ends() -> None:
    tape = LevelTape(BIDS, ASKS).end().end({}, {}, action=ord("R"), flags=0)
    assert _book(tape.records()).level(BID, 20_000) is None


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ([], BookState.SUSPECT),
        ([{}], BookState.SUSPECT),
        ([{"action": ord("R")}], BookState.TEN_LEVELS),
        ([{"flags": F_SNAPSHOT | F_LAST}], BookState.TEN_LEVELS),
    ],
)
def test_after_a_gap_the_levels_are_suspect_until_a_clear_or_snapshot(
    more: list[dict[str, Any]], state: BookState
) -> None:
    """Whole levels come with every record, but they are made by the book that lost records."""
    tape = LevelTape(BIDS, ASKS).end().end(flags=F_LAST | F_MAYBE_BAD_BOOK)
    for fields in more:
        tape.end(**fields)
    assert _pipeline(tape.records()).view(ViewRequest()).book is state


def test_a_broken_line_is_doubted_until_the_next_levels_come() -> None:
    """They are whole again with one record, unlike orders."""
    tape = LevelTape(BIDS, ASKS).end().end()
    pipeline = Pipeline(GOLD)
    pipeline.process(Batch(Schema.MBP_10, tape.records()[:1]))
    pipeline.gap()
    assert pipeline.view(ViewRequest()).book is BookState.SUSPECT
    pipeline.process(Batch(Schema.MBP_10, tape.records()[1:]))
    assert pipeline.view(ViewRequest()).book is BookState.TEN_LEVELS


def test_crossings_count_in_continuous_trading_and_are_normal_before() -> None:
    crossed = {20_001: 1}
    tape = LevelTape(crossed, ASKS).end().end(BIDS)
    assert _counts(tape) == (0, 1, MarketPhase.AUCTION)
    tape.trade("N", 20_001, 4).end()
    assert _counts(tape) == (0, 1, MarketPhase.CONTINUOUS)
    tape.end(crossed).end(BIDS).end({20_002: 1})
    assert _counts(tape) == (2, 1, MarketPhase.CONTINUOUS)


def _counts(tape: LevelTape) -> tuple[int | None, int | None, MarketPhase]:
    pipeline = _pipeline(tape.records())
    said = pipeline.summary()
    return said.crossed_events, said.auction_crossed_events, pipeline.view(ViewRequest()).phase


def test_a_halt_is_no_continuous_trading_whatever_trades() -> None:
    tape = LevelTape(BIDS, ASKS).trade("B", 20_001, 1).end().trade("B", 20_001, 1).end({20_001: 1})
    book = LevelBook(FIRST_INSTRUMENT, TICK, Schema.MBP_10)
    status = TradingStatus()
    phases = []
    for action in (HALT, TRADING):
        status.take(action, 0)
        status.apply(book)
        for _ in book.process(tape.records()):
            pass
        phases.append(int(book.now["phase"]))
    assert phases == [3, 2]
    assert (int(book.now["crossed_events"]), int(book.now["auction_crossed"])) == (1, 1)


# --- lesser schemas -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 8_191, 8_192, 8_193, 20_000])
def test_lesser_schemas_are_read_in_stretches_of_any_length(count: int) -> None:
    tape = LevelTape(BIDS, ASKS, Schema.MBP_1)
    records = np.resize(tape.trade("B", 20_001, 2).end({19_999: 1}).records(), count)
    records["ts_event"] = records["ts_recv"] = START + np.arange(count) // 2
    book, lots = LevelBook(FIRST_INSTRUMENT, TICK, Schema.MBP_1), 0
    places = []
    for output in book.process(records):
        lots += int(output.trades["size"].sum())
        places.append(output.position)
    assert places[-1] == count
    assert lots == 2 * -(-count // 2)


# --- as the oracle reads it ---------------------------------------------------------------------------------------


def _look(pipeline: Pipeline) -> dict[str, Any]:
    said, view = pipeline.summary(), pipeline.view(ViewRequest(ladder_top=20_030, ladder_rows=60))
    return {
        "events": said.events,
        "trade_events": said.trade_events,
        "trades": said.trades,
        "volume": said.volume,
        "off_tick": said.off_tick,
        "late": said.late_records,
        "crossed": said.crossed_events,
        "auction crossed": said.auction_crossed_events,
        "bad": said.bad_records,
        "clock": said.ts,
        "phase": str(view.phase),
        "best": (view.best_bid, view.best_ask),
        "ladder": [(row.bid, row.ask) for row in view.ladder],
    }


def _oracle_look(records: Records, schema: Schema, quiet: int) -> dict[str, Any]:
    plain = plain_levels(records, schema, quiet)
    plain.finish()
    quoted = schema is not Schema.TRADES
    ladder = range(20_030, 19_970, -1)
    return {
        "events": plain.events,
        "trade_events": plain.trade_events,
        "trades": plain.trades,
        "volume": plain.volume,
        "off_tick": plain.off_tick,
        "late": plain.late_records,
        "crossed": plain.crossed_events if quoted else None,
        "auction crossed": plain.auction_crossed if quoted else None,
        "bad": plain.bad_records if quoted else None,
        "clock": plain.clock,
        "phase": plain.phase,
        "best": (best(plain.shown["B"]), best(plain.shown["A"])),
        "ladder": [(size_at(plain.shown["B"], "B", tick), size_at(plain.shown["A"], "A", tick)) for tick in ladder],
    }


def edges() -> dict[str, Sequence[int]]:
    """Values per field that no exchange sends, or that stand at the end of what the field can hold."""
    prices = [
        UNDEFINED_PRICE,
        UNDEFINED_PRICE - 1,
        -(2**63),
        -TICK,
        0,
        1,
        20_000 * TICK,
        20_001 * TICK,
        20_000 * TICK + 1,
    ]
    lots = [0, 1, 2, 40, UNDEFINED_SIZE]
    return {
        "price": prices,
        "size": lots,
        "action": [ord(action) for action in "ACMRTFN?"],
        "side": [ord(side) for side in "ABN?"],
        "flags": [0, 4, 32, 128, 130, 132, 160, 168, 255],
        "instrument_id": [FIRST_INSTRUMENT, FIRST_INSTRUMENT + 1],
        "ts_event": [0, 1, START, START + SECOND, START + 30 * SECOND, 2**63, UNDEFINED_TIME],
        "ts_recv": [0, START, 2**63, UNDEFINED_TIME],
        **{f"{side}_px_{level}": prices for side in ("bid", "ask") for level in ("00", "01", "09")},
        **{f"{side}_sz_{level}": lots for side in ("bid", "ask") for level in ("00", "01", "09")},
    }


@st.composite
def damaged_levels(draw: st.DrawFn, schema: Schema, *, most_events: int = 150) -> Records:
    """Draw the records of a valid session by price, some of them lost, repeated, swapped or overwritten."""
    array = levels_of(draw(streams(most_events=most_events)).array, schema)
    if draw(st.booleans()) and len(array):
        array = draw(rearranged(array))
    array = array.copy()
    values = {name: told for name, told in edges().items() if name in (array.dtype.names or ())}
    for _ in range(draw(st.integers(0, 24)) if len(array) else 0):
        name = draw(st.sampled_from(sorted(values)))
        array[name][draw(st.integers(0, len(array) - 1))] = draw(st.sampled_from(values[name]))
    return array


@pytest.mark.parametrize("schema", list(LAYOUTS))
@FINDING
@given(data=st.data())
def test_any_stream_is_read_as_the_oracle_reads_it(data: st.DataObject, schema: Schema) -> None:
    array = data.draw(damaged_levels(schema))
    assert array.dtype == LAYOUTS[schema]
    for end in {data.draw(st.integers(0, len(array))), len(array)}:
        pipeline = Pipeline(GOLD, PipelineSettings(bars_logged=()), schema=schema)
        run(pipeline, [Batch(schema, array[:end])])
        if pipeline.view(ViewRequest()).schema is None:
            continue
        assert _look(pipeline) == _oracle_look(array[:end], schema, 300 * SECOND)
