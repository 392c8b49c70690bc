"""What the decompressor does not tell: whether a compressed file ends where a frame ends.

A zstd frame is a header, blocks that each state their size, and an optional checksum (RFC 8878, section 3). Walking
the block headers needs no decompression.
"""

from typing import BinaryIO, Final

MAGIC: Final = b"\x28\xb5\x2f\xfd"
_SKIPPABLE: Final = range(0x184D2A50, 0x184D2A60)
_RLE_BLOCK: Final = 1


def ends_inside_frame(file: BinaryIO) -> bool:
    """Whether a seekable file of zstd frames stops before its last frame is complete."""
    size = file.seek(0, 2)
    position = 0
    while position < size:
        end = _frame_end(file, position, size)
        if end is None or end > size:
            return True
        position = end
    return False


def _frame_end(file: BinaryIO, position: int, size: int) -> int | None:
    """Return where the frame at `position` ends; None where the file stops first or no frame begins there."""
    file.seek(position)
    head = file.read(18)
    magic = int.from_bytes(head[:4], "little")
    if magic in _SKIPPABLE:
        return position + 8 + int.from_bytes(head[4:8], "little")
    if head[:4] != MAGIC or len(head) < 6:
        return None
    descriptor = head[4]
    single_segment = descriptor >> 5 & 1
    content_size = (single_segment, 2, 4, 8)[descriptor >> 6]
    dictionary_id = (0, 1, 2, 4)[descriptor & 3]
    block = position + 5 + (1 - single_segment) + dictionary_id + content_size
    while block + 3 <= size:
        file.seek(block)
        header = int.from_bytes(file.read(3), "little")
        block += 3 + (1 if header >> 1 & 3 == _RLE_BLOCK else header >> 3)
        if header & 1:
            return block + (4 if descriptor >> 2 & 1 else 0)
    return None
