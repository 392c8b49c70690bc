"""Files that are not DBN, that are cut, or that are broken: what can be read is read, and one line says the rest."""

import gzip
import random
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from feeds.dbn import CorruptDbn, DbnError, DbnFile, DbnParser, Metadata, NotDbn, UnsupportedDbn
from feeds.dbn.metadata import Interval, Mapping
from tests.feeds.streams import orders, parsed, saved, stream

RECORD = 56


def collected(path: Path) -> tuple[bytes, DbnError | None, str | None]:
    """Return (the records' bytes, the error that ended them, the note on the file's end)."""
    file, read = DbnFile(path), b""
    try:
        for batch in file.batches():
            read += batch.records.tobytes()
    except DbnError as error:
        return read, error, None
    return read, None, None if file.ending is None else file.ending.note


def frames(*parts: bytes, level: int = 3, checksum: bool = False) -> bytes:
    """Compress each part into a frame of its own."""
    return b"".join(zstandard.ZstdCompressor(level=level, write_checksum=checksum).compress(part) for part in parts)


def blocks(*parts: bytes) -> bytes:
    """Compress each part into a block of its own, in one frame."""
    compressor = zstandard.ZstdCompressor().compressobj()
    flushed = (compressor.compress(part) + compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK) for part in parts)
    return b"".join(flushed) + compressor.flush()


# ------------------------------------------------------------------------------------------------------- cut files


def test_cut_anywhere_in_the_last_record_leaves_the_others(tmp_path: Path) -> None:
    records = orders(5)
    whole = stream(records)
    for missing in range(1, RECORD):
        read, error, note = collected(saved(tmp_path / "cut.dbn", whole[:-missing]))
        assert read == records[:4].tobytes()
        assert error is None
        assert note == f"the file ends inside a record: {RECORD - missing} bytes left out"
    read, error, note = collected(saved(tmp_path / "whole.dbn", whole))
    assert (read, error, note) == (records.tobytes(), None, None)


def test_cut_anywhere_in_the_header_is_not_dbn(tmp_path: Path) -> None:
    mapping = Mapping("GCG4", (Interval(20240101, 20240102, "42"),))
    header = Metadata(dataset="GLBX.MDP3", symbols=("GCG4",), mappings=(mapping,)).encode()
    for length in range(1, len(header)):
        with pytest.raises(NotDbn) as failure:
            DbnFile(saved(tmp_path / "cut.dbn", header[:length]))
        assert str(failure.value) == f"{tmp_path}/cut.dbn: cut inside the DBN header, after {length} bytes"


def test_header_alone_is_a_recording_of_nothing(tmp_path: Path) -> None:
    assert collected(saved(tmp_path / "bare.dbn", stream())) == (b"", None, None)


def test_cut_anywhere_in_a_compressed_file_is_noted_and_earlier_frames_are_whole(tmp_path: Path) -> None:
    parts = [orders(40, order_id=number * 100) for number in range(1, 4)]
    packed = [frames(stream(parts[0])), *(frames(part.tobytes()) for part in parts[1:])]
    whole = b"".join(packed)
    everything = b"".join(part.tobytes() for part in parts)
    ends = [sum(map(len, packed[: count + 1])) for count in range(3)]
    for length in range(ends[0], len(whole)):
        read, error, note = collected(saved(tmp_path / "cut.dbn.zst", whole[:length]))
        complete = sum(end <= length for end in ends)
        assert error is None
        assert everything.startswith(read)
        assert len(read) >= complete * 40 * RECORD
        assert (note is None) == (length in ends), length
    assert collected(saved(tmp_path / "whole.dbn.zst", whole)) == (everything, None, None)


def test_cut_inside_the_first_compressed_header_is_not_dbn(tmp_path: Path) -> None:
    packed = frames(stream())
    for length in range(len(packed)):
        with pytest.raises(NotDbn) as failure:
            DbnFile(saved(tmp_path / "cut.dbn.zst", packed[:length]))
        assert "empty" in str(failure.value) if length == 0 else "DBN header" in str(failure.value)


def test_compressed_file_whose_last_record_is_cut_says_so(tmp_path: Path) -> None:
    read, error, note = collected(saved(tmp_path / "cut.dbn.zst", frames(stream(orders(3))[:-6])))
    assert (len(read), error) == (2 * RECORD, None)
    assert note == "the file ends inside a record: 50 bytes left out"


