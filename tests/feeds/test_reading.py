"""Reading DBN, against what Databento's own library decodes."""

import time
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import databento_dbn
import numpy as np
import pytest
from databento import DBNStore
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.dbn import DbnFile, DbnParser, Metadata
from feeds.dbn.reader import CHUNK_BYTES, FIRST_BYTES
from feeds.records import MBO, Provenance, Schema
from tests.feeds.streams import (
    INSTRUMENT,
    alternating,
    bars,
    content,
    made,
    orders,
    parsed,
    saved,
    statuses,
    stream,
    trades,
)

dbn: Any = databento_dbn  # the types it states contradict how it is called


@pytest.fixture(scope="session")
def samples(data: Path) -> list[Path]:
    found = sorted(path for path in data.rglob("*.dbn*") if path.suffix in {".dbn", ".zst"})
    assert len(found) > 60
    return found


def date(day: object) -> int:
    return int(f"{day:%Y%m%d}")


def test_every_sample_holds_the_records_that_the_library_finds(samples: list[Path]) -> None:
    whole = [path for path in samples if ".frag" not in path.name]
    for path in whole:
        file = DbnFile(path)
        assert content(file.batches()) == DBNStore.from_bytes(path.read_bytes()).to_ndarray().tobytes(), path
        assert file.ending is not None
        assert file.ending.note is None, path


def test_every_sample_has_the_header_that_the_library_finds(samples: list[Path]) -> None:
    for path in samples:
        if ".frag" in path.name:
            continue
        ours, theirs = DbnFile(path).metadata, DBNStore.from_bytes(path.read_bytes()).metadata
        assert ours is not None
        assert (ours.version, ours.dataset, str(ours.schema)) == (theirs.version, theirs.dataset, str(theirs.schema))
        assert (ours.start, ours.end, ours.limit) == (theirs.start, theirs.end, theirs.limit)
        assert (ours.stype_in, ours.stype_out, ours.ts_out) == (
            int(theirs.stype_in),
            int(theirs.stype_out),
            theirs.ts_out,
        )
        assert list(ours.symbols) == theirs.symbols
        assert (list(ours.partial), list(ours.not_found)) == (theirs.partial, theirs.not_found)
        mapped = {
            mapping.symbol: [(one.start_date, one.end_date, one.symbol) for one in mapping.intervals]
            for mapping in ours.mappings
        }
        assert mapped == {
            symbol: [(date(one["start_date"]), date(one["end_date"]), one["symbol"]) for one in intervals]
            for symbol, intervals in theirs.mappings.items()
        }


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("test_data.definition.v1.dbn.frag.zst", 1),
        ("multi-frame.definition.v1.dbn.frag.zst", 1),
        ("test_data.definition.dbn.frag.zst", 2),
        ("test_data.definition.v3.dbn.frag.zst", 3),
    ],
)
def test_fragment_without_header_holds_the_records_that_the_library_finds(data: Path, name: str, version: int) -> None:
    file = DbnFile(data / "dbn-samples" / name)
    assert file.metadata is None
    read = content(file.batches())
    decoder = dbn.DBNDecoder(has_metadata=False, input_version=version, upgrade_policy=dbn.VersionUpgradePolicy.AS_IS)
    decoder.write(read)
    theirs = decoder.decode()
    assert len(theirs) >= 2
    assert b"".join(bytes(record) for record in theirs) == read
    assert [batch.schema for batch in file.batches()] == [Schema.DEFINITION]


def test_records_can_be_read_again_and_in_pieces(data: Path) -> None:
    file = DbnFile(data / "esh4-20231225.mbo.dbn.zst")
    once = content(file.batches())
    pieces = list(file.batches(most=1_000))
    assert content(pieces) == once
    assert max(map(len, pieces)) == 1_000
    assert all(piece.records.dtype == MBO and piece.provenance is Provenance.REPLAY for piece in pieces)
    assert file.bytes_read == file.size


