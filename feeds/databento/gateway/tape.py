"""A recording in memory as one timeline: the records of every schema in version 3, and when each became known.

Files of different schemas are laid over each other by time; files of one schema follow each other. Inside a file the
order of its records is kept. What a market knew before its first live record (definitions, the snapshot a file begins
with) stands before the `opening`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from feeds.databento.gateway.transcoding import as_newest
from feeds.dbn import DbnFile
from feeds.recording import Recording
from feeds.records import BAR_SECONDS, F_BAD_TS_RECV, F_SNAPSHOT, UNDEFINED_TIME, Records, Schema

Times = npt.NDArray[np.int64]
Places = npt.NDArray[np.int64]

_SECOND_NS: Final = 1_000_000_000
_NOT_SERVED: Final = frozenset({Schema.ERROR, Schema.SYMBOL_MAPPING, Schema.SYSTEM, Schema.UNKNOWN})
_BESIDE_FLOW: Final = frozenset({Schema.DEFINITION, Schema.STATISTICS, Schema.STATUS})


@dataclass(frozen=True, slots=True)
class Strip:
    """The records of one schema.

    Attributes:
        records: All of them, contiguous.
        places: Where each stands in the timeline; rising.
        counts: Records per instrument id.
    """

    records: Records
    places: Places
    counts: Mapping[int, int]

    def window(self, start: int, stop: int) -> slice:
        """Return which records stand in a stretch of the timeline."""
        first, last = np.searchsorted(self.places, (start, stop))
        return slice(int(first), int(last))


@dataclass(frozen=True, slots=True)
class Tape:
    """The timeline.

    Attributes:
        dataset: Dataset of the recording, or an empty string.
        strips: Its records by schema.
        times: When the record at each place became known (ns UTC); never falling.
        start: Time of the first live record.
        opening: Its place.
    """

    dataset: str
    strips: Mapping[Schema, Strip]
    times: Times
    start: int
    opening: int

    def __len__(self) -> int:
        """Count the records of all schemas."""
        return len(self.times)

    @classmethod
    def of(cls, recording: Recording) -> "Tape":
        """Read a recording to its end.

        Raises:
            CorruptDbn: One of its files is broken somewhere.
        """
        pieces: dict[Schema, list[Records]] = {}
        runs: dict[Schema, list[tuple[int, int]]] = {}
        times: list[Times] = []
        reached: dict[Schema, int] = {}
        count = 0
        for file in recording.files:
            held: set[Schema] = set()
            own: list[Times] = []
            for schema, records in _served(file):
                held.add(schema)
                own.append(_known_at(schema, records))
                pieces.setdefault(schema, []).append(records)
                runs.setdefault(schema, []).append((count, count + len(records)))
                count += len(records)
            if own:
                floor = max(reached.get(schema, 0) for schema in held)
                laid = np.maximum.accumulate(np.maximum(np.concatenate(own), floor))
                reached |= dict.fromkeys(held, int(laid[-1]))
                times.append(laid)
        return _assembled(recording.dataset, pieces, runs, np.concatenate(times) if times else np.zeros(0, np.int64))

    def orders_of(self, instrument_id: int) -> tuple[Records, Places]:
        """Return the MBO records of one instrument, and their places."""
        strip = self.strips[Schema.MBO]
        if strip.counts.keys() == {instrument_id}:
            return strip.records, strip.places
        own = strip.records["instrument_id"] == instrument_id
        return strip.records[own], strip.places[own]

    def place_of(self, moment: int) -> int:
        """Return the place of the first record that became known after a moment."""
        return int(np.searchsorted(self.times, moment, side="right"))

    def time_before(self, place: int) -> int:
        """Return the market's time when the record before a place has come."""
        return max(self.start, int(self.times[place - 1])) if place > 0 else self.start


def _assembled(
    dataset: str, pieces: dict[Schema, list[Records]], runs: dict[Schema, list[tuple[int, int]]], times: Times
) -> Tape:
    order = np.argsort(times, kind="stable")
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    strips = {}
    for schema, parts in pieces.items():
        own = np.concatenate([places[first:last] for first, last in runs[schema]])
        strips[schema] = Strip(_joined(parts), own, _counts(parts))
    times = times[order]
    start = _start(strips, times)
    return Tape(dataset, strips, times, start, int(np.searchsorted(times, start)))


def _served(file: DbnFile) -> Iterator[tuple[Schema, Records]]:
    """Yield the records a gateway can serve; one-trade quotes are told from all quotes by the file's header only."""
    header = None if file.metadata is None else file.metadata.schema
    for batch in file.batches():
        if batch.schema not in _NOT_SERVED:
            schema = Schema.TBBO if (batch.schema, header) == (Schema.MBP_1, Schema.TBBO) else batch.schema
            yield schema, as_newest(batch)


def _known_at(schema: Schema, records: Records) -> Times:
    """Return when each record became known (ns UTC); 0 for what was known before."""
    names = records.dtype.names or ()
    if schema is Schema.DEFINITION:
        return np.zeros(len(records), np.int64)
    times = records["ts_event"].astype(np.int64)
    if schema in BAR_SECONDS:
        return times + BAR_SECONDS[schema] * _SECOND_NS
    if "ts_recv" in names:
        times = np.where(records["ts_recv"] == UNDEFINED_TIME, times, records["ts_recv"].astype(np.int64))
    if "flags" in names:
        times[(records["flags"] & (F_SNAPSHOT | F_BAD_TS_RECV)) != 0] = 0
    return np.maximum(times, 0)


def _start(strips: Mapping[Schema, Strip], times: Times) -> int:
    """Return when the market opens: with the first order flow, or with whatever there is."""
    flow = [strip for schema, strip in strips.items() if schema not in _BESIDE_FLOW] or list(strips.values())
    firsts = []
    for strip in flow:
        own = times[strip.places]
        first = int(np.searchsorted(own, 0, side="right"))
        if first < len(own):
            firsts.append(int(own[first]))
    return min(firsts, default=int(times[-1]) + 1 if len(times) else 1)


def _joined(parts: list[Records]) -> Records:
    """Return pieces of one layout as one array; as bytes, since copying field by field takes many times as long."""
    layout = parts[0].dtype
    return np.concatenate([part.view(np.uint8) for part in parts]).view(layout)


def _counts(parts: list[Records]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for part in parts:
        ids, numbers = np.unique(part["instrument_id"], return_counts=True)
        for number, count in zip(ids.tolist(), numbers.tolist(), strict=True):
            counts[number] = counts.get(number, 0) + count
    return counts
