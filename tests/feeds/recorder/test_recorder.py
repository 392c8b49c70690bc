"""The recorder beside a feed: it takes bytes at once, bounds what waits, and counts what it had to leave out."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.timing.trading_day import trading_day
from feeds.recorder import (
    Gap,
    GapPlace,
    MixedStreamsError,
    Notice,
    NoticeKind,
    Recorder,
    RecorderSettings,
    RecorderState,
    StartReason,
    TroubleKind,
    verify,
)
from feeds.recorder.backlog import Backlog
from tests.feeds.recorder.given import LIVE, RECORD, flow, fresh, mapping, plan, recordings, sidecar
from tests.feeds.streams import START, stream

PATIENCE = 30.0
"""Seconds within which a thread does what it is about to do; only a failure takes so long."""


class SlowDisk:
    """A listener that keeps the recorder's thread, which tells it of the new file, for as long as a disk might."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.ready = threading.Event()
        self.notices: list[Notice] = []

    def __call__(self, notice: Notice) -> None:
        self.notices.append(notice)
        if notice.kind is NoticeKind.FILE_STARTED and not self.ready.is_set():
            self.reached.set()
            assert self.ready.wait(PATIENCE)

    def told(self, kind: NoticeKind) -> list[Notice]:
        return [notice for notice in self.notices if notice.kind is kind]


@contextmanager
def recording_on(disk: SlowDisk, folder: Path, queue: int) -> Iterator[Recorder]:
    """Record one order, and hand over the recorder while the disk keeps it waiting."""
    with Recorder(
        folder, plan(), trading_day, settings=RecorderSettings(queue_bytes=queue), on_notice=disk
    ) as recorder:
        recorder.write(flow(1).tobytes())
        assert disk.reached.wait(PATIENCE)
        yield recorder
        disk.ready.set()


def test_what_is_written_is_recorded(tmp_path: Path) -> None:
    pieces = [mapping().tobytes(), *(flow(7, order_id=number).tobytes() for number in range(500))]
    with Recorder(tmp_path, plan(), trading_day) as recorder:
        for piece in pieces:
            recorder.write(piece)
    (path,) = recordings(tmp_path)
    assert fresh([path]) == b"".join(pieces)
    assert verify(path).sound
    status = recorder.status()
    assert (status.state, status.reason, status.file, status.files) == (RecorderState.CLOSED, None, None, 1)
    assert (status.records, status.waiting_bytes, status.lost_records) == (3501, 0, 0)


def test_status_tells_state_file_and_what_waits(tmp_path: Path) -> None:
    disk = SlowDisk()
    recorder = Recorder(tmp_path, plan(), trading_day, on_notice=disk)
    assert recorder.status().state is RecorderState.WAITING
    assert recorder.status().seconds_since_sync is None
    with recorder:
        recorder.write(flow(1).tobytes())
        assert disk.reached.wait(PATIENCE)
        recorder.write(flow(9).tobytes())
        status = recorder.status()
        assert (status.state, status.records, status.waiting_bytes) == (RecorderState.RECORDING, 0, 10 * RECORD)
        assert status.file is not None
        assert status.file.exists()
        assert status.file_bytes == status.file.stat().st_size
        disk.ready.set()
    since = recorder.status().seconds_since_sync
    assert since is not None
    assert since >= 0


def test_slow_disk_never_stops_the_feed_and_what_fits_into_the_queue_is_not_lost(tmp_path: Path) -> None:
    disk = SlowDisk()
    with recording_on(disk, tmp_path, queue=1000 * RECORD) as recorder:
        for number in range(100):
            recorder.write(flow(10, order_id=number).tobytes())
        assert recorder.status().state is RecorderState.RECORDING
    expected = flow(1).tobytes() + b"".join(flow(10, order_id=number).tobytes() for number in range(100))
    assert fresh(recordings(tmp_path)) == expected
    assert [notice.kind for notice in disk.notices] == [NoticeKind.FILE_STARTED, NoticeKind.FILE_FINISHED]