@pytest.mark.parametrize(
    "packed",
    [
        frames(orders(3).tobytes(), checksum=True),
        frames(orders(3).tobytes(), b"", b""),
        frames(orders(3).tobytes()) + struct.pack("<II", 0x184D2A50, 4) + b"skip",
        zstandard.ZstdCompressor(write_content_size=False).compress(orders(3).tobytes()),
        blocks(orders(3).tobytes(), b""),
        frames(orders(3000, order_id=0, ts_event=0, ts_recv=0, sequence=0).tobytes(), level=19),
        frames(orders(10_000).tobytes()),
    ],
    ids=["checksum", "empty frames", "skippable frame", "no content size", "empty last block", "runs", "long"],
)
def test_every_form_of_frame_ends_where_it_ends(tmp_path: Path, packed: bytes) -> None:
    whole = frames(stream()) + packed
    assert collected(saved(tmp_path / "whole.dbn.zst", whole))[1:] == (None, None)
    note = collected(saved(tmp_path / "cut.dbn.zst", whole[:-1]))[2]
    assert note == "the file ends inside a compressed frame: its last records are lost"


# ---------------------------------------------------------------------------------------------------- broken headers


@pytest.mark.parametrize("version", [0, 4, 255])
def test_unknown_version_is_named(tmp_path: Path, version: int) -> None:
    data = bytearray(stream(orders(1)))
    data[3] = version
    with pytest.raises(UnsupportedDbn, match=f"DBN version {version} is unknown; versions 1 to 3 can be read"):
        DbnFile(saved(tmp_path / "new.dbn", bytes(data)))


@pytest.mark.parametrize("claimed", [0xFFFFFFFF, 64 * 1024 * 1024])
def test_header_of_absurd_length_is_not_waited_for(tmp_path: Path, claimed: int) -> None:
    data = b"DBN\x03" + claimed.to_bytes(4, "little") + bytes(200)
    with pytest.raises(NotDbn, match=r"claims (4,294,967,303|67,108,872) bytes"):
        DbnFile(saved(tmp_path / "huge.dbn", data))


def test_symbol_lists_that_run_past_the_header_are_told() -> None:
    header = bytearray(Metadata(dataset="GLBX.MDP3", symbols=("GCG4",)).encode())
    for place in range(108, len(header) - 4, 4):
        broken = header.copy()
        broken[place : place + 4] = b"\xff\xff\xff\xff"
        try:
            Metadata.decode(bytes(broken))
        except NotDbn as error:
            assert "run past its end" in str(error)
    for count in (1, 2, 3):
        broken = header.copy()
        broken[8 + 100 : 8 + 104] = (count + 1).to_bytes(4, "little")
        with pytest.raises(NotDbn, match="run past its end"):
            Metadata.decode(bytes(broken))


def test_symbols_of_no_width_are_not_counted_forever() -> None:
    header = bytearray(Metadata(symbols=("GCG4",)).encode())
    header[53:55] = bytes(2)
    header[8 + 100 : 8 + 104] = b"\xff\xff\xff\xff"
    with pytest.raises(NotDbn, match="no width"):
        Metadata.decode(bytes(header))


def test_damaged_headers_are_read_or_refused_and_never_crash() -> None:
    mapping = Mapping("GCG4", (Interval(20240101, 20240102, "42"),))
    whole = {
        version: Metadata(version=version, symbols=("GCG4",), mappings=(mapping,)).encode() for version in (1, 2, 3)
    }
    dice = random.Random(7)
    refused = 0
    for _ in range(3_000):
        damaged = bytearray(whole[dice.choice((1, 2, 3))])
        for _ in range(dice.randint(1, 4)):
            damaged[dice.randrange(4, len(damaged))] = dice.randrange(256)
        try:
            Metadata.decode(bytes(damaged))
        except DbnError:
            refused += 1
    assert refused > 100


# ----------------------------------------------------------------------------------------------------- broken records


