"""What levels are measured from: ranges that are over, and the newest confirmed swings.

| anchor | range | known |
|---|---|---|
| `prior week`, `prior day` | of the trading week and day before | when the next one begins |
| `New York`, `London`, `Asia` | of that session, the newest that is over | at its end |
| `1h swing`, `15m swing` | from the newest confirmed swing high to the newest swing low | at the close that confirms |

Ranges are read from bars of 15 minutes, at whose borders all sessions begin and end; one counts only if the data held
it from its beginning.
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from engines.timing.sessions import sessions_of
from engines.timing.swings import ClosedBar, Swings
from engines.timing.trading_day import TradingDay

RANGE_INTERVAL: Final = "15m"
_LATE_NS: Final = 15 * 60 * 1_000_000_000
"""A range is whole if its first bar begins at most so long after it."""
_FOREVER: Final = 2**63 - 1
_MONDAY: Final = 0
_INTERVALS: Final = {"15m swing": "15m", "1h swing": "1h"}


class Anchor(NamedTuple):
    """A range that levels are measured from; prices in ticks.

    Attributes:
        name: `1h swing`, `prior day`, `London` ...; what a trader pins may have any name.
        low_start: Begin of the bar that made the low, ns.
        high_start: The same of the high.
        interval: `15m` or `1h`: the bars that its angles are counted in.
    """

    name: str
    low: int
    high: int
    low_start: int
    high_start: int
    interval: str = "1h"


@dataclass(slots=True)
class _Range:
    """A stretch of time and what it has traded; `began` is the start of its first bar."""

    name: str
    start: int
    end: int
    began: int | None = None
    low: int = 0
    high: int = 0
    low_start: int = 0
    high_start: int = 0

    def take(self, bar: ClosedBar) -> None:
        """Add a bar."""
        if self.began is None:
            self.began = self.low_start = self.high_start = bar.start
            self.low, self.high = bar.low, bar.high
            return
        if bar.low < self.low:
            self.low, self.low_start = bar.low, bar.start
        if bar.high > self.high:
            self.high, self.high_start = bar.high, bar.start

    def anchor(self) -> Anchor | None:
        """Return it as an anchor; None where the data did not hold it from its beginning, or nothing moved in it."""
        if self.began is None or self.began > self.start + _LATE_NS or self.low == self.high:
            return None
        return Anchor(self.name, self.low, self.high, self.low_start, self.high_start)


class RangeAnchors:
    """Ranges of sessions, days and weeks, told as they end."""

    def __init__(self) -> None:
        """Start before the first day."""
        self._running: list[_Range] = []
        self._week: _Range | None = None

    def begin_day(self, day: TradingDay) -> list[Anchor]:
        """Start a trading day; return the ranges that are over by it."""
        ended = self._running
        is_monday = day.date.weekday() == _MONDAY
        if is_monday or self._week is None:
            ended = [*ended, *([self._week] if self._week is not None else [])]
            self._week = _Range("prior week", day.start if is_monday else 0, _FOREVER)
        self._running = [
            *(
                _Range(window.name, window.start, window.end)
                for window in sessions_of(day)
                if window.name != "overnight"
            ),
            _Range("prior day", day.start, day.end),
        ]
        return _anchors(ended)

    def close(self, bar: ClosedBar) -> list[Anchor]:
        """Take a closed bar of 15 minutes; return the ranges that are over by it."""
        ended: list[_Range] = []
        for one in self._running:
            if one.start <= bar.start < one.end:
                one.take(bar)
            if bar.end >= one.end and one.name != "prior day":
                ended.append(one)
        for one in ended:
            self._running.remove(one)
        if self._week is not None:
            self._week.take(bar)
        return _anchors(ended)


def _anchors(ranges: list[_Range]) -> list[Anchor]:
    found = (one.anchor() for one in ranges)
    return [anchor for anchor in found if anchor is not None]


@dataclass(slots=True)
class SwingAnchor:
    """The newest confirmed swing high and low of one interval."""

    interval: str
    swings: Swings
    low: tuple[int, int] | None = field(default=None)
    high: tuple[int, int] | None = field(default=None)

    def close(self, bar: ClosedBar) -> Anchor | None:
        """Take a closed bar; return the range of its swings where it changes."""
        found = self.swings.close(bar)
        if not found:
            return None
        for swing in found:
            if swing.side == "high":
                self.high = swing.tick, swing.start
            else:
                self.low = swing.tick, swing.start
        if self.low is None or self.high is None or self.low[0] >= self.high[0]:
            return None
        return Anchor(f"{self.interval} swing", self.low[0], self.high[0], self.low[1], self.high[1], self.interval)
