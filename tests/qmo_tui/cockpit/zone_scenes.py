"""Zones written down by hand around the market of `scenes`, and one of them opened."""

from dataclasses import replace
from typing import Any

from engines.events import PassiveSide
from engines.view import Evidence, MarketView, OpenedZone, ViewRequest, ZoneKind, ZoneMark, ZoneRecord
from tests.qmo_tui.cockpit.scenes import CENTRE, SECOND, START, ScriptedDesk, market

MINUTE = 60 * SECOND


def _zone(name: str, kind: ZoneKind, side: PassiveSide, ticks: tuple[int, int], state: str, **rest: Any) -> ZoneMark:
    """Return a live zone between two prices told in ticks from the market's middle."""
    told: dict[str, Any] = {"label": kind, "live": True, "score": None, "evidence": ()} | rest
    return ZoneMark(id=name, kind=kind, side=side, low=CENTRE + ticks[0], high=CENTRE + ticks[1], state=state, **told)


HELD_BID = _zone(
    "a1",
    "absorption",
    "bid",
    (-6, -4),
    "confirmed",
    first_ts=START - 6 * MINUTE,
    last_ts=START - 40 * SECOND,
    score=0.82,
    evidence=(
        Evidence("volume z", "3.4", START - 50 * SECOND),
        Evidence("progress", "0.2 ticks", START - 50 * SECOND),
        Evidence("refill ratio", "2.1", START - 45 * SECOND),
    ),
)
"""Sellers hit a bid that did not fall."""
HELD_ASK = _zone(
    "a2",
    "absorption",
    "ask",
    (9, 10),
    "touched",
    first_ts=START - 20 * MINUTE,
    last_ts=START - 3 * MINUTE,
    score=0.55,
    evidence=(Evidence("volume z", "2.6", START - 20 * MINUTE),),
)
ICEBERG = _zone(
    "n1",
    "iceberg",
    "bid",
    (-3, -3),
    "traded",
    label="native iceberg",
    first_ts=START - 9 * MINUTE,
    last_ts=START - SECOND,
    score=1.0,
    evidence=(Evidence("filled", "142 lots"), Evidence("refreshes", "29")),
)
"""The one whose own sign stands on ladder and chart."""
LONG_AGO = START - 9_000 * MINUTE
POOL = _zone("p1", "pool", "ask", (10, 10), "untouched", label="prior day high", first_ts=LONG_AGO, last_ts=LONG_AGO)
GAP = _zone(
    "g1",
    "gap",
    "bid",
    (-11, -9),
    "open",
    label="fair value gap",
    first_ts=START - 12 * MINUTE,
    last_ts=START - 12 * MINUTE,
    evidence=(Evidence("height", "3 ticks"),),
)
SWEEP = _zone(
    "w1",
    "sweep",
    "bid",
    (-2, -1),
    "reclaimed",
    label="sweep of equal lows",
    first_ts=START - 90 * SECOND,
    last_ts=START - 60 * SECOND,
    score=0.7,
    evidence=(Evidence("penetration", "2 ticks"), Evidence("stops", "19 lots")),
)
BROKEN = _zone(
    "a0",
    "absorption",
    "ask",
    (4, 5),
    "broken",
    live=False,
    first_ts=START - 14 * MINUTE,
    last_ts=START - 2 * MINUTE,
    score=0.61,
    evidence=(Evidence("volume z", "2.2", START - 14 * MINUTE),),
    reason="two trades beyond 4811.50",
)
ZONES = (POOL, HELD_ASK, BROKEN, GAP, ICEBERG, HELD_BID, SWEEP)


def records_behind(mark: ZoneMark, count: int) -> tuple[ZoneRecord, ...]:
    """Return fills of a zone, a second apart, the last at its newest step."""
    words = ("sell trade", "filled", "refreshed")
    return tuple(
        ZoneRecord(
            index=40_000 + number * 17,
            ts=mark.last_ts - (count - 1 - number) * SECOND,
            what=words[number % 3],
            tick=mark.low + number % (mark.high - mark.low + 1),
            size=number * 7 % 23 + 1,
            order_id=None if number % 5 == 4 else 6_411_000_000_000 + number,
        )
        for number in range(count)
    )


def with_zones(view: MarketView, request: ViewRequest, zones: tuple[ZoneMark, ...] = ZONES) -> MarketView:
    """Put zones into a view as its request asks for them."""
    found = next((mark for mark in zones if mark.id == request.opened), None)
    opened = None if found is None else OpenedZone(found, records_behind(found, 30), 1_203)
    return replace(view, zones=zones if request.zones else (), opened=opened)


class ZonedDesk(ScriptedDesk):
    """A desk whose market has zones."""

    def __init__(self, zones: tuple[ZoneMark, ...] = ZONES) -> None:
        super().__init__()
        self.zones = zones

    def view(self, request: ViewRequest) -> MarketView:
        self.requests.append(request)
        return with_zones(market(self.script.second, request), request, self.zones)
