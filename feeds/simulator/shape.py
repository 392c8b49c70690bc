"""The shape of an order flow: what a session looks like whatever its rate, to hold a simulated one beside a real one.

Times are measured in matching events where they are a trader's (how long orders wait) and in seconds where they are a
machine's (how soon one event follows another): a livelier market has more of both in a second.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from feeds.records import F_LAST, F_SNAPSHOT, SIDE_BID, SIDE_NONE, UNDEFINED_PRICE, Records

LEVELS: Final = 10
_SECOND_NS: Final = 1_000_000_000
_MILLISECOND_NS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Bound:
    """How far the simulated figure may lie from the real one: apart by `apart`, or by a factor."""

    apart: float | None = None
    factor: float | None = None

    def holds(self, real: float, simulated: float) -> bool:
        """Whether two figures are near enough."""
        if self.apart is not None:
            return abs(real - simulated) <= self.apart
        return self.factor is None or real / self.factor <= simulated <= real * self.factor

    def __str__(self) -> str:
        return f"± {self.apart:g}" if self.apart is not None else f"x {self.factor:g}"


BOUNDS: Final = {
    "share of adds": Bound(apart=0.02),
    "share of cancels": Bound(apart=0.04),
    "share of modifies": Bound(apart=0.04),
    "share of trades": Bound(apart=0.015),
    "share of fills": Bound(apart=0.02),
    "lots added, mean": Bound(factor=1.15),
    "lots added, share of one": Bound(apart=0.02),
    "lots added, 95 %": Bound(factor=1.5),
    "lots traded, mean": Bound(factor=1.3),
    "lots traded, share of one": Bound(apart=0.06),
    "lots traded, 95 %": Bound(factor=1.5),
    "added at the touch": Bound(apart=0.06),
    "added twenty ticks behind it or more": Bound(factor=1.4),
    "cancelled at the touch": Bound(apart=0.08),
    "events to cancel, 25 %": Bound(factor=1.5),
    "events to cancel, 50 %": Bound(factor=1.5),
    "events to cancel, 75 %": Bound(factor=1.5),
    "events to cancel, 90 %": Bound(factor=1.75),
    "spread of one tick": Bound(apart=0.05),
    "depth at the touch, of the mean": Bound(factor=1.4),
    "depth behind it, of the mean": Bound(factor=1.2),
    "depth five ticks behind, of the mean": Bound(factor=1.3),
    "depth nine ticks behind, of the mean": Bound(factor=1.5),
    "within 100 us of the event before": Bound(apart=0.08),
    "within 1 ms of the event before": Bound(apart=0.06),
    "time between events, deviation / mean": Bound(factor=1.5),
    "events a second, variance / mean": Bound(factor=1.5),
    "records a trade event, mean": Bound(factor=1.25),
    "records a trade event, 90 %": Bound(factor=1.5),
    "trade events with one trade": Bound(apart=0.02),
    "trade events with a stop": Bound(factor=1.5),
    "lots traded by stops": Bound(factor=1.5),
    "events in the millisecond after a trade": Bound(factor=1.4),
}
"""Every figure with its bound, in the order of the table."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of both sessions."""

    name: str
    real: float
    simulated: float

    @property
    def bound(self) -> Bound:
        """How near they should be."""
        return BOUNDS[self.name]

    @property
    def kept(self) -> bool:
        """Whether they are."""
        return self.bound.holds(self.real, self.simulated)


def compare(real: "Session", simulated: "Session") -> list[Figure]:
    """Return every figure of two sessions."""
    left, right = figures_of(real), figures_of(simulated)
    return [Figure(name, left[name], right[name]) for name in BOUNDS]


def table(figures: list[Figure]) -> str:
    """Return the comparison as aligned lines."""
    lines = [f"{'':40}{'real':>10}{'simulated':>12}  bound"]
    for figure in figures:
        kept = "" if figure.kept else "  NOT KEPT"
        lines.append(f"{figure.name:40}{figure.real:10.3f}{figure.simulated:12.3f}  {figure.bound}{kept}")
    return "\n".join(lines) + "\n"


