"""Why a live source cannot go on, in families that decide what the program does about it.

Each message is one line that says what, where and what to do. What a source can get over by itself (a broken line, a
busy gateway) is no error but a change of its state.
"""


class SourceError(Exception):
    """A live source cannot be had."""


class CannotConnect(SourceError):  # noqa: N818 - the names say what is wrong, as those of feeds.dbn.errors do
    """Nobody answers there, or not as expected, or not in time; another attempt may succeed."""


class KeyRefused(SourceError):  # noqa: N818
    """The key is no key, is wrong, was revoked, or its account is closed: no further attempt with it succeeds."""


class NotEntitled(SourceError):  # noqa: N818
    """The account may see nothing of what was asked for."""


class UnknownSymbol(SourceError):  # noqa: N818
    """There is no such contract."""
