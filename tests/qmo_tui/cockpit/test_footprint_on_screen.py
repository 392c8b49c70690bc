"""The footprint: what was sold and bought at each price of the newest bars, and what stands out in it."""

from dataclasses import replace

import msgspec
import pytest
from textual.events import MouseScrollUp

from engines.view import BarRow, Footprint, FootprintRow, MarketView, Stack, ViewRequest
from qmo_tui.cockpit.choices import FootprintKind
from qmo_tui.cockpit.footprint_window import FootprintWindow
from qmo_tui.cockpit.frame import ChartChoice, Frame
from qmo_tui.cockpit.painting.chart_kinds import bars_of_chart, chosen_subject
from qmo_tui.cockpit.painting.footprint import FootprintLook, control_of, draw_footprint, look_for
from qmo_tui.cockpit.painting.footprint_chart import footprint_rows, footprints_that_fit, paint_footprint_chart
from qmo_tui.cockpit.painting.grid import Grid
from qmo_tui.cockpit.painting.spans import text_of
from tests.qmo_tui.cockpit.flow_scenes import flowing_market
from tests.qmo_tui.cockpit.goldens import assert_golden, text_picture
from tests.qmo_tui.cockpit.inks import assert_sound
from tests.qmo_tui.cockpit.running import Seat, seat
from tests.qmo_tui.cockpit.scenes import CENTRE, ScriptedDesk, bars_until

KINDS: tuple[FootprintKind, ...] = ("footprint", "delta footprint")
BOTH, DELTA = (FootprintLook(kind, 2) for kind in KINDS)


class FlowingDesk(ScriptedDesk):
    """A desk whose market tells its order flow."""

    def view(self, request: ViewRequest) -> MarketView:
        self.requests.append(request)
        return flowing_market(self.script.second, request)


def _row(tick: int, sell: int, buy: int, *, heavy: str = "", none: int = 0) -> FootprintRow:
    return FootprintRow(tick, buy, sell, none, buy_imbalance=heavy == "buy", sell_imbalance=heavy == "sell")


def _bar(low: int, high: int) -> BarRow:
    return BarRow(0, low, high, low, high, 9, 5, 4, 0, 3, 1, complete=True)


def _bars_of(*largest: int) -> tuple[Footprint, ...]:
    """Return bars of one price each, with so many lots sold."""
    return tuple(
        Footprint(place, (_row(10, lots, 0),), (), unfinished_high=False, unfinished_low=False)
        for place, lots in enumerate(largest)
    )


def _drawn(footprint: Footprint | None, look: FootprintLook, low: int, high: int) -> list[str]:
    """Return a bar drawn on its own, with a row of air above and below."""
    grid = Grid(look.width, high - low + 3)
    draw_footprint(grid, 0, high + 1, _bar(low, high), footprint, look=look)
    return [text_of(row) for row in grid.rows()]


def _chart(view: MarketView, kind: FootprintKind, width: int, height: int) -> str:
    rows = paint_footprint_chart(Frame(view, chart=ChartChoice(kind)), kind, width, height)
    assert_sound(rows, width, height)
    return text_picture(rows)


def _market(kind: FootprintKind, width: int) -> MarketView:
    bars = bars_of_chart(kind, width)
    return flowing_market(90, ViewRequest(bars=bars, footprints=bars, profile=True))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("width", "height"), [(25, 14), (37, 16), (73, 25)])
def test_the_footprint_at_each_layout(kind: FootprintKind, width: int, height: int) -> None:
    name = f"{kind.replace(' ', '-')}-{width}x{height}"
    assert_golden(name, _chart(_market(kind, width), kind, width, height))


def test_each_price_shows_sold_and_bought_with_what_outweighs_its_diagonal() -> None:
    rows = (_row(12, 0, 7, heavy="buy"), _row(11, 3, 40), _row(10, 25, 2, heavy="sell"))
    footprint = Footprint(0, rows, (), unfinished_high=False, unfinished_low=True)
    assert _drawn(footprint, BOTH, 10, 12) == [
        "        ",
        "┃  0×7 ▸",
        "┃  3■40 ",
        "┃◂25×2  ",
        "    ↓   ",
    ]
    assert _drawn(footprint, DELTA, 10, 12) == ["      ", "┃  +7▸", "┃■+37 ", "┃ −23◂", " ↓    "]


