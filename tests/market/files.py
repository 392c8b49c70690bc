"""Simulated sessions as DBN files."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from feeds.dbn import DbnWriter, Interval, Mapping, Metadata
from feeds.records import Schema

from .sessions import SECOND, START, Session, session

SYMBOL: Final = "GCG4"
EVENTS_A_SECOND: Final = 50


def write_session(path: Path, seed: int = 1, minutes: float = 1.0, **options: Any) -> Session:
    """Write a session of about `minutes` as a DBN file, which must not exist yet, and return it.

    Args:
        path: The file; compressed where its name ends in `.zst`.
        options: As `session` takes them, but for `pace`.
    """
    events = int(minutes * 60 * EVENTS_A_SECOND)
    made = session(seed, events, pace=SECOND // EVENTS_A_SECOND, **options)
    start = int(options.get("start", START))
    with DbnWriter(path, _metadata(made, start)) as writer:
        writer.write(made.array)
    return made


def _metadata(made: Session, start: int) -> Metadata:
    day = datetime.fromtimestamp(start // SECOND, UTC).date()
    first, after = (int((day + timedelta(days=days)).strftime("%Y%m%d")) for days in (0, 2))
    names = {number: SYMBOL if position == 0 else f"{SYMBOL}-{position}" for position, number in enumerate(made.truths)}
    return Metadata(
        dataset="GLBX.MDP3",
        schema=Schema.MBO,
        start=start,
        symbols=tuple(names.values()),
        mappings=tuple(Mapping(name, (Interval(first, after, str(number)),)) for number, name in names.items()),
    )
