"""Prompt row, account, own orders: what a trader reads before and after he sends."""

from dataclasses import replace

import msgspec
import pytest

from engines.trading_events import OrderKind
from engines.trading_view import OrderMark, RiskMark, TradingView
from engines.view import ViewRequest
from feeds.records import Provenance
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.cockpit.painting import numbers
from qmo_tui.cockpit.painting.account import ACCOUNT_HEIGHT, account_subject, paint_account, paint_account_rows
from qmo_tui.cockpit.painting.chart import chart_subject, paint_chart
from qmo_tui.cockpit.painting.ladder import paint_ladder
from qmo_tui.cockpit.painting.prompt import paint_prompt, prompt_subject
from qmo_tui.cockpit.painting.small import paint_small
from qmo_tui.cockpit.painting.spans import text_of
from qmo_tui.cockpit.painting.status import paint_status
from qmo_tui.cockpit.themes import PALETTES
from qmo_tui.cockpit.trading_keys import REFUSAL_SECONDS
from tests.engines.execution.waiting import mentor
from tests.qmo_tui.cockpit.goldens import assert_golden, text_picture
from tests.qmo_tui.cockpit.inks import assert_sound
from tests.qmo_tui.cockpit.running import seat
from tests.qmo_tui.cockpit.scenes import CENTRE, SECOND, START, market
from tests.qmo_tui.cockpit.trading_scenes import (
    BUY,
    COOLDOWN,
    ENTRY,
    LOCKED,
    ORDERS,
    POSITION,
    RISK,
    SELL,
    TradedDesk,
    armed,
    gold,
    trading,
)

SCENES = {
    "none": trading(),
    "waiting": trading(prompts=(BUY,)),
    "armed": armed(BUY),
    "both sides": armed(BUY, SELL),
    "refused": trading(prompts=(BUY,)),
    "locked": trading(risk=LOCKED),
    "cooldown": trading(risk=COOLDOWN),
    "position": trading(position=POSITION, orders=ORDERS),
    "working": trading(orders=(ENTRY,)),
    "no journal": trading(trouble="journal: disk full"),
}


REFUSALS = {"refused": "stale 2.3 s: nothing sent"}


def frame(account: TradingView | None, **fields: object) -> Frame:
    return Frame(gold(market(0, ViewRequest(ladder_rows=22, bars=30)), account), **fields)  # type: ignore[arg-type]


def prompt_row(account: TradingView, width: int = 160, refusal: str = "") -> str:
    return text_picture(paint_prompt(frame(account, refusal=refusal), {}, width, 2))


@pytest.mark.parametrize("width", [80, 100, 160])
def test_account_and_prompt_row_at_each_width(width: int) -> None:
    pictures = []
    for name, account in SCENES.items():
        shown = frame(account, refusal=REFUSALS.get(name, ""))
        pictures.append(f"{name}:\n")
        pictures.append(text_picture(paint_account_rows(shown, width, 1 if width == 80 else 2)))
        pictures.append(text_picture(paint_prompt(shown, {}, width, 2)))
    assert_golden(f"trading-rows-{width}", "".join(pictures))


def test_the_account_s_pane() -> None:
    pictures = [f"{name}:\n{text_picture(paint_account(frame(SCENES[name]), 36, ACCOUNT_HEIGHT))}" for name in SCENES]
    assert_golden("account-pane", "".join(pictures))


@pytest.mark.parametrize("width", [54, 62, 86])
@pytest.mark.parametrize("name", ["armed", "position", "working"])
def test_what_is_the_trader_s_own_on_the_ladder(name: str, width: int) -> None:
    shown = frame(SCENES[name], cursor=CENTRE - 4)
    assert_golden(f"ladder-{name}-{width}", text_picture(paint_ladder(shown, width, 24)))


@pytest.mark.parametrize("name", ["armed", "position"])
def test_entry_stop_and_targets_are_lines_of_the_chart(name: str) -> None:
    assert_golden(f"chart-{name}", text_picture(paint_chart(frame(SCENES[name]), 73, 27)))
    assert chart_subject(frame(SCENES[name])) != chart_subject(frame(SCENES["none"]))


