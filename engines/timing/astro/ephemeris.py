"""Where the bodies stand: apparent geocentric ecliptic longitudes of date, in degrees.

They come from astronomy-engine, which needs no data files: within 21 arc-seconds of DE421 over 2015 to 2035
(`tests/engines/timing/test_ephemeris.py` holds it to 30 against an independent one). A longitude takes a tenth of a
millisecond; the library is loaded with the first.
"""

from enum import StrEnum
from functools import lru_cache
from typing import Final

DAY_NS: Final = 86_400_000_000_000
_EPOCH_DAYS: Final = 10_957.5
"""Days from 1970 to the noon of 2000-01-01, which the library counts from."""


class Body(StrEnum):
    """The bodies that are followed, fastest first; those beyond Saturn move too little for a day trader."""

    MOON = "Moon"
    MERCURY = "Mercury"
    VENUS = "Venus"
    SUN = "Sun"
    MARS = "Mars"
    JUPITER = "Jupiter"
    SATURN = "Saturn"


@lru_cache(maxsize=4_096)
def longitude(body: Body, moment: int) -> float:
    """Return a body's longitude, 0 to 360, at a moment in ns UTC."""
    import astronomy  # noqa: PLC0415 - a tenth of a second that only the first trading day is to pay

    time = astronomy.Time(moment / DAY_NS - _EPOCH_DAYS)
    vector = astronomy.GeoVector(getattr(astronomy.Body, body.value), time, aberration=True)
    return float(astronomy.Ecliptic(vector).elon)


def turned(degrees: float) -> float:
    """Return an angle as -180 to 180."""
    return (degrees + 180.0) % 360.0 - 180.0
