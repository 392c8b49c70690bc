"""Places where a zone was said: the first line of each, one for all that say the same within ten minutes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from engines.events import Event, PassiveSide

AGAIN_NS: Final = 600_000_000_000
"""Said again at nearly the same price within this time, a zone is the same place."""
AGAIN_TICKS: Final = 3
_HELD_BY: Final[dict[str, PassiveSide]] = {"buy": "bid", "sell": "ask"}
"""The passive side that a direction speaks for."""

_ACCEPTED: Final = "broken"
"""The first line of a pool whose break was accepted: nothing was said to hold there."""

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A band of prices that is said to hold: `side` is the passive one, ticks include both ends."""

    kind: str
    id: str
    ts: int
    side: PassiveSide
    low: int
    high: int


class Places:
    """Hears the events of one session and keeps the places they name."""

    def __init__(self, ticks: Callable[[float], int]) -> None:
        """Hear prices that `ticks` turns into ticks."""
        self._ticks = ticks
        self._said: set[str] = set()
        self._kept: list[Place] = []

    def hear(self, events: Iterable[Event]) -> None:
        """Take events in the order in which they are said."""
        for event in events:
            read = _READ.get(str(event.__struct_config__.tag))
            if read is None:
                continue
            line: Line = msgspec.to_builtins(event)
            if line["id"] not in self._said and line["state"] != _ACCEPTED:
                self._said.add(line["id"])
                kind, side, prices = read(line)
                ticks = sorted(self._ticks(price) for price in prices)
                self._keep(Place(kind, line["id"], line["ts"], side, ticks[0], ticks[-1]))

    def all(self) -> list[Place]:
        """Return the places so far, oldest first."""
        return list(self._kept)

    def _keep(self, place: Place) -> None:
        for earlier in reversed(self._kept):
            if place.ts - earlier.ts > AGAIN_NS:
                break
            same = (earlier.kind, earlier.side) == (place.kind, place.side)
            if same and earlier.low - AGAIN_TICKS <= place.high and place.low <= earlier.high + AGAIN_TICKS:
                return
        self._kept.append(place)


def _iceberg(line: Line) -> tuple[str, PassiveSide, tuple[float, ...]]:
    return f"{line['tier']} icebergs", line["side"], (line["price"],)


def _absorption(line: Line) -> tuple[str, PassiveSide, tuple[float, ...]]:
    return "absorption", line["side"], (line["low"], line["high"])


def _sweep(line: Line) -> tuple[str, PassiveSide, tuple[float, ...]]:
    return "sweeps", _HELD_BY[line["direction"]], (line["pool"]["price"], line["extreme"])


_READ: Final[dict[str, Callable[[Line], tuple[str, PassiveSide, tuple[float, ...]]]]] = {
    "iceberg": _iceberg,
    "absorption": _absorption,
    "sweep": _sweep,
}
