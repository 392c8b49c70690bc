"""Recording without a screen and without engines: a live source, a recorder, and what is told of them."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from feeds.recorder import recover
from feeds.records import Batch
from feeds.states import FeedChange, FeedState, Following, Gap
from qmo_tui.session.sources import LiveFeed


@dataclass(frozen=True, slots=True)
class Progress:
    """How a recording stands.

    Attributes:
        state: State of the feed.
        symbol: The contract that is received; empty before it is known.
        received: Records received.
        recorded: Records on the disk.
        lost: Records that no file holds.
        bytes: Size of the file being written.
        file: Its path; None before the first record.
        interruptions: Times records may have been missed.
        recorder: What the recorder says of itself, in a few words.
    """

    state: FeedState = FeedState.CONNECTING
    symbol: str = ""
    received: int = 0
    recorded: int = 0
    lost: int = 0
    bytes: int = 0
    file: Path | None = None
    interruptions: int = 0
    recorder: str = ""


class RecordingSession:
    """Listens to a live source and records it until told to stop."""

    def __init__(self, feed: LiveFeed, *, tell: Callable[[str], None]) -> None:
        """Prepare; `tell` hears every change of the feed in one line."""
        self._feed = feed
        self._tell = tell
        self._state = FeedState.CONNECTING
        self._symbol = ""
        self._received = 0
        self._interruptions = 0
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End the recording; `run` returns once its file is whole."""
        self._stopping.set()

    @property
    def progress(self) -> Progress:
        """How it stands now."""
        status = self._feed.tap.status
        return Progress(
            state=self._state,
            symbol=self._symbol,
            received=self._received,
            recorded=0 if status is None else status.records,
            lost=0 if status is None else status.lost_records,
            bytes=0 if status is None else status.file_bytes,
            file=None if status is None else status.file,
            interruptions=self._interruptions,
            recorder=self._feed.tap.words or "",
        )

    async def run(self) -> None:
        """Record until stopped.

        Raises:
            SourceError, InstrumentError: What the source cannot get over; what came before is on the disk.
        """
        listening = asyncio.create_task(self._listen())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({listening, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await self._feed.source.close()
            stopping.cancel()
            try:
                await listening
            finally:
                await self._feed.tap.stop()

    async def _listen(self) -> None:
        async with aclosing(self._feed.source.items()) as items:
            async for item in items:
                if isinstance(item, Batch):
                    self._received += len(item)
                elif isinstance(item, FeedChange):
                    self._state = item.state
                    self._tell(f"{item.state.value}: {item.source}: {item.reason}")
                elif isinstance(item, Gap):
                    self._interruptions += 1
                    self._tell(f"interrupted: {item.reason}")
                elif isinstance(item, Following):
                    self._symbol = item.instrument.symbol
                    self._tell(f"following {item.instrument.symbol} for {item.asked}")


def tidy(folder: Path, tell: Callable[[str], None]) -> None:
    """Finish what a crash left unfinished in a folder of recordings, and say what was found."""
    for finding in recover(folder):
        tell(finding.text)
