"""What can be wrong with a journal; each message is one line that says what to do."""

from qmo_tui.errors import QmoError


class JournalError(QmoError):
    """The journal cannot be read or written: nothing may be sent that it could not keep."""


class JournalBusyError(JournalError):
    """Another program writes it."""


class JournalDamagedError(JournalError):
    """The file is no journal, or no longer a whole one."""


class JournalNewerError(JournalError):
    """A newer version of the program wrote the file."""


class JournalConflictError(JournalError):
    """A fill came a second time with other words: a defect of whoever hands it in, or of a broker."""
