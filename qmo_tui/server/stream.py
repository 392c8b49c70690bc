"""The event log as a stream: every line as it is written, numbered, to any number of programs.

A line costs the session one entry in `KeptLines`, however many follow: there is no queue a client, each only knows the
number it has come to. Lines go out a few times a second, several to a message, the same bytes to all who ask for the
same. Whoever takes nothing for too long, or falls behind what is kept, is dropped and can come back with the number
that it has come to.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Set
from typing import Final

import msgspec

from engines.events import Event
from qmo_tui import __version__
from qmo_tui.server.answers import StreamStand
from qmo_tui.server.kept_lines import KeptLines

PACE_SECONDS: Final = 0.05
"""Lines wait so long for others to go out with."""
MESSAGE_BYTES: Final = 65_536
"""Most bytes of one message, unless one line is longer."""
_MESSAGES_SHARED: Final = 16
"""Messages kept for whoever asks for the same."""
_MEGABYTE: Final = 1_000_000


class Hello(msgspec.Struct, frozen=True, tag_field="kind", tag="hello", kw_only=True):
    """First line to every client.

    Attributes:
        stream: Of this start of the program; with other ones sequence numbers mean nothing.
        first: Sequence number of the oldest line that is kept.
        next: Sequence number that the next line will have.
    """

    stream: str
    first: int
    next: int
    version: str


class Missing(msgspec.Struct, frozen=True, tag_field="kind", tag="missing", kw_only=True):
    """Lines that were asked for and cannot be had.

    Attributes:
        from_number: First of them; null where it is not known.
        to_number: Last of them; null where it is not known.
        reason: Why, in words.
    """

    from_number: int | None = msgspec.field(name="from")
    to_number: int | None = msgspec.field(name="to")
    reason: str


class Heartbeat(msgspec.Struct, frozen=True, tag_field="kind", tag="heartbeat", kw_only=True):
    """Said where nothing else is; `at` is the wall clock (ns UTC), `next` the number that the next line will have."""

    at: int
    next: int


class Restarted(msgspec.Struct, frozen=True, tag_field="kind", tag="restarted", kw_only=True):
    """The log begins anew, since a replay went back: what came before it is to be forgotten.

    Attributes:
        ts: Event time of the last line before; null where there was none.
    """

    ts: int | None


class Ended(msgspec.Struct, frozen=True, tag_field="kind", tag="ended", kw_only=True):
    """Last line: the session is over.

    Attributes:
        ts: Event time of the last line before; null where there was none.
        reason: Why, in words.
    """

    ts: int | None
    reason: str


class EventStream:
    """Hears an event log (`session.event_log.EventListener`), and lets others follow it.

    Attributes:
        id: Of this start of the program.
        lines: What is kept.
        clients: How many follow.
        dropped: How many were dropped.
        ended: No line will come any more.
    """

    def __init__(self, kept_megabytes: int, wall_clock: Callable[[], int] = time.time_ns) -> None:
        self.id = secrets.token_hex(8)
        self.lines = KeptLines(kept_megabytes * _MEGABYTE)
        self.clients = 0
        self.dropped = 0
        self.ended = False
        self._wall_clock = wall_clock
        self._newest: int | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._waking: asyncio.TimerHandle | None = None
        self._messages: dict[tuple[int, Set[str] | None], tuple[bytes, int]] = {}

    # ------------------------------------------------------------------------------------------------ what is said

    def hear(self, event: Event, line: bytes) -> None:
        """Take a line of the event log."""
        self._newest = event.ts
        self.lines.add(str(event.__struct_config__.tag), line)
        self._wake_soon()

    def restart(self) -> None:
        """Hear that the log begins anew."""
        self._say(Restarted(ts=self._newest))
        self._newest = None

    def end(self, reason: str) -> None:
        """Say that the session is over; a second time says nothing."""
        if not self.ended:
            self._say(Ended(ts=self._newest, reason=reason))
            self.ended = True
            self._wake()

    def _say(self, word: Restarted | Ended) -> None:
        self.lines.add(str(word.__struct_config__.tag), msgspec.json.encode(word))
        self._wake_soon()

    # ------------------------------------------------------------------------------------------------ who follows

    @property
    def stand(self) -> StreamStand:
        """How it stands."""
        return StreamStand(
            id=self.id, first=self.lines.first, next=self.lines.next, clients=self.clients, dropped=self.dropped
        )

    @property
    def hello(self) -> Hello:
        """The first line to a client that comes now."""
        return Hello(stream=self.id, first=self.lines.first, next=self.lines.next, version=__version__)

    @property
    def heartbeat(self) -> Heartbeat:
        """What is said where nothing else is."""
        return Heartbeat(at=self._wall_clock(), next=self.lines.next)

    def begin(self, after: int | None, stream: str | None) -> tuple[int, Missing | None]:
        """Return the number that a client goes on from, and what it cannot have of what it asked for.

        Args:
            after: The last number that it has; None for what comes from now on.
            stream: The stream that it had it from, where it says so.
        """
        lines = self.lines
        if after is None:
            return lines.next, None
        if (stream is not None and stream != self.id) or after >= lines.next:
            why = f"line {after} is of another start of the program: this one kept its lines from {lines.first} on"
            return lines.first, Missing(from_number=None, to_number=None, reason=why)
        if after + 1 < lines.first:
            why = "they are kept no more (setting server.kept_megabytes)"
            return lines.first, Missing(from_number=after + 1, to_number=lines.first - 1, reason=why)
        return after + 1, None

    def message(self, number: int, kinds: Set[str] | None) -> tuple[bytes, int]:
        """Return the lines from a number on that go into one message, and the number to go on from."""
        key = number, kinds
        found = self._messages.get(key)
        if found is None:
            if len(self._messages) == _MESSAGES_SHARED:
                self._messages.clear()
            found = self._messages[key] = self.lines.since(number, kinds, MESSAGE_BYTES)
        return found

    async def news(self) -> None:
        """Wait until there are lines that were not there before."""
        if self._waiting is None:
            self._waiting = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._waiting)

    def _wake_soon(self) -> None:
        self._messages.clear()
        if self._waiting is not None and self._waking is None:
            self._waking = self._waiting.get_loop().call_later(PACE_SECONDS, self._wake)

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, None
        waking, self._waking = self._waking, None
        if waking is not None:
            waking.cancel()
        if waiting is not None and not waiting.done():
            waiting.set_result(None)
