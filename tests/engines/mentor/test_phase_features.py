"""What each phase must show, feature by feature, and the dealing range that some of it is measured by."""

from itertools import pairwise
from typing import Any, Final

import pytest

from engines.mentor.phase_bars import PhaseBar
from engines.mentor.phase_features import (
    BALANCE,
    Absorbed,
    Called,
    Facts,
    PhaseSettings,
    called,
    features_of,
    strength_of,
)
from engines.mentor.phase_range import DealingRange
from tests.engines.mentor.market import FIVE, START, broke

CHOSEN: Final = PhaseSettings()
ACCUMULATION: Final = Called("accumulation", 1)
EXPANSION: Final = Called("expansion", 1)


def bar(close: int, high: int | None = None, low: int | None = None) -> PhaseBar:
    top, bottom = close if high is None else high, close if low is None else low
    return PhaseBar(START, START + FIVE, close, top, bottom, close, 100, 0, 0, None, "5m", START + FIVE)


QUIET_LOW: Final = Facts(
    bar=bar(30),
    net=10,
    efficiency=0.1,
    flat=15.0,
    extremes=(False, False),
    lots=300,
    push=1.0,
    absorbed=Absorbed(0, 0, None, None),
    value=(20, 60),
    low=0,
    high=100,
    structure=broke(START, "buy", 10),
    trend=1,
    swing=bar(40),
    hour=bar(90, 100, 0),
    percentile=0.2,
    days=5,
)
"""Everything that accumulation asks for."""
RUNNING_UP: Final = QUIET_LOW._replace(bar=bar(90), net=80, efficiency=0.8, percentile=0.9)
"""Everything that expansion upwards asks for."""


def test_all_of_it_is_full_strength() -> None:
    for one, facts in ((ACCUMULATION, QUIET_LOW), (EXPANSION, RUNNING_UP)):
        assert called(facts, CHOSEN) == one
        assert strength_of(features_of(one, facts, CHOSEN), facts) == 1.0


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"efficiency": 0.31}, id="too much movement"),
        pytest.param({"bar": bar(51)}, id="upper half"),
        pytest.param({"low": None, "high": None}, id="no dealing range"),
        pytest.param({"net": 16}, id="price rises"),
        pytest.param({"push": 0.49}, id="flow does not improve"),
        pytest.param({"push": 0.49, "absorbed": Absorbed(10, 10, None, None)}, id="as much absorbed on both sides"),
    ],
)
def test_accumulation_must_have(change: dict[str, Any]) -> None:
    assert called(QUIET_LOW._replace(**change), CHOSEN) == BALANCE


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"efficiency": 0.30}, id="as much movement as may be"),
        pytest.param({"bar": bar(50)}, id="the middle"),
        pytest.param({"net": 15}, id="flat"),
        pytest.param({"net": -90}, id="falling"),
        pytest.param({"net": 90, "extremes": (True, False)}, id="lower lows"),
        pytest.param({"push": -2.0, "absorbed": Absorbed(11, 10, None, None)}, id="more absorbed at bids"),
        pytest.param({"value": None}, id="no value area yet"),
    ],
)
def test_accumulation_may_have(change: dict[str, Any]) -> None:
    assert called(QUIET_LOW._replace(**change), CHOSEN) == ACCUMULATION


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"efficiency": 0.44}, id="too little movement"),
        pytest.param({"net": -80}, id="movement downwards"),
        pytest.param({"value": (20, 90)}, id="inside value"),
        pytest.param({"push": 0.0}, id="no gain of flow"),
    ],
)
def test_expansion_must_have(change: dict[str, Any]) -> None:
    assert called(RUNNING_UP._replace(**change), CHOSEN) == BALANCE


@pytest.mark.parametrize(
    ("one", "facts", "change", "unseen", "of"),
    [
        (ACCUMULATION, QUIET_LOW, {"value": (31, 60)}, 1, 9),
        (ACCUMULATION, QUIET_LOW, {"value": None}, 0, 8),
        (ACCUMULATION, QUIET_LOW, {"percentile": 0.51}, 1, 9),
        (ACCUMULATION, QUIET_LOW, {"structure": broke(START, "sell", 10)}, 1, 9),
        (ACCUMULATION, QUIET_LOW, {"structure": None}, 0, 8),
        (ACCUMULATION, QUIET_LOW, {"trend": 0}, 1, 9),
        (ACCUMULATION, QUIET_LOW, {"trend": -1, "hour": bar(49, 100, 0)}, 2, 9),
        (EXPANSION, RUNNING_UP, {"percentile": 0.49}, 1, 8),
        (EXPANSION, RUNNING_UP, {"percentile": None}, 0, 7),
        (EXPANSION, RUNNING_UP, {"high": 180}, 1, 8),
        (EXPANSION, RUNNING_UP, {"hour": bar(50, 100, 0)}, 1, 8),
    ],
)
def test_strength_is_the_share_of_what_can_be_known(
    one: Called, facts: Facts, change: dict[str, Any], unseen: int, of: int
) -> None:
    changed = facts._replace(**change)
    assert strength_of(features_of(one, changed, CHOSEN), changed) == round((of - unseen) / of, 4)


def test_thresholds_that_overlap_make_balance_of_what_shows_two_phases() -> None:
    overlapping = PhaseSettings(trending=0.2, resting=0.5)
    both = QUIET_LOW._replace(efficiency=0.3, bar=bar(40), value=(20, 39), net=12)
    assert called(both, CHOSEN) == ACCUMULATION
    assert called(both, overlapping) == BALANCE


# --- the dealing range ------------------------------------------------------------------------------------------------


def zigzag(*turns: int) -> list[PhaseBar]:
    """Return bars that go from turn to turn in four steps."""
    found = []
    for start, end in pairwise(turns):
        found += [bar(start + (end - start) * step // 4) for step in range(4)]
    return [*found, bar(turns[-1])]


def test_the_range_lies_between_the_newest_swings_and_widens_with_price() -> None:
    dealing = DealingRange(2)
    for one in zigzag(50, 100, 20, 60):
        dealing.close(one)
    assert (dealing.low, dealing.high) == (20, 100)
    dealing.widen(bar(130))
    assert (dealing.low, dealing.high) == (20, 130)
    dealing.widen(bar(10))
    assert (dealing.low, dealing.high) == (10, 130)


def test_a_newer_swing_narrows_the_range() -> None:
    dealing = DealingRange(2)
    for one in zigzag(50, 100, 20, 80, 30):
        dealing.close(one)
    assert (dealing.low, dealing.high) == (20, 80)


@pytest.mark.parametrize(
    ("turns", "trend"),
    [
        ((50, 100, 20, 110, 30, 60), 1),
        ((50, 100, 40, 90, 20, 60), -1),
        ((50, 100, 20, 90, 30, 60), 0),
        ((50, 100, 20, 60), None),
        ((50, 100, 20, 110, 30, 105, 25, 60), -1),
        ((50, 100, 40, 90, 20, 95, 30, 60), 1),
    ],
)
def test_swings_are_compared_with_those_before_them(turns: tuple[int, ...], trend: int | None) -> None:
    dealing = DealingRange(2)
    for one in zigzag(*turns):
        dealing.close(one)
    assert dealing.trend == trend
