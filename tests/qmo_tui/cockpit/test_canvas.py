"""Only what changed is painted again."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from textual.geometry import Region

from engines.view import MarketView, ViewRequest
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting.spans import Rows
from qmo_tui.cockpit.panes.canvas import changed_rows
from tests.qmo_tui.cockpit.running import Seat, seat
from tests.qmo_tui.cockpit.scenes import ScriptedDesk, market


class OneLevelChanges(ScriptedDesk):
    """A desk whose market differs between two frames in one price of the ladder."""

    def __init__(self) -> None:
        super().__init__()
        self.extra = 0

    def view(self, request: ViewRequest) -> MarketView:
        view = super().view(request)
        if not view.ladder:
            return view
        rows = list(view.ladder)
        rows[20] = msgspec.structs.replace(rows[20], ask=(rows[20].ask or 0) + self.extra)
        return replace(view, sequence=view.sequence + self.extra, ladder=tuple(rows))


def watch_repaints(trader: Seat, name: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Region, ...]]:
    repaints: list[tuple[Region, ...]] = []
    canvas = trader.canvas(name)

    def refresh(*regions: Region, **_: Any) -> Any:
        repaints.append(regions)
        return canvas

    monkeypatch.setattr(canvas, "refresh", refresh)
    return repaints


async def test_one_changed_level_repaints_one_row_of_the_ladder(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = OneLevelChanges()
    async with seat(desk=desk) as trader:
        ladder = watch_repaints(trader, "ladder", monkeypatch)
        chart = watch_repaints(trader, "chart", monkeypatch)
        tape = watch_repaints(trader, "tape", monkeypatch)
        desk.extra = 1
        await trader.frame()
        note = trader.canvas("ladder").size.height - 1
        width = trader.canvas("ladder").size.width
        assert ladder == [(Region(0, 21, width, 1), Region(0, note, width, 1))]  # the level, and the sum below
        assert chart == tape == []


async def test_a_market_that_stands_still_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with seat() as trader:
        watched = [watch_repaints(trader, name, monkeypatch) for name in ("ladder", "tape", "chart", "status", "scrub")]
        for _ in range(5):
            await trader.frame()
        assert watched == [[], [], [], [], []]


async def test_many_changed_rows_become_one_whole_repaint(monkeypatch: pytest.MonkeyPatch) -> None:
    async with seat() as trader:
        repaints = watch_repaints(trader, "ladder", monkeypatch)
        await trader.press("up")
        assert repaints == [()]


def test_rows_are_compared_one_by_one() -> None:
    def rows(*texts: str) -> Rows:
        return tuple(((text, "text"),) for text in texts)

    assert changed_rows(rows("a", "b", "c"), rows("a", "x", "c")) == [1]
    assert changed_rows(rows("a"), rows("a", "b")) == [0, 1]
    assert changed_rows(rows("a"), rows("a")) == []


def test_a_frame_of_the_same_market_equals_the_one_before() -> None:
    view = market()
    assert Frame(view) == Frame(view)
