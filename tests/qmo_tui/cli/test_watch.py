"""`qmo watch` as somebody starts it: beside a serving program, without a terminal, and where nothing is served."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from qmo_tui.exit_codes import ExitCode
from tests.qmo_tui.command import error_line, qmo
from tests.qmo_tui.pseudo_terminal import Terminal


@pytest.fixture
def server() -> Iterator[subprocess.Popen[str]]:
    """A process that serves until it is killed; the first line that it says is its port."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.qmo_tui.server.served_until_killed"], stdout=subprocess.PIPE, text=True
    ) as serving:
        yield serving
        serving.kill()


def port_of(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    return server.stdout.readline().strip()


def test_a_second_screen_finds_the_token_by_itself_and_tells_when_its_picture_is_old(
    server: subprocess.Popen[str],
) -> None:
    terminal = Terminal(["watch", "--port", port_of(server)], (100, 30))
    try:
        terminal.until("ESH4")
        terminal.press(" ")
        terminal.until("read-only screen: the replay is paused and sought where it is served")
        server.kill()
        terminal.until("RECONNECTING")
        terminal.until("OLD PICTURE")
        terminal.press("q")
        assert terminal.exit_code() == 0
    finally:
        terminal.close()


def test_where_nothing_is_served_it_says_what_to_start() -> None:
    run = Terminal(["watch", "--port", "1"], (100, 30))
    try:
        run.until("nothing is served on port 1: start `qmo serve --port 1` first")
        assert run.exit_code() == ExitCode.CONNECTION
    finally:
        run.close()


def test_without_a_terminal_it_names_the_api() -> None:
    run = qmo("watch", "--port", "1")
    assert run.returncode == ExitCode.USAGE
    assert "the cockpit needs a terminal" in error_line(run)
    assert "ask the API" in error_line(run)


def test_a_token_of_the_environment_comes_before_what_is_left_word_of(server: subprocess.Popen[str]) -> None:
    environment = os.environ | {"QMO_SERVE_TOKEN": "another-token-than-its-own"}
    terminal = Terminal(["watch", "--port", port_of(server)], (100, 30), **environment)
    try:
        terminal.until("wants another token: set QMO_SERVE_TOKEN")
        assert terminal.exit_code() == ExitCode.CONNECTION
    finally:
        terminal.close()
