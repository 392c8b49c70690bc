"""What the sessions of a day have traded so far: causal, and equal to what the trades themselves say."""

import numpy as np

from engines.pipeline import Pipeline
from engines.timing.sessions import sessions_of
from engines.timing.trading_day import trading_day
from engines.timing_view import SessionRange
from engines.view import ViewRequest
from feeds.records import ACTION_TRADE, F_LAST, MBO, OHLCV, SIDE_BID, Batch, Records, Schema
from tests.engines.flow.test_bars import GOLD
from tests.engines.timing.clocks import HOUR, new_york

TICK = GOLD.tick
LOOK = ViewRequest(timing=True)


def trades(*found: tuple[str, int]) -> Records:
    """Trades at times in New York and ticks, each a matching event."""
    records = np.zeros(len(found), MBO)
    records["instrument_id"] = GOLD.instrument_id
    records["ts_event"] = records["ts_recv"] = [new_york(clock) for clock, _ in found]
    records["price"] = [tick * TICK for _, tick in found]
    records["action"], records["side"], records["size"], records["flags"] = ACTION_TRADE, SIDE_BID, 1, F_LAST
    return records


def ranges_of(pipeline: Pipeline) -> dict[str, SessionRange]:
    timing = pipeline.view(LOOK).timing
    assert timing is not None
    assert timing.clock is not None
    return {one.name: one for one in timing.clock.ranges}


def prices(one: SessionRange) -> tuple[int | None, ...]:
    return one.open, one.high, one.low, one.close


DAY = trades(
    ("2026-03-09 18:00:30", 100),
    ("2026-03-09 23:10:00", 130),
    ("2026-03-10 03:59:59", 90),  # the last second of Asia: London is four hours away this week
    ("2026-03-10 04:00:00", 95),
    ("2026-03-10 08:00:00", 140),
    ("2026-03-10 12:31:00", 80),
    ("2026-03-10 12:31:20", 85),
)


def test_ranges_of_the_day_and_its_sessions() -> None:
    pipeline = Pipeline(GOLD)
    pipeline.process(Batch(Schema.MBO, DAY))
    ranges = ranges_of(pipeline)
    assert {name: prices(one) for name, one in ranges.items()} == {
        "day": (100, 140, 80, 85),
        "Asia": (100, 130, 90, 90),
        "overnight": (100, 130, 90, 95),
        "London": (95, 140, 95, 140),
        "New York": (140, 140, 80, 85),
    }
    assert [name for name, one in ranges.items() if one.running] == ["day", "New York"]


def test_a_session_that_has_not_begun_is_not_told_and_one_without_a_trade_is_unknown() -> None:
    pipeline = Pipeline(GOLD)
    pipeline.process(Batch(Schema.MBO, trades(("2026-03-10 03:00", 100))))
    assert list(ranges_of(pipeline)) == ["day", "Asia", "overnight"]
    pipeline = Pipeline(GOLD)
    pipeline.process(Batch(Schema.MBO, trades(("2026-03-10 09:00", 100))))
    assert prices(ranges_of(pipeline)["Asia"]) == (None, None, None, None)


def test_a_new_day_begins_anew() -> None:
    pipeline = Pipeline(GOLD)
    pipeline.process(Batch(Schema.MBO, DAY))
    assert prices(ranges_of(pipeline)["day"]) == (100, 140, 80, 85)
    pipeline.process(Batch(Schema.MBO, trades(("2026-03-10 18:00:00", 70))))
    ranges = ranges_of(pipeline)
    assert list(ranges) == ["day", "Asia", "overnight"]
    assert {prices(one) for one in ranges.values()} == {(70, 70, 70, 70)}


def test_every_trade_counts_at_once_and_none_before_it_happens() -> None:
    """A random day, looked at after every stretch: what is said equals the trades so far, whatever the cuts."""
    chance = np.random.default_rng(11)
    start = new_york("2026-10-26 18:00")  # London is four hours from New York
    times = np.sort(chance.integers(start, start + 23 * HOUR, 900))
    ticks = 1_000 + np.cumsum(chance.integers(-3, 4, len(times)))
    records = np.zeros(len(times), MBO)
    records["instrument_id"] = GOLD.instrument_id
    records["ts_event"] = records["ts_recv"] = times
    records["price"] = ticks * TICK
    records["action"], records["side"], records["size"], records["flags"] = ACTION_TRADE, SIDE_BID, 1, F_LAST
    pipeline = Pipeline(GOLD)
    day = trading_day(start)
    windows = {window.name: (window.start, window.end) for window in sessions_of(day)} | {"day": (day.start, day.end)}
    for stop in range(25, len(times) + 1, 25):
        pipeline.process(Batch(Schema.MBO, records[stop - 25 : stop]))
        for name, one in ranges_of(pipeline).items():
            held = ticks[:stop][(times[:stop] >= windows[name][0]) & (times[:stop] < windows[name][1])]
            expected = (held[0], held.max(), held.min(), held[-1]) if len(held) else (None,) * 4
            assert prices(one) == expected


def test_finished_minutes_are_read_the_same_way() -> None:
    records = np.zeros(3, OHLCV)
    records["instrument_id"] = GOLD.instrument_id
    records["ts_event"] = [new_york("2026-03-10 03:59"), new_york("2026-03-10 04:00"), new_york("2026-03-10 09:00")]
    for name, ticks in (("open", (5, 6, 7)), ("high", (9, 8, 7)), ("low", (4, 3, 7)), ("close", (6, 7, 7))):
        records[name] = np.array(ticks) * TICK
    pipeline = Pipeline(GOLD)
    pipeline.process(Batch(Schema.OHLCV_1M, records))
    ranges = ranges_of(pipeline)
    assert prices(ranges["Asia"]) == (5, 9, 4, 6)
    assert prices(ranges["London"]) == (6, 8, 3, 7)
    assert prices(ranges["day"]) == (5, 9, 3, 7)


def test_the_clock_is_built_only_where_it_is_asked_for() -> None:
    pipeline = Pipeline(GOLD)
    pipeline.process(Batch(Schema.MBO, DAY))
    assert pipeline.view(ViewRequest()).timing is None
    assert Pipeline(GOLD).view(LOOK).timing is None


def test_a_look_is_not_changed_by_what_is_traded_later() -> None:
    pipeline = Pipeline(GOLD)
    pipeline.process(Batch(Schema.MBO, DAY))
    first = ranges_of(pipeline)
    pipeline.process(Batch(Schema.MBO, trades(("2026-03-10 12:31:40", 60))))
    assert prices(ranges_of(pipeline)["New York"]) == (140, 140, 60, 60)
    assert prices(first["New York"]) == (140, 140, 80, 85)
    pipeline.process(Batch(Schema.MBO, trades(("2026-03-10 12:32:40", 61))))
    assert prices(ranges_of(pipeline)["New York"]) == (140, 140, 60, 61)
