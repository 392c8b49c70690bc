"""`qmo check`: what a session would find, before it is needed: key, line, access, contract, clock, disk, terminal."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qmo_tui.errors import QmoError, one_line

if TYPE_CHECKING:
    from qmo_tui.checking.checking import Report
    from qmo_tui.settings import Settings


def check(*, json: Annotated[bool, typer.Option("--json", help="Print one JSON object for scripts.")] = False) -> None:
    """Check key, connection, access to each schema, contract, clock, disk, terminal, log. It takes some seconds."""
    from feeds.databento.key import without_keys
    from qmo_tui.checking.report import as_object, text

    settings = _settings(json=json)
    report = _checked(settings)
    if json:
        _print_json(as_object(report))
    else:
        # A key may have been pasted where an address or a symbol belongs.
        sys.stdout.write(without_keys(text(report, settings.cockpit.time_zone)))
    sys.stdout.flush()
    if report.trouble is not None:
        raise QmoError(report.trouble.text, report.trouble.exit_code)


def _settings(*, json: bool) -> "Settings":
    """Load the settings; where they are wrong, tell scripts too.

    Raises:
        SettingsError: They are wrong.
    """
    from qmo_tui.settings import SettingsError, load

    try:
        return load().settings
    except SettingsError as error:
        if json:
            _print_json({"ok": False, "exit_code": int(error.exit_code), "error": one_line(str(error))})
        raise


def _checked(settings: "Settings") -> "Report":
    import asyncio
    import time

    from rich.console import Console

    from qmo_tui.checking.checking import check as find_out
    from qmo_tui.checking.terminal import look_at_terminal

    terminal = look_at_terminal(os.environ, colours=Console(force_terminal=True).color_system)
    with _progress() as tell:
        return asyncio.run(find_out(settings, os.environ, terminal, clock=time.time_ns, tell=tell))


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Give a function that shows on stderr, where that is a terminal, what is being done; it leaves nothing there."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return

    def tell(doing: str) -> None:
        print(f"\r\x1b[K{one_line(doing)} ...", end="", file=sys.stderr, flush=True)  # noqa: T201 - progress

    try:
        yield tell
    finally:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)  # noqa: T201 - as above


def _print_json(told: dict[str, Any]) -> None:
    import msgspec

    from feeds.databento.key import without_keys

    sys.stdout.write(without_keys(msgspec.json.encode(told).decode()) + "\n")
    sys.stdout.flush()
