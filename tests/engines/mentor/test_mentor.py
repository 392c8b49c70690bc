"""The mentor on whole days: what it rests on, when it speaks, that it does not jitter, and what bars cannot tell."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest

from engines.events import Absorption, Event, Phase, Pillars, Sweep, Window, encode
from engines.mentor.confidence import ConfidenceSettings
from engines.mentor.mentor import MentorSettings
from engines.pipeline import Pipeline, PipelineSettings
from engines.view import ViewRequest
from feeds.instrument import Instrument
from feeds.records import OHLCV, Batch, Records, Schema
from feeds.simulator.contract import CONTRACT
from feeds.simulator.habits import Habits
from feeds.simulator.session import DEFAULT_START, Simulation, SimulationSettings
from tests.engines.mentor.days import (
    HOUR,
    MINUTE,
    OPEN,
    Day,
    day_of_trades,
    in_slices,
    simulated_hours,
    traded_day,
    watched,
)
from tests.engines.real_data import ES, read_batches, read_records
from tests.market.sessions import SECOND

EAGER = PipelineSettings(
    mentor=MentorSettings(
        confidence=ConfidenceSettings(least_lean=0.1, arm=0.4, disarm=0.35, coverage=0.0, dwell=MINUTE)
    )
)
"""Thresholds that a market of trades alone reaches, so that there is something to arm."""
QUICK = replace(EAGER, mentor=replace(EAGER.mentor, confidence=replace(EAGER.mentor.confidence, dwell=5 * SECOND)))
"""The same with a dwell of seconds: arming follows what happens within minutes."""
MENTOR_KINDS = (Phase, Window, Pillars)


@pytest.fixture(scope="module")
def eager() -> Day:
    return traded_day(3, EAGER)


def pillars_of(events: Iterable[Event]) -> list[Pillars]:
    return [event for event in events if isinstance(event, Pillars)]


# --- what a reading rests on --------------------------------------------------------------------------------------


def test_a_reading_knows_nothing_of_what_comes_after_it() -> None:
    """The day that ends early says the same as the whole day up to there, wherever it ends."""
    records = day_of_trades(3)
    whole = [event for event in traded_day(3).events if isinstance(event, MENTOR_KINDS)]
    random = Random(1)
    for end in random.sample(range(3_000, len(records)), 3):
        pipeline = Pipeline(CONTRACT)
        events = pipeline.process(Batch(Schema.TRADES, records[:end]))
        clock = pipeline.clock or 0
        early = [event for event in (*events, *pipeline.finish()) if isinstance(event, MENTOR_KINDS)]
        known = [encode(event) for event in early if event.ts < clock]
        assert known == [encode(event) for event in whole if event.ts < clock]


def test_lines_of_one_time_come_as_phase_windows_pillars(eager: Day) -> None:
    said = [event for event in eager.events if isinstance(event, MENTOR_KINDS)]
    assert [event.ts for event in said] == sorted(event.ts for event in said)
    shared = 0
    for one, other in pairwise(said):
        if one.ts == other.ts:
            shared += 1
            assert MENTOR_KINDS.index(type(one)) <= MENTOR_KINDS.index(type(other))
    assert shared > 5


def test_it_reads_at_the_end_of_every_minute_that_traded_and_at_what_happens_within() -> None:
    """Looked at after every second that traded: nothing is read twice in a second but at a minute's end."""
    records = day_of_trades(3)
    hours = records[records["ts_event"] < OPEN + 4 * HOUR]
    seen = [view.ts for view in watched(CONTRACT, in_slices(hours, Schema.TRADES, SECOND), PipelineSettings()).views]
    assert {ts for ts in seen if ts % MINUTE == 0} >= {OPEN + minute * MINUTE for minute in range(2, 239)}
    within = [(earlier, later) for earlier, later in pairwise(seen) if later % MINUTE]
    assert len(within) > 20
    assert all(later - earlier >= SECOND for earlier, later in within)


def test_what_happens_within_a_minute_is_read_within_seconds(eager: Day) -> None:
    """A sweep that came back and a price that absorbed are in the next reading, not in that of the minute's end."""
    told = [event for event in eager.events if isinstance(event, Sweep | Absorption) and _speaks(event)]
    assert len(told) > 20
    read = sorted(line.ts for line in pillars_of(eager.events))
    late = [event for event in told if not any(event.ts <= ts <= event.ts + 2 * SECOND for ts in read)]
    assert len(late) < len(told) / 2  # where it reads as before nothing is said


