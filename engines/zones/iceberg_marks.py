"""Icebergs of all tiers as zones: which of the ended ones stay to be seen, what speaks for each, and its records."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from engines.book.layout import MINUTE_NS, RecordArray
from engines.book.rows import copied
from engines.events import IcebergTier
from engines.view import Evidence, IcebergMark, OpenedZone, ZoneMark, ZoneRecord
from engines.zones.found import NO_TRADES, Found
from engines.zones.icebergs import ENDED_KEPT, IcebergStep
from engines.zones.newest_records import NewestRecords

_TIERS: Final = 3
_UNKNOWN: Final = "unknown"
_REASONS: Final = {
    "executed": "all of it was filled",
    "cancelled": "its owner took it away",
    "expired": "lost from sight: the book began anew, or nothing traded there any more",
}
_REPOSTED_NO_MORE: Final = "filled, and not posted anew"


@dataclass(frozen=True, slots=True)
class EndedShown:
    """Which ended icebergs stay to be seen.

    Attributes:
        window: Nanoseconds since it ended.
        least: Lots filled, in multiples of the median of the ended ones of its tier that are kept.
    """

    window: int = 15 * MINUTE_NS
    least: float = 1.0


def lasting(marks: Iterable[IcebergMark], clock: int | None, shown: EndedShown) -> tuple[IcebergMark, ...]:
    """Return the live icebergs, and of the ended ones those that are of size and ended lately."""
    ended: dict[IcebergTier, list[int]] = {}
    looked_at = [(mark, mark.is_live) for mark in marks]
    for mark, is_live in looked_at:
        if not is_live:
            ended.setdefault(mark.tier, []).append(mark.filled)
    least = {tier: shown.least * median(filled) for tier, filled in ended.items()}
    since = 0 if clock is None else clock - shown.window
    return tuple(
        mark for mark, is_live in looked_at if is_live or (mark.last_ts >= since and mark.filled >= least[mark.tier])
    )


class IcebergZones:
    """Icebergs as zones, with the newest records behind each that may still be opened."""

    def __init__(self, marks: Callable[[], Sequence[IcebergMark]], shown: EndedShown | None = None) -> None:
        """Make zones of what `marks` returns: the icebergs that are to be seen, of the ended ones as `shown` says."""
        self._icebergs = marks
        self._window = (shown or EndedShown()).window
        self._records: dict[str, NewestRecords] = {}
        self._ended: dict[str, int] = {}
        """When each that is over ended, in the order of their ends."""
        self._newest_trades = NO_TRADES

    def take(self, found: Found) -> None:
        """Take a stretch: keep the records behind its steps."""
        for step in found.steps:
            mark = step.mark
            behind = self._records.get(mark.id)
            if behind is None:
                behind = self._records[mark.id] = NewestRecords()
            for record in step.records if mark.order_id is not None else self._trades_of(step, found.trades):
                behind.add(record)
            self._ended.pop(mark.id, None)  # one that paused goes on
            if not mark.is_live:
                self._ended[mark.id] = step.ts
        if len(found.trades):
            self._keep_newest_event(found.trades)
            self._let_go(int(found.trades["clock"][-1]))

    def _let_go(self, clock: int) -> None:
        """Let go of the records of icebergs that are not to be seen any more."""
        while self._ended:
            oldest, ts = next(iter(self._ended.items()))
            if ts >= clock - self._window and len(self._ended) <= _TIERS * ENDED_KEPT:
                return
            del self._ended[oldest], self._records[oldest]

    def _keep_newest_event(self, trades: RecordArray) -> None:
        """Keep the trades of the newest matching event: its end may be told with the next stretch."""
        events = trades["event"]
        self._newest_trades = copied(trades[events.searchsorted(events[-1]) :])

    def _trades_of(self, step: IcebergStep, trades: RecordArray) -> tuple[ZoneRecord, ...]:
        """Return the trades at its price in a step's matching event: what a level shows is known by them alone."""
        if not step.hidden:
            return ()
        newest = _trades_at(step, self._newest_trades)
        return newest + _trades_at(step, trades)

    @property
    def kept(self) -> frozenset[str]:
        """Ids of the icebergs whose records are kept."""
        return frozenset(self._records)

    def marks(self) -> tuple[ZoneMark, ...]:
        """Return a zone for each iceberg that is to be seen."""
        return tuple(_zone(mark) for mark in self._icebergs())

    def opened(self, zone_id: str) -> OpenedZone | None:
        """Return an iceberg with the newest records behind it; None where there is none of that id to be seen."""
        mark = next((mark for mark in self._icebergs() if mark.id == zone_id), None)
        if mark is None:
            return None
        kept = self._records.get(zone_id, NewestRecords())
        return OpenedZone(_zone(mark), kept.all(), kept.count)


