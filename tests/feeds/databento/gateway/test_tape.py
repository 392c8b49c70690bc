"""A recording as one timeline: files laid over each other by time, and what was known before the opening."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from feeds.databento.gateway.pieces import Dress, Wanted, stretch
from feeds.databento.gateway.tape import Tape
from feeds.dbn import DbnWriter, Metadata
from feeds.recording import Recording
from feeds.records import (
    DEFINITION,
    F_LAST,
    F_SNAPSHOT,
    MBP_1,
    STATISTICS,
    UNDEFINED_TIME,
    Records,
    Schema,
)
from tests.feeds.streams import SECOND, START, bars, made, orders, trades

Write = Callable[..., Path]
ALL = (Wanted(),)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, *parts: Records, **fields: Any) -> Path:
        told: dict[str, Any] = {"dataset": "GLBX.MDP3", "start": START}
        with DbnWriter(tmp_path / name, Metadata(**(told | fields))) as writer:
            for part in parts:
                writer.write(part)
        return tmp_path / name

    return write


def tape_of(*paths: Path) -> Tape:
    return Tape.of(Recording(list(paths)))


def played(tape: Tape, *schemas: Schema, start: int = 0, stop: int | None = None) -> bytes:
    end = len(tape) if stop is None else stop
    return bytes(stretch(tape, dict.fromkeys(schemas, ALL), start, end, dress=Dress()).data)


def test_one_file_is_played_as_it_is(write: Write) -> None:
    records = orders(100)
    tape = tape_of(write("a.dbn", records))
    assert played(tape, Schema.MBO) == records.tobytes()
    assert (tape.start, tape.opening, tape.dataset) == (START, 0, "GLBX.MDP3")


def test_the_order_inside_a_file_is_kept_whatever_its_times_say(write: Write) -> None:
    flow, prints = orders(2, ts_recv=[START + 9, START + 1]), trades(1, ts_recv=START + 5)
    tape = tape_of(write("a.dbn", flow[:1], prints, flow[1:]))
    assert played(tape, Schema.MBO, Schema.TRADES) == flow[:1].tobytes() + prints.tobytes() + flow[1:].tobytes()
    assert tape.times.tolist() == [START + 9] * 3


def test_files_of_different_schemas_are_laid_over_each_other(write: Write) -> None:
    flow, prints = orders(3), trades(3, ts_recv=START + np.array([0, SECOND, SECOND + 1], np.uint64))
    tape = tape_of(write("a.dbn", flow, schema=Schema.MBO), write("b.dbn", prints, schema=Schema.TRADES))
    rows = [flow[:1], prints[:1], flow[1:2], prints[1:], flow[2:]]
    assert played(tape, Schema.MBO, Schema.TRADES) == b"".join(row.tobytes() for row in rows)
    assert played(tape, Schema.TRADES) == prints.tobytes()


def test_files_of_one_schema_follow_each_other_even_where_the_second_begins_with_old_times(write: Write) -> None:
    first = orders(3)
    again = orders(2, flags=F_SNAPSHOT | 8, ts_event=START - SECOND)
    later = orders(2, ts_recv=START + 9 * SECOND)
    tape = tape_of(write("a.dbn", first), write("b.dbn", again, later, start=START + 5 * SECOND))
    assert played(tape, Schema.MBO) == first.tobytes() + again.tobytes() + later.tobytes()
    assert tape.times.tolist() == [START, START + SECOND, *[START + 2 * SECOND] * 3, *[START + 9 * SECOND] * 2]


def test_what_was_known_before_stands_before_the_opening(write: Write) -> None:
    names = made(DEFINITION, 19, 2)
    opening = made(STATISTICS, 24, 2, ts_recv=[START - 5, START + 5 * SECOND])
    held = orders(3, flags=F_SNAPSHOT | 8)
    live = orders(4)
    tape = tape_of(
        write("a.dbn", names, schema=Schema.DEFINITION),
        write("b.dbn", held, live, schema=Schema.MBO),
        write("c.dbn", opening, schema=Schema.STATISTICS),
    )
    assert (tape.opening, tape.start) == (6, START)
    assert played(tape, Schema.DEFINITION, stop=tape.opening) == names.tobytes()
    assert played(tape, Schema.MBO, stop=tape.opening) == held.tobytes()
    assert played(tape, Schema.STATISTICS, stop=tape.opening) == opening[:1].tobytes()


def test_a_bar_is_known_when_it_has_ended(write: Write) -> None:
    assert tape_of(write("a.dbn", bars(1))).times.tolist() == [START + 60 * SECOND]


def test_quotes_with_every_trade_are_told_from_all_quotes(write: Write) -> None:
    quotes = made(MBP_1, 1, 2, flags=F_LAST)
    tape = tape_of(write("a.dbn", quotes, schema=Schema.TBBO))
    assert set(tape.strips) == {Schema.TBBO}


def test_a_fragment_without_a_header_is_served_too(data: Path) -> None:
    tape = tape_of(data / "dbn-samples" / "test_data.definition.v3.dbn.frag.zst")
    assert (len(tape.strips[Schema.DEFINITION].records), tape.dataset) == (2, "")


def test_an_empty_recording_is_a_market_without_records(write: Write) -> None:
    tape = tape_of(write("a.dbn", schema=Schema.MBO))
    assert (len(tape), tape.opening, tape.strips) == (0, 0, {})


def test_only_the_instruments_wanted_are_sent_and_each_record_once(write: Write) -> None:
    records = orders(6, instrument_id=[1, 2, 3, 1, 2, 3])
    tape = tape_of(write("a.dbn", records))
    wanted = {Schema.MBO: (Wanted(frozenset({1})), Wanted(frozenset({1, 3})))}
    assert bytes(stretch(tape, wanted, 0, 6, dress=Dress()).data) == records[[0, 2, 3, 5]].tobytes()


def test_a_replay_begins_by_event_time(write: Write) -> None:
    records = orders(4, ts_recv=START + 9 * SECOND)
    tape = tape_of(write("a.dbn", records))
    wanted = {Schema.MBO: (Wanted(since=START + 2 * SECOND),)}
    assert bytes(stretch(tape, wanted, 0, 4, dress=Dress()).data) == records[2:].tobytes()


def test_shifted_times_keep_their_differences_and_undefined_ones_stay(write: Write) -> None:
    records = orders(3, ts_event=[START, START + 7, UNDEFINED_TIME])
    tape = tape_of(write("a.dbn", records))
    moved = np.frombuffer(stretch(tape, {Schema.MBO: ALL}, 0, 3, dress=Dress(shift=100)).data, records.dtype)
    assert moved["ts_event"].tolist() == [START + 100, START + 107, UNDEFINED_TIME]
    assert (moved["ts_recv"] - records["ts_recv"]).tolist() == [100] * 3
    rest = [name for name in records.dtype.names or () if not name.startswith("ts_")]
    assert moved[rest].tolist() == records[rest].tolist()
    assert played(tape, Schema.MBO) == records.tobytes()


def test_a_send_time_is_not_before_the_capture_time(write: Write) -> None:
    records = orders(3)
    tape = tape_of(write("a.dbn", records))
    piece = stretch(tape, {Schema.MBO: ALL}, 0, 3, dress=Dress(shift=5, ts_out=True))
    rows = np.frombuffer(piece.data, np.uint64).reshape(3, 8)
    assert rows[:, -1].tolist() == (records["ts_recv"] + np.uint64(5)).tolist()
    assert bytes(rows.view(np.uint8)[:, 0]) == bytes([16, 16, 16])
    (late,) = np.frombuffer(
        stretch(tape, {Schema.MBO: ALL}, 0, 1, dress=Dress(ts_out=True), moment=99).data[-8:], "<u8"
    )
    assert late == 99


def test_a_piece_is_split_between_records(write: Write) -> None:
    flow, prints = orders(3), trades(3)
    tape = tape_of(write("a.dbn", flow, schema=Schema.MBO), write("b.dbn", prints, schema=Schema.TRADES))
    piece = stretch(tape, {Schema.MBO: ALL, Schema.TRADES: ALL}, 0, 6, dress=Dress())
    for count in range(7):
        first, rest = piece.split(count)
        assert (len(first), len(rest)) == (count, 6 - count)
        assert bytes(first.data) + bytes(rest.data) == bytes(piece.data)
        assert [len(one) for one in [*first.records(), *rest.records()]] == [56, 48] * 3