def test_readings_within_minutes_are_the_same_however_records_are_cut() -> None:
    whole = simulated_hours(11, 2.5, QUICK)
    assert any(line.armed and line.ts % MINUTE for line in pillars_of(whole.events))
    simulation = Simulation(SimulationSettings(seed=11, habits=Habits(records_per_second=20.0)))
    until = DEFAULT_START + round(2.5 * HOUR)
    pieces = (
        batch.cut(first, first + 97)
        for batch in simulation.batches(until, slice_ns=7 * SECOND)
        for first in range(0, len(batch), 97)
    )
    pipeline = Pipeline(CONTRACT, QUICK)
    events = [event for piece in pieces for event in pipeline.process(piece)]
    assert [encode(event) for event in (*events, *pipeline.finish())] == [encode(event) for event in whole.events]


def _speaks(event: Sweep | Absorption) -> bool:
    return event.score is not None and event.ts % MINUTE < MINUTE - 3 * SECOND


def test_a_line_is_said_only_where_a_reader_sees_another_reading(eager: Day) -> None:
    said = pillars_of(eager.events)
    assert 50 < len(said) < 1_000
    for one, other in pairwise(said):
        assert (
            (one.side, one.coverage, one.armed) != (other.side, other.coverage, other.armed)
            or abs((one.confidence or 0.0) - (other.confidence or 0.0)) >= 0.02
            or any(
                (before.available, before.direction) != (now.available, now.direction)
                or abs(before.strength - now.strength) >= 0.05
                for before, now in zip(one.pillars, other.pillars, strict=True)
            )
        )


def test_what_is_shown_is_what_was_said(eager: Day) -> None:
    """At every line the view of that moment shows its very pillars."""
    shown = {view.ts: view for view in eager.views}
    met = 0
    for line in pillars_of(eager.events):
        view = shown.get(line.ts)
        if view is not None:
            met += 1
            assert (view.pillars, view.side, view.confidence, view.armed) == (
                line.pillars,
                line.side,
                line.confidence,
                line.armed,
            )
    assert met > 50


# --- sides and arming ---------------------------------------------------------------------------------------------


def test_over_a_day_the_armed_state_changes_no_more_often_than_the_dwell_allows(eager: Day) -> None:
    changes = [now.ts for before, now in pairwise(pillars_of(eager.events)) if before.armed != now.armed]
    assert len(changes) >= 4
    arms = [now.ts for before, now in pairwise(pillars_of(eager.events)) if now.armed and not before.armed]
    assert all(later - earlier >= MINUTE for earlier, later in pairwise(arms))
    slow = replace(EAGER, mentor=replace(EAGER.mentor, confidence=replace(EAGER.mentor.confidence, dwell=10 * MINUTE)))
    calm = traded_day(3, slow)
    armings = [now.ts for before, now in pairwise(pillars_of(calm.events)) if now.armed and not before.armed]
    assert 0 < len(armings) < len(changes) / 2
    assert all(later - earlier >= 10 * MINUTE for earlier, later in pairwise(armings))


def test_an_armed_score_does_not_outlive_the_minutes_it_rests_on(eager: Day) -> None:
    """Without trades nothing is read: it is disarmed in the silence, not only by what is read after it."""
    armed = next(line.ts for line in pillars_of(eager.events) if line.armed)
    records = day_of_trades(3)
    kept = records[(records["ts_event"] < armed + 1_000_000_000) | (records["ts_event"] >= armed + HOUR)]
    whole = watched(CONTRACT, [Batch(Schema.TRADES, kept)], EAGER)
    silent = [line for line in pillars_of(whole.events) if armed <= line.ts < armed + HOUR]
    lapse = EAGER.mentor.confidence.lapse
    assert silent[0].armed
    assert next(line.ts for line in silent if not line.armed) <= armed + MINUTE + lapse
    assert not any(line.armed for line in silent[-2:])
    cut = Pipeline(CONTRACT, EAGER)
    before = int((kept["ts_event"] < armed + HOUR).sum())
    pieces = [kept[place : place + 1] for place in range(before - 5, before + 300)]
    events = cut.process(Batch(Schema.TRADES, kept[: before - 5]))
    for piece in pieces:
        events += cut.process(Batch(Schema.TRADES, piece))
    events += cut.process(Batch(Schema.TRADES, kept[before + 300 :]))
    assert [encode(event) for event in (*events, *cut.finish())] == [encode(event) for event in whole.events]


def test_a_side_is_buy_or_sell_or_none_and_a_low_score_is_no_other_side(eager: Day) -> None:
    assert {view.side for view in eager.views} == {"buy", "sell", None}
    for view in eager.views:
        assert (view.side is None) == (view.confidence is None)
        speaking = {pillar.direction for pillar in view.pillars[:2] if pillar.available and pillar.direction}
        assert view.side is None or speaking == {view.side}
        assert not view.armed or (view.confidence is not None and view.confidence >= 0.35)


def test_times_have_no_direction(eager: Day) -> None:
    assert all(pillar.direction is None for view in eager.views for pillar in view.pillars[3:])


def test_no_prompt_may_arise_from_trades_alone_because_there_is_no_book(eager: Day) -> None:
    assert any(view.armed for view in eager.views)
    assert not any(view.may_prompt for view in eager.views)


