"""A market told trade by trade, as iceberg memory hears it: stretches of trades, the minutes they close, and proof."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from engines.book.layout import TRADE
from engines.events import Event, Memory
from engines.flow.layout import BAR, INTERVALS
from engines.zones.found import Found
from engines.zones.memory import IcebergMemory, MemorySettings
from engines.zones.memory_proofs import Remembered
from engines.zones.memory_state import KeptZone, Recollection
from feeds.instrument import Instrument

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
START = 1_704_294_000 * SECOND
"""2024-01-03, 15:00 UTC."""
GOLD = Instrument("GCG4", 7, SECOND // 10, 100.0, "GLBX.MDP3")
QUIET = Recollection(minutes=((4, 100),) * 60)
"""An hour of minutes of 4 ticks and 100 lots: distances are at their least, 10 and 3 ticks."""
LEAVE, THROUGH = MemorySettings().leave_least, MemorySettings().through_least

Path = Sequence[tuple[float, int]]
"""(Seconds after START, tick) of every trade."""


def trades_of(path: Path) -> Any:
    """Return TRADE rows."""
    rows = np.zeros(len(path), TRADE)
    rows["clock"] = rows["ts_event"] = [START + round(seconds * SECOND) for seconds, _ in path]
    rows["tick"] = [tick for _, tick in path]
    rows["size"] = 2
    rows["index"] = rows["event"] = np.arange(len(path)) + 1
    rows["order_id"] = rows["index"] + 100
    return rows


def minutes_of(trades: Any) -> Any:
    """Return the BAR rows of every minute that a later trade closes."""
    ends = trades["clock"] // MINUTE * MINUTE + MINUTE
    rows = np.zeros(len(np.unique(ends)), BAR)
    for row, end in zip(rows, np.unique(ends), strict=True):
        inside = trades[ends == end]
        row["interval"] = INTERVALS.index("1m")
        row["start"], row["end"] = end - MINUTE, end
        row["open"], row["close"] = inside["tick"][0], inside["tick"][-1]
        row["low"], row["high"] = inside["tick"].min(), inside["tick"].max()
        row["volume"] = inside["size"].sum()
    return rows[rows["end"] <= trades["clock"][-1]]


def listen(
    memory: IcebergMemory, path: Path, facts: Sequence[Remembered] = (), cuts: Sequence[int] = ()
) -> list[Memory]:
    """Let a memory hear a path, cut into stretches at the given places; return what it says."""
    trades = trades_of(path)
    minutes = minutes_of(trades)
    said: list[Event] = []
    places = [0, *sorted(cuts), len(trades)]
    for first, end in pairwise(places):
        piece = trades[first:end]
        since = START - MINUTE if first == 0 else int(trades["clock"][first - 1])
        until = int(trades["clock"][end - 1]) if end else since
        closed = minutes[(minutes["end"] > since) & (minutes["end"] <= until)]
        proven = [fact for fact in facts if (first == 0 and fact.ts < since) or since <= fact.ts < until]
        said += memory.take(Found(trades=piece, bars=closed), proven)
    return [event for event in said if isinstance(event, Memory)]


def proof(tick: int, *, lots: float = 50, side: Any = "bid", source: str = "", at: float = 0, high: int = 0) -> Any:
    """Return proof of somebody at a tick, `at` seconds after START."""
    return Remembered(
        source or f"{side}-{tick}", "native iceberg", side, tick, high or tick, lots, START + round(at * SECOND)
    )


def remembering(*zones: KeptZone, **fields: Any) -> Recollection:
    """Return the quiet market's recollection with zones in it."""
    settled = {"zones": zones, "next_number": len(zones) + 1, "sessions": 10, "last_day": START, **fields}
    return Recollection(**{"minutes": QUIET.minutes, **settled})


def zone(number: int, low: int, high: int | None = None, *, side: Any = "bid", **fields: Any) -> KeptZone:
    """Return a zone that was confirmed in the newest of ten sessions."""
    settled = {"evidence": 1.0, "kinds": ("native iceberg",), "first_ts": 1, "last_ts": 1, "session": 10, **fields}
    return KeptZone(number=number, side=side, low=low, high=low if high is None else high, **settled)
