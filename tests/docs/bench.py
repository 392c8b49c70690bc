"""The folder of a reader who does what a page says: commands run there in its order, each the cheapest true way."""

import contextlib
import importlib.util
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Self

import pytest

from qmo_tui.cli import run
from tests.docs.command_line import lacks_a_value, options_of
from tests.docs.commands import Command
from tests.docs.pages import REPOSITORY
from tests.docs.shown import KEY, as_run, why_not_run
from tests.qmo_tui.command import PATIENCE_SECONDS, QMO, heed_interrupts
from tests.qmo_tui.pseudo_terminal import Terminal

BADGES: Final = ("DEMO", "REPLAY", "LIVE", "CONNECTING", "RECONNECTING", "CONTEXT")
FIRST_PAGE: Final = ("no Databento key",)
_SHELL: Final = re.compile(r"[|;&$<>~]")
_ALREADY_OPENED: Final[set[tuple[str, ...]]] = set()
"""Cockpits that another page has opened with the same words, but for numbers: one look at each is enough."""


class Bench:
    """The folder, its variables, and what runs beside the page's next commands."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, market: Sequence[Path]) -> None:
        """Begin in a folder; `market` are the recordings that are served where a page wants the live market."""
        self._folder = folder
        self._market = market
        self._patch = patch
        self._beside = contextlib.ExitStack()
        self._port = ""

    def __enter__(self) -> Self:
        self._patch.chdir(self._folder)
        # What a page installs for its reader's shell goes here, and never into that of whoever runs the tests.
        self._patch.setenv("HOME", str(self._folder))
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
            self._patch.delenv(name, raising=False)
        self._patch.setenv("PATH", f"{QMO.parent}{os.pathsep}{os.environ['PATH']}")
        return self

    def __exit__(self, *_: object) -> None:
        self._beside.close()

    def does(self, command: Command) -> None:
        """Run a command as written, or check it the way that its reason says.

        Raises:
            AssertionError: It does not work.
        """
        if command.is_name:
            _know(command.words[1:])
        elif command.is_abridged or (command.inline and lacks_a_value(command.words)):
            _know_options(command)
        elif why_not_run(command.text) is not None:
            _look_up(command)
        else:
            self._run(as_run(command.text).replace("PORT", self._port or "PORT"))

    def _run(self, text: str) -> None:
        if text.startswith("export "):
            name, _, value = text.removeprefix("export ").partition("=")
            self._patch.setenv(name, value)
        elif " && " in text and "\n" not in text:
            for part in text.split(" && "):
                self._run(part)
        elif text.endswith("-completion"):
            _shell(f"{text}\n:")  # it asks which shell it was typed in, so that one has to stay while it runs
        elif _SHELL.search(text) or not re.match(r"(\w+=\S+ )*(\.venv/bin/)?qmo\b", text):
            _shell(text)
        else:
            self._qmo(text)

    def _qmo(self, text: str) -> None:
        words = shlex.split(text)
        with pytest.MonkeyPatch.context() as patch:
            while "=" in words[0]:
                patch.setenv(*words.pop(0).split("=", 1))
            arguments = [one for word in words[1:] for one in self._named(word)]
            if not arguments and "DATABENTO_API_KEY" not in os.environ:
                _open(arguments, FIRST_PAGE)
                return
            if _asks_the_market(arguments):
                self._need_a_market()
            if _tells_lines(arguments):
                with _ends_when_interrupted(arguments) as process:
                    assert process.stdout is not None
                    assert process.stdout.readline(), text
            elif _runs_on(arguments):
                self._begin(arguments)
            elif _opens_the_cockpit(arguments):
                _open(arguments, BADGES)
            else:
                assert _ends(arguments) == 0, text

    def _named(self, word: str) -> list[str]:
        """Return what a shell makes of a word: the files of a pattern, else the word."""
        return (
            sorted(str(path.relative_to(self._folder)) for path in self._folder.glob(word)) if "*" in word else [word]
        )

    def _need_a_market(self) -> None:
        """Give commands that ask Databento a gateway of our own, with orders as they come now."""
        if "QMO_DATABENTO_GATEWAY" not in os.environ:
            self._begin(["gateway", *map(str, self._market), "--restamp"])
            self._patch.setenv("QMO_DATABENTO_GATEWAY", f"127.0.0.1:{self._port}")
            self._patch.setenv("QMO_FEED_CONTEXT", "false")
        if "DATABENTO_API_KEY" not in os.environ:
            self._patch.setenv("DATABENTO_API_KEY", KEY)

    def _begin(self, arguments: list[str]) -> None:
        """Start what runs until it is interrupted, once it has said its first line; it ends with the page."""
        process = self._beside.enter_context(_ends_when_interrupted(arguments))
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, arguments
        port = re.search(r"127\.0\.0\.1:(\d+)|\"port\":\s*(\d+)", line)
        self._port = (port[1] or port[2]) if port else self._port


def _asks_the_market(arguments: list[str]) -> bool:
    return not arguments or arguments[0] in {"check", "record", "--record", "--plain", "--serve"}


def _runs_on(arguments: list[str]) -> bool:
    """Tell whether it runs until somebody ends it, without a screen."""
    match arguments:
        case ["gateway" | "serve" | "--record", *_]:
            return True
        case ["record", *_]:
            return "--for" not in arguments
        case _:
            return False


def _tells_lines(arguments: list[str]) -> bool:
    return "--plain" in arguments and "max" not in arguments


def _opens_the_cockpit(arguments: list[str]) -> bool:
    if {"--headless", "--plain", "--help", "--version"} & set(arguments):
        return False
    return not arguments or arguments[0] in {"demo", "replay", "watch", "--serve"}


def _ends(arguments: list[str]) -> int:
    """Return the exit code of a command, as a shell would have it."""
    try:
        return run(arguments)
    except SystemExit as leaving:
        return int(leaving.code or 0)


def _know(words: list[str]) -> None:
    """Check that `qmo` has a command of these words."""
    assert run([*words, "--help"]) == 0, words


def _know_options(command: Command) -> None:
    """Check the options of a form that is shown in part."""
    words = command.words
    assert words[0] == "qmo", words
    known = set(options_of(words[1]))
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known, words


def _look_up(command: Command) -> None:
    """Check what a command names without running it: tests, a target of make, a module."""
    match command.words:
        case ["pytest", *words]:
            _find_tests(words)
        case ["make", *words]:
            made = subprocess.run(
                ["make", "--dry-run", "-C", str(REPOSITORY), *words], capture_output=True, text=True, check=False
            )
            assert made.returncode == 0, made.stderr
        case ["python", "-m", module, *_]:
            assert importlib.util.find_spec(module) is not None, module
        case ["source", script]:
            assert (QMO.parent / Path(script).name).is_file(), script
        case _:
            pass


def _find_tests(words: list[str]) -> None:
    paths = [REPOSITORY / word for word in words if word.startswith("tests/")]
    assert paths, words
    assert [path for path in paths if not path.exists()] == []
    if "-k" in words:
        wanted = words[words.index("-k") + 1]
        files = [file for path in paths for file in ([path] if path.is_file() else path.rglob("test_*.py"))]
        assert any(re.search(rf"def test_\w*{wanted}", file.read_text(encoding="utf-8")) for file in files), words


def _shell(text: str) -> None:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text], capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )
    assert done.returncode == 0, f"{text}\n{done.stderr}"


def _open(arguments: list[str], shown: tuple[str, ...]) -> None:
    """Open a cockpit in a terminal, wait for its badge (or another text that it begins with), and quit."""
    form = (*(one for one in arguments if not re.fullmatch(r"[\d.:T-]+", one)), *shown)
    if form in _ALREADY_OPENED:
        return
    terminal = Terminal(arguments, (100, 30))
    try:
        terminal.until(*shown)
        terminal.press("q")
        assert terminal.exit_code() == 0, arguments
    finally:
        terminal.close()
    _ALREADY_OPENED.add(form)


@contextlib.contextmanager
def _ends_when_interrupted(arguments: list[str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [str(QMO), *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=heed_interrupts
    )
    try:
        yield process
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 130, arguments
    finally:
        process.kill()
        process.communicate()
