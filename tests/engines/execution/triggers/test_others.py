"""Sweep and reclaim, break and retest, displacement."""

from collections.abc import Iterable

import pytest

from engines.book.layout import MINUTE_NS
from engines.events import Bar, Event
from engines.execution.entry_settings import TriggerSettings
from engines.execution.setup import Ground
from engines.execution.triggers.break_retest import BreakRetests
from engines.execution.triggers.displacement import Displacements
from engines.execution.triggers.places import Places
from engines.execution.triggers.sighting import Sighting
from engines.execution.triggers.sweep_reclaim import SweepReclaims
from engines.execution.triggers.usual import UsualBars
from tests.engines.execution.log import AT, NOON, absorption, bar, gap, minute, ordinary, sweep
from tests.engines.mentor.market import GOLD, broke

# --- sweep and reclaim ------------------------------------------------------------------------------------------------


def test_stops_below_a_low_were_taken_and_given_back_which_buys_above_the_extreme() -> None:
    (sighted,) = SweepReclaims(GOLD).hear(sweep(NOON, "buy", AT - 6, AT - 2))
    assert (sighted.trigger, sighted.side, sighted.ts, sighted.ground) == (
        "sweep_reclaim",
        "buy",
        NOON,
        Ground(AT - 6, AT - 2),
    )
    assert [(one.kind, one.ts, one.id, one.value) for one in sighted.reasons] == [("sweep", NOON, "sweep-1", 0.7)]


def test_a_break_that_the_market_accepted_is_no_sweep() -> None:
    assert not list(SweepReclaims(GOLD).hear(sweep(NOON, "sell", AT - 6, AT - 2, is_broken=True)))


# --- break and retest -------------------------------------------------------------------------------------------------


def retested(events: Iterable[Event], settings: TriggerSettings | None = None) -> list[Sighting]:
    """Return what lines complete after ordinary minutes around the price."""
    minutes = UsualBars()
    trigger = BreakRetests(GOLD, settings or TriggerSettings(), minutes)
    found: list[Sighting] = []
    for event in [*ordinary(), *events]:
        found += trigger.hear(event)
        if isinstance(event, Bar):
            minutes.close(event, round(event.high * 10), round(event.low * 10))
    return found


LEVEL = AT + 5
UP = [broke(NOON, "buy", LEVEL), minute(0, AT + 4, AT + 16, AT + 15)]
"""A break upwards, and a minute that closes a range beyond it."""


def test_the_first_return_to_a_broken_level_that_holds_is_bought() -> None:
    (sighted,) = retested([*UP, minute(1, LEVEL, AT + 15, LEVEL + 3)])
    assert (sighted.side, sighted.ground, sighted.zone) == ("buy", Ground(LEVEL, LEVEL), None)
    assert [(one.kind, one.ts, one.id) for one in sighted.reasons] == [
        ("structure", NOON, "5m"),
        ("bar", NOON + 2 * MINUTE_NS, "1m"),
    ]


def test_a_bar_that_breaks_it_by_far_has_left_it_at_once() -> None:
    back = minute(0, LEVEL, AT + 15, LEVEL + 3)
    assert retested([broke(NOON, "buy", LEVEL, close=LEVEL + 10), back])
    assert not retested([broke(NOON, "buy", LEVEL, close=LEVEL + 9), back])


def test_a_break_downwards_is_the_mirror() -> None:
    level = AT - 5
    down = [broke(NOON, "sell", level), minute(0, AT - 16, AT - 4, AT - 15)]
    assert [one.side for one in retested([*down, minute(1, AT - 15, level, level - 3)])] == ["sell"]


def test_a_pool_that_was_broken_is_a_level_too() -> None:
    down = [sweep(NOON, "sell", AT - 20, AT - 5, is_broken=True), minute(0, AT - 16, AT - 4, AT - 15)]
    (sighted,) = retested([*down, minute(1, AT - 15, AT - 5, AT - 8)])
    assert (sighted.side, sighted.zone, sighted.reasons[0].id) == ("sell", "break-1", "break-1")


@pytest.mark.parametrize(
    "minutes",
    [
        pytest.param([minute(0, AT + 4, AT + 9, AT + 8), minute(1, LEVEL, AT + 9, LEVEL + 3)], id="never left it"),
        pytest.param([UP[1], minute(1, LEVEL + 4, AT + 15, LEVEL + 8)], id="did not come back"),
        pytest.param([UP[1], minute(1, LEVEL - 1, AT + 15, LEVEL - 1)], id="closed on the wrong side"),
        pytest.param([UP[1], minute(1, LEVEL, AT + 15, LEVEL + 1)], id="did not turn"),
    ],
)
def test_what_is_no_retest(minutes: list[Event]) -> None:
    assert not retested([UP[0], *minutes])


