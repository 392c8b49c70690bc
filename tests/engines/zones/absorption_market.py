"""A market for tests of absorption: trades written down one by one, and what the engines make of them."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from engines.book.layout import (
    ASK,
    BID,
    HIDDEN,
    HIDDEN_CANCELLED,
    HIDDEN_FILLED,
    TRADE,
    TRADE_BUY,
    TRADE_NONE,
    TRADE_SELL,
    UNKNOWN_LOTS,
    RecordArray,
)
from engines.events import Absorption, Event
from engines.flow.bars import Bars
from engines.timing.trading_day import trading_day
from engines.zones.absorption import Absorptions, AbsorptionSettings
from engines.zones.found import NO_BARS, Found
from feeds.instrument import Instrument
from tests.oracle.absorption import Hit, Minute, PlainAbsorption, Step

GOLD: Final = Instrument("GCG4", 1, 100_000_000, 100.0)
SECOND: Final = 1_000_000_000
MINUTE: Final = 60 * SECOND
MORNING: Final = 1_704_204_000_000_000_000
"""2024-01-02 09:00 in New York, a Tuesday."""
FAIR: Final = 20_000
"""Where price begins, in ticks."""
AS_TESTED: Final = AbsorptionSettings(slot=10 * SECOND, slots=12, zone_ticks=2, volume_z=2.0, refill=0.5, impact_z=1.0)
"""Thresholds that the market below was made for, whatever the defaults are tuned to."""
_SIDES: Final = {"sell": TRADE_SELL, "buy": TRADE_BUY, "none": TRADE_NONE}
_HIT: Final = {TRADE_SELL: "bid", TRADE_BUY: "ask", TRADE_NONE: ""}


class Pit:
    """Trades in the order in which they are written down; every queue shows twenty lots and is refilled at once."""

    def __init__(self, start: int = MORNING) -> None:
        self.rows: list[RecordArray] = []
        self.hiddens: list[RecordArray] = []
        self.clock = start
        self.tick = FAIR
        self.tells_queues = True
        self._came: dict[tuple[str, int], int] = {}

    def wait(self, seconds: float) -> "Pit":
        """Let time pass."""
        self.clock += round(seconds * SECOND)
        return self

    def trade(self, side: str, lots: int, tick: int | None = None, *, refilled: bool = True) -> "Pit":
        """Let one aggressor trade, at the last price if no other is given; what it takes comes back to the queue."""
        self.tick = self.tick if tick is None else tick
        row = np.zeros(1, TRADE)
        number = len(self.rows)
        row["index"], row["event"], row["order_id"] = 3 * number, number, 1_000 + number
        row["clock"] = row["ts_event"] = self.clock
        row["tick"], row["size"], row["side"] = self.tick, lots, _SIDES[side]
        known = self.tells_queues and side != "none"
        came = self._came.get((side, self.tick), 0)
        row["displayed"], row["stacked"] = (20, came) if known else (UNKNOWN_LOTS, UNKNOWN_LOTS)
        row["pulled"] = row["refilled"] = 0 if known else UNKNOWN_LOTS
        self._came[side, self.tick] = came + lots * refilled
        self.rows.append(row)
        return self

    def usual(self, minutes: float) -> "Pit":
        """Trade as always: twenty seconds of buying lift price by ten ticks, twenty of selling bring it back."""
        for second in range(round(minutes * 60)):
            buys = second // 20 % 2 == 0
            moves = second % 2 == 1
            self.trade("buy" if buys else "sell", 5, self.tick + ((1 if buys else -1) if moves else 0)).wait(1)
        return self

    def press(self, side: str, lots: int, seconds: int = 20, *, refilled: bool = True) -> "Pit":
        """Press on the last price, every second, with lots that it takes."""
        for _ in range(seconds):
            self.wait(1).trade(side, lots // seconds, refilled=refilled)
        return self

    def move(self, ticks: int, lots: int = 1) -> "Pit":
        """Walk a tick a second, with few lots."""
        for _ in range(abs(ticks)):
            self.wait(1).trade("buy" if ticks > 0 else "sell", lots, self.tick + (1 if ticks > 0 else -1))
        return self

    def iceberg(self, side: str, lots: int, *, cancelled: bool = False) -> "Pit":
        """Say that a native iceberg at the last price filled lots in the newest trade's event, or was cancelled."""
        row = np.zeros(1, HIDDEN)
        row["event"], row["clock"], row["tick"] = len(self.rows) - 1, self.clock, self.tick
        row["side"], row["lots"] = BID if side == "bid" else ASK, lots
        row["what"] = HIDDEN_CANCELLED if cancelled else HIDDEN_FILLED
        self.hiddens.append(row)
        return self

    def trades(self) -> RecordArray:
        """Return TRADE rows."""
        return np.concatenate(self.rows)

    def found(self, events: Sequence[int] = ()) -> list[Found]:
        """Return all of it in stretches that end before the given events."""
        trades = self.trades()
        hiddens = np.concatenate(self.hiddens) if self.hiddens else np.zeros(0, HIDDEN)
        bounds = [0, *sorted(events), len(trades)]
        bars = _Minutes()
        stretches = []
        for first, last in pairwise(bounds):
            # What icebergs did in an event is known once it has ended, with the next one.
            known = hiddens[
                (hiddens["event"] >= first - 1) & (hiddens["event"] < (last - 1 if last < len(trades) else last))
            ]
            stretch = trades[first:last]
            stretches.append(Found(trades=stretch, bars=bars.of(stretch), hiddens=known, of_orders=True))
        return stretches


