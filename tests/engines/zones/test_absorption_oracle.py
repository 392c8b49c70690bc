"""The compiled search for absorption equals the plain one, and batch cuts mean nothing to it."""

from collections.abc import Sequence
from dataclasses import replace
from math import isnan
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.book.book import Book
from engines.book.layout import (
    ASK,
    BID,
    NEVER,
    TRADE,
    TRADE_BUY,
    TRADE_NONE,
    TRADE_SELL,
    UNKNOWN_LOTS,
    RecordArray,
)
from engines.book.levels_layout import LEVEL_HIDDEN
from engines.events import encode
from engines.flow.bars import Bars
from engines.timing.trading_day import trading_day
from engines.zones.absorption import Absorptions, AbsorptionSettings
from engines.zones.absorption_layout import ZONE
from engines.zones.found import Found
from feeds.instrument import Instrument
from feeds.records import Schema
from feeds.simulator.contract import CONTRACT
from feeds.simulator.session import Simulation, SimulationSettings
from tests.engines.real_data import ES, read_records
from tests.engines.zones.absorption_market import (
    AS_TESTED,
    FAIR,
    GOLD,
    MINUTE,
    MORNING,
    SECOND,
    Pit,
    follow,
    plain_steps,
    said,
)
from tests.oracle.absorption import Step

SESSION = "esh4-20231225.mbo.dbn.zst"
EASY = replace(
    AS_TESTED, slots=6, volume_z=0.5, impact_z=0.1, refill=-100.0, merge_time=MINUTE, age=3 * MINUTE, break_volume=0.5
)
"""Finds so much that every step in the life of a zone is taken often."""
_WHAT = {
    0: "formed",
    1: "pressed",
    2: "touched",
    3: "confirmed",
    4: "traded through",
    5: "closed beyond",
    6: "aged",
    7: "day ended",
    8: "gave way",
}
_SIDES = {BID: "bid", ASK: "ask"}
_MEASURES = ("progress", "refill", "volume_z", "impact_z")
_COUNTS = ("low", "high", "since", "lots", "count", "touches")


class _Watched(Absorptions):
    """The engine, with every step that its kernel handed on."""

    def __init__(self, instrument: Instrument, chosen: AbsorptionSettings) -> None:
        super().__init__(instrument, chosen)
        self.steps: list[Step] = []

    def _take_step(self, step: RecordArray, row: RecordArray) -> None:
        super()._take_step(step, row)
        counts = [int(row[name]) for name in _COUNTS]
        measures = int(row["progress"]), *(float(row[name]) for name in _MEASURES[1:])
        what = _WHAT[int(step["what"])]
        place = what, int(row["number"]), int(step["ts"]), int(step["amount"]), _SIDES[int(row["side"])]
        self.steps.append(Step(*place, *counts, *measures))


def _both(trades: RecordArray, chosen: AbsorptionSettings, cuts: Sequence[int] = ()) -> tuple[list[Step], list[Step]]:
    """Return the steps of the engine and of the oracle, in an order that does not depend on rows."""
    engine, bars = _Watched(GOLD, chosen), Bars()
    minutes, days, day_end = [], [], 0
    for first, last in zip([0, *cuts], [*cuts, len(trades)], strict=True):
        stretch = trades[first:last]
        position = 0
        while position < len(stretch):
            turns = np.flatnonzero(stretch["clock"][position:] >= day_end)
            if len(turns) and turns[0] == 0:
                day = trading_day(int(stretch["clock"][position]))
                closed = [rows.copy() for rows in bars.close_until(day_end)] if day_end else []
                if closed:
                    minutes.append(np.concatenate(closed))
                    engine.take(Found(bars=minutes[-1]))
                if day_end:
                    days.append(day_end)
                bars.begin_day(day.start, day.end)
                engine.begin_day(day)
                day_end = day.end
                continue
            end = position + int(turns[0]) if len(turns) else len(stretch)
            closed = [rows.copy() for rows in bars.take(stretch[position:end])]
            rows = np.concatenate(closed) if closed else np.zeros(0, bars.open_bars().dtype)
            minutes.append(rows)
            engine.take(Found(trades=stretch[position:end], bars=rows))
            position = end
    told = np.concatenate(minutes)
    plain = plain_steps(trades, told[told["interval"] == 1], chosen, days)
    return _in_order(engine.steps), _in_order(plain)


