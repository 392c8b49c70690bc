"""Inferred icebergs: what traded at a price beyond what left the level, per matching event, without order ids."""

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.book.book import Book
from engines.book.by_price import MarketByPrice
from engines.book.layout import HIDDEN_EXECUTED, HIDDEN_FILLED
from engines.book.levels_kernel import MOST_FOLLOWED, MOST_TAKEN
from engines.events import Digest, Iceberg, TierTotals, encode
from engines.pipeline import Pipeline, PipelineSettings, run
from engines.view import IcebergMark, ViewRequest
from engines.zones.iceberg_marks import EndedShown
from engines.zones.icebergs import DOUBTFUL
from engines.zones.inferred import INFERRED
from feeds.instrument import Instrument
from feeds.records import (
    F_LAST,
    F_MAYBE_BAD_BOOK,
    F_SNAPSHOT,
    STATUS,
    Batch,
    Records,
    Schema,
)
from tests.engines.book.level_records import SECOND, Levels, LevelTape, levels_of, plain_levels, set_apart
from tests.engines.book.test_levels import damaged_levels
from tests.engines.flow.test_bars import GOLD
from tests.engines.real_data import ES, read_records
from tests.market import session
from tests.market.sessions import Mix
from tests.oracle.inferred import inferred_lines

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
FINDING = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
SESSION: Final = "esh4-20231225.mbo.dbn.zst"
BIDS: Final[Levels] = {20_000: 9, 19_999: 4}
ASKS: Final[Levels] = {20_001: 5, 20_002: 6, 20_003: 2}
QUIET: Final = 60
NO_BARS: Final = PipelineSettings(
    bars_logged=(), inferred_quiet=QUIET * SECOND, ended=EndedShown(window=2**62, least=0.0)
)
SIDES: Final = {"bid": "B", "ask": "A"}
LevelEvent = tuple[int, str, int]
"""Time of event, passive side and tick: what a level-event is counted by."""


def _tape(bids: Levels | None = None, asks: Levels | None = None, schema: Schema = Schema.MBP_10) -> LevelTape:
    return LevelTape(BIDS if bids is None else bids, ASKS if asks is None else asks, schema).end()


def _log(
    records: Records, schema: Schema = Schema.MBP_10, *, instrument: Instrument = GOLD
) -> tuple[list[Iceberg], Pipeline]:
    pipeline = Pipeline(instrument, NO_BARS)
    events = run(pipeline, [Batch(schema, records)])
    return [event for event in events if isinstance(event, Iceberg)], pipeline


def _lines(tape: LevelTape) -> list[Iceberg]:
    return _log(tape.records(), tape.schema)[0]


def _states(tape: LevelTape) -> list[tuple[str, int | Any]]:
    return [(line.state, line.hidden) for line in _lines(tape)]


def _marks(tape: LevelTape) -> tuple[IcebergMark, ...]:
    return _log(tape.records(), tape.schema)[1].view(ViewRequest()).icebergs


# --- what is hidden -----------------------------------------------------------------------------------------------


def test_more_traded_than_left_the_level() -> None:
    """Seven lots trade at a price that shows five before and three after: two unseen, and three shown anew."""
    (line,) = _lines(_tape().trade("B", 20_001, 7).end(asks=ASKS | {20_001: 3}))
    assert (line.id, line.tier, line.side, line.price) == ("inferred-1", "inferred", "ask", 2_000.1)
    assert (line.state, line.hidden, line.filled, line.refreshes) == ("detected", 5, 7, 1)
    assert (line.order_id, line.display, line.shown) == (None, None, None)
    assert line.score == INFERRED < 1


def test_a_level_that_shows_as_much_as_before_although_it_traded() -> None:
    """No record closes such an event: it is over when the next time comes."""
    tape = _tape().trade("A", 20_000, 3).wait().end()
    assert _states(tape) == [("detected", 3)]
    closed = _tape().trade("A", 20_000, 3).end()
    assert _states(closed) == [("detected", 3)]


def test_a_level_from_which_all_that_traded_left_hides_nothing() -> None:
    assert _states(_tape().trade("B", 20_001, 3).end(asks=ASKS | {20_001: 2})) == []
    assert _states(_tape().trade("B", 20_001, 3).end(asks=ASKS | {20_001: 1})) == []
    assert _states(_tape().trade("B", 20_001, 5).end(asks={20_002: 6, 20_003: 2})) == []