class _Minutes:
    """Bars as the pipeline hands them on."""

    def __init__(self) -> None:
        self._bars = Bars()
        self._day_end = 0

    def of(self, trades: RecordArray) -> RecordArray:
        """Return the bars that close while trades of one trading day come."""
        if len(trades) and trades["clock"][0] >= self._day_end:
            day = trading_day(int(trades["clock"][0]))
            self._day_end = day.end
            self._bars.begin_day(day.start, day.end)
        closed = [rows.copy() for rows in self._bars.take(trades)]
        return np.concatenate(closed) if closed else NO_BARS


def follow(
    pit: Pit, settings: AbsorptionSettings = AS_TESTED, cuts: Sequence[int] = ()
) -> tuple[list[Absorption], Absorptions]:
    """Return what is said of a market of one trading day, and the engine."""
    engine = Absorptions(GOLD, settings)
    engine.begin_day(trading_day(int(pit.rows[0]["clock"][0])))
    return said(event for found in pit.found(cuts) for event in engine.take(found)), engine


def said(events: Iterable[Event]) -> list[Absorption]:
    """Return the lines of absorption."""
    return [event for event in events if isinstance(event, Absorption)]


def plain_steps(
    trades: RecordArray, minutes: RecordArray, settings: AbsorptionSettings, days: Sequence[int] = ()
) -> list[Step]:
    """Let the oracle read trades and the BAR rows of minutes; `days` are the times at which further days begin."""
    plain = PlainAbsorption(settings)
    first = trading_day(int(trades["clock"][trades["clock"] > 0][0]))
    plain.begin_day(first.start, None)
    ends = iter([*_minutes_of(minutes), None])
    ending = next(ends)
    waiting = list(days)
    for row in trades:
        while waiting and row["clock"] >= waiting[0]:
            while ending is not None and ending.end <= waiting[0]:
                plain.minute(ending)
                ending = next(ends)
            plain.begin_day(waiting[0], waiting.pop(0))
        while ending is not None and ending.end <= row["clock"]:
            plain.minute(ending)
            ending = next(ends)
        plain.trade(_hit(row))
    while ending is not None:
        plain.minute(ending)
        ending = next(ends)
    return plain.steps


def _hit(row: RecordArray) -> Hit:
    side = _HIT[int(row["side"])]
    displayed, stacked = int(row["displayed"]), int(row["stacked"])
    came = None if stacked == UNKNOWN_LOTS else stacked - int(row["pulled"]) + int(row["refilled"])
    shown = None if displayed == UNKNOWN_LOTS else displayed
    return Hit(int(row["clock"]), int(row["event"]), int(row["tick"]), int(row["size"]), side, shown, came)


def _minutes_of(minutes: RecordArray) -> list[Minute]:
    ranges: list[int] = []
    told = []
    for bar in minutes:
        ranges.append(int(bar["high"] - bar["low"]))
        lately = ranges[-20:]
        told.append(Minute(int(bar["end"]), int(bar["close"]), sum(lately) / len(lately) if len(lately) >= 5 else 0.0))
    return told
