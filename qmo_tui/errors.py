"""Errors a trader is told about in one line, and the exit code each of them ends the command with."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from qmo_tui.exit_codes import ExitCode

_FAMILIES: Final[Mapping[str, ExitCode]] = MappingProxyType(
    {
        "feeds.databento.history_errors.BrokenAnswer": ExitCode.UNREADABLE,
        "feeds.databento.history_errors.RequestRefused": ExitCode.USAGE,
        "feeds.databento.history_errors.TooDear": ExitCode.USAGE,
        "feeds.dbn.errors.DbnError": ExitCode.UNREADABLE,
        "feeds.errors.CannotConnect": ExitCode.CONNECTION,
        "feeds.errors.KeyRefused": ExitCode.CONNECTION,
        "feeds.errors.NotEntitled": ExitCode.NOT_ENTITLED,
        "feeds.errors.UnknownSymbol": ExitCode.USAGE,
        "feeds.instrument.InstrumentError": ExitCode.USAGE,
        "qmo_tui.cockpit.keymap.KeymapError": ExitCode.USAGE,
        "qmo_tui.cockpit.theme_files.ThemeError": ExitCode.USAGE,
    }
)
"""Exception families of rooms that know nothing of exit codes, by name: importing them here would cost NumPy."""


class QmoError(Exception):
    """An expected error: its message says what is wrong, where, and what to do, in one sentence.

    Attributes:
        exit_code: What the command ends with.
    """

    def __init__(self, message: str, exit_code: ExitCode = ExitCode.USAGE) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def exit_code_of(error: BaseException) -> ExitCode | None:
    """Return the exit code of an expected error, or None where the error is a defect."""
    if isinstance(error, QmoError):
        return error.exit_code
    names = (f"{family.__module__}.{family.__qualname__}" for family in type(error).__mro__)
    return next((_FAMILIES[name] for name in names if name in _FAMILIES), None)


def lines_of(error: BaseException) -> tuple[str, ...]:
    """Return what is wrong: one message, or where several things are at once, one for each (its `faults`)."""
    faults: tuple[str, ...] = getattr(error, "faults", ())
    return faults or (str(error),)


def one_line(message: str) -> str:
    """Return the message as one line that is safe on a terminal.

    Line breaks and runs of blanks become one blank; other control characters, which a file name may carry, become `?`.
    """
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(message.split()))