def test_each_price_of_a_sweep_is_asked_by_itself() -> None:
    tape = _tape().trade("B", 20_001, 5).trade("B", 20_002, 9).trade("B", 20_003, 1)
    lines = _lines(tape.end(asks={20_003: 1}))
    assert [(line.price, line.state, line.hidden) for line in lines] == [
        (2_000.2, "detected", 3),
        (2_000.2, "executed", 0),
    ]


def test_the_trades_of_all_aggressors_of_an_event_are_added_up() -> None:
    tape = _tape().trade("B", 20_001, 3).trade("B", 20_001, 4).end(asks=ASKS | {20_001: 1})
    assert _states(tape) == [("detected", 3)]


def test_trades_without_an_aggressor_have_no_passive_side() -> None:
    assert _states(_tape().trade("N", 20_001, 9).end(asks=ASKS | {20_001: 3})) == []


def test_what_rests_after_a_sweep_is_not_what_was_swept() -> None:
    """The aggressor's remainder rests as a bid where an ask stood, and a triggered stop trades with it."""
    tape = _tape().trade("B", 20_001, 5).trade("A", 20_001, 2)
    assert _states(tape.end({20_001: 4, **BIDS}, {20_002: 6})) == []


@pytest.mark.parametrize(("schema", "found"), [(Schema.MBP_10, 1), (Schema.MBP_1, 0)])
def test_a_price_beyond_the_levels_is_not_judged(schema: Schema, found: int) -> None:
    """From mbp-1 only the best price is known before an event."""
    tape = _tape(schema=schema).trade("B", 20_001, 5).trade("B", 20_002, 9).end(asks={20_002: 1})
    assert len(_lines(tape)) == found


def test_a_price_that_the_levels_no_longer_reach_is_not_judged() -> None:
    """The traded price stands behind ten better ones afterwards."""
    nine = dict.fromkeys(range(20_001, 20_010), 1)
    hiding = _tape(asks={20_011: 5}).trade("B", 20_011, 9)
    assert _states(hiding.end(asks=nine | {20_010: 1})) == []
    hiding = _tape(asks={20_011: 5}).trade("B", 20_011, 9)
    assert _states(hiding.end(asks=nine | {20_011: 5})) == [("detected", 9)]


@pytest.mark.parametrize("schema", [Schema.TBBO, Schema.TRADES])
def test_schemas_without_levels_after_an_event_infer_nothing(schema: Schema) -> None:
    tape = LevelTape(BIDS, ASKS, schema)
    for _ in range(5):
        tape.trade("B", 20_001, 9, flags=F_LAST).wait()
    lines, pipeline = _log(tape.records(), schema)
    assert lines == []
    assert pipeline.summary().icebergs is None


def test_the_event_that_is_open_when_the_data_ends_is_not_judged() -> None:
    """The record that would have told its levels may be missing."""
    lines, pipeline = _log(_tape().trade("B", 20_001, 9).records())
    assert lines == []
    assert pipeline.summary().trade_events == 1


def test_nothing_is_inferred_where_levels_are_crossed_or_locked() -> None:
    crossed = {20_001: 3, **BIDS}
    assert _states(_tape(bids=crossed).trade("B", 20_001, 9).end(BIDS)) == []
    assert _states(_tape().trade("B", 20_001, 9).end(crossed)) == []


def test_nothing_is_inferred_before_the_open() -> None:
    """Once levels crossed without a trade it is an auction, until a trade of nobody's ends it."""
    before = LevelTape({20_002: 1}, ASKS).end().end(BIDS)
    assert _states(before.trade("B", 20_001, 9).end().trade("B", 20_001, 9).end()) == [("detected", 9)]


def test_nothing_is_inferred_in_a_halt() -> None:
    status = np.zeros(1, STATUS)
    status["instrument_id"] = GOLD.instrument_id
    said = []
    for action in (8, 7):
        status["action"] = action
        pipeline = Pipeline(GOLD, NO_BARS)
        pipeline.process(Batch(Schema.STATUS, status))
        events = run(pipeline, [Batch(Schema.MBP_10, _tape().trade("B", 20_001, 9).end().records())])
        said.append(sum(isinstance(event, Iceberg) for event in events))
    assert said == [0, 1]


