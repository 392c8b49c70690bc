"""Swings, breaks of structure and fair value gaps of several intervals, as events and marks."""

from dataclasses import dataclass
from typing import Final

from engines.events import Event, FairValueGap, StructureBreak
from engines.timing.average_range import AverageRange
from engines.timing.gaps import Gap, Gaps
from engines.timing.structure import Break, Structure
from engines.timing.swings import ClosedBar, Swing
from engines.view import Evidence, ZoneMark
from feeds.instrument import Instrument

_LEAST_GAP: Final = 1
_DIGITS: Final = 3


@dataclass(frozen=True, slots=True)
class StructureSettings:
    """Settings of structure.

    Attributes:
        intervals: Bars that swings, breaks and gaps are told of.
        wing: Bars on each side of a swing.
        least_gap: Smallest fair value gap, in average ranges of its interval's bars.
        gaps_near: Gaps are marked within so many average ranges of the market.
    """

    intervals: tuple[str, ...] = ("1m", "5m", "15m")
    wing: int = 2
    least_gap: float = 0.5
    gaps_near: float = 10.0


class _Interval:
    """The engines of one interval."""

    def __init__(self, wing: int) -> None:
        self.structure = Structure(wing)
        self.gaps = Gaps()
        self.range = AverageRange()
        self.sizes: dict[int, float] = {}


class MarketStructure:
    """Structure of one instrument."""

    def __init__(self, instrument: Instrument, settings: StructureSettings) -> None:
        """Start before the first bar."""
        self._instrument = instrument
        self._settings = settings
        self._intervals = {interval: _Interval(settings.wing) for interval in settings.intervals}
        self._last: int | None = None

    def begin_day(self) -> None:
        """Start a trading day: no gap reaches over its boundary."""
        for one in self._intervals.values():
            one.gaps.begin_day()

    def close(self, interval: str, bar: ClosedBar) -> tuple[list[Swing], list[Event]]:
        """Take a closed bar of an interval; return the swings it confirms and what is to be said."""
        self._last = bar.close
        one = self._intervals.get(interval)
        if one is None:
            return [], []
        swings, breaks = one.structure.close(bar)
        events: list[Event] = [self._break(interval, broken) for broken in breaks] if breaks else []
        average = one.range.ticks
        for gap in one.gaps.close(bar, one.range.times(self._settings.least_gap, _LEAST_GAP)):
            if gap.state == "open" and gap.number not in one.sizes:
                one.sizes[gap.number] = round(gap.size / (average or gap.size), _DIGITS)
            events.append(self._gap(interval, gap, one.sizes[gap.number]))
            if gap.state in {"filled", "expired"}:
                del one.sizes[gap.number]
        one.range.close(bar.high, bar.low)
        return swings, events

    def marks(self) -> tuple[ZoneMark, ...]:
        """Return the gaps near the market that are not filled, oldest first."""
        found = [
            (gap, interval, one.sizes[gap.number])
            for interval, one in self._intervals.items()
            for gap in one.gaps.open
            if self._is_near(gap, one.range)
        ]
        return tuple(self._mark(gap, interval, size) for gap, interval, size in sorted(found, key=_known))

    def _is_near(self, gap: Gap, average: AverageRange) -> bool:
        if self._last is None or average.ticks is None:
            return False
        away = max(gap.low - self._last, self._last - gap.high, 0)
        return away <= self._settings.gaps_near * average.ticks

    def _break(self, interval: str, broken: Break) -> StructureBreak:
        return StructureBreak(
            ts=broken.known,
            interval=interval,
            what=broken.kind,
            direction=broken.direction,
            price=self._instrument.price(broken.swing.tick),
            close=self._instrument.price(broken.close),
            swing_start=broken.swing.start,
        )

    def _gap(self, interval: str, gap: Gap, size: float) -> FairValueGap:
        return FairValueGap(
            ts=gap.changed,
            id=_gap_id(interval, gap),
            interval=interval,
            direction=gap.direction,
            low=self._instrument.price(gap.low),
            high=self._instrument.price(gap.high),
            state=gap.state,
            size=size,
            start=gap.start,
        )

    def _mark(self, gap: Gap, interval: str, size: float) -> ZoneMark:
        return ZoneMark(
            id=_gap_id(interval, gap),
            kind="gap",
            label=f"{interval} {'bullish' if gap.direction == 'buy' else 'bearish'} gap",
            side="bid" if gap.direction == "buy" else "ask",
            low=gap.low,
            high=gap.high,
            first_ts=gap.known,
            last_ts=gap.changed,
            state=gap.state,
            live=True,
            score=None,
            evidence=(Evidence("height", f"{gap.size} ticks, {size:.1f} average ranges", gap.known),),
        )


def _known(found: tuple[Gap, str, float]) -> int:
    return found[0].known


def _gap_id(interval: str, gap: Gap) -> str:
    return f"gap-{interval}-{gap.number}"
