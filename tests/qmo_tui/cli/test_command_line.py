"""The command line itself: help, versions, exit codes, and errors in one line."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import qmo_tui
from qmo_tui.cli.command_table import COMMANDS
from qmo_tui.exit_codes import ExitCode
from tests.qmo_tui.command import QMO, error_line, heed_interrupts, qmo

_WITH_A_COMMAND = """
import sys, types
import qmo_tui.cli as cli
module = types.ModuleType("qmo_tui.cli.bench")
exec(sys.argv[1], module.__dict__)
sys.modules[module.__name__] = module
sys.argv[1:] = ["bench", *sys.argv[2:]]
cli.main()
"""


def run_command(source: str, *arguments: str, **options: str) -> subprocess.CompletedProcess[str]:
    """Run the real command line in a process of its own, with `source` in the place of the module of `bench`."""
    return subprocess.run(
        [sys.executable, "-c", _WITH_A_COMMAND, source, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | options,
    )


def test_version_is_the_package_version() -> None:
    run = qmo("--version")
    assert (run.stdout, run.stderr, run.returncode) == (f"qmo {qmo_tui.__version__}\n", "", ExitCode.DONE)


def test_help_lists_every_command_with_its_line() -> None:
    run = qmo("--help")
    assert run.returncode == ExitCode.DONE
    assert run.stderr == ""
    for name, line in COMMANDS.items():
        assert any(row.split(maxsplit=1) == [name, line] for row in run.stdout.splitlines())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_in_the_table_exists(name: str) -> None:
    run = qmo(name, "--help")
    assert run.returncode == ExitCode.DONE, run.stderr
    assert run.stdout.startswith(f"Usage: qmo {name} ")


@pytest.mark.parametrize("arguments", [["--record"], ["record"]])
def test_what_is_live_needs_a_key_and_says_what_goes_without(arguments: list[str]) -> None:
    run = qmo(*arguments, environment=os.environ | {"DATABENTO_API_KEY": ""})
    assert run.returncode == ExitCode.CONNECTION
    assert "DATABENTO_API_KEY" in error_line(run)
    assert "qmo replay FILE" in error_line(run)


def test_a_key_that_is_none_is_refused_and_not_repeated() -> None:
    run = qmo("record", environment=os.environ | {"DATABENTO_API_KEY": "db-tooshort"})
    assert run.returncode == ExitCode.CONNECTION
    assert "not well formed" in error_line(run)
    assert "tooshort" not in run.stderr


def test_record_goes_without_a_command() -> None:
    run = qmo("--record", "demo")
    assert run.returncode == ExitCode.USAGE
    assert "--record goes without a command" in error_line(run)


@pytest.mark.parametrize("flags", [["--plain"], ["--serve"], ["--port", "8471"]], ids=["plain", "serve", "port"])
def test_record_goes_alone(flags: list[str]) -> None:
    run = qmo("--record", *flags)
    assert run.returncode == ExitCode.USAGE
    assert "--record goes alone" in error_line(run)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["rplay"], "No such command 'rplay'. Did you mean 'replay'? (see `qmo --help`)"),
        (["--verison"], "No such option: --verison (Possible options: --version) (see `qmo --help`)"),
        (["config"], "Missing command. (see `qmo config --help`)"),
        (["config", "shw"], "No such command 'shw'. Did you mean 'show'? (see `qmo config --help`)"),
        (
            ["config", "show", "--jsn"],
            "No such option: --jsn (Possible options: --json) (see `qmo config show --help`)",
        ),
        (["config", "show", "all"], "Got unexpected extra argument(s) (all) (see `qmo config show --help`)"),
    ],
)
def test_wrong_usage_is_one_line_that_names_the_help(arguments: Sequence[str], expected: str) -> None:
    run = qmo(*arguments)
    assert run.returncode == ExitCode.USAGE
    assert error_line(run) == expected


@pytest.mark.parametrize("code", list(ExitCode))
def test_command_ends_with_the_code_of_its_error(code: ExitCode) -> None:
    source = f"from qmo_tui.errors import QmoError\ndef bench(): raise QmoError('no\\nway', {int(code)})"
    run = run_command(source)
    assert run.returncode == code
    assert error_line(run) == "no way"


def test_command_ends_with_the_code_it_returns() -> None:
    assert run_command("def bench(): return 4").returncode == ExitCode.UNREADABLE
    assert run_command("def bench(): return None").returncode == ExitCode.DONE


def test_instrument_error_is_one_line_and_a_usage_error() -> None:
    source = (
        "from feeds.instrument import InstrumentError\ndef bench(): raise InstrumentError('GCZ6: tick 0.05, not 0.1')"
    )
    run = run_command(source)
    assert run.returncode == ExitCode.USAGE
    assert error_line(run) == "GCZ6: tick 0.05, not 0.1"


def test_defect_is_one_line_that_names_its_crash_file_and_the_log_has_it_too(home: Path) -> None:
    run = run_command("def bench(): surprise = [][3]")
    assert run.returncode == ExitCode.UNEXPECTED
    (crash,) = (home / "crashes").iterdir()
    assert error_line(run) == f"unexpected IndexError: list index out of range; details are in {crash}"
    log = home / "logs" / "qmo.log"
    text = log.read_text(encoding="utf-8")
    assert "Traceback (most recent call last):" in text
    assert "in bench" in text
    assert log.parent.stat().st_mode & 0o077 == 0


def test_a_key_in_an_error_is_not_shown() -> None:
    key = "db-ThisKeyBelongsToNobodyAtAll99"
    for raised in ("ValueError", "__import__('qmo_tui.errors').errors.QmoError"):
        run = run_command(f"def bench(): raise {raised}('no answer to {key}')")
        assert "no answer to db-***" in error_line(run)
        assert key not in run.stderr


def test_defect_where_no_log_can_be_written_names_its_place(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    run = run_command("def bench(): surprise = [][3]", QMO_HOME=str(blocked))
    assert run.returncode == ExitCode.UNEXPECTED
    assert error_line(run).startswith(
        "unexpected IndexError: list index out of range; it was raised at <string>:1, and"
    )
    assert f"{blocked}/logs/qmo.log cannot be written" in error_line(run)


def test_command_that_logs_and_warns_works_where_no_log_can_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    source = "import logging, warnings\ndef bench(): logging.error('x'); warnings.warn('y'); print('fine')"
    run = run_command(source, QMO_HOME=str(blocked))
    assert (run.stdout, run.stderr, run.returncode) == ("fine\n", "", ExitCode.DONE)


def test_log_lines_and_warnings_go_to_the_file_alone(home: Path) -> None:
    source = (
        "import logging, warnings\n"
        "def bench():\n"
        "    logging.getLogger('feeds').info('hello'); logging.getLogger('feeds').debug('small')\n"
        "    warnings.warn('careful')"
    )
    run = run_command(source)
    assert (run.stdout, run.stderr, run.returncode) == ("", "", ExitCode.DONE)
    text = (home / "logs" / "qmo.log").read_text(encoding="utf-8")
    assert "INFO feeds: hello" in text
    assert "careful" in text
    assert "small" not in text

    assert run_command(source, QMO_LOG_LEVEL="debug").returncode == ExitCode.DONE
    assert "DEBUG feeds: small" in (home / "logs" / "qmo.log").read_text(encoding="utf-8")


def test_interrupt_ends_with_its_own_code_and_says_nothing() -> None:
    source = "import time\ndef bench(): print('ready', flush=True); time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", _WITH_A_COMMAND, source],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (ExitCode.INTERRUPTED, "")


@pytest.mark.parametrize("arguments", [["config", "show"], ["--help"]])
def test_reader_that_goes_away_is_not_an_error(arguments: Sequence[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen([QMO, *arguments], stdout=writing, stderr=subprocess.PIPE, text=True) as process:
        os.close(writing)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (ExitCode.DONE, "")


def test_reader_that_goes_away_while_a_command_prints_is_not_an_error() -> None:
    source = "def bench():\n    for number in range(100_000): print(number)"
    with subprocess.Popen(
        [sys.executable, "-c", _WITH_A_COMMAND, source], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "0\n"
        process.stdout.close()
        assert process.stderr is not None
        errors = process.stderr.read()
    assert (process.returncode, errors) == (ExitCode.DONE, "")
