"""The header of a derived file: what its recording says of itself, with the schema it holds now."""

from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Final

from feeds.dbn.metadata import Interval, Mapping, Metadata, SType
from feeds.recording import Contents, Recording
from feeds.records import DEMO_DATASET, Provenance, Schema

_SECOND_NS: Final = 1_000_000_000
_NO_END: Final = 20_991_231
"""Date until which a name holds where the recording does not tell when it ends."""


def header_of(recording: Recording, contents: Contents, schema: Schema) -> Metadata:
    """Return a header with the recording's dataset, times and symbols.

    A recorded stream names its contracts in records that a file of one schema cannot hold, so those names are written
    into the header. Simulated data stays marked as such.
    """
    flow, (start, end) = recording.headers, recording.span
    mappings = _mappings(flow, contents, _span(start, end))
    return Metadata(
        dataset=DEMO_DATASET if recording.provenance is Provenance.DEMO else recording.dataset,
        schema=schema,
        start=start,
        end=end,
        stype_in=_symbology(flow),
        symbols=tuple(sorted(_symbols(flow) | {mapping.symbol for mapping in mappings})),
        partial=tuple(sorted({symbol for header in flow for symbol in header.partial})),
        not_found=tuple(sorted({symbol for header in flow for symbol in header.not_found})),
        mappings=mappings,
    )


def _symbology(headers: list[Metadata]) -> int:
    """Return the kind of the symbols asked for; raw symbols where kinds are mixed, or ids were asked for."""
    kinds = {header.stype_in for header in headers if header.stype_in is not None} - {SType.INSTRUMENT_ID}
    return kinds.pop() if len(kinds) == 1 else SType.RAW_SYMBOL


def _symbols(headers: list[Metadata]) -> set[str]:
    return {symbol for header in headers if header.stype_in != SType.INSTRUMENT_ID for symbol in header.symbols}


def _mappings(headers: list[Metadata], contents: Contents, span: tuple[int, int]) -> tuple[Mapping, ...]:
    """Map symbols to instrument ids: those of the headers, and raw ones where only a record names the instrument."""
    found = {pair for header in headers for pair in _intervals(header)}
    mapped = {interval.symbol for _symbol, interval in found}
    for number in {**contents.counts, **contents.symbols}:
        name = contents.name(number)
        if name and str(number) not in mapped:
            found.add((name, Interval(*span, str(number))))
    ordered = sorted(found, key=lambda pair: (pair[0], pair[1].start_date, pair[1].end_date, pair[1].symbol))
    return tuple(
        Mapping(symbol, tuple(interval for _symbol, interval in pairs))
        for symbol, pairs in groupby(ordered, key=lambda pair: pair[0])
    )


def _intervals(header: Metadata) -> list[tuple[str, Interval]]:
    """Return (symbol, interval with the instrument id) of a header, whichever way round it maps them."""
    pairs = [(mapping.symbol, interval) for mapping in header.mappings for interval in mapping.intervals]
    if header.stype_in == SType.INSTRUMENT_ID:
        pairs = [(each.symbol, Interval(each.start_date, each.end_date, number)) for number, each in pairs]
    return [(symbol, interval) for symbol, interval in pairs if interval.symbol.isdecimal()]


def _span(start: int, end: int | None) -> tuple[int, int]:
    """Return the dates (YYYYMMDD) of a recording: the first, and the one after the last."""
    return _date(start), _NO_END if end is None else _date(end, days=1)


def _date(moment: int, days: int = 0) -> int:
    day = datetime.fromtimestamp(moment // _SECOND_NS, UTC) + timedelta(days=days)
    return int(f"{day:%Y%m%d}")
