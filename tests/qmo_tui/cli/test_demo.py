"""`qmo demo` as a newcomer starts it, in a real pseudo-terminal: no key, no network, and DEMO on the screen."""

import re
from contextlib import closing

from feeds.simulator.session import Simulation
from tests.qmo_tui.command import error_line, qmo
from tests.qmo_tui.pseudo_terminal import Terminal


def test_the_demo_opens_on_a_moving_market_says_demo_and_quits() -> None:
    Simulation()  # compiles the kernels where they are new
    terminal = Terminal(["demo", "--seed", "3", "--speed", "20"], (160, 50))
    with closing(terminal):
        watch(terminal)


def watch(terminal: Terminal) -> None:
    lines = terminal.until("CONTINUOUS")
    assert lines[0].startswith(" DEMO   GCZ6")
    assert "05 Oct 2026" in lines[0]
    assert "book valid" in lines[1]
    terminal.until(" 08:00:2")
    terminal.press("q")
    assert terminal.exit_code() == 0


def test_a_demo_without_a_terminal_says_what_to_do_instead() -> None:
    run = qmo("demo")
    assert run.returncode == 2
    assert re.search("needs a terminal.*--plain", error_line(run))


def test_a_speed_that_is_no_number_is_refused() -> None:
    run = qmo("demo", "--speed", "fast")
    assert run.returncode == 2
    assert "--speed fast" in error_line(run)
