"""Zones as the trader reads them: in which order, how far from price, and in which words."""

from collections.abc import Sequence
from typing import Final

from engines.view import MarketView, ZoneKind, ZoneMark
from feeds.instrument import Instrument
from qmo_tui.cockpit.painting import numbers
from qmo_tui.cockpit.painting.ladder_notes import market_tick
from qmo_tui.cockpit.painting.spans import UNKNOWN
from qmo_tui.cockpit.painting.times import SECOND

LETTERS: Final[dict[ZoneKind, str]] = {
    "iceberg": "I",
    "absorption": "A",
    "sweep": "W",
    "pool": "P",
    "gap": "G",
    "memory": "M",
}
"""One letter a kind, in the order of the filter; none that could be taken for a side."""
KIND_WORDS: Final[dict[ZoneKind | None, str]] = {
    None: "all",
    "iceberg": "icebergs",
    "absorption": "absorption",
    "sweep": "sweeps",
    "pool": "pools",
    "gap": "gaps",
    "memory": "memory",
}
MEANINGS: Final = {"bid": "support", "ask": "resistance"}
ENDED_SHOWN: Final = 3
"""Most of the ended zones that are listed."""
WEAK: Final = 0.05
"""Zones of a lower score are counted and left out, unless their kind alone is looked at; a day remembers hundreds."""
_ENDED_SECONDS: Final = 900
"""How long an ended zone is worth a row."""


def distance(mark: ZoneMark, market: int | None) -> int | None:
    """Return the ticks from the market to the nearest price of a zone: above it positive, within the zone 0."""
    if market is None:
        return None
    if mark.low > market:
        return mark.low - market
    return min(0, mark.high - market)


def live_zones(view: MarketView, kind: ZoneKind | None) -> list[ZoneMark]:
    """Return the zones that still mean something, the nearest first, of two as near the stronger, then the newer.

    Among all kinds, an iceberg that lives where one is remembered stands for both.
    """
    market = market_tick(view)
    return sorted(
        _live_of(view, kind),
        key=lambda mark: (abs(distance(mark, market) or 0), -(mark.score or 0.0), -mark.first_ts, mark.id),
    )


def _live_of(view: MarketView, kind: ZoneKind | None) -> list[ZoneMark]:
    """Return what `live_zones` does, in no order."""
    resting = _icebergs_at(view) if kind is None else frozenset()
    return [
        mark
        for mark in view.zones
        if mark.live
        and _is_looked_at(mark, kind)
        and not (mark.kind == "memory" and mark.low == mark.high and (mark.side, mark.low) in resting)
    ]


def _icebergs_at(view: MarketView) -> frozenset[tuple[str, int]]:
    """Return the sides and prices of zones that are icebergs still alive."""
    return frozenset((mark.side, mark.low) for mark in view.zones if mark.live and mark.kind == "iceberg")


def ended_zones(view: MarketView, kind: ZoneKind | None) -> list[ZoneMark]:
    """Return the zones that ended lately, the last one first; among all kinds, of an iceberg its memory is enough."""
    oldest = (view.event_time or 0) - _ENDED_SECONDS * SECOND
    remembered = [mark for mark in _live_of(view, None) if mark.kind == "memory"] if kind is None else []
    found = [
        mark
        for mark in view.zones
        if not mark.live
        and mark.last_ts >= oldest
        and _is_looked_at(mark, kind)
        and not (mark.kind == "iceberg" and any(_covers(memory, mark) for memory in remembered))
    ]
    return sorted(found, key=lambda mark: (-mark.last_ts, mark.id))


def _covers(mark: ZoneMark, other: ZoneMark) -> bool:
    return mark.side == other.side and mark.low <= other.low and other.high <= mark.high


def weak_zones(view: MarketView, kind: ZoneKind | None) -> int:
    """Return how many live zones are left out for the little that speaks for them."""
    return sum(mark.live and kind is None and _is_weak(mark) for mark in view.zones)


def _is_looked_at(mark: ZoneMark, kind: ZoneKind | None) -> bool:
    return not _is_weak(mark) if kind is None else mark.kind == kind


def _is_weak(mark: ZoneMark) -> bool:
    return mark.score is not None and mark.score < WEAK


def listed_zones(view: MarketView, kind: ZoneKind | None) -> list[ZoneMark]:
    """Return what the table can be stepped through: live zones, then a few that ended."""
    return live_zones(view, kind) + ended_zones(view, kind)[:ENDED_SHOWN]


def strongest(marks: Sequence[ZoneMark]) -> ZoneMark:
    """Return the zone with most evidence for it; one without a score is the weakest, the newer outweighs the older."""
    return max(marks, key=lambda mark: (-1.0 if mark.score is None else mark.score, mark.first_ts, mark.id))


def price_band(instrument: Instrument | None, low: int, high: int) -> str:
    """Return `4808.00`, or `4808.00–09.25`: of the upper price what differs, whole from its tens on."""
    first, last = numbers.price(instrument, low), numbers.price(instrument, high)
    if low == high:
        return first
    same = next((place for place, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), 0)
    whole = last.find(".") if "." in last else len(last)
    return f"{first}–{last[max(0, min(same, whole - 2)) :] if len(first) == len(last) else last}"


def ticks_away(mark: ZoneMark, market: int | None) -> str:
    """Return `+3` above the market, `−12` below it, `here` where the market is inside."""
    ticks = distance(mark, market)
    return "here" if ticks == 0 else numbers.signed(ticks)


def short_label(mark: ZoneMark, room: int) -> str:
    """Return what a zone is, without the kind that its letter tells: of `memory of native iceberg` the iceberg."""
    label = mark.label.removeprefix(f"{mark.kind} of ")
    return label if len(label) <= room else label.replace("iceberg", "ice")


def score_of(mark: ZoneMark) -> str:
    """Return the strength of the evidence with two digits."""
    return UNKNOWN if mark.score is None else f"{mark.score:.2f}"
