"""Deriving a lower schema: one file of one schema, its header, and what is left when something goes wrong."""

from pathlib import Path
from typing import Any

import databento
import numpy as np
import pytest

from engines.flow.trade_records import trades_of
from feeds.dbn import CorruptDbn, DbnFile, DbnWriter, Interval, Mapping, Metadata
from feeds.dbn.metadata import SType
from feeds.instrument import InstrumentError
from feeds.recording import Recording
from feeds.records import DEFINITION, PRICE_SCALE, SYMBOL_MAPPING, UNDEFINED_TIME, Records, Schema
from qmo_tui.conversion import SOURCES, Conversion, convert
from qmo_tui.errors import QmoError
from qmo_tui.exit_codes import ExitCode
from qmo_tui.setting_tables.sources import Contract
from qmo_tui.settings import Settings
from tests.feeds.streams import INSTRUMENT, SECOND, START, made, orders, saved, stream, trades
from tests.market import write_session
from tests.market.sessions import FIRST_INSTRUMENT, TICK
from tests.oracle import by_price as oracle

pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")  # pandas, of the SDK
ES_MBO = "esh4-20231225.mbo.dbn.zst"
DEPTHS = {Schema.MBP_10: 10, Schema.MBP_1: 1}


def converted(source: Path | list[Path], schema: Schema, out: Path, **options: Any) -> Conversion:
    paths = source if isinstance(source, list) else [source]
    return convert(Recording(paths), schema, out, Settings(), **options)


def records_of(path: Path) -> Records:
    return np.concatenate([batch.records for batch in DbnFile(path).batches()])


def header_of(path: Path) -> Metadata:
    metadata = DbnFile(path).metadata
    assert metadata is not None
    return metadata


def expected(array: Records, schema: Schema) -> Records:
    if schema in DEPTHS:
        ticks = dict.fromkeys(np.unique(array["instrument_id"]).tolist(), TICK)
        return oracle.by_price(array, ticks, DEPTHS[schema])
    return oracle.trades(array) if schema is Schema.TRADES else oracle.minute_bars(array)


@pytest.mark.parametrize("name", ["out.dbn", "out.dbn.zst"])
@pytest.mark.parametrize("schema", SOURCES, ids=str)
def test_databento_reads_what_the_oracle_derives_and_knows_its_symbols(
    tmp_path: Path, schema: Schema, name: str
) -> None:
    session = write_session(tmp_path / "in.dbn.zst", 4, minutes=0.4)
    told = converted(tmp_path / "in.dbn.zst", schema, tmp_path / name)
    store = databento.DBNStore.from_bytes((tmp_path / name).read_bytes())
    ours = expected(session.array, schema)
    assert store.to_ndarray().tobytes() == ours.tobytes()
    assert (str(store.schema), store.dataset, store.symbols) == (str(schema), "GLBX.MDP3", ["GCG4"])
    table = store.to_df()
    assert set(table["symbol"]) == {"GCG4"}
    assert len(table) == len(ours) == told.written > 0
    assert told.counts == {Schema.MBO: len(session.array)}
    assert told.notes == ()


def test_the_header_keeps_what_the_recording_says(data: Path, tmp_path: Path) -> None:
    converted(data / ES_MBO, Schema.MBP_1, tmp_path / "es.dbn")
    before, after = header_of(data / ES_MBO), header_of(tmp_path / "es.dbn")
    for name in ("dataset", "start", "end", "stype_in", "stype_out", "symbols", "mappings"):
        assert getattr(after, name) == getattr(before, name)
    assert (after.schema, after.version, after.limit) == (Schema.MBP_1, 3, None)


