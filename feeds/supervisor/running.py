"""Sources that run beside each other and meet in one queue, in the order in which things happen."""

import asyncio
from collections import deque
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, TypeAlias

from feeds.records import Batch
from feeds.states import FeedItem, LiveSource

_HANDED_OUT: Final = 512 * 1024
"""Record bytes handed out at once; then the event loop gets its turn."""
_PATIENCE_SECONDS: Final = 10.0
"""For a source that was closed to end by itself."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A source has ended; `error` says why, or is None where it just did."""

    error: Exception | None


Letter: TypeAlias = "tuple[Running, FeedItem | Ended]"
"""What came, and from which source."""


class Mailbox:
    """Items of several sources in the order of their arrival; a source waits where too many bytes do."""

    def __init__(self, most_bytes: int) -> None:
        """Let so many record bytes wait."""
        self._most = most_bytes
        self._letters: deque[Letter] = deque()
        self._bytes = 0
        self._news = asyncio.Event()
        self._room = asyncio.Event()

    async def put(self, sender: "Running", item: FeedItem | Ended) -> None:
        """Add an item; wait first while there is no room, unless its sender is being stopped."""
        while self._bytes > self._most and not sender.is_stopping:
            self._room.clear()
            await self._room.wait()
        self._letters.append((sender, item))
        self._bytes += _size(item)
        self._news.set()

    def wake(self) -> None:
        """Let everybody who waits look again."""
        self._news.set()
        self._room.set()

    async def take(self, seconds: float) -> list[Letter]:
        """Return what has come, at most a little at once; nothing if `seconds` pass before."""
        if self._letters:
            await asyncio.sleep(0)
        else:
            self._news.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._news.wait()
            except TimeoutError:
                return []
        taken: list[Letter] = []
        size = 0
        while self._letters and size < _HANDED_OUT:
            letter = self._letters.popleft()
            taken.append(letter)
            size += _size(letter[1])
        self._bytes -= size
        self._room.set()
        return taken


class Running:
    """A source that runs: its task moves what it yields into the mailbox, and its end last.

    Attributes:
        source: The source itself.
        is_primary: Whether it is the source of the order flow, or the one that stands in.
        is_stopping: Whether it has been told to end.
    """

    def __init__(self, source: LiveSource, mailbox: Mailbox, *, is_primary: bool) -> None:
        """Begin at once."""
        self.source = source
        self.is_primary = is_primary
        self.is_stopping = False
        self._mailbox = mailbox
        self._task = asyncio.create_task(self._run(), name=f"feed {source.name}")

    async def stop(self) -> None:
        """Close the source; what it had still yielded, and its end, are in the mailbox when this returns."""
        self.is_stopping = True
        self._mailbox.wake()
        try:
            await self.source.close()
            await asyncio.wait({self._task}, timeout=_PATIENCE_SECONDS)
        finally:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        error: Exception | None = None
        try:
            async with aclosing(self.source.items()) as items:
                async for item in items:
                    await self._mailbox.put(self, item)
        except Exception as failure:  # noqa: BLE001 - told to the supervisor, which raises what it does not expect
            error = failure
        await self._mailbox.put(self, Ended(error))


def _size(item: FeedItem | Ended) -> int:
    return item.records.nbytes if isinstance(item, Batch) else 0
