"""What can be wrong with a DBN file; each message is one line that says what and where."""


class DbnError(Exception):
    """Data that cannot be read as DBN."""


class NotDbn(DbnError):  # noqa: N818 - the name says what is wrong; a suffix would only repeat the base class
    """The data does not begin like DBN, or ends inside its header."""


class UnsupportedDbn(DbnError):  # noqa: N818
    """DBN of a version this program does not know."""


class CorruptDbn(DbnError):  # noqa: N818
    """DBN that began well and then broke: everything before the break has been handed on."""