@pytest.mark.parametrize("width", [80, 100, 160])
def test_no_width_leaves_out_what_a_decision_needs(width: int) -> None:
    above, below = (text_of(row) for row in paint_prompt(frame(armed(BUY, SELL)), {}, width, 2))
    for told in ("ARMED", "▲ BUY 2 MGC limit 1923.8", "stop 1922.3", "to 1926.2 1927.7", "$312.40"):
        assert told in above
    assert "2.1" in above
    for told in ("y sends BUY 2 MGC", "42 s", "SELL 2 MGC 1924.8: s arms"):
        assert told in below


def test_a_lock_says_until_when_and_why_across_both_rows() -> None:
    rows = paint_prompt(frame(trading(risk=LOCKED)), {}, 80, 2)
    assert [text_of(row).strip() for row in rows] == [
        "LOCKED until 21:15:03, 3h05 left",
        "REPLAY  day loss of $512.40 reached the limit of $500.00",
    ]
    assert {ink for row in rows for _, ink in row} == {"ink on alarm bold", "replay_badge bold reverse"}


@pytest.mark.parametrize(("provenance", "sign"), [(Provenance.REPLAY, "REPLAY"), (Provenance.DEMO, "DEMO")])
@pytest.mark.parametrize("width", [80, 100, 160])
@pytest.mark.parametrize("state", ["none", "armed", "locked", "no orders"])
def test_practice_is_told_on_status_and_prompt_row_in_reverse_video(
    provenance: Provenance, sign: str, width: int, state: str
) -> None:
    shown = frame({"none": trading(), "armed": armed(BUY), "locked": trading(risk=LOCKED), "no orders": None}[state])
    shown = replace(shown, view=replace(shown.view, provenance=provenance))
    for row in (paint_status(shown, width, 2)[0], paint_prompt(shown, {}, width, 2)[1]):
        assert row[0][0] == f" {sign} "
        assert "reverse" in row[0][1].split()


def test_a_market_of_this_moment_has_no_sign_of_practice() -> None:
    shown = replace(frame(trading()), view=replace(frame(trading()).view, provenance=Provenance.LIVE))
    assert all("reverse" not in ink for row in paint_prompt(shown, {}, 80, 2) for _, ink in row)


def test_why_there_is_no_prompt_is_told_where_a_gate_forbids_any() -> None:
    reading = mentor(closed="news")
    shown = replace(frame(trading()), view=replace(frame(trading()).view, mentor=reading))
    assert "no prompt  ✕ news: news says so" in text_picture(paint_prompt(shown, {}, 80, 2))
    assert prompt_subject(shown) != prompt_subject(frame(trading()))


@pytest.mark.parametrize("state", ["warn", "reduced"])
def test_a_ladder_that_warns_says_why(state: str) -> None:
    risk = msgspec.structs.replace(RISK, state=state, reason="42 % of the day's loss used")
    for rows in (
        paint_account_rows(frame(trading(risk=risk)), 100, 2),
        paint_account(frame(trading(risk=risk)), 36, 10),
    ):
        assert f"{state}  42 % of the day" in text_picture(rows) or f"{state} 42 % of the day" in text_picture(rows)


def test_a_lock_of_unknown_end_says_so() -> None:
    risk = msgspec.structs.replace(LOCKED, until=None)
    assert "LOCKED, its end is not known" in prompt_row(trading(risk=risk))


async def test_a_refused_key_says_why_for_some_seconds_whatever_the_speed_of_the_market() -> None:
    desk = TradedDesk()
    async with seat(size=(80, 24), desk=desk) as trader:
        desk.change(refusal="locked: nothing sent", refused_at=START)
        await trader.frame()
        assert "locked: nothing sent" in trader.text("prompt")
        desk.change(risk=LOCKED, now=START + 3_600 * SECOND)
        trader.clock.now += REFUSAL_SECONDS
        await trader.frame()
        assert "locked: nothing sent" in trader.text("prompt")
        trader.clock.now += 1
        await trader.frame()
        assert "nothing sent" not in trader.text("prompt")
        desk.change(refused_at=START + 3_601 * SECOND)
        await trader.frame()
        assert "locked: nothing sent" in trader.text("prompt")


