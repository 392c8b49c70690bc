"""A headless run lets the book run ahead of all other engines, in a thread of its own: no word of it may show."""

import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest

from engines.events import Event, encode
from engines.pipeline import Pipeline, PipelineSettings
from engines.view import MarketView, ViewRequest
from feeds.dbn import CorruptDbn
from feeds.instrument import Instrument, InstrumentError
from feeds.records import DEFINITION, STATUS, TRADE, Batch, Records, Schema
from feeds.simulator.contract import CONTRACT
from feeds.simulator.habits import Habits
from feeds.simulator.session import SimulationSettings
from qmo_tui.evaluation.simulated import SimulatedSession
from qmo_tui.session.headless import events_of
from tests.engines.mentor.days import day_of_trades
from tests.engines.real_data import ES, read_batches, read_records
from tests.market import session
from tests.market.sessions import FIRST_INSTRUMENT, TICK

SESSION = "esh4-20231225.mbo.dbn.zst"
QUOTES = "esu4-20240701.mbp-1.dbn.zst"
FINISHED = "esu4-nqu4-20240701.ohlcv-1m.dbn.zst"
ESU4 = Instrument("ESU4", 118, 250_000_000, 50.0)
GOLD = Instrument("GCG4", FIRST_INSTRUMENT, TICK, 100.0)
SETTINGS = PipelineSettings(bars_logged=("1s", "1m", "5m", "15m", "1h", "session"))
LOOK = ViewRequest(
    ladder_rows=80, prints=200, bars=200, profile=True, flow=True, footprints=200, zones=True, timing=True, mentor=True
)
HOUR = 3_600 * 1_000_000_000
DAY = 24 * HOUR
Told = tuple[list[list[bytes]], bytes, MarketView]
"""Lines by batch and of the end, summary, and the final view."""


def _lines(events: Iterable[Event]) -> list[bytes]:
    return [encode(event) for event in events]


def _in_step(instrument: Instrument, batches: Iterable[Batch]) -> Told:
    """Take each batch through all engines before the next."""
    pipeline = Pipeline(instrument, SETTINGS)
    lines = [_lines(pipeline.process(batch)) for batch in batches]
    lines.append(_lines(pipeline.finish()))
    return lines, msgspec.json.encode(pipeline.summary()), pipeline.view(LOOK)


def _headless(instrument: Instrument, batches: Iterable[Batch]) -> Told:
    pipeline = Pipeline(instrument, SETTINGS)
    lines = [_lines(events) for events in events_of(pipeline, iter(batches))]
    return lines, msgspec.json.encode(pipeline.summary()), pipeline.view(LOOK)


def _assert_same(instrument: Instrument, batches: Sequence[Batch], *, lines: int) -> None:
    """Both ways tell the same, and at least so many lines."""
    headless = _headless(instrument, batches)
    assert headless == _in_step(instrument, batches)
    assert sum(map(len, headless[0])) >= lines


def _cut(schema: Schema, records: Records, size: int) -> list[Batch]:
    return [Batch(schema, records[start : start + size]) for start in range(0, len(records), size)]


def _simulated(schema: Schema, hours: int = 1) -> list[Batch]:
    market = SimulationSettings(seed=9, habits=Habits(records_per_second=20.0))
    return list(SimulatedSession(market, hours * HOUR, schema).batches())


def _trades_of(orders: Records) -> Records:
    traded = orders[orders["action"] == ord("T")]
    trades = np.zeros(len(traded), TRADE)
    for name in set(TRADE.names or ()) & set(traded.dtype.names or ()):
        trades[name] = traded[name]
    return trades


@pytest.mark.parametrize("size", [777, 65_536])
def test_the_real_session(data: Path, size: int) -> None:
    _assert_same(ES, _cut(Schema.MBO, read_records(data, SESSION), size), lines=1_100)


def test_real_sessions_of_three_days(data: Path) -> None:
    """Each begins with a snapshot; between them a trading day ends."""
    days = []
    for day in range(3):
        records = read_records(data, SESSION).copy()
        for name in ("ts_event", "ts_recv"):
            records[name] += np.uint64(day * DAY)
        days.append(Batch(Schema.MBO, records))
    _assert_same(ES, days, lines=3_300)


def test_engines_that_nobody_watches_say_the_same(data: Path) -> None:
    """They keep nothing for a view, and so give none."""
    batches = _cut(Schema.MBO, read_records(data, SESSION), 65_536)
    pipeline = Pipeline(ES, SETTINGS, watched=False)
    lines = [_lines(events) for events in events_of(pipeline, iter(batches))]
    assert (lines, msgspec.json.encode(pipeline.summary())) == _in_step(ES, batches)[:2]
    with pytest.raises(RuntimeError, match="not watched"):
        pipeline.view(LOOK)


