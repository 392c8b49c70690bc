"""The bytes of one session into batches: decompressed, framed into records, handed to the recorder, then told apart.

Nothing here waits or knows of sockets. What the recorder gets are whole records in the order received, each once,
before anybody else sees them; bytes that are no records end the session and reach nobody.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

import zstandard

from feeds.dbn import DbnParser, Metadata
from feeds.dbn.errors import CorruptDbn, DbnError, NotDbn
from feeds.dbn.metadata import PREFIX_BYTES, header_length
from feeds.records import UNDEFINED_TIME, Batch, Provenance, Schema

ByteSink: TypeAlias = Callable[[Metadata, bytes], None]
"""Takes the header of a session and whole records of it, as received; called in the event loop, so it must not wait.

The header is the same object throughout a session and another one in the next.
"""

_MOST_HEADER: Final = 1024 * 1024
"""A live header names no symbols: one that claims more than this is broken."""
_EARLIEST: Final = 946_684_800_000_000_000
_LATEST: Final = 4_102_444_800_000_000_000
"""2000 and 2100: whatever a record is, it happened between."""
_MOST_PUBLISHERS: Final = 2_000


class Wire:
    """One session's bytes.

    Attributes:
        broken: Why no further byte can be read; None while all is well.
    """

    def __init__(self, *, zstd: bool = False, on_bytes: ByteSink | None = None) -> None:
        """Begin before the header; the stream is compressed where `zstd` says so."""
        self.broken: DbnError | None = None
        self._parser = DbnParser(provenance=Provenance.LIVE)
        self._decompressor = zstandard.ZstdDecompressor().decompressobj(read_across_frames=True) if zstd else None
        self._on_bytes = on_bytes

    @property
    def metadata(self) -> Metadata | None:
        """The header, once it has come."""
        return self._parser.metadata

    @property
    def has_part(self) -> bool:
        """Whether the last byte so far lies inside a record or the header."""
        return bool(self._parser.tail)

    def received(self, data: bytes) -> list[Batch]:
        """Take bytes as they came over the line; return the batches they complete."""
        if self._decompressor is None:
            return self.decoded(data)
        if self.broken is not None:
            return []
        try:
            data = self._decompressor.decompress(data)
        except zstandard.ZstdError as error:
            self.broken = CorruptDbn(f"broken zstd compression: {error}")
            return []
        return self.decoded(data)

    def decoded(self, data: bytes) -> list[Batch]:
        """Take plain bytes; return the batches they complete, which view them."""
        if self.broken is not None:
            return []
        piece = self._parser.tail + data if self._parser.tail else data
        batches: list[Batch] = []
        try:
            if self.metadata is None:
                piece = self._after_header(piece)
            if self.metadata is not None:
                for batch in self._parser.walk(piece):
                    _refuse_garbage(batch)
                    batches.append(batch)
        except DbnError as error:
            self.broken = error
        self._hand_on(batches, piece)
        return batches

    def _after_header(self, piece: bytes) -> bytes:
        """Let the parser read the header alone, so that what follows it is whole records; return what follows."""
        length = header_length(piece[:PREFIX_BYTES]) if len(piece) >= PREFIX_BYTES else PREFIX_BYTES
        if length > _MOST_HEADER:
            raise NotDbn(f"the DBN header claims {length:,} bytes")
        for _ in self._parser.walk(piece[:length]):
            raise NotDbn("the DBN header is not followed by its records")
        return piece[length:]

    def _hand_on(self, batches: list[Batch], piece: bytes) -> None:
        if self._on_bytes is None or self.metadata is None or not batches:
            return
        whole = sum(batch.records.nbytes for batch in batches)
        self._on_bytes(self.metadata, piece if whole == len(piece) else piece[:whole])


def _refuse_garbage(batch: Batch) -> None:
    """Tell a kind of record that this program does not know yet from bytes that are none.

    Raises:
        CorruptDbn: They are none: no publisher there is, or no time that can be.
    """
    if batch.schema is not Schema.UNKNOWN:
        return
    for record in batch.records:
        time = int(record["ts_event"])
        is_time = time in {UNDEFINED_TIME, 0} or _EARLIEST < time < _LATEST
        if not is_time or record["publisher_id"] > _MOST_PUBLISHERS:
            raise CorruptDbn("the bytes received are no records")