def test_names_that_stand_in_records_go_into_the_header(tmp_path: Path) -> None:
    """Like anything recorded live: schemas mixed, no symbols in the header, no end."""
    named = made(SYMBOL_MAPPING, 22, 1, stype_in_symbol=b"GC.FUT", stype_out_symbol=b"GCG4")
    with DbnWriter(tmp_path / "live.dbn", Metadata(dataset="GLBX.MDP3", start=START, stype_in=None)) as writer:
        for part in (named, orders(3), made(DEFINITION, 19, 1, min_price_increment=UNDEFINED_TIME >> 1)):
            writer.write(part)
    told = converted(tmp_path / "live.dbn", Schema.MBP_10, tmp_path / "out.dbn")
    assert told.counts == {Schema.SYMBOL_MAPPING: 1, Schema.MBO: 3, Schema.DEFINITION: 1}
    assert header_of(tmp_path / "out.dbn") == Metadata(
        dataset="GLBX.MDP3",
        schema=Schema.MBP_10,
        start=START,
        stype_in=SType.RAW_SYMBOL,
        symbols=("GCG4",),
        mappings=(Mapping("GCG4", (Interval(20240102, 20991231, str(INSTRUMENT)),)),),
    )
    assert set(databento.DBNStore.from_bytes((tmp_path / "out.dbn").read_bytes()).to_df()["symbol"]) == {"GCG4"}


def test_a_header_that_maps_ids_to_names_is_turned_around(tmp_path: Path) -> None:
    mapping = Mapping(str(INSTRUMENT), (Interval(20240102, 20240103, "GCG4"),))
    header = Metadata(
        dataset="GLBX.MDP3",
        schema=Schema.MBO,
        start=START,
        end=START + SECOND,
        stype_in=SType.INSTRUMENT_ID,
        stype_out=SType.RAW_SYMBOL,
        symbols=(str(INSTRUMENT),),
        mappings=(mapping,),
    )
    with DbnWriter(tmp_path / "in.dbn", header) as writer:
        writer.write(orders(2))
    converted(tmp_path / "in.dbn", Schema.MBP_1, tmp_path / "out.dbn")
    after = header_of(tmp_path / "out.dbn")
    assert (after.stype_in, after.stype_out, after.symbols) == (SType.RAW_SYMBOL, SType.INSTRUMENT_ID, ("GCG4",))
    assert after.mappings == (Mapping("GCG4", (Interval(20240102, 20240103, str(INSTRUMENT)),)),)


def test_days_are_converted_as_one_file_with_the_names_of_all(tmp_path: Path) -> None:
    first, second = (
        Metadata(
            dataset="GLBX.MDP3",
            schema=Schema.MBO,
            start=START + day,
            end=START + day + 1,
            symbols=("GCG4",),
            mappings=(Mapping("GCG4", (Interval(20240102 + day, 20240103 + day, str(INSTRUMENT)),)),),
        )
        for day in (0, 1)
    )
    for name, header in (("a.dbn", second), ("b.dbn", first)):
        with DbnWriter(tmp_path / name, header) as writer:
            writer.write(orders(2))
    converted([tmp_path / "a.dbn", tmp_path / "b.dbn"], Schema.MBP_1, tmp_path / "out.dbn")
    after = header_of(tmp_path / "out.dbn")
    assert (after.start, after.end, after.symbols) == (START, START + 2, ("GCG4",))
    assert after.mappings == (Mapping("GCG4", (*first.mappings[0].intervals, *second.mappings[0].intervals)),)


def test_only_the_schema_that_tells_most_is_read(tmp_path: Path) -> None:
    """A folder with the same trades in two schemas has them once."""
    session = write_session(tmp_path / "a.dbn", 4, minutes=0.2)
    same = trades_of(session.array)
    with DbnWriter(tmp_path / "b.dbn", Metadata(dataset="GLBX.MDP3", schema=Schema.TRADES, start=START)) as writer:
        writer.write(same)
    told = converted([tmp_path / "a.dbn", tmp_path / "b.dbn"], Schema.TRADES, tmp_path / "out.dbn")
    assert records_of(tmp_path / "out.dbn").tobytes() == same.tobytes()
    assert (told.source, told.counts[Schema.TRADES]) == (Schema.MBO, len(same))