def test_the_refusal_of_a_key_is_read_to_its_end_on_the_smallest_terminal() -> None:
    told = "p12 voided: the market moved 9 ticks from the entry, more than 8"
    assert told in prompt_row(trading(), 80, told)


def test_the_time_that_is_left_runs_out_in_bar_and_figure() -> None:
    lefts = [BUY.expires - START, 10 * SECOND, 1, 0, -5 * SECOND]
    rows = [prompt_row(trading(prompts=(BUY,), now=BUY.expires - left)) for left in lefts]
    assert [row.count("━") for row in rows] == [7, 2, 1, 0, 0]
    for row, figure in zip(rows, ("42 s", "10 s", "1 s", "0 s", "0 s"), strict=True):
        assert f" {figure}" in row


def test_a_market_order_and_a_prompt_to_close_name_no_price() -> None:
    close = msgspec.structs.replace(
        SELL, trigger="exit", order="market", stop=None, targets=(), risk_cents=None, reward_risk=None, confidence=None
    )
    row = prompt_row(armed(close))
    assert "▼ SELL 2 MGC to close at the market" in row
    assert "y sends SELL 2 MGC to close" in row
    assert "confidence" not in row


@pytest.mark.parametrize(("order", "told"), [("market", "market ~1923.8 "), ("stop", "entry stop 1923.8 ")])
def test_an_entry_tells_its_price_and_is_told_from_the_stop_that_protects(order: OrderKind, told: str) -> None:
    row = prompt_row(trading(prompts=(msgspec.structs.replace(BUY, order=order),)))
    assert f"▲ BUY 2 MGC {told}" in row


@pytest.mark.parametrize(("distance", "told"), [(2, "2 ticks worse"), (-1, "1 tick better"), (0, "at entry")])
def test_a_market_order_says_whether_the_market_is_better_or_worse_than_where_it_arose(
    distance: int, told: str
) -> None:
    moved = msgspec.structs.replace(BUY, order="market", distance=distance)
    assert f"market {told}" in prompt_row(trading(prompts=(moved,)))


@pytest.mark.parametrize("width", [80, 100, 160])
def test_what_is_held_names_the_keys_that_change_it_and_what_they_move(width: int) -> None:
    below = text_of(paint_prompt(frame(SCENES["position"], cursor=CENTRE), {}, width, 2)[1])
    for told in ("1 2 stop 1923.4", "3 4 target 1924.5", "E break-even", "X closes"):
        assert told in below
    below = text_of(paint_prompt(frame(SCENES["working"], cursor=CENTRE), {}, width, 2)[1])
    assert "x withdraws buy 2 MGC limit 1923.8, 3 ahead" in below


def test_prices_that_keys_move_are_painted_when_they_moved() -> None:
    moved = msgspec.structs.replace(POSITION, targets=(CENTRE + 6,))
    assert prompt_subject(frame(trading(position=POSITION))) != prompt_subject(frame(trading(position=moved)))


@pytest.mark.parametrize("risk", [RISK, LOCKED, COOLDOWN], ids=["ok", "locked", "cooldown"])
def test_the_smallest_terminal_shows_the_stop_of_a_large_position(risk: RiskMark) -> None:
    held = msgspec.structs.replace(
        POSITION, quantity=12, entry=4_192.85 * 10, stop=41_905, open_cents=-123_456, realised_cents=0, r=-0.46
    )
    row = text_of(paint_account_rows(frame(trading(position=held, risk=risk)), 80, 1)[0])
    for told in ("▲ long 12 MGC at 4192.85", "−$1,234.56", "stop 4190.5", risk.state.upper()):
        assert told.lower() in row.lower()


def test_the_smallest_terminal_shows_what_the_day_made_while_it_is_locked() -> None:
    row = text_of(paint_account_rows(frame(trading(risk=LOCKED)), 80, 1)[0])
    for told in ("LOCKED", "until 21:15:03", "day −$512.40 of $500.00"):
        assert told in row


