"""Synthetic icebergs: a broker's clips, each a new order of one size at one place, right after the last was filled."""

import functools
from typing import Any, Final

import pytest

from engines.events import Iceberg
from engines.pipeline import Pipeline, PipelineSettings, run
from engines.view import OpenedZone, ViewRequest
from engines.zones.reposts import SyntheticSettings
from feeds.records import F_LAST, F_MAYBE_BAD_BOOK, F_SNAPSHOT, Batch, Records, Schema
from tests.engines.book.extremes import stream
from tests.engines.flow.test_bars import GOLD
from tests.market.sessions import START, TICK

MILLISECOND: Final = 1_000_000
ALL: Final = PipelineSettings(bars_logged=(), synthetic=SyntheticSettings(least=0.0))
"""Says chains whatever chance explains."""
Line = tuple[str, str, int, int, int, float]
"""Action, side, lots, flags, order id, milliseconds after the line before it."""


class Flow:
    """A market written down record by record, in which clips are filled and posted anew."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def add(self, order_id: int, size: int = 5, after: float = 1.0, side: str = "B") -> "Flow":
        """Post an order."""
        return self._write("A", side, size, F_LAST, order_id, after)

    def fill(self, order_id: int, size: int = 5, side: str = "B") -> "Flow":
        """Fill an order whole, a second later."""
        self._trade(order_id, size, side)
        return self._write("C", side, size, F_LAST, order_id)

    def fill_partly(self, order_id: int, size: int, left: int) -> "Flow":
        """Fill a part of an order, a second later."""
        self._trade(order_id, size, "B")
        return self._write("M", "B", left, F_LAST, order_id)

    def change(self, action: str, order_id: int, size: int, after: float = 1.0) -> "Flow":
        """Cancel or modify an order because its owner says so."""
        return self._write(action, "B", size, F_LAST, order_id, after)

    def tell(self, action: str, flags: int) -> "Flow":
        """Write a record without an order's fate: a clear, a snapshot's bid, a flagged add."""
        size = 0 if action == "R" else 1
        return self._write(action, "N" if action == "R" else "B", size, flags | F_LAST, 900, 1.0)

    def wait(self) -> "Flow":
        """Let a second pass: an order far away is posted."""
        return self._write("A", "A", 7, F_LAST, 1_000 + len(self.lines), 1_000.0)

    def chain(self, clips: int, size: int = 5) -> "Flow":
        """Post clips 1, 2, ... of a chain, each a millisecond after the one before it was filled; the last rests."""
        for order_id in range(1, clips):
            self.add(order_id, size).fill(order_id, size)
        return self.add(clips, size)

    def records(self) -> Records:
        """Return it as MBO records."""
        actions, sides, sizes, flags, ids, after = zip(*self.lines, strict=True)
        array = stream(len(self.lines), action=[*map(ord, actions)], side=[*map(ord, sides)], size=sizes, flags=flags)
        array["order_id"] = ids
        moment = START
        for number, milliseconds in enumerate(after):
            moment += int(milliseconds * MILLISECOND)
            array["ts_event"][number] = array["ts_recv"][number] = moment
        array["price"][array["size"] == 7] += 50 * TICK
        return array

    def _trade(self, order_id: int, size: int, side: str) -> None:
        self._write("T", "A" if side == "B" else "B", size, 0, 700 + len(self.lines), 1_000.0)
        self._write("F", side, size, 0, order_id)

    def _write(self, *line: Any) -> "Flow":
        action, side, size, flags, order_id, *after = line
        self.lines.append((action, side, size, flags, order_id, after[0] if after else 0.0))
        return self


def _log(flow: Flow, settings: PipelineSettings = ALL) -> tuple[list[Iceberg], Pipeline]:
    pipeline = Pipeline(GOLD, settings)
    events = run(pipeline, [Batch(Schema.MBO, flow.records())])
    return [event for event in events if isinstance(event, Iceberg) and event.tier == "synthetic"], pipeline


def _states(flow: Flow) -> list[str]:
    return [line.state for line in _log(flow)[0]]


def test_two_re_posts_make_a_chain() -> None:
    (line,), pipeline = _log(Flow().chain(3))
    assert (line.id, line.state, line.side, line.price) == ("synthetic-1", "detected", "bid", 2_000.0)
    assert (line.display, line.filled, line.refreshes, line.shown, line.order_id) == (5, 10, 2, 5, 3)
    totals = (pipeline.summary().icebergs or {})["synthetic"]
    assert (totals.ids, totals.refreshes, totals.lots, totals.said) == (1, 2, 10, 1)


@pytest.mark.parametrize("clips", [1, 2])
def test_one_re_post_is_none_yet(clips: int) -> None:
    assert not _states(Flow().chain(clips))


def test_every_further_re_post_is_told_with_all_lots_so_far() -> None:
    lines, _ = _log(Flow().chain(5))
    assert [(line.state, line.refreshes, line.filled) for line in lines] == [
        ("detected", 2, 10),
        ("traded", 3, 15),
        ("traded", 4, 20),
    ]


def test_it_is_over_once_its_newest_clip_is_filled_and_the_window_has_passed() -> None:
    flow = Flow().chain(3).fill(3).wait()
    lines, pipeline = _log(flow)
    assert [(line.state, line.filled, line.shown) for line in lines[1:]] == [("executed", 15, 0)]
    filled = flow.records()["ts_event"][-2]
    assert lines[-1].ts == filled + 3 * MILLISECOND
    assert not pipeline.view(ViewRequest()).icebergs[0].is_live


def _again(flow: Flow, size: int = 5, side: str = "B") -> Flow:
    """Post three clips more, one after the other."""
    return (
        flow.add(11, size, side=side)
        .fill(11, size, side)
        .add(12, size, side=side)
        .fill(12, size, side)
        .add(13, size, side=side)
    )


def test_a_broker_that_pauses_is_one_broker() -> None:
    lines, pipeline = _log(_again(Flow().chain(3).fill(3).wait()))
    assert [(line.id, line.state, line.refreshes, line.filled) for line in lines] == [
        ("synthetic-1", "detected", 2, 10),
        ("synthetic-1", "executed", 2, 15),
        ("synthetic-1", "traded", 4, 25),
    ]
    (mark,) = pipeline.view(ViewRequest()).icebergs
    assert (mark.is_live, mark.first_ts, mark.last_ts) == (True, lines[0].ts, lines[2].ts)
    totals = (pipeline.summary().icebergs or {})["synthetic"]
    assert (totals.ids, totals.refreshes, totals.lots, totals.said) == (1, 4, 25, 1)


@pytest.mark.parametrize(
    "flow",
    [
        _again(Flow().chain(3).fill(3).wait(), size=4),
        _again(Flow().chain(3).fill(3).wait(), side="A"),
        _again(functools.reduce(lambda flow, _: flow.wait(), range(31), Flow().chain(3).fill(3))),
    ],
    ids=["another size", "another side", "too late"],
)
def test_another_broker_is_another(flow: Flow) -> None:
    lines, _ = _log(flow)
    assert [(line.id, line.state) for line in lines[::2]] == [("synthetic-1", "detected"), ("synthetic-2", "detected")]


@pytest.mark.parametrize(
    ("flow", "end"),
    [
        (Flow().chain(3).change("C", 3, 5), "cancelled"),
        (Flow().chain(3).change("M", 3, 4), "cancelled"),
        (Flow().chain(3).fill_partly(3, 2, left=3).change("C", 3, 3), "cancelled"),
        (Flow().chain(3).fill_partly(3, 2, left=5), "cancelled"),
        (Flow().chain(3).tell("R", 0), "expired"),
        (Flow().chain(3).tell("A", F_SNAPSHOT), "expired"),
        (Flow().chain(3).tell("A", F_MAYBE_BAD_BOOK), "expired"),
        (Flow().chain(3).fill(3).tell("R", 0), "expired"),
    ],
    ids=["cancel", "resize", "part-then-cancel", "native-refresh", "clear", "snapshot", "gap", "clear-in-window"],
)
def test_how_it_ends(flow: Flow, end: str) -> None:
    assert _states(flow) == ["detected", end]


def test_a_clip_that_is_filled_in_parts_counts_whole() -> None:
    flow = Flow().add(1).fill_partly(1, 2, left=3).fill(1, 3).add(2).fill(2).add(3)
    (line,), _ = _log(flow)
    assert (line.refreshes, line.filled) == (2, 10)


@pytest.mark.parametrize(
    "flow",
    [
        Flow().chain(2).fill(2).add(3, size=4),
        Flow().chain(2).fill(2).add(3, after=3.001),
        Flow().chain(2).fill(2).add(3, side="A"),
        Flow().chain(2).change("C", 2, 5).add(3),
        Flow().chain(2).change("M", 2, 4).fill(2, 4).add(3),
        Flow().chain(2).fill(2).tell("R", 0).add(3),
        Flow().chain(2).fill(2).tell("A", F_MAYBE_BAD_BOOK).add(3),
    ],
    ids=["other-size", "too-late", "other-side", "cancelled", "resized", "clear", "gap"],
)
def test_what_is_no_re_post(flow: Flow) -> None:
    assert not _states(flow)


def test_an_add_at_the_end_of_the_window_still_counts() -> None:
    assert _states(Flow().chain(2).fill(2).add(3, after=3.0)) == ["detected"]


def test_of_two_alike_the_earliest_takes_the_add_and_each_add_is_taken_once() -> None:
    """Orders 1 and 2 are filled in one event; 3 follows 1, and nothing is left for 2 until 4 comes."""
    flow = Flow().add(1).add(2)
    flow._trade(1, 5, "B")
    flow._write("F", "B", 5, 0, 2)
    flow._write("C", "B", 5, 0, 1)._write("C", "B", 5, F_LAST, 2)
    flow.add(3).add(4, after=1.0).fill(3).add(5).fill(4).add(6)
    lines, _ = _log(flow)
    assert [(line.id, line.order_id, line.refreshes) for line in lines] == [
        ("synthetic-1", 5, 2),
        ("synthetic-2", 6, 2),
    ]


def test_an_iceberg_of_the_exchange_is_none_of_a_broker() -> None:
    """Order 2 shows 5 and trades 9 in one sweep before it is gone: it hid lots, so what follows it is no re-post."""
    flow = Flow().chain(2)
    flow._trade(2, 9, "B")
    flow._write("C", "B", 5, F_LAST, 2)
    assert not _states(flow.add(3).fill(3).add(4))


def test_an_order_moved_into_the_market_was_not_filled_where_it_stood() -> None:
    flow = Flow().chain(2)
    flow._write("T", "B", 5, 0, 2, 1_000.0)
    flow._write("F", "B", 5, 0, 2)
    flow._write("C", "B", 5, F_LAST, 2)
    assert not _states(flow.add(3))


def test_chance_keeps_a_chain_from_being_said_and_not_from_being_counted() -> None:
    """Everybody posts five lots: that a clip of five follows one of five says nothing."""
    flow = Flow()
    for number in range(60):
        flow.add(2_000 + 10 * number).fill(2_000 + 10 * number)
        flow.add(2_001 + 10 * number, after=1_050.0).change("C", 2_001 + 10 * number, 5)
    lines, pipeline = _log(flow.chain(4), PipelineSettings(bars_logged=()))
    assert not lines
    totals = (pipeline.summary().icebergs or {})["synthetic"]
    assert (totals.ids, totals.said, totals.estimate) == (1, 0, 0.0)
    assert not pipeline.view(ViewRequest()).icebergs


def test_a_size_that_strangers_seldom_post_lets_it_be_said() -> None:
    """Adds of one lot follow everywhere; a chain of fives is none of them."""
    flow = Flow()
    for number in range(60):
        flow.add(2_000 + 10 * number, after=200.0).fill(2_000 + 10 * number)
        flow.add(2_001 + 10 * number, size=1, after=1_050.0).change("C", 2_001 + 10 * number, 1)
    even = PipelineSettings(bars_logged=(), synthetic=SyntheticSettings(least=0.5))
    lines, _ = _log(flow.wait().chain(4), even)
    assert [line.state for line in lines] == ["detected", "traded"]
    assert lines[0].score > 0.9
    assert isinstance(lines[0].chance, float)
    assert lines[0].chance < 0.05


def test_the_zone_says_what_speaks_for_it_and_opens_to_its_orders() -> None:
    flow = Flow().chain(3)
    _, pipeline = _log(flow)
    (zone,) = [zone for zone in pipeline.view(ViewRequest(zones=True)).zones if zone.kind == "iceberg"]
    assert (zone.label, zone.side, zone.low, zone.high, zone.live) == ("synthetic iceberg", "bid", 20_000, 20_000, True)
    told = {evidence.name: evidence.value for evidence in zone.evidence}
    assert (told["filled"], told["re-posts"], told["clip"]) == ("10 lots", "2", "5 lots")
    assert told["chance"] == "100.0% of adds have its size"
    opened = pipeline.view(ViewRequest(opened=zone.id)).opened
    assert isinstance(opened, OpenedZone)
    array = flow.records()
    assert [(record.what, record.order_id) for record in opened.records] == [
        ("consumed", 1),
        ("re-posted", 2),
        ("consumed", 2),
        ("re-posted", 3),
    ]
    actions = [chr(array["action"][record.index]) for record in opened.records]
    assert actions == ["C", "A", "C", "A"]
    assert [int(array["order_id"][record.index]) for record in opened.records] == [1, 2, 2, 3]