def test_instruments_without_a_tick_are_left_out_and_named(tmp_path: Path) -> None:
    session = write_session(tmp_path / "in.dbn", 4, instruments=2)
    told = converted(tmp_path / "in.dbn", Schema.MBP_1, tmp_path / "out.dbn")
    ours = session.array["instrument_id"] == FIRST_INSTRUMENT
    assert records_of(tmp_path / "out.dbn").tobytes() == expected(session.array[ours], Schema.MBP_1).tobytes()
    assert told.left_out == {"GCG4-1": int((~ours).sum())}
    assert [note.partition(":")[0] for note in told.notes] == ["GCG4-1"]
    told = converted(tmp_path / "in.dbn", Schema.TRADES, tmp_path / "trades.dbn")
    assert records_of(tmp_path / "trades.dbn").tobytes() == expected(session.array, Schema.TRADES).tobytes()


def test_an_instrument_that_comes_late_is_converted_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.recording._HEAD_RECORDS", 2)
    names = [
        made(SYMBOL_MAPPING, 22, 1, instrument_id=number, stype_in_symbol=b"GC.FUT", stype_out_symbol=symbol)
        for number, symbol in ((7, b"GCG4"), (8, b"GCJ4"), (9, b"GCG4-GCJ4"))
    ]
    parts = [orders(3, instrument_id=number, order_id=[1, 2, 3]) for number in (7, 8, 9)]
    saved(tmp_path / "in.dbn", stream(*names, parts[0][:2], *parts[1:], parts[0][2:]))
    told = converted(tmp_path / "in.dbn", Schema.MBP_1, tmp_path / "out.dbn")
    assert records_of(tmp_path / "out.dbn")["instrument_id"].tolist() == [7, 7, 8, 8, 8, 7]
    assert told.left_out == {"GCG4-GCJ4": 3}
    assert header_of(tmp_path / "out.dbn").symbols == ("GCG4", "GCG4-GCJ4", "GCJ4")


def test_a_recording_whose_only_tick_is_unknown_is_refused(tmp_path: Path) -> None:
    saved(tmp_path / "in.dbn", stream(orders(2)))
    with pytest.raises(InstrumentError, match="its tick is unknown"):
        converted(tmp_path / "in.dbn", Schema.MBP_1, tmp_path / "out.dbn")
    assert not (tmp_path / "out.dbn").exists()


def test_a_recording_from_the_middle_of_a_session_says_so(tmp_path: Path) -> None:
    write_session(tmp_path / "in.dbn", 4, opening="none")
    told = converted(tmp_path / "in.dbn", Schema.MBP_10, tmp_path / "out.dbn")
    assert told.notes == ("GCG4: recorded without a snapshot, so the levels show only orders seen since",)


def test_a_tick_that_the_recording_contradicts_is_not_kept_silent(tmp_path: Path) -> None:
    session = write_session(tmp_path / "in.dbn", 4, minutes=0.4)
    settings = Settings(instruments={"GC": Contract(tick=2 * TICK / PRICE_SCALE, multiplier=100.0)})
    told = convert(Recording([tmp_path / "in.dbn"]), Schema.MBP_10, tmp_path / "out.dbn", settings)
    off_tick, unknown = (int(note.split()[1].replace(",", "")) for note in told.notes)
    added = session.array["action"] == ord("A")
    assert off_tick >= int((session.array["price"][added] % (2 * TICK) != 0).sum()) > 0
    assert "no multiple of the tick" in told.notes[0]
    assert unknown > 0
    assert "orders never seen" in told.notes[1]


def test_records_that_make_no_sense_are_told(tmp_path: Path) -> None:
    write_session(tmp_path / "in.dbn", 4, minutes=0.2)
    with DbnWriter(tmp_path / "worse.dbn", header_of(tmp_path / "in.dbn")) as writer:
        writer.write(records_of(tmp_path / "in.dbn"))
        writer.write(orders(2, instrument_id=FIRST_INSTRUMENT, size=0))
    told = converted(tmp_path / "worse.dbn", Schema.MBP_1, tmp_path / "out.dbn")
    assert told.notes == ("GCG4: 2 records left out, since they make no sense",)


@pytest.mark.parametrize("schema", [Schema.MBP_10, Schema.MBP_1], ids=str)
def test_levels_need_orders(tmp_path: Path, schema: Schema) -> None:
    saved(tmp_path / "in.dbn", stream(trades(3)))
    with pytest.raises(QmoError, match=f"in.dbn: {schema} is derived from mbo; this holds trades") as refused:
        converted(tmp_path / "in.dbn", schema, tmp_path / "out.dbn")
    assert refused.value.exit_code is ExitCode.UNREADABLE


