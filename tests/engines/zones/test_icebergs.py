"""Native icebergs: every real one, refresh by refresh, in the event log and on the screen."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.events import Event, Iceberg
from engines.pipeline import Pipeline, PipelineSettings, run
from engines.view import IcebergMark, ViewRequest
from engines.zones.iceberg_marks import EndedShown
from engines.zones.icebergs import ENDED_KEPT, _display_quantity
from feeds.records import F_LAST, F_SNAPSHOT, Batch, Records, Schema
from tests.engines.book.extremes import stream
from tests.engines.flow.test_bars import GOLD
from tests.engines.real_data import ES, read_records
from tests.market import session
from tests.market.sessions import FIRST_INSTRUMENT, TICK
from tests.oracle import read

SESSION = "esh4-20231225.mbo.dbn.zst"
ALL_ENDED = PipelineSettings(ended=EndedShown(window=2**62, least=0.0))
"""Shows all ended icebergs that are kept."""


def _log(array: Records, instrument: Any = GOLD) -> tuple[list[Iceberg], Pipeline]:
    pipeline = Pipeline(instrument, ALL_ENDED)
    events: list[Event] = run(pipeline, [Batch(Schema.MBO, array)])
    return [event for event in events if isinstance(event, Iceberg)], pipeline


def _marks(pipeline: Pipeline) -> tuple[IcebergMark, ...]:
    return pipeline.view(ViewRequest()).icebergs


# --- the real session ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def labels(data: Path) -> list[dict[str, Any]]:
    path = data / "esh4-20231225.icebergs.json"
    if not path.exists():
        pytest.skip(f"needs recorded market data: no file {path}")
    found: list[dict[str, Any]] = json.loads(path.read_text())["orders"]
    return found


@pytest.fixture(scope="module")
def real(data: Path) -> tuple[list[Iceberg], Pipeline]:
    return _log(read_records(data, SESSION), ES)


def test_every_real_iceberg_and_no_other(real: tuple[list[Iceberg], Pipeline], labels: list[dict[str, Any]]) -> None:
    events, pipeline = real
    assert {event.order_id for event in events} == {label["order_id"] for label in labels}
    assert len({event.id for event in events}) == len(labels) == 13
    totals = (pipeline.summary().icebergs or {})["native"]
    assert (totals.ids, totals.refreshes, totals.lots) == (13, 83, 491)


def test_every_real_iceberg_refresh_by_refresh(
    real: tuple[list[Iceberg], Pipeline], labels: list[dict[str, Any]]
) -> None:
    for label in labels:
        lines = [event for event in real[0] if event.order_id == label["order_id"]]
        last = lines[-1]
        assert last.side == {"B": "bid", "A": "ask"}[label["side"]]
        assert (last.price, last.filled) == (label["price"], label["passive_fill"])
        assert {(line.tier, line.score) for line in lines} == {("native", 1.0)}
        refreshed = [line for before, line in pairwise([None, *lines]) if line and line.refreshes > _refreshes(before)]
        expected = label["refresh_M"]
        assert [(line.ts, line.shown) for line in refreshed] == [
            (refresh["ts_event"], refresh["displayed_after"]) for refresh in expected
        ]
        assert last.refreshes == len(expected)


def _refreshes(line: Iceberg | None) -> int:
    return 0 if line is None else line.refreshes


def test_the_display_quantity_of_every_real_iceberg(
    real: tuple[list[Iceberg], Pipeline], labels: list[dict[str, Any]]
) -> None:
    """An order seen from its entry tells more than its refreshes do; it never tells something else."""
    for label in labels:
        stated = {event.display for event in real[0] if event.order_id == label["order_id"]} - {None}
        if label["display_qty"] is not None:
            assert stated == {label["display_qty"]}
        assert all(display >= label["max_display"] for display in stated if display is not None)
        assert len(stated) <= 1


def test_how_every_real_iceberg_ended(real: tuple[list[Iceberg], Pipeline], labels: list[dict[str, Any]]) -> None:
    ends = {"filled": {"executed"}, "cancelled": {"cancelled"}, "open at end of file": {"detected", "traded"}}
    marks = {mark.order_id: mark for mark in _marks(real[1])}
    for label in labels:
        lines = [event for event in real[0] if event.order_id == label["order_id"]]
        assert [line.state for line in lines].count("detected") == 1
        assert lines[0].state == "detected"
        assert lines[-1].state in ends[label["end"]]
        mark = marks[label["order_id"]]
        assert mark.is_live == (label["end"] == "open at end of file")
        assert (mark.filled, mark.refreshes, mark.state) == (lines[-1].filled, lines[-1].refreshes, lines[-1].state)


# --- rules --------------------------------------------------------------------------------------------------------


def _iceberg(*more: tuple[str, str, int, int, int]) -> Records:
    """Return the life of order 1, a bid of 5 that is filled and shows 5 again; then (action, side, size, flags, id)."""
    rows = [
        ("A", "B", 5, F_LAST, 1),
        ("T", "A", 5, 0, 9),
        ("F", "B", 5, 0, 1),
        ("M", "B", 5, F_LAST, 1),
        *more,
    ]
    actions, sides, sizes, flags, ids = zip(*rows, strict=True)
    return stream(
        len(rows), action=[*map(ord, actions)], side=[*map(ord, sides)], size=sizes, flags=flags, order_id=ids
    )


def test_a_reinstated_display_is_proof() -> None:
    (line,), pipeline = _log(_iceberg())
    assert (line.state, line.side, line.price, line.display, line.filled) == ("detected", "bid", 2_000.0, 5, 5)
    assert (line.refreshes, line.shown) == (1, 5)
    assert _marks(pipeline)[0].is_live


@pytest.mark.parametrize(
    ("more", "states"),
    [
        ((("T", "A", 3, 0, 9), ("F", "B", 3, 0, 1), ("M", "B", 2, F_LAST, 1)), ["detected", "traded"]),
        ((("T", "A", 5, 0, 9), ("F", "B", 5, 0, 1), ("C", "B", 5, F_LAST, 1)), ["detected", "executed"]),
        ((("C", "B", 5, F_LAST, 1),), ["detected", "cancelled"]),
        ((("R", "N", 0, F_LAST, 0),), ["detected", "expired"]),
        ((("A", "B", 1, F_LAST | F_SNAPSHOT, 7),), ["detected", "expired"]),
        ((("M", "B", 2, F_LAST, 1),), ["detected"]),
    ],
)
def test_what_becomes_of_it(more: tuple[tuple[str, str, int, int, int], ...], states: list[str]) -> None:
    lines, pipeline = _log(_iceberg(*more))
    assert [line.state for line in lines] == states
    assert [mark.state for mark in _marks(pipeline)] == states[-1:]
    assert lines[-1].shown == (5 if len(states) == 1 else 2 if states[-1] == "traded" else 0)


def test_the_screen_shows_what_a_changed_iceberg_shows_now() -> None:
    _, pipeline = _log(_iceberg(("M", "B", 2, F_LAST, 1)))
    assert _marks(pipeline)[0].shown == 2
    moved = _iceberg(("M", "B", 4, F_LAST, 1))
    moved["price"][-1] += TICK
    _, pipeline = _log(moved)
    assert (_marks(pipeline)[0].shown, _marks(pipeline)[0].tick) == (4, 20_001)
    _, pipeline = _log(_iceberg(("C", "B", 2, F_LAST, 1)))
    assert _marks(pipeline)[0].shown == 3


def test_an_event_cut_by_a_clear_is_told_as_far_as_it_went() -> None:
    lines, pipeline = _log(
        _iceberg(("T", "A", 5, 0, 9), ("F", "B", 5, 0, 1), ("C", "B", 5, 0, 1), ("R", "N", 0, F_LAST, 0))
    )
    assert [line.state for line in lines] == ["detected", "executed"]
    assert not any(mark.is_live for mark in _marks(pipeline))


def test_an_aggressor_that_rests_as_an_iceberg_shows_what_is_left_of_a_display() -> None:
    """Display 5: seven lots trade on entry, three of the second display are shown."""
    array = _iceberg()[:3]
    opening = stream(5, action=list(b"AATFC"), side=list(b"BABAA"), order_id=[50, 51, 1, 51, 51], size=[1, 7, 7, 7, 7])
    opening["price"][1:] += TICK
    opening["flags"][2:] = 0
    array["size"][:], array["price"] = [3, 3, 3], array["price"] + TICK
    array["flags"][0] = F_LAST
    refill = _iceberg()[3:]
    refill["price"] += TICK
    lines, _ = _log(_in_time(opening, array, refill))
    assert [(line.display, line.filled, line.shown) for line in lines] == [(5, 3, 5)]


@pytest.mark.parametrize(("entered", "changed"), [(3, 10), (10, 4)])
def test_a_trader_who_changes_the_order_makes_its_entry_say_nothing(entered: int, changed: int) -> None:
    """What it displayed at most still bounds the display quantity; its first size divides nothing any more."""
    array = stream(5, action=list(b"AMTFM"), side=list(b"BBABB"), order_id=[1, 1, 9, 1, 1], flags=[128, 128, 0, 0, 128])
    array["size"] = [entered, changed, changed, changed, changed]
    (line,), _ = _log(array)
    assert line.display == (changed if changed > entered else None)


def _in_time(*parts: Records) -> Records:
    whole = np.concatenate(parts)
    whole["ts_event"] = whole["ts_recv"] = stream(len(whole))["ts_event"]
    return whole


@pytest.mark.parametrize(
    ("multiple", "largest", "display"),
    [(10, 10, 10), (10, 6, 10), (10, 5, None), (12, 7, 12), (0, 0, None), (0, 3, None), (4, 5, None), (7, 1, None)],
)
def test_a_display_quantity_is_stated_where_only_one_fits(multiple: int, largest: int, display: int | None) -> None:
    assert _display_quantity(multiple, largest) == display


@pytest.mark.parametrize("seed", range(3))
def test_the_screen_keeps_live_icebergs_and_the_newest_ended(seed: int) -> None:
    made = session(seed, 8_000, resnapshots=seed)
    lines, pipeline = _log(made.array)
    marks = _marks(pipeline)
    assert [mark.first_ts for mark in marks] == sorted(mark.first_ts for mark in marks)
    newest = {line.id: line for line in lines}
    assert len([mark for mark in marks if not mark.is_live]) <= ENDED_KEPT
    orders = read(made.array, FIRST_INSTRUMENT, TICK).book.orders
    for mark in marks:
        assert mark.state == newest[mark.id].state
        if mark.is_live:
            order = orders[mark.order_id or 0]
            assert (mark.tick, mark.shown) == (order.tick, order.size)
