"""The tape: what each aggressor traded, and the stop orders that fired with it."""

from dataclasses import dataclass
from typing import Any, Final

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
from engines.events import AggressorSide
from engines.view import Print, TradeKind

KEPT: Final = 4_096
"""Trades kept for screens."""

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
        self._count = 0
        self._run: StopRun | None = None

    def take(self, trades: RecordArray, running_event: int) -> list[StopRun]:
        """Take TRADE rows; return the stop runs of matching events before `running_event`."""
        self._keep(trades)
        ended: list[StopRun] = []
        for row in trades[trades["kind"] == KIND_STOP]:
            if self._run is not None and self._run.event != row["event"]:
                ended.append(self._run)
                self._run = None
            self._run = _extended(self._run, row)
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
        newest = trades[-KEPT:]
        places = (self._count + len(trades) - len(newest) + np.arange(len(newest))) % KEPT
        self._trades[places] = newest
        self._count += len(trades)

    def newest(self, count: int) -> tuple[Print, ...]:
        """Return up to `count` prints, oldest first; one aggressor's trades in one event are one print."""
        prints: list[Print] = []
        places = range(self._count - 1, max(-1, self._count - 1 - KEPT), -1)
        group: list[Any] = []
        for place in places:
            row = self._trades[place % KEPT]
            if group and not _same_print(group[-1], row):
                prints.append(_print(group))
                group = []
                if len(prints) == count:
                    break
            group.append(row)
        if group and len(prints) < count:
            prints.append(_print(group))
        return tuple(reversed(prints))


def _extended(run: StopRun | None, row: Any) -> StopRun:
    tick, size = int(row["tick"]), int(row["size"])
    if run is None:
        return StopRun(int(row["event"]), int(row["clock"]), SIDES[int(row["side"])], 1, size, tick, tick)
    run.ts = int(row["clock"])
    run.orders += bool(row["first"])
    run.volume += size
    run.last = tick
    return run


def _same_print(newer: Any, older: Any) -> bool:
    """Whether two trades are one aggressor's in one event; trades without an aggressor stand alone."""
    return bool(newer["event"] == older["event"] and newer["order_id"] == older["order_id"] and newer["order_id"] != 0)


def _print(newest_first: list[Any]) -> Print:
    first, last = newest_first[-1], newest_first[0]
    return Print(
        ts=int(first["ts_event"]),
        side=SIDES.get(int(first["side"])),
        first=int(first["tick"]),
        last=int(last["tick"]),
        size=sum(int(row["size"]) for row in newest_first),
        kind=KINDS[int(first["kind"])],
        event=int(first["event"]),
    )