@pytest.mark.parametrize("schema", [Schema.MBO, Schema.MBP_10, Schema.MBP_1])
def test_a_simulated_session_with_its_status_and_definitions(schema: Schema) -> None:
    _assert_same(CONTRACT, _simulated(schema), lines=60)


def test_real_quotes(data: Path) -> None:
    _assert_same(ESU4, read_batches(data, QUOTES), lines=40)


def test_finished_bars_before_quotes(data: Path) -> None:
    """Bars need no book; the first quotes begin one."""
    _assert_same(ESU4, [*read_batches(data, FINISHED), *read_batches(data, QUOTES)], lines=70)


def test_a_whole_day_of_trades() -> None:
    _assert_same(CONTRACT, _cut(Schema.TRADES, day_of_trades(1), 5_000), lines=1_000)


def test_a_better_schema_in_mid_stream() -> None:
    """Levels that were followed are let go of, and the order book goes on in time and event numbers."""
    levels, orders = _simulated(Schema.MBP_10), _simulated(Schema.MBO)
    half = len(orders) // 2
    begun = [batch for batch in orders if batch.schema is Schema.MBO][:1]
    _assert_same(CONTRACT, [*levels[:half], *begun, *orders[half:], *levels[half:]], lines=60)


def test_trades_until_orders_come() -> None:
    array = session(6, 1_500, auction=True).array
    early = _trades_of(array[: len(array) // 2])
    _assert_same(GOLD, [Batch(Schema.TRADES, early), *_cut(Schema.MBO, array, 300)], lines=100)


def test_a_halt_in_mid_stream() -> None:
    array = session(6, 1_500).array
    halt = np.zeros(1, STATUS)
    halt["instrument_id"], halt["action"] = FIRST_INSTRUMENT, 8
    batches = _cut(Schema.MBO, array, 400)
    _assert_same(GOLD, [*batches[:3], Batch(Schema.STATUS, halt), *batches[3:]], lines=100)


def _broken(batches: Sequence[Batch]) -> Iterator[Batch]:
    yield from batches
    raise CorruptDbn("broken here")


def test_an_error_in_mid_file_comes_after_all_that_was_said_before_it() -> None:
    batches = _simulated(Schema.MBO)[:20]
    lines, pipeline = [], Pipeline(CONTRACT, SETTINGS)
    with pytest.raises(CorruptDbn, match="broken here"):
        for events in events_of(pipeline, _broken(batches)):
            lines.append(_lines(events))  # noqa: PERF401 - what was said before the error is what counts
    assert lines == _in_step(CONTRACT, batches)[0][:-1]
    assert sum(map(len, lines)) > 0


def test_a_definition_that_contradicts_is_refused_where_it_stands() -> None:
    """The book may be ahead of it by then; nothing is said of what follows."""
    batches = _simulated(Schema.MBO)
    other = np.zeros(1, DEFINITION)
    other["instrument_id"], other["min_price_increment"] = CONTRACT.instrument_id, 2 * CONTRACT.tick
    other["raw_symbol"], other["instrument_class"] = b"XYZ", ord("F")
    lines, pipeline = [], Pipeline(CONTRACT, SETTINGS)
    with pytest.raises(InstrumentError, match="tick"):
        for events in events_of(pipeline, iter([*batches[:20], Batch(Schema.DEFINITION, other), *batches[20:]])):
            lines.append(_lines(events))  # noqa: PERF401 - as above
    assert lines == _in_step(CONTRACT, batches[:20])[0][:-1]


def test_giving_up_ends_the_thread_and_the_reading_and_leaves_the_interpreter_as_it_was() -> None:
    turns, threads = sys.getswitchinterval(), threading.active_count()
    closed: list[bool] = []

    def reading() -> Iterator[Batch]:
        try:
            yield from batches
        finally:
            closed.append(True)

    batches, pieces = _simulated(Schema.MBO), reading()
    running = events_of(Pipeline(CONTRACT, SETTINGS), pieces)
    next(running)
    assert threading.active_count() == threads + 1
    assert not closed
    running.close()
    assert closed
    assert threading.active_count() == threads
    assert sys.getswitchinterval() == turns


def test_the_clock_that_is_told_is_that_of_what_was_said() -> None:
    """Not of the book, which is ahead."""
    batches, told, plain = _simulated(Schema.MBO), [], []
    in_step = Pipeline(CONTRACT, SETTINGS)
    for batch in batches:
        in_step.process(batch)
        plain.append((in_step.records, in_step.clock))
    for _ in events_of(Pipeline(CONTRACT, SETTINGS), iter(batches), lambda *said: told.append(said)):
        pass
    assert told == plain
