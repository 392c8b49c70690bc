"""What a terminal can do: said by the environment, and by a terminal that is asked."""

import os
import pty
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from qmo_tui.checking import terminal
from qmo_tui.checking.terminal import look_at_terminal

KIND = b"\x1b[?62;22c"

pytestmark = pytest.mark.usefixtures("capsys")  # which leads output elsewhere, whoever runs the tests


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """Open a terminal that answers so once it has been asked what it is."""
    screen, program = pty.openpty()

    def serve() -> None:
        asked = b""
        while b"\x1b[c" not in asked:
            asked += os.read(screen, 100)
        os.write(screen, answer)

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        yield program
    finally:
        serving.join()
        os.close(program)
        os.close(screen)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"\x1b[?2026;2$y" + KIND, True),
        (b"\x1b[?2026;1$y" + KIND, True),
        (b"\x1b[?2026;0$y" + KIND, False),
        (b"\x1b[?2026;4$y" + KIND, False),
        (KIND, False),
    ],
    ids=["not set", "set", "not recognised", "never set", "no word of it"],
)
def test_a_terminal_is_asked_whether_it_shows_whole_frames(answer: bytes, told: bool) -> None:
    with answering(answer) as program:
        assert terminal.is_synchronized(program, program) is told


def test_a_terminal_that_says_nothing_is_not_known() -> None:
    with answering(b"typed ahead") as program:
        assert terminal.is_synchronized(program, program, patience=0.05) is None


def test_afterwards_keys_are_echoed_as_before() -> None:
    with answering(KIND) as program:
        before = termios.tcgetattr(program)
        terminal.is_synchronized(program, program)
        assert termios.tcgetattr(program) == before


def test_what_leads_elsewhere_is_not_asked() -> None:
    told = look_at_terminal({"TERM": "xterm-256color"}, colours="256")
    assert (told.is_one, told.size, told.synchronized) == (False, None, None)


@pytest.mark.parametrize(
    ("environment", "no_colour", "remote", "multiplexer"),
    [
        ({}, False, False, ""),
        ({"NO_COLOR": ""}, True, False, ""),
        ({"SSH_CONNECTION": "10.0.0.1 50000 10.0.0.2 22", "TMUX": "/run/tmux/default,1,0"}, False, True, "tmux"),
        ({"STY": "1.pts-0"}, False, False, "screen"),
    ],
    ids=["bare", "NO_COLOR", "ssh and tmux", "screen"],
)
def test_the_environment_tells_the_rest(
    environment: dict[str, str], no_colour: bool, remote: bool, multiplexer: str
) -> None:
    told = look_at_terminal(environment, colours=None)
    assert (told.no_colour, told.remote, told.multiplexer, told.kind) == (no_colour, remote, multiplexer, "")
