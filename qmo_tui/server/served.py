"""What the server sees of a session: all that can be read, and nothing that can be pressed."""

from typing import Protocol

from engines.view import MarketView, ViewRequest
from qmo_tui.session.readable import Readable


class Served(Readable, Protocol):
    """A running session, read-only; both sessions are one."""

    def view(self, request: ViewRequest) -> MarketView:
        """Return the market as it stands, with what the request asks for."""
