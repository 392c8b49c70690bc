"""The market's phase: what makes it, how long it stays, and that buyers and sellers are told by one measure."""

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engines.events import AbsorptionState, AggressorSide, Event, Phase
from engines.mentor.phase_bars import PhaseBar
from engines.mentor.phase_features import PhaseSettings
from engines.mentor.phase_window import BarWindow, UsualRanges
from engines.timing.lean import Lean
from tests.engines.mentor.market import FIVE, MINUTE, START, Market, Told, absorbed, broke

HOUR: Final = 12
"""Five-minute bars."""


def trend(count: int = 40, delta: int = 50) -> list[Told]:
    """Rise ten ticks a bar, a value area well below."""
    return [Told(10 * place, delta, value=(10 * place - 60, 10 * place - 20)) for place in range(count)]


def lower_half(count: int, delta: int) -> list[Told]:
    """Rise, fall, and come a quarter back; then go to and fro there, inside value, far below the middle of it all."""
    rise = [Told(100 + 10 * place, 0) for place in range(9)]
    fall = [Told(190 - 10 * place, -20) for place in range(15)]
    back = [Told(50 + 5 * place, 0) for place in range(6)]
    return [*rise, *fall, *back, *to_and_fro(count, delta)]


def to_and_fro(count: int, delta: int) -> list[Told]:
    return [Told(72 + 6 * (place % 2), delta, value=(40, 110)) for place in range(count)]


def mirrored(told: Sequence[Told]) -> list[Told]:
    return [one.mirrored() for one in told]


# --- expansion --------------------------------------------------------------------------------------------------------


def test_a_trend_outside_value_that_flow_follows_is_an_expansion() -> None:
    market = Market().tell(trend())
    assert market.now() == ("expansion", "buy")
    pillar = market.reading.pillar(market.clock, 0.3)
    assert (pillar.name, pillar.available, pillar.direction, pillar.weight) == ("QMO", True, "buy", 0.3)
    assert pillar.strength == 1.0
    assert pillar.ts == market.clock
    assert [reason.name for reason in pillar.reasons] == ["efficiency ratio", "value area", "CVD", "hour"]


def test_a_trend_that_flow_does_not_follow_has_no_side() -> None:
    assert Market().tell(trend(delta=-50)).now() == ("balance", None)


def test_a_trend_that_stays_inside_value_has_no_side() -> None:
    inside = [Told(10 * place, 50, value=(-1_000, 1_000)) for place in range(40)]
    assert Market().tell(inside).now() == ("balance", None)


def test_structure_against_a_trend_takes_from_its_strength() -> None:
    market = Market().tell(trend(30))
    whole = market.reading.pillar(market.clock, 0.3).strength
    market.reading.hear(broke(market.clock, "sell", 0))
    market.tell(trend(31)[30:])
    assert market.now() == ("expansion", "buy")
    assert market.reading.pillar(market.clock, 0.3).strength < whole


def test_structure_with_a_trend_is_among_its_reasons() -> None:
    market = Market().tell(trend(30))
    line = broke(market.clock, "buy", 250)
    market.reading.hear(line)
    market.reading.hear(broke(market.clock, "sell", 250, interval="1m"))
    market.tell(trend(31)[30:])
    named = [(reason.kind, reason.ts, reason.id) for reason in market.reading.pillar(market.clock, 0.3).reasons]
    assert ("structure", line.ts, "5m") in named


# --- accumulation and distribution -----------------------------------------------------------------------------------


def test_a_quiet_lower_half_that_is_bought_is_accumulation() -> None:
    market = Market().tell(lower_half(24, 30))
    assert market.now() == ("accumulation", "buy")
    names = [reason.name for reason in market.reading.pillar(market.clock, 0.3).reasons]
    assert {"efficiency ratio", "dealing range", "price", "CVD", "value area"} <= set(names)


def test_its_mirror_is_distribution() -> None:
    market = Market().tell(mirrored(lower_half(24, 30)))
    assert market.now() == ("distribution", "sell")


def test_a_quiet_lower_half_that_is_sold_is_balance() -> None:
    assert Market().tell(lower_half(24, -30)).now() == ("balance", None)


def test_a_quiet_upper_half_that_is_bought_is_balance() -> None:
    upside_down = [Told(-one.close, one.delta) for one in lower_half(24, 30)]
    assert Market().tell(upside_down).now() == ("balance", None)


