"""Comparable places: moments at such a time of the day, so far from VWAP, under such pressure, without a zone.

"Support held six times of ten" says nothing by itself: from any price the market goes up before it goes down about as
often. So each place is compared with the moments of the same recording that are most like the one in which it was said,
and had no zone of that side nearby.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from qmo_tui.evaluation.holding.path import MINUTE_NS, Path, Whole
from qmo_tui.evaluation.holding.places import Place

MOST: Final = 20
"""Controls of one place."""
LEAST: Final = 5
"""With fewer a place is not compared."""
_DAY_NS: Final = 24 * 60 * MINUTE_NS
_TIME_NS: Final = 30 * MINUTE_NS
"""A control lies within so much of the same time of the day ..."""
_VWAP_RANGES: Final = 2.0
"""... so many usual ranges of the same distance from VWAP ..."""
_PRESSURE: Final = np.log(2.0)
"""... and has half to twice the pressure."""
_APART_NS: Final = 2 * MINUTE_NS
"""Controls lie so far apart, and so far from every place of the same side."""


class Controls:
    """Finds the controls of places in one path."""

    def __init__(self, path: Path, places: Sequence[Place]) -> None:
        self._path = path
        self._vwaps = path.vwaps()
        self._pressure = {"bid": path.pressure("bid"), "ask": path.pressure("ask")}
        seconds = path.times // 1_000_000_000
        self._lasts: Whole = np.flatnonzero(np.diff(seconds, append=-1))
        self._taken = {side: np.array([place.ts for place in places if place.side == side]) for side in ("bid", "ask")}

    def of(self, place: Place, at: int, usual_range: float) -> list[int]:
        """Return the numbers of up to `MOST` trades, most alike first, for a place said after trade `at`."""
        path, vwaps, pressure = self._path, self._vwaps, np.log1p(self._pressure[place.side])
        lasts = self._free(place)
        apart = np.abs(path.times[lasts] - path.times[at]) % _DAY_NS
        features = (
            np.minimum(apart, _DAY_NS - apart) / _TIME_NS,
            np.abs((path.ticks - vwaps)[lasts] - (path.ticks[at] - vwaps[at])) / (_VWAP_RANGES * usual_range),
            np.abs(pressure[lasts] - pressure[at]) / _PRESSURE,
        )
        alike = np.all([feature <= 1 for feature in features], axis=0)
        distance = np.sum([feature**2 for feature in features], axis=0)
        chosen: list[int] = []
        for number in lasts[alike][np.argsort(distance[alike], kind="stable")].tolist():
            if all(abs(path.times[number] - path.times[other]) >= _APART_NS for other in chosen):
                chosen.append(number)
            if len(chosen) == MOST:
                break
        return chosen

    def _free(self, place: Place) -> Whole:
        """Return the last trade of each second in which no place of that side had just been said, or was about to."""
        times = self._path.times[self._lasts]
        taken = np.sort(self._taken[place.side])
        nearest = np.searchsorted(taken, times)
        before = times - taken[np.maximum(nearest - 1, 0)]
        after = taken[np.minimum(nearest, len(taken) - 1)] - times
        return np.asarray(self._lasts[(np.abs(before) >= _APART_NS) & (np.abs(after) >= _APART_NS)], np.int64)
