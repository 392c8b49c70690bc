"""DBN bytes into batches, without any input or output of its own: files, sockets and tests feed it alike.

Records of one layout that stand together become one batch, a view of the given bytes. How far such a run reaches is
found by comparing headers as arrays, in windows that widen, so a stream of one schema costs next to nothing and a
stream whose schemas alternate costs a small constant per record.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from feeds.dbn.errors import CorruptDbn, NotDbn
from feeds.dbn.metadata import MAGIC, PREFIX_BYTES, Metadata, header_length
from feeds.instrument import Instrument
from feeds.records import (
    HEADER_BYTES,
    SCHEMA_OF_RTYPE,
    WORD_BYTES,
    Batch,
    Provenance,
    Records,
    Schema,
    layout_of,
    opaque_layout,
)

_FIRST_WINDOW: Final = 16
_WIDEN: Final = 64


class DbnParser:
    """A state machine over one DBN stream.

    Give `walk` each piece of the stream with `tail` in front of it. Batches view the piece, so it must not be changed
    while they are used.

    Attributes:
        metadata: The header; None until it has arrived, and for a headerless fragment.
        tail: Bytes of the last piece that did not make a whole header or record.
        provenance: What the batches are marked with.
        instrument: What the batches name as their instrument, where the caller knows it.
    """

    def __init__(
        self,
        *,
        provenance: Provenance = Provenance.REPLAY,
        instrument: Instrument | None = None,
        fragment: bool = False,
    ) -> None:
        """Start before the header, or inside the records where `fragment` says that there is none."""
        self.metadata: Metadata | None = None
        self.tail = b""
        self.provenance = provenance
        self.instrument = instrument
        self._offset = 0
        self._in_records = fragment
        self._ts_out = False

    @property
    def offset(self) -> int:
        """Bytes of the stream consumed so far."""
        return self._offset

    def walk(self, piece: bytes | memoryview) -> Iterator[Batch]:
        """Yield the whole records of a piece of the stream, which begins with `tail`.

        Raises:
            NotDbn: The stream does not begin with a DBN header.
            UnsupportedDbn: The header's version is unknown.
            CorruptDbn: A record states an impossible length; what stood before it has been yielded.
        """
        view = memoryview(piece)
        position = 0
        if not self._in_records:
            position = self._header(view)
        if self._in_records:
            size = len(view)
            while size - position >= HEADER_BYTES:
                batch = self._run(view, position)
                if batch is None:
                    break
                taken = batch.records.nbytes
                position += taken
                self._offset += taken
                yield batch
        self.tail = bytes(view[position:])

    def _header(self, view: memoryview) -> int:
        """Read the header if it is all there; return the bytes it took."""
        prefix = bytes(view[:PREFIX_BYTES])
        if not MAGIC.startswith(prefix[:3]):
            raise NotDbn("not DBN: the data does not begin with a DBN header")
        if len(prefix) < PREFIX_BYTES:
            return 0
        length = header_length(prefix)
        if len(view) < length:
            return 0
        self.metadata = Metadata.decode(bytes(view[:length]))
        self._ts_out = self.metadata.ts_out
        self._in_records = True
        self._offset = length
        return length

    def _run(self, view: memoryview, position: int) -> Batch | None:
        """Return the records that share the layout of the one at `position`; None where it is not whole."""
        size = view[position] * WORD_BYTES
        if size < HEADER_BYTES:
            raise CorruptDbn(f"broken record at byte {self._offset:,}: it states a length of {size} bytes")
        most = (len(view) - position) // size
        if most == 0:
            return None
        rtype = view[position + 1]
        layout = layout_of(rtype, size, ts_out=self._ts_out)
        schema = Schema.UNKNOWN if layout is None else SCHEMA_OF_RTYPE[rtype]
        records: Records = np.frombuffer(view, opaque_layout(size) if layout is None else layout, most, position)
        return Batch(schema, records[: _alike(records)], self.provenance, self.instrument)


def _alike(records: Records) -> int:
    """Count the leading records whose length and type are those of the first."""
    heads = np.ndarray(len(records), np.dtype("<u2"), records, strides=records.strides)
    start, width = 1, _FIRST_WINDOW
    while start < len(heads):
        different = heads[start : start + width] != heads[0]
        if different.any():
            return start + int(different.argmax())
        start += width
        width *= _WIDEN
    return len(heads)


def looks_like_records(start: bytes) -> bool:
    """Whether bytes without a DBN header begin with a record of a known type and size (a headerless fragment)."""
    return (
        len(start) >= HEADER_BYTES
        and start[0] * WORD_BYTES >= HEADER_BYTES
        and layout_of(start[1], start[0] * WORD_BYTES) is not None
    )