def _in_order(steps: list[Step]) -> list[Step]:
    """Sort by time and zone; measures less the last bits of a float; the unknown is None."""
    rounded = []
    for step in steps:
        refill = None if step.refill is None or isnan(step.refill) else round(step.refill, 9)
        rounded.append(step._replace(refill=refill, volume_z=round(step.volume_z, 9), impact_z=round(step.impact_z, 9)))
    return sorted(rounded, key=_key)


def _key(step: Step) -> tuple[int, int]:
    return step.ts, step.number


def _trades_of(records: RecordArray, instrument: Instrument) -> RecordArray:
    book = Book(instrument.instrument_id, instrument.tick)
    book.now["boundary"] = NEVER
    return np.concatenate([output.trades.copy() for output in book.process(records)])


# --- the kernel and the oracle ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("chosen", [AbsorptionSettings(), EASY], ids=["as set", "easy"])
def test_the_real_session(data: Path, chosen: AbsorptionSettings) -> None:
    steps, plain = _both(_trades_of(read_records(data, SESSION), ES), chosen)
    assert steps == plain
    assert len(steps) >= (2 if chosen is not EASY else 20)


@pytest.fixture(scope="module")
def simulated() -> RecordArray:
    """Six minutes of an active simulated morning."""
    simulation = Simulation(SimulationSettings(seed=5))
    until = simulation.settings.start + 6 * MINUTE
    records = [batch.records for batch in simulation.batches(until=until) if batch.schema is Schema.MBO]
    return _trades_of(np.concatenate(records), CONTRACT)


def test_a_simulated_morning(simulated: RecordArray) -> None:
    steps, plain = _both(simulated, EASY)
    assert steps == plain
    assert {"formed", "pressed", "traded through"} <= {step.what for step in steps}