def test_absorption_at_bids_stands_for_flow() -> None:
    market = Market().tell(lower_half(20, -30))
    line = absorbed(market.clock + MINUTE, "bid", 70, 300)
    market.reading.hear(line)
    market.tell(to_and_fro(2, -30))
    assert market.now() == ("accumulation", "buy")
    reasons = market.reading.pillar(market.clock, 0.3).reasons
    (named,) = (reason for reason in reasons if reason.kind == "absorption")
    assert (named.ts, named.id, named.value) == (line.ts, line.id, 300.0)
    assert "CVD" not in [reason.name for reason in reasons]


@pytest.mark.parametrize("then", ["broken", "expired"])
def test_absorption_that_is_over_stands_for_nothing(then: AbsorptionState) -> None:
    market = Market().tell(lower_half(20, -30))
    market.reading.hear(absorbed(market.clock + MINUTE, "bid", 70, 300))
    market.reading.hear(absorbed(market.clock + 2 * MINUTE, "bid", 70, 300, state=then))
    market.tell(to_and_fro(2, -30))
    assert market.now() == ("balance", None)


def test_more_absorption_at_asks_outweighs_that_at_bids() -> None:
    market = Market().tell(lower_half(20, -30))
    market.reading.hear(absorbed(market.clock + MINUTE, "bid", 70, 300, number=1))
    market.reading.hear(absorbed(market.clock + MINUTE, "ask", 80, 301, number=2))
    market.tell(to_and_fro(2, -30))
    assert market.now() == ("balance", None)


def test_absorption_that_the_other_side_outweighs_is_no_reason() -> None:
    market = Market().tell(lower_half(20, 30))
    market.reading.hear(absorbed(market.clock + MINUTE, "bid", 70, 300, number=1))
    market.reading.hear(absorbed(market.clock + MINUTE, "ask", 80, 301, number=2))
    market.tell(to_and_fro(2, 30))
    assert market.now() == ("accumulation", "buy")
    assert "absorption" not in {reason.kind for reason in market.reading.pillar(market.clock, 0.3).reasons}


def test_absorption_older_than_the_bars_is_forgotten() -> None:
    market = Market().tell(lower_half(4, -30))
    market.reading.hear(absorbed(market.clock + MINUTE, "bid", 70, 300))
    market.tell(to_and_fro(26, -30))
    assert market.now() == ("balance", None)


def test_chop_between_the_two_efficiency_ratios_is_balance() -> None:
    chop = [Told(sum(11 if step % 2 else -5 for step in range(place)), 30) for place in range(40)]
    market = Market().tell(chop)
    (reason, *_) = market.reading.pillar(market.clock, 0.3).reasons
    assert reason.name == "efficiency ratio"
    assert 0.30 < (reason.value or 0.0) < 0.45
    assert market.now() == ("balance", None)


def test_balance_says_what_was_looked_at_and_has_no_strength() -> None:
    market = Market().tell(lower_half(24, -30))
    pillar = market.reading.pillar(market.clock, 0.3)
    assert (pillar.available, pillar.direction, pillar.strength, pillar.note) == (True, None, 0.0, "balance: no side")
    assert [reason.name for reason in pillar.reasons] == ["efficiency ratio", "dealing range", "value area", "CVD"]


# --- what is not known ------------------------------------------------------------------------------------------------


def test_there_is_no_phase_before_the_window_is_full_and_seen_twice() -> None:
    market = Market()
    for count, told in enumerate(trend(20), 1):
        market.tell([told])
        assert market.now() is None
        pillar = market.reading.pillar(market.clock, 0.3)
        assert (pillar.available, pillar.direction, pillar.strength) == (False, None, 0.0)
        if count < 20:
            assert pillar.note == f"{count} of 20 five-minute bars"
    assert pillar.note == "not seen at 2 five-minute bars in a row yet"
    market.tell(trend(21)[20:])
    assert market.now() == ("expansion", "buy")


def test_what_cannot_be_known_is_left_out_not_guessed() -> None:
    """In a day's first half hour the value area says nothing, so a trend needs none of it."""
    market = Market(PhaseSettings(value_bars=6)).tell(trend(24)).rest()
    inside = [Told(240 + 10 * place, 50, value=(-9_000, 9_000)) for place in range(7)]
    market.tell(inside[:5])
    assert market.now() == ("expansion", "buy")
    assert "value area" not in [reason.name for reason in market.reading.pillar(market.clock, 0.3).reasons]
    market.tell(inside[5:])
    assert market.now() == ("balance", None)


