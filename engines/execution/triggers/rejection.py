"""Rejection: price came to a place where somebody stands, and left it again on the side that the place holds.

Read at the close of each minute: within the newest minutes one traded at the place's near edge, none traded more than
`through` beyond its far edge, and the newest closed at least `leave` away from it. One touch is rejected once.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from engines.events import AggressorSide, Bar, Event, Reason
from engines.execution.entry_settings import TriggerSettings
from engines.execution.setup import SPEAKS_FOR, Ground
from engines.execution.triggers.places import Place, PlaceKind, Places
from engines.execution.triggers.sighting import Sighting
from engines.execution.triggers.usual import UsualBars
from engines.view import ZoneMark
from feeds.instrument import Instrument

_MINUTE: Final = "1m"
_MOST_REASONS: Final = 4
_RANK: Final[dict[PlaceKind, int]] = {"absorption": 0, "iceberg": 1, "memory": 2, "pool": 3}
"""Of several places that reject at once, the setup stands on the first."""


class _Minute(NamedTuple):
    end: int
    high: int
    low: int
    close: int


class Rejections:
    """Watches places until price leaves one."""

    def __init__(self, instrument: Instrument, settings: TriggerSettings, places: Places, minutes: UsualBars) -> None:
        """Start before the first minute; places and usual minutes are whoever's that makes triggers hear."""
        self._instrument = instrument
        self._settings = settings
        self._places = places
        self._usual = minutes
        self._minutes: deque[_Minute] = deque(maxlen=settings.touch_minutes)
        self._rejected: dict[str, int] = {}
        self._pools_seen = 0

    def hear(self, event: Event) -> Iterable[Sighting]:
        """Take a line of the log; return what it completes."""
        if not isinstance(event, Bar) or event.interval != _MINUTE or not event.complete:
            return ()
        high, low, close = map(self._instrument.ticks, (event.high, event.low, event.close))
        if event.gap:
            self._minutes.clear()
        self._minutes.append(_Minute(event.ts, high, low, close))
        return self._look(self._places)

    def look_at_pools(self, zones: Iterable[ZoneMark]) -> Iterable[Sighting]:
        """Return which pools of the view the newest minute rejects: the log has no lines of them. Once a minute."""
        if not self._minutes or self._minutes[-1].end <= self._pools_seen:
            return ()
        self._pools_seen = self._minutes[-1].end
        return self._look(_pool(zone) for zone in zones if zone.kind == "pool" and zone.live)

    def _look(self, places: Iterable[Place]) -> list[Sighting]:
        usual = self._usual.range.ticks
        if usual is None:
            return []
        rejecting: dict[AggressorSide, list[Place]] = {}
        for place in places:
            if self._counts(place) and self._rejects(place, usual):
                rejecting.setdefault(SPEAKS_FOR[place.side], []).append(place)
        return [self._sighted(side, found, usual) for side, found in rejecting.items()]

    def _counts(self, place: Place) -> bool:
        settings = self._settings
        if place.kind == "iceberg":
            volume = self._usual.volume
            return volume is not None and place.weight >= settings.least_iceberg * volume
        if place.kind == "memory":
            return place.weight >= settings.least_memory
        return place.kind != "pool" or place.weight >= settings.least_pool

    def _rejects(self, place: Place, usual: float) -> bool:
        sign = 1 if place.side == "bid" else -1
        near = place.ground.near(SPEAKS_FOR[place.side])
        far = place.ground.far(SPEAKS_FOR[place.side])
        deepest = [minute.low if sign > 0 else minute.high for minute in self._minutes]
        done = self._rejected.get(place.id, 0)
        touched = any(
            sign * (near - price) >= 0 and minute.end > done and minute.end >= place.since
            for price, minute in zip(deepest, self._minutes, strict=True)
        )
        is_through = any(sign * (far - price) > self._settings.through * usual for price in deepest)
        return touched and not is_through and sign * (self._minutes[-1].close - near) >= self._settings.leave * usual

    def _sighted(self, side: AggressorSide, places: list[Place], usual: float) -> Sighting:
        oldest, newest = self._minutes[0], self._minutes[-1]
        self._rejected = {place: end for place, end in self._rejected.items() if end >= oldest.end}
        for place in places:
            self._rejected[place.id] = newest.end
        places.sort(key=lambda place: (_RANK[place.kind], -place.weight, place.id))
        first = places[0]
        left = abs(newest.close - first.ground.near(side)) / usual
        text = f"closed {left:.1f} minute ranges from {first.name}"
        bar = Reason("rejection", text, round(left, 2), "bar", newest.end, _MINUTE)
        others = (place.reason() for place in places[: _MOST_REASONS - 1] if place.kind != "pool")
        zone = None if first.kind == "pool" else first.id
        return Sighting("rejection", side, newest.end, self._ground(side, first), (bar, *others), zone=zone)

    def _ground(self, side: AggressorSide, place: Place) -> Ground:
        """Return the place, deeper where price traded through it and came back."""
        if side == "buy":
            return Ground(min(place.ground.low, *(minute.low for minute in self._minutes)), place.ground.high)
        return Ground(place.ground.low, max(place.ground.high, *(minute.high for minute in self._minutes)))


def _pool(zone: ZoneMark) -> Place:
    return Place(
        zone.id,
        "pool",
        zone.side,
        Ground(zone.low, zone.high),
        zone.first_ts,
        zone.last_ts,
        zone.score or 0.0,
        zone.label,
    )