@dataclass(slots=True)
class Session:
    """What is gathered of one instrument's session, from its first trade with an aggressor on.

    Attributes:
        actions: Records by action.
        added: Lots of every order added.
        traded: Lots of every trade.
        added_behind: Ticks behind the touch of its side of every order that was added and did not trade at once;
            negative where it improved the touch.
        cancelled_behind: The same of every order that was cancelled.
        waited: Matching events from when an order was added until it was cancelled.
        spreads: Ticks between bid and ask, after every fifth event.
        depths: Lots of both sides together at the touch and the levels behind it, after every fifth event.
        times: Of every matching event, ns.
        trade_times: Of every matching event with a trade, ns.
        trade_records: Records of every matching event with a trade.
        trade_prints: Trades of every matching event with one.
        stopped: Lots that stops traded: aggressors with an older id than the one their matching event began with.
        born: Number of the matching event in which an order was added.
    """

    actions: Counter[str] = field(default_factory=Counter)
    added: list[int] = field(default_factory=list)
    traded: list[int] = field(default_factory=list)
    added_behind: list[int] = field(default_factory=list)
    cancelled_behind: list[int] = field(default_factory=list)
    waited: list[int] = field(default_factory=list)
    spreads: list[int] = field(default_factory=list)
    depths: list[list[int]] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    trade_times: list[int] = field(default_factory=list)
    trade_records: list[int] = field(default_factory=list)
    trade_prints: list[int] = field(default_factory=list)
    stopped: list[int] = field(default_factory=list)
    born: dict[int, int] = field(default_factory=dict)


class _Book:
    """Orders and lots by price; prices in ticks."""

    def __init__(self) -> None:
        self.orders: dict[int, tuple[int, int, int]] = {}
        self.lots: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.best: list[int | None] = [None, None]

    def put(self, order_id: int, side: int, tick: int, lots: int) -> None:
        self.orders[order_id] = side, tick, lots
        self.lots[side][tick] = self.lots[side].get(tick, 0) + lots
        best = self.best[side]
        if best is None or (tick > best if side == 0 else tick < best):
            self.best[side] = tick

    def take(self, order_id: int) -> tuple[int, int, int]:
        side, tick, lots = self.orders.pop(order_id)
        level = self.lots[side]
        level[tick] -= lots
        if not level[tick]:
            del level[tick]
            if tick == self.best[side]:
                self.best[side] = (max(level) if side == 0 else min(level)) if level else None
        return side, tick, lots

    def behind(self, side: int, tick: int) -> int | None:
        """Return how far a price stands behind the touch of its side."""
        best = self.best[side]
        return None if best is None else (best - tick if side == 0 else tick - best)


def read(records: Records, tick: int) -> Session:
    """Read the order flow of one instrument, whose smallest price step is `tick` in wire units."""
    seen, book, began = Session(), _Book(), False
    for event in _events(records):
        live = not event[0]["flags"] & F_SNAPSHOT
        began = began or (live and any(row["action"] == "T" and row["side"] != SIDE_NONE for row in event))
        filled = {row["order_id"] for row in event if row["action"] in "TF"}
        for row in event:
            if began:
                seen.actions[row["action"]] += 1
            _apply(row, tick, book, seen if began else None, filled)
        if began:
            _note_event(event, book, seen)
    return seen