def test_a_prompt_may_arise_once_everything_is_there_and_while_it_is() -> None:
    """Order by order, with thresholds that a quiet market reaches."""
    views = simulated_hours(11, 2.5, QUICK).views
    allowed = [view for view in views if view.may_prompt]
    assert allowed
    for view in allowed:
        assert view.armed
        assert view.confidence is not None
        assert view.confidence >= view.threshold
        assert view.pillars[1].available
        assert all(gate.is_open for gate in view.gates)
    assert not any(view.may_prompt for view in simulated_hours(11, 2.5).views)


# --- bars alone ---------------------------------------------------------------------------------------------------


def bars_of(records: Records) -> Records:
    """Return the minutes of a day of trades as finished bars."""
    minutes = ((records["ts_event"].astype(np.int64) - OPEN) // MINUTE).astype(np.int64)
    found = np.zeros(len(np.unique(minutes)), OHLCV)
    for bar, minute in zip(found, np.unique(minutes), strict=True):
        inside = records[minutes == minute]
        bar["rtype"] = 33
        bar["instrument_id"] = CONTRACT.instrument_id
        bar["ts_event"] = OPEN + minute * MINUTE
        bar["open"], bar["close"] = inside["price"][0], inside["price"][-1]
        bar["high"], bar["low"] = inside["price"].max(), inside["price"].min()
        bar["volume"] = inside["size"].sum()
    return found


def assert_cannot_prompt(day: Day) -> None:
    for view in day.views:
        footprint = view.pillars[1]
        assert (footprint.available, footprint.reasons) == (False, ())
        assert footprint.note == "no order flow: bars only"
        assert view.coverage <= 0.75
        assert not view.may_prompt
        assert not next(gate for gate in view.gates if gate.name == "data").is_open


@pytest.fixture(scope="module")
def finished() -> Day:
    """Return a day of finished bars, under thresholds that anything reaches."""
    bars = bars_of(day_of_trades(3))
    batches = [Batch(Schema.OHLCV_1M, bars[place : place + 1]) for place in range(len(bars))]
    loosest = ConfidenceSettings(least_lean=0.0, arm=0.0, disarm=0.0, coverage=0.0, dwell=0)
    return watched(CONTRACT, batches, PipelineSettings(mentor=MentorSettings(confidence=loosest)))


def test_on_bars_alone_the_footprint_says_so_and_no_prompt_can_arise(finished: Day) -> None:
    assert len(finished.views) > 1_300
    assert any(view.armed for view in finished.views)
    assert_cannot_prompt(finished)


def test_on_bars_alone_the_other_pillars_go_on_with_less_coverage(finished: Day) -> None:
    last = finished.views[-1]
    assert [pillar.available for pillar in last.pillars] == [True, False, True, True, True]
    assert last.coverage == 0.75
    assert finished.views[0].coverage == 0.15
    assert any(phase.phase != "balance" for phase in finished.events if isinstance(phase, Phase))


def test_bars_in_other_batches_say_the_same(finished: Day) -> None:
    bars = bars_of(day_of_trades(3))
    loosest = ConfidenceSettings(least_lean=0.0, arm=0.0, disarm=0.0, coverage=0.0, dwell=0)
    pipeline = Pipeline(CONTRACT, PipelineSettings(mentor=MentorSettings(confidence=loosest)))
    events = [event for part in np.array_split(bars, 7) for event in pipeline.process(Batch(Schema.OHLCV_1M, part))]
    assert [encode(event) for event in (*events, *pipeline.finish())] == [encode(event) for event in finished.events]


def test_on_recorded_bars(data: Path) -> None:
    name = "esu4-nqu4-20240701.ohlcv-1m.dbn.zst"
    records = read_records(data, name)
    instrument = Instrument("ESU4", int(records["instrument_id"][0]), ES.tick, 50.0)
    day = watched(instrument, read_batches(data, name), PipelineSettings())
    assert day.views
    assert_cannot_prompt(day)


def test_hourly_bars_are_read_too() -> None:
    bars = bars_of(day_of_trades(3))[::60].copy()
    bars["rtype"] = 34
    bars["ts_event"] = bars["ts_event"] // HOUR * HOUR
    pipeline = Pipeline(CONTRACT)
    pipeline.process(Batch(Schema.OHLCV_1H, bars))
    seen = pipeline.view(ViewRequest(mentor=True)).mentor
    assert seen is not None
    assert seen.ts == int(bars["ts_event"][-1]) + HOUR


def test_finished_bars_that_the_log_leaves_out_are_no_evidence(finished: Day) -> None:
    assert pillars_of(finished.events)
    bars = bars_of(day_of_trades(2)[:6_000])
    day = watched(CONTRACT, [Batch(Schema.OHLCV_1M, bars)], PipelineSettings(bars_logged=("1h",)))
    assert (day.events, day.views) == ((), ())