def test_full_queue_is_told_at_once_and_what_is_left_out_is_a_counted_gap_between_two_files(tmp_path: Path) -> None:
    disk = SlowDisk()
    with recording_on(disk, tmp_path, queue=100 * RECORD) as recorder:
        for number in range(15):
            recorder.write(flow(10, order_id=number, start=START + number * 10**12).tobytes())
        status = recorder.status()
        assert status.state is RecorderState.DEGRADED
        assert status.reason is not None
        assert "too slow" in status.reason
        assert (status.lost_records, status.lost_bytes) == (50, 50 * RECORD)
        (trouble,) = disk.told(NoticeKind.TROUBLE)
        assert trouble.trouble is not None
        assert trouble.trouble.kind is TroubleKind.QUEUE_FULL
        disk.ready.set()
        wait_until_taken(recorder)
        recorder.write(flow(10, order_id=99, start=START + 99 * 10**12).tobytes())
        assert recorder.status().state is not RecorderState.DEGRADED
    first, second = recordings(tmp_path)
    assert fresh([first]) == flow(1).tobytes() + b"".join(
        flow(10, order_id=number, start=START + number * 10**12).tobytes() for number in range(10)
    )
    assert fresh([second]) == flow(10, order_id=99, start=START + 99 * 10**12).tobytes()
    (gap,) = sidecar(second).gaps
    assert (gap.place, gap.records, gap.bytes) == (GapPlace.RECORDER, 50, 50 * RECORD)
    assert (gap.start, gap.end) == (START + 10 * 10**12, START + 14 * 10**12 + 9 * 10**9)
    assert sidecar(second).started is StartReason.GAP
    assert [notice.text for notice in disk.told(NoticeKind.LEFT_OUT)] == [
        "50 records are not recorded: the disk was too slow: the queue was full"
    ]
    assert recorder.status().lost_records == 50


def wait_until_taken(recorder: Recorder) -> None:
    """Let the recorder's thread empty the queue, which it is free to do."""
    for _ in range(int(PATIENCE / 0.01)):
        if recorder._backlog.bytes == 0:
            return
        threading.Event().wait(0.01)
    raise AssertionError("the queue is not taken")


def test_gap_that_lasts_to_the_end_stands_in_the_last_sidecar(tmp_path: Path) -> None:
    disk = SlowDisk()
    with recording_on(disk, tmp_path, queue=100 * RECORD) as recorder:
        for number in range(15):
            recorder.write(flow(10, order_id=number).tobytes())
        disk.ready.set()
    (path,) = recordings(tmp_path)
    assert [(gap.records, gap.bytes) for gap in sidecar(path).gaps] == [(50, 50 * RECORD)]
    assert sidecar(path).records == 101
    assert verify(path).sound


def test_one_slow_disk_makes_one_gap(tmp_path: Path) -> None:
    queue = Backlog(100)
    put = [queue.put(memoryview(flow(1).tobytes())) for _ in range(3)]
    assert put == [None, None, None]
    assert queue.dropping
    assert queue.bytes == RECORD
    queue.take(0)
    gap = queue.put(memoryview(flow(1).tobytes()))
    assert gap is not None
    assert (gap.records, gap.bytes) == (2, 2 * RECORD)
    assert not queue.dropping


def test_piece_larger_than_the_queue_is_taken_where_nothing_waits() -> None:
    queue = Backlog(100)
    assert queue.put(memoryview(flow(10).tobytes())) is None
    assert not queue.dropping