def test_only_the_first_return_counts() -> None:
    back = [minute(1, LEVEL, AT + 15, LEVEL + 3), minute(2, LEVEL + 3, AT + 20, AT + 18)]
    assert len(retested([*UP, *back, minute(3, LEVEL, AT + 18, LEVEL + 4)])) == 1
    failed = [minute(1, LEVEL - 2, AT + 15, LEVEL - 2), minute(2, LEVEL - 2, AT + 16, AT + 15)]
    assert not retested([*UP, *failed, minute(3, LEVEL, AT + 15, LEVEL + 3)])


def test_a_return_may_take_minutes_to_turn_and_its_farthest_price_bounds_the_ground() -> None:
    (sighted,) = retested([*UP, minute(1, LEVEL - 2, AT + 15, LEVEL + 1), minute(2, LEVEL, AT + 12, LEVEL + 4)])
    assert sighted.ground == Ground(LEVEL - 2, LEVEL)


def test_a_level_is_forgotten_after_its_time() -> None:
    late = minute(61, LEVEL, AT + 15, LEVEL + 3)
    assert not retested([*UP, late])
    assert retested([*UP, late], TriggerSettings(retest_minutes=70))


# --- displacement -----------------------------------------------------------------------------------------------------


def displaced(events: Iterable[Event], settings: TriggerSettings | None = None) -> list[Sighting]:
    """Return what lines complete after ordinary minutes around the price, whose deltas are of ten lots."""
    places = Places(GOLD)
    trigger = Displacements(GOLD, settings or TriggerSettings(), places)
    found: list[Sighting] = []
    for event in [*ordinary(), *events]:
        places.hear(event)
        found += trigger.hear(event)
    return found


WIDE = minute(1, AT - 4, AT + 20, AT + 19, delta=80)
BARS = [minute(0, AT - 5, AT + 5, AT), WIDE, minute(2, AT + 12, AT + 22, AT + 20)]
LEFT = gap(WIDE, "buy", AT + 5, AT + 12)
ZONE = absorption(NOON + 30_000_000_000, "bid", AT - 5, AT - 4)


def test_a_wide_one_sided_bar_out_of_a_zone_that_leaves_a_gap_is_entered_at_the_gaps_edge() -> None:
    (sighted,) = displaced([ZONE, *BARS, LEFT])
    assert (sighted.side, sighted.ground, sighted.by_limit) == ("buy", Ground(AT + 5, AT + 12), True)
    assert sighted.ground.near("buy") == AT + 12
    assert [(one.kind, one.ts, one.id) for one in sighted.reasons] == [
        ("bar", WIDE.ts, "1m"),
        ("gap", LEFT.ts, "gap-1m-1"),
        ("absorption", ZONE.ts, "absorption-1"),
    ]


def test_a_bar_through_a_level_serves_as_well() -> None:
    through = broke(WIDE.ts, "buy", AT + 6, "1m")
    (sighted,) = displaced([*BARS[:2], through, BARS[2], LEFT])
    assert sighted.reasons[2].kind == "structure"


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([*BARS, LEFT], id="from nowhere, through nothing"),
        pytest.param([absorption(NOON, "ask", AT - 5, AT - 4), *BARS, LEFT], id="a zone of the other side"),
        pytest.param([absorption(NOON, "bid", AT - 30, AT - 29), *BARS, LEFT], id="a zone that it did not come from"),
        pytest.param([broke(NOON - MINUTE_NS, "buy", AT + 6, "1m"), *BARS, LEFT], id="a level broken long before"),
        pytest.param([ZONE, BARS[0], minute(1, AT - 4, AT + 20, AT + 19, delta=15), BARS[2], LEFT], id="no pressure"),
        pytest.param([ZONE, BARS[0], minute(1, AT - 4, AT + 20, AT + 19, delta=-80), BARS[2], LEFT], id="against it"),
        pytest.param(
            [ZONE, BARS[0], minute(1, AT - 4, AT + 20, AT + 19, delta=None), BARS[2], LEFT], id="delta unknown"
        ),
        pytest.param([ZONE, BARS[0], minute(1, AT - 4, AT + 14, AT + 13, delta=80), BARS[2], LEFT], id="not wide"),
    ],
)
def test_what_is_no_displacement(lines: list[Event]) -> None:
    assert not displaced(lines)


def test_each_interval_has_its_own_usual() -> None:
    fives = [bar("5m", NOON + (number - 5) * 5 * MINUTE_NS, AT - 10, AT + 10, AT, delta=20) for number in range(5)]
    wide = bar("5m", NOON, AT - 10, AT + 40, AT + 39, delta=200)
    after = bar("5m", wide.ts, AT + 25, AT + 45, AT + 40, delta=20)
    zone = absorption(NOON - 1, "bid", AT - 10, AT - 9)
    (sighted,) = displaced([*fives, zone, wide, after, gap(wide, "buy", AT + 10, AT + 25)])
    assert sighted.reasons[0].id == "5m"
    assert sighted.zone == "gap-5m-1"
