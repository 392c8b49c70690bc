"""Which prints stand out on the tape: those of the size the trader set, else those that are large lately."""

from dataclasses import replace

import msgspec
import pytest

from engines.view import MarketView
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.cockpit.painting.tape import paint_tape, tape_subject
from tests.qmo_tui.cockpit.flow_scenes import flowing_market, reading
from tests.qmo_tui.cockpit.goldens import text_picture
from tests.qmo_tui.cockpit.running import seat
from tests.qmo_tui.cockpit.scenes import ScriptedDesk


def _market(big_print: int | None) -> MarketView:
    return replace(flowing_market(90), flow=msgspec.structs.replace(reading(), big_print=big_print))


def _bold(frame: Frame, width: int = 73) -> list[int]:
    """Return the lots of the prints that are written in bold; these and no others have the sign of a big one."""
    lots = [row[2] for row in paint_tape(frame, width, 40)[1:] if len(row) > 3]
    assert all(("●" in text) == ("bold" in ink.split()) for text, ink in lots)
    return [int(text.lstrip("●")) for text, ink in lots if "bold" in ink.split()]


def test_prints_from_the_size_on_stand_out_in_weight_and_ground() -> None:
    frame = Frame(_market(None), big_print=30)
    sizes = [item.size for item in reversed(frame.view.prints)]
    assert _bold(frame) == [size for size in sizes if size >= 30]
    assert 0 < len(_bold(frame)) < len(sizes)


def test_while_no_size_is_known_nothing_stands_out() -> None:
    assert _bold(Frame(_market(None))) == []


@pytest.mark.parametrize(("width", "told"), [(25, False), (37, True), (73, True)])
def test_the_title_tells_the_size_where_it_has_room(width: int, told: bool) -> None:
    title = text_picture(paint_tape(Frame(_market(None), big_print=30), width, 9)).splitlines()[0]
    assert ("big from 30" in title) == told


def test_another_size_repaints_the_tape() -> None:
    view = _market(None)
    assert tape_subject(Frame(view, big_print=30)) != tape_subject(Frame(view, big_print=31))


@pytest.mark.parametrize(
    ("setting", "measured", "shown"), [(0, 25, "big from 25"), (12, 25, "big from 12"), (12, None, "big from 12")]
)
async def test_the_trader_s_size_outweighs_the_measured_one(setting: int, measured: int | None, shown: str) -> None:
    async with seat(desk=ScriptedDesk(_market(measured)), options=CockpitOptions(big_print=setting)) as trader:
        assert shown in trader.text("tape")


async def test_without_either_the_title_says_nothing_of_it() -> None:
    async with seat(desk=ScriptedDesk(_market(None))) as trader:
        assert "big from" not in trader.text("tape")