def _trades_at(step: IcebergStep, trades: RecordArray) -> tuple[ZoneRecord, ...]:
    """Return those of TRADE rows that traded at a step's price in its matching event."""
    first, end = trades["event"].searchsorted([step.event, step.event + 1])
    rows = trades[first:end]
    fields = rows[rows["tick"] == step.mark.tick][["index", "clock", "tick", "size"]].tolist()
    return tuple(ZoneRecord(index, clock, "traded", tick, size, None) for index, clock, tick, size in fields)


def _zone(mark: IcebergMark) -> ZoneMark:
    return ZoneMark(
        id=mark.id,
        kind="iceberg",
        label=f"{mark.tier} iceberg",
        side=mark.side,
        low=mark.tick,
        high=mark.tick,
        first_ts=mark.first_ts,
        last_ts=mark.last_ts,
        state=mark.state,
        live=mark.is_live,
        score=mark.score,
        evidence=_EVIDENCE[mark.tier](mark),
        reason="" if mark.is_live else _reason(mark),
    )


def _reason(mark: IcebergMark) -> str:
    return _REPOSTED_NO_MORE if (mark.tier, mark.state) == ("synthetic", "executed") else _REASONS[mark.state]


def _native_evidence(mark: IcebergMark) -> tuple[Evidence, ...]:
    evidence = [
        Evidence("filled", _lots(mark.filled)),
        Evidence("refreshes", str(mark.refreshes)),
        Evidence("display", _UNKNOWN if mark.display is None else _lots(mark.display)),
    ]
    if mark.is_live:
        evidence += [Evidence("shown", _lots(mark.shown)), Evidence("remaining", _remaining(mark))]
    return (*evidence, Evidence("score", f"{mark.score:.2f}"))


def _synthetic_evidence(mark: IcebergMark) -> tuple[Evidence, ...]:
    return (
        Evidence("filled", _lots(mark.filled)),
        Evidence("re-posts", str(mark.refreshes)),
        Evidence("clip", _lots(mark.display)),
        Evidence("score", f"{mark.score:.2f} from {mark.score_n} re-posts of such clips"),
        Evidence("chance", _UNKNOWN if mark.chance is None else f"{mark.chance:.1%} of adds have its size"),
    )


def _inferred_evidence(mark: IcebergMark) -> tuple[Evidence, ...]:
    return (
        Evidence("traded", _lots(mark.filled)),
        Evidence("reserve drawn", f"{mark.refreshes} times"),
        Evidence("remaining", _UNKNOWN),
        Evidence("score", f"{mark.score:.2f}"),
    )


_EVIDENCE: Final[dict[IcebergTier, Callable[[IcebergMark], tuple[Evidence, ...]]]] = {
    "native": _native_evidence,
    "synthetic": _synthetic_evidence,
    "inferred": _inferred_evidence,
}


def _lots(lots: int | None) -> str:
    return _UNKNOWN if lots is None else f"{lots} lots"


def _remaining(mark: IcebergMark) -> str:
    """Say what is left: the median, the band that holds eight of ten, and how many that rests on."""
    if mark.remaining_n is None:
        return _UNKNOWN
    median_left = "more than known" if mark.remaining is None else f"{mark.remaining} lots"
    low, high = mark.remaining_low, mark.remaining_high
    band = f"{'--' if low is None else low} to {'--' if high is None else high}"
    return f"{median_left}, {band} in 8 of 10, from {mark.remaining_n} before it"
