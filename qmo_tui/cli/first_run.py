"""`qmo` where nothing is set up yet: one page that says what can be done at once, what is missing, and how to get it.

It is plain text and single keys, not the cockpit: it must work on any terminal, without colours, and cost nothing where
a key is set.
"""

import os
import shutil
import sys
import termios
import tty
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TextIO

from feeds.databento.key import KEY_VARIABLE
from qmo_tui import paths
from qmo_tui.errors import QmoError, one_line
from qmo_tui.exit_codes import ExitCode

_OFFERED: Final = 9
"""Recordings offered, one a digit."""
_SMALLEST: Final = (80, 24)
_SECOND_LINE: Final = " " * 12
_TITLE: Final = "QMO cockpit: gold futures order flow, order by order"
_CHOICES: Final = (
    ("d", "qmo demo", "a simulated gold market, at once: no account, key or network"),
    ("r", "qmo replay FILE", "a session that was recorded, again with every order"),
    ("y", "QMO_FEED_SOURCE=yahoo qmo", "a delayed gold price without order flow, from Yahoo"),
    ("k", "export DATABENTO_API_KEY=db-...", "the live market, with a key of your own from Databento"),
    ("c", "qmo config init", "a settings file of your own, every setting explained in it"),
    ("q", "", "quit"),
)
"""Each key, the command that does the same, and what both do; without a terminal there are no keys."""
_OF_THE_KEY: Final = f"""\
The live market comes from Databento, order by order, for an account of yours:

  1. Make an account at databento.com and buy live access to CME Globex MDP 3.0
     (GLBX.MDP3). Market by order (mbo) shows everything; with less the cockpit
     shows less and says what is missing.
  2. Copy the API key from the portal: 32 characters that begin with db-.
  3. Put it into the environment, in the shell that starts qmo, and nowhere
     else. No file of this program ever holds it:

       export {KEY_VARIABLE}=db-...

  4. `qmo check` says what the account may see, before the session; then `qmo`.
"""
_NO_RECORDING: Final = """\
There is no recording yet. To make one of a simulated market, and play it:

       qmo simulate --out gold.dbn.zst --minutes 30
       qmo replay gold.dbn.zst

Any DBN file from Databento plays as well. With a key, `qmo --record` records
the live market; recordings are then offered here.
"""


def is_first_run() -> bool:
    """Whether `qmo` lacks what it would need, and there is somebody to be told, or nothing has ever been set up.

    Raises:
        SettingsError: The settings are wrong.
    """
    if os.environ.get(KEY_VARIABLE, "").strip():
        return False
    from qmo_tui.settings import load

    if load().settings.feed.source != "databento":
        return False
    return _on_a_terminal() or not paths.user_config_file().exists()


def greet(*, plain: bool = False) -> int:
    """Show the page and do what is chosen, `plain` without a screen; without a terminal tell it on stderr."""
    from qmo_tui.kept_recordings import kept_recordings, recordings_of
    from qmo_tui.settings import load

    settings = load().settings
    if not _on_a_terminal():
        _tell(page(kept_recordings(recordings_of(settings)), size=None), sys.stderr)
        return ExitCode.USAGE
    _tell(page(kept_recordings(recordings_of(settings)), size=tuple(shutil.get_terminal_size())))
    while True:
        match _ask("Your choice: "):
            case "d":
                return _demo(plain=plain)
            case "r":
                chosen = _choose(kept_recordings(recordings_of(settings)))
                if chosen is not None:
                    return _replay(chosen, plain=plain)
            case "y":
                return _delayed_price(plain=plain)
            case "k":
                _tell(_OF_THE_KEY)
            case "c":
                _write_settings()
            case "q" | "\x04" | "":
                return ExitCode.DONE
            case _:
                _tell(_menu())


def page(recordings: Sequence[Path], size: tuple[int, ...] | None) -> str:
    """Return the page: what can be done, and what is missing; `size` is the terminal's, columns and rows."""
    return "\n".join(
        (
            _TITLE,
            "",
            "There is no Databento key, so there is no live market yet. What there is:",
            "",
            _commands() if size is None else _menu(),
            "What is set up so far:",
            f"  key       {KEY_VARIABLE} is not set",
            *_settings_line(),
            *_recordings_line(recordings),
            *_terminal_line(size),
            "",
        )
    )


