"""Files change with the trading day, between two matching events, and each can be played alone."""

from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.timing.trading_day import trading_day
from feeds.dbn import DbnFile
from feeds.recorder import NoticeKind, RecorderSettings, StartReason
from feeds.recorder.rotation import Rotation
from feeds.recorder.sidecar import BookStart
from feeds.recording import Recording as Playable
from feeds.records import F_LAST, MBO, SYSTEM, Batch, Records, Schema
from tests.feeds.recorder.given import (
    RECORD,
    Day,
    Recording,
    days,
    definition,
    flow,
    fresh,
    held,
    library,
    mapping,
    read_by_library,
    recordings,
    sidecar,
)
from tests.feeds.streams import SECOND, START, made, trades


def joined(*parts: Records) -> bytes:
    return b"".join(part.tobytes() for part in parts)


def whole_events(path: Path) -> bool:
    """Whether the last order record of every instrument in a file ends its matching event."""
    last: dict[int, int] = {}
    for batch in DbnFile(path).batches():
        if batch.schema is Schema.MBO:
            last |= dict(zip(batch.records["instrument_id"].tolist(), batch.records["flags"].tolist(), strict=True))
    return all(flags & F_LAST for flags in last.values())


def test_new_file_begins_with_the_first_record_of_the_new_day(tmp_path: Path) -> None:
    recording = Recording(tmp_path, day_of=days(60 * SECOND))
    recording.give(flow(150))
    recording.close()
    assert [len(held(path)) for path in recordings(tmp_path)] == [60, 60, 30]
    assert [sidecar(path).trading_day for path in recordings(tmp_path)] == ["2024-01-02", "2024-01-03", "2024-01-04"]
    assert [sidecar(path).started for path in recordings(tmp_path)] == [
        StartReason.FIRST,
        StartReason.TRADING_DAY,
        StartReason.TRADING_DAY,
    ]
    first, second, third = (path.name for path in recordings(tmp_path))
    assert [sidecar(path).continues for path in recordings(tmp_path)] == [None, first, second]
    assert third == "GLBX.MDP3-GC.v.0-20240104-100200.dbn.zst"


def test_day_changes_at_seventeen_hundred_in_chicago(tmp_path: Path) -> None:
    close = trading_day(START).end
    recording = Recording(tmp_path, day_of=trading_day)  # type: ignore[arg-type]
    recording.give(flow(20, start=close - 10 * SECOND))
    recording.close()
    assert [len(held(path)) for path in recordings(tmp_path)] == [10, 10]
    assert [sidecar(path).trading_day for path in recordings(tmp_path)] == ["2024-01-02", "2024-01-03"]


def test_clock_of_this_machine_has_no_say(tmp_path: Path) -> None:
    recording = Recording(tmp_path, day_of=days(60 * SECOND))
    recording.give(flow(10))
    recording.wait(10**7)
    recording.give(flow(10, start=START + 10 * SECOND))
    recording.close()
    assert len(recordings(tmp_path)) == 1


def test_capture_time_decides_where_a_snapshot_brings_orders_of_days_ago(tmp_path: Path) -> None:
    recording = Recording(tmp_path, day_of=days(60 * SECOND))
    recording.give(flow(5, start=START - 10**6 * SECOND, ts_recv=START + np.arange(5)), flow(10))
    recording.close()
    assert [sidecar(path).trading_day for path in recordings(tmp_path)] == ["2024-01-02"]


@pytest.mark.parametrize(
    "old",
    [
        definition(ts_event=START + 90 * SECOND, ts_recv=START + 90 * SECOND),
        made(SYSTEM, 23, 1, ts_event=START + 90 * SECOND),
    ],
)
def test_records_that_are_no_order_flow_change_no_day(tmp_path: Path, old: Records) -> None:
    recording = Recording(tmp_path, day_of=days(60 * SECOND))
    recording.give(flow(5), old, flow(5, start=START + 5 * SECOND))
    recording.close()
    assert len(recordings(tmp_path)) == 1


def test_late_record_of_the_old_day_stays_where_it_came(tmp_path: Path) -> None:
    recording = Recording(tmp_path, day_of=days(60 * SECOND))
    late = [flow(1, start=START + at * SECOND) for at in (59, 61, 59, 62)]
    recording.give(*late)
    recording.close()
    assert [b"".join(held(path)) for path in recordings(tmp_path)] == [joined(late[0]), joined(*late[1:])]


