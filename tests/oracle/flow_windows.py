"""Flow windows from trades alone: every trade is looked at again for every moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from .bars import day_bounds, imbalance_between, trading_day
from .records import ASK, BID, SECOND
from .tape import Trade
from .touch import EndedSecond

ENOUGH: Final = 10
ENOUGH_EARLIER: Final = 5
DAY_WEIGHT: Final = 0.8
NEARBY: Final = 600 * SECOND


@dataclass(frozen=True, slots=True)
class Window:
    """Lots of the newest seconds by aggressor, and the order-flow imbalance told in them."""

    buy: int
    sell: int
    none: int
    ofi: int | None


def window(trades: Iterable[Trade], seconds: Sequence[EndedSecond], clock: int, length: int) -> Window:
    """Add up what traded later than `length` nanoseconds before the clock."""
    newest = [trade for trade in trades if trade.ts is not None and clock - length < trade.ts <= clock]
    lots = {side: sum(trade.size for trade in newest if trade.side == side) for side in (BID, ASK, "")}
    return Window(lots[BID], lots[ASK], lots[""], imbalance_between(seconds, clock - length, clock))


def delta(trades: Iterable[Trade]) -> int:
    """Return lots bought less lots sold."""
    return sum(trade.size * {BID: 1, ASK: -1}.get(trade.side, 0) for trade in trades)


def usual(trades: Sequence[Trade], clock: int, length: int, half_life: int) -> tuple[float, float] | None:
    """Return mean and deviation of delta over such windows that ended before the one that holds the clock began.

    None until enough ended. `trades` are those up to the clock, all with a time.
    """
    ended: dict[int, list[Trade]] = {}
    today = trading_day(clock)
    for trade in trades:
        begun = (trade.ts or 0) // length * length
        if begun + length <= clock:
            ended.setdefault(begun, []).append(trade)
    readings = []
    newest_first = [begun for begun in sorted(ended, reverse=True) if trading_day(begun) == today]
    fading = 0.5 ** (length / half_life)
    weighed = [(fading**age, delta(ended[begun])) for age, begun in enumerate(newest_first)]
    if sum(weight for weight, _ in weighed) >= ENOUGH:
        readings.append(_moments(weighed))
    days = sorted({trading_day(trade.ts or 0) for trade in trades})
    weighed = []
    for begun, members in ended.items():
        age = days.index(today) - days.index(trading_day(begun))
        if age and abs(_time_of_day(begun) - _time_of_day(clock)) <= NEARBY:
            weighed.append((DAY_WEIGHT ** (age - 1), delta(members)))
    if sum(weight for weight, _ in weighed) >= ENOUGH_EARLIER:
        readings.append(_moments(weighed))
    if not readings:
        return None
    mean, squares = (sum(parts) / len(readings) for parts in zip(*readings, strict=True))
    return mean, sqrt(max(squares - mean * mean, 0.0))


def _time_of_day(ts: int) -> int:
    """Return the begin of a time's five minutes, from the begin of its trading day."""
    return (ts - day_bounds(trading_day(ts))[0]) // (300 * SECOND) * (300 * SECOND)


def _moments(weighed: Sequence[tuple[float, int]]) -> tuple[float, float]:
    total = sum(weight for weight, _ in weighed)
    return sum(weight * each for weight, each in weighed) / total, sum(
        weight * each * each for weight, each in weighed
    ) / total
