"""How the line to the market stands: what the screen, the status line and scripts are told of it."""

from dataclasses import dataclass

from feeds.states import FeedChange, FeedState


@dataclass(frozen=True, slots=True)
class Line:
    """The line at one moment. Times are the wall clock's, ns UTC.

    Attributes:
        state: How far the data can be trusted to be the market of this moment.
        source: Which source is heard, in words.
        reason: Why the state is what it is.
        since: When it became so; None before the first change.
        heard: When the last record came, or the time of the price that stands in; None before the first.
        now: The moment this was read.
        interruptions: Times records may have been lost since the start.
        recording: What is being recorded, in a few words; None while nothing is.
        changes: The newest changes, oldest first.
    """

    state: FeedState = FeedState.CONNECTING
    source: str = ""
    reason: str = ""
    since: int | None = None
    heard: int | None = None
    now: int = 0
    interruptions: int = 0
    recording: str | None = None
    changes: tuple[FeedChange, ...] = ()

    @property
    def silence(self) -> int | None:
        """Nanoseconds since the last record came; None before the first."""
        return None if self.heard is None else max(0, self.now - self.heard)
