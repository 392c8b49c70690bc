"""Lines of an event log by hand: gold at 2650, whose minutes are ten ticks wide and trade a hundred lots."""

from typing import Final

from msgspec.structs import replace

from engines.book.layout import MINUTE_NS
from engines.events import (
    Absorption,
    AbsorptionState,
    AggressorSide,
    Bar,
    Event,
    FairValueGap,
    Iceberg,
    IcebergState,
    Memory,
    MemoryState,
    PassiveSide,
    Sweep,
    SweptPool,
)
from tests.engines.mentor.market import GOLD, absorbed

NOON: Final = 1_763_485_200_000_000_000
"""A Tuesday, 17:00 UTC, noon in New York; a full minute."""
AT: Final = 26_500
"""The price of gold, in ticks."""
WIDE: Final = 10
"""Ticks of an ordinary minute."""


def minute(number: int, low: int, high: int, close: int, *, delta: int | None = 10, gap: int = 0) -> Bar:
    """Return the bar of a minute, the first of which ends a minute after noon."""
    return bar("1m", NOON + number * MINUTE_NS, low, high, close, delta=delta, gap=gap)


def bar(interval: str, start: int, low: int, high: int, close: int, *, delta: int | None = 10, gap: int = 0) -> Bar:
    """Return a bar that opened at the end that it moved away from."""
    length = {"1m": 1, "5m": 5}[interval] * MINUTE_NS
    return Bar(
        ts=start + length,
        interval=interval,
        open=GOLD.price(low if close > (low + high) // 2 else high),
        high=GOLD.price(high),
        low=GOLD.price(low),
        close=GOLD.price(close),
        volume=100,
        buy=50,
        sell=50,
        none=0,
        trades=20,
        delta=delta,
        cvd=0,
        start=start,
        gap=gap,
        complete=True,
    )


def ordinary(count: int = 20, at: int = AT, since: int = -20) -> list[Event]:
    """Return ordinary minutes around a price, the newest of which ends at noon."""
    return [minute(since + number, at - WIDE // 2, at + WIDE // 2, at) for number in range(count)]


def absorption(
    ts: int, side: PassiveSide, low: int, high: int, state: AbsorptionState = "formed", number: int = 1
) -> Absorption:
    """Return a step of a zone of absorption."""
    zone = absorbed(ts, side, low, 120, number, state, 0.8)
    return replace(zone, high=GOLD.price(high))


def iceberg(ts: int, side: PassiveSide, tick: int, filled: int, state: IcebergState = "traded") -> Iceberg:
    """Return a step of a native iceberg."""
    return Iceberg(
        ts=ts,
        id="native-1",
        tier="native",
        order_id=1,
        side=side,
        price=GOLD.price(tick),
        display=5,
        filled=filled,
        refreshes=3,
        state=state,
        score=1.0,
        shown=5,
    )


def memory(ts: int, side: PassiveSide, low: int, high: int, strength: float, state: MemoryState = "touched") -> Memory:
    """Return a step of a remembered zone."""
    return Memory(
        ts=ts,
        id="memory-1",
        side=side,
        low=GOLD.price(low),
        high=GOLD.price(high),
        state=state,
        touches=1,
        judged=2,
        held=1,
        age=1,
        strength=strength,
        reaction=None,
        reason="",
    )


def sweep(ts: int, direction: AggressorSide, low: int, high: int, *, is_broken: bool = False) -> Sweep:
    """Return the end of a run beyond the prior day's extreme: swept and reclaimed, or accepted."""
    taken_below = (direction == "buy") != is_broken
    return Sweep(
        ts=ts,
        id="break-1" if is_broken else "sweep-1",
        pool=SweptPool("prior_day", GOLD.price(high if taken_below else low), "prior day low"),
        side="sell_side" if taken_below else "buy_side",
        state="broken" if is_broken else "swept",
        extreme=GOLD.price(low if taken_below else high),
        penetration=high - low,
        low=GOLD.price(low),
        high=GOLD.price(high),
        direction=direction,
        score=None if is_broken else 0.7,
        evidence=None,
        reason="",
    )


def gap(middle: Bar, direction: AggressorSide, low: int, high: int) -> FairValueGap:
    """Return the gap that a bar and its neighbours leave."""
    length = middle.ts - middle.start
    return FairValueGap(
        ts=middle.ts + length,
        id=f"gap-{middle.interval}-1",
        interval=middle.interval,
        direction=direction,
        low=GOLD.price(low),
        high=GOLD.price(high),
        state="open",
        size=1.2,
        start=middle.start,
    )
