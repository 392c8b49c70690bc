"""Whether a truth belongs to a recording, and what it can ask of it: read off the records while they pass.

A recording does not name the session it is of, and seeds begin at the same time with the same order ids. But trades
have times to the nanosecond: those that a truth names are in its own recording, whatever the schema, and in no other.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from feeds.records import ACTION_TRADE, SIDE_NONE, Batch
from qmo_tui.errors import QmoError
from qmo_tui.evaluation.readings import Recorded
from qmo_tui.evaluation.truth_file import Iceberg, Stop, Thing
from qmo_tui.exit_codes import ExitCode

_LEAST_SHARE: Final = 0.5
"""Of the trades that a truth names, those that a recording it belongs to must hold; some may be lost."""
_SECOND_NS: Final = 1_000_000_000


class Witness:
    """Sees the records of one recording pass."""

    def __init__(self, things: Sequence[Thing]) -> None:
        """Know the truth beforehand; an empty one is not doubted."""
        self._things = things
        self._named = _trades_named(things)
        self._held = np.zeros(len(self._named), np.bool_)
        self._first: int | None = None
        self._sideless: set[int] = set()

    def watch(self, batches: Iterable[Batch], instrument_id: int) -> Iterator[Batch]:
        """Yield the batches as they are, having looked at the trades of one instrument."""
        for batch in batches:
            if {"action", "side"} <= set(batch.records.dtype.names or ()):
                records = batch.records[batch.records["instrument_id"] == instrument_id]
                if len(records) and self._first is None:
                    self._first = int(records["ts_event"][0])
                trades = records[records["action"] == ACTION_TRADE]
                self._held |= np.isin(self._named, trades["ts_event"].astype(np.int64))
                self._sideless.update(trades["ts_event"][trades["side"] == SIDE_NONE].tolist())
            yield batch

    def recorded(self, tick: float, last: int | None) -> Recorded | None:
        """Return what was recorded, given the tick and the time of the last record; None without any order flow."""
        if self._first is None or last is None:
            return None
        whole = not len(self._named) or bool(self._named[-1] <= last)
        return Recorded(self._first, last, tick, whole, frozenset(self._sideless))

    def doubts(self, recorded: Recorded, source: str) -> list[str]:
        """Return a note where it cannot be told whether the truth belongs to the recording.

        Raises:
            QmoError: It does not.
        """
        if not self._things:
            return []
        first, last = min(thing.ts for thing in self._things), max(thing.ts for thing in self._things)
        if last < recorded.first or first > recorded.last:
            raise QmoError(
                f"the truth is not that of {source}: it tells of {_span(first, last)}, the recording holds "
                f"{_span(recorded.first, recorded.last)}",
                ExitCode.UNREADABLE,
            )
        within = (self._named >= recorded.first) & (self._named <= recorded.last)
        if not within.any():
            return [f"the truth names no trade that could be looked up in {source}; whether it is its own is unknown"]
        held, named = int(self._held[within].sum()), int(within.sum())
        if held < _LEAST_SHARE * named:
            raise QmoError(
                f"the truth is not that of {source}: of {named} times at which it says that something traded, the "
                f"recording holds {held}; give the file that `qmo simulate --truth` wrote with it",
                ExitCode.UNREADABLE,
            )
        return []


def _trades_named(things: Sequence[Thing]) -> npt.NDArray[np.int64]:
    """Return the times at which the truth says that something traded, ns, sorted."""
    times = {thing.ts for thing in things if isinstance(thing, Stop)}
    times.update(ts for thing in things if isinstance(thing, Iceberg) for ts, _, _ in thing.hidden_fills)
    return np.array(sorted(times), np.int64)


def _span(first: int, last: int) -> str:
    begin, end = (datetime.fromtimestamp(moment // _SECOND_NS, UTC) for moment in (first, last))
    return f"{begin:%Y-%m-%d %H:%M:%S} to {end:%Y-%m-%d %H:%M:%S} UTC"
