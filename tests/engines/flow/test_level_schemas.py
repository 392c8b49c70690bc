"""Trades, quotes and finished bars from schemas that carry no orders; nothing is counted twice."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from engines.events import Bar, Event
from engines.pipeline import Pipeline, run
from engines.view import BookState, MarketView, TradeKind, ViewRequest
from feeds.instrument import Instrument, InstrumentError
from feeds.records import DEFINITION, TRADE, UNDEFINED_PRICE, Batch, Records, Schema
from tests.engines.book.level_records import levels_of, set_apart
from tests.engines.flow.test_bars import ALL_BARS, GOLD
from tests.engines.real_data import read_batches, read_records
from tests.market import session
from tests.market.sessions import FIRST_INSTRUMENT

QUOTES = "esu4-20240701.mbp-1.dbn.zst"
TRADES = "esu4-20240701.trades.dbn.zst"
FINISHED = "esu4-nqu4-20240701.ohlcv-1m.dbn.zst"
DEFINITIONS = "esu4-nqu4.definition.dbn.zst"
ESU4 = Instrument("ESU4", 118, 250_000_000, 50.0)
NQU4_ID = 4_358
LOOK = ViewRequest(ladder_rows=60, prints=1_000, bars=1_000)


def _run(*batches: Batch, instrument: Instrument | None = ESU4) -> tuple[list[Event], MarketView, Pipeline]:
    pipeline = Pipeline(instrument, ALL_BARS)
    return run(pipeline, batches), pipeline.view(LOOK), pipeline


def _without_quotes(bar: Bar) -> Bar:
    """Return the bar as a schema tells it that has no quotes between trades."""
    return msgspec.structs.replace(bar, ofi=None)


def test_the_same_trades_in_two_schemas(data: Path) -> None:
    (_, quoted, _), (_, traded, _) = _run(*read_batches(data, QUOTES)), _run(*read_batches(data, TRADES))
    assert len(quoted.prints) == 120
    for mine, other in zip(quoted.prints, traded.prints, strict=True):
        assert (mine.ts, mine.first, mine.size, mine.side) == (other.ts, other.first, other.size, other.side)
    records = read_records(data, TRADES)
    assert [said.ts for said in traded.prints] == records["ts_event"].tolist()
    assert [said.first for said in traded.prints] == (records["price"] // ESU4.tick).tolist()
    assert [said.size for said in traded.prints] == records["size"].tolist()
    assert sum(said.size for said in traded.prints) == 253
    assert [sum(said.side == side for said in traded.prints) for side in ("buy", "sell")] == [66, 54]


def test_the_same_bars_in_two_schemas(data: Path) -> None:
    """But for what is still open at the end, as the clock of quotes runs on after the last trade, and for their OFI."""
    quoted, traded = (
        [event for event in _run(*read_batches(data, name))[0] if isinstance(event, Bar) and event.complete]
        for name in (QUOTES, TRADES)
    )
    assert len(traded) > 40
    assert [_without_quotes(bar) for bar in quoted[: len(traded)]] == traded
    summaries = [_run(*read_batches(data, name))[2].summary() for name in (QUOTES, TRADES)]
    totals = [(said.trades, said.volume, said.buy_volume, said.sell_volume) for said in summaries]
    assert totals[0] == totals[1]
    assert totals[0][:2] == (120, 253)


def test_the_quote_is_the_newest_of_the_file(data: Path) -> None:
    last = read_records(data, QUOTES)[-1]
    view = _run(*read_batches(data, QUOTES))[1]
    assert (view.best_bid, view.best_ask) == (
        int(last["bid_px_00"]) // ESU4.tick,
        int(last["ask_px_00"]) // ESU4.tick,
    )
    assert (view.best_bid_size, view.best_ask_size) == (int(last["bid_sz_00"]), int(last["ask_sz_00"]))
    assert view.book is BookState.TOP_ONLY
    assert view.resting_orders is None


@pytest.mark.parametrize("size", [1, 7, 500])
def test_batches_of_quotes_may_be_cut_anywhere(data: Path, size: int) -> None:
    array = read_records(data, QUOTES)
    batches = [Batch(Schema.MBP_1, array[start : start + size]) for start in range(0, len(array), size)]
    whole, cut = _run(Batch(Schema.MBP_1, array)), _run(*batches)
    assert cut[:2] == whole[:2]


def _as_trades(array: Records) -> Records:
    """Derive the trades schema from MBO records."""
    found = array[array["action"] == ord("T")]
    trades = np.zeros(len(found), TRADE)
    for name in set(TRADE.names or ()) & set(found.dtype.names or ()):
        trades[name] = found[name]
    return trades


def _taken_in_turns(*sources: tuple[Schema, Records]) -> list[Batch]:
    """Mix several schemas of one market in time, a second at a time, the first one leading."""
    seconds = sorted({int(moment) // 10**9 for _, array in sources for moment in array["ts_recv"]})
    return [
        Batch(schema, array[array["ts_recv"] // 10**9 == second])
        for second in seconds
        for schema, array in sources
        if (array["ts_recv"] // 10**9 == second).any()
    ]


@pytest.mark.parametrize("leading", [Schema.MBO, Schema.TRADES])
def test_a_mixed_stream_does_not_count_volume_twice(leading: Schema) -> None:
    array = session(6, 1_500, auction=True).array
    sources = {Schema.MBO: array, Schema.TRADES: _as_trades(array)}
    ordered = sorted(sources.items(), key=lambda source: source[0] is not leading)
    mixed = _run(*_taken_in_turns(*ordered), instrument=GOLD)
    alone = _run(Batch(Schema.MBO, array), instrument=GOLD)
    volumes = [told[2].summary().volume or 0 for told in (mixed, alone)]
    if leading is Schema.MBO:
        assert volumes[0] == volumes[1] > 0
        assert mixed[0] == alone[0]
    else:  # the first second came as trades before any order was seen, and counts as both
        assert volumes[1] <= volumes[0] <= volumes[1] * 1.1


@pytest.mark.parametrize("leading", [Schema.MBO, Schema.TRADES])
def test_a_source_that_tells_its_schema_is_counted_once_from_the_start(leading: Schema) -> None:
    array = session(6, 1_500, auction=True).array
    sources = {Schema.MBO: array, Schema.TRADES: _as_trades(array)}
    ordered = sorted(sources.items(), key=lambda source: source[0] is not leading)
    pipeline = Pipeline(GOLD, ALL_BARS, schema=Schema.MBO)
    events = [event for batch in _taken_in_turns(*ordered) for event in pipeline.process(batch)] + pipeline.finish()
    assert events == _run(Batch(Schema.MBO, array), instrument=GOLD)[0]


def test_finished_bars(data: Path) -> None:
    said, view, pipeline = _run(*read_batches(data, FINISHED))
    events = [event for event in said if isinstance(event, Bar)]
    array = read_records(data, FINISHED)
    ours = array[array["instrument_id"] == ESU4.instrument_id]
    assert len(events) == len(view.bars) == len(ours) == 30
    for event, record in zip(events, ours, strict=True):
        assert (event.start, event.volume, event.interval) == (record["ts_event"], record["volume"], "1m")
        prices = (event.open, event.high, event.low, event.close)
        assert prices == tuple(int(record[name]) / 1e9 for name in ("open", "high", "low", "close"))
        assert (event.buy, event.delta, event.cvd) == (None, None, None)
    assert [bar.volume for bar in view.bars] == ours["volume"].tolist()
    assert pipeline.summary().volume == int(ours["volume"].sum())
    assert (view.book, view.ladder[0].bid) == (BookState.ABSENT, None)


# --- what each schema gives and what it does not ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "state", "named"),
    [
        (Schema.MBP_10, BookState.TEN_LEVELS, ["icebergs: inferred", "stops: no order ids", "depth beyond ten levels"]),
        (Schema.MBP_1, BookState.TOP_ONLY, ["icebergs: inferred at the best price", "stops: no order ids", "depth"]),
        (Schema.TBBO, BookState.TOP_ONLY, ["icebergs, stops: no order ids in tbbo", "quotes between trades", "depth"]),
        (Schema.TRADES, BookState.ABSENT, ["icebergs, stops: no order ids in trades", "ladder depth: trades only"]),
        (Schema.MBO, BookState.VALID, []),
    ],
)
def test_what_a_schema_cannot_give_is_named(schema: Schema, state: BookState, named: list[str]) -> None:
    orders = session(6, 300).array
    _, view, _ = _run(Batch(schema, orders if schema is Schema.MBO else levels_of(orders, schema)), instrument=GOLD)
    assert (view.book, view.schema) == (state, schema)
    assert len(view.missing) == len(named)
    for told, wanted in zip(view.missing, named, strict=True):
        assert told.startswith(wanted)


@pytest.mark.parametrize("schema", [Schema.MBP_10, Schema.MBP_1, Schema.TBBO, Schema.TRADES])
def test_every_schema_tells_the_same_bars_tape_and_volume_as_orders_do(schema: Schema) -> None:
    """But for how aggressors came to trade, the bars that are open at the end, and what only quotes tell."""
    orders = set_apart(session(7, 2_000).array)
    ordered, levels = (
        _run(Batch(Schema.MBO, orders), instrument=GOLD),
        _run(Batch(schema, levels_of(session(7, 2_000).array, schema)), instrument=GOLD),
    )
    closed = [[bar for bar in told[0] if isinstance(bar, Bar) and bar.complete] for told in (ordered, levels)]
    assert closed[1]
    expected = closed[0][: len(closed[1])]
    if schema in {Schema.TBBO, Schema.TRADES}:
        expected = [_without_quotes(bar) for bar in expected]
    assert expected == closed[1]
    assert len({bar.ofi for bar in closed[0]}) > 10
    said = [told[2].summary() for told in (ordered, levels)]
    assert said[0].volume == said[1].volume
    assert (said[0].trades, said[0].trade_events) == (said[1].trades, said[1].trade_events)
    assert len(levels[1].prints) == said[1].trades
    assert {each.kind for each in levels[1].prints} == {TradeKind.UNKNOWN}


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_the_sample_of_ten_levels_fills_the_ladder(data: Path, version: str) -> None:
    name = f"dbn-samples/test_data.mbp-10.{version}.dbn.zst"
    last = read_records(data, name)[-1]
    contract = Instrument("ESH1", 5_482, 250_000_000, 50.0)
    _, view, pipeline = _run(*read_batches(data, name), instrument=contract)
    rows = {row.tick: row for row in view.ladder}
    for level in range(10):
        bid, ask = (rows[int(last[f"{side}_px_{level:02}"]) // contract.tick] for side in ("bid", "ask"))
        assert (bid.bid, bid.bid_orders) == (last[f"bid_sz_{level:02}"], last[f"bid_ct_{level:02}"])
        assert (ask.ask, ask.ask_orders) == (last[f"ask_sz_{level:02}"], last[f"ask_ct_{level:02}"])
    lowest, highest = int(last["bid_px_09"]) // contract.tick, int(last["ask_px_09"]) // contract.tick
    assert {row.tick for row in view.ladder if row.bid is None} == {tick for tick in rows if tick < lowest}
    assert {row.tick for row in view.ladder if row.ask is None} == {tick for tick in rows if tick > highest}
    said = pipeline.summary()
    assert (said.crossed_events, said.off_tick, said.bad_records) == (0, 0, 0)


# --- definitions --------------------------------------------------------------------------------------------------


def test_definitions_tell_tick_and_multiplier(data: Path) -> None:
    _, _, pipeline = _run(*read_batches(data, DEFINITIONS), instrument=None)
    told = {each.symbol: (each.tick_size, each.multiplier, each.outright) for each in pipeline.instruments}
    assert told == {"ESU4": (0.25, 50.0, True), "NQU4": (0.25, 20.0, True)}


def test_a_definition_that_contradicts_the_tick_is_refused(data: Path) -> None:
    wrong = Instrument("ESU4", 118, 100_000_000, 50.0, source="settings")
    with pytest.raises(InstrumentError, match=r"ESU4: its definition record says tick 0\.25, but 0\.1 was expected"):
        _run(*read_batches(data, DEFINITIONS), instrument=wrong)


def _definition(instrument_id: int, symbol: bytes, kind: bytes, tick: int) -> Records:
    record = np.zeros(1, DEFINITION)
    record["instrument_id"], record["raw_symbol"], record["instrument_class"] = instrument_id, symbol, ord(kind)
    record["min_price_increment"], record["unit_of_measure_qty"] = tick, 100 * 10**9
    return record


def test_spreads_are_told_from_outrights() -> None:
    records = np.concatenate(
        [
            _definition(1, b"GCG4", b"F", 100_000_000),
            _definition(2, b"GCG4-GCJ4", b"S", 100_000_000),
            _definition(3, b"OGG4 C2000", b"C", 100_000_000),
            _definition(4, b"GCM4", b"F", UNDEFINED_PRICE),
            _definition(5, b"GCQ4", b"F", 0),
        ]
    )
    pipeline = Pipeline(None)
    pipeline.process(Batch(Schema.DEFINITION, records))
    assert {each.symbol: each.outright for each in pipeline.instruments} == {
        "GCG4": True,
        "GCG4-GCJ4": False,
        "OGG4 C2000": False,
    }
    described: Any = pipeline.summary().instruments
    assert [each["outright"] for each in described] == [True, False, False]


def test_a_spread_in_the_stream_is_another_instrument() -> None:
    array = session(2, 600, instruments=2).array
    outright = array["instrument_id"] == FIRST_INSTRUMENT
    mixed, alone = (_run(Batch(Schema.MBO, part), instrument=GOLD) for part in (array, array[outright]))
    assert mixed[0] == alone[0]
    assert mixed[2].summary().other_instruments == int((~outright).sum())
