"""What the `qmo` command tells the shell when it ends."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every `qmo` command; scripts rely on them."""

    DONE = 0
    """The command did what was asked, or the reader of its output went away."""
    UNEXPECTED = 1
    """A defect: the traceback is in the log file that the error line names."""
    USAGE = 2
    """The command line or a setting is wrong, or a cockpit was asked for without a terminal."""
    CONNECTION = 3
    """A server could not be reached or did not accept the key."""
    UNREADABLE = 4
    """The data cannot be read, or is of a kind this program does not support."""
    NOT_ENTITLED = 5
    """The account does not include the data that was asked for."""
    INTERRUPTED = 130
    """Ctrl-C."""
