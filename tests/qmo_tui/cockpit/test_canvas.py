"""Only what changed is painted again."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from textual.geometry import Region

from engines.view import MarketView, ViewRequest
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting.spans import Row, Rows, changed_cells, text_of
from qmo_tui.cockpit.panes.canvas import changed_regions
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


async def test_one_changed_level_repaints_its_cells_of_the_ladder(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = OneLevelChanges()
    async with seat(desk=desk) as trader:
        ladder = watch_repaints(trader, "ladder", monkeypatch)
        chart = watch_repaints(trader, "chart", monkeypatch)
        tape = watch_repaints(trader, "tape", monkeypatch)
        before = trader.canvas("ladder").rows
        desk.extra = 1
        await trader.frame()
        note = trader.canvas("ladder").size.height - 1
        (regions,) = ladder
        assert [region.y for region in regions] == [21, note]  # the level, and the sum below
        for region in regions:
            old, new = (text_of(rows[region.y]) for rows in (before, trader.canvas("ladder").rows))
            changed = [place for place in range(len(old)) if old[place] != new[place]]
            assert set(changed) <= set(range(*region.column_span))
            assert region.width < len(changed) + 9  # a size has a bar behind its number
        assert chart == tape == []


async def test_a_market_that_stands_still_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with seat() as trader:
        watched = [watch_repaints(trader, name, monkeypatch) for name in ("ladder", "tape", "chart", "status", "scrub")]
        for _ in range(5):
            await trader.frame()
        assert watched == [[], [], [], [], []]


def row(*spans: tuple[str, str]) -> Row:
    return spans


@pytest.mark.parametrize(
    ("old", "new", "stretches"),
    [
        pytest.param("  12   4810.25", "  12   4810.25", [], id="nothing"),
        pytest.param("  12   4810.25", "  13   4810.25", [(3, 4)], id="one digit"),
        pytest.param("  12   4810.25", "  13   4810.50", [(3, 4), (12, 14)], id="two places far apart"),
        pytest.param("  12 34", "  13 44", [(3, 6)], id="two places near each other are one"),
        pytest.param("ab", "界", [(0, 2)], id="a character of two cells: the whole row"),
    ],
)
def test_the_cells_that_changed(old: str, new: str, stretches: list[tuple[int, int]]) -> None:
    assert changed_cells(row((old, "text")), row((new, "text"))) == stretches


def test_a_cell_of_another_colour_has_changed() -> None:
    assert changed_cells(row(("abc", "text")), row(("a", "text"), ("b", "warn"), ("c", "text"))) == [(1, 2)]


def test_regions_are_the_cells_that_changed_row_by_row() -> None:
    def rows(*texts: str) -> Rows:
        return tuple(row((text, "text")) for text in texts)

    assert list(changed_regions(rows("aa", "bb", "cc"), rows("aa", "bx", "cc"))) == [Region(1, 1, 1, 1)]
    assert list(changed_regions(rows("a"), rows("a"))) == []


def test_a_frame_of_the_same_market_equals_the_one_before() -> None:
    view = market()
    assert Frame(view) == Frame(view)