def test_stacked_imbalances_join_to_a_bar_at_their_side() -> None:
    heavy = tuple(_row(tick, 1, 30 + tick, heavy="buy") for tick in (12, 11, 10))
    footprint = Footprint(0, heavy, (Stack("buy", 10, 12),), unfinished_high=True, unfinished_low=False)
    assert [row[-1] for row in _drawn(footprint, BOTH, 10, 12)] == [" ", "▌", "▌", "▌", " "]
    assert _drawn(footprint, BOTH, 10, 12)[0].strip() == "↑"
    sold = tuple(_row(tick, 30 + tick, 1, heavy="sell") for tick in (12, 11, 10))
    other = Footprint(0, sold, (Stack("sell", 11, 12),), unfinished_high=False, unfinished_low=False)
    assert [row[1] for row in _drawn(other, BOTH, 10, 12)] == [" ", "▐", "▐", "◂", " "]


def test_a_price_that_was_jumped_over_is_a_dot() -> None:
    footprint = Footprint(0, (_row(11, 2, 5), _row(10, 0, 0)), (), unfinished_high=False, unfinished_low=False)
    assert _drawn(footprint, BOTH, 10, 11)[2] == "┃   ·   "
    assert _drawn(footprint, DELTA, 10, 11)[2] == "┃   · "


def test_a_bar_of_bought_history_has_a_candle_and_no_numbers() -> None:
    assert _drawn(None, BOTH, 10, 11) == ["        ", "┃--     ", "┃       ", "        "]


def test_the_point_of_control_counts_every_lot_and_is_the_one_nearest_the_middle() -> None:
    rows = (_row(13, 4, 4), _row(12, 4, 4), _row(11, 4, 4), _row(10, 0, 0, none=8))
    footprint = Footprint(0, rows, (), unfinished_high=False, unfinished_low=False)
    assert control_of(footprint) == 11
    assert control_of(msgspec.structs.replace(footprint, rows=())) is None


@pytest.mark.parametrize(
    ("largest", "digits"), [((), 2), ((7,), 2), ((99,), 2), ((100,), 3), ((9_999,), 4), ((123_456,), 4)]
)
def test_numbers_take_the_digits_they_need_up_to_four(largest: tuple[int, ...], digits: int) -> None:
    assert look_for("footprint", _bars_of(*largest), 60).digits == digits


def test_a_large_number_of_a_bar_that_does_not_fit_takes_no_room() -> None:
    assert look_for("footprint", _bars_of(5_000, 7, 7), 60).digits == 4
    assert look_for("footprint", _bars_of(5_000, 7, 7), 17).digits == 2


def test_a_chart_shows_the_newest_bars_that_fit_and_says_when_they_are_few() -> None:
    view = _market("footprint", 73)
    for width, note, times in (
        (73, "", ["18:05", "18:06", "18:07", "18:08", "18:09", "18:10", "18:11"]),
        (26, "2 fit", ["18:10", "18:11"]),
        (25, "1 fits", ["18:11"]),
    ):
        first, *_, last = _chart(view, "footprint", width, 20).splitlines()
        assert ("fit" in first) == bool(note)
        assert note in first
        assert last.split() == times


def test_a_chart_with_room_for_no_bar_says_what_it_needs() -> None:
    assert " needs 18 columns" in _chart(_market("footprint", 17), "footprint", 17, 12)


def test_the_market_out_of_sight_is_named_at_the_edge_beyond_which_it_is() -> None:
    view = _market("footprint", 73)
    for top, sign, row in ((CENTRE + 60, "▼", -4), (CENTRE - 20, "▲", 1)):
        frame = Frame(view, chart=ChartChoice("footprint", footprint_top=top))
        rows = text_picture(paint_footprint_chart(frame, "footprint", 73, 20)).splitlines()
        assert f"{sign}4810.25" in rows[row]


def test_the_window_stays_until_the_market_comes_to_its_edge() -> None:
    window = FootprintWindow()
    window.follow(100, 20)
    assert window.top == 110
    for market in (103, 105, 96):
        window.follow(market, 20)
        assert window.top == 110
    window.follow(106, 20)
    assert window.top == 116


def test_a_trader_who_looks_away_is_left_alone_until_the_market_is_back() -> None:
    window = FootprintWindow()
    window.follow(100, 20)
    window.scroll(60)
    window.follow(101, 20)
    assert window.top == 170
    window.follow(160, 20)
    window.follow(190, 20)
    assert window.top == 200
    window.scroll(60)
    window.centre()
    window.follow(190, 20)
    assert window.top == 200


