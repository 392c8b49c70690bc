"""How an alert is told: bell, flash, command; muted and quiet hours; and what is there for whoever comes back."""

from dataclasses import replace
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from qmo_tui.cockpit.alarm import FLASH_SECONDS, Alarm
from qmo_tui.cockpit.alerts import AlertOptions
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.cockpit.painting.messages import paint_messages
from qmo_tui.cockpit.painting.notice import paint_notice
from qmo_tui.cockpit.painting.own_lines import OwnLine, own_lines
from qmo_tui.cockpit.painting.spans import Rows, text_of
from qmo_tui.cockpit.price_alerts import PriceAlerts
from qmo_tui.cockpit.quiet_hours import QuietHours
from qmo_tui.price_alert_file import PriceAlertFile
from tests.qmo_tui.cockpit.running import Seat, seat
from tests.qmo_tui.cockpit.scenes import CENTRE, START, ScriptedDesk, market
from tests.qmo_tui.cockpit.trading_scenes import BUY, POSITION, TradedDesk, gold, trading

EVERYTHING = frozenset({"prompt", "fill", "closed", "lock", "trouble", "feed", "price"})
LOUD = AlertOptions(bell=EVERYTHING, notify=EVERYTHING, flash=EVERYTHING)
EVENING = QuietHours(time(18), time(19), ZoneInfo("America/New_York"))
"""The scripted market stands at 18:10 in New York."""
NOTHING = Frame(gold(market(), trading()))
PROMPTED = Frame(gold(market(), trading(prompts=(BUY,))))
FILLED = Frame(gold(market(), trading(position=POSITION)))


class Room:
    """An alarm, and what was heard of it."""

    def __init__(self, options: AlertOptions, tmp_path: Path) -> None:
        self.ran: list[str] = []
        prices = PriceAlerts(PriceAlertFile(tmp_path / "alerts.json"))
        self.noted: list[tuple[str, int | None]] = []
        self.alarm = Alarm(
            options, prices, lambda kind, _: self.ran.append(kind), lambda text, at: self.noted.append((text, at))
        )
        self.alarm.hear(NOTHING, 0.0)


def text(rows: Rows) -> str:
    return "\n".join(text_of(row) for row in rows)


def test_an_alert_rings_flashes_a_moment_and_runs_the_command(tmp_path: Path) -> None:
    room = Room(LOUD, tmp_path)
    assert room.alarm.hear(FILLED, 100.0)
    assert room.ran == ["fill"]
    assert room.alarm.flash(100.0) == room.alarm.flash(101.9) == "fill: ▲ long 2 MGC at 1923.8"
    assert room.alarm.flash(100.0 + FLASH_SECONDS) == ""


def test_each_way_has_its_own_kinds(tmp_path: Path) -> None:
    room = Room(AlertOptions(bell=frozenset({"lock"}), notify=frozenset({"fill"})), tmp_path)
    assert not room.alarm.hear(FILLED, 100.0)
    assert (room.ran, room.alarm.flash(100.0)) == (["fill"], "")


def test_muted_is_silence_that_is_written_down(tmp_path: Path) -> None:
    room = Room(LOUD, tmp_path)
    assert room.alarm.toggle_mute() == "alerts are muted: no bell, flash or command"
    assert not room.alarm.hear(FILLED, 100.0)
    assert (room.ran, room.alarm.flash(100.0)) == ([], "")
    assert [told.silenced for told in room.alarm.told] == ["muted"]
    assert room.noted == [("alert, fill: ▲ long 2 MGC at 1923.8 (muted)", START)]
    room.alarm.toggle_mute()
    assert room.alarm.hear(NOTHING, 101.0)


def test_quiet_hours_silence_prompts_and_never_a_fill_unless_asked(tmp_path: Path) -> None:
    quiet = replace(LOUD, quiet=EVENING, quiet_kinds=frozenset({"prompt"}))
    room = Room(quiet, tmp_path)
    assert not room.alarm.hear(PROMPTED, 1.0)
    assert room.alarm.hear(FILLED, 2.0)
    assert [(told.alert.kind, told.silenced) for told in room.alarm.told] == [("prompt", "quiet hours"), ("fill", "")]
    asked = Room(replace(quiet, quiet_kinds=frozenset({"fill"})), tmp_path)
    assert not asked.alarm.hear(FILLED, 1.0)


def test_outside_quiet_hours_everything_is_told(tmp_path: Path) -> None:
    morning = QuietHours(time(6), time(9), ZoneInfo("America/New_York"))
    assert Room(replace(LOUD, quiet=morning, quiet_kinds=EVERYTHING), tmp_path).alarm.hear(PROMPTED, 1.0)


