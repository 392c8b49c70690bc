"""Zones of absorption in words and figures: event lines, marks with their evidence, the trades behind them."""

from dataclasses import dataclass
from math import isnan
from typing import Any, Final

from engines.book.layout import ASK, BID, MINUTE_NS, NO_ID, RecordArray
from engines.events import Absorption, AbsorptionState, PassiveSide
from engines.view import Evidence, ZoneMark, ZoneRecord
from engines.zones.absorption_icebergs import DeedsTold, IcebergDeed
from engines.zones.absorption_layout import (
    AGED,
    CLOSED_BEYOND,
    CONFIRMED,
    DAY_ENDED,
    FORMED,
    GAVE_WAY,
    KEPT,
    PRESSED,
    TOUCHED,
    TRADED_THROUGH,
)
from feeds.instrument import Instrument

STATES: Final[dict[int, AbsorptionState]] = {
    FORMED: "formed",
    TOUCHED: "touched",
    CONFIRMED: "confirmed",
    TRADED_THROUGH: "broken",
    CLOSED_BEYOND: "broken",
    AGED: "expired",
    DAY_ENDED: "expired",
    GAVE_WAY: "expired",
}
"""What a step makes of a zone; one more finding leaves it as it is."""
_SIDES: Final[dict[int, PassiveSide]] = {BID: "bid", ASK: "ask"}
_HITS: Final[dict[PassiveSide, str]] = {"bid": "sold into it", "ask": "bought from it"}
_TRADES: Final[dict[PassiveSide, str]] = {"bid": "sell trade", "ask": "buy trade"}
_DIGITS: Final = 2
"""Of measures that are said, so that no machine's last bit of a logarithm enters a digest."""


@dataclass(frozen=True, slots=True)
class Told:
    """A zone as it stood at one moment.

    Attributes:
        zone: Its ZONE row.
        state: Where it stood in its life.
        findings: How often absorption was found in it by then.
        deeds: What native icebergs had done in it; None where the schema tells no orders.
    """

    zone: Any
    state: AbsorptionState
    findings: int
    deeds: DeedsTold | None

    @property
    def id(self) -> str:
        """Its id in events and on screens."""
        return f"absorption-{self.zone['number']}"

    @property
    def side(self) -> PassiveSide:
        """Its passive side."""
        return _SIDES[int(self.zone["side"])]

    @property
    def refill(self) -> float | None:
        """Lots that came back for each that traded; None where the schema does not tell."""
        refill = float(self.zone["refill"])
        return None if isnan(refill) else round(refill, _DIGITS)

    @property
    def native_share(self) -> float | None:
        """Share of its lots that native icebergs filled; None where the schema tells no orders."""
        if self.deeds is None:
            return None
        return round(self.deeds.lots / int(self.zone["lots"]), _DIGITS)

    @property
    def cancel(self) -> IcebergDeed | None:
        """The newest deed that took an iceberg out of it."""
        return None if self.deeds is None else self.deeds.cancel


def event_of(ts: int, told: Told, score: float, reason: str, instrument: Instrument) -> Absorption:
    """Return the line of one step, with the zone's score then."""
    zone = told.zone
    return Absorption(
        ts=ts,
        id=told.id,
        side=told.side,
        low=instrument.price(int(zone["low"])),
        high=instrument.price(int(zone["high"])),
        volume=int(zone["lots"]),
        progress=int(zone["progress"]),
        refill_ratio=told.refill,
        volume_z=round(float(zone["volume_z"]), _DIGITS),
        impact_z=round(float(zone["impact_z"]), _DIGITS),
        touches=int(zone["touches"]),
        native_share=told.native_share,
        score=score,
        state=told.state,
        reason=reason,
    )


def reason_of(what: int, amount: int, told: Told) -> str:
    """Return why a step was taken, in words, and what speaks against a zone that still lives."""
    side, zone = told.side, told.zone
    if what in (FORMED, PRESSED):
        more = " more" if what == PRESSED else ""
        reason = f"{amount}{more} lots {_HITS[side]}, price {_ticks(int(zone['progress']))} beyond at most"
    elif what == TOUCHED:
        reason = f"price came back, touch {amount}"
    elif what == CONFIRMED:
        reason = f"price left it by {_ticks(amount)}"
    elif what == TRADED_THROUGH:
        reason = f"{amount} lots traded beyond it"
    elif what == CLOSED_BEYOND:
        reason = f"a minute closed {_ticks(amount)} beyond it"
    elif what == AGED:
        reason = f"nothing traded into it for {amount // MINUTE_NS} minutes"
    elif what == DAY_ENDED:
        reason = "the trading day ended"
    else:  # GAVE_WAY
        reason = "newer absorption took its place"
    return reason if told.cancel is None else f"{reason}; an iceberg in it was cancelled"


def _ticks(count: int) -> str:
    return f"{count} tick" if count == 1 else f"{count} ticks"


def mark_of(told: Told, score: float, reason: str = "") -> ZoneMark:
    """Return a zone as screens show it; `reason` is why it ended, empty while it lives."""
    zone = told.zone
    return ZoneMark(
        id=told.id,
        kind="absorption",
        label="absorption",
        side=told.side,
        low=int(zone["low"]),
        high=int(zone["high"]),
        first_ts=int(zone["since"]),
        last_ts=int(zone["newest"]),
        state=told.state,
        live=told.state not in ("broken", "expired"),
        score=score,
        evidence=_evidence(told),
        reason=reason,
    )


def _evidence(told: Told) -> tuple[Evidence, ...]:
    zone, share, cancel = told.zone, told.native_share, told.cancel
    pressed = int(zone["pressed"])
    evidence = [
        Evidence("impact z", f"{zone['impact_z']:.1f}", pressed),
        Evidence("volume z", f"{zone['volume_z']:.1f}", pressed),
        Evidence("refill", "--" if told.refill is None else f"{told.refill:.2f}", pressed),
        Evidence("progress", _ticks(int(zone["progress"])), pressed),
        Evidence("touches", str(zone["touches"])),
        Evidence("lots", str(zone["lots"]), int(zone["newest"])),
        Evidence("native share", "--" if share is None else f"{share:.0%}"),
    ]
    if cancel is not None:
        evidence.append(Evidence("iceberg cancelled", f"tick {cancel.tick}", cancel.ts))
    return tuple(evidence)


def newest_trades(told: Told, ring: RecordArray) -> RecordArray:
    """Return a copy of the newest trades into a zone, oldest first, from its ring of TRADE rows."""
    count = int(told.zone["count"])
    return ring[[number % KEPT for number in range(max(0, count - KEPT), count)]]


def records_of(mark: ZoneMark, trades: RecordArray) -> tuple[ZoneRecord, ...]:
    """Return trades into a zone, TRADE rows, as screens show them."""
    what = _TRADES[mark.side]
    return tuple(
        ZoneRecord(index, ts, what, tick, size, None if order_id == NO_ID else order_id)
        for index, ts, tick, size, order_id in trades[["index", "clock", "tick", "size", "order_id"]].tolist()
    )
