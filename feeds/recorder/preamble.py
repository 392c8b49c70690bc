"""What a file needs at its start so that it can be replayed alone: the mappings and definitions seen so far."""

from datetime import UTC, datetime
from typing import Final

import numpy as np

from feeds.dbn.metadata import Interval, Mapping, Metadata, SType
from feeds.records import Batch, Schema

_DELETED: Final = ord("D")
_SECOND_NS: Final = 1_000_000_000


class Preamble:
    """The newest mapping of each subscription and instrument, and the newest definition of each instrument and leg.

    Attributes:
        names: Raw symbols by instrument id.
    """

    def __init__(self) -> None:
        self.names: dict[int, str] = {}
        self._mappings: dict[tuple[int, bytes], bytes] = {}
        self._definitions: dict[int, dict[int, bytes]] = {}

    def learn(self, batch: Batch) -> None:
        """Keep what a batch says about instruments."""
        if batch.schema is Schema.SYMBOL_MAPPING:
            for place, record in enumerate(batch.records):
                key = int(record["instrument_id"]), bytes(record["stype_in_symbol"])
                self._mappings[key] = batch.records[place : place + 1].tobytes()
        elif batch.schema is Schema.DEFINITION:
            legs = "leg_index" in (batch.records.dtype.names or ())
            for place, record in enumerate(batch.records):
                number = int(record["instrument_id"])
                if record["security_update_action"] == _DELETED:
                    self._definitions.pop(number, None)
                    self.names.pop(number, None)
                    continue
                leg = int(record["leg_index"]) if legs else 0
                self._definitions.setdefault(number, {})[leg] = batch.records[place : place + 1].tobytes()
        self.names.update(names_in(batch))

    def encode(self) -> bytes:
        """Return the records, mappings first."""
        definitions = (record for legs in self._definitions.values() for record in legs.values())
        return b"".join([*self._mappings.values(), *definitions])


def names_in(batch: Batch) -> dict[int, str]:
    """Return the raw symbols that mapping and definition records give to instrument ids; deletions give none."""
    if batch.schema is Schema.SYMBOL_MAPPING:
        return {int(record["instrument_id"]): _mapped_symbol(record) for record in batch.records}
    if batch.schema is Schema.DEFINITION:
        kept = batch.records[batch.records["security_update_action"] != _DELETED]
        return {int(record["instrument_id"]): _text(record["raw_symbol"]) for record in kept}
    return {}


def header(stream: Metadata, names: dict[int, str], start: int, end: int) -> Metadata:
    """Return a file's header: mixed schemas, its own start, and the symbols known when it is begun.

    A symbol mapped here is known to every Databento tool without looking for mapping records, from the date of `start`
    to that of `end` (ns UTC).
    """
    first = _date(start)
    after = _date(end + 24 * 3_600 * _SECOND_NS)
    ids: dict[str, list[int]] = {}
    for number, name in sorted(names.items()):
        if name and name.isascii() and len(name) < stream.string_width:
            ids.setdefault(name, []).append(number)
    mappings = tuple(
        Mapping(name, tuple(Interval(first, after, str(number)) for number in numbers)) for name, numbers in ids.items()
    )
    return Metadata(
        version=stream.version,
        dataset=stream.dataset,
        start=start,
        stype_in=SType.RAW_SYMBOL if mappings else None,
        ts_out=stream.ts_out,
        string_width=stream.string_width,
        symbols=tuple(ids),
        mappings=mappings,
    )


def _mapped_symbol(record: "np.void") -> str:
    """Return what a mapping record maps to, or from where it maps to an id."""
    mapped = _text(record["stype_out_symbol"])
    return _text(record["stype_in_symbol"]) if mapped.isdecimal() else mapped


def _text(symbol: bytes) -> str:
    return bytes(symbol).decode("ascii", "replace")


def _date(moment: int) -> int:
    return int(f"{datetime.fromtimestamp(moment // _SECOND_NS, UTC):%Y%m%d}")
