"""What makes each phase, feature by feature, from the facts of one closed five-minute bar.

`sign` is 1 for buy and -1 for sell throughout; everything is the same for both, mirrored.

| feature | expansion | accumulation (buy) and distribution (sell) |
|---|---|---|
| efficiency | at least `trending`, its way: **must** | at most `resting`: **must** |
| value | closed outside the day's value area, its way: **must** | closed inside |
| flow | cumulative delta gained, its way: **must** | gained `push`, or its side absorbs more: **must** |
| price | - | flat, or moved or reached to new extremes against it: **must** |
| position | in the half of the dealing range that it goes to | in the half that it starts from: **must** |
| structure | newest break of the five-minute bars, its way | the same |
| swings | higher highs and lows, or lower ones, of the fifteen-minute bars | the same |
| hour | the newest hour closed in its half of its range | the same |
| activity | at least as wide as usual at this time of day | at most as wide |

What cannot be known is left out, except that without order flow hour or swings **must** speak for accumulation and
distribution: something has to. Strength is the share of the known features that are seen.
"""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import msgspec

from engines.events import Absorption, AggressorSide, MarketPhaseName, StructureBreak
from engines.mentor.phase_bars import PhaseBar

REDUCED: Final = 0.6
"""Most strength where order flow cannot be seen."""
SIDES: Final[dict[int, AggressorSide]] = {1: "buy", -1: "sell"}
_SIGNS: Final = {"buy": 1, "sell": -1}
_DIGITS: Final = 4

FeatureName = Literal["efficiency", "value", "flow", "price", "position", "structure", "swings", "hour", "activity"]


@dataclass(frozen=True, slots=True)
class PhaseSettings:
    """When a phase is called.

    Attributes:
        bars: Five-minute bars that are looked at.
        hysteresis: Bars in a row that must show a phase before it is called.
        trending: Least efficiency ratio of an expansion.
        resting: Largest one of accumulation and distribution.
        flat: Price is flat when it moved less than so many mean ranges of these bars.
        push: What cumulative delta gains counts from so many deviations on.
        wing: Fifteen-minute bars on each side of a swing of the dealing range.
        value_bars: Five-minute bars of a trading day before its value area means anything.
        usual_days: Earlier days without which no time of day has a usual range.
        stale: Without a five-minute bar for so long there is no side, ns.
    """

    bars: int = 20
    hysteresis: int = 2
    trending: float = 0.45
    resting: float = 0.30
    flat: float = 1.5
    push: float = 0.5
    wing: int = 2
    value_bars: int = 6
    usual_days: int = 5
    stale: int = 15 * 60_000_000_000


class Absorbed(NamedTuple):
    """Live absorption within the window: lots at bids and at asks, and the newest line of each side."""

    bid_lots: int
    ask_lots: int
    bid: Absorption | None
    ask: Absorption | None


class Facts(NamedTuple):
    """What is known as a five-minute bar closes; ticks, lots.

    Attributes:
        bar: It.
        net: How far price moved over the window.
        efficiency: Efficiency ratio over it.
        flat: Movement that still counts as none.
        extremes: Whether the newer half of the window went below the older one, and above it.
        lots: What cumulative delta gained over the window,
        push: and in deviations; None where the source tells no aggressor.
        value: Lowest and highest tick of the day's value area; None where not known.
        low: Lower end of the dealing range; None, as the upper one, where not known.
        structure: Newest break of structure of five-minute bars.
        trend: Direction of the swings of fifteen-minute bars, 0 for neither; None where not known.
        swing: Bar that confirmed the newest of them.
        hour: Newest closed hour.
        percentile: Of the window's mean range among those of the same time of day; None where not known.
        days: Earlier days that it rests on.
    """

    bar: PhaseBar
    net: int
    efficiency: float
    flat: float
    extremes: tuple[bool, bool]
    lots: int
    push: float | None
    absorbed: Absorbed
    value: tuple[int, int] | None
    low: int | None
    high: int | None
    structure: StructureBreak | None
    trend: int | None
    swing: PhaseBar | None
    hour: PhaseBar | None
    percentile: float | None
    days: int


class Feature(msgspec.Struct, frozen=True, gc=False):
    """Whether a feature is seen; None where it cannot be known. A phase is not called while a must is unseen."""

    name: FeatureName
    seen: bool | None
    must: bool = False


class Called(NamedTuple):
    """A phase and its sign, 0 for none."""

    phase: MarketPhaseName
    sign: int


