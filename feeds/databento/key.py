"""The API key: kept out of everything that is written, shown or raised."""

import re
from typing import Final, NoReturn

from feeds.errors import KeyRefused

KEY_VARIABLE: Final = "DATABENTO_API_KEY"
"""The environment variable that holds it."""
_WELL_FORMED: Final = re.compile(r"db-[A-Za-z0-9]{29}")
_ANYWHERE: Final = re.compile(r"db-[A-Za-z0-9]{8,}")
_HIDDEN: Final = "db-***"


class ApiKey:
    """A well-formed Databento key, which tells itself only to whoever asks by name."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Take a key as a person pastes it.

        Raises:
            KeyRefused: It has not the form of one; the message does not repeat it.
        """
        stripped = text.strip()
        if not _WELL_FORMED.fullmatch(stripped):
            raise KeyRefused(
                "the Databento API key is not well formed: it must be 32 characters that begin with db-, and this has "
                f"{len(stripped)}; copy it again from the portal into DATABENTO_API_KEY"
            )
        self._text = stripped

    def reveal(self) -> str:
        """Return the key itself, for the handshake alone."""
        return self._text

    def __repr__(self) -> str:
        return f"ApiKey({_HIDDEN})"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("an API key is not written down")


def without_keys(text: str) -> str:
    """Return a text of the gateway's with whatever looks like a key taken out."""
    return _ANYWHERE.sub(_HIDDEN, text)
