"""Writing DBN that Databento's own library reads back."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import databento_dbn
import pytest
from databento import DBNStore

from feeds.dbn import DbnFile, DbnWriter, Interval, Mapping, Metadata
from feeds.dbn.metadata import SType
from feeds.records import Batch, Schema
from tests.feeds.streams import START, alternating, content, orders, trades

dbn: Any = databento_dbn  # its own types contradict how it is called

FULL = Metadata(
    dataset="GLBX.MDP3",
    schema=Schema.MBO,
    start=START,
    end=START + 1,
    limit=1_000,
    stype_in=SType.CONTINUOUS,
    symbols=("GC.v.0", "MGC.v.0"),
    partial=("SI.v.0",),
    not_found=("XX.v.0",),
    mappings=(
        Mapping("GC.v.0", (Interval(20240101, 20240103, "42"), Interval(20240103, 20240105, "43"))),
        Mapping("MGC.v.0", ()),
    ),
)


@pytest.mark.parametrize("name", ["session.dbn", "session.dbn.zst"])
def test_library_reads_what_was_written(tmp_path: Path, name: str) -> None:
    records = orders(1_000)
    with DbnWriter(tmp_path / name, FULL) as writer:
        writer.write(records[:300])
        writer.write(Batch(Schema.MBO, records[300:]))
    store = DBNStore.from_bytes((tmp_path / name).read_bytes())
    assert store.to_ndarray().tobytes() == records.tobytes()
    assert content(DbnFile(tmp_path / name).batches()) == records.tobytes()


@pytest.mark.parametrize("version", [1, 2, 3])
@pytest.mark.parametrize(
    "metadata",
    [FULL, replace(FULL, schema=None, stype_in=None, end=None, limit=None), Metadata(), replace(FULL, ts_out=True)],
    ids=["full", "mixed", "empty", "send times"],
)
def test_header_comes_back_from_us_and_from_the_library(metadata: Metadata, version: int) -> None:
    width = 22 if version == 1 else 71
    metadata = replace(metadata, version=version, string_width=width)
    header = metadata.encode()
    assert len(header) % 8 == 0
    assert Metadata.decode(header) == metadata
    theirs = dbn.Metadata.decode(header, upgrade_policy=dbn.VersionUpgradePolicy.AS_IS)
    assert theirs.version == version
    assert (theirs.dataset, theirs.start, theirs.end, theirs.limit) == (
        metadata.dataset,
        metadata.start,
        metadata.end,
        metadata.limit,
    )
    assert theirs.schema == (None if metadata.schema is None else dbn.Schema.from_str(metadata.schema))
    assert (theirs.ts_out, theirs.symbols, theirs.partial, theirs.not_found) == (
        metadata.ts_out,
        list(metadata.symbols),
        list(metadata.partial),
        list(metadata.not_found),
    )
    assert sorted(theirs.mappings) == sorted(mapping.symbol for mapping in metadata.mappings)
    assert Metadata.decode(bytes(theirs)) == metadata


def test_every_schema_has_the_code_of_the_library() -> None:
    for schema in dbn.Schema.variants():
        header = replace(FULL, schema=Schema(str(schema))).encode()
        assert dbn.Metadata.decode(header).schema == schema


def test_instrument_is_found_by_its_id_on_any_of_its_days() -> None:
    assert (FULL.symbol_of(42), FULL.symbol_of(43), FULL.symbol_of(44)) == ("GC.v.0", "GC.v.0", "")


def test_mixed_records_come_back_in_order(tmp_path: Path) -> None:
    mixed = alternating(orders(20), trades(20))
    with DbnWriter(tmp_path / "mixed.dbn.zst", Metadata()) as writer:
        for place in range(20):
            writer.write(orders(20)[place : place + 1])
            writer.write(trades(20)[place : place + 1])
    assert content(DbnFile(tmp_path / "mixed.dbn.zst").batches()) == mixed
    assert DBNStore.from_bytes((tmp_path / "mixed.dbn.zst").read_bytes()).to_ndarray(schema="trades").size == 20


def test_existing_file_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "there.dbn"
    path.write_bytes(b"precious")
    with pytest.raises(FileExistsError):
        DbnWriter(path, Metadata())
    assert path.read_bytes() == b"precious"


@pytest.mark.parametrize(
    ("metadata", "fits"),
    [
        (Metadata(symbols=("A" * 70,)), True),
        (Metadata(symbols=("A" * 71,)), False),
        (Metadata(version=1, symbols=("A" * 21,)), True),
        (Metadata(version=1, symbols=("A" * 22,)), False),
        (Metadata(dataset="A" * 16), True),
        (Metadata(dataset="A" * 17), False),
        (Metadata(mappings=(Mapping("A" * 71, ()),)), False),
        (Metadata(symbols=("Gö",)), False),
    ],
)
def test_what_does_not_fit_into_the_header_is_refused_and_leaves_no_file(
    tmp_path: Path, metadata: Metadata, fits: bool
) -> None:
    path = tmp_path / "new.dbn"
    if fits:
        DbnWriter(path, metadata).close()
        assert DbnFile(path).metadata is not None
    else:
        with pytest.raises(ValueError, match=r"does not fit|ascii"):
            DbnWriter(path, metadata)
        assert not path.exists()


def test_file_left_open_by_a_crash_keeps_its_closed_part(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="crash"), DbnWriter(tmp_path / "run.dbn.zst", Metadata()) as writer:
        writer.write(orders(10))
        raise RuntimeError("crash")
    assert content(DbnFile(tmp_path / "run.dbn.zst").batches()) == orders(10).tobytes()