BALANCE: Final = Called("balance", 0)
EXPANSIONS: Final = (Called("expansion", 1), Called("expansion", -1))
BASES: Final = (Called("accumulation", 1), Called("distribution", -1))


def called(facts: Facts, settings: PhaseSettings) -> Called:
    """Return the phase that a bar shows: the only one whose every must is seen or cannot be known, else balance."""
    possible: tuple[Called, ...] = ()
    if facts.efficiency >= settings.trending:
        possible += EXPANSIONS[:1] if facts.net > 0 else EXPANSIONS[1:]
    if facts.efficiency <= settings.resting:
        half = half_of(facts)  # a must that tells most of them apart before anything else is asked
        possible += tuple([one for one in BASES if half != one.sign])
    shown = [one for one in possible if _shows(features_of(one, facts, settings))]
    return shown[0] if len(shown) == 1 else BALANCE


def _shows(features: tuple[Feature, ...]) -> bool:
    return not any(feature.must and feature.seen is False for feature in features)


def features_of(one: Called, facts: Facts, settings: PhaseSettings) -> tuple[Feature, ...]:
    """Return the features of a phase, the most telling first; none of balance."""
    if one.phase == "balance":
        return ()
    if one.phase == "expansion":
        return _expansion(one.sign, facts, settings)
    return _base(one.sign, facts, settings)


def strength_of(features: tuple[Feature, ...], facts: Facts) -> float:
    """Return the share of the known features that are seen, at most REDUCED without order flow; 0 of no features."""
    known = [feature.seen for feature in features if feature.seen is not None]
    share = sum(known) / len(known) if known else 0.0
    return round(share if facts.push is not None else min(REDUCED, share), _DIGITS)


def _expansion(sign: int, facts: Facts, settings: PhaseSettings) -> tuple[Feature, ...]:
    trending = facts.efficiency >= settings.trending and sign * facts.net > 0
    left_value = None if facts.value is None else outside(facts.bar.close, facts.value) == sign
    half = half_of(facts)
    return (
        Feature("efficiency", trending, must=True),
        Feature("value", left_value, must=True),
        Feature("flow", None if facts.push is None else sign * facts.push > 0, must=True),
        *_context(sign, facts),
        Feature("position", None if half is None else half == sign),
        Feature("activity", None if facts.percentile is None else facts.percentile >= 0.5),
    )


def _base(sign: int, facts: Facts, settings: PhaseSettings) -> tuple[Feature, ...]:
    half, context = half_of(facts), _context(sign, facts)
    flow: bool | None
    if facts.push is not None:
        flow = _improves(sign, facts.push, facts.absorbed, settings)
    else:
        flow = None if any(feature.seen for feature in context) else False
    return (
        Feature("efficiency", facts.efficiency <= settings.resting, must=True),
        Feature("position", half in (-sign, 0), must=True),
        Feature("price", sign * facts.net <= facts.flat or facts.extremes[sign < 0], must=True),
        Feature("flow", flow, must=True),
        *context,
        Feature("value", None if facts.value is None else outside(facts.bar.close, facts.value) == 0),
        Feature("activity", None if facts.percentile is None else facts.percentile <= 0.5),
    )


def _context(sign: int, facts: Facts) -> tuple[Feature, ...]:
    hour = None if facts.hour is None else _half_of_close(facts.hour)
    return (
        Feature("structure", None if facts.structure is None else _SIGNS[facts.structure.direction] == sign),
        Feature("swings", None if facts.trend is None else facts.trend == sign),
        Feature("hour", None if hour is None else hour == sign),
    )


def _improves(sign: int, push: float, absorbed: Absorbed, settings: PhaseSettings) -> bool:
    return sign * push >= settings.push or sign * (absorbed.bid_lots - absorbed.ask_lots) > 0


def outside(close: int, value: tuple[int, int]) -> int:
    """Return 1 above the value area, -1 below it, 0 inside."""
    return (close > value[1]) - (close < value[0])


def half_of(facts: Facts) -> int | None:
    """Return 1 in the upper half of the dealing range, -1 in the lower, 0 in its middle; None where it is not known."""
    if facts.low is None or facts.high is None:
        return None
    middle = facts.low + facts.high
    return (2 * facts.bar.close > middle) - (2 * facts.bar.close < middle)


def _half_of_close(bar: PhaseBar) -> int:
    """Return in which half of its range a bar closed, as of `half_of`."""
    middle = bar.low + bar.high
    return (2 * bar.close > middle) - (2 * bar.close < middle)
