"""The secret that every request carries."""

import os
import re
import secrets
from collections.abc import Mapping
from typing import Final

from qmo_tui.errors import QmoError

TOKEN_VARIABLE: Final = "QMO_SERVE_TOKEN"  # noqa: S105 - the name of a variable
_BYTES: Final = 32
_WELL_FORMED: Final = re.compile(r"[A-Za-z0-9._~-]{16,128}")
"""What stands in a header and in an address without being escaped."""


class Token:
    """A secret that is compared in constant time, and never shown by accident.

    Attributes:
        text: The secret, for whoever is entitled to it.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def matches(self, presented: str) -> bool:
        """Whether somebody presented this token; takes as long whichever letter is wrong."""
        return secrets.compare_digest(presented.encode(errors="replace"), self.text.encode())

    def __repr__(self) -> str:
        return "Token(...)"


def token_of(environment: Mapping[str, str] = os.environ) -> Token:
    """Return the token that the environment names, else a new one.

    Raises:
        QmoError: The one in the environment is too short or holds other letters; the message does not repeat it.
    """
    named = environment.get(TOKEN_VARIABLE, "")
    if not named:
        return Token(secrets.token_urlsafe(_BYTES))
    if not _WELL_FORMED.fullmatch(named):
        raise QmoError(f"{TOKEN_VARIABLE} is no token: give 16 to 128 letters, digits, and any of - . _ ~")
    return Token(named)