# --- the life of one ----------------------------------------------------------------------------------------------


def _found() -> LevelTape:
    return _tape().trade("B", 20_001, 7).end(asks=ASKS | {20_001: 3})


def test_all_that_one_price_hides_is_one_iceberg() -> None:
    tape = _found().wait(SECOND).trade("B", 20_001, 4).end()
    tape.wait(SECOND).trade("B", 20_001, 1).end(asks=ASKS | {20_001: 2})
    assert [(line.id, line.state, line.filled, line.refreshes, line.hidden) for line in _lines(tape)] == [
        ("inferred-1", "detected", 7, 1, 5),
        ("inferred-1", "traded", 11, 2, 4),
        ("inferred-1", "traded", 12, 2, 0),
    ]


def test_other_prices_and_the_other_side_are_other_icebergs() -> None:
    tape = _found().trade("B", 20_002, 9).end().trade("A", 20_000, 2).end()
    assert [(line.id, line.side) for line in _lines(tape)] == [
        ("inferred-1", "ask"),
        ("inferred-2", "ask"),
        ("inferred-3", "bid"),
    ]


def test_an_iceberg_is_executed_when_its_level_trades_empty() -> None:
    lines = _lines(_found().trade("B", 20_001, 3).end(asks={20_002: 6}))
    assert [(line.state, line.filled, line.hidden) for line in lines] == [("detected", 7, 5), ("executed", 10, 0)]


def test_one_event_can_find_and_end_an_iceberg() -> None:
    """The first line tells what was hidden, so that the sum over lines is what all events hid."""
    assert _states(_tape().trade("B", 20_001, 25).end(asks={20_002: 6})) == [("detected", 20), ("executed", 0)]


def test_an_iceberg_is_cancelled_when_its_level_empties_without_a_trade() -> None:
    assert _states(_found().end(asks={20_002: 6})) == [("detected", 5), ("cancelled", 0)]
    assert not _marks(_found().end(asks={20_002: 6}))[0].is_live


def test_a_level_out_of_sight_is_not_an_empty_one() -> None:
    hiding = _tape(asks={20_011: 5}).trade("B", 20_011, 9).end()
    hidden = hiding.end(asks=dict.fromkeys(range(20_001, 20_011), 1)).end(asks={20_011: 5})
    assert _states(hidden) == [("detected", 9)]
    assert _marks(hidden)[0].is_live


def test_what_comes_after_the_end_is_another_iceberg() -> None:
    tape = _found().end(asks={20_002: 6}).end(asks=ASKS).trade("B", 20_001, 1).end()
    assert [line.id for line in _lines(tape)] == ["inferred-1", "inferred-1", "inferred-2"]


@pytest.mark.parametrize(("waited", "expires"), [(QUIET * SECOND - 2, False), (QUIET * SECOND - 1, True)])
def test_an_iceberg_expires_when_nothing_trades_there_for_the_quiet_time(waited: int, expires: bool) -> None:
    """It expires at that moment, not when the next record shows that time has passed."""
    lines = _lines(_found().wait(waited).end().wait(7 * SECOND).end())
    assert [line.state for line in lines] == ["detected", "expired"]
    assert lines[1].ts == lines[0].ts + QUIET * SECOND
    again = _lines(_found().wait(waited).trade("B", 20_001, 4).end())
    assert [line.id for line in again] == (["inferred-1"] * 2 + ["inferred-2"] if expires else ["inferred-1"] * 2)


def test_a_trade_that_hides_nothing_keeps_an_iceberg_alive() -> None:
    tape = _found()
    for lots in (2, 1):
        tape.wait((QUIET - 1) * SECOND).trade("B", 20_001, 1).end(asks=ASKS | {20_001: lots})
    assert [line.state for line in _lines(tape)] == ["detected", "traded", "traded"]


@pytest.mark.parametrize(
    "fields", [{"action": ord("R")}, {"flags": F_SNAPSHOT | F_LAST}, {"flags": F_MAYBE_BAD_BOOK | F_LAST}]
)
def test_an_iceberg_expires_at_a_clear_a_snapshot_and_a_gap(fields: dict[str, Any]) -> None:
    assert _states(_found().end(**fields).end()) == [("detected", 5), ("expired", 0)]


