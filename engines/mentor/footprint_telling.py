"""The footprint in words: reasons that each name the line of the event log which says it."""

from typing import Final

from engines.events import Reason
from engines.mentor.footprint_book import Place
from engines.mentor.footprint_flow import Push

_DIGITS: Final = 4


def place_reason(place: Place, tick: int, adds: float) -> Reason:
    """Return why a place counts at a price; the value is what it adds to the reading, negative for sell."""
    text = f"{place.told}, {_distance(place, tick)}"
    return Reason(place.name, text, round(adds, _DIGITS), place.kind, place.ts, place.id)


def flow_reason(push: Push, minutes: int, adds: float) -> Reason:
    """Return what the newest minutes' delta says; the value as of `place_reason`."""
    text = f"{push.lots:+d} lots in {minutes} min, {push.deviations:+.1f} deviations"
    return Reason("delta", text, round(adds, _DIGITS), "bar", push.minute.said_at, push.minute.said_as)


def _distance(place: Place, tick: int) -> str:
    away = place.away(tick)
    if away > 0:
        return f"{away} tick{'s' * (away > 1)} {'below' if place.sign > 0 else 'above'}"
    return "price there" if place.beyond(tick) <= 0 else "price through it"