def test_reading_tells_how_far_it_is(tmp_path: Path) -> None:
    file = DbnFile(saved(tmp_path / "long.dbn", stream(orders(2 * CHUNK_BYTES // MBO.itemsize))))
    seen = [file.bytes_read for _ in file.batches()]
    assert seen == sorted(seen)
    assert 0 < seen[0] < file.size


def test_schemas_that_alternate_keep_their_order() -> None:
    mixed = alternating(orders(200), trades(200), bars(200), statuses(200))
    batches = list(parsed([stream(mixed)]))
    assert content(batches) == mixed
    assert [batch.schema for batch in batches[:5]] == [
        Schema.MBO,
        Schema.TRADES,
        Schema.OHLCV_1M,
        Schema.STATUS,
        Schema.MBO,
    ]
    assert all(len(batch) == 1 for batch in batches)


def test_runs_of_any_length_are_found_whole() -> None:
    for length in (1, 2, 15, 16, 17, 143, 144, 145, 2_000):
        batches = list(parsed([stream(orders(length), trades(1), orders(3))]))
        assert [len(batch) for batch in batches] == [length, 1, 3]


def test_time_to_parse_grows_with_the_stream_and_not_faster() -> None:
    def seconds(count: int) -> float:
        data = stream(alternating(orders(count), trades(count)))
        best = float("inf")
        for _ in range(3):
            began = time.process_time()
            assert sum(map(len, parsed([data]))) == 2 * count
            best = min(best, time.process_time() - began)
        return best

    seconds(1_000)
    assert seconds(40_000) < 10 * seconds(10_000)  # 4 times as much; 16 times as long if it were quadratic


def test_send_times_are_read_where_the_header_announces_them() -> None:
    layout = np.dtype([*MBO.descr, ("ts_out", "<u8")])
    records = made(layout, 160, 5, ts_out=np.arange(5))
    (batch,) = parsed([stream(records, metadata=Metadata(ts_out=True, schema=Schema.MBO))])
    assert batch.schema is Schema.MBO
    assert batch.records["ts_out"].tolist() == [0, 1, 2, 3, 4]


def test_unknown_kind_of_record_is_kept_whole_and_passed() -> None:
    strange = np.frombuffer(bytes([5, 99]) + bytes(2) + INSTRUMENT.to_bytes(4, "little") + bytes(12), np.uint8)
    batches = list(parsed([stream(orders(2), strange.tobytes(), orders(1))]))
    assert [batch.schema for batch in batches] == [Schema.MBO, Schema.UNKNOWN, Schema.MBO]
    assert batches[1].records.tobytes() == strange.tobytes()
    assert batches[1].records["instrument_id"].tolist() == [INSTRUMENT]


def test_known_kind_of_unknown_size_is_not_misread() -> None:
    strange = bytes([15, 160]) + bytes(58)
    batches = list(parsed([stream(orders(1), strange, orders(1))]))
    assert [batch.schema for batch in batches] == [Schema.MBO, Schema.UNKNOWN, Schema.MBO]


def cuts(data: bytes, at: list[int]) -> Iterator[bytes]:
    places = sorted({min(place, len(data)) for place in at})
    for start, stop in zip([0, *places], [*places, len(data)], strict=True):
        yield data[start:stop]


_STREAM = stream(
    orders(3), alternating(orders(9), trades(9)), bars(2), bytes([4, 250]) + bytes(14), trades(40), orders(2)
)


@settings(deadline=None)
@given(st.lists(st.integers(0, len(_STREAM)), max_size=40))
def test_pieces_of_any_length_give_the_records_of_the_whole(at: list[int]) -> None:
    whole, parser = list(parsed([_STREAM])), DbnParser()
    pieces = list(parsed(cuts(_STREAM, at), parser))
    assert content(pieces) == content(whole)
    assert parser.metadata == Metadata(dataset="GLBX.MDP3")
    assert (parser.tail, parser.offset) == (b"", len(_STREAM))
    schemas = [batch.schema for batch in pieces for _ in range(len(batch))]
    assert schemas == [batch.schema for batch in whole for _ in range(len(batch))]


def test_records_that_cross_the_edge_of_a_read_are_whole(tmp_path: Path) -> None:
    records = orders(3 * CHUNK_BYTES // MBO.itemsize)
    told = stream(records)
    edges = list(accumulate((FIRST_BYTES, 2 * FIRST_BYTES, 4 * FIRST_BYTES, CHUNK_BYTES, CHUNK_BYTES)))
    assert edges[-1] < len(told)
    assert all((len(told) - edge) % MBO.itemsize for edge in edges)  # one of them crosses each
    file = DbnFile(saved(tmp_path / "long.dbn", told))
    assert content(file.batches()) == records.tobytes()
