"""Break and retest: a level was broken, price left it, and its first return held.

A level is the swing of a `structure` line, or the pool of a break that the market accepted. A close `away` beyond it,
of the bar that broke it or of a minute after it, makes it one to come back to; the first minutes that come within
`near` of it are the return. The return held with a minute that closes `hold` away again, and failed with one that
closes on the wrong side.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from engines.book.layout import MINUTE_NS
from engines.events import AggressorSide, Bar, Event, Reason, StructureBreak, Sweep
from engines.execution.entry_settings import TriggerSettings
from engines.execution.setup import SIGNS, Ground
from engines.execution.triggers.sighting import Sighting
from engines.execution.triggers.usual import UsualBars
from feeds.instrument import Instrument

_MINUTE: Final = "1m"
_MOST: Final = 64
"""Levels watched at once."""


@dataclass(slots=True)
class _Level:
    """A broken level: `left` once price went away from it, `deepest` the farthest price of its return."""

    side: AggressorSide
    tick: int
    ts: int
    reason: Reason
    left: bool = False
    deepest: int | None = None


class BreakRetests:
    """Watches broken levels until their first return is decided."""

    def __init__(self, instrument: Instrument, settings: TriggerSettings, minutes: UsualBars) -> None:
        """Start with none; usual minutes are whoever's that makes triggers hear."""
        self._tick = instrument.tick_size
        self._settings = settings
        self._usual = minutes
        self._levels: list[_Level] = []

    def hear(self, event: Event) -> Iterable[Sighting]:
        """Take a line of the log; return what it completes."""
        if isinstance(event, StructureBreak):
            text = f"{event.interval} {event.what.upper()} {'up' if event.direction == 'buy' else 'down'}"
            reason = Reason("structure break", text, event.price, "structure", event.ts, event.interval)
            self._watch(event.direction, event.price, event.close, reason)
        elif isinstance(event, Sweep) and event.state == "broken":
            reason = Reason("pool broken", event.pool.label, event.pool.price, "sweep", event.ts, event.id)
            self._watch(event.direction, event.pool.price, event.pool.price, reason)
        elif isinstance(event, Bar) and event.interval == _MINUTE and event.complete:
            return self._close(event)
        return ()

    def _watch(self, side: AggressorSide, price: float, close: float, reason: Reason) -> None:
        """Watch a level; a bar that broke it and closed far enough beyond has left it at once."""
        tick, usual = round(price / self._tick), self._usual.range.ticks
        beyond = SIGNS[side] * (round(close / self._tick) - tick)
        left = usual is not None and beyond >= self._settings.away * usual
        kept = [level for level in self._levels if (level.side, level.tick) != (side, tick)]
        self._levels = [*kept, _Level(side, tick, reason.ts, reason, left)][-_MOST:]

    def _close(self, bar: Bar) -> list[Sighting]:
        high, low, close = (round(price / self._tick) for price in (bar.high, bar.low, bar.close))
        usual = self._usual.range.ticks
        oldest = bar.ts - self._settings.retest_minutes * MINUTE_NS
        self._levels = [level for level in self._levels if level.ts >= oldest]
        if usual is None:
            return []
        found = []
        for level in self._levels[:]:
            extreme = low if level.side == "buy" else high
            decided = self._decide(level, extreme, close, usual)
            if decided is None:
                continue
            self._levels.remove(level)
            if decided:
                found.append(self._sighted(level, bar.ts, close, usual))
        return found

    def _decide(self, level: _Level, extreme: int, close: int, usual: float) -> bool | None:
        """Take a minute; return whether the return held, None while it is not decided."""
        sign, settings = SIGNS[level.side], self._settings
        beyond = sign * (close - level.tick) / usual
        if not level.left:
            level.left = beyond >= settings.away
            return False if beyond < 0 else None
        if sign * (extreme - level.tick) <= settings.near * usual:
            level.deepest = extreme if level.deepest is None else sign * min(sign * extreme, sign * level.deepest)
        if beyond < 0:
            return False
        return True if level.deepest is not None and beyond >= settings.hold else None

    def _sighted(self, level: _Level, ts: int, close: int, usual: float) -> Sighting:
        deepest = level.tick if level.deepest is None else level.deepest
        ground = Ground(min(deepest, level.tick), max(deepest, level.tick))
        held = SIGNS[level.side] * (close - level.tick) / usual
        bar = Reason("retest held", f"closed {held:.1f} minute ranges beyond", round(held, 2), "bar", ts, _MINUTE)
        zone = level.reason.id if level.reason.kind == "sweep" else None
        return Sighting("break_retest", level.side, ts, ground, (level.reason, bar), zone=zone)
