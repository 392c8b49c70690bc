"""What can be read of a session beside its market, by a screen as by a server."""

from typing import Protocol

from qmo_tui.session.line import Line
from qmo_tui.session.playback import Playback


class Readable(Protocol):
    """Where a running session stands; nothing here can be pressed."""

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
        """Lasting remarks about the data, such as bytes that were ignored."""
