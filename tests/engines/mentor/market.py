"""A market told in five-minute bars, with the longer bars they make, and its mirror."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from engines.events import Absorption, AbsorptionState, AggressorSide, PassiveSide, Phase, StructureBreak
from engines.mentor.phase import PhaseReading
from engines.mentor.phase_bars import PhaseBar
from engines.mentor.phase_features import PhaseSettings
from engines.timing.trading_day import trading_day
from feeds.instrument import Instrument

GOLD: Final = Instrument("GCZ6", 1, 100_000_000, 100.0)
MINUTE: Final = 60_000_000_000
FIVE: Final = 5 * MINUTE
START: Final = trading_day(1_791_201_600_000_000_000).start
"""Begin of the trading day of Monday 2026-10-05, a full hour."""
_LONGER: Final = (("1h", 12), ("15m", 3))


@dataclass(frozen=True, slots=True)
class Told:
    """One five-minute bar: ticks, lots; `value` is the day's value area as it closed."""

    close: int
    delta: int | None = 0
    open: int | None = None
    reach: int = 2
    value: tuple[int, int] | None = None

    def mirrored(self) -> "Told":
        """Return the same with prices and sides turned over."""
        return replace(
            self,
            close=-self.close,
            delta=None if self.delta is None else -self.delta,
            open=None if self.open is None else -self.open,
            value=None if self.value is None else (-self.value[1], -self.value[0]),
        )


class Market:
    """One reading, and what it said; bars follow each other without a gap from `start`."""

    def __init__(self, settings: PhaseSettings | None = None, start: int = START) -> None:
        self.reading = PhaseReading(GOLD, settings)
        self.reading.begin_day(trading_day(start))
        self.said: list[Phase] = []
        self.clock = start
        self.bars: list[PhaseBar] = []
        self._last: int | None = None

    def tell(self, told: Iterable[Told]) -> "Market":
        """Close bars, and before each the longer ones that end with it."""
        for one in told:
            bar = self._bar(one)
            self.bars.append(bar)
            self.clock = bar.end
            for interval, count in _LONGER:
                if (bar.end - START) % (count * FIVE) == 0:
                    self.said += self.reading.close(interval, joined(interval, self.bars[-count:]))
            self.said += self.reading.close("5m", bar)
        return self

    def rest(self, ticks: int = 0) -> "Market":
        """Begin the next trading day, `ticks` higher."""
        self.clock += 24 * 60 * MINUTE - (self.clock - START) % (24 * 60 * MINUTE)
        self.reading.begin_day(trading_day(self.clock))
        self._last = None if self._last is None else self._last + ticks
        return self

    def now(self) -> tuple[str, AggressorSide | None] | None:
        """Phase and side in force."""
        mark = self.reading.mark()
        return None if mark is None else (mark.phase, mark.direction)

    def _bar(self, one: Told) -> PhaseBar:
        before = one.close if self._last is None else self._last
        opened = before if one.open is None else one.open
        self._last = one.close
        high, low = max(opened, one.close) + one.reach, min(opened, one.close) - one.reach
        end = self.clock + FIVE
        return PhaseBar(self.clock, end, opened, high, low, one.close, 100, one.delta, one.delta, one.value, "5m", end)


def joined(interval: str, bars: Sequence[PhaseBar]) -> PhaseBar:
    """Return the longer bar that bars make."""
    deltas = [bar.delta for bar in bars if bar.delta is not None]
    return msgspec.structs.replace(
        bars[-1],
        start=bars[0].start,
        open=bars[0].open,
        high=max(bar.high for bar in bars),
        low=min(bar.low for bar in bars),
        volume=sum(bar.volume for bar in bars),
        delta=sum(deltas) if len(deltas) == len(bars) else None,
        value=None,
        said_as=interval,
    )


def absorbed(
    ts: int,
    side: PassiveSide,
    tick: int,
    lots: int,
    number: int = 1,
    state: AbsorptionState = "formed",
    score: float = 1.0,
) -> Absorption:
    """Return a line of absorption at one price."""
    return Absorption(
        ts=ts,
        id=f"absorption-{number}",
        side=side,
        low=GOLD.price(tick),
        high=GOLD.price(tick),
        volume=lots,
        progress=1,
        refill_ratio=1.4,
        volume_z=4.5,
        impact_z=0.8,
        touches=1,
        native_share=None,
        score=score,
        state=state,
        reason="",
    )


def broke(
    ts: int, direction: AggressorSide, tick: int, interval: str = "5m", close: int | None = None
) -> StructureBreak:
    """Return a break of structure by a bar that closed a tick beyond it, or at `close`."""
    if close is None:
        close = tick + (1 if direction == "buy" else -1)
    return StructureBreak(
        ts=ts,
        interval=interval,
        what="bos",
        direction=direction,
        price=GOLD.price(tick),
        close=GOLD.price(close),
        swing_start=ts - 10 * FIVE,
    )
