"""The event clock, and bars built from trades by it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from .records import ASK, BID, SECOND, UNDEFINED_TIME, Row
from .tape import Trade

INTERVALS: Final = {"1s": 1, "1m": 60, "5m": 300, "15m": 900, "1h": 3_600}
"""Length of the bars that are cut by the clock, in seconds."""
SESSION: Final = "session"
CHICAGO: Final = ZoneInfo("America/Chicago")
DAY_STARTS: Final = time(17)


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


def trading_day(ts: int) -> date:
    """Return the CME trading day that a time belongs to: it begins at 17:00 Chicago of the evening before."""
    local = datetime.fromtimestamp(ts // SECOND, UTC).astimezone(CHICAGO)
    return local.date() + timedelta(days=1) if local.time() >= DAY_STARTS else local.date()


def day_bounds(day: date) -> tuple[int, int]:
    """Return first nanosecond and end of a trading day."""
    evening = datetime.combine(day - timedelta(days=1), DAY_STARTS, CHICAGO)
    end = datetime.combine(day, DAY_STARTS, CHICAGO)
    return int(evening.timestamp()) * SECOND, int(end.timestamp()) * SECOND


def bounds(ts: int, interval: str) -> tuple[int, int]:
    """Return first nanosecond and end of the bar that a time belongs to."""
    if interval == SESSION:
        return day_bounds(trading_day(ts))
    length = INTERVALS[interval] * SECOND
    start = ts - ts % length
    return start, start + length


def bars(trades: Iterable[Trade], interval: str, clock: int | None) -> list[Bar]:
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
        built.append(_bar(interval, start, end, members, before, complete=clock is not None and clock >= end))
    return built


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
    )
