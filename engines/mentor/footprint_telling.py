"""The footprint in words: reasons that each name the line of the event log which says it."""

from typing import Final

from engines.events import Absorption, Memory, Reason, Sweep
from engines.mentor.footprint_book import Place
from engines.mentor.phase_bars import PhaseBar
from feeds.instrument import Instrument

_MINUTE_NS: Final = 60_000_000_000
_DIGITS: Final = 4


def place_reason(place: Place, clock: int, tick: int, value: float, instrument: Instrument) -> Reason:
    """Return why a place counts; `value` is what it adds to the reading, negative for sell."""
    line = place.line
    if isinstance(line, Absorption):
        kind, name, text = "absorption", f"{line.side} absorption", f"{line.volume} lots, {line.state}"
    elif isinstance(line, Sweep):
        kind, name, text = "sweep", f"{line.pool.label} swept", f"score {place.evidence:.2f}"
    elif isinstance(line, Memory):
        held = f"held {line.held} of {line.judged}" if line.judged else f"{line.touches} touches"
        kind, name, text = "memory", f"{line.side} zone remembered", f"{line.state}, {held}"
    else:
        mark = line.mark
        kind, name, text = "iceberg", f"{mark.tier} {mark.side} iceberg", f"{mark.filled} lots filled"
    where = f"{_band(place, instrument)}, {_distance(place, tick)}, {(clock - place.ts) // _MINUTE_NS} min old"
    return Reason(name, f"{text} at {where}", round(value, _DIGITS), kind, place.ts, place.id)


def flow_reason(newest: PhaseBar, minutes: int, push: tuple[int, float], value: float) -> Reason:
    """Return what the newest minutes' delta says."""
    lots, deviations = push
    text = f"{lots:+d} lots in {minutes} min, {deviations:+.1f} deviations"
    return Reason("delta", text, round(value, _DIGITS), "bar", newest.said_at, newest.said_as)


def _band(place: Place, instrument: Instrument) -> str:
    low = instrument.price_text(place.low)
    return low if place.low == place.high else f"{low} to {instrument.price_text(place.high)}"


def _distance(place: Place, tick: int) -> str:
    away = place.away(tick)
    if away > 0:
        return f"{away} ticks {'below' if place.sign > 0 else 'above'}"
    return "price there" if place.beyond(tick) <= 0 else "price through it"
