"""When the mentor reads between the ends of bars, and at what price.

What stands near price changes within minutes: a sweep comes back, a price absorbs, a remembered zone is touched. A
reading follows each within a moment, at the price that traded last, and while a score is high one follows every second
that trades. Between two of them lies a second at least. All of it goes by the records' own times.
"""

from typing import Final

from engines.book.layout import NEVER, SECOND_NS, RecordArray

_SETTLES: Final = SECOND_NS // 4
"""So long after something happened it is read, ns: one burst may tell of an iceberg, of absorption and of a sweep."""
_APART: Final = SECOND_NS
"""Least time between a reading and one that is not at a bar's end, ns."""


class TradedPrices:
    """What traded since the newest reading, and the price before it."""

    def __init__(self) -> None:
        """Start before the first trade."""
        self._before: tuple[int, int] | None = None
        self._stretches: list[tuple[RecordArray, RecordArray, int]] = []
        """Clocks and ticks of the trades of each stretch, and the last clock."""

    def take(self, trades: RecordArray) -> None:
        """Take TRADE rows, which lie in the order of their clocks."""
        if len(trades):
            clocks = trades["clock"].copy()
            self._stretches.append((clocks, trades["tick"].copy(), int(clocks[-1])))

    def last(self, ts: int) -> tuple[int, int] | None:
        """Return clock and tick of the last trade at or before a time; None where none is known."""
        for clocks, ticks, _ in reversed(self._stretches):
            count = int(clocks.searchsorted(ts, "right"))
            if count:
                return int(clocks[count - 1]), int(ticks[count - 1])
        return self._before

    def first_after(self, ts: int) -> int:
        """Return the clock of the first trade after a time that is not forgotten; NEVER before one is known."""
        for clocks, _, _ in self._stretches:
            place = int(clocks.searchsorted(ts, "right"))
            if place < len(clocks):
                return int(clocks[place])
        return NEVER

    def forget(self, until: int) -> None:
        """Forget all but the last of the trades at or before a time."""
        stretches = self._stretches
        if stretches and stretches[0][2] <= until:
            self._before = self.last(until)
            self._stretches = [stretch for stretch in stretches if stretch[2] > until]


class ReadingTimes:
    """When the next reading is due that is not at a bar's end; the first one of all is at one.

    Attributes:
        due: When what happened since the newest reading is to be read; NEVER where nothing of weight did.
    """

    def __init__(self) -> None:
        """Start before the first reading."""
        self.due = NEVER
        self._newest = NEVER

    def stir(self, ts: int) -> None:
        """Hear that something of weight happened; times never go back."""
        if self.due == NEVER != self._newest:
            self.due = max(ts + _SETTLES, self._newest + _APART)

    def note(self, ts: int) -> None:
        """Hear that a reading was made of all that happened by then."""
        self._newest, self.due = ts, NEVER

    def watched(self, prices: TradedPrices) -> int:
        """Return when the next one is due where whatever trades asks for one; NEVER before anything does."""
        if self._newest == NEVER:
            return NEVER
        traded = prices.first_after(self._newest)
        return self.due if traded == NEVER else min(self.due, max(traded, self._newest + _APART))
