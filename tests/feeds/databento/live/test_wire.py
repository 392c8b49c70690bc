"""Bytes into batches: whole, once, in order, owned; and what is no record reaches nobody."""

import random
from pathlib import Path

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from feeds.databento.wire import Wire
from feeds.dbn import Metadata
from feeds.dbn.errors import CorruptDbn, NotDbn, UnsupportedDbn
from feeds.records import MBO, Batch, Provenance, Schema
from tests.engines.real_data import read_records
from tests.feeds.streams import alternating, content, made, orders, statuses, stream, trades

MIXED = alternating(orders(40), trades(40), statuses(40))
WHOLE = stream(MIXED)
HEADER = len(WHOLE) - len(MIXED)


class Sink:
    def __init__(self) -> None:
        self.headers: list[Metadata] = []
        self.data: list[bytes] = []

    def __call__(self, metadata: Metadata, data: bytes) -> None:
        self.headers.append(metadata)
        self.data.append(data)


def cut(data: bytes, seed: int, most: int = 300) -> list[bytes]:
    """Return data in pieces of random length."""
    rng, pieces, at = random.Random(seed), [], 0
    while at < len(data):
        length = rng.randint(1, most)
        pieces.append(data[at : at + length])
        at += length
    return pieces


def take(pieces: list[bytes], wire: Wire) -> list[Batch]:
    return [batch for piece in pieces for batch in wire.received(piece)]


@given(st.integers(0, 2**32), st.booleans())
def test_however_the_bytes_are_cut_every_record_comes_once_to_sink_and_consumer(seed: int, zstd: bool) -> None:
    sent = zstandard.compress(WHOLE) if zstd else WHOLE
    sink = Sink()
    batches = take(cut(sent, seed), Wire(zstd=zstd, on_bytes=sink))
    assert content(batches) == MIXED
    assert b"".join(sink.data) == MIXED
    assert len({id(header) for header in sink.headers}) == 1


def test_several_compressed_frames_are_one_stream() -> None:
    sent = b"".join(map(zstandard.compress, (WHOLE[:700], WHOLE[700:900], WHOLE[900:])))
    assert content(take(cut(sent, 4), Wire(zstd=True))) == MIXED


def test_batches_are_live_and_own_their_bytes() -> None:
    wire = Wire()
    (first, *_) = wire.received(WHOLE)
    before = first.records.tobytes()
    take(cut(MIXED, 1), wire)
    assert first.provenance is Provenance.LIVE
    assert first.records.tobytes() == before
    assert not first.records.flags.writeable


def test_the_sink_gets_whole_records_before_anybody_else() -> None:
    seen: list[int] = []
    wire = Wire(on_bytes=lambda _, data: seen.append(len(data)))
    assert wire.received(WHOLE[: HEADER + 60]) == [] or seen == [56]
    assert seen == [56]
    assert wire.has_part


@pytest.mark.parametrize("length", [0, 1, 3, 7, 8, 40, HEADER - 1])
def test_half_a_header_is_waited_for(length: int) -> None:
    sink = Sink()
    wire = Wire(on_bytes=sink)
    assert wire.received(WHOLE[:length]) == []
    assert wire.metadata is None
    assert wire.broken is None
    assert content(wire.received(WHOLE[length:])) == MIXED


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (b"error=Not authorized for mbo schema\n", NotDbn),
        (b"DBN\x63" + bytes(100), UnsupportedDbn),
        (b"DBN\x03\xff\xff\xff\x7f" + bytes(100), NotDbn),
        (b"DBN\x03\xff\xff\xff\x01" + bytes(100), NotDbn),
    ],
    ids=["text", "version", "absurd length", "32 MB of header"],
)
def test_what_is_no_stream_breaks_the_line(sent: bytes, error: type[Exception]) -> None:
    wire = Wire()
    assert wire.received(sent) == []
    assert isinstance(wire.broken, error)
    assert wire.received(WHOLE) == []


@pytest.mark.parametrize("seed", range(40))
def test_garbage_between_records_breaks_the_line_and_reaches_nobody(seed: int) -> None:
    garbage = random.Random(seed).randbytes(3_000)
    sink, wire = Sink(), Wire()
    wire = Wire(on_bytes=sink)
    batches = take(cut(stream(orders(50)) + garbage, seed), wire)
    assert isinstance(wire.broken, CorruptDbn)
    assert content(batches) == orders(50).tobytes()
    assert b"".join(sink.data) == orders(50).tobytes()


def test_a_record_of_a_kind_to_come_is_kept_whole() -> None:
    unknown = made(np.dtype([*MBO.descr, ("new", "<u8")]), 77, 3)
    (batch,) = Wire().received(stream(unknown))
    assert batch.schema is Schema.UNKNOWN
    assert batch.records.tobytes() == unknown.tobytes()


@pytest.mark.parametrize("sent", [b"\xffgarbage" * 20, zstandard.compress(WHOLE)[:60] + b"\xff" * 9_000])
def test_broken_compression_breaks_the_line(sent: bytes) -> None:
    wire = Wire(zstd=True)
    wire.received(sent)
    assert isinstance(wire.broken, CorruptDbn)


def test_a_real_session_comes_through_byte_for_byte(data: Path) -> None:
    records = read_records(data, "esh4-20231225.mbo.dbn.zst")
    batches = take(cut(stream(records), 7, 65_536), Wire())
    assert content(batches) == records.tobytes()
