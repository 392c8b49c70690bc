"""What stands on the disk: names, headers, records, sidecars; and that any Databento tool reads it."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import zstandard

from engines.timing.trading_day import trading_day
from feeds.dbn import DbnFile, Metadata
from feeds.dbn.zstd import frame_ends
from feeds.recorder import (
    Gap,
    GapPlace,
    MixedStreamsError,
    NoticeKind,
    RecorderSettings,
    StartReason,
    read_sidecar,
    verify,
)
from feeds.recorder.sidecar import BookStart, Span
from feeds.recording import Recording as Playable
from feeds.records import (
    ACTION_CLEAR,
    DEFINITION_V2,
    DEMO_DATASET,
    F_BAD_TS_RECV,
    F_LAST,
    F_SNAPSHOT,
    MBO,
    STATISTICS,
    SYSTEM,
    UNDEFINED_TIME,
    Provenance,
)
from tests.feeds.recorder.given import (
    LIVE,
    RECORD,
    Recording,
    definition,
    flow,
    fresh,
    held,
    library,
    mapping,
    plan,
    read_by_library,
    recordings,
    sidecar,
)
from tests.feeds.streams import SECOND, START, alternating, made, statuses, trades

pandas_is_ahead_of_the_library = pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame")


def only(folder: Path) -> Path:
    (path,) = recordings(folder)
    return path


def test_name_says_dataset_symbol_trading_day_and_start(tmp_path: Path) -> None:
    recording = Recording(tmp_path, day_of=trading_day)  # type: ignore[arg-type]
    evening = flow(3, start=1_704_412_805 * SECOND)  # Thursday 2024-01-04 18:00:05 in Chicago
    recording.give(evening)
    partial = tmp_path / "live" / "GLBX.MDP3-GC.v.0-20240105-000005.dbn.zst.partial"
    assert recording.series.path == partial
    assert partial.exists()
    recording.close()
    assert [path.name for path in sorted(partial.parent.iterdir())] == [
        "GLBX.MDP3-GC.v.0-20240105-000005.dbn.zst",
        "GLBX.MDP3-GC.v.0-20240105-000005.json",
    ]


def test_symbol_of_a_spread_makes_a_usable_name(tmp_path: Path) -> None:
    recording = Recording(tmp_path, plan(symbol="GC:BF G4/J4"))
    recording.give(flow(1))
    recording.close()
    assert only(tmp_path).name == "GLBX.MDP3-GC_BF_G4_J4-20240102-100000.dbn.zst"


def test_names_sort_by_time_even_within_a_second(tmp_path: Path) -> None:
    for number in range(3):
        recording = Recording(tmp_path)
        recording.give(flow(1, order_id=number + 1))
        recording.close()
    assert [path.name.partition("-1000")[2] for path in recordings(tmp_path)] == [
        "00.dbn.zst",
        "00_002.dbn.zst",
        "00_003.dbn.zst",
    ]
    assert fresh(recordings(tmp_path)) == b"".join(flow(1, order_id=number).tobytes() for number in (1, 2, 3))


@pytest.mark.parametrize("schema", ["mbo", "trades", "definition", "statistics", "status"])
def test_library_reads_every_schema_of_a_mixed_recording(tmp_path: Path, schema: str) -> None:
    parts = {
        "mbo": flow(500),
        "trades": trades(20),
        "definition": definition(),
        "statistics": made(STATISTICS, 24, 5),
        "status": statuses(2),
    }
    recording = Recording(tmp_path)
    recording.give(mapping(), *parts.values(), made(SYSTEM, 23, 1))
    recording.close()
    store = library(only(tmp_path))
    assert store.schema is None
    assert store.to_ndarray(schema=schema).tobytes() == parts[schema].tobytes()
    assert read_by_library(only(tmp_path)) == fresh([only(tmp_path)])


@pandas_is_ahead_of_the_library
def test_library_and_we_know_the_symbols_whether_mapped_before_the_first_record_or_later(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.give(mapping(), flow(10), mapping(43, "GCJ4"), flow(10, instrument_id=43))
    recording.close()
    store = library(only(tmp_path))
    assert store.symbols == ["GCG4"]
    assert set(store.mappings) == {"GCG4"}
    frame = store.to_df(schema="mbo")
    assert frame["symbol"].tolist() == ["GCG4"] * 10 + ["GCJ4"] * 10
    contents = Playable([only(tmp_path)]).contents()
    assert contents.symbols == {42: "GCG4", 43: "GCJ4"}
    assert sidecar(only(tmp_path)).instruments == {"42": "GCG4", "43": "GCJ4"}


@pandas_is_ahead_of_the_library
def test_header_maps_both_utc_dates_of_a_trading_day(tmp_path: Path) -> None:
    recording = Recording(tmp_path, day_of=trading_day)  # type: ignore[arg-type]
    recording.give(mapping(), flow(2, start=1_704_412_805 * SECOND), flow(2, start=1_704_488_000 * SECOND))
    recording.close()
    frame = library(only(tmp_path)).to_df(schema="mbo")
    assert [str(moment.date()) for moment in frame.index] == ["2024-01-05"] * 4
    header = DbnFile(only(tmp_path)).metadata
    assert header is not None
    assert [(one.start_date, one.end_date) for one in header.mappings[0].intervals] == [(20240105, 20240106)]
    assert frame["symbol"].tolist() == ["GCG4"] * 4


def test_frame_is_closed_after_its_seconds_and_everything_in_it_is_readable_at_once(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.give(flow(10))
    path = recording.partial()
    recording.wait(4.9)
    assert held(path) == []
    recording.wait(0.1)
    assert b"".join(held(path)) == flow(10).tobytes()
    assert recording.series.synced_records == 10
    assert recording.series.seconds_to_tick(recording.now) == 25.0  # when the sidecar is due
    recording.wait(25)
    assert recording.series.seconds_to_tick(recording.now) is None


def test_frame_is_closed_when_it_is_full(tmp_path: Path) -> None:
    recording = Recording(tmp_path, settings=RecorderSettings(frame_bytes=100 * RECORD))
    for number in range(10):
        recording.give(flow(25, order_id=number))
    assert recording.series.synced_records == 200
    assert recording.series.waiting_bytes == 50 * RECORD
    recording.close()
    with only(tmp_path).open("rb") as file:
        assert len(list(frame_ends(file))) == 1 + 3 == sidecar(only(tmp_path)).frames


def test_frame_waits_for_the_end_of_the_matching_event_but_not_for_ever(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.give(flow(3, event=4))
    recording.wait(5.1)
    assert recording.series.synced_records == 0
    recording.give(flow(1))
    assert recording.series.synced_records == 4
    recording.give(flow(3, event=4))
    recording.wait(6.2)
    assert recording.series.synced_records == 4
    recording.wait(0.1)
    assert recording.series.synced_records == 7


def test_every_frame_carries_a_checksum(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.give(flow(10))
    recording.close()
    data = only(tmp_path).read_bytes()
    with only(tmp_path).open("rb") as file:
        starts = [0, *frame_ends(file)][:-1]
    assert all(zstandard.get_frame_parameters(data[start:]).has_checksum for start in starts)


def test_sidecar_says_what_the_file_holds(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.give(mapping(), definition(), flow(100), trades(3), statuses(1))
    recording.close()
    path = only(tmp_path)
    told = json.loads(path.with_name(path.name.removesuffix(".dbn.zst") + ".json").read_text())
    records = b"".join(held(path))
    assert told == {
        "file": path.name,
        "state": "closed",
        "recovered": False,
        "program": "qmo test",
        "provenance": "live",
        "dataset": "GLBX.MDP3",
        "symbol": "GC.v.0",
        "trading_day": "2024-01-02",
        "dbn_version": 3,
        "started": "first",
        "continues": None,
        "instruments": {"42": "GCG4"},
        "records": 106,
        "repeated": 0,
        "schemas": {"definition": 1, "mbo": 100, "status": 1, "symbol-mapping": 1, "trades": 3},
        "ts_event": {"first": START, "last": START + 99 * SECOND},
        "ts_recv": {"first": START, "last": START + 99 * SECOND},
        "book": "nothing",
        "snapshot_at": None,
        "gaps": [],
        "reconnects": 0,
        "frames": 2,
        "bytes": path.stat().st_size,
        "record_bytes": len(records),
        "digest": told["digest"],
        "cut": None,
        "cut_bytes": None,
    }
    assert verify(path).sound


def test_sidecar_is_there_from_the_start_and_kept_up_to_date(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.give(flow(10))
    path = recording.partial()
    assert (sidecar(path).state, sidecar(path).records) == ("recording", 0)
    recording.wait(5)
    assert sidecar(path).records == 0
    recording.wait(25)
    assert (sidecar(path).state, sidecar(path).records) == ("recording", 10)
    assert not list(path.parent.glob("*.tmp"))


@pytest.mark.parametrize(
    ("first", "start", "at"),
    [
        (flow(3), BookStart.NOTHING, None),
        (flow(3, action=[ACTION_CLEAR, ord("A"), ord("A")]), BookStart.CLEAR, START),
        (flow(3, flags=[F_SNAPSHOT, F_SNAPSHOT, F_LAST]), BookStart.SNAPSHOT, START),
        (flow(3, flags=[F_LAST, F_SNAPSHOT, F_LAST | F_SNAPSHOT]), BookStart.NOTHING, START + SECOND),
    ],
    ids=["mid-session", "clear", "snapshot", "snapshot later"],
)
def test_sidecar_says_how_the_book_begins(tmp_path: Path, first: object, start: BookStart, at: int | None) -> None:
    recording = Recording(tmp_path)
    recording.give(first)  # type: ignore[arg-type]
    recording.close()
    assert (sidecar(only(tmp_path)).book, sidecar(only(tmp_path)).snapshot_at) == (start, at)


def test_times_of_snapshots_definitions_and_bad_stamps_do_not_count_as_trading(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    old = flow(2, start=START - 10**15, flags=F_SNAPSHOT, ts_recv=START)
    bad = flow(1, start=START + 10**16, flags=F_LAST | F_BAD_TS_RECV)
    recording.give(definition(ts_recv=START - 10**15), old, flow(5), bad, flow(1, ts_event=UNDEFINED_TIME))
    recording.close()
    assert sidecar(only(tmp_path)).ts_event == Span(first=START, last=START + 4 * SECOND)
    assert sidecar(only(tmp_path)).ts_recv == Span(first=START, last=START + 4 * SECOND)


@pytest.mark.parametrize("garbage", [0, 2**63, UNDEFINED_TIME - 1, UNDEFINED_TIME])
def test_impossible_times_neither_date_a_file_nor_stop_the_recording(tmp_path: Path, garbage: int) -> None:
    recording = Recording(tmp_path)
    recording.give(flow(3), flow(1, ts_event=garbage, ts_recv=garbage), made(SYSTEM, 23, 1, ts_event=garbage), flow(3))
    recording.close()
    assert only(tmp_path).name.startswith("GLBX.MDP3-GC.v.0-20240102-1000")
    assert len(held(only(tmp_path))) == 8
    assert verify(only(tmp_path)).sound


@pytest.mark.parametrize("garbage", [2**63, UNDEFINED_TIME])
def test_stream_of_impossible_times_is_dated_by_its_header(tmp_path: Path, garbage: int) -> None:
    recording = Recording(tmp_path)
    recording.give(flow(3, ts_event=garbage, ts_recv=garbage))
    recording.close()
    assert only(tmp_path).name.startswith("GLBX.MDP3-GC.v.0-20240102-100000.")


def test_reconnect_is_a_gap_in_the_sidecar_and_the_file_goes_on(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.give(flow(5))
    gap = Gap(place=GapPlace.FEED, reason="connection reset", start=START + 4 * SECOND, end=START + 60 * SECOND)
    recording.series.take(gap, recording.now)
    recording.give(flow(5, start=START + 60 * SECOND))
    recording.close()
    assert (sidecar(only(tmp_path)).reconnects, sidecar(only(tmp_path)).gaps) == (1, [gap])
    assert sidecar(only(tmp_path)).records == 10


def test_reconnect_after_which_nothing_came_is_told_too(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.give(flow(5))
    recording.wait(5)
    recording.series.take(Gap(place=GapPlace.FEED, reason="connection reset"), recording.now)
    recording.close()
    assert sidecar(only(tmp_path)).reconnects == 1


def test_second_stream_may_join_only_if_it_fits(tmp_path: Path) -> None:
    stream = plan()
    stream.accept(replace(LIVE, start=START + 5))
    for other, said in (
        (replace(LIVE, version=2), "version 2"),
        (replace(LIVE, dataset="XNAS.ITCH"), "XNAS"),
        (replace(LIVE, ts_out=True), "ts_out True"),
    ):
        with pytest.raises(MixedStreamsError, match=said):
            stream.accept(other)


def test_records_of_another_version_are_left_out_and_counted(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    old = made(DEFINITION_V2, 19, 2, raw_symbol=b"GCG4")
    recording.give(flow(5), old, flow(5, order_id=9), flow(1))
    recording.close()
    assert fresh(recordings(tmp_path)) == flow(5).tobytes() + flow(5, order_id=9).tobytes() + flow(1).tobytes()
    (gap,) = sidecar(only(tmp_path)).gaps
    assert (gap.place, gap.records, gap.bytes) == (GapPlace.RECORDER, 2, old.nbytes)
    assert "another DBN version" in gap.reason
    assert recording.series.lost_records == 2
    assert len(recording.told(NoticeKind.LEFT_OUT)) == 1
    assert read_by_library(only(tmp_path)) == fresh(recordings(tmp_path))


def test_piece_that_is_not_whole_records_is_taken_up_to_its_last_whole_one(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    whole = flow(5).tobytes()
    recording.give(whole[:-1], bytes(20), flow(5, order_id=9))
    recording.close()
    assert fresh(recordings(tmp_path)) == whole[: 4 * RECORD] + flow(5, order_id=9).tobytes()
    (gap,) = sidecar(only(tmp_path)).gaps
    assert (gap.bytes, recording.series.lost_bytes) == (55 + 20, 55 + 20)
    assert "not whole records" in gap.reason


def test_send_times_stay_with_their_records(tmp_path: Path) -> None:
    wide = made(np.dtype([*MBO.descr, ("ts_out", "<u8")]), 160, 10, ts_out=START + 5)
    recording = Recording(tmp_path, plan(metadata=replace(LIVE, ts_out=True)))
    recording.give(wide, flow(10))
    recording.close()
    store = library(only(tmp_path))
    assert store.metadata.ts_out
    assert fresh(recordings(tmp_path)) == wide.tobytes()
    assert recording.series.lost_records == 10


def test_types_nobody_knows_yet_are_kept_as_they_are(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    strange = made(MBO, 99, 3)
    recording.give(flow(2), strange, flow(2))
    recording.close()
    assert fresh(recordings(tmp_path)) == flow(2).tobytes() + strange.tobytes() + flow(2).tobytes()
    assert sidecar(only(tmp_path)).schemas == {"mbo": 4, "unknown": 3}


def test_recording_of_nothing_leaves_no_file(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.wait(60)
    recording.close()
    assert list((tmp_path / "live").iterdir()) == []
    assert recording.notices == []


def test_stream_without_order_flow_is_dated_by_its_newest_record(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.give(
        definition(ts_recv=START - 10**14, ts_event=START - 10**14), made(SYSTEM, 23, 1, ts_event=START + 7 * SECOND)
    )
    assert recording.series.path is None
    recording.wait(5)
    assert recording.partial().name.startswith("GLBX.MDP3-GC.v.0-20240102-100007.")
    recording.close()


def test_stream_that_tells_no_time_at_all_is_dated_by_its_header(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.give(made(SYSTEM, 23, 1, ts_event=UNDEFINED_TIME))
    recording.close()
    assert only(tmp_path).name.startswith("GLBX.MDP3-GC.v.0-20240102-100000.")


@pytest.mark.parametrize(
    ("provenance", "dataset", "folder"),
    [
        (Provenance.LIVE, "GLBX.MDP3", "live"),
        (Provenance.REPLAY, "GLBX.MDP3", "replay"),
        (Provenance.DEMO, DEMO_DATASET, "demo"),
    ],
)
def test_every_provenance_has_a_folder_of_its_own(
    tmp_path: Path, provenance: Provenance, dataset: str, folder: str
) -> None:
    recording = Recording(tmp_path, plan(provenance=provenance, metadata=replace(LIVE, dataset=dataset)))
    recording.give(flow(1))
    recording.close()
    (path,) = tmp_path.rglob("*.dbn.zst")
    assert path.parent == tmp_path / folder
    assert sidecar(path).provenance == provenance.value
    assert Playable([path]).provenance is (Provenance.DEMO if folder == "demo" else Provenance.REPLAY)


@pytest.mark.parametrize(
    ("provenance", "dataset"),
    [(Provenance.LIVE, DEMO_DATASET), (Provenance.DEMO, "GLBX.MDP3"), (Provenance.CONTEXT, "GLBX.MDP3")],
)
def test_simulated_data_cannot_pass_for_real_nor_context_be_recorded(provenance: Provenance, dataset: str) -> None:
    with pytest.raises(MixedStreamsError):
        plan(provenance=provenance, metadata=Metadata(dataset=dataset))


def test_nothing_but_given_bytes_and_stated_facts_is_in_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABENTO_API_KEY", "db-0123456789abcdefghijklmnopqrs")
    recording = Recording(tmp_path)
    given = mapping().tobytes() + flow(50).tobytes()
    recording.give(given)
    recording.close()
    path = only(tmp_path)
    plain = zstandard.ZstdDecompressor().stream_reader(path.read_bytes(), read_across_frames=True).read()
    header = DbnFile(path).metadata
    assert header is not None
    assert plain == header.encode() + given
    assert (header.dataset, header.symbols, header.start) == ("GLBX.MDP3", ("GCG4",), START)
    stated = {"qmo test", "live", "GLBX.MDP3", "GC.v.0", "GCG4", "2024-01-02", path.name}
    found = read_sidecar(path.with_name(path.name.removesuffix(".dbn.zst") + ".json"))
    assert found is not None
    ours = {"closed", "first", "nothing", found.digest}
    assert (
        set(_texts(json.loads(path.with_name(path.name.removesuffix(".dbn.zst") + ".json").read_text())))
        <= stated | ours
    )
    assert sorted(one.name for one in path.parent.iterdir()) == [
        path.name,
        path.name.removesuffix(".dbn.zst") + ".json",
    ]


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return []


def test_schemas_that_alternate_record_by_record_keep_their_order(tmp_path: Path) -> None:
    mixed = alternating(flow(200), trades(200))
    recording = Recording(tmp_path)
    recording.give(mixed)
    recording.close()
    assert fresh(recordings(tmp_path)) == mixed == read_by_library(only(tmp_path))
    assert sidecar(only(tmp_path)).schemas == {"mbo": 200, "trades": 200}


def test_older_versions_are_recorded_as_such(tmp_path: Path) -> None:
    recording = Recording(tmp_path, plan(metadata=replace(LIVE, version=2)))
    old = made(DEFINITION_V2, 19, 1, raw_symbol=b"GCG4", min_price_increment=SECOND // 10)
    recording.give(old, flow(5))
    recording.close()
    assert fresh(recordings(tmp_path)) == old.tobytes() + flow(5).tobytes()
    assert sidecar(only(tmp_path)).dbn_version == 2
    assert library(only(tmp_path)).metadata.version == 2


def test_started_files_are_told(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.give(flow(1))
    recording.close()
    assert [(notice.kind, notice.start) for notice in recording.notices] == [
        (NoticeKind.FILE_STARTED, StartReason.FIRST),
        (NoticeKind.FILE_FINISHED, None),
    ]


def test_recording_needs_none_of_the_heavy_libraries() -> None:
    ask = "import sys, feeds.recorder; print(sorted({'numba', 'databento', 'pandas'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", ask], capture_output=True, check=True).stdout == b"[]\n"