def test_an_iceberg_expires_at_the_end_of_the_trading_day() -> None:
    """And at that moment: 17:00 in Chicago."""
    records = _found().end().records()
    day_end = 1_704_236_400 * SECOND
    records["ts_event"] += np.uint64(day_end - int(records["ts_event"][-1]) - 5)
    records["ts_event"][-1] += np.uint64(7)
    records["ts_recv"] = records["ts_event"]
    lines, _ = _log(records)
    assert [(line.state, line.ts - day_end) for line in lines] == [("detected", -6), ("expired", 0)]


def test_a_better_schema_ends_what_a_lesser_one_inferred() -> None:
    pipeline = Pipeline(GOLD, NO_BARS)
    orders = session(3, 50).array
    lines = run(pipeline, [Batch(Schema.MBP_10, _found().records()), Batch(Schema.MBO, orders)])
    tiers = Counter((line.tier, line.state) for line in lines if isinstance(line, Iceberg))
    assert tiers["inferred", "expired"] == tiers["inferred", "detected"] == 1
    assert set(pipeline.summary().icebergs or {}) == {"native", "synthetic"}


def test_a_doubtful_book_makes_a_doubtful_iceberg() -> None:
    tape = _tape().end(flags=F_MAYBE_BAD_BOOK | F_LAST).trade("B", 20_001, 7).end()
    assert [line.score for line in _lines(tape)] == [DOUBTFUL]
    before = _found().end(flags=F_MAYBE_BAD_BOOK | F_LAST)
    assert [line.score for line in _lines(before)] == [INFERRED, INFERRED]


def test_more_levels_than_are_followed_let_the_quietest_go() -> None:
    tape = LevelTape({1: 1}, {}).end()
    for number in range(MOST_FOLLOWED + 3):
        best = 30_000 - 10 * number  # ten better asks each time: what was found before is out of sight
        tape.end(asks=dict.fromkeys(range(best, best + 10), 1)).trade("B", best, 3).end()
    lines, pipeline = _log(tape.records())
    assert Counter(line.state for line in lines) == {"detected": MOST_FOLLOWED + 3, "expired": 3}
    assert [line.id for line in lines if line.state == "expired"] == ["inferred-1", "inferred-2", "inferred-3"]
    assert sum(mark.is_live for mark in pipeline.view(ViewRequest()).icebergs) == MOST_FOLLOWED


def test_an_event_at_more_prices_than_are_judged_does_no_harm() -> None:
    tape = _tape()
    for tick in range(MOST_TAKEN + 100):
        tape.trade("B", 20_001 + tick, 1)
    assert _states(tape.trade("B", 20_001, 9).end()) == [("detected", 10), ("detected", 1), ("detected", 1)]


# --- lines, totals, marks -----------------------------------------------------------------------------------------


def test_the_log_tells_what_is_hidden_of_inferred_ones_only() -> None:
    (line,) = _lines(_found())
    assert b'"order_id":null,' in encode(line)
    assert b'"shown":null,"hidden":5}' in encode(line)
    native = run(Pipeline(GOLD), [Batch(Schema.MBO, session(5, 3_000).array)])
    said = [encode(event) for event in native if isinstance(event, Iceberg)]
    assert said
    assert not any(b"hidden" in one for one in said)


def test_totals_are_those_of_the_lines() -> None:
    tape = _found().trade("B", 20_001, 4).end().trade("A", 20_000, 2).end().trade("A", 20_000, 1).end({20_000: 8})
    _, pipeline = _log(tape.records())
    assert pipeline.summary().icebergs == {"inferred": TierTotals(ids=2, refreshes=3, lots=14)}


def test_the_screen_gets_the_mark_with_its_tier_and_no_invented_numbers() -> None:
    (mark,) = _marks(_found().trade("B", 20_001, 4).end())
    assert (mark.tier, mark.order_id, mark.shown, mark.display) == ("inferred", None, None, None)
    assert (mark.side, mark.tick, mark.filled, mark.refreshes, mark.state) == ("ask", 20_001, 11, 2, "traded")
    assert mark.is_live


