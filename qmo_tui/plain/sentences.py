"""Lines of the event log as short sentences: whole words, no signs, nothing that a voice cannot say."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from engines.events import (
    Absorption,
    Bar,
    Event,
    Feed,
    Iceberg,
    Memory,
    Phase,
    Pillars,
    Session,
    Stops,
    StructureBreak,
    Sweep,
    Window,
)
from engines.trading_events import Decision, Fill, Order, Position, Prompt, Risk
from engines.view import Print
from feeds.instrument import Instrument, decimals_of
from feeds.records import PRICE_SCALE

UNKNOWN: Final = "unknown"
_ICEBERG_ENDS: Final = {"executed": "was traded out", "cancelled": "was cancelled", "expired": "is gone"}
_TOLD_OF_MEMORY: Final = frozenset({"touched", "held", "failed", "broken", "flipped"})
_TOLD_OF_ORDERS: Final = frozenset({"working", "cancelled", "rejected"})
_POOLS: Final = {"buy_side": "buy stops above", "sell_side": "sell stops below"}


class Sentences:
    """Says events; what it leaves out is in the event log all the same.

    It leaves out what comes by the hundred, such as steps of icebergs and pillars that change nothing and bars of other
    intervals, and remembers only what it needs for that.

    Attributes:
        least: Lots from which stop runs, and icebergs that end, are said.
    """

    def __init__(self, interval: str = "1m", least: int = 1) -> None:
        """Say bars of one interval."""
        self.least = least
        self._interval = interval
        self._decimals = 1
        self._armed: tuple[str | None, bool] = (None, False)
        self._sayers: Mapping[type[Event], Callable[[Any], str | None]] = {
            Session: self._session,
            Bar: self._bar,
            Iceberg: self._iceberg,
            Stops: self._stops,
            Absorption: self._absorption,
            Sweep: self._sweep,
            StructureBreak: self._structure,
            Memory: self._memory,
            Phase: self._phase,
            Window: self._window,
            Pillars: self._pillars,
            Prompt: self._prompt,
            Decision: self._decision,
            Order: self._order,
            Fill: self._fill,
            Position: self._position,
            Risk: self._risk,
            Feed: self._feed,
        }

    def of(self, event: Event) -> str | None:
        """Return what an event says, or None where it is left out."""
        sayer = self._sayers.get(type(event))
        return None if sayer is None else sayer(event)

    def of_print(self, one: Print, instrument: Instrument | None) -> str:
        """Return what an aggressor traded."""
        first, last = (self._tick(tick, instrument) for tick in (one.first, one.last))
        prices = f"at {first}" if one.first == one.last else f"from {first} to {last}"
        kind = ", a stop" if one.kind.value == "stop" else ""
        return f"print: {one.side or 'no side'} {_lots(one.size)} {prices}{kind}"

    def _tick(self, tick: int, instrument: Instrument | None) -> str:
        return UNKNOWN if instrument is None else self._price(tick * instrument.tick_size)

    def _price(self, price: float | None) -> str:
        return UNKNOWN if price is None else f"{price:.{self._decimals}f}"

    def _band(self, low: float, high: float) -> str:
        return f"at {self._price(low)}" if low == high else f"from {self._price(low)} to {self._price(high)}"

    def _session(self, event: Session) -> str:
        self._decimals = decimals_of(round(event.tick * PRICE_SCALE)) if event.tick else 1
        schema = f", {event.schema}" if event.schema else ""
        return f"market: {event.symbol or UNKNOWN}{schema}, {event.provenance}, from {event.source}"

    def _bar(self, event: Bar) -> str | None:
        if event.interval != self._interval:
            return None
        delta = "" if event.delta is None else f", delta {event.delta:+d}"
        return (
            f"bar {event.interval}: open {self._price(event.open)}, high {self._price(event.high)}, "
            f"low {self._price(event.low)}, close {self._price(event.close)}, volume {event.volume}{delta}"
        )

    def _iceberg(self, event: Iceberg) -> str | None:
        where = f"iceberg: {event.tier} {event.side} at {self._price(event.price)}"
        if event.state == "detected":
            return f"{where} detected, {_lots(event.filled)} filled"
        ended = _ICEBERG_ENDS.get(event.state)
        is_small = event.filled < self.least
        return None if ended is None or is_small else f"{where} {ended}, {_lots(event.filled)} filled in all"

    def _stops(self, event: Stops) -> str | None:
        if event.volume < self.least:
            return None
        orders = "1 order" if event.orders == 1 else f"{event.orders} orders"
        return f"stops: {event.side} {orders}, {_lots(event.volume)}, {self._band(event.from_price, event.to_price)}"

    def _absorption(self, event: Absorption) -> str | None:
        if event.state == "touched":
            return None
        return f"absorption: {event.side} {self._band(event.low, event.high)} {event.state}, {_lots(event.volume)}"

    def _sweep(self, event: Sweep) -> str:
        pool = f"{event.pool.label} {self._price(event.pool.price)}"
        if event.state == "broken":
            return f"break: {pool} was accepted, it speaks for {event.direction}"
        return (
            f"sweep: {_POOLS[event.side]} {pool} to {self._price(event.extreme)} and back, "
            f"it speaks for {event.direction}"
        )

    def _structure(self, event: StructureBreak) -> str:
        what = "break of structure" if event.what == "bos" else "change of character"
        way = "up" if event.direction == "buy" else "down"
        return f"structure: {event.interval} {what} {way} through {self._price(event.price)}"

    def _memory(self, event: Memory) -> str | None:
        if event.state not in _TOLD_OF_MEMORY:
            return None
        return f"remembered zone: {event.side} {self._band(event.low, event.high)} {event.state}"

    def _phase(self, event: Phase) -> str:
        return f"phase: {event.phase}" + (f", it speaks for {event.direction}" if event.direction else "")

    def _window(self, event: Window) -> str:
        where = "" if event.price is None else f", {self._price(event.price)}"
        return f"window: {event.engine}, {event.name}{where}"

    def _pillars(self, event: Pillars) -> str | None:
        """Say the score when it arms, disarms, or changes its side while armed."""
        was, self._armed = self._armed, (event.side, event.armed)
        if not event.armed:
            return "score: no longer armed" if was[1] else None
        if was == self._armed:
            return None
        score = UNKNOWN if event.confidence is None else f"{event.confidence:.2f}"
        return f"score: armed for {event.side or UNKNOWN} at {score}"

    def _prompt(self, event: Prompt) -> str:
        targets = " and ".join(map(self._price, event.targets)) or "none"
        risk = UNKNOWN if event.risk is None else f"{event.risk:.2f} dollars"
        return (
            f"prompt: {event.side} {event.contracts} {event.product}, {event.order} at {self._price(event.entry)}, "
            f"stop {self._price(event.stop)}, targets {targets}, risk {risk}, {event.trigger.replace('_', ' ')}"
        )

    def _decision(self, event: Decision) -> str:
        of = f" {event.prompt}" if event.prompt else ""
        refused = "refused: " if event.refused else ""
        return f"decision: {refused}prompt{of} {event.action}" + (f", {event.reason}" if event.reason else "")

    def _order(self, event: Order) -> str | None:
        if event.state not in _TOLD_OF_ORDERS:
            return None
        price = "" if event.price is None else f" at {self._price(event.price)}"
        told = f"order: {event.role}, {event.side} {event.quantity} {event.product} {event.type}{price} {event.state}"
        return told + (f", {event.reason}" if event.reason else "")

    def _fill(self, event: Fill) -> str:
        return f"fill: {event.role}, {event.side} {event.quantity} {event.product} at {self._price(event.price)}"

    def _position(self, event: Position) -> str:
        held = f"position: {event.state}, {event.side} {event.quantity} {event.product}"
        made = f", {event.realised:+.2f} dollars" if event.state == "closed" else f", stop {self._price(event.stop)}"
        return f"{held}{made}" + (f", {event.reason}" if event.reason else "")

    def _risk(self, event: Risk) -> str:
        return f"risk: {event.state}, {event.realised:+.2f} dollars today" + (
            f", {event.reason}" if event.reason else ""
        )

    def _feed(self, event: Feed) -> str:
        return f"feed: {event.state}, {event.source}" + (f", {event.reason}" if event.reason else "")


def _lots(count: int) -> str:
    return "1 lot" if count == 1 else f"{count} lots"
