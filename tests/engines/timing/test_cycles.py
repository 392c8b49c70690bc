"""Cycles: bars counted from confirmed pivots, windows with the share of bars that lie in one by chance."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engines.events import Window
from engines.timing.cycles.cycles import INTERVALS, Cycles, CycleSettings
from engines.timing.cycles.pivots import HALVES, LAST, Pivots, chance
from engines.timing.lean import Lean
from engines.timing.swings import ClosedBar
from engines.timing.trading_day import TradingDay
from feeds.instrument import Instrument
from tests.engines.timing.closed_bars import Step, at, days_of_trading, hours_of_gold, minutes_of, run, walk
from tests.oracle import cycles as oracle

GOLD = Instrument("GCZ6", 1, 100_000_000, 100.0)
FIVE_MINUTES = INTERVALS["5m"]


# --- known pivots -----------------------------------------------------------------------------------------------------


def market(lows: dict[int, int], bars: int, *, start: int = 0) -> list[ClosedBar]:
    """Return bars of five minutes that rise by a tick each, with lows of their own where given."""
    return [
        ClosedBar(
            start=start + number * FIVE_MINUTES,
            end=start + (number + 1) * FIVE_MINUTES,
            high=1_000 + number,
            low=lows.get(number, 900 + number),
            close=950 + number,
            open=950 + number,
            gap=0,
        )
        for number in range(bars)
    ]


def test_windows_open_before_the_21st_45th_and_90th_bar_after_a_known_low() -> None:
    begin = at("2026-03-03 14:00")
    engine = Cycles(GOLD, CycleSettings(wing=3, reach=21))
    told = {bar.end: engine.close("5m", bar) for bar in market({53: 800}, 160, start=begin)}
    opened = {(moment - begin) // FIVE_MINUTES: window for moment, windows in told.items() for window in windows}
    assert {number - 53: window.name for number, window in opened.items()} == {
        20: "21 from the Tue 13:25 low (5m)",
        43: "45 from the Tue 13:25 low (5m)",
        87: "90 from the Tue 13:25 low (5m)",
    }
    for number, half in zip(sorted(opened), (1, 2, 3), strict=True):
        window = opened[number]
        assert window.ts == window.start == begin + number * FIVE_MINUTES
        assert window.exact == window.start + half * FIVE_MINUTES
        assert window.end == window.exact + (half + 1) * FIVE_MINUTES
        assert window.price is None


def test_a_pivot_is_counted_once_the_bars_after_it_have_closed_and_not_before() -> None:
    engine = Cycles(GOLD, CycleSettings(wing=3, reach=21))
    counted = [(engine.close("5m", bar), len(engine.counts()))[1] for bar in market({40: 800}, 60)]
    assert counted == [0] * 43 + [1] * 17


def test_the_countdown_goes_to_the_next_number_and_says_when_its_window_is_in_force() -> None:
    engine = Cycles(GOLD, CycleSettings(wing=3, reach=21))
    seen = []
    for bar in market({40: 800}, 140):
        engine.close("5m", bar)
        seen += [(one.bars, one.target, one.left, one.in_force) for one in engine.counts()]
    by_bars = {bars: rest for bars, *rest in seen}
    assert by_bars[3] == [21, 18, False]
    assert by_bars[18] == [21, 3, False]
    assert by_bars[19] == [21, 2, True]
    assert by_bars[21] == [21, 0, True]
    assert by_bars[22] == [45, 23, False]
    assert by_bars[92] == [90, -2, True]
    assert max(by_bars) == LAST - 1


def test_a_swing_that_the_bars_before_it_went_beyond_is_no_pivot() -> None:
    engine = Pivots("5m", 3, 21, 2)
    for bar in market({30: 700, 45: 800, 70: 790}, 80):
        engine.close(bar)
    assert [pivot.tick for pivot in engine.live] == [700, 790]


def test_of_more_pivots_of_a_side_than_are_counted_the_oldest_goes() -> None:
    engine = Pivots("5m", 2, 5, 2)
    for bar in market({10: 800, 20: 790, 30: 780}, 35):
        engine.close(bar)
    assert [pivot.tick for pivot in engine.live if pivot.side == "low"] == [790, 780]


def test_bars_that_do_not_exist_are_not_counted() -> None:
    """An hour without a trade has no bar: the count is the one that a chart of closed bars shows."""
    bars = market({40: 800}, 90)
    with_gap = bars[:50] + [replace(bar, start=bar.start + at("1970-01-02")) for bar in bars[50:]]
    whole, gapped = Cycles(GOLD), Cycles(GOLD)
    for one, other in zip(bars, with_gap, strict=True):
        whole.close("5m", one)
        gapped.close("5m", other)
        assert whole.counts() == gapped.counts()


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    chance_of = Random(draw(st.integers(0, 2**32)))
    bars, price = [], 0
    for _ in range(draw(st.integers(0, 250))):
        price += chance_of.randint(-4, 4)
        bars.append((price + chance_of.randint(0, 3), price - chance_of.randint(0, 3), price))
    return bars


@given(histories(), st.integers(1, 4), st.integers(0, 25), st.integers(1, 3))
def test_windows_are_those_of_the_whole_history(
    history: list[tuple[int, int, int]], wing: int, reach: int, most: int
) -> None:
    engine = Pivots("5m", wing, reach, most)
    found = []
    for number, (high, low, close) in enumerate(history):
        bar = ClosedBar(number, number + 1, high, low, close, close, 0)
        found += [(number + 1, pivot.side, pivot.start, target) for pivot, target in engine.close(bar)]
    expected = [
        (first, pivot.side, pivot.bar, target)
        for first, pivot, target in oracle.windows(history, wing, reach, most, HALVES)
    ]
    assert found == expected


# --- base rates -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pivots", [1, 2, 3, 4, 10])
def test_the_base_rate_is_the_share_of_bars_in_a_window_of_pivots_strewn_at_random(pivots: int) -> None:
    dice = Random(pivots)
    ages = {target + away for target, half in HALVES.items() for away in range(-half, half + 1)}
    trials = 20_000
    hits = sum(any(dice.randint(1, LAST) in ages for _ in range(pivots)) for _ in range(trials))
    assert chance(pivots) == pytest.approx(hits / trials, abs=0.012)


@pytest.mark.parametrize(("pivots", "share"), [(1, 0.10), (3, 0.27), (5, 0.41), (10, 0.65)])
def test_windows_of_one_bar_to_each_side_have_the_base_rates_that_are_known(pivots: int, share: float) -> None:
    assert chance(pivots, dict.fromkeys(HALVES, 1)) == pytest.approx(share, abs=0.006)


def test_a_window_says_the_base_rate_of_the_pivots_counted_when_it_opened() -> None:
    engine = Cycles(GOLD, CycleSettings(wing=3, reach=5))
    told = [window for bar in market({40: 800, 50: 790}, 80) for window in engine.close("5m", bar)]
    assert [(window.name[:2], window.base_rate) for window in told] == [
        ("21", round(chance(2), 3)),
        ("21", round(chance(2), 3)),
    ]


def test_on_two_years_of_gold_a_little_fewer_hours_lie_in_a_window_than_is_said(data: Path) -> None:
    """The newest pivots are younger than pivots at random, so that fewer of them are old enough for the 90."""
    engine = Cycles(GOLD)
    hours = there = 0
    said = 0.0
    for bar in hours_of_gold(data):
        counts = engine.counts()
        if counts:
            hours += 1
            there += any(one.in_force for one in counts)
            said += chance(len(counts))
        engine.close("1h", bar)
    assert hours > 8_000
    assert there / hours == pytest.approx(0.40, abs=0.01)
    assert said / hours == pytest.approx(0.47, abs=0.01)


# --- pillar -----------------------------------------------------------------------------------------------------------


def test_the_pillar_never_has_a_direction_and_names_windows_of_the_log() -> None:
    engine = Cycles(GOLD)
    said: set[tuple[int, str]] = set()
    strengths = []
    for step in walk(days_of_trading("2026-03-02", 5), seed=4):
        if isinstance(step, TradingDay):
            engine.begin_day(step)
            continue
        said |= {(window.ts, window.name) for window in engine.close(*step)}
        pillar = engine.pillar(step[1].end, 0.1)
        assert pillar.direction is None
        assert engine.lean(step[1].end) == Lean(pillar.available, None, pillar.strength)
        assert {(reason.ts, reason.id) for reason in pillar.reasons} <= said
        assert (pillar.strength > 0) == bool(pillar.reasons) == (not pillar.note)
        strengths.append(pillar.strength)
    assert max(strengths) == 1.0
    assert 0.0 in strengths


def test_a_quiet_pillar_says_what_comes_next() -> None:
    engine = Cycles(GOLD)
    assert not engine.pillar(0, 0.1).available
    begin = at("2026-03-03 14:00")
    for bar in market({53: 800}, 53 + 42, start=begin):
        engine.close("5m", bar)
    pillar = engine.pillar(begin + (53 + 42) * FIVE_MINUTES, 0.1)
    assert pillar.available
    assert pillar.note == "next: 45 from the Tue 13:25 low (5m) in 4 bars"


def test_strength_is_highest_in_the_middle_bar_of_a_window() -> None:
    engine = Cycles(GOLD)
    begin = at("2026-03-03 14:00")
    by_bars: dict[int, float] = {}
    for running, bar in enumerate(market({53: 800}, 53 + 96, start=begin), start=1 - 53):
        engine.close("5m", bar)
        by_bars[running] = engine.pillar(bar.end, 0.1).strength
    assert [by_bars[running] for running in range(42, 49)] == [0.0, 0.1, 0.2, 0.3, 0.2, 0.1, 0.0]


def test_the_screen_sees_the_windows_in_force_and_those_to_come_where_they_will_be_said() -> None:
    engine = Cycles(GOLD)
    begin = at("2026-03-03 14:00")
    said: list[Window] = []
    seen: dict[str, set[tuple[int, int]]] = {}
    for bar in market({53: 800}, 53 + 96, start=begin):
        said += engine.close("5m", bar)
        for one in engine.shown(bar.end):
            assert one.end > bar.end
            seen.setdefault(one.name, set()).add((one.start, one.end))
    assert seen == {window.name: {(window.start, window.end)} for window in said}


@pytest.fixture(scope="module")
def week() -> list[Step]:
    return walk(days_of_trading("2026-03-02", 5), seed=11)


@pytest.mark.parametrize("share", [0.2, 0.55, 0.81])
def test_what_is_said_depends_on_the_bars_before_it_alone(share: float, week: list[Step]) -> None:
    cut = int(share * len(week))
    whole, told = run(Cycles(GOLD), week), run(Cycles(GOLD), week[:cut])
    assert len(whole) > 50
    assert told == whole[: len(told)]
    assert all(window.ts > minutes_of(week[:cut])[-1].end - 1 for window in whole[len(told) :])


def test_a_look_at_the_screen_changes_nothing_that_is_said(week: list[Step]) -> None:
    looked: list[Window] = []
    engine = Cycles(GOLD)
    for number, step in enumerate(week):
        looked += run(engine, [step])
        if number % 50 == 0:
            engine.counts()
            engine.spectral()
    assert looked == run(Cycles(GOLD), week)
