"""The tape: what each aggressor traded, and the stop orders that fired with it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from engines.book.layout import (
    KIND_MARKET,
    KIND_MODIFIED,
    KIND_STOP,
    KIND_UNKNOWN,
    TRADE,
    TRADE_BUY,
    TRADE_SELL,
    RecordArray,
)
from engines.book.rows import chosen, tuples_of, words_of
from engines.events import AggressorSide
from engines.view import Print, TradeKind

KEPT: Final = 4_096
"""Trades kept for screens."""
_CHUNK: Final = 128

_STOP_FIELDS: Final = ["event", "clock", "side", "tick", "size", "first"]
_PRINT_FIELDS: Final = ["event", "order_id", "ts_event", "side", "tick", "size", "kind"]
KINDS: Final = {
    KIND_UNKNOWN: TradeKind.UNKNOWN,
    KIND_MARKET: TradeKind.MARKET,
    KIND_STOP: TradeKind.STOP,
    KIND_MODIFIED: TradeKind.MODIFIED_LIMIT,
}
SIDES: Final[dict[int, AggressorSide]] = {TRADE_BUY: "buy", TRADE_SELL: "sell"}


@dataclass(slots=True)
class StopRun:
    """The stop orders that fired in one matching event; ticks, lots, nanoseconds."""

    event: int
    ts: int
    side: AggressorSide
    orders: int
    volume: int
    first: int
    last: int


class Tape:
    """The newest trades, and stop runs as their matching events end."""

    def __init__(self) -> None:
        self._trades: RecordArray = np.zeros(KEPT, TRADE)
        self._words = words_of(self._trades)
        self._count = 0
        self._run: StopRun | None = None

    def take(self, trades: RecordArray, running_event: int) -> list[StopRun]:
        """Take TRADE rows; return the stop runs of matching events before `running_event`."""
        self._keep(trades)
        ended: list[StopRun] = []
        stops = chosen(trades, trades["kind"] == KIND_STOP)
        for event, clock, side, tick, size, first in tuples_of(stops, _STOP_FIELDS):
            run = self._run
            if run is not None and run.event != event:
                ended.append(run)
                run = None
            if run is None:
                run = self._run = StopRun(event, clock, SIDES[side], 0, 0, tick, tick)
            run.ts = clock
            run.orders += first
            run.volume += size
            run.last = tick
        if self._run is not None and self._run.event < running_event:
            ended.append(self._run)
            self._run = None
        return ended

    @property
    def waiting_since(self) -> int | None:
        """Time of the stop run whose matching event has not ended; None where there is none."""
        return None if self._run is None else self._run.ts

    def finish(self) -> list[StopRun]:
        """Return the stop run that still waits for the end of its matching event."""
        rest = [] if self._run is None else [self._run]
        self._run = None
        return rest

    def _keep(self, trades: RecordArray) -> None:
        newest = words_of(trades[-KEPT:])
        start = (self._count + len(trades) - len(newest)) % KEPT
        until_end = min(len(newest), KEPT - start)
        self._words[start : start + until_end] = newest[:until_end]
        self._words[: len(newest) - until_end] = newest[until_end:]
        self._count += len(trades)

    def newest(self, count: int, minimum_size: int = 1) -> tuple[Print, ...]:
        """Return up to `count` prints of at least `minimum_size` lots, oldest first.

        One aggressor's trades in one matching event are one print.
        """
        kept = min(self._count, KEPT)
        prints: list[Print] = []
        newer: tuple[int, int] | None = None
        # Newest first; a print usually is one trade, so a few more trades than prints are enough to look at.
        for end in range(self._count, self._count - kept, -_CHUNK):
            places = np.arange(end - 1, max(end - 1 - _CHUNK, self._count - kept - 1), -1) % KEPT
            for event, order_id, ts, side, tick, size, kind in tuples_of(self._trades[places], _PRINT_FIELDS):
                if newer == (event, order_id) and order_id != 0:
                    last = prints[-1]
                    prints[-1] = Print(ts, last.side, tick, last.last, last.size + size, last.kind, event)
                    continue
                if prints and prints[-1].size < minimum_size:
                    prints.pop()
                if len(prints) == count:
                    return tuple(reversed(prints))
                newer = (event, order_id)
                prints.append(Print(ts, SIDES.get(side), tick, tick, size, KINDS[kind], event))
        return tuple(said for said in reversed(prints) if said.size >= minimum_size)
