"""The event clock, and bars built from trades by it."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

from .records import ASK, BID, SECOND, UNDEFINED_TIME, Row
from .tape import Trade
from .touch import EndedSecond

INTERVALS: Final = {"1s": 1, "1m": 60, "5m": 300, "15m": 900, "1h": 3_600}
"""Length of the bars that are cut by the clock, in seconds."""
SESSION: Final = "session"
CHICAGO: Final = ZoneInfo("America/Chicago")
DAY_STARTS: Final = time(17)
HALT_STARTS: Final = time(16)


class PlainClock:
    """The newest credible event time of news; it never runs backwards.

    Snapshot records repeat old times, and a time more than a second after its own capture cannot be right.
    """

    def __init__(self) -> None:
        self.now: int | None = None
        self.late_records = 0

    def see(self, row: Row) -> None:
        """Take one record of the instrument."""
        if row.is_snapshot or row.ts_event == UNDEFINED_TIME:
            return
        if self.now is not None and row.ts_event < self.now:
            self.late_records += 1
        elif row.ts_recv == UNDEFINED_TIME or row.ts_event <= row.ts_recv + SECOND:
            self.now = row.ts_event


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar in ticks and lots; times are nanoseconds UTC, `end` exclusive.

    Attributes:
        trades: Trade summaries in it.
        cvd: Delta since the trading day began, at the end of this bar.
        gap: Intervals without a trade between this bar and the one before it in the same trading day.
        complete: The clock has reached the end of the bar.
        low_delta: Lowest delta at any moment of the bar, its begin included.
        ofi: What the seconds that ended in it added to order-flow imbalance; None before any was told.
        members: Its trades.
    """

    interval: str
    start: int
    end: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    buy: int
    sell: int
    none: int
    trades: int
    delta: int
    cvd: int
    gap: int
    complete: bool
    low_delta: int
    high_delta: int
    ofi: int | None
    members: tuple[Trade, ...]


def trading_day(ts: int) -> date:
    """Return the CME trading day that a time belongs to: it begins at 17:00 Chicago of the evening before."""
    local = datetime.fromtimestamp(ts // SECOND, UTC).astimezone(CHICAGO)
    return local.date() + timedelta(days=1) if local.time() >= DAY_STARTS else local.date()


def day_bounds(day: date) -> tuple[int, int]:
    """Return first nanosecond and end of a trading day."""
    evening = datetime.combine(day - timedelta(days=1), DAY_STARTS, CHICAGO)
    end = datetime.combine(day, DAY_STARTS, CHICAGO)
    return int(evening.timestamp()) * SECOND, int(end.timestamp()) * SECOND


def next_boundary(ts: int) -> int:
    """Return when trading next stops after a time: at the daily halt, or at the end of the trading day."""
    day = trading_day(ts)
    halt = int(datetime.combine(day, HALT_STARTS, CHICAGO).timestamp()) * SECOND
    return halt if ts < halt else day_bounds(day)[1]


def bounds(ts: int, interval: str) -> tuple[int, int]:
    """Return first nanosecond and end of the bar that a time belongs to."""
    if interval == SESSION:
        return day_bounds(trading_day(ts))
    length = INTERVALS[interval] * SECOND
    start = ts - ts % length
    return start, start + length


def bars(trades: Iterable[Trade], interval: str, clock: int | None, seconds: Sequence[EndedSecond] = ()) -> list[Bar]:
    """Build the bars of one interval, oldest first; trades without a time belong to none.

    `clock` is the event time at the end of the data, which tells whether the last bar is complete.
    """
    grouped: dict[tuple[int, int], list[Trade]] = {}
    for trade in trades:
        if trade.ts is not None:
            grouped.setdefault(bounds(trade.ts, interval), []).append(trade)
    built: list[Bar] = []
    for (start, end), members in grouped.items():
        before = built[-1] if built and trading_day(built[-1].start) == trading_day(start) else None
        bar = _bar(interval, start, end, members, before, complete=clock is not None and clock >= end)
        built.append(replace(bar, ofi=imbalance_between(seconds, start, end)))
    return built


def imbalance_between(seconds: Sequence[EndedSecond], start: int, end: int) -> int | None:
    """Return the order-flow imbalance of the seconds that ended after `start` and not after `end`."""
    until, before = (bisect_right(seconds, moment, key=lambda second: second.end) for moment in (end, start))
    return seconds[until - 1].ofi - (seconds[before - 1].ofi if before else 0) if until else None


def running_delta(members: Iterable[Trade]) -> list[int]:
    """Return the delta before the first trade and after each."""
    signed = [trade.size * {BID: 1, ASK: -1}.get(trade.side, 0) for trade in members]
    return list(accumulate(signed, initial=0))


def _bar(interval: str, start: int, end: int, members: list[Trade], before: Bar | None, *, complete: bool) -> Bar:
    """Build one bar; `before` is the bar before it in the same trading day."""
    ticks = [trade.tick for trade in members]
    buy = sum(trade.size for trade in members if trade.side == BID)
    sell = sum(trade.size for trade in members if trade.side == ASK)
    volume = sum(trade.size for trade in members)
    return Bar(
        interval=interval,
        start=start,
        end=end,
        open=ticks[0],
        high=max(ticks),
        low=min(ticks),
        close=ticks[-1],
        volume=volume,
        buy=buy,
        sell=sell,
        none=volume - buy - sell,
        trades=len(members),
        delta=buy - sell,
        cvd=buy - sell + (before.cvd if before else 0),
        gap=(start - before.end) // (end - start) if before else 0,
        complete=complete,
        low_delta=min(running_delta(members)),
        high_delta=max(running_delta(members)),
        ofi=None,
        members=tuple(members),
    )