def test_a_recording_without_order_flow_is_refused(tmp_path: Path) -> None:
    saved(tmp_path / "in.dbn", stream(made(DEFINITION, 19, 1)))
    with pytest.raises(QmoError, match="mbp-10 or mbp-1 or tbbo; this holds no order flow"):
        converted(tmp_path / "in.dbn", Schema.TRADES, tmp_path / "out.dbn")


# --- when something goes wrong ----------------------------------------------------------------------------------------


def broken(path: Path) -> Records:
    """Write a recording that breaks, and return what stands before the break."""
    whole = path.with_name("whole.dbn")
    session = write_session(whole, 4, minutes=0.2)
    content = whole.read_bytes()
    whole.unlink()
    first = len(content) - session.array.nbytes
    kept = len(session.array) // 2
    saved(path, content[: first + kept * session.array.itemsize] + bytes(200))
    return session.array[:kept]


@pytest.mark.parametrize("schema", SOURCES, ids=str)
def test_what_stands_before_a_break_is_converted_and_the_break_told(tmp_path: Path, schema: Schema) -> None:
    before = broken(tmp_path / "in.dbn")
    told = converted(tmp_path / "in.dbn", schema, tmp_path / "out.dbn.zst")
    assert isinstance(told.broken, CorruptDbn)
    assert records_of(tmp_path / "out.dbn.zst").tobytes() == expected(before, schema).tobytes()


def test_a_recording_that_breaks_at_once_leaves_nothing(tmp_path: Path) -> None:
    saved(tmp_path / "in.dbn", stream(orders(0)) + bytes(200))
    with pytest.raises(CorruptDbn):
        converted(tmp_path / "in.dbn", Schema.TRADES, tmp_path / "out.dbn")
    assert [path.name for path in tmp_path.iterdir()] == ["in.dbn"]


def test_a_cut_recording_is_converted_up_to_the_cut(tmp_path: Path) -> None:
    saved(tmp_path / "in.dbn", stream(trades(5))[:-7])
    told = converted(tmp_path / "in.dbn", Schema.OHLCV_1M, tmp_path / "out.dbn")
    assert told.broken is None
    assert told.notes == ("in.dbn: the file ends inside a record: 41 bytes left out",)
    assert records_of(tmp_path / "out.dbn").tobytes() == expected(trades(4), Schema.OHLCV_1M).tobytes()


def test_an_interrupted_conversion_leaves_nothing(tmp_path: Path) -> None:
    write_session(tmp_path / "in.dbn", 4, minutes=0.2)
    seen: list[set[str]] = []

    def interrupt(_records: int, _clock: int | None) -> None:
        seen.append({path.name for path in tmp_path.iterdir()})
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        converted(tmp_path / "in.dbn", Schema.MBP_10, tmp_path / "out.dbn", progress=interrupt)
    assert "out.dbn" not in seen[0]
    assert len(seen[0]) == 2
    assert {path.name for path in tmp_path.iterdir()} == {"in.dbn"}


def test_what_is_there_is_not_replaced(tmp_path: Path) -> None:
    write_session(tmp_path / "in.dbn", 4, minutes=0.2)
    for there in (tmp_path / "in.dbn", tmp_path / "link.dbn"):
        if not there.exists():
            there.symlink_to(tmp_path / "nowhere")
        with pytest.raises(QmoError, match="is there already") as refused:
            converted(tmp_path / "in.dbn", Schema.TRADES, there)
        assert refused.value.exit_code is ExitCode.USAGE


def test_progress_counts_the_records_read(tmp_path: Path) -> None:
    session = write_session(tmp_path / "in.dbn", 4, minutes=20)
    seen: list[int] = []
    converted(
        tmp_path / "in.dbn",
        Schema.OHLCV_1M,
        tmp_path / "out.dbn",
        progress=lambda records, _clock: seen.append(records),
    )
    assert len(set(seen)) > 1
    assert seen == sorted(seen)
    assert seen[-1] == len(session.array)
