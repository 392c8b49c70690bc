"""Triple barriers, by hand: ticks, one-second bars, an average minute range of 6 ticks, costs of 2 ticks.

Three ranges are 18 ticks: a buy at 1,000 has its target at 1,020 (18 and the costs) and its stop at 984 (18 less them).
"""

import math
from dataclasses import replace

import numpy as np
import pytest

from feeds.instrument import Instrument
from qmo_tui.calibration.outcomes import MINUTE_NS, Barriers, Decision, Prices, barriers_of, decide
from qmo_tui.errors import QmoError
from qmo_tui.setting_tables.engines import Calibration

SECOND = 1_000_000_000
MORNING = 1_767_625_200 * SECOND
"""15:00 UTC on Monday 2026-01-05, 09:00 in Chicago."""
HALT = MORNING + 7 * 60 * MINUTE_NS
BARRIERS = Barriers(target=3.0, stop=3.0, horizon=60 * MINUTE_NS, costs=2.0)

Bar = tuple[float, int, int, int, int]
"""Seconds after the moment at which it begins, then open, high, low and close."""


def prices(*bars: Bar, known_until: int = MORNING + 120 * MINUTE_NS) -> Prices:
    begins = np.array([MORNING + round(bar[0] * SECOND) for bar in bars], np.int64)
    opens, highs, lows, closes = (np.array([bar[place] for bar in bars], np.int64) for place in range(1, 5))
    return Prices(begins, begins + SECOND, opens, highs, lows, closes, known_until)


def decided(*bars: Bar, side: str = "buy", known_until: int = MORNING + 120 * MINUTE_NS) -> Decision | None:
    return decide(prices(*bars, known_until=known_until), MORNING, side, 6.0, BARRIERS)  # type: ignore[arg-type]


ENTRY = (0, 1000, 1001, 999, 1000)


def test_a_buy_wins_where_the_target_and_the_costs_are_reached_first() -> None:
    assert decided(ENTRY, (30, 1010, 1020, 1010, 1015), (40, 990, 990, 980, 980)) == Decision(
        "target", True, MORNING + 31 * SECOND
    )


def test_a_tick_short_of_the_costs_is_no_target() -> None:
    found = decided(ENTRY, (30, 1010, 1019, 1010, 1015), (40, 990, 990, 980, 980))
    assert found == Decision("stop", False, MORNING + 41 * SECOND)


def test_costs_bring_the_stop_nearer() -> None:
    assert decided(ENTRY, (30, 990, 990, 984, 990)) == Decision("stop", False, MORNING + 31 * SECOND)
    assert decided(ENTRY, (30, 990, 990, 985, 990)) == Decision("time", False, MORNING + 60 * MINUTE_NS)


def test_a_sell_is_the_mirror_of_a_buy() -> None:
    falls, rises = (30, 990, 990, 980, 985), (30, 1010, 1016, 1010, 1012)
    assert decided(ENTRY, falls, side="sell") == Decision("target", True, MORNING + 31 * SECOND)
    assert decided(ENTRY, rises, side="sell") == Decision("stop", False, MORNING + 31 * SECOND)


def test_a_bar_that_touches_both_counts_as_the_stop() -> None:
    assert decided(ENTRY, (30, 1000, 1030, 970, 1000)) == Decision("stop", False, MORNING + 31 * SECOND)


@pytest.mark.parametrize(("close", "won"), [(1003, True), (1002, False), (1000, False), (995, False)])
def test_at_the_horizon_the_move_must_have_earned_its_costs(close: int, won: bool) -> None:
    assert decided(ENTRY, (3000, close, close, close, close)) == Decision("time", won, MORNING + 60 * MINUTE_NS)


def test_what_happens_after_the_horizon_counts_for_nothing() -> None:
    late = decided(ENTRY, (3601, 1030, 1030, 1030, 1030))
    assert late == Decision("time", False, MORNING + 60 * MINUTE_NS)


def test_the_first_price_after_the_moment_is_what_a_trader_would_have_had() -> None:
    before, after = (-10, 900, 900, 900, 900), (20, 1000, 1001, 999, 1000)
    assert decided(before, after, (30, 1010, 1020, 1010, 1015)) == Decision("target", True, MORNING + 31 * SECOND)
    assert decided(before, (61, 1000, 1030, 999, 1000)) is None


def test_a_bar_that_was_open_at_the_moment_is_not_looked_at() -> None:
    open_then = (-0.5, 1000, 1030, 970, 1000)
    assert decided(open_then, ENTRY) == Decision("time", False, MORNING + 60 * MINUTE_NS)


def test_a_horizon_that_was_not_recorded_to_its_end_is_left_out_whatever_came_before() -> None:
    target = (30, 1010, 1020, 1010, 1015)
    assert decided(ENTRY, target, known_until=MORNING + 58 * MINUTE_NS) is None
    assert decided(ENTRY, target, known_until=MORNING + 59 * MINUTE_NS) is not None


def test_the_daily_halt_ends_a_score_before_its_horizon() -> None:
    late = HALT - 10 * MINUTE_NS
    told = prices(ENTRY, (60, 1005, 1005, 1005, 1005), known_until=HALT)
    moved = replace(told, begins=told.begins + (late - MORNING), ends=told.ends + (late - MORNING))
    assert decide(moved, late, "buy", 6.0, BARRIERS) == Decision("time", True, HALT)


def test_a_quiet_market_has_barriers_of_some_ticks() -> None:
    quiet = prices(ENTRY, (30, 1005, 1005, 1005, 1005), (40, 1006, 1006, 1006, 1006))
    assert decide(quiet, MORNING, "buy", 0.1, BARRIERS) == Decision("target", True, MORNING + 41 * SECOND)


def test_costs_are_spread_slippage_and_fees_in_ticks() -> None:
    gold, micro = Instrument("GCZ6", 1, 100_000_000, 100.0), Instrument("MGCZ6", 1, 100_000_000, 10.0)
    settings = Calibration(spread=1.0, slippage=1.0, fees=5.0)
    assert barriers_of(settings, gold).costs == 2.5
    assert barriers_of(settings, micro).costs == 7.0


def test_fees_of_a_contract_without_a_multiplier_are_unknown() -> None:
    unknown = Instrument("GCZ6", 1, 100_000_000, math.nan)
    with pytest.raises(QmoError, match="multiplier of GCZ6 is unknown"):
        barriers_of(Calibration(), unknown)
    assert barriers_of(Calibration(fees=0.0), unknown).costs == 2.0