@pytest.mark.parametrize("provenance", [Provenance.REPLAY, Provenance.DEMO])
def test_practice_is_called_so_before_it_has_a_capital_ladder(provenance: Provenance) -> None:
    shown = frame(trading(risk=None))
    shown = replace(shown, view=replace(shown.view, provenance=provenance))
    for painted in (paint_account_rows(shown, 80, 1), paint_account(shown, 40, 9), paint_small(shown, 60, 12)):
        told = text_picture(painted)
        assert f"{provenance.value.upper()} practice" in told
        assert "PAPER" not in told


def test_where_nothing_can_be_traded_it_says_why() -> None:
    shown = Frame(market(), read_only="a delayed price is context only")
    assert "no orders: a delayed price is context only" in text_picture(paint_prompt(shown, {}, 80, 2))
    assert "no account: a delayed price is context only" in text_picture(paint_account_rows(shown, 80, 1))
    assert "none: a delayed price is co" in text_picture(paint_account(shown, 36, 10))


@pytest.mark.parametrize(
    ("account", "badge"), [("paper", " PAPER "), ("demo", " DEMO practice "), ("replay", " REPLAY practice ")]
)
def test_practice_is_called_practice(account: str, badge: str) -> None:
    shown = frame(trading(risk=msgspec.structs.replace(RISK, account=account)))
    for rows in (paint_account_rows(shown, 80, 1), paint_account(shown, 36, 10), paint_small(shown, 40, 12)):
        assert badge in text_picture(rows)


def test_a_position_without_a_stop_cannot_be_overlooked() -> None:
    bare = frame(trading(position=msgspec.structs.replace(POSITION, stop=None)))
    for rows in (paint_account_rows(bare, 80, 1), paint_account(bare, 36, 10)):
        assert any("NO STOP" in text and ink == "ink on alarm bold" for row in rows for text, ink in row)


def test_profit_and_loss_to_the_cent_with_the_screen_s_minus() -> None:
    """2 MGC from 1923.8, the bid at 1924.0: 2 x 2 ticks x $1, less $7.76 of fees, and $21.88 banked before."""
    shown = text_picture(paint_account_rows(frame(trading(position=POSITION)), 100, 2))
    assert "+$18.12" in shown
    assert "+0.06R" in shown
    assert [numbers.dollars(cents) for cents in (0, 5, -5, 123_456_789, None)] == [
        "$0.00",
        "$0.05",
        "−$0.05",
        "$1,234,567.89",
        "--",
    ]
    assert numbers.dollars(5, signed=True) == "+$0.05"
    assert numbers.dollars(0, signed=True) == "$0.00"
    assert [numbers.multiple_of_risk(r) for r in (None, -0.001, -1.0, 2.346)] == ["--", "+0.00R", "−1.00R", "+2.35R"]


def test_an_average_between_two_prices_has_a_digit_more() -> None:
    shown = frame(trading(position=msgspec.structs.replace(POSITION, entry=CENTRE - 1.5)))
    assert "long 2 MGC at 1923.85" in text_picture(paint_account_rows(shown, 100, 2))


def test_a_mark_hides_neither_book_nor_iceberg_of_the_side_where_somebody_rests() -> None:
    plain = {text[:8]: text for text in _ladder(trading())}
    marked = [text for text in _ladder(trading(orders=(ENTRY,))) if "buy 2, 3 ahead" in text]
    assert len(marked) == 1
    left = marked[0][: marked[0].index("1923.8")]
    assert left == plain[left[:8]][: len(left)]


def _ladder(account: TradingView) -> list[str]:
    return [text_of(row) for row in paint_ladder(frame(account), 62, 24)]


def test_several_marks_at_a_price_show_what_rests_first() -> None:
    account = trading(orders=(msgspec.structs.replace(ENTRY, tick=BUY.entry),), prompts=(BUY,))
    marked = [text for text in _ladder(account) if "+1" in text]
    assert len(marked) == 1
    assert "buy 2, 3 ahead +1" in marked[0] or "B2, 3 ahead +1" in marked[0]