def test_on_bars_alone_a_trend_reaches_six_tenths_and_says_so() -> None:
    market = Market().tell(Told(10 * place, None) for place in range(40))
    assert market.now() == ("expansion", "buy")
    pillar = market.reading.pillar(market.clock, 0.3)
    assert pillar.strength == 0.6
    assert pillar.note == "bars only: strength at most 0.6"
    assert not {"CVD", "value area"} & {reason.name for reason in pillar.reasons}


@pytest.mark.parametrize(("hour_ends", "phase"), [(78, "accumulation"), (72, "balance")])
def test_on_bars_alone_accumulation_needs_the_hour_or_the_swings(hour_ends: int, phase: str) -> None:
    """Nothing tells flow, so something else has to speak for a side: here how the newest hour closed."""
    base = [Told(one.close, None) for one in lower_half(30, 0)]
    market = Market().tell(base[: len(base) - len(base) % HOUR - 1])
    market.tell([Told(hour_ends, None), Told(78, None), Told(72, None)])
    assert len(market.bars) % HOUR == 2
    assert (market.now() or ("", None))[0] == phase


def test_a_jump_over_the_night_is_no_move() -> None:
    calm = [Told(8 * (place % 2), 0) for place in range(24)]
    market = Market().tell(calm).rest(ticks=500)
    market.tell([Told(500, 0, open=500), Told(508, 0)])
    ratio = market.reading.pillar(market.clock, 0.3).reasons[0]
    assert ratio.name == "efficiency ratio"
    assert (ratio.value or 0.0) < 0.1


def test_without_new_bars_the_phase_has_no_side() -> None:
    market = Market().tell(trend())
    fresh = market.reading.pillar(market.clock + 14 * MINUTE, 0.3)
    stale = market.reading.pillar(market.clock + 15 * MINUTE, 0.3)
    assert fresh.direction == "buy"
    assert (stale.available, stale.direction, stale.strength) == (True, None, 0.0)
    assert stale.note == "no five-minute bar for 15 minutes"


# --- time of day ------------------------------------------------------------------------------------------------------


def test_usual_ranges_are_those_of_earlier_days_at_the_same_time_alone() -> None:
    usual = UsualRanges(3)
    assert [usual.take(7, reach) for reach in (10, 20, 30)] == [(None, 0), (None, 1), (None, 2)]
    assert usual.take(8, 100) == (None, 0)
    assert usual.take(7, 20) == (0.5, 3)
    assert usual.take(7, 5) == (0.0, 4)
    assert usual.take(7, 99) == (1.0, 5)


def test_activity_is_unknown_until_enough_days_are() -> None:
    market = Market(PhaseSettings(usual_days=2))
    for day in range(3):
        market.tell(trend(30))
        named = {reason.name for reason in market.reading.pillar(market.clock, 0.3).reasons}
        assert ("activity" in named) == (day == 2)
        market.rest()


# --- hysteresis -------------------------------------------------------------------------------------------------------


def test_one_bar_alone_changes_nothing() -> None:
    market = Market().tell(trend())
    market.tell([Told(395, 50, value=(-9_000, 9_000))])
    assert market.now() == ("expansion", "buy")
    market.tell([Told(400, 50, value=(-9_000, 9_000))])
    assert market.now() == ("balance", None)


def test_a_phase_is_said_once_as_it_begins() -> None:
    market = Market().tell(trend())
    (said,) = market.said
    assert (said.phase, said.direction, said.ts) == ("expansion", "buy", market.bars[20].end)
    mark = market.reading.mark()
    assert mark is not None
    assert (mark.since, mark.ts) == (said.ts, market.clock)


# --- any market -------------------------------------------------------------------------------------------------------

TOLD = st.lists(
    st.builds(
        lambda step, delta, low, wide: (step, delta, low, wide),
        st.integers(-12, 12),
        st.integers(-60, 60),
        st.integers(-60, 20),
        st.integers(0, 60),
    ),
    min_size=25,
    max_size=90,
)
Steps = list[tuple[int, int, int, int]]
EAGER = PhaseSettings(bars=8, value_bars=2)


def walk(steps: Steps) -> list[Told]:
    """Return bars that take steps, with a value area placed about each close."""
    close, told = 0, []
    for step, delta, low, wide in steps:
        close += step
        told.append(Told(close, delta, value=(close + low, close + low + wide)))
    return told