# --- as the oracle says, however it is cut ------------------------------------------------------------------------


def _told(lines: list[Iceberg]) -> list[tuple[Any, ...]]:
    return [
        (
            line.ts,
            line.id,
            SIDES[line.side],
            round(line.price * 10),
            line.state,
            line.filled,
            line.refreshes,
            line.hidden,
            line.score == DOUBTFUL,
        )
        for line in lines
    ]


def _told_by_oracle(records: Records, schema: Schema) -> list[tuple[Any, ...]]:
    return [
        (
            line.ts,
            f"inferred-{line.number}",
            line.side,
            line.tick,
            line.state,
            line.filled,
            line.refreshes,
            line.hidden,
            line.doubted,
        )
        for line in inferred_lines(plain_levels(records, schema, QUIET * SECOND).steps)
    ]


LEVELS = pytest.mark.parametrize("schema", [Schema.MBP_10, Schema.MBP_1])


@LEVELS
@FINDING
@given(data=st.data())
def test_any_stream_says_what_the_oracle_says(data: st.DataObject, schema: Schema) -> None:
    array = data.draw(damaged_levels(schema))
    assert _told(_log(array, schema)[0]) == _told_by_oracle(array, schema)


@LEVELS
@pytest.mark.parametrize("seed", range(3))
def test_a_long_session_says_what_the_oracle_says(seed: int, schema: Schema) -> None:
    array = levels_of(session(seed, 6_000, auction=seed == 1, resnapshots=seed).array, schema)
    told = _told(_log(array, schema)[0])
    assert len({line[1] for line in told}) > 10
    assert {line[4] for line in told} == {"detected", "traded", "executed", "cancelled", "expired"}
    assert told == _told_by_oracle(array, schema)


@LEVELS
@FINDING
@given(data=st.data())
def test_any_stream_says_the_same_however_it_is_cut(data: st.DataObject, schema: Schema) -> None:
    array = data.draw(damaged_levels(schema))
    places = sorted(data.draw(st.lists(st.integers(0, len(array)), max_size=40)))
    _assert_same(array, schema, places)


@LEVELS
@pytest.mark.parametrize("size", [1, 7, 500])
def test_a_session_says_the_same_in_batches_of_one_size(schema: Schema, size: int) -> None:
    array = levels_of(session(4, 3_000, auction=True, resnapshots=1).array, schema)
    _assert_same(array, schema, list(range(size, len(array), size)))


def _assert_same(array: Records, schema: Schema, places: list[int]) -> None:
    looks = []
    for pieces in ([array], np.split(array, places)):
        pipeline = Pipeline(GOLD, PipelineSettings(inferred_quiet=QUIET * SECOND), schema=schema)
        events = run(pipeline, [Batch(schema, piece) for piece in pieces])
        digest = Digest()
        for event in events:
            digest.add(event, encode(event))
        view = pipeline.view(ViewRequest(ladder_rows=40, prints=50, bars=20))
        looks.append((events, digest.hexdigest(), pipeline.summary(), view))
    assert looks[0] == looks[1]


# --- against what orders prove ------------------------------------------------------------------------------------


@cache
def _true_level_events(data: Path) -> dict[LevelEvent, int]:
    return _hidden_by_orders(read_records(data, SESSION), ES)


def _hidden_by_orders(orders: Records, instrument: Instrument) -> dict[LevelEvent, int]:
    """Return the lots that came out of the reserve of icebergs, by level-event, as the order book proves it."""
    hidden: Counter[LevelEvent] = Counter()
    for output in Book(instrument.instrument_id, instrument.tick).process(orders):
        for row in output.hiddens:
            lots = int(row["lots"]) - int(row["before"]) + int(row["after"])
            if row["what"] in (HIDDEN_FILLED, HIDDEN_EXECUTED) and lots > 0:
                hidden[int(row["clock"]), "bid" if row["side"] == 0 else "ask", int(row["tick"])] += lots
    return dict(hidden)


@cache
def _inferred_on_es(data: Path, schema: Schema) -> tuple[list[Iceberg], Pipeline]:
    told = MarketByPrice(schema, lambda _: ES.tick).process(read_records(data, SESSION))
    return _log(np.concatenate([piece.copy() for piece in told]), schema, instrument=ES)