def test_the_middle_price_stays_in_the_middle_when_the_height_changes() -> None:
    window = FootprintWindow()
    window.follow(100, 20)
    window.follow(100, 30)
    assert window.top == 115
    window.follow(None, 30)
    window.follow(100, 0)
    assert window.top == 115


async def _footprint(trader: Seat) -> str:
    await trader.press("v")
    await trader.frame()
    return trader.text("chart")


async def test_the_key_goes_from_candles_to_footprint_to_delta_and_back() -> None:
    desk = FlowingDesk()
    async with seat(desk=desk) as trader:
        assert desk.requests[-1].footprints == 0
        many, width = desk.requests[-1].bars, trader.canvas("chart").size.width
        assert "1m footprint  sold×bought" in await _footprint(trader)
        assert desk.requests[-1].footprints == desk.requests[-1].bars == footprints_that_fit(width, "footprint") < many
        assert "1m delta footprint" in await _footprint(trader)
        assert "chart: delta footprint" in trader.text("notice")
        assert "1m bars" in await _footprint(trader)
        assert desk.requests[-1].footprints == 0


async def test_a_footprint_has_more_rows_than_candles_where_the_screen_is_small() -> None:
    async with seat(size=(100, 30), desk=FlowingDesk()) as trader:
        before = trader.canvas("chart").size.height
        await _footprint(trader)
        assert trader.canvas("chart").size.height > before
        assert footprint_rows(trader.canvas("chart").size.height) >= 12


@pytest.mark.parametrize("size", [(80, 24), (100, 24)])
async def test_without_room_for_a_chart_the_key_says_what_it_needs(size: tuple[int, int]) -> None:
    async with seat(size=size, desk=FlowingDesk()) as trader:
        await trader.press("v")
        assert "chart: footprint; the chart needs 100x30" in trader.text("notice")


async def test_keys_and_wheel_scroll_the_footprint_and_c_centres_it() -> None:
    async with seat(desk=FlowingDesk()) as trader:
        centred = await _footprint(trader)
        ladder_top = trader.desk.requests[-1].ladder_top
        assert ladder_top is not None
        await trader.pilot._post_mouse_events([MouseScrollUp], "#chart", (5, 5))
        await trader.frame()
        assert trader.text("chart") != centred
        assert trader.desk.requests[-1].ladder_top == ladder_top
        await trader.press("down", "down")
        assert trader.text("chart") == centred
        assert trader.desk.requests[-1].ladder_top == ladder_top - 2
        await trader.press("up", "c")
        await trader.frame()
        assert trader.text("chart") == centred


def test_a_new_print_repaints_the_footprint_and_a_changed_ladder_does_not() -> None:
    view = _market("footprint", 73)
    frame = Frame(view, chart=ChartChoice("footprint"))
    newest = msgspec.structs.replace(view.footprints[-1], unfinished_low=True)
    changed = replace(frame, view=replace(view, footprints=(*view.footprints[:-1], newest)))
    assert chosen_subject(frame) == chosen_subject(replace(frame, view=replace(view, ladder=(), zones=())))
    assert chosen_subject(frame) != chosen_subject(changed)


def test_a_print_changes_one_row_of_numbers_and_the_sums() -> None:
    view = _market("footprint", 73)
    newest, bar = view.footprints[-1], view.bars[-1]
    row = msgspec.structs.replace(newest.rows[1], buy=newest.rows[1].buy + 1)
    after = replace(
        view,
        footprints=(
            *view.footprints[:-1],
            msgspec.structs.replace(newest, rows=(newest.rows[0], row, *newest.rows[2:])),
        ),
        bars=(*view.bars[:-1], msgspec.structs.replace(bar, volume=bar.volume + 1, buy=(bar.buy or 0) + 1)),
    )
    pictures = [_chart(market, "footprint", 73, 25).splitlines() for market in (view, after)]
    assert sum(old != new for old, new in zip(*pictures, strict=True)) == 3


def test_bars_that_were_only_received_as_bars_have_no_numbers() -> None:
    view = replace(_market("footprint", 73), footprints=(), bars=bars_until(90, 5))
    picture = _chart(view, "footprint", 73, 25)
    assert picture.count("--") == 5
    assert "×" not in picture.split("\n", 1)[1]
