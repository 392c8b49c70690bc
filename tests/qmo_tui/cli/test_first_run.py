"""`qmo` where nothing is set up: one page that tells what can be done, and single keys that do it."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from feeds.simulator.session import Simulation
from qmo_tui.cli.first_run import page
from qmo_tui.exit_codes import ExitCode
from tests.qmo_tui.command import error_line, qmo
from tests.qmo_tui.pseudo_terminal import Terminal

AN_ARROW = "\x1b[A"
CTRL_C = "\x03"
NO_RECORDINGS: list[Path] = []


@pytest.fixture
def start() -> Iterator[Callable[..., Terminal]]:
    """Start `qmo` in terminals that are gone after the test."""
    with ExitStack() as opened:

        def start(*arguments: str, size: tuple[int, int] = (80, 24), **environment: str) -> Terminal:
            terminal = Terminal([*arguments], size, **environment)
            opened.callback(terminal.close)
            return terminal

        yield start


def test_the_page_fits_the_smallest_terminal_with_its_question() -> None:
    lines = page(NO_RECORDINGS, (80, 24)).splitlines()
    assert len(lines) < 24
    # The path of the settings is the machine's own.
    assert all(len(line) <= 80 for line in lines if str(Path.home()) not in line and "config.toml" not in line)


def test_the_page_says_what_is_missing_and_what_is_there(home: Path) -> None:
    recording = home / "recordings" / "live" / "GLBX.MDP3-GC.v.0-20261103-143005.dbn.zst"
    told = page([recording], (79, 24))
    assert "DATABENTO_API_KEY is not set" in told
    assert f"yours would be\n{'':12}{home / 'config.toml'}" in told
    assert f"1 recorded, the newest\n{'':12}{recording.name}" in told
    assert "79x24 is too small: the cockpit needs 80x24" in told
    assert "too small" not in page([], (80, 24))


def test_without_a_terminal_the_page_names_commands_on_stderr() -> None:
    run = qmo()
    assert (run.stdout, run.returncode) == ("", ExitCode.USAGE)
    for command in ("qmo demo", "qmo replay FILE", "export DATABENTO_API_KEY=db-...", "qmo config init"):
        assert f"  {command} " in run.stderr
    assert "\x1b" not in run.stderr


def test_whoever_has_set_it_up_and_has_no_key_is_told_in_one_line(home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text("")
    run = qmo()
    assert run.returncode == ExitCode.CONNECTION
    assert "DATABENTO_API_KEY" in error_line(run)


def test_a_key_leaves_no_page(home: Path) -> None:
    run = qmo(environment=os.environ | {"DATABENTO_API_KEY": "db-tooshort"})
    assert run.returncode == ExitCode.CONNECTION
    assert "not well formed" in error_line(run)


def test_keys_explain_write_and_leave(start: Callable[..., Terminal], home: Path) -> None:
    terminal = start(size=(80, 30), NO_COLOR="1")
    terminal.until("Your choice:")
    terminal.press("k")
    terminal.until("No file of this program ever holds it")
    terminal.press("c")
    terminal.until("every setting is in it")
    assert (home / "config.toml").is_file()
    terminal.press("r")
    assert not any("a simulated gold market, at once" in line for line in terminal.until("There is no recording yet"))
    terminal.press(AN_ARROW)
    terminal.until("a simulated gold market, at once")
    terminal.press("q")
    assert "\x1b" not in terminal.rest().decode()
    assert terminal.exit_code() == ExitCode.DONE


def test_d_opens_the_demo_at_once(start: Callable[..., Terminal]) -> None:
    Simulation()  # compiles the kernels where they are new
    terminal = start()
    terminal.until("Your choice:")
    terminal.press("d")
    assert terminal.until("GCZ6")[0].startswith(" DEMO ")
    terminal.press("q")
    assert terminal.exit_code() == ExitCode.DONE


def test_r_lists_what_was_recorded_and_plays_it_in_lines_where_these_were_asked_for(
    start: Callable[..., Terminal], home: Path, data: Path
) -> None:
    folder = home / "recordings" / "live"
    folder.mkdir(parents=True)
    (folder / "es.dbn.zst").symlink_to(data / "esh4-20231225.mbo.dbn.zst")
    (folder / "es.dbn.zst.partial").touch()
    terminal = start("--plain")
    terminal.until("Your choice:")
    terminal.press("r")
    listed = terminal.until("Its number")
    assert any("1" in line and "es.dbn.zst" in line for line in listed)
    assert not any("partial" in line for line in listed)
    terminal.press("1")
    terminal.until("market: ESH4, mbo, replay")
    terminal.press(CTRL_C)
    assert "\x1b" not in terminal.rest().decode()
    assert terminal.exit_code() == ExitCode.INTERRUPTED
