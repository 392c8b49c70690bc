"""Zones written down by hand around the market of `scenes`, and one of them opened."""

from dataclasses import replace

from engines.view import Evidence, MarketView, OpenedZone, ViewRequest, ZoneMark, ZoneRecord
from tests.qmo_tui.cockpit.scenes import CENTRE, SECOND, START, ScriptedDesk, market

MINUTE = 60 * SECOND

HELD_BID = ZoneMark(
    id="a1",
    kind="absorption",
    label="absorption",
    side="bid",
    low=CENTRE - 6,
    high=CENTRE - 4,
    first_ts=START - 6 * MINUTE,
    last_ts=START - 40 * SECOND,
    state="confirmed",
    live=True,
    score=0.82,
    evidence=(
        Evidence("volume z", "3.4", START - 50 * SECOND),
        Evidence("progress", "0.2 ticks", START - 50 * SECOND),
        Evidence("refill ratio", "2.1", START - 45 * SECOND),
    ),
)
"""Sellers hit a bid that did not fall."""
HELD_ASK = ZoneMark(
    id="a2",
    kind="absorption",
    label="absorption",
    side="ask",
    low=CENTRE + 9,
    high=CENTRE + 10,
    first_ts=START - 20 * MINUTE,
    last_ts=START - 3 * MINUTE,
    state="touched",
    live=True,
    score=0.55,
    evidence=(Evidence("volume z", "2.6", START - 20 * MINUTE),),
)
ICEBERG = ZoneMark(
    id="n1",
    kind="iceberg",
    label="native iceberg",
    side="bid",
    low=CENTRE - 3,
    high=CENTRE - 3,
    first_ts=START - 9 * MINUTE,
    last_ts=START - SECOND,
    state="traded",
    live=True,
    score=1.0,
    evidence=(Evidence("filled", "142 lots"), Evidence("refreshes", "29")),
)
"""The one whose own sign stands on ladder and chart."""
POOL = ZoneMark(
    id="p1",
    kind="pool",
    label="prior day high",
    side="ask",
    low=CENTRE + 10,
    high=CENTRE + 10,
    first_ts=START - 9_000 * MINUTE,
    last_ts=START - 9_000 * MINUTE,
    state="untouched",
    live=True,
    score=None,
    evidence=(),
)
GAP = ZoneMark(
    id="g1",
    kind="gap",
    label="fair value gap",
    side="bid",
    low=CENTRE - 11,
    high=CENTRE - 9,
    first_ts=START - 12 * MINUTE,
    last_ts=START - 12 * MINUTE,
    state="open",
    live=True,
    score=None,
    evidence=(Evidence("height", "3 ticks"),),
)
SWEEP = ZoneMark(
    id="w1",
    kind="sweep",
    label="sweep of equal lows",
    side="bid",
    low=CENTRE - 2,
    high=CENTRE - 1,
    first_ts=START - 90 * SECOND,
    last_ts=START - 60 * SECOND,
    state="reclaimed",
    live=True,
    score=0.7,
    evidence=(Evidence("penetration", "2 ticks"), Evidence("stops", "19 lots")),
)
BROKEN = ZoneMark(
    id="a0",
    kind="absorption",
    label="absorption",
    side="ask",
    low=CENTRE + 4,
    high=CENTRE + 5,
    first_ts=START - 14 * MINUTE,
    last_ts=START - 2 * MINUTE,
    state="broken",
    live=False,
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
