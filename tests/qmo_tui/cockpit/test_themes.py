"""Every theme can be read and told apart; every sign has a second channel beside its colour."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import msgspec
import pytest
from rich.color import ColorSystem

from engines.events import AggressorSide
from engines.view import ViewRequest
from feeds.records import Provenance
from feeds.states import FeedState
from qmo_tui.cockpit.colour_sight import contrast
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.cockpit.painting.account import paint_account_rows
from qmo_tui.cockpit.painting.chart import paint_chart
from qmo_tui.cockpit.painting.ladder import paint_ladder
from qmo_tui.cockpit.painting.line import paint_line
from qmo_tui.cockpit.painting.pillars import paint_pillars
from qmo_tui.cockpit.painting.prompt import paint_prompt
from qmo_tui.cockpit.painting.spans import Rows
from qmo_tui.cockpit.painting.status import paint_status
from qmo_tui.cockpit.painting.tape import paint_tape
from qmo_tui.cockpit.painting.zone_table import paint_zone_table
from qmo_tui.cockpit.theme_check import AREAS_APART, QUIET, READ, SEEN, TINTS_APART, faults, warning
from qmo_tui.cockpit.themes import COLOURS, PALETTES, Palette
from qmo_tui.session.playback import Playback
from tests.qmo_tui.cockpit.mentor_scenes import MentoredDesk, mentored
from tests.qmo_tui.cockpit.running import seat
from tests.qmo_tui.cockpit.scenes import ScriptedDesk, market
from tests.qmo_tui.cockpit.test_live_line import LIVE_LINE
from tests.qmo_tui.cockpit.trading_scenes import BUY, LOCKED, ORDERS, POSITION, SELL, TradedDesk, armed, gold, trading
from tests.qmo_tui.cockpit.zone_scenes import HELD_ASK, ZonedDesk, with_zones

ATTRIBUTES: Final = {"bold", "reverse", "underline"}


@pytest.mark.parametrize("theme", PALETTES)
def test_a_packaged_theme_has_every_colour_and_no_fault(theme: str) -> None:
    assert list(PALETTES[theme].colours) == list(COLOURS)
    assert faults(PALETTES[theme]) == ()
    assert warning(PALETTES[theme]) == ""


def changed(theme: str, **colours: str) -> Palette:
    return replace(PALETTES[theme], name="mine", colours={**PALETTES[theme].colours, **colours})


@pytest.mark.parametrize(
    ("colours", "fault"),
    [
        ({"muted": "#555555"}, "muted on ground: contrast 2.50, needs 4.5"),
        ({"bid_volume": "#222222"}, "bid_volume on ground: contrast 1.17, needs 3"),
        ({"faint": "#0f1317"}, "faint on ground: contrast 1.00, needs 1.5"),
        ({"bid": "#22c55e", "ask": "#ef4444"}, "bid and ask: 13 apart to deutan eyes, need 20"),
        ({"bid_bar": "#523a08"}, "bid_bar and ask_bar: 0 apart, need 10"),
        ({"ask_tint": "#0f1317"}, "ask_tint and ground: 0 apart, need 5"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_what_cannot_be_read_or_told_apart_is_named(colours: dict[str, str], fault: str) -> None:
    assert fault in faults(changed("colour-blind", **colours))


def test_with_the_terminals_own_colours_only_the_same_one_twice_is_a_fault() -> None:
    assert faults(changed("ansi", ask="cyan")) == ("bid and ask: the same colour",)
    assert faults(changed("ansi", alarm="default")) == (
        "alarm and text: the same colour",
        "ink on alarm: the terminal's own colour may be any",
    )


def test_a_warning_is_one_line_that_says_where_the_rest_is() -> None:
    (first, *rest) = faults(changed("dark", muted="#444444"))
    assert (
        warning(changed("dark", muted="#444444")) == f"{first} and {len(rest)} more: `qmo config themes mine` lists it"
    )


async def painted(desk: ScriptedDesk, *keys: str) -> set[tuple[str, str, str]]:
    """Return (ink's colour, ground's colour, character) of all that a cockpit paints after each of some keys."""
    found = set()
    async with seat(desk=desk) as trader:
        for key in ("c", *keys):
            await trader.press(key)
            for canvas in trader.app._cockpit.canvases:
                for text, ink in (span for row in canvas.rows for span in row):
                    colour, *ground = [word for word in ink.split() if word not in {*ATTRIBUTES, "on"}]
                    found |= {(colour, ground[0] if ground else canvas._ground, sign) for sign in text}
    return found


async def test_all_that_is_painted_stands_in_the_tables_of_what_must_be_seen() -> None:
    found = await painted(
        TradedDesk(trading(prompts=(BUY, SELL), position=POSITION, orders=ORDERS)), "b", "s", "v", "e"
    )
    found |= await painted(TradedDesk(trading(risk=LOCKED, trouble="book suspect")), "question_mark", "d", "v", "v")
    found |= await painted(MentoredDesk(), "w", "G", "m")
    found |= await painted(ZonedDesk(), "j", "o", "z")
    assert len({colour for colour, _, _ in found}) > 12
    letters = {(colour, ground) for colour, ground, sign in found if sign.isalnum()}
    assert letters - set(READ.pairs) == set()
    marks = {(colour, ground) for colour, ground, sign in found if not sign.isspace()}
    areas = {pair for need in (AREAS_APART, TINTS_APART) for pair in need.pairs}
    on_a_bar = {pair for pair in marks if pair[1].endswith(("_volume", "faint"))}  # a bar that goes on as another
    assert marks - {*READ.pairs, *SEEN.pairs, *QUIET.pairs} - areas - on_a_bar == set()


@pytest.mark.parametrize("system", [ColorSystem.STANDARD, ColorSystem.EIGHT_BIT], ids=["16", "256"])
@pytest.mark.parametrize("theme", PALETTES)
def test_with_fewer_colours_words_still_stand_out_and_sides_differ(theme: str, system: ColorSystem) -> None:
    palette = PALETTES[theme]

    def shown(colour: str) -> object:
        found = palette.style(colour).color
        assert found is not None
        return found.downgrade(system)

    for ink, ground in (*READ.pairs, *SEEN.pairs):
        assert shown(ink) != shown(ground) or palette.colours[ink] == "default"
    for one, other in (("bid", "ask"), ("bid_bar", "ask_bar"), ("alarm", "text"), ("warn", "text"), ("alarm", "warn")):
        assert shown(one) != shown(other)


@pytest.mark.parametrize("name", ["colour-blind", "dark", "light"])
async def test_without_colour_everything_can_still_be_read(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    options = CockpitOptions(theme=name)
    async with seat(desk=TradedDesk(armed(BUY, SELL)), options=options) as trader:
        for strip in trader.app.screen._compositor.render_strips():
            for text, style, _ in strip:
                assert style is not None
                if any(letter.isalnum() for letter in text):
                    assert style.color is not None
                    assert style.bgcolor is not None
                    greys = [colour.get_truecolor().hex for colour in (style.color, style.bgcolor)]
                    assert contrast(*greys) >= 3.0, (text, greys)


def without_colour(rows: Rows) -> tuple[tuple[str, ...], ...]:
    """Return what is left of rows where no colour is: characters, and whether each is bold, reversed, underlined."""
    return tuple(
        tuple(f"{sign} {' '.join(sorted(ATTRIBUTES & {*ink.split()}))}" for text, ink in row for sign in text)
        for row in rows
    )


REQUEST: Final = ViewRequest(ladder_rows=17, prints=30, bars=60, flow=True, zones=True, timing=True, mentor=True)
MARKET: Final = market(90, REQUEST)
PLAYED: Final = Frame(MARKET, playback=Playback(speed=60.0))


def account(**changes: object) -> Frame:
    return Frame(gold(MARKET, trading(**changes)))


def mirrored(frame: Frame) -> Frame:
    """Return the same market with both sides of every trade, bar and level exchanged, at the same prices."""
    view = frame.view
    other: dict[AggressorSide | None, AggressorSide | None] = {"buy": "sell", "sell": "buy", None: None}
    return replace(
        frame,
        view=replace(
            view,
            last_side=other[view.last_side],
            prints=tuple(msgspec.structs.replace(mark, side=other[mark.side]) for mark in view.prints),
            bars=tuple(msgspec.structs.replace(bar, open=bar.close, close=bar.open) for bar in view.bars),
            ladder=tuple(
                msgspec.structs.replace(row, bid=row.ask, ask=row.bid, buy=row.sell, sell=row.buy)
                for row in view.ladder
            ),
        ),
    )


def lined(state: FeedState) -> Frame:
    return Frame(replace(MARKET, provenance=Provenance.LIVE), line=replace(LIVE_LINE, state=state))


PAIRS: Final[dict[str, tuple[Callable[[Frame], Rows], Frame, Frame]]] = {
    "bid and ask on the ladder": (lambda frame: paint_ladder(frame, 62, 19), PLAYED, mirrored(PLAYED)),
    "bought and sold on the tape": (lambda frame: paint_tape(frame, 37, 12), PLAYED, mirrored(PLAYED)),
    "bought and sold last": (lambda frame: paint_status(frame, 100, 2), PLAYED, mirrored(PLAYED)),
    "bars up and down": (lambda frame: paint_chart(frame, 73, 20), PLAYED, mirrored(PLAYED)),
    "prompts to buy and to sell": (
        lambda frame: paint_prompt(frame, {}, 100, 2),
        account(prompts=(BUY,)),
        account(prompts=(msgspec.structs.replace(BUY, side="sell"),)),
    ),
    "armed and not": (
        lambda frame: paint_prompt(frame, {}, 100, 2),
        account(prompts=(BUY,)),
        Frame(gold(MARKET, armed(BUY))),
    ),
    "long and short": (
        lambda frame: paint_account_rows(frame, 100, 1),
        account(position=POSITION),
        account(position=msgspec.structs.replace(POSITION, side="sell")),
    ),
    "locked and not": (lambda frame: paint_account_rows(frame, 100, 1), account(), account(risk=LOCKED)),
    "own orders and none": (lambda frame: paint_ladder(frame, 62, 19), account(), account(orders=ORDERS)),
    "live and stale": (lambda frame: paint_status(frame, 80, 2), lined(FeedState.LIVE), lined(FeedState.STALE)),
    "live and lost": (
        lambda frame: (paint_line(frame, frame.line or LIVE_LINE, 80),),
        lined(FeedState.LIVE),
        lined(FeedState.RECONNECTING),
    ),
    "live and a price that stands in": (
        lambda frame: paint_status(frame, 80, 2),
        lined(FeedState.LIVE),
        lined(FeedState.CONTEXT),
    ),
    "replay and demo": (
        lambda frame: paint_status(frame, 80, 2),
        PLAYED,
        replace(PLAYED, view=replace(MARKET, provenance=Provenance.DEMO)),
    ),
    "playing and paused": (
        lambda frame: paint_status(frame, 80, 2),
        PLAYED,
        replace(PLAYED, playback=Playback(speed=60.0, paused=True)),
    ),
    "support and resistance": (
        lambda frame: paint_zone_table(frame, 73, 6),
        Frame(with_zones(MARKET, REQUEST, (HELD_ASK,))),
        Frame(with_zones(MARKET, REQUEST, (msgspec.structs.replace(HELD_ASK, side="bid"),))),
    ),
    "a mentor for the buy and for the sell side": (
        lambda frame: paint_pillars(frame, 36, 12),
        Frame(mentored(MARKET, side="buy")),
        Frame(mentored(MARKET, side="sell")),
    ),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_what_a_colour_says_something_else_says_too(pair: str) -> None:
    paint, one, other = PAIRS[pair]
    assert without_colour(paint(one)) != without_colour(paint(other))
    assert without_colour(paint(one)) == without_colour(paint(one))