@settings(max_examples=100, deadline=None)
@given(steps=st.lists(st.one_of(st.integers(1, 5), st.none(), st.just("mark")), max_size=40))
def test_queue_gives_everything_back_in_order_or_counts_it(steps: list[int | str | None]) -> None:
    queue, given_bytes, taken, gaps = Backlog(10 * RECORD), 0, 0, 0
    order: list[int] = []
    mark = Gap(place=GapPlace.FEED, reason="reset")
    number = 0

    def take() -> None:
        nonlocal taken, gaps
        for item in queue.take(0):
            if isinstance(item, Gap):
                gaps += item.bytes or 0
            else:
                taken += len(item)
                order.extend(int.from_bytes(item[at + 16 : at + 24], "little") for at in range(0, len(item), RECORD))

    for step in steps:
        if step is None:
            take()
        elif isinstance(step, str):
            queue.mark(mark)
        else:
            number += 1
            queue.put(memoryview(flow(step, order_id=number).tobytes()))
            given_bytes += step * RECORD
    queue.close()
    for _ in range(len(steps) + 1):
        take()
    assert taken + gaps == given_bytes
    assert gaps == queue.lost.bytes
    assert order == sorted(order)


def test_closed_recorder_takes_nothing_more(tmp_path: Path) -> None:
    with Recorder(tmp_path, plan(), trading_day) as recorder:
        recorder.write(flow(1).tobytes())
    with pytest.raises(ValueError, match="closed"):
        recorder.write(flow(1).tobytes())


def test_reconnects_stand_between_the_records_they_came_between(tmp_path: Path) -> None:
    with Recorder(tmp_path, plan(), trading_day) as recorder:
        recorder.write(flow(5).tobytes())
        recorder.reconnected(START, None, "connection reset")
        recorder.write(flow(5).tobytes())
    (path,) = recordings(tmp_path)
    assert sidecar(path).reconnects == 1
    assert sidecar(path).gaps == [Gap(place=GapPlace.FEED, reason="connection reset", start=START)]


def test_next_session_is_checked_before_its_records_are_taken(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, plan(), trading_day)
    recorder.accept(LIVE)
    with pytest.raises(MixedStreamsError):
        recorder.accept(type(LIVE)(version=1, dataset=LIVE.dataset))


def test_error_of_our_own_is_told_counted_and_raised_at_the_end(tmp_path: Path) -> None:
    def no_day(moment: int) -> None:
        raise LookupError("no calendar")

    notices: list[Notice] = []
    stopped = threading.Event()

    def tell(notice: Notice) -> None:
        notices.append(notice)
        stopped.set()

    recorder = Recorder(tmp_path, plan(), no_day, on_notice=tell).start()  # type: ignore[arg-type]
    recorder.write(flow(5).tobytes())
    assert stopped.wait(PATIENCE)
    recorder.write(flow(5).tobytes())
    assert recorder.status().state is RecorderState.DEGRADED
    assert recorder.status().reason == "the recorder stopped: LookupError: no calendar"
    assert recorder.status().lost_records >= 5
    with pytest.raises(LookupError):
        recorder.close()
    assert [notice.trouble.kind for notice in notices if notice.trouble is not None] == [TroubleKind.STOPPED]


async def test_event_loop_goes_on_while_the_disk_keeps_the_recorder_waiting(tmp_path: Path) -> None:
    disk = SlowDisk()
    recorder = Recorder(tmp_path, plan(), trading_day, on_notice=disk).start()
    recorder.write(flow(1).tobytes())
    await asyncio.to_thread(disk.reached.wait, PATIENCE)
    for number in range(100):
        recorder.write(flow(10, order_id=number).tobytes())
        await asyncio.sleep(0)
    assert not disk.ready.is_set()
    disk.ready.set()
    await asyncio.to_thread(recorder.close)
    assert sidecar(recordings(tmp_path)[0]).records == 1001


def test_whole_stream_of_a_gateway_is_header_and_records(tmp_path: Path) -> None:
    """The header of the received stream is stated, not written: each file has one of its own."""
    with Recorder(tmp_path, plan(), trading_day) as recorder:
        recorder.write(flow(5).tobytes())
    (path,) = recordings(tmp_path)
    assert fresh([path]) == stream(flow(5))[len(stream()) :]