def test_event_that_is_open_at_midnight_is_not_cut(tmp_path: Path) -> None:
    recording = Recording(tmp_path, day_of=days(60 * SECOND))
    records = flow(70, event=7)  # the event of records 56 to 62 crosses the boundary at 60
    recording.give(records)
    recording.close()
    assert [len(held(path)) for path in recordings(tmp_path)] == [63, 7]
    assert all(whole_events(path) for path in recordings(tmp_path))


def test_event_of_one_instrument_waits_for_that_of_another(tmp_path: Path) -> None:
    recording = Recording(tmp_path, day_of=days(60 * SECOND))
    ids, flags = [1, 2, 1, 2, 1, 2], [0, 0, F_LAST, 0, F_LAST, F_LAST]
    across = flow(6, start=START + 58 * SECOND, instrument_id=ids, flags=flags)
    recording.give(across, flow(2, start=START + 64 * SECOND))
    recording.close()
    assert [len(held(path)) for path in recordings(tmp_path)] == [6, 2]


def test_event_that_never_ends_is_given_up_after_ten_seconds_of_market_time(tmp_path: Path) -> None:
    recording = Recording(tmp_path, day_of=days(60 * SECOND))
    recording.give(flow(80, flags=0))
    recording.close()
    assert [len(held(path)) for path in recordings(tmp_path)] == [71, 9]


def test_trades_never_say_where_an_event_ends_and_hold_nothing_up(tmp_path: Path) -> None:
    recording = Recording(tmp_path, day_of=days(60 * SECOND))
    recording.give(trades(70, flags=0))
    recording.close()
    assert [len(held(path)) for path in recordings(tmp_path)] == [60, 10]


def test_quiet_days_have_no_files(tmp_path: Path) -> None:
    recording = Recording(tmp_path, day_of=days(60 * SECOND))
    recording.give(flow(1), flow(1, start=START + 1_000 * SECOND))
    recording.close()
    assert [sidecar(path).trading_day for path in recordings(tmp_path)] == ["2024-01-02", "2024-01-18"]