@pytest.mark.parametrize(
    ("state", "ahead", "told"),
    [("pending", None, "MGC, sent"), ("working", None, "◂ buy 2 "), ("working", 0, "0 ahead")],
)
def test_an_order_says_how_far_it_is(state: str, ahead: int | None, told: str) -> None:
    order: OrderMark = msgspec.structs.replace(ENTRY, state=state, ahead=ahead)
    assert any(told in text for text in _ladder(trading(orders=(order,))))


def test_the_smallest_terminals_still_show_position_and_armed_state() -> None:
    shown = text_picture(paint_small(frame(replace_armed(trading(position=POSITION))), 60, 12))
    assert "long 2 MGC at 1923.8" in shown
    assert "ARMED SELL 2 MGC" in shown


def replace_armed(account: TradingView) -> TradingView:
    return msgspec.structs.replace(account, prompts=(SELL,), armed=SELL.id)


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize(("width", "height"), [(0, 0), (1, 1), (20, 2), (36, 10), (80, 1), (100, 2), (300, 12)])
def test_any_account_fits_any_pane(name: str, width: int, height: int) -> None:
    shown = frame(SCENES[name], cursor=CENTRE)
    for rows in (
        paint_account(shown, width, height),
        paint_account_rows(shown, width, height),
        paint_prompt(shown, {}, width, height),
        paint_ladder(shown, width, height),
        paint_chart(shown, width, height),
        paint_small(shown, width, height),
    ):
        assert_sound(rows, width, height)


def test_rows_that_nothing_changed_are_not_painted_again() -> None:
    first, later = (armed(BUY), msgspec.structs.replace(armed(BUY), now=START + SECOND // 2))
    assert prompt_subject(frame(first)) == prompt_subject(frame(later))
    assert account_subject(frame(first)) == account_subject(frame(later))
    assert prompt_subject(frame(first)) != prompt_subject(frame(trading(prompts=(BUY,))))
    assert account_subject(frame(first)) != account_subject(frame(SCENES["position"]))


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (160, 50), (160, 24)])
async def test_nothing_moves_when_a_prompt_arises_is_armed_and_filled(size: tuple[int, int]) -> None:
    desk = TradedDesk()
    async with seat(size=size, desk=desk) as trader:
        await trader.press("c")
        places = []
        for account in SCENES.values():
            desk.account = account
            await trader.frame()
            places.append({canvas.id: canvas.region for canvas in trader.app.screen.query("Canvas").results()})
            assert trader.is_shown("prompt")
            assert trader.is_shown("account") or trader.is_shown("account-pane")
        assert all(place == places[0] for place in places)


@pytest.mark.parametrize("theme", PALETTES)
async def test_without_colour_what_is_armed_is_told_by_text_and_weight(
    monkeypatch: pytest.MonkeyPatch, theme: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    desk = TradedDesk(trading(prompts=(BUY,)))
    async with seat(size=(80, 24), desk=desk, options=CockpitOptions(theme=theme)) as trader:
        await trader.press("b")
        assert "ARMED" in trader.text("prompt")
        strips = trader.app.screen._compositor.render_strips()
        armed_segments = [part for strip in strips for part in strip if part.text and "ARMED" in part.text]
        assert armed_segments
        for strip in strips:
            for segment in strip:
                assert segment.style is not None
                assert segment.style.color != segment.style.bgcolor
        sends = [part for strip in strips for part in strip if "y sends" in part.text]
        assert [part.style.reverse and part.style.bold for part in sends if part.style is not None] == [True]


@pytest.mark.parametrize("size", [(80, 24), (100, 24), (100, 30), (160, 24), (160, 50)])
@pytest.mark.parametrize("key", ["question_mark", "z", "m", "w", "l", "o", "g"])
async def test_nothing_that_lies_over_the_market_covers_the_prompt(size: tuple[int, int], key: str) -> None:
    desk = TradedDesk(trading(prompts=(BUY,)))
    async with seat(size=size, desk=desk) as trader:
        await trader.press(key)
        region = trader.app.screen.query_one("#prompt").region
        assert region.height == 2
        for x in (0, region.width // 2, region.width - 1):
            for y in (region.y, region.y + 1):
                assert trader.app.screen.get_widget_at(x, y)[0].id == "prompt"