def _events(records: Records) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of each matching event; a snapshot is yielded row by row."""
    names = ("ts_event", "order_id", "price", "size", "flags", "side")
    columns = [records[name].tolist() for name in names]
    event: list[dict[str, Any]] = []
    for action, *values in zip(records["action"].tolist(), *columns, strict=True):
        row = dict(zip(names, values, strict=True)) | {"action": chr(action)}
        event.append(row)
        if row["flags"] & (F_LAST | F_SNAPSHOT):
            yield event
            event = []


def _apply(row: dict[str, Any], tick: int, book: _Book, seen: Session | None, filled: set[int]) -> None:
    """Take one record; `filled` are the orders that trade in its event, `seen` is None until measuring begins."""
    action, order_id = row["action"], row["order_id"]
    if action == "T" and seen is not None:
        seen.traded.append(row["size"])
    if action not in "ACM" or row["price"] == UNDEFINED_PRICE:
        return
    side, price = (0 if row["side"] == SIDE_BID else 1), row["price"] // tick
    passive = order_id not in filled
    if action == "A":
        if seen is not None:
            seen.added.append(row["size"])
            seen.born[order_id] = len(seen.times)
            if passive and (behind := book.behind(side, price)) is not None:
                seen.added_behind.append(behind)
        book.put(order_id, side, price, row["size"])
    elif order_id in book.orders:
        if action == "C" and passive and seen is not None:
            seen.cancelled_behind.append(book.behind(side, book.orders[order_id][1]) or 0)
            if order_id in seen.born:
                seen.waited.append(len(seen.times) - seen.born[order_id])
        book.take(order_id)
        if action == "M":
            book.put(order_id, side, price, row["size"])


def _note_event(event: list[dict[str, Any]], book: _Book, seen: Session) -> None:
    seen.times.append(event[-1]["ts_event"])
    prints = [row for row in event if row["action"] == "T"]
    if prints:
        first = prints[0]["order_id"]
        seen.trade_times.append(event[-1]["ts_event"])
        seen.trade_records.append(len(event))
        seen.trade_prints.append(len(prints))
        seen.stopped.append(sum(row["size"] for row in prints if 0 < row["order_id"] < first))
    bid, ask = book.best
    if bid is None or ask is None or len(seen.times) % 5:
        return
    seen.spreads.append(ask - bid)
    seen.depths.append(
        [book.lots[0].get(bid - back, 0) + book.lots[1].get(ask + back, 0) for back in range(LEVELS)],
    )


def figures_of(seen: Session) -> dict[str, float]:
    """Return the figures of a session by their names."""
    total = sum(seen.actions.values())
    times, trades = np.array(seen.times, np.int64), np.array(seen.trade_times, np.int64)
    gaps: npt.NDArray[np.float64] = np.diff(times) / _SECOND_NS
    seconds = (times - times[0]) // _SECOND_NS
    counts = np.bincount(seconds)
    depths = np.array(seen.depths).mean(axis=0)
    depths /= depths.mean()
    names = {"adds": "A", "cancels": "C", "modifies": "M", "trades": "T", "fills": "F"}
    figures = {f"share of {name}": seen.actions[action] / total for name, action in names.items()}
    for name, lots in (("added", seen.added), ("traded", seen.traded)):
        figures[f"lots {name}, mean"] = float(np.mean(lots))
        figures[f"lots {name}, share of one"] = float(np.mean(np.array(lots) == 1))
        figures[f"lots {name}, 95 %"] = float(np.percentile(lots, 95))
    figures["added at the touch"] = float(np.mean(np.array(seen.added_behind) <= 0))
    figures["added twenty ticks behind it or more"] = float(np.mean(np.array(seen.added_behind) >= 20))
    figures["cancelled at the touch"] = float(np.mean(np.array(seen.cancelled_behind) <= 0))
    for percent in (25, 50, 75, 90):
        figures[f"events to cancel, {percent} %"] = float(np.percentile(seen.waited, percent))
    figures["spread of one tick"] = float(np.mean(np.array(seen.spreads) == 1))
    figures["depth at the touch, of the mean"] = float(depths[0])
    figures["depth behind it, of the mean"] = float(depths[1])
    figures["depth five ticks behind, of the mean"] = float(depths[5])
    figures["depth nine ticks behind, of the mean"] = float(depths[9])
    figures["within 100 us of the event before"] = float(np.mean(gaps < 1e-4))
    figures["within 1 ms of the event before"] = float(np.mean(gaps < 1e-3))
    figures["time between events, deviation / mean"] = float(gaps.std() / gaps.mean())
    figures["events a second, variance / mean"] = float(counts.var() / counts.mean())
    figures["records a trade event, mean"] = float(np.mean(seen.trade_records))
    figures["records a trade event, 90 %"] = float(np.percentile(seen.trade_records, 90))
    figures["trade events with one trade"] = float(np.mean(np.array(seen.trade_prints) == 1))
    figures["trade events with a stop"] = float(np.mean(np.array(seen.stopped) > 0))
    figures["lots traded by stops"] = sum(seen.stopped) / sum(seen.traded)
    after = np.searchsorted(times, trades + _MILLISECOND_NS, side="right") - np.searchsorted(
        times, trades, side="right"
    )
    figures["events in the millisecond after a trade"] = float(after.mean())
    return figures