def test_new_file_repeats_newest_mappings_and_definitions_and_can_be_played_alone(tmp_path: Path) -> None:
    recording = Recording(tmp_path, day_of=days(60 * SECOND))
    stale, gone = definition(max_trade_vol=1), definition(44, "GCM4")
    newest = definition(max_trade_vol=2)
    deleted = definition(44, "GCM4", security_update_action=ord("D"))
    recording.give(mapping(), mapping(43, "GCJ4"), stale, gone, newest, deleted, flow(120))
    recording.close()
    _, second = recordings(tmp_path)
    assert held(second)[:3] == [mapping().tobytes(), mapping(43, "GCJ4").tobytes(), newest.tobytes()]
    told = sidecar(second)
    assert (told.repeated, told.records, told.schemas) == (3, 63, {"definition": 1, "mbo": 60, "symbol-mapping": 2})
    assert told.instruments == {"42": "GCG4"}
    contents = Playable([second]).contents()
    assert (contents.name(42), contents.defined[42].tick) == ("GCG4", SECOND // 10)
    assert library(second).symbols == ["GCG4", "GCJ4"]


def test_folder_of_days_plays_as_the_stream_that_was_received(tmp_path: Path) -> None:
    recording = Recording(tmp_path, day_of=days(60 * SECOND))
    recording.give(flow(200))
    recording.close()
    playable = Playable([tmp_path / "live"])
    assert [file.path for file in playable.files] == recordings(tmp_path)
    assert b"".join(batch.records.tobytes() for batch in playable.batches()) == flow(200).tobytes()
    assert playable.notes == ()


def test_legs_of_a_spread_are_all_repeated(tmp_path: Path) -> None:
    recording = Recording(tmp_path, day_of=days(60 * SECOND))
    legs = [definition(50, "GCG4-GCJ4", leg_count=2, leg_index=index) for index in range(2)]
    recording.give(*legs, flow(61))
    recording.close()
    assert held(recordings(tmp_path)[1])[:2] == [leg.tobytes() for leg in legs]


def test_caller_hears_of_the_new_file_and_a_snapshot_it_then_gives_is_told_in_the_sidecar(tmp_path: Path) -> None:
    recording = Recording(tmp_path, day_of=days(60 * SECOND))
    recording.give(flow(61))
    started = [notice for notice in recording.notices if notice.kind is NoticeKind.FILE_STARTED]
    assert [notice.start for notice in started] == [StartReason.FIRST, StartReason.TRADING_DAY]
    assert "without a snapshot" in started[1].text
    snapshot = flow(3, start=START + 62 * SECOND, flags=[32, 32, 32 | F_LAST])
    recording.give(snapshot)
    recording.close()
    told = sidecar(recordings(tmp_path)[1])
    assert (told.book, told.snapshot_at) == (BookStart.NOTHING, START + 62 * SECOND)


def test_boundaries_that_contradict_themselves_are_an_error() -> None:
    day = Day(days(1)(START).date, START - 10, START)
    rotation = Rotation(lambda _: day)
    with pytest.raises(ValueError, match="does not hold"):
        rotation.cut(Batch(Schema.MBO, flow(1)))


@st.composite
def streams(draw: st.DrawFn) -> list[Records]:
    """Several runs of matching events of several instruments that interleave, over a few days, with other records."""
    random = Random(draw(st.integers(0, 2**32)))
    rows: list[Records] = [mapping(number, f"GC{number}") for number in (1, 2)] if draw(st.booleans()) else []
    clock = START
    open_events: dict[int, int] = {}
    for _ in range(draw(st.integers(1, 60))):
        clock += random.choice((0, 1, SECOND, 20 * SECOND, 100 * SECOND))
        what = random.random()
        if what < 0.1:
            rows.append(trades(1, ts_event=clock, ts_recv=clock, flags=0))
        elif what < 0.15:
            rows.append(definition(random.choice((1, 2)), "GCG4"))
        elif what < 0.2:
            rows.append(made(SYSTEM, 23, 1, ts_event=clock))
        else:
            number = random.choice((1, 2, 3))
            left = open_events.pop(number, 0) or random.choice((1, 1, 2, 3))
            if left > 1:
                open_events[number] = left - 1
            rows.append(flow(1, start=clock, instrument_id=number, flags=0 if left > 1 else F_LAST))
    clock += SECOND
    rows.extend(flow(1, start=clock, instrument_id=number) for number in open_events)
    return rows


@settings(max_examples=60, deadline=None)
@given(rows=streams(), cuts=st.randoms(use_true_random=False), frame=st.integers(1, 20))
def test_files_in_a_row_are_the_input_however_it_is_cut_into_pieces(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Records], cuts: Any, frame: int
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    recording = Recording(folder, day_of=days(300 * SECOND), settings=RecorderSettings(frame_bytes=frame * RECORD))
    start = 0
    while start < len(rows):
        stop = start + cuts.randint(1, 10)
        recording.give(joined(*rows[start:stop]))
        recording.wait(cuts.choice((0, 0, 1, 6)))
        start = stop
    recording.close()
    paths = recordings(folder)
    assert fresh(paths) == joined(*rows)
    assert recording.series.synced_records == len(rows)
    for path in paths:
        assert read_by_library(path) == b"".join(held(path))
        orders = np.frombuffer(b"".join(row for row in held(path) if row[1] == 160), MBO)
        assert len({days(300 * SECOND)(int(moment)).date for moment in orders["ts_recv"]}) <= 2


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), size=st.integers(1, 300))
def test_no_event_is_cut_over_two_files(tmp_path_factory: pytest.TempPathFactory, seed: int, size: int) -> None:
    random = Random(seed)
    folder = tmp_path_factory.mktemp("whole")
    count = 600
    flags = np.array([F_LAST if random.random() < 0.8 else 0 for _ in range(count)], np.uint8)
    ids = np.array([random.choice((1, 2, 3)) for _ in range(count)], np.uint32)
    ended = [int(np.flatnonzero(ids == number)[-1]) for number in (1, 2, 3)]
    flags[ended] = F_LAST
    records = flow(count, step=SECOND // 100, flags=flags, instrument_id=ids)
    recording = Recording(folder, day_of=days(2 * SECOND))
    for start in range(0, count, size):
        recording.give(records[start : start + size])
    recording.close()
    paths = recordings(folder)
    assert len(paths) == 3
    assert fresh(paths) == records.tobytes()
    assert all(whole_events(path) for path in paths)
