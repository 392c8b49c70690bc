"""The footprint in words: reasons that each name the line of the event log which says it."""

from collections.abc import Sequence
from typing import Final

from engines.events import Absorption, AggressorSide, Memory, Reason, Sweep
from engines.mentor.footprint_book import Place
from engines.mentor.footprint_flow import Push
from engines.zones.icebergs import IcebergStep
from feeds.instrument import Instrument

_DIGITS: Final = 4
_KINDS: Final[dict[type, str]] = {Absorption: "absorption", IcebergStep: "iceberg", Sweep: "sweep", Memory: "memory"}
_SAID_ALREADY: Final = frozenset({"remembered", "held"})
"""States that the reason's name, or how often the zone held, tells."""
_SIDES: Final[dict[int, AggressorSide]] = {1: "buy", -1: "sell"}


def place_reason(place: Place, tick: int, adds: float, instrument: Instrument) -> Reason:
    """Return why a place counts at a price; the value is what it adds to the reading, negative for sell."""
    line = place.line
    if isinstance(line, Absorption):
        name, told = f"{line.side} absorption", f"{line.volume} lots, {line.state},"
    elif isinstance(line, Sweep):
        name, told = f"{line.pool.label} swept", f"score {line.score or 0.0:.2f}"
    elif isinstance(line, Memory):
        held = f"held {line.held} of {line.judged}" if line.judged else f"touches: {line.touches}"
        state = "" if line.state in _SAID_ALREADY else f"{line.state}, "
        name, told = f"{line.side} zone remembered", f"{state}{held},"
    else:
        mark = line.mark
        name, told = f"{mark.tier} {mark.side} iceberg", f"{mark.filled} lots filled"
    text = f"{told} at {_band(place, instrument)}, {_distance(place, tick)}"
    return Reason(name, text, round(adds, _DIGITS), _KINDS[type(line)], place.ts, place.id)


def flow_reason(push: Push, minutes: int, adds: float) -> Reason:
    """Return what the newest minutes' delta says; the value as of `place_reason`."""
    text = f"{push.lots:+d} lots in {minutes} min, {push.deviations:+.1f} deviations"
    return Reason("delta", text, round(adds, _DIGITS), "bar", push.minute.said_at, push.minute.said_as)


def agreement_reason(speakers: Sequence[tuple[float, Place]], adds: float) -> Reason:
    """Return that independent families agree, by the newest line of those that do; the value as of `place_reason`."""
    sign = 1 if adds > 0 else -1
    says: dict[int, float] = {}
    for strength, place in speakers:
        says[place.family] = says.get(place.family, 0.0) + place.sign * strength
    agree = [place for _, place in speakers if place.sign == sign and sign * says[place.family] > 0.0]
    newest = max(agree, key=_ts)
    text = f"{len(agree)} independent kinds of evidence speak for {_SIDES[sign]}"
    return Reason("agreement", text, round(adds, _DIGITS), _KINDS[type(newest.line)], newest.ts, newest.id)


def _ts(place: Place) -> int:
    return place.ts


def _band(place: Place, instrument: Instrument) -> str:
    low = instrument.price_text(place.low)
    return low if place.low == place.high else f"{low} to {instrument.price_text(place.high)}"


def _distance(place: Place, tick: int) -> str:
    away = place.away(tick)
    if away > 0:
        return f"{away} tick{'s' * (away > 1)} {'below' if place.sign > 0 else 'above'}"
    return "price there" if place.beyond(tick) <= 0 else "price through it"
