"""Layouts: packaged, of the trader's own file, chosen by key, changed by key, saved and remembered."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from qmo_tui.cockpit.layouts.dividing import divided
from qmo_tui.cockpit.layouts.layout import Extent, Layout, panes_of
from qmo_tui.cockpit.layouts.packaged import FIRST, packaged_layouts
from qmo_tui.cockpit.layouts.panes import PANES, PLACEABLE
from qmo_tui.cockpit.layouts.reading import LayoutError, load_layouts, read_text
from qmo_tui.cockpit.layouts.shape import Shape, plan_for
from qmo_tui.cockpit.layouts.shelf import LayoutShelf
from qmo_tui.cockpit.layouts.writing import replaced, toml_of
from qmo_tui.cockpit.options import CockpitOptions
from tests.qmo_tui.cockpit.running import Seat, seat

SIZES = ((80, 24), (99, 29), (100, 30), (120, 40), (159, 44), (160, 24), (160, 50), (200, 60), (240, 70))
SCALPER = """
[scalper]
chart = "footprint"
ladder = ["size", "traded"]
at = [
  { columns = [{ width = "44", rows = ["ladder"] }, { rows = ["chart"] }] },
  { size = "120x40", columns = [{ width = "40%", rows = ["ladder"] }, { rows = ["60% chart", "zones 50% | tape"] }] },
]
"""


def options(folder: Path) -> CockpitOptions:
    return CockpitOptions(frames_per_second=1, layouts=folder / "layouts.toml", last_layout=folder / "state" / "last")


def placed(trader: Seat) -> list[str]:
    return [str(pane.id) for pane in trader.app.screen.query("#market > Canvas").results() if pane.region.area]


# --- the packaged ones


@pytest.mark.parametrize("name", packaged_layouts())
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_at_every_size_a_packaged_layout_has_room_for_all_that_it_places(name: str, width: int, height: int) -> None:
    layout = packaged_layouts()[name]
    plan = plan_for(Shape(layout), width, height)
    assert set(plan.panes) == set(panes_of(layout.arrangement_for(width, height).columns))
    for pane, region in plan.regions(width, height - 10).items():
        assert region.width >= PANES[pane].width
        assert region.height >= PANES[pane].height


def test_together_the_packaged_layouts_show_every_pane() -> None:
    layouts: Iterable[Layout] = packaged_layouts().values()
    assert {pane for layout in layouts for at in layout.arrangements for pane in panes_of(at.columns)} == set(PLACEABLE)


# --- dividing a length


@pytest.mark.parametrize(
    ("total", "extents", "least", "expected"),
    [
        (121, [Extent(cells=62), Extent()], [30, 30], (62, 58)),
        (100, [Extent(percent=40), Extent()], [10, 10], (39, 60)),
        (160, [Extent(least=62, most=86), Extent(), Extent(cells=36)], [30, 30, 30], (62, 60, 36)),
        (240, [Extent(least=62, most=86), Extent(), Extent(cells=36)], [30, 30, 30], (86, 116, 36)),
        (60, [Extent(cells=62), Extent()], [30, 29], (30, 29)),
        (58, [Extent(cells=62), Extent()], [30, 29], None),
        (50, [Extent(cells=10), Extent(cells=10)], [1, 1], (10, 39)),
    ],
)
def test_a_length_is_divided_by_what_each_asks_for(
    total: int, extents: list[Extent], least: list[int], expected: tuple[int, ...] | None
) -> None:
    assert divided(total, extents, least, 1) == expected


# --- the trader's own file


def test_an_own_layout_is_read_beside_the_packaged_ones_and_written_as_it_was_read(tmp_path: Path) -> None:
    (tmp_path / "layouts.toml").write_text(SCALPER)
    shelf = LayoutShelf(tmp_path / "layouts.toml")
    assert shelf.names == (*packaged_layouts(), "scalper")
    layout = shelf.layout("scalper")
    assert layout is not None
    assert read_text(toml_of(layout), file="x") == {"scalper": layout}
    for packaged in packaged_layouts().values():
        assert read_text(toml_of(packaged), file="x") == {packaged.name: packaged}


def test_what_stands_around_a_saved_layout_stays() -> None:
    text = "# mine\n" + SCALPER + "\n# the other one\n[other]\nat = [{ columns = [{ rows = ['tape'] }] }]\n"
    other = read_text(text, file="x")["other"]
    changed = replaced(text, other)
    assert changed.startswith("# mine\n")
    assert read_text(changed, file="x") == read_text(text, file="x")
    assert replaced(changed, other) == changed


def test_saving_replaces_the_file_as_a_whole_and_follows_a_link_to_it(tmp_path: Path) -> None:
    (tmp_path / "kept.toml").write_text(SCALPER)
    link = tmp_path / "layouts.toml"
    link.symlink_to(tmp_path / "kept.toml")
    shelf = LayoutShelf(link)
    before = link.open()
    shelf.save(replace(shelf.first(), name="mine"))
    assert before.read() == SCALPER  # whoever reads meanwhile reads the old one to its end
    before.close()
    assert link.is_symlink()
    assert list(load_layouts(link)) == ["scalper", "mine"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept.toml", "layouts.toml"]


@pytest.mark.parametrize("broken", [b"\xff\xfe", b"[mine\n"], ids=["no text", "no table"])
def test_a_file_that_was_broken_since_the_start_stays_as_it_is(tmp_path: Path, broken: bytes) -> None:
    path = tmp_path / "layouts.toml"
    path.write_text(SCALPER)
    shelf = LayoutShelf(path)
    path.write_bytes(broken)
    with pytest.raises(LayoutError, match=r"layouts\.toml"):
        shelf.save(replace(shelf.first(), name="mine"))
    assert path.read_bytes() == broken


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[mine\n", "layouts.toml: Expected"),
        ("[mine]\n", "[mine] needs at least one [[mine.at]] with size and columns"),
        ("[Mine]\n", "[Mine]: a name is up to 24 lower-case letters"),
        ("[mine]\nat = [{ columns = [{ rows = ['laddr'] }] }]\n", "unknown pane 'laddr', did you mean 'ladder'?"),
        ("[mine]\nat = [{ columns = [{ row = ['ladder'] }] }]\n", "unknown setting 'row', did you mean 'rows'?"),
        ("[mine]\nat = [{ columns = [{ rows = ['tape', 'tape'] }] }]\n", "tape is placed twice"),
        ("[mine]\nat = [{ size = '80', columns = [] }]\n", "size is columns x rows such as 120x40, not '80'"),
        ("[mine]\nat = [{ columns = [{ width = 'wide', rows = ['tape'] }] }]\n", "'wide' is no extent"),
        ("[mine]\nat = [{ columns = [{ width = '9-5', rows = ['tape'] }] }]\n", "'9-5' begins beyond its end"),
        ("[mine]\nchart = 'bars'\nat = [{ columns = [{ rows = ['tape'] }] }]\n", "chart: unknown 'bars'"),
        ("[mine]\nladder = ['sizes']\nat = [{ columns = [{ rows = ['tape'] }] }]\n", "did you mean 'size'?"),
        ("[mine]\nladder = ['size', 'size']\nat = [{ columns = [{ rows = ['tape'] }] }]\n", "the column size twice"),
        ("mine = 1\n", "[mine] is a table of arrangements, not 1"),
        pytest.param(f"mine = {'[' * 5_000}{']' * 5_000}\n", "a value in it is nested too deep", id="deep"),
    ],
)
def test_a_broken_file_is_one_line_that_says_where_and_the_packaged_ones_remain(
    tmp_path: Path, text: str, told: str
) -> None:
    path = tmp_path / "layouts.toml"
    path.write_text(text)
    with pytest.raises(LayoutError) as refused:
        load_layouts(path)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)
    shelf = LayoutShelf(path)
    assert shelf.trouble == str(refused.value)
    assert shelf.first().name == FIRST
    with pytest.raises(LayoutError, match="not saved, the file is broken"):
        shelf.save(shelf.first())


async def test_a_broken_file_is_told_on_the_screen(tmp_path: Path) -> None:
    (tmp_path / "layouts.toml").write_text("[mine]\nat = \n[other]\n")
    async with seat(options=options(tmp_path)) as trader:
        assert "layouts.toml:" in trader.text("notice")
        assert "line" in trader.text("notice")


# --- keys


async def test_l_goes_through_the_layouts_and_the_last_one_is_there_at_the_next_start(tmp_path: Path) -> None:
    async with seat(options=options(tmp_path)) as trader:
        first = placed(trader)
        await trader.press("L")
        assert "layout tape: 2 of 4" in trader.text("notice")
        assert placed(trader) == ["ladder", "zones", "tape", "pillars", "account-pane"]
        await trader.press("L", "L", "L")
        assert placed(trader) == first
        await trader.press("L")
    async with seat(options=options(tmp_path)) as trader:
        assert placed(trader) == ["ladder", "zones", "tape", "pillars", "account-pane"]


async def test_a_layout_begins_with_its_chart_and_gives_the_candles_back(tmp_path: Path) -> None:
    async with seat(options=options(tmp_path)) as trader:
        await trader.press("L", "L")
        assert "footprint" in trader.text("chart").splitlines()[0]
        await trader.press("L")
        assert "bars" in trader.text("chart").splitlines()[0]


async def test_a_changed_layout_is_saved_under_a_name_typed_below_the_market(tmp_path: Path) -> None:
    async with seat(options=options(tmp_path)) as trader:
        before = trader.canvas("ladder").size.width
        await trader.press("8", "8", "v", "ctrl+l")
        assert trader.canvas("ladder").size.width > before
        await trader.press(*"Mine", "enter")
        assert "lower-case" in str(trader.app.screen.query_one("#go-to-answer").render())
        await trader.press("home", "delete", "m", "enter")
        assert "layout mine saved in" in trader.text("notice")
        wide = trader.canvas("ladder").size.width
    kept = load_layouts(tmp_path / "layouts.toml")["mine"]
    assert kept.chart == "footprint"
    async with seat(options=options(tmp_path)) as trader:
        assert trader.canvas("ladder").size.width == wide
        assert "footprint" in trader.text("chart").splitlines()[0]


async def test_a_footprint_that_a_layout_begins_with_has_the_rows_of_the_pillars_as_one_that_is_chosen(
    tmp_path: Path,
) -> None:
    columns = '[{ width = "62", rows = ["ladder"] }, { rows = ["50% chart", "7 pillars", "tape"] }]'
    text = f'[mine]\nchart = "footprint"\nat = [{{ size = "100x30", columns = {columns} }}]\n'
    (tmp_path / "layouts.toml").write_text(text)
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "last").write_text("mine\n")
    async with seat(size=(100, 30), options=options(tmp_path)) as trader:
        begun = placed(trader)
        await trader.press("v", "v")
        assert "pillars" in placed(trader)
        await trader.press("v")
        assert placed(trader) == begun == ["ladder", "chart", "tape"]


@pytest.mark.parametrize(
    ("keys", "pane", "measure"),
    [
        (("8",), "ladder", "width"),
        (("tab", "8"), "chart", "width"),
        (("tab", "0"), "chart", "height"),
        (("tab", "tab", "0"), "zones", "height"),
    ],
)
async def test_keys_give_the_focused_pane_more_room_and_take_it_back(
    keys: tuple[str, ...], pane: str, measure: str
) -> None:
    opposite = {"8": "7", "0": "9"}[keys[-1]]
    async with seat() as trader:
        before = getattr(trader.canvas(pane).size, measure)
        await trader.press(*keys, keys[-1])
        larger = getattr(trader.canvas(pane).size, measure)
        assert larger > before
        await trader.press(opposite, opposite)
        assert getattr(trader.canvas(pane).size, measure) < larger


async def test_where_nothing_stands_beside_a_pane_or_it_is_zoomed_the_keys_say_so() -> None:
    async with seat() as trader:
        await trader.press("0")
        assert "nothing stands above or below" in trader.text("notice")
        await trader.press("F", "8")
        assert "give the other panes their place back first" in trader.text("notice")


# --- panes for the moment


@pytest.mark.parametrize("key", ["H", "D"])
@pytest.mark.parametrize(("size", "beside"), [((80, 24), False), ((120, 40), True), ((160, 50), True)])
async def test_health_and_log_stand_beside_the_ladder_where_there_is_room_until_they_are_closed(
    key: str, size: tuple[int, int], beside: bool
) -> None:
    pane = {"H": "health", "D": "log"}[key]
    async with seat(size=size) as trader:
        before = placed(trader)
        await trader.press(key)
        assert placed(trader) == (["ladder", pane] if beside else [pane])
        assert trader.text(pane).startswith("»")
        await trader.press(key)
        assert placed(trader) == before
        await trader.press(key, "escape")
        assert placed(trader) == before


async def test_where_the_layout_has_the_log_its_key_goes_there() -> None:
    async with seat() as trader:
        await trader.press("L", "L", "L")
        assert not trader.text("log").startswith("»")
        await trader.press("D")
        assert trader.text("log").startswith("»")
        assert "layout review" in trader.text("log")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 24), (240, 70)])
async def test_every_layout_paints_at_every_size_and_status_prompt_and_transport_stay(size: tuple[int, int]) -> None:
    async with seat(size=size) as trader:
        for _ in packaged_layouts():
            await trader.press("L")
            for row in ("status", "prompt", "scrub", "footer"):
                assert trader.is_shown(row)
            assert trader.is_shown("account") or trader.is_shown("account-pane")
            for name in placed(trader):
                canvas = trader.canvas(name)
                assert len(canvas.rows) == canvas.size.height