def _menu() -> str:
    return "".join(f"  {key}  {text}\n" for key, _, text in _CHOICES)


def _commands() -> str:
    return "".join(f"  {command:33}{text}\n" for _, command, text in _CHOICES if command)


def _settings_line() -> tuple[str, ...]:
    file = paths.user_config_file()
    told = "your own, besides the packaged ones:" if file.exists() else "the packaged ones; yours would be"
    return (f"  settings  {told}", f"{_SECOND_LINE}{file}")


def _recordings_line(recordings: Sequence[Path]) -> tuple[str, ...]:
    if not recordings:
        return ("  replay    no recording yet: `qmo simulate` and `qmo --record` make some",)
    return (
        f"  replay    {len(recordings)} recorded, the newest",
        f"{_SECOND_LINE}{one_line(recordings[0].name)}",
    )


def _terminal_line(size: tuple[int, ...] | None) -> tuple[str, ...]:
    if size is None:
        return ("  terminal  none: the cockpit needs one; --plain prints lines without one",)
    if size[0] < _SMALLEST[0] or size[1] < _SMALLEST[1]:
        return (f"  terminal  {size[0]}x{size[1]} is too small: the cockpit needs 80x24",)
    return ()


def _on_a_terminal() -> bool:
    return all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def _tell(text: str, stream: TextIO | None = None) -> None:
    print(text, file=stream, flush=True)


def _ask(question: str) -> str:
    """Return the next key that is pressed, in lower case; empty where the terminal is gone."""
    print(question, end="", flush=True)  # noqa: T201 - the question
    keys = sys.stdin.fileno()
    before = termios.tcgetattr(keys)
    try:
        tty.setcbreak(keys)
        pressed = os.read(keys, 16).decode(errors="replace").lower()
    finally:
        termios.tcsetattr(keys, termios.TCSADRAIN, before)
    shown = pressed if len(pressed) == 1 and pressed.isprintable() else ""
    print(shown, end="\n\n", flush=True)  # noqa: T201 - cbreak does not echo
    # Keys that send several characters, such as arrows, mean nothing here.
    return pressed if len(pressed) == 1 or not pressed else "?"


def _choose(recordings: Sequence[Path]) -> Path | None:
    """Let a recording be chosen by its digit; None for none."""
    if not recordings:
        _tell(_NO_RECORDING)
        return None
    offered = recordings[:_OFFERED]
    lines = [f"  {number}  {_size(path):>9}  {one_line(path.name)}" for number, path in enumerate(offered, 1)]
    more = len(recordings) - len(offered)
    lines += [f"  and {more} more in {offered[0].parent}: `qmo replay FILE`"] if more else []
    _tell("\n".join(["Recordings, the newest first:", "", *lines, ""]))
    pressed = _ask("Its number, anything else goes back: ")
    if pressed.isdecimal() and 1 <= int(pressed) <= len(offered):
        return offered[int(pressed) - 1]
    _tell(_menu())
    return None


def _size(path: Path) -> str:
    try:
        return f"{path.stat().st_size / 1_000_000:,.1f} MB"
    except OSError:
        return "--"


def _write_settings() -> None:
    from qmo_tui.cli.config import init

    try:
        init()
    except QmoError as error:
        _tell(f"{one_line(str(error))}\n")
    else:
        _tell("is written: every setting is in it, commented out. Open it in an editor.\n")


def _demo(*, plain: bool) -> int:
    from qmo_tui.cli.demo import demo

    return demo(plain=plain)


def _replay(recording: Path, *, plain: bool) -> int:
    from qmo_tui.cli.replay import replay

    return replay([recording], plain=plain)


def _delayed_price(*, plain: bool) -> int:
    from qmo_tui.cli.live import live

    # What somebody would type before `qmo`; the settings are read again where they are needed.
    os.environ["QMO_FEED_SOURCE"] = "yahoo"
    return live(plain=plain)
