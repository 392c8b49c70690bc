"""What calls a trader back to the screen, once each."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from engines.trading_view import TradingView
from feeds.states import FeedState
from qmo_tui.cockpit.alert import Alert
from qmo_tui.cockpit.alerts import AlertOptions, AlertWatch
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.session.alert_command import MOST_AT_ONCE, AlertCommand
from qmo_tui.session.line import Line
from qmo_tui.session.playback import Playback
from tests.qmo_tui.cockpit.running import seat
from tests.qmo_tui.cockpit.scenes import market
from tests.qmo_tui.cockpit.trading_scenes import BUY, COOLDOWN, LOCKED, POSITION, SELL, TradedDesk, gold, trading


def frame(account: TradingView | None, **fields: Any) -> Frame:
    return Frame(gold(market(), account), **fields)


def alerts_of(*frames: Frame) -> list[Alert]:
    watch = AlertWatch()
    return [alert for one in frames for alert in watch.alerts(one)]


LONG_ONE = msgspec.structs.replace(POSITION, quantity=1)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({}, {"prompts": (BUY,)}, Alert("prompt", "BUY 2 MGC limit 1923.8, rejection")),
        ({}, {"position": POSITION}, Alert("fill", "▲ long 2 MGC at 1923.8")),
        ({"position": POSITION}, {"position": LONG_ONE}, Alert("fill", "▲ long 1 MGC at 1923.8")),
        ({"position": POSITION}, {}, Alert("closed", "the position is closed")),
        (
            {},
            {"risk": LOCKED},
            Alert("lock", "LOCKED until 21:15:03, 3h05 left: day loss of $512.40 reached the limit of $500.00"),
        ),
        ({}, {"risk": COOLDOWN}, Alert("lock", "COOLDOWN until 18:14:35, 4:32 left: two losses in a row")),
        ({}, {"trouble": "journal: disk full"}, Alert("trouble", "no order can be sent: journal: disk full")),
    ],
)
def test_what_is_new_is_told_once(before: dict[str, Any], after: dict[str, Any], told: Alert) -> None:
    later = frame(trading(**after))
    assert alerts_of(frame(trading(**before)), later, later) == [told]


def test_what_stands_already_when_the_cockpit_opens_is_no_news() -> None:
    assert alerts_of(frame(trading(prompts=(BUY,), position=POSITION, risk=LOCKED))) == []


def test_a_prompt_that_changes_or_comes_back_is_no_new_one() -> None:
    nudged = msgspec.structs.replace(BUY, stop=BUY.entry - 9)
    assert (
        alerts_of(
            frame(trading(prompts=(BUY,))),
            frame(trading(prompts=(nudged,))),
            frame(trading()),
            frame(trading(prompts=(BUY,))),
        )
        == []
    )


def test_a_replay_on_its_way_to_another_moment_is_silent() -> None:
    seeking = frame(trading(prompts=(SELL,)), playback=Playback(seeking=True))
    assert alerts_of(frame(trading()), seeking, frame(trading(prompts=(SELL,)))) == []


def test_a_line_that_is_lost_or_back_is_told() -> None:
    live, stale = Line(FeedState.LIVE), Line(FeedState.STALE, reason="nothing for 6 s")
    again = replace(live, reason="records flow")
    assert alerts_of(*(frame(None, line=line) for line in (Line(), live, stale, stale, again))) == [
        Alert("feed", "the feed is stale: nothing for 6 s"),
        Alert("feed", "the feed is live: records flow"),
    ]


async def test_the_bell_rings_for_what_was_asked_for_and_for_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = TradedDesk()
    wanted = AlertOptions(bell=frozenset({"fill"}))
    async with seat(size=(80, 24), desk=desk, options=CockpitOptions(frames_per_second=1, alerts=wanted)) as trader:
        rung: list[bool] = []
        monkeypatch.setattr(trader.app, "bell", lambda: rung.append(True))
        desk.change(prompts=(BUY,))
        await trader.frame()
        assert rung == []
        desk.change(prompts=(), position=POSITION)
        await trader.frame()
        assert rung == [True]


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


async def run_to_its_end(command: AlertCommand, kind: str = "fill", text: str = "long 2 MGC; rm -rf $HOME") -> None:
    command.run(kind, text)
    await asyncio.gather(*command._running)


async def test_the_command_gets_the_alert_as_arguments_and_no_shell_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABENTO_API_KEY", "db-" + "0" * 29)
    told = tmp_path / "told"
    seen = "repr((sys.argv[2:], 'DATABENTO_API_KEY' in os.environ))"
    code = f"import os, pathlib, sys; pathlib.Path(sys.argv[1]).write_text({seen})"
    notes: list[str] = []
    await run_to_its_end(AlertCommand(python(code, str(told), "{kind}: {text}"), 30, notes.append))
    assert told.read_text() == repr((["fill: long 2 MGC; rm -rf $HOME"], False))
    assert notes == []


@pytest.mark.parametrize(
    ("command", "seconds", "note"),
    [
        (["/no/such/program"], 30.0, "alert command /no/such/program: No such file or directory"),
        (python("raise SystemExit(3)"), 30.0, f"alert command {sys.executable}: exit code 3"),
        (python("import time; time.sleep(600)"), 0.3, f"alert command {sys.executable}: ended after 0.3 s"),
    ],
    ids=["missing", "failing", "hanging"],
)
async def test_what_goes_wrong_is_noted_in_a_line(command: list[str], seconds: float, note: str) -> None:
    notes: list[str] = []
    await run_to_its_end(AlertCommand(command, seconds, notes.append))
    assert notes == [note]


async def test_commands_that_pile_up_are_left_out_and_ended_with_the_cockpit() -> None:
    notes: list[str] = []
    command = AlertCommand(python("import time; time.sleep(600)"), 60, notes.append)
    for _ in range(MOST_AT_ONCE + 1):
        command.run("fill", "")
    assert notes == [f"alert command left out: {MOST_AT_ONCE} are running"]
    await asyncio.sleep(0)
    await command.close()
    assert not command._running
