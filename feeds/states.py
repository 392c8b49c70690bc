"""What a source says of itself between its batches: its state, what it lost, and a price without order flow.

Every live source yields these in the same stream as its batches, in the order in which things happened, so whoever
reads the stream knows what each batch is worth. Times here are the wall clock's (ns UTC): they are about the line, not
about the market, and never reach the engines.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from feeds.instrument import Instrument
from feeds.records import Batch, Schema


class FeedState(StrEnum):
    """How far what is on the screen can be trusted to be the market of this moment."""

    CONNECTING = "connecting"
    LIVE = "live"
    STALE = "stale"
    """Connected, but nothing has come for longer than this schema is ever quiet in open trading."""
    DEGRADED = "degraded"
    """Data comes, but less than was asked for or later than it should: the reason says which."""
    CONTEXT = "context"
    """Order flow is out; a delayed price for orientation stands in."""
    RECONNECTING = "reconnecting"
    CLOSED = "closed"
    REPLAY = "replay"
    DEMO = "demo"


@dataclass(frozen=True, slots=True)
class FeedChange:
    """A source changed its state.

    Attributes:
        state: The new state.
        source: Which source, in words for the screen (`databento mbo`, `yahoo GC=F`).
        reason: Why, in one line, with what to do where something can be done.
        at: Wall clock of the change, ns UTC.
        deliberate: The source does it by itself, on a line that works: a fresh session for a fresh book.
    """

    state: FeedState
    source: str
    reason: str
    at: int
    deliberate: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """Records may be missing from here on: the book is suspect until the next clear or snapshot.

    Attributes:
        since: Wall clock at which the last whole record came, ns UTC; None where none had come.
        reason: Why, in one line.
    """

    since: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Following:
    """The contract that a source now delivers, raw symbol and all; it precedes the first batch of its order flow.

    Attributes:
        instrument: From its definition record where there is one.
        asked: The symbol it was asked for (`GC.v.0`).
        schema: The one its book and trades are to be taken from, where the source knows. The source says so again when
            that becomes another one; engines made for a schema that told more would see nothing of it.
    """

    instrument: Instrument
    asked: str
    schema: Schema | None = None


@dataclass(frozen=True, slots=True)
class ContextQuote:
    """A price for orientation: delayed, never part of a futures series, never the ground of a prompt.

    Attributes:
        symbol: What was quoted (`GC=F`).
        price: Last price, currency units.
        bid: Best bid, None where the source gives none.
        ask: Best ask, None where the source gives none.
        at: Time the source states for the price, ns UTC.
        fetched: Wall clock when it was fetched, ns UTC.
        delayed: Seconds by which the source says that it is late; None where it does not say.
    """

    symbol: str
    price: float
    bid: float | None
    ask: float | None
    at: int
    fetched: int
    delayed: int | None


FeedItem: TypeAlias = Batch | FeedChange | Gap | Following | ContextQuote
"""What a live source yields."""


class LiveSource(Protocol):
    """A source of the market of this moment."""

    @property
    def name(self) -> str:
        """What the screen calls it."""

    def items(self) -> AsyncGenerator[FeedItem]:
        """Yield what comes until closed; a source that can reconnect does so by itself and says so."""

    async def close(self) -> None:
        """End it: no socket, task or thread of it remains."""
