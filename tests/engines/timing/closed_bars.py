"""Closed bars of a market that walks at random: minutes, and the longer bars made of them, in the order of closing."""

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Protocol

from msgspec.structs import replace

from engines.events import Window
from engines.timing.swings import ClosedBar
from engines.timing.trading_day import TradingDay, trading_day

MINUTE = 60_000_000_000
LENGTHS = {"5m": 5 * MINUTE, "15m": 15 * MINUTE, "1h": 60 * MINUTE}

Step = TradingDay | tuple[str, ClosedBar]
"""A trading day that begins, or a closed bar with its interval."""


def at(text: str) -> int:
    """Return a moment such as `2026-01-18 19:52`, UTC, in ns."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000_000


def days_of_trading(first: str, count: int) -> list[TradingDay]:
    """Return so many trading days from a date on, without weekends."""
    days: list[TradingDay] = []
    day = date.fromisoformat(first)
    while len(days) < count:
        if day.weekday() < 5:
            days.append(trading_day(at(f"{day.isoformat()} 12:00")))
        day += timedelta(days=1)
    return days


def walk(days: Sequence[TradingDay], seed: int, *, price: int = 26_500, step: float = 3.0) -> list[Step]:
    """Return every step of a market that walks at random through the days, four moves of `step` ticks a minute."""
    chance = Random(seed)
    steps: list[Step] = []
    here = float(price)
    for day in days:
        steps.append(day)
        open_bars: dict[str, ClosedBar] = {}
        for start in range(day.start, day.halt, MINUTE):
            path = [here]
            for _ in range(4):
                path.append(path[-1] + chance.gauss(0, step))
            here = path[-1]
            ticks = [round(one) for one in path]
            bar = ClosedBar(start, start + MINUTE, max(ticks), min(ticks), ticks[-1], ticks[0], 0)
            steps.append(("1m", bar))
            for interval, length in LENGTHS.items():
                longer = _joined(open_bars.get(interval), bar, length)
                open_bars[interval] = longer
                if bar.end == longer.end:
                    steps.append((interval, longer))
                    del open_bars[interval]
    return steps


def _joined(longer: ClosedBar | None, bar: ClosedBar, length: int) -> ClosedBar:
    start = bar.start // length * length
    if longer is None:
        return replace(bar, start=start, end=start + length)
    return replace(longer, high=max(longer.high, bar.high), low=min(longer.low, bar.low), close=bar.close)


def minutes_of(steps: Iterable[Step]) -> list[ClosedBar]:
    """Return the closed minutes among the steps."""
    return [step[1] for step in steps if not isinstance(step, TradingDay) and step[0] == "1m"]


def hours_of_gold(data: Path) -> list[ClosedBar]:
    """Return two years of hourly bars of GC from Yahoo, in ticks of 0.10."""
    bars = []
    with (data / "gc-1h-yahoo.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            start = int(datetime.fromisoformat(row["Datetime"]).timestamp()) * 1_000_000_000
            high, low, close, opened = (round(10 * float(row[name])) for name in ("High", "Low", "Close", "Open"))
            bars.append(ClosedBar(start, start + LENGTHS["1h"], high, low, close, opened, 0))
    return bars


class TimingEngine(Protocol):
    """What the timing engines share."""

    def begin_day(self, day: TradingDay) -> None:
        """Start a trading day."""

    def close(self, interval: str, bar: ClosedBar) -> list[Window]:
        """Take a closed bar."""


def run(engine: TimingEngine, steps: Iterable[Step]) -> list[Window]:
    """Hand an engine every step and return what it says."""
    told: list[Window] = []
    for step in steps:
        if isinstance(step, TradingDay):
            engine.begin_day(step)
        else:
            told += engine.close(*step)
    return told
