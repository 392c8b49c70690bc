"""What the cockpit needs from the session beside it: a market, a transport or a line, and who takes orders."""

from typing import Protocol

from engines.execution.commands import Command
from engines.view import MarketView, ViewRequest
from feeds.replay import Step
from qmo_tui.session.landmarks import Sought
from qmo_tui.session.playback import Playing
from qmo_tui.session.readable import Readable


class Transport(Playing, Protocol):
    """The controls of a replay. Times are event times in nanoseconds UTC."""

    def pause(self) -> None:
        """Stop playing after the current matching event."""

    def resume(self) -> None:
        """Play on at the current speed."""

    def set_speed(self, speed: float | None) -> None:
        """Play at a multiple of real time, or as fast as possible."""

    def step(self, unit: Step) -> None:
        """Play one event, second or minute of market time, then pause."""

    def seek(self, ts: int) -> None:
        """Go forward or back to an event time."""

    def repeat(self, loop: tuple[int, int] | None) -> None:
        """Play between two event times again and again, or (None) no more."""


class Desk(Readable, Protocol):
    """A running session, as the cockpit sees it."""

    @property
    def transport(self) -> Transport | None:
        """The controls of the replay; None where none can be turned from here."""

    @property
    def watched(self) -> bool:
        """Whether it runs in another process, which alone can turn its controls."""

    @property
    def read_only(self) -> str:
        """Why nothing can be traded here, in a few words; empty where it can."""

    def seek_next(self, wanted: Sought) -> None:
        """Play on unseen until such a thing is said, and pause there."""

    def press(self, command: Command) -> None:
        """Hand on what a key of trading asked for; what became of it stands in the next view, refusals with why."""

    def toggle_recording(self) -> str:
        """Begin or end a recording of what is live; return what to tell the trader."""

    def view(self, request: ViewRequest) -> MarketView | None:
        """Return the market as it stands, with what the request asks for.

        None while the answer is on its way, which a desk of this process never needs; the first view is there at once.
        """