def lines(steps: Steps, sign: int) -> list[Event]:
    """Return lines of zones at the times of some bars, for either mirror."""
    found: list[Event] = []
    for place, (step, delta, *_) in enumerate(steps):
        ts = START + place * FIVE + MINUTE
        if step % 5 == 0:
            found.append(broke(ts, "buy" if sign * delta > 0 else "sell", sign * step))
        if delta % 7 == 0:
            found.append(absorbed(ts, "bid" if sign * step > 0 else "ask", sign * step, abs(delta), number=place))
    return found


def heard(told: Sequence[Told], events: Sequence[Event]) -> tuple[Market, list[Lean]]:
    """Tell bars, each after the lines before its end; return the leans after each of them."""
    market, leans = Market(EAGER), []
    for place, one in enumerate(told):
        end = START + (place + 1) * FIVE
        for event in events:
            if end - FIVE <= event.ts < end:
                market.reading.hear(event)
        market.tell([one])
        leans.append(market.reading.lean(market.clock))
    return market, leans


MIRROR: Final[dict[AggressorSide | None, AggressorSide | None]] = {"buy": "sell", "sell": "buy", None: None}
MIRRORED_PHASE = {
    "accumulation": "distribution",
    "distribution": "accumulation",
    "expansion": "expansion",
    "balance": "balance",
}


def turned(said: Sequence[Phase]) -> list[tuple[int, str, AggressorSide | None, float]]:
    return [(one.ts, MIRRORED_PHASE[one.phase], MIRROR[one.direction], one.strength) for one in said]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(TOLD)
def test_the_mirror_of_any_market_reads_as_the_mirror(steps: Steps) -> None:
    told = walk([(step or 1, delta or 1, low, wide) for step, delta, low, wide in steps])
    steps = [(step or 1, delta or 1, low, wide) for step, delta, low, wide in steps]
    market, leans = heard(told, lines(steps, 1))
    mirror, mirror_leans = heard(mirrored(told), lines(steps, -1))
    assert [(one.ts, one.phase, one.direction, one.strength) for one in market.said] == turned(mirror.said)
    assert leans == [replace(lean, direction=MIRROR[lean.direction]) for lean in mirror_leans]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(TOLD)
def test_no_market_turns_twice_within_the_hysteresis(steps: Steps) -> None:
    market, _ = heard(walk(steps), [])
    times = [said.ts for said in market.said]
    assert all(later - earlier >= EAGER.hysteresis * FIVE for earlier, later in pairwise(times))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(TOLD)
def test_pillar_lean_and_mark_say_the_same(steps: Steps) -> None:
    market, _ = heard(walk(steps), [])
    pillar, mark = market.reading.pillar(market.clock, 0.3), market.reading.mark()
    assert market.reading.lean(market.clock) == Lean(pillar.available, pillar.direction, pillar.strength)
    assert pillar.available == (mark is not None)
    assert mark is None or (mark.direction, mark.strength, mark.reasons) == (
        pillar.direction,
        pillar.strength,
        pillar.reasons,
    )
    assert (pillar.direction is None) == (pillar.strength == 0.0)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(-30, 30), st.integers(-9, 9), st.integers(0, 9)), min_size=1, max_size=40))
def test_the_window_says_what_its_newest_bars_say(steps: list[tuple[int, int, int]]) -> None:
    """Held against the same figures made anew from the bars themselves."""
    window, bars, closes = BarWindow(6), [], [0]
    for place, (close, delta, reach) in enumerate(steps):
        low, high = min(closes[-1], close) - reach, max(closes[-1], close) + reach
        bar = PhaseBar(place, place + 1, closes[-1], high, low, close, 1, delta, None, None, "5m", place + 1)
        window.close(bar)
        bars.append(bar)
        closes.append(close)
    newest = bars[-6:]
    moves = [bar.close - bar.open for bar in newest]
    deltas = [bar.delta or 0 for bar in newest]
    assert window.net == sum(moves)
    assert window.efficiency == (abs(sum(moves)) / sum(map(abs, moves)) if any(moves) else 0.0)
    assert window.average_range == sum(bar.high - bar.low for bar in newest) / len(newest)
    assert window.push == (sum(deltas) / sqrt(sum(delta**2 for delta in deltas)) if any(deltas) else 0.0)
    if window.is_full:
        assert window.newer_extreme(1) == (max(b.high for b in newest[3:]) > max(b.high for b in newest[:3]))
        assert window.newer_extreme(-1) == (min(b.low for b in newest[3:]) < min(b.low for b in newest[:3]))
