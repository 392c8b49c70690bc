"""Displacement: a bar much wider and more one-sided than usual left a place or went through a level, and left a gap.

It is read when a fair value gap opens: the middle one of its three bars is the displacement. The level is the swing of
a `structure` line in its direction at one of those bars, or a place that the first two bars touched.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from engines.events import AggressorSide, Bar, Event, FairValueGap, Reason, StructureBreak
from engines.execution.entry_settings import TriggerSettings
from engines.execution.setup import SPEAKS_FOR, Ground
from engines.execution.triggers.places import Places
from engines.execution.triggers.sighting import Sighting
from engines.execution.triggers.usual import UsualBars
from feeds.instrument import Instrument

_KEPT: Final = 4
"""Bars of an interval that a new gap may be made of, and one before."""


class _Told(NamedTuple):
    """A bar with how wide and how large its delta were, in multiples of the usual; a delta's side with it."""

    bar: Bar
    low: int
    high: int
    wide: float
    pressed: float
    side: AggressorSide | None


class _Interval:
    def __init__(self) -> None:
        self.usual = UsualBars()
        self.bars: deque[_Told] = deque(maxlen=_KEPT)
        self.broken: StructureBreak | None = None


class Displacements:
    """Judges the bar behind each new fair value gap."""

    def __init__(self, instrument: Instrument, settings: TriggerSettings, places: Places) -> None:
        """Start before the first bar; places are whoever's that makes triggers hear."""
        self._tick = instrument.tick_size
        self._settings = settings
        self._places = places
        self._intervals: dict[str, _Interval] = {}

    def hear(self, event: Event) -> Iterable[Sighting]:
        """Take a line of the log; return what it completes."""
        if isinstance(event, Bar):
            if event.complete:
                self._close(event)
        elif isinstance(event, StructureBreak):
            self._intervals.setdefault(event.interval, _Interval()).broken = event
        elif isinstance(event, FairValueGap) and event.state == "open":
            return self._judge(event)
        return ()

    def _close(self, bar: Bar) -> None:
        one = self._intervals.setdefault(bar.interval, _Interval())
        high, low = round(bar.high / self._tick), round(bar.low / self._tick)
        usual, delta = one.usual.range.ticks, one.usual.delta
        side: AggressorSide | None = None
        if bar.delta:
            side = "buy" if bar.delta > 0 else "sell"
        pressed = abs(bar.delta or 0) / delta if delta else 0.0
        one.bars.append(_Told(bar, low, high, (high - low) / usual if usual else 0.0, pressed, side))
        one.usual.close(bar, high, low)

    def _judge(self, gap: FairValueGap) -> Iterable[Sighting]:
        one = self._intervals.get(gap.interval)
        if one is None:
            return ()
        bars = list(one.bars)
        at = next((number for number, told in enumerate(bars) if told.bar.start == gap.start), None)
        if not at:  # unknown, or the first of its gap is
            return ()
        middle, settings = bars[at], self._settings
        if middle.side != gap.direction or middle.wide < settings.wide or middle.pressed < settings.pressed:
            return ()
        origin = self._level(one, gap, middle) or self._place(gap.direction, bars[at - 1], middle)
        if origin is None:
            return ()
        text = f"{gap.interval} bar {middle.wide:.1f} times as wide, delta {middle.pressed:.1f} times as large as usual"
        bar = Reason("displacement", text, round(middle.wide, 2), "bar", middle.bar.ts, gap.interval)
        left = Reason("gap", f"{gap.size:.1f} average ranges high", gap.size, "gap", gap.ts, gap.id)
        ground = Ground(round(gap.low / self._tick), round(gap.high / self._tick))
        return (
            Sighting("displacement", gap.direction, gap.ts, ground, (bar, left, origin), by_limit=True, zone=gap.id),
        )

    def _level(self, one: _Interval, gap: FairValueGap, middle: _Told) -> Reason | None:
        """Return the break of structure that one of the newest two bars made in the gap's direction."""
        broken = one.broken
        if broken is None or broken.direction != gap.direction or broken.ts < middle.bar.ts:
            return None
        text = f"{broken.interval} {broken.what.upper()}"
        return Reason("structure break", text, broken.price, "structure", broken.ts, broken.interval)

    def _place(self, side: AggressorSide, first: _Told, middle: _Told) -> Reason | None:
        """Return the place of the gap's side that the bars before it left, the newest told of first."""
        low, high = min(first.low, middle.low), max(first.high, middle.high)
        left = [
            place
            for place in self._places
            if SPEAKS_FOR[place.side] == side
            and place.since <= middle.bar.ts
            and (low <= place.ground.high < middle.high if side == "buy" else middle.low < place.ground.low <= high)
        ]
        return max(left, key=lambda place: (place.ts, place.id)).reason() if left else None