@pytest.mark.parametrize("words", [0, 1, 2, 3])
def test_record_shorter_than_its_header_ends_the_reading_after_what_stood_before(tmp_path: Path, words: int) -> None:
    records, data = orders(4), bytearray(stream(orders(6)))
    data[-2 * RECORD] = words
    read, error, _ = collected(saved(tmp_path / "broken.dbn", bytes(data)))
    assert read == records.tobytes()
    assert isinstance(error, CorruptDbn)
    place = len(data) - 2 * RECORD
    assert (
        str(error) == f"{tmp_path}/broken.dbn: broken record at byte {place:,}: it states a length of {words * 4} bytes"
    )


def test_record_broken_right_behind_the_header_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(CorruptDbn, match="broken record at byte"):
        collected(saved(tmp_path / "broken.dbn", stream(bytes(56))))


@pytest.mark.parametrize("layout", [frames, blocks], ids=["frames", "blocks"])
def test_broken_compression_ends_the_reading_after_everything_before_it(
    tmp_path: Path, layout: Callable[..., bytes]
) -> None:
    parts = [stream(orders(40)), *(orders(40, order_id=number).tobytes() for number in range(5))]
    whole = layout(*parts)
    broken: dict[int, int] = {}
    for place in range(0, len(whole), 3):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        path = saved(tmp_path / "broken.dbn.zst", bytes(damaged))
        try:
            read, error, _ = collected(path)
        except DbnError:
            continue  # already the header cannot be read
        if isinstance(error, CorruptDbn):
            assert str(error).startswith(f"{path}: broken ")
            broken[place] = len(read)
    assert len(broken) > 20
    assert broken[max(broken)] >= 5 * 40 * RECORD  # only the last part is lost


def test_break_far_into_a_large_file_costs_only_its_block(tmp_path: Path) -> None:
    ids = random.Random(1)
    parts = [stream(orders(1)), *(orders(500, order_id=ids.getrandbits(60)).tobytes() for _ in range(60))]
    packed = [blocks(part) for part in parts]
    damaged = bytearray(b"".join(packed))
    place = sum(map(len, packed[:50]))
    damaged[place : place + 4] = b"oops"
    read, error, _ = collected(saved(tmp_path / "broken.dbn.zst", bytes(damaged)))
    assert isinstance(error, CorruptDbn)
    assert "broken zstd compression" in str(error)
    assert len(read) == (1 + 49 * 500) * RECORD


def test_parser_names_the_place_in_the_stream_not_in_the_piece() -> None:
    data = stream(orders(3)) + bytes(RECORD)
    parser = DbnParser()
    with pytest.raises(CorruptDbn, match=f"byte {len(data) - RECORD:,}:"):
        list(parsed([data[:200], data[200:300], data[300:]], parser))


# --------------------------------------------------------------------------------------------------- not DBN at all


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the file is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "not DBN"),
        (b"time,price,size\n2024-01-02,2000.1,4\n", "not DBN"),
        (b"D", "cut inside the DBN header, after 1 bytes"),
        (b"DB", "cut inside the DBN header, after 2 bytes"),
        (b"DBX", "not DBN"),
        (b"\n", "not DBN"),
        (gzip.compress(stream(orders(2)), mtime=0), "not DBN"),
        (frames(b"hello, world, this is text"), "not DBN"),
        (zstandard.MAGIC_NUMBER.to_bytes(4, "little") + b"garbage" * 9, "broken zstd compression"),
    ],
)
def test_other_files_are_refused_in_one_line(tmp_path: Path, data: bytes, says: str) -> None:
    with pytest.raises(DbnError) as failure:
        DbnFile(saved(tmp_path / "other", data))
    assert says in str(failure.value)
    assert str(failure.value).startswith(f"{tmp_path}/other: ")
    assert "\n" not in str(failure.value)


def test_random_bytes_never_crash_the_reader(tmp_path: Path) -> None:
    dice = random.Random(3)
    for _ in range(400):
        data = dice.randbytes(dice.randint(1, 600))
        begin = dice.choice((b"", b"", b"DBN", b"DBN\x03", b"\x28\xb5\x2f\xfd", stream()))
        try:
            collected(saved(tmp_path / "noise", begin + data))
        except DbnError as error:
            assert "\n" not in str(error)


def test_what_is_not_a_file_is_refused_without_waiting(tmp_path: Path) -> None:
    for path in (Path("/dev/null"), tmp_path):
        with pytest.raises(NotDbn, match="save it to a file first"):
            DbnFile(path)
    with pytest.raises(FileNotFoundError):
        DbnFile(tmp_path / "missing.dbn")