@st.composite
def _markets(draw: st.DrawFn) -> tuple[RecordArray, AbsorptionSettings, list[int]]:
    """Trades at random with bursts, pauses and jumps, over days; settings; cuts."""
    chance = Random(draw(st.integers(0, 2**32)))
    count = draw(st.integers(1, 700))
    rows = np.zeros(count, TRADE)
    clock, tick, side = MORNING, FAIR, TRADE_SELL
    came = 0
    for place in range(count):
        kind = chance.random()
        pause = chance.choice((0, 1_000, SECOND // 10, SECOND, 3 * SECOND))
        if kind < 0.01:
            pause = chance.choice((MINUTE, 5 * MINUTE, 20 * MINUTE))
        elif kind < 0.012:
            pause = 24 * 60 * MINUTE
        if kind > 0.9:
            side = chance.choice((TRADE_SELL, TRADE_BUY, TRADE_NONE))
            tick += chance.choice((-2, -1, 0, 0, 1, 2))
        elif kind > 0.7:
            tick += 1 if side == TRADE_BUY else -1
        elif kind > 0.698:
            tick += chance.choice((-5_000, 4_096, 5_000))
        clock += pause
        came += chance.randint(-3, 9)
        known = side != TRADE_NONE and chance.random() < 0.999
        shown = (chance.randint(0, 30), came) if known else (UNKNOWN_LOTS, UNKNOWN_LOTS)
        rows[place]["event"], rows[place]["index"] = place, place
        rows[place]["clock"] = clock
        rows[place]["tick"], rows[place]["size"], rows[place]["side"] = tick, chance.choice((1, 1, 2, 5, 40)), side
        rows[place]["displayed"], rows[place]["stacked"] = shown
        rows[place]["pulled"] = rows[place]["refilled"] = 0 if known else UNKNOWN_LOTS
    chosen = draw(
        st.builds(
            AbsorptionSettings,
            window=st.sampled_from([10 * SECOND, 30 * SECOND]),
            slots=st.just(2),
            lately=st.sampled_from([8, 120]),
            zone_ticks=st.integers(1, 4),
            volume_z=st.sampled_from([-1.0, 0.0, 1.0]),
            progress=st.integers(0, 2),
            refill=st.sampled_from([-100.0, 0.5]),
            impact_z=st.sampled_from([-100.0, 0.05]),
            merge_ticks=st.integers(0, 3),
            merge_time=st.sampled_from([0, MINUTE]),
            break_volume=st.sampled_from([0.1, 2.0]),
            age=st.sampled_from([30 * SECOND, 10 * MINUTE]),
        )
    )
    cuts = sorted(chance.randint(0, count) for _ in range(chance.randint(0, 5)))
    return rows, chosen, cuts


@settings(max_examples=60, deadline=None, derandomize=True)
@given(_markets())
def test_generated_markets(market: tuple[RecordArray, AbsorptionSettings, list[int]]) -> None:
    rows, chosen, cuts = market
    steps, plain = _both(rows, chosen)
    assert steps == plain
    assert _both(rows, chosen, cuts)[0] == steps


def test_a_step_names_every_field_of_a_zone_that_is_said() -> None:
    assert {*_COUNTS, *_MEASURES, "number", "side"} <= set(ZONE.names or ())


# --- batch cuts -------------------------------------------------------------------------------------------------------


def _pit() -> Pit:
    """A market with icebergs, several zones on both sides, and minutes that close while zones live."""
    pit, chance = Pit().usual(4), Random(7)
    for _ in range(12):
        side, passive = chance.choice((("sell", "bid"), ("buy", "ask")))
        for _ in range(12):
            pit.press(side, chance.randint(5, 40), 1)
            if chance.random() < 0.4:
                pit.iceberg(passive, chance.randint(1, 20), cancelled=chance.random() < 0.1)
        pit.move(chance.choice((-6, -2, 2, 6, 18, -18)), 3).usual(chance.choice((0.3, 1)))
    return pit


@pytest.mark.parametrize("seed", range(6))
def test_cuts_mean_nothing(seed: int) -> None:
    pit, chance = _pit(), Random(seed)
    whole, engine = follow(pit, EASY)
    count = len(pit.rows)
    cuts = [chance.randrange(count) for _ in range(40)] if seed else list(range(1, count))
    lines, other = follow(pit, EASY, cuts)
    assert [encode(line) for line in lines] == [encode(line) for line in whole]
    assert other.marks() == engine.marks()
    assert any(line.native_share for line in whole)
    assert {line.state for line in whole} >= {"formed", "touched", "confirmed", "broken"}


def test_what_was_said_is_never_taken_back() -> None:
    pit = _pit()
    whole = [encode(line) for line in follow(pit, EASY)[0]]
    for share in (0.3, 0.6, 0.9):
        part = Pit()
        part.rows, part.hiddens = pit.rows[: int(len(pit.rows) * share)], []
        part.hiddens = [row for row in pit.hiddens if row["event"][0] < len(part.rows) - 1]
        lines = [encode(line) for line in follow(part, EASY)[0]]
        assert lines == whole[: len(lines)]


def test_markets_by_price_know_no_icebergs() -> None:
    engine = Absorptions(GOLD, AS_TESTED)
    engine.begin_day(trading_day(MORNING))
    found = Pit().usual(10).press("sell", 300).found()[0]
    levels = Found(trades=found.trades, bars=found.bars, hiddens=np.zeros(0, LEVEL_HIDDEN))
    lines = said(engine.take(levels))
    assert lines
    assert {line.native_share for line in lines} == {None}
