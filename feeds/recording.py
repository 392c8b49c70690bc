"""Recorded files as one stream: a DBN file, several, or the folder of a session."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from feeds.dbn import DbnError, DbnFile
from feeds.dbn.errors import NotDbn
from feeds.dbn.metadata import Metadata, SType
from feeds.instrument import Instrument, from_definition, is_outright_name
from feeds.records import UNDEFINED_TIME, Batch, Provenance, Records, Schema

_SUFFIXES: Final = (".dbn", ".dbn.zst")
_HEAD_RECORDS: Final = 500_000
"""Order-flow records of a file looked at to learn what it holds; the definitions of a stream stand before them."""
_WITHOUT_FLOW: Final = frozenset(
    {Schema.DEFINITION, Schema.STATISTICS, Schema.STATUS, Schema.ERROR, Schema.SYMBOL_MAPPING, Schema.SYSTEM}
)
_LATER: Final = 2**64
_RANKS: Final = {
    schema: rank for rank, schema in enumerate((Schema.MBO, Schema.MBP_10, Schema.MBP_1, Schema.TBBO, Schema.TRADES))
}
"""Schemas of order flow, the one that tells most first."""


@dataclass(slots=True)
class Contents:
    """What the beginning of a recording tells.

    Attributes:
        counts: Order-flow records per instrument id, in the order of their first ones.
        symbols: Raw symbols by instrument id, from mapping records and headers.
        defined: Instruments by id, from definition records.
        schemas: By instrument id, the schema found that tells most.
        broken: Where a file broke while it was looked at, which may be why something is missing here.
    """

    counts: dict[int, int] = field(default_factory=dict)
    symbols: dict[int, str] = field(default_factory=dict)
    defined: dict[int, Instrument] = field(default_factory=dict)
    broken: DbnError | None = None
    schemas: dict[int, Schema] = field(default_factory=dict)

    def busiest(self) -> int | None:
        """Return the id with most records, outrights before spreads; None where no order flow was seen."""
        if not self.counts:
            return None
        return max(self.counts, key=lambda wanted: (self._is_outright(wanted), self.counts[wanted]))

    def find(self, symbol: str) -> int | None:
        """Return the id of a raw symbol (in any case) or of an id in digits; None where the recording has neither."""
        for instrument_id, instrument in self.defined.items():
            if instrument.symbol.upper() == symbol.upper():
                return instrument_id
        named = [number for number, name in self.symbols.items() if name.upper() == symbol.upper()]
        if named:
            return max(named, key=lambda number: self.counts.get(number, 0))
        return int(symbol) if symbol.isdecimal() and int(symbol) in self.counts else None

    def name(self, instrument_id: int) -> str:
        """Return the raw symbol of an id, or an empty string."""
        defined = self.defined.get(instrument_id)
        return defined.symbol if defined is not None else self.symbols.get(instrument_id, "")

    def _is_outright(self, instrument_id: int) -> bool:
        defined = self.defined.get(instrument_id)
        return is_outright_name(self.name(instrument_id)) if defined is None else defined.outright


class Recording:
    """DBN files played one after the other; definitions first, then by the start of their query.

    Attributes:
        files: The files, in playing order.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        """Open the files, and those in folders, and read their headers. A file named twice is played once.

        Raises:
            DbnError: One of them is not DBN, is cut inside its header, or has an unknown version.
            OSError: One of them cannot be opened.
        """
        named = {path.resolve(): path for given in paths for path in _files_of(given)}
        self.files = sorted((DbnFile(path) for path in named.values()), key=_playing_order)

    @property
    def source(self) -> str:
        """File names, for the screen and the log, as text: bytes of one that are none are replaced."""
        return ", ".join(os.fsencode(file.path.name).decode(errors="replace") for file in self.files)

    @property
    def dataset(self) -> str:
        """Databento dataset code, or an empty string where no header tells."""
        return next((file.metadata.dataset for file in self.files if file.metadata is not None), "")

    @property
    def provenance(self) -> Provenance:
        """`DEMO` where any of it is simulated, else `REPLAY`."""
        simulated = any(file.provenance is Provenance.DEMO for file in self.files)
        return Provenance.DEMO if simulated else Provenance.REPLAY

    @property
    def headers(self) -> list[Metadata]:
        """What the files of order flow say of themselves; where there is none, those of definitions."""
        known = [file.metadata for file in self.files if file.metadata is not None]
        return [header for header in known if header.schema is not Schema.DEFINITION] or known

    @property
    def span(self) -> tuple[int, int | None]:
        """Start and end (ns UTC) by the headers: 0 where none tells a start, None where one leaves its end open."""
        starts = [header.start for header in self.headers if header.start != UNDEFINED_TIME]
        ends = [header.end for header in self.headers if header.end is not None]
        return min(starts, default=0), max(ends) if ends and len(ends) == len(self.headers) else None

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(file.size for file in self.files)

    @property
    def bytes_read(self) -> int:
        """Bytes on disk that the newest pass has read, for progress."""
        return sum(file.bytes_read for file in self.files)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is wrong: files that tell the same time twice, and the ends of those that have been read."""
        twice = (
            f"{file.path.name} and {after.path.name} overlap in time: they are played one after the other"
            for file, after in pairwise(self.files)
            if _overlap(file, after)
        )
        ends = (
            f"{file.path.name}: {file.ending.note}"
            for file in self.files
            if file.ending is not None and file.ending.note is not None
        )
        return (*twice, *ends)

    def batches(self, most: int = 2**62) -> Iterator[Batch]:
        """Yield all records in playing order, at most `most` to a batch.

        Raises:
            CorruptDbn: A file is broken from some point on; everything before it has been yielded.
        """
        for file in self.files:
            file.bytes_read = 0
        for file in self.files:
            yield from file.batches(most)

    def again(self) -> "Recording":
        """Return the same files, to be read beside this pass without mixing up how far each has come."""
        return Recording([file.path for file in self.files])

    def contents(self) -> Contents:
        """Look at the beginning of every file and tell which instruments it holds.

        A file that is broken there is looked at up to the break, which playing will tell.
        """
        contents = Contents()
        for file in self.files:
            if file.metadata is not None:
                contents.symbols.update(_names(file.metadata))
            try:
                _look_at(file, contents)
            except DbnError as error:
                contents.broken = error
        return contents


def _overlap(file: DbnFile, after: DbnFile) -> bool:
    """Whether by their headers two files tell the same schema and symbols of one time."""
    first, second = file.metadata, after.metadata
    if first is None or second is None or first.schema != second.schema or first.schema in _WITHOUT_FLOW:
        return False
    alike = not first.symbols or not second.symbols or bool({*first.symbols} & {*second.symbols})
    end = first.end or UNDEFINED_TIME
    return alike and UNDEFINED_TIME not in {end, second.start} and second.start < end


def _look_at(file: DbnFile, contents: Contents) -> None:
    flow = 0
    for batch in file.batches():
        flow += _take_in(contents, batch)
        if flow >= _HEAD_RECORDS:
            return


def _names(metadata: Metadata) -> Iterator[tuple[int, str]]:
    """Yield (instrument id, symbol) from a header that maps symbols to ids, or ids to symbols."""
    for mapping in metadata.mappings:
        for interval in mapping.intervals:
            number, name = interval.symbol, mapping.symbol
            if metadata.stype_in == SType.INSTRUMENT_ID:
                number, name = name, number
            if number.isdecimal() and not name.isdecimal():
                yield int(number), name


def _take_in(contents: Contents, batch: Batch) -> int:
    """Learn from a batch; return how many records of order flow it holds."""
    records = batch.records
    if batch.schema is Schema.DEFINITION:
        for record in records:
            instrument = from_definition(record)
            if instrument is not None:
                contents.defined.setdefault(instrument.instrument_id, instrument)
    elif batch.schema is Schema.SYMBOL_MAPPING:
        for record in records:
            contents.symbols[int(record["instrument_id"])] = bytes(record["stype_out_symbol"]).decode(
                "ascii", "replace"
            )
    elif batch.schema not in _WITHOUT_FLOW and batch.schema is not Schema.UNKNOWN:
        for instrument_id, count in _counts(records):
            contents.counts[instrument_id] = contents.counts.get(instrument_id, 0) + count
            known = contents.schemas.setdefault(instrument_id, batch.schema)
            contents.schemas[instrument_id] = min(known, batch.schema, key=_rank)
        return len(records)
    return 0


def _counts(records: Records) -> Iterator[tuple[int, int]]:
    """Yield (instrument id, records) in the order of first appearance."""
    ids, firsts, counts = np.unique(records["instrument_id"], return_index=True, return_counts=True)
    for place in np.argsort(firsts).tolist():
        yield int(ids[place]), int(counts[place])


def _rank(schema: Schema) -> int:
    """Return the place of a schema among those of order flow, 0 for the one that tells most."""
    return _RANKS.get(schema, len(_RANKS))


def _files_of(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(child for child in path.iterdir() if child.name.endswith(_SUFFIXES))
    if not files:
        raise NotDbn(f"{path}: no .dbn or .dbn.zst file in this folder")
    return files


def _playing_order(file: DbnFile) -> tuple[bool, int, int, str]:
    """Order definitions first, then by start; of one start, first the schema that tells most: it is the one counted."""
    metadata = file.metadata
    if metadata is None:
        return True, _LATER, 0, file.path.name
    rank = -1 if metadata.schema is None else _rank(metadata.schema)
    return metadata.schema is not Schema.DEFINITION, metadata.start, rank, file.path.name
