"""What the server sees of a session: all that can be read, and nothing that can be pressed."""

from typing import Protocol

from engines.view import MarketView, ViewRequest
from qmo_tui.session.line import Line
from qmo_tui.session.playback import Playback


class Served(Protocol):
    """A running session, read-only; both sessions are one."""

    @property
    def source(self) -> str:
        """File names or feed address."""

    @property
    def playback(self) -> Playback | None:
        """Where a replay stands; None where the present is shown."""

    @property
    def line(self) -> Line | None:
        """How the line to the market stands; None in a replay."""

    @property
    def records_per_second(self) -> float:
        """Measured over the last second."""

    @property
    def error(self) -> str | None:
        """Why the feed ended, in one line; None while nothing is wrong."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Lasting remarks about the data."""

    def view(self, request: ViewRequest) -> MarketView:
        """Return the market as it stands, with what the request asks for."""
