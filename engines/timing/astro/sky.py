"""What happens in the sky, to the second: aspects, quarters of the Moon, stations and ingresses of one UTC day.

All come from root-finding on longitudes: within a day no two bodies pass more than one of the aspects looked for, so a
change of sign between midnight and midnight brackets each exactly.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import combinations
from typing import Final

from engines.book.layout import HOUR_NS
from engines.timing.astro.ephemeris import DAY_NS, Body, longitude, turned

ASPECTS: Final = {0: "conjunction", 60: "sextile", 90: "square", 120: "trine", 180: "opposition"}
"""Major aspects, by the angle between two bodies in degrees."""
QUARTERS: Final = {0: "new Moon", 90: "first quarter", 180: "full Moon", 270: "last quarter"}
"""By how far the Moon is ahead of the Sun, in degrees."""
SIGNS: Final = (
    "Aries",
    "Taurus",
    "Gemini",
    "Cancer",
    "Leo",
    "Virgo",
    "Libra",
    "Scorpio",
    "Sagittarius",
    "Capricorn",
    "Aquarius",
    "Pisces",
)
_SIGN_DEGREES: Final = 30.0
_EXACT_NS: Final = 1_000_000_000
"""Roots are found to the second, in which the Moon moves half an arc-second."""
_YEAR_DAYS: Final = 368
_MOST_STEPS: Final = 60


class SkyKind(StrEnum):
    """What kind of moment it is."""

    QUARTER = "quarter"
    MOON_ASPECT = "Moon aspect"
    ASPECT = "aspect"
    STATION = "station"
    INGRESS = "ingress"


@dataclass(frozen=True, slots=True, order=True)
class SkyEvent:
    """One exact moment, in ns UTC to the second; `bodies` are the one or two that it is about."""

    ts: int
    kind: SkyKind
    name: str
    bodies: tuple[Body, ...]


Angle = Callable[[int], float]
"""An angle in degrees, -180 to 180, at a moment; 0 is what is looked for."""


def year_from(moment: int) -> Iterator[tuple[SkyEvent, ...]]:
    """Yield what happens on each day of a year from a moment (ns UTC) on, and keep it; it takes most of a second.

    It begins two days earlier, whose windows may still be in force.
    """
    first = moment // DAY_NS - 2
    return (sky_of(day) for day in range(first, first + _YEAR_DAYS))


@lru_cache(maxsize=1_024)
def sky_of(day: int) -> tuple[SkyEvent, ...]:
    """Return what happens on a UTC day, numbered from 1970, in order."""
    begin = day * DAY_NS
    return tuple(sorted((*_quarters(begin), *_aspects(begin), *_stations(begin), *_ingresses(begin))))


def _quarters(begin: int) -> Iterator[SkyEvent]:
    for degrees, name in QUARTERS.items():
        ts = _root(_apart(Body.MOON, Body.SUN, degrees), begin)
        if ts is not None:
            yield SkyEvent(ts, SkyKind.QUARTER, name, (Body.MOON, Body.SUN))


def _aspects(begin: int) -> Iterator[SkyEvent]:
    for one, other in combinations(Body, 2):
        kind = SkyKind.MOON_ASPECT if one is Body.MOON else SkyKind.ASPECT
        first, last = (_apart(one, other, 0)(ts) for ts in (begin, begin + DAY_NS))
        for degrees, name in ASPECTS.items():
            if (one, other) == (Body.MOON, Body.SUN) and degrees % 90 == 0:
                continue  # told as a quarter
            for ahead in {degrees, -degrees % 360}:
                if not _passes_zero(turned(first - ahead), turned(last - ahead)):
                    continue
                ts = _root(_apart(one, other, ahead), begin)
                if ts is not None:
                    yield SkyEvent(ts, kind, f"{one} {name} {other}", (one, other))


def _stations(begin: int) -> Iterator[SkyEvent]:
    for body in Body:
        if body in (Body.SUN, Body.MOON):
            continue  # never retrograde
        if _moves_on(body, begin):
            continue
        ts = _root(_speed(body), begin)
        if ts is not None:
            retrograde = _speed(body)(begin) > 0
            yield SkyEvent(ts, SkyKind.STATION, f"{body} turns {'retrograde' if retrograde else 'direct'}", (body,))


def _moves_on(body: Body, begin: int) -> bool:
    """Whether a body moves the same way on the day before and the day after; turns are weeks apart."""
    before, first, last, after = (longitude(body, begin + days * DAY_NS) for days in (-1, 0, 1, 2))
    return (turned(first - before) > 0) == (turned(after - last) > 0)


def _ingresses(begin: int) -> Iterator[SkyEvent]:
    for body in Body:
        first, last = (int(longitude(body, ts) // _SIGN_DEGREES) for ts in (begin, begin + DAY_NS))
        if first == last:
            continue
        forward = (last - first) % len(SIGNS) == 1
        border = (last if forward else first) * _SIGN_DEGREES
        ts = _root(_beyond(body, border), begin)
        if ts is not None:
            yield SkyEvent(ts, SkyKind.INGRESS, f"{body} enters {SIGNS[last]}{'' if forward else ' again'}", (body,))


def _apart(one: Body, other: Body, degrees: float) -> Angle:
    return lambda ts: turned(longitude(one, ts) - longitude(other, ts) - degrees)


def _beyond(body: Body, border: float) -> Angle:
    return lambda ts: turned(longitude(body, ts) - border)


def _speed(body: Body) -> Angle:
    """Return a body's movement in the two hours around a moment."""
    return lambda ts: turned(longitude(body, ts + HOUR_NS) - longitude(body, ts - HOUR_NS))


def _passes_zero(first: float, last: float) -> bool:
    """Whether an angle passes 0 on its way from midnight to midnight; at 180 degrees it only turns over."""
    return abs(first) <= 90.0 and abs(last) <= 90.0 and (first < 0) != (last < 0)


def _root(angle: Angle, begin: int) -> int | None:
    """Return the second of a day in which an angle passes 0; None where it does not.

    By secants, which these smooth curves need few of; one that leaves the bracket is replaced by its middle.
    """
    low, high = begin, begin + DAY_NS
    below, above = angle(low), angle(high)
    if not _passes_zero(below, above):
        return None
    (before, was), (now, here) = (low, below), (high, above)
    for _ in range(_MOST_STEPS):
        following = (low + high) // 2 if here == was else now - round(here * (now - before) / (here - was))
        if not low <= following <= high:
            following = (low + high) // 2
        before, was, now, here = now, here, following, angle(following)
        if abs(now - before) <= _EXACT_NS // 2 or here == 0.0:
            break
        if (here < 0) == (below < 0):
            low = now
        else:
            high = now
    return now // _EXACT_NS * _EXACT_NS
