"""A session of another process under a screen: the newest answer is shown, and never passes for newer than it is."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from engines.execution.commands import Command
from engines.view import MarketView, ViewRequest
from feeds.states import FeedChange, FeedState
from qmo_tui.errors import QmoError
from qmo_tui.remote.connection import Address, Connection, ServingError, connected
from qmo_tui.session.glance import Glance
from qmo_tui.session.landmarks import Sought
from qmo_tui.session.line import Line
from qmo_tui.session.playback import Playback

_SECOND_NS: Final = 1_000_000_000
SILENT_NS: Final = 2 * _SECOND_NS
"""An answer that takes longer is told: what is shown is old."""
_SHOWN_NS: Final = 100_000_000
"""Resolution of ages on the screen; a finer one would repaint it for nothing."""
_RETRY_SECONDS: Final = 1.0
_CHANGES_KEPT: Final = 20
_NAME: Final = "the serving program"
"""What the screen calls the source of its pictures."""


class RemoteSession:
    """What a screen looks at: the desk of another process, read-only.

    Attributes:
        transport: None: a replay is played where it is served.
        watched: True: all of its controls are in the other process.
        read_only: Why nothing can be traded here.
        failure: None: what goes wrong is told on the screen, which stays and connects again.
    """

    transport: None = None
    watched = True
    failure: None = None
    read_only = "read-only screen: trade where it is served"

    def __init__(
        self, address: Callable[[], Address], first: Glance, wall_clock: Callable[[], int] = time.time_ns
    ) -> None:
        """Begin with an answer that has come already.

        Args:
            address: Tells where to ask; asked again for each connection, since a new start has a new token.
            first: The answer.
            wall_clock: Nanoseconds UTC.
        """
        self._address = address
        self._wall_clock = wall_clock
        self._glance = first
        self._answers: ViewRequest | None = None
        self._request = ViewRequest()
        self._wanted = asyncio.Event()
        self._answered = wall_clock()
        self._asked: int | None = None
        self._lost: FeedChange | None = None
        self._losses: deque[FeedChange] = deque(maxlen=_CHANGES_KEPT)
        self._interruptions = 0

    # ------------------------------------------------------------------------------------------ what a screen asks

    def view(self, request: ViewRequest) -> MarketView | None:
        """Return the newest answer to a request; None while the first answer to it is on its way."""
        self._request = request
        self._wanted.set()
        is_first = self._answers is None
        return self._glance.view if is_first or self._answers == request else None

    def press(self, command: Command) -> None:
        """Drop what a key of trading asked for: `read_only` has told why."""

    def seek_next(self, wanted: Sought) -> None:
        """Do nothing: a replay is sought where it is served."""

    def toggle_recording(self) -> str:
        """Say where that is done."""
        return "read-only screen: a recording begins and ends where it is served"

    @property
    def source(self) -> str:
        """File names or feed address."""
        return self._glance.source

    @property
    def playback(self) -> Playback | None:
        """Where a replay stood when it was last heard of."""
        return self._glance.playback

    @property
    def error(self) -> str | None:
        """Why the feed ended, as the serving process says."""
        return self._glance.error

    @property
    def records_per_second(self) -> float:
        """Measured over the last second there; none come from what does not answer."""
        return self._glance.records_per_second if self._trouble is None else 0.0

    @property
    def notes(self) -> tuple[str, ...]:
        """Lasting remarks about the data, and before them that they are old."""
        trouble = self._trouble
        return self._glance.notes if trouble is None else (f"OLD PICTURE: {trouble.reason}", *self._glance.notes)

    @property
    def line(self) -> Line | None:
        """How the line to the market stands there; while this screen is cut off from there, that it is."""
        trouble, told = self._trouble, self._glance.line
        now = self._wall_clock() // _SHOWN_NS * _SHOWN_NS
        if trouble is None:
            return None if told is None else replace(told, now=max(told.now, now))
        line = told or Line(heard=self._answered)
        return replace(
            line,
            state=trouble.state,
            source=trouble.source,
            reason=trouble.reason,
            since=trouble.at,
            now=max(line.now, now),
            interruptions=line.interruptions + self._interruptions,
            changes=(*line.changes, *self._losses),
        )

    @property
    def _trouble(self) -> FeedChange | None:
        """What keeps this screen from the newest picture."""
        if self._lost is not None or self._asked is None or self._wall_clock() - self._asked < SILENT_NS:
            return self._lost
        return FeedChange(FeedState.STALE, _NAME, "it does not answer", self._asked)

    # ---------------------------------------------------------------------------------------------- how it is asked

    async def run(self) -> None:
        """Ask for what the screen wants until cancelled, and connect again where the connection is lost."""
        while True:
            try:
                async with connected(self._address()) as connection:
                    await self._follow(connection)
            except QmoError as lost:
                self._lose(str(lost))
            await asyncio.sleep(_RETRY_SECONDS)

    async def _follow(self, connection: Connection) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            request, self._asked = self._request, self._wall_clock()
            self._take(request, await connection.ask(request))

    def _take(self, request: ViewRequest, glance: Glance) -> None:
        if (glance.playback is None) != (self._glance.playback is None):
            raise ServingError("another market is served now: open this screen again")
        self._glance, self._answers = glance, request
        self._answered, self._asked, self._lost = self._wall_clock(), None, None

    def _lose(self, reason: str) -> None:
        self._asked = None
        if self._lost is None:
            self._interruptions += 1
        if self._lost is None or self._lost.reason != reason:
            self._lost = FeedChange(FeedState.RECONNECTING, _NAME, reason, self._wall_clock())
            self._losses.append(self._lost)


async def first_glance(address: Address) -> Glance:
    """Return what is served at an address, without anything that takes room on a screen.

    Raises:
        ServingError: Nothing is, or it does not let this program look.
    """
    async with connected(address) as connection:
        return await connection.ask(ViewRequest())