def _level_events(lines: list[Iceberg], instrument: Instrument) -> dict[LevelEvent, int]:
    return {
        (line.ts, line.side, round(line.price / instrument.tick_size)): int(line.hidden or 0)
        for line in lines
        if line.hidden
    }


@LEVELS
def test_the_real_session_hides_where_its_orders_prove_it_and_nowhere_else(data: Path, schema: Schema) -> None:
    """All 85 level-events are found, from ten levels and from the best price alone, and none is false.

    Twice fewer lots are found than were hidden: the event also cancelled orders at the price (self-match prevention).
    """
    lines, pipeline = _inferred_on_es(data, schema)
    true, found = _true_level_events(data), _level_events(lines, ES)
    assert len(true) == 85
    assert found.keys() == true.keys()
    assert sorted(true[event] - found[event] for event in true) == [0] * 83 + [2, 3]
    assert pipeline.summary().icebergs == {"inferred": _totals(lines)}


def _totals(lines: list[Iceberg]) -> TierTotals:
    last = {line.id: line for line in lines}
    refreshes, lots = sum(line.refreshes for line in last.values()), sum(line.filled for line in last.values())
    return TierTotals(ids=len(last), refreshes=refreshes, lots=lots)


def test_the_real_day_of_quotes_hides_nothing(data: Path) -> None:
    """Four minutes around midnight, as Databento wrote them: every lot that traded left its level."""
    esu4 = Instrument("ESU4", 118, 250_000_000, 50.0)
    lines, pipeline = _log(read_records(data, "esu4-20240701.mbp-1.dbn.zst"), Schema.MBP_1, instrument=esu4)
    assert lines == []
    assert pipeline.summary().trade_events == 120
    assert pipeline.summary().crossed_events == 0


@pytest.mark.parametrize("seed", range(2))
def test_only_implied_orders_look_hidden_and_only_self_matches_hide_what_is(seed: int) -> None:
    """The limits of the rule, on generated sessions that reach them; trades of nobody are not judged at all."""
    made = session(seed, 6_000, mix=Mix(implied=2, iceberg=6)).array
    orders = set_apart(made)
    true = _hidden_by_orders(orders, GOLD)
    found = _level_events(_log(levels_of(made, Schema.MBP_10))[0], GOLD)
    events = {ts: orders[orders["ts_event"] == ts] for ts, _, _ in (*true, *found)}
    invented, missed = found.keys() - true.keys(), true.keys() - found.keys()
    assert all(_meets_implied_orders(events[place[0]]) for place in invented)
    assert all(_cancels_unfilled_orders(events[place[0]]) or _has_no_aggressor(events[place[0]]) for place in missed)
    assert len(found.keys() & true.keys()) > 250
    assert invented
    assert missed


def _meets_implied_orders(event: Records) -> bool:
    """Whether more traded than was filled; an aggressor's own fill is no passive one."""
    trades, fills = (event[event["action"] == ord(action)] for action in "TF")
    passive = fills[~np.isin(fills["order_id"], trades["order_id"])]
    return int(trades["size"].sum()) > int(passive["size"].sum())


def _cancels_unfilled_orders(event: Records) -> bool:
    fills, cancels = (set(event["order_id"][event["action"] == ord(action)].tolist()) for action in "FC")
    return not cancels <= fills


def _has_no_aggressor(event: Records) -> bool:
    return "N" in {chr(side) for side in event["side"][event["action"] == ord("T")].tolist()}


def test_no_trade_event_of_the_real_session_shares_its_time_with_the_next_event(data: Path) -> None:
    """So none of them can be read together with another one, even where no record closes it."""
    orders = read_records(data, SESSION)
    orders = orders[(orders["flags"] & F_SNAPSHOT) == 0]
    ends = np.flatnonzero(orders["flags"] & F_LAST)
    traded = np.add.reduceat(orders["action"] == ord("T"), np.concatenate([[0], ends[:-1] + 1])) > 0
    times = orders["ts_event"]
    assert int(traded.sum()) == 2_834
    assert not (times[ends[:-1]] == times[ends[:-1] + 1])[traded[:-1]].any()
