"""A recording read for what can be relied upon: whole frames that agree with their checksums, and whole records."""

import hashlib
from dataclasses import dataclass
from typing import BinaryIO

from feeds.dbn.errors import DbnError
from feeds.dbn.metadata import Metadata
from feeds.dbn.parser import DbnParser
from feeds.recorder.frames import sound_frames
from feeds.recorder.preamble import names_in
from feeds.recorder.tally import Tally


@dataclass(frozen=True, slots=True)
class Scan:
    """What a file holds, up to where it breaks.

    Attributes:
        metadata: Its header; None where it has none that can be read.
        tally: Its whole records.
        names: Raw symbols by instrument id, from its mappings and definitions.
        digest: BLAKE2b (32 bytes, hexadecimal) over its whole records.
        frames: Frames at whose end a record ends too.
        sound_bytes: Bytes of the file up to the end of the last of those.
        remainder: What stands whole after them, decompressed; not empty where a sound frame holds a part of a record.
        size: Bytes of the file.
    """

    metadata: Metadata | None
    tally: Tally
    names: dict[int, str]
    digest: str
    frames: int
    sound_bytes: int
    remainder: bytes
    size: int


def scan(file: BinaryIO) -> Scan:
    """Read a seekable file of frames from its start, up to the first frame or record that is cut or broken.

    Raises:
        OSError: It cannot be read.
    """
    parser, tally, digest = DbnParser(), Tally(), hashlib.blake2b(digest_size=32)
    names: dict[int, str] = {}
    frames = sound_bytes = sound_offset = 0
    since: list[bytes] = []
    for frame in sound_frames(file):
        since.append(frame.content)
        try:
            for batch in parser.walk(parser.tail + frame.content):
                tally.add(batch)
                digest.update(batch.records.tobytes())
                names.update(names_in(batch))
        except DbnError:
            break
        if parser.metadata is not None and not parser.tail:
            frames += 1
            sound_bytes, sound_offset = frame.end, parser.offset
            since.clear()
    return Scan(
        metadata=parser.metadata,
        tally=tally,
        names=names,
        digest=digest.hexdigest(),
        frames=frames,
        sound_bytes=sound_bytes,
        remainder=b"".join(since)[: parser.offset - sound_offset],
        size=file.seek(0, 2),
    )
