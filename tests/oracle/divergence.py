"""Divergence of price and cumulative delta, from finished bars alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from .bars import Bar, trading_day


@dataclass(frozen=True, slots=True)
class Divergence:
    """`side` is the aggressor that price speaks for; `earlier` is the bar whose extreme was exceeded."""

    side: str
    bar: Bar
    earlier: Bar


def divergence(bars: Sequence[Bar], number: int, lookback: int, shortfall: float) -> Divergence | None:
    """Return the divergence at one bar of a list that is oldest first, or None."""
    bar = bars[number]
    before = [other for other in bars[max(0, number - lookback) : number] if _same_day(other, bar)]
    if len(before) < 5:
        return None
    size = sum(abs(other.delta) for other in before) / len(before)
    found = []
    for side, price, run in (("sell", _high, _highest_run), ("buy", _low, _lowest_run)):
        best = max(price(other) for other in before)
        earlier = [other for other in before if price(other) == best][-1]
        lack = max(run(other) for other in before) - run(bar)
        if price(bar) > best and earlier is not before[-1] and lack > 0 and lack >= shortfall * size:
            found.append(Divergence(side, bar, earlier))
    return found[0] if len(found) == 1 else None


def _same_day(one: Bar, other: Bar) -> bool:
    return trading_day(one.start) == trading_day(other.start)


def _high(bar: Bar) -> int:
    return bar.high


def _low(bar: Bar) -> int:
    return -bar.low


def _highest_run(bar: Bar) -> int:
    return bar.cvd - bar.delta + bar.high_delta


def _lowest_run(bar: Bar) -> int:
    return -(bar.cvd - bar.delta + bar.low_delta)
