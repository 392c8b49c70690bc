"""`qmo replay` as a trader starts it: a real recording, in a real pseudo-terminal, read back as a terminal shows it."""

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.qmo_tui.command import qmo
from tests.qmo_tui.pseudo_terminal import Terminal


@pytest.fixture
def start() -> Iterator[Callable[..., Terminal]]:
    """Start `qmo` in terminals that are gone after the test, whatever became of it."""
    with ExitStack() as opened:

        def start(arguments: list[str], size: tuple[int, int], **environment: str) -> Terminal:
            terminal = Terminal(arguments, size, **environment)
            opened.callback(terminal.close)
            return terminal

        yield start


@pytest.fixture
def session(data: Path) -> str:
    return str(data / "esh4-20231225.mbo.dbn.zst")


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}], ids=["colour", "no colour"])
def test_a_session_played_to_its_end(start: Callable[..., Terminal], session: str, environment: dict[str, str]) -> None:
    terminal = start(["replay", session, "--speed", "max"], (160, 50), **environment)
    lines = terminal.until("END OF RECORDING")
    assert lines[0].startswith(" REPLAY   ESH4  18:59:59")
    assert "Mon 25 Dec 2023" in lines[0]
    assert "23:59:59 UTC" in lines[0]
    for fact in ("4810.00 │ 4810.25", "vol 9,892", "CONTINUOUS", "book valid", "orders 11,217", "schema mbo"):
        assert fact in lines[1]
    terminal.press("?")
    terminal.until("Esc closes")
    terminal.until("pause, play on")
    terminal.press("q")
    assert terminal.exit_code() == 0


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_ends_it_gives_the_terminal_back(
    start: Callable[..., Terminal], session: str, ending: signal.Signals
) -> None:
    terminal = start(["replay", session], (100, 30))
    terminal.until("book valid")
    terminal.send(ending)
    assert b"\x1b[?1049l" in terminal.rest()  # the alternate screen is left
    assert terminal.exit_code() == 130


def test_nobody_who_quits_waits_for_the_compiler(start: Callable[..., Terminal], tmp_path: Path) -> None:
    terminal = start(["demo"], (80, 24), NUMBA_CACHE_DIR=str(tmp_path))
    terminal.until("preparing the engines")
    terminal.press("q")
    assert b"\x1b[?1049l" in terminal.rest()
    assert terminal.exit_code() == 0
    assert len(list(tmp_path.rglob("*.nbc"))) < 40, "it was waited for: all kernels are some hundred files"


def test_the_smallest_terminal_before_the_market_opens(start: Callable[..., Terminal], session: str) -> None:
    terminal = start(["replay", session, "--from", "2023-12-25T22:55:00", "--speed", "1"], (80, 24))
    lines = terminal.until("PRE-OPEN / AUCTION: the book may be crossed")
    assert "AUCTION" in lines[1]
    terminal.press("g23:10:00Z\r")
    terminal.until(" REPLAY   ESH4  18:10:0")
    assert " vol 2," in terminal.until("4807.")[1]
    terminal.press("\x03")
    assert terminal.exit_code() == 0


def test_a_trade_in_the_demo_from_the_cursor_to_the_journal(start: Callable[..., Terminal]) -> None:
    """Space stops the market for as long as a test, unlike a trader, needs to read."""
    terminal = start(["demo", "--seed", "7", "--speed", "20"], (100, 30))
    terminal.until("08:02:")
    terminal.press(" ")
    terminal.until("PAUSED")
    for keys, shown in (("c", "in sight"), ("e", "cursor at"), ("\x1b[A", "cursor at"), ("B", "b arms")):
        terminal.press(keys)
        terminal.until(shown)
    terminal.press("b")
    terminal.until("y sends BUY")
    terminal.press("t")
    terminal.until("theme dark")  # so that what is armed has certainly been painted
    terminal.press("y")
    terminal.until("no prompt")
    terminal.press("-- ")
    terminal.until("long")
    terminal.press("f")
    terminal.until("LOCKED until")
    terminal.until("flattened and locked by key")
    terminal.until("flat ")
    terminal.press("q")
    assert terminal.exit_code() == 0
    (trade,) = json.loads(qmo("journal", "--account", "demo", "--json").stdout)["trades"]
    assert (trade["side"], trade["trigger"], trade["account"]) == ("buy", "manual", "demo")
    assert trade["closed"] is not None
