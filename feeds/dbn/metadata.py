"""The header of a DBN stream: which data follows, for which symbols; decoded and encoded, versions 1 to 3.

After the magic `DBN`, a version byte and a u32 length come fixed fields (dataset, schema, time range, symbology) and
four counted lists of fixed-width, NUL-padded strings: symbols, partially resolved, not found, and the mapping of each
symbol to instrument ids over date intervals. Version 1 has 22-byte strings and a record count; later versions state the
string width. All numbers are little-endian.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from feeds.dbn.errors import NotDbn, UnsupportedDbn
from feeds.records import UNDEFINED_TIME, Schema

MAGIC: Final = b"DBN"
PREFIX_BYTES: Final = 8
"""Magic, version and length, which stand before the part that the length counts."""
NEWEST_VERSION: Final = 3
_LONGEST: Final = 64 * 1024 * 1024
"""Bytes of header beyond which the length is taken for garbage."""
_NO_SCHEMA: Final = 0xFFFF
_NO_STYPE: Final = 0xFF
_DATASET: Final = 16
_V1_STRING: Final = 22
_STRING: Final = 71
_FIXED_V1: Final = struct.Struct("<16sHQQQQBBB47xI")
_FIXED: Final = struct.Struct("<16sHQQQBBBH53xI")
_COUNT: Final = struct.Struct("<I")
_DATES: Final = struct.Struct("<II")
_ALIGNMENT: Final = 8

_SCHEMAS: Final = (
    Schema.MBO,
    Schema.MBP_1,
    Schema.MBP_10,
    Schema.TBBO,
    Schema.TRADES,
    Schema.OHLCV_1S,
    Schema.OHLCV_1M,
    Schema.OHLCV_1H,
    Schema.OHLCV_1D,
    Schema.DEFINITION,
    Schema.STATISTICS,
    Schema.STATUS,
    Schema.IMBALANCE,
    Schema.OHLCV_EOD,
    Schema.CMBP_1,
    Schema.CBBO_1S,
    Schema.CBBO_1M,
    Schema.TCBBO,
    Schema.BBO_1S,
    Schema.BBO_1M,
)
"""Schemas in the order of their wire codes, 0 upwards."""


class SType(IntEnum):
    """Symbology types that matter here, by wire code; other codes stay plain integers."""

    INSTRUMENT_ID = 0
    RAW_SYMBOL = 1
    CONTINUOUS = 3
    PARENT = 4


@dataclass(frozen=True, slots=True)
class Interval:
    """What a symbol stood for from `start_date` up to, not including, `end_date` (both YYYYMMDD)."""

    start_date: int
    end_date: int
    symbol: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """One requested symbol and its intervals."""

    symbol: str
    intervals: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class Metadata:
    """The header's content.

    Attributes:
        version: DBN version of the records that follow.
        schema: None for a mixed stream, such as anything recorded live.
        start: First nanosecond of the query.
        end: End of the query (exclusive), or None where open.
        limit: Most records the query could return, or None.
        stype_in: Symbology type code of `symbols`, or None where mixed.
        ts_out: Whether every record carries 8 more bytes, the gateway's send time.
        string_width: Bytes of a symbol string in header and records.
    """

    version: int = NEWEST_VERSION
    dataset: str = ""
    schema: Schema | None = None
    start: int = 0
    end: int | None = None
    limit: int | None = None
    stype_in: int | None = SType.RAW_SYMBOL
    stype_out: int = SType.INSTRUMENT_ID
    ts_out: bool = False
    string_width: int = _STRING
    symbols: tuple[str, ...] = ()
    partial: tuple[str, ...] = ()
    not_found: tuple[str, ...] = ()
    mappings: tuple[Mapping, ...] = ()

    def symbol_of(self, instrument_id: int) -> str:
        """Return the symbol that maps to this instrument id, or an empty string."""
        wanted = str(instrument_id)
        for mapping in self.mappings:
            if any(interval.symbol == wanted for interval in mapping.intervals):
                return mapping.symbol
        return ""

    @classmethod
    def decode(cls, header: bytes) -> "Metadata":
        """Read a whole header, prefix included.

        Raises:
            NotDbn: It is not a DBN header, or its lists run past its end.
            UnsupportedDbn: Its version is unknown.
        """
        version = header_version(header)
        body = memoryview(header)[PREFIX_BYTES:]
        fixed = _FIXED_V1 if version == 1 else _FIXED
        if len(body) < fixed.size:
            raise NotDbn(f"the DBN header is cut after {len(header)} bytes")
        fields = fixed.unpack_from(body)
        if version == 1:
            dataset, schema, start, end, limit, _count, stype_in, stype_out, ts_out, extra = fields
            width = _V1_STRING
        else:
            dataset, schema, start, end, limit, stype_in, stype_out, ts_out, width, extra = fields
            if width == 0:
                raise NotDbn("the DBN header is broken: it states symbols of no width")
        lists = _Lists(body, fixed.size + extra, width)
        return cls(
            version=version,
            dataset=_text(dataset),
            schema=_SCHEMAS[schema] if schema < len(_SCHEMAS) else None,
            start=start,
            end=None if end in (0, UNDEFINED_TIME) else end,
            limit=limit or None,
            stype_in=None if stype_in == _NO_STYPE else stype_in,
            stype_out=stype_out,
            ts_out=bool(ts_out),
            string_width=width,
            symbols=lists.strings(),
            partial=lists.strings(),
            not_found=lists.strings(),
            mappings=lists.mappings(),
        )

    def encode(self) -> bytes:
        """Return the header's bytes, padded so that records start aligned.

        Raises:
            ValueError: A symbol or the dataset is too long, or not ASCII; or the schema has no wire code.
        """
        width = _V1_STRING if self.version == 1 else self.string_width
        schema = _NO_SCHEMA if self.schema is None else _SCHEMAS.index(self.schema)
        stype_in = _NO_STYPE if self.stype_in is None else self.stype_in
        end = UNDEFINED_TIME if self.end is None else self.end
        head = (_padded(self.dataset, _DATASET + 1)[:_DATASET], schema, self.start, end, self.limit or 0)
        tail = (stype_in, self.stype_out, self.ts_out)
        body = _FIXED_V1.pack(*head, 0, *tail, 0) if self.version == 1 else _FIXED.pack(*head, *tail, width, 0)
        for symbols in (self.symbols, self.partial, self.not_found):
            body += _COUNT.pack(len(symbols)) + b"".join(_padded(symbol, width) for symbol in symbols)
        body += _COUNT.pack(len(self.mappings))
        for mapping in self.mappings:
            body += _padded(mapping.symbol, width) + _COUNT.pack(len(mapping.intervals))
            for interval in mapping.intervals:
                body += _DATES.pack(interval.start_date, interval.end_date) + _padded(interval.symbol, width)
        body += bytes(-(PREFIX_BYTES + len(body)) % _ALIGNMENT)
        return MAGIC + bytes([self.version]) + _COUNT.pack(len(body)) + body


class _Lists:
    """A cursor over the counted lists at the end of a header."""

    def __init__(self, body: memoryview, offset: int, width: int) -> None:
        self._body = body
        self._offset = offset
        self._width = width

    def _take(self, size: int) -> memoryview:
        piece = self._body[self._offset : self._offset + size]
        if len(piece) < size:
            raise NotDbn("the DBN header is broken: its symbol lists run past its end")
        self._offset += size
        return piece

    def _count(self) -> int:
        count: int = _COUNT.unpack(self._take(_COUNT.size))[0]
        return count

    def _string(self) -> str:
        return _text(bytes(self._take(self._width)))

    def strings(self) -> tuple[str, ...]:
        return tuple(self._string() for _ in range(self._count()))

    def mappings(self) -> tuple[Mapping, ...]:
        return tuple(Mapping(self._string(), self._intervals()) for _ in range(self._count()))

    def _intervals(self) -> tuple[Interval, ...]:
        return tuple(self._interval() for _ in range(self._count()))

    def _interval(self) -> Interval:
        start_date, end_date = _DATES.unpack(self._take(_DATES.size))
        return Interval(start_date, end_date, self._string())


def header_version(prefix: bytes) -> int:
    """Return the version in the first bytes of a header.

    Raises:
        NotDbn: They are not a DBN header's.
        UnsupportedDbn: The version is unknown.
    """
    if prefix[:3] != MAGIC or len(prefix) < PREFIX_BYTES:
        raise NotDbn("not a DBN header")
    version = prefix[3]
    if not 1 <= version <= NEWEST_VERSION:
        raise UnsupportedDbn(f"DBN version {version} is unknown; versions 1 to {NEWEST_VERSION} can be read")
    return version


def header_length(prefix: bytes) -> int:
    """Return the bytes of the whole header, prefix included, from its first 8 bytes.

    Raises:
        NotDbn: They are not a DBN header's.
        UnsupportedDbn: The version is unknown.
    """
    header_version(prefix)
    length: int = PREFIX_BYTES + _COUNT.unpack_from(prefix, 4)[0]
    if length > _LONGEST:
        raise NotDbn(f"the DBN header claims {length:,} bytes: the file is broken")
    return length


def _text(padded: bytes) -> str:
    return padded.split(b"\0", 1)[0].decode("ascii", "replace")


def _padded(symbol: str, width: int) -> bytes:
    raw = symbol.encode("ascii")
    if len(raw) >= width:
        raise ValueError(f"{symbol!r} does not fit into {width - 1} bytes")
    return raw.ljust(width, b"\0")
