"""Several files as one recording: their order, and what they say they hold."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from feeds.dbn import DbnError, DbnWriter, Interval, Mapping, Metadata
from feeds.dbn.metadata import SType
from feeds.instrument import is_outright_name, root_of
from feeds.recording import Recording
from feeds.records import DEFINITION, SYMBOL_MAPPING, SYMBOL_MAPPING_V1, UNDEFINED_PRICE, Records, Schema
from tests.feeds.streams import SECOND, START, alternating, content, made, orders, statuses, trades

Write = Callable[..., Path]


def definition(instrument_id: int, symbol: str, **fields: Any) -> Records:
    usual = {"min_price_increment": SECOND // 10, "unit_of_measure_qty": 100 * SECOND, "instrument_class": ord("F")}
    return made(DEFINITION, 19, 1, **(usual | {"instrument_id": instrument_id, "raw_symbol": symbol.encode()} | fields))


def mapping(instrument_id: int, symbol: str) -> Records:
    return made(
        SYMBOL_MAPPING, 22, 1, instrument_id=instrument_id, stype_in_symbol=b"GC.FUT", stype_out_symbol=symbol.encode()
    )


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, *parts: Records, **fields: Any) -> Path:
        told: dict[str, Any] = {"dataset": "GLBX.MDP3", "start": START}
        with DbnWriter(tmp_path / name, Metadata(**(told | fields))) as writer:
            for part in parts:
                writer.write(part)
        return tmp_path / name

    return write


def header(symbol: str, *ids: int) -> dict[str, Any]:
    return {
        "mappings": (
            Mapping(symbol, tuple(Interval(20240101 + day, 20240102 + day, str(one)) for day, one in enumerate(ids))),
        )
    }


def test_definitions_come_first_then_the_files_by_their_start(write: Write, tmp_path: Path) -> None:
    late = write("a.dbn", orders(1, order_id=2), start=START + 2)
    early = write("b.dbn.zst", orders(1, order_id=1), start=START + 1)
    names = write("c.dbn", definition(42, "GCG4"), start=START + 9, schema=Schema.DEFINITION)
    recording = Recording([late, early, names])
    assert [file.path.name for file in recording.files] == ["c.dbn", "b.dbn.zst", "a.dbn"]
    assert recording.source == "c.dbn, b.dbn.zst, a.dbn"
    assert content(recording.batches())[-112:] == orders(1, order_id=1).tobytes() + orders(1, order_id=2).tobytes()


def test_of_files_that_start_together_the_one_that_tells_most_comes_first(write: Write) -> None:
    paths = [write("a.dbn", trades(1), schema=Schema.TRADES), write("b.dbn", orders(1), schema=Schema.MBO)]
    assert [file.path.name for file in Recording(paths).files] == ["b.dbn", "a.dbn"]


def test_folder_is_its_recordings_and_nothing_else(write: Write, tmp_path: Path) -> None:
    write("a.dbn", orders(1))
    write("b.dbn.zst", orders(2))
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "c.dbn.partial").write_bytes(b"x")
    assert Recording([tmp_path]).source == "a.dbn, b.dbn.zst"


def test_a_file_name_that_is_no_text_is_one_in_the_log_and_the_journal(write: Write, tmp_path: Path) -> None:
    path = write("a.dbn", orders(1)).rename(tmp_path / os.fsdecode(b"gold\xff.dbn"))
    recording = Recording([path])
    assert recording.source == "gold\N{REPLACEMENT CHARACTER}.dbn"
    assert content(recording.batches())[-56:] == orders(1).tobytes()


def test_folder_without_recordings_is_told(tmp_path: Path) -> None:
    with pytest.raises(DbnError, match=r"no \.dbn or \.dbn\.zst file in this folder"):
        Recording([tmp_path])


def test_file_named_twice_is_played_once(write: Write, tmp_path: Path) -> None:
    path = write("a.dbn", orders(3))
    (tmp_path / "link.dbn").symlink_to(path)
    assert content(Recording([path, tmp_path]).batches()) == orders(3).tobytes()


def test_span_reaches_over_the_files_of_order_flow_and_is_open_where_one_is(write: Write) -> None:
    names = write("n.dbn", definition(42, "GCG4"), start=1, end=2, schema=Schema.DEFINITION)
    first = write("a.dbn", orders(3), start=START, end=START + 5)
    after = write("b.dbn", orders(3), start=START + 5, end=START + 9)
    live = write("c.dbn", orders(3), start=START + 9)
    assert Recording([names]).span == (1, 2)
    assert Recording([names, after, first]).span == (START, START + 9)
    assert Recording([names, first, live]).span == (START, None)


def test_batches_are_no_longer_than_asked(write: Write) -> None:
    recording = Recording([write("a.dbn", orders(10)), write("b.dbn", orders(5))])
    assert [len(batch) for batch in recording.batches(4)] == [4, 4, 2, 4, 1]


def test_progress_begins_anew_with_every_pass(write: Write) -> None:
    recording = Recording([write("a.dbn", orders(10)), write("b.dbn", orders(10), start=START + 1)])
    recording.contents()
    assert recording.bytes_read == recording.size
    pieces = recording.batches()
    next(pieces)
    assert recording.bytes_read == recording.files[0].size
    list(pieces)
    assert recording.bytes_read == recording.size


def test_notes_name_the_file_that_is_cut(write: Write) -> None:
    path = write("a.dbn", orders(3))
    path.write_bytes(path.read_bytes()[:-50])
    recording = Recording([path, write("b.dbn", orders(1))])
    assert not recording.notes
    list(recording.batches())
    assert recording.notes == ("a.dbn: the file ends inside a record: 6 bytes left out",)


# ------------------------------------------------------------------------------------------------------ what it holds


def test_busiest_contract_is_the_one_with_most_records(write: Write) -> None:
    contents = Recording([write("a.dbn", orders(3, instrument_id=7), orders(5, instrument_id=9))]).contents()
    assert contents.counts == {7: 3, 9: 5}
    assert contents.busiest() == 9


def test_outright_goes_before_a_busier_spread(write: Write) -> None:
    flow = (orders(3, instrument_id=7), orders(50, instrument_id=9))
    by_definition = (definition(9, "GCG4-GCJ4", instrument_class=ord("S")), definition(7, "GCG4"))
    by_name = (mapping(9, "GCG4-GCJ4"), mapping(7, "GCG4"))
    for number, naming in enumerate((by_definition, by_name)):
        assert Recording([write(f"{number}.dbn", *naming, *flow)]).contents().busiest() == 7


def test_recording_without_order_flow_has_no_busiest(write: Write) -> None:
    contents = Recording([write("a.dbn", definition(7, "GCG4"), statuses(3))]).contents()
    assert (contents.busiest(), contents.name(7), contents.counts) == (None, "GCG4", {})


def test_flow_behind_many_short_runs_is_found(write: Write, tmp_path: Path) -> None:
    """A live recording begins with hundreds of alternating mappings, definitions and states."""
    path = write("live.dbn", schema=None, stype_in=None)
    with path.open("ab") as file:
        file.write(alternating(statuses(400), made(SYMBOL_MAPPING, 22, 400)))
        file.write(orders(5).tobytes())
    assert Recording([path]).contents().counts == {42: 5}


@pytest.mark.parametrize("asked", ["GCG4", "gcg4", "7"])
def test_contract_is_found_by_symbol_in_any_case_or_by_id(write: Write, asked: str) -> None:
    flow = orders(3, instrument_id=7)
    for number, naming in enumerate(([definition(7, "GCG4")], [mapping(7, "GCG4")])):
        assert Recording([write(f"{number}.dbn", *naming, flow)]).contents().find(asked) == 7
    assert Recording([write("header.dbn", flow, **header("GCG4", 7))]).contents().find(asked) == 7


def test_contract_that_is_not_there_is_not_found(write: Write) -> None:
    contents = Recording([write("a.dbn", mapping(7, "GCG4"), orders(3, instrument_id=7))]).contents()
    assert [contents.find(asked) for asked in ("GCJ4", "8", "", "²")] == [None] * 4


def test_continuous_symbol_finds_the_contract_it_stood_for(write: Write) -> None:
    path = write("a.dbn", orders(3, instrument_id=7), orders(5, instrument_id=8), **header("GC.v.0", 7, 8))
    contents = Recording([path]).contents()
    assert (contents.find("gc.V.0"), contents.name(7), contents.name(8)) == (8, "GC.v.0", "GC.v.0")


def test_header_that_maps_ids_to_symbols_is_read_the_other_way_round(write: Write) -> None:
    mapped = Mapping("7", (Interval(20240101, 20240102, "GCG4"),))
    path = write(
        "a.dbn",
        orders(1, instrument_id=7),
        stype_in=SType.INSTRUMENT_ID,
        stype_out=SType.RAW_SYMBOL,
        mappings=(mapped,),
    )
    assert Recording([path]).contents().symbols == {7: "GCG4"}


def test_header_that_maps_ids_to_themselves_names_nothing(write: Write) -> None:
    path = write("a.dbn", orders(1, instrument_id=7), stype_in=SType.INSTRUMENT_ID, **header("7", 7))
    assert Recording([path]).contents().symbols == {}


def test_mapping_records_of_old_files_are_read(write: Write) -> None:
    old = made(SYMBOL_MAPPING_V1, 22, 1, instrument_id=7, stype_out_symbol=b"GCG4")
    path = write("a.dbn", old, orders(1, instrument_id=7), version=1, string_width=22)
    assert Recording([path]).contents().symbols == {7: "GCG4"}


def test_definition_without_a_tick_describes_nothing(write: Write) -> None:
    records = [
        definition(number, "GCG4", min_price_increment=tick) for number, tick in enumerate((UNDEFINED_PRICE, 0, -1))
    ]
    assert Recording([write("a.dbn", *records)]).contents().defined == {}


def test_real_definitions_describe_their_contracts(data: Path) -> None:
    defined = Recording([data / "esu4-nqu4.definition.dbn.zst"]).contents().defined
    told = {one.symbol: (one.tick_size, one.multiplier, one.tick_value, one.outright) for one in defined.values()}
    assert told == {"ESU4": (0.25, 50.0, 12.5, True), "NQU4": (0.25, 20.0, 5.0, True)}


@pytest.mark.parametrize(
    ("symbol", "root"),
    [
        ("GCZ6", "GC"),
        ("MGCG27", "MGC"),
        ("6EH4", "6E"),
        ("GC.v.0", "GC"),
        ("GC.FUT", "GC"),
        ("GCG4-GCJ4", "GCG4-GCJ4"),
        ("", ""),
    ],
)
def test_product_of_a_symbol(symbol: str, root: str) -> None:
    assert root_of(symbol) == root


@pytest.mark.parametrize(
    ("name", "outright"),
    [
        ("GCG4", True),
        ("GC.v.0", True),
        ("", True),
        ("GCG4-GCJ4", False),
        ("GC:BF G4-J4-M4", False),
        ("UD:1V: VT 12", False),
    ],
)
def test_spread_is_known_by_its_name(name: str, outright: bool) -> None:
    assert is_outright_name(name) is outright


def test_files_that_tell_the_same_time_twice_are_named(tmp_path: Path) -> None:
    for name, start in (("first", 100), ("second", 150), ("third", 200)):
        header = Metadata(dataset="GLBX.MDP3", schema=Schema.MBO, start=start, end=start + 100, symbols=("GCG4",))
        with DbnWriter(tmp_path / f"{name}.dbn", header):
            pass
    paths = {name: tmp_path / f"{name}.dbn" for name in ("first", "second", "third")}
    (note,) = Recording([paths["first"], paths["second"]]).notes
    assert note == "first.dbn and second.dbn overlap in time: they are played one after the other"
    assert Recording([paths["first"], paths["third"]]).notes == ()