def test_a_flash_takes_the_notice_row_and_only_that() -> None:
    flashing = replace(FILLED, flash="the position is closed", error="the file is cut")
    ((first, ink), *_), *none = paint_notice(flashing, 80, 1)
    assert (first.strip(), ink, none) == ("the position is closed", "warn reverse bold", [])
    assert all("reverse" in ink for _, ink in paint_notice(flashing, 80, 1)[0])


def test_muted_is_shown_before_everything_else() -> None:
    assert text(paint_notice(replace(FILLED, muted=True, error="the file is cut"), 80, 1)).startswith(" ALERTS MUTED ")


def test_messages_tell_in_full_what_a_row_cuts(tmp_path: Path) -> None:
    room = Room(replace(LOUD, quiet=EVENING, quiet_kinds=frozenset({"prompt"})), tmp_path)
    room.alarm.hear(PROMPTED, 1.0)
    frame = replace(
        PROMPTED, error="disk full " * 12, told_alerts=room.alarm.told, price_alerts=(19_240, 19_300), muted=True
    )
    told = text(paint_messages(frame, 80, 14))
    assert told.count("disk") == 12
    assert "alerts at   1930.0, 1924.0" in told
    assert "MUTED" in told
    assert "18:10:03    prompt: BUY 2 MGC limit 1923.8, rejection (quiet hours)" in told
    assert all(len(line) == 80 for line in told.splitlines())


async def alert_at_the_cursor(trader: Seat) -> None:
    """Put the cursor on the ladder, two prices up, and set an alert."""
    await trader.press("e", "up", "up", "T")


async def test_keys_set_a_level_that_is_seen_rings_and_is_listed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    desk = ScriptedDesk(market())
    options = CockpitOptions(frames_per_second=1, alerts=LOUD, price_alerts=tmp_path / "alerts.json")
    async with seat(size=(160, 50), desk=desk, options=options) as trader:
        rung: list[bool] = []
        monkeypatch.setattr(trader.app, "bell", lambda: rung.append(True))
        await alert_at_the_cursor(trader)
        assert "alert at 4810.50" in trader.text("notice")
        await trader.press("escape")
        assert "4810.50 ♪" in trader.text("ladder")
        assert OwnLine(CENTRE + 2, "alert", "warn") in own_lines(None, trader.app._price_alerts.ticks)
        assert desk.requests[-1].extent_since is not None
        desk.still = replace(market(1), last=CENTRE + 2)
        await trader.frame()
        await trader.frame()
        assert rung == [True]
        assert "4810.50 has been reached" in trader.text("notice")
        assert "♪" not in trader.text("ladder")
        trader.clock.now += FLASH_SECONDS
        await trader.press("exclamation_mark")
        assert "4810.50 has been reached" not in trader.text("notice")
        assert "price: 4810.50 has been reached" in trader.text("messages")
        await trader.press("escape")
        assert not trader.is_shown("messages")


async def test_the_crosshair_s_price_takes_an_alert_too(tmp_path: Path) -> None:
    desk = ScriptedDesk(market())
    options = CockpitOptions(frames_per_second=1, price_alerts=tmp_path / "alerts.json")
    async with seat(size=(160, 50), desk=desk, options=options) as trader:
        await trader.press("h", "up", "up", "up")
        point = trader.app._reading.crosshair.point
        assert point is not None
        await trader.press("T")
        assert trader.app._price_alerts.ticks == (point.tick,)


async def test_the_prompt_stays_where_it_is_while_an_alert_flashes() -> None:
    desk = TradedDesk()
    async with seat(size=(80, 24), desk=desk, options=CockpitOptions(frames_per_second=1, alerts=LOUD)) as trader:
        desk.change(prompts=(BUY,))
        await trader.frame()
        await trader.frame()
        assert "BUY 2 MGC" in trader.text("notice")
        assert "BUY 2 MGC" in trader.text("prompt")


async def test_the_mute_key_says_what_it_does_and_stays_on_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = TradedDesk()
    async with seat(size=(80, 24), desk=desk, options=CockpitOptions(frames_per_second=1, alerts=LOUD)) as trader:
        monkeypatch.setattr(trader.app, "bell", lambda: pytest.fail("it is muted"))
        await trader.press("M")
        desk.change(prompts=(), position=POSITION)
        await trader.frame()
        trader.clock.now += 60
        await trader.frame()
        assert trader.text("notice").startswith(" ALERTS MUTED ")
        await trader.press("M")
        assert "ALERTS MUTED" not in trader.text("notice")
