"""The pipeline's first half: records go through the book, and what it tells goes on, stretch by stretch.

The second half reads nothing of the book but what stands here, so it may be late: it hears each stretch right after the
book made it, or in another thread, from a list (`BookStage.ahead`). Whoever looks at the book itself, for a view or a
summary, does it when all has been heard.
"""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np

from engines.book.book import Book, BookOutput
from engines.book.held_back import HeldBack
from engines.book.layout import UNKNOWN_OFI, RecordArray
from engines.book.levels import LevelBook
from engines.book.levels_layout import LEVEL_HIDDEN
from engines.book.listener import OrderFlowListener
from engines.book.rows import copied
from engines.timing.status import TradingStatus
from engines.timing.trading_day import TradingDay, trading_day
from engines.zones.reposts import Reposts, SyntheticSettings
from engines.zones.reposts_layout import REPOST
from feeds.instrument import Instrument
from feeds.records import BAR_SECONDS, Batch, Schema

NO_REPOSTS: Final = np.zeros(0, REPOST)
_NO_LEVELS: Final = np.zeros(0, LEVEL_HIDDEN)

_TRADE_SOURCES: Final = {
    Schema.MBO: 5,
    Schema.MBP_10: 4,
    Schema.MBP_1: 3,
    Schema.TBBO: 2,
    Schema.TRADES: 1,
    **dict.fromkeys(BAR_SECONDS, 0),
}
"""Schemas that tell what traded, by how much they tell: only the best one seen is counted, so that nothing is twice."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What the book told of a stretch of records; rows are views, valid until the next, unless `kept`.

    Attributes:
        trades: TRADE rows, in stream order.
        hiddens: HIDDEN rows; LEVEL_HIDDEN where the schema knows no orders.
        seconds: SECOND rows.
        reposts: REPOST rows of chains of re-posted orders, with the book's numbers of matching events.
        records: How many records there were, of any instrument.
        event: Number of the matching event that runs after them.
        clock: Newest trusted event time after them, ns; 0 before the first.
    """

    trades: RecordArray
    hiddens: RecordArray
    seconds: RecordArray
    reposts: RecordArray
    records: int
    event: int
    clock: int

    @property
    def by_order(self) -> bool:
        """Whether the schema knows orders."""
        return self.hiddens.dtype != LEVEL_HIDDEN

    def kept(self) -> "Stretch":
        """Return the same with rows of its own."""
        return replace(self, trades=copied(self.trades), hiddens=copied(self.hiddens), seconds=copied(self.seconds))


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """All records that could be applied have been: what the clock has passed is over."""


@dataclass(frozen=True, slots=True)
class DayBegun:
    """The next record belongs to another trading day.

    Attributes:
        day: The day.
        moment: Event time of the record, ns.
        ended: End of the day before, ns; 0 where this is the first.
        expired: LEVEL_HIDDEN rows of what was followed by price and is let go of.
    """

    day: TradingDay
    moment: int
    ended: int
    expired: RecordArray


@dataclass(frozen=True, slots=True)
class BookBegun:
    """A book begins that a better schema can fill; it goes on in time and event numbers where a lesser one stood.

    Attributes:
        event: Number of the matching event that runs.
        clock: Newest trusted event time, ns; 0 before the first.
        expired: LEVEL_HIDDEN rows of what the lesser one followed.
    """

    event: int
    clock: int
    expired: RecordArray


@dataclass(frozen=True, slots=True)
class BarsCame:
    """Records of finished bars, which need no book; no record is kept longer than its batch."""

    schema: Schema
    records: RecordArray


Told: TypeAlias = Stretch | CaughtUp | DayBegun | BookBegun | BarsCame


class BookStage:
    """One instrument's book, the pass over its re-posted orders, and what decides which records they take.

    Attributes:
        book: The book; None before records that fill one.
        schema: Where trades are taken from; None before the first.
        status: What the exchange said of its trading.
        listener: Who sees the book in the middle of a batch; where one does, nothing may run ahead.
        reposts: The pass over re-posted orders; None without an instrument.
    """

    def __init__(
        self, instrument: Instrument | None, synthetic: SyntheticSettings, quiet: int, *, schema: Schema | None = None
    ) -> None:
        """Start before the first record.

        Args:
            instrument: The contract to follow; without one nothing is told.
            synthetic: When re-posted orders count as a broker's iceberg.
            quiet: Nanoseconds without a trade at its price after which a level found to hide lots is over.
            schema: The schema to take trades from; without it the best one seen so far.
        """
        self.book: Book | LevelBook | None = None
        self.schema: Schema | None = None
        self.status = TradingStatus()
        self.reposts = None if instrument is None else Reposts(instrument.instrument_id, instrument.tick, synthetic)
        self.listener: OrderFlowListener | None = None
        self._instrument = instrument
        self._quiet = quiet
        self._wanted_schema = schema
        self._held = HeldBack()
        self._day_end = 0

    def ahead(self, batches: Iterable[Batch]) -> Iterator[tuple[Batch, list[Told]]]:
        """Take batches whose records stay; yield each with what is told of it, to be heard at any time, in order.

        Closing it closes `batches`.
        """
        try:
            for batch in batches:
                yield batch, [told.kept() if isinstance(told, Stretch) else told for told in self.take(batch)]
        finally:
            if isinstance(batches, Generator):
                batches.close()

    def take(self, batch: Batch) -> Iterator[Told]:
        """Take a batch of any schema; what is told of it must be heard, or kept, before the next is asked for."""
        instrument = self._instrument
        if instrument is not None and batch.schema is Schema.STATUS:
            self._take_status(batch.records, instrument)
        elif instrument is not None and batch.schema in _TRADE_SOURCES:
            yield from self._take_trades(batch, instrument)

    def finish(self) -> Iterator[Told]:
        """Apply what waited for the rest of its matching event: the data has ended."""
        if isinstance(self.book, Book):
            for records in self._held.rest():
                yield from self._take_order_flow(self.book, records)
        elif self.book is not None:
            self.book.finish()

    def _take_status(self, records: RecordArray, instrument: Instrument) -> None:
        for record in records[records["instrument_id"] == instrument.instrument_id]:
            self.status.take(int(record["action"]), int(record["ts_event"]))
            if self.book is not None:
                self.status.apply(self.book)

    def _take_trades(self, batch: Batch, instrument: Instrument) -> Iterator[Told]:
        wanted, best = self._wanted_schema, self.schema
        if wanted is not None and batch.schema is not wanted:
            return
        if best is None or _TRADE_SOURCES[batch.schema] > _TRADE_SOURCES[best]:
            self.schema = batch.schema
            yield from self._begin_book(batch.schema, instrument)
        elif batch.schema is not best:
            return
        if self.book is None:
            yield BarsCame(batch.schema, batch.records)
        elif isinstance(self.book, Book):
            for records in self._held.whole_events(batch.records, instrument.instrument_id):
                yield from self._take_order_flow(self.book, records)
        else:
            yield from self._take_order_flow(self.book, batch.records)

    def _begin_book(self, schema: Schema, instrument: Instrument) -> Iterator[BookBegun]:
        before, expired = self.book, _NO_LEVELS
        if isinstance(before, LevelBook):
            before.finish()
            expired = before.expire(int(before.now["clock"]))
        self.book = book = _book_for(schema, instrument, self._quiet)
        if book is None:
            return
        if before is not None:
            for name in ("event", "clock", "boundary"):
                book.now[name] = before.now[name]
            if UNKNOWN_OFI not in (before.now["ofi"], book.now["ofi"]):
                book.now["ofi"] = before.now["ofi"]
            if self.reposts is not None:
                self.reposts.begin(int(before.now["clock"]))
        self.status.apply(book)
        yield BookBegun(int(book.now["event"]), int(book.now["clock"]), expired)

    def _take_order_flow(self, book: Book | LevelBook, records: RecordArray) -> Iterator[Told]:
        listener = self.listener
        if listener is None:
            yield from self._apply(book, records)
        else:
            while listener.is_listening and (end := listener.read(book, records)) < len(records):
                yield from self._apply(book, records[:end])
                listener.see(book)
                records = records[end:]
            yield from self._apply(book, records)
            listener.see(book)
        yield CaughtUp()

    def _apply(self, book: Book | LevelBook, records: RecordArray) -> Iterator[Stretch | DayBegun]:
        position = 0
        for output in book.process(records):
            yield self._told(book, output, records[position : output.position])
            position = output.position
            if output.at_boundary:
                yield from self._turn(book, int(records["ts_event"][position]))

    def _told(self, book: Book | LevelBook, output: BookOutput, records: RecordArray) -> Stretch:
        return Stretch(
            trades=output.trades,
            hiddens=output.hiddens,
            seconds=output.seconds,
            reposts=self._reposts_of(book, output, records) if isinstance(book, Book) else NO_REPOSTS,
            records=len(records),
            event=int(book.now["event"]),
            clock=int(book.now["clock"]),
        )

    def _reposts_of(self, book: Book, output: BookOutput, records: RecordArray) -> RecordArray:
        if self.reposts is None:
            return NO_REPOSTS
        first = int(book.now["records"]) - len(records)
        found = [copied(rows) for rows in self.reposts.process(records, first, output.hiddens)]
        if not found:
            return NO_REPOSTS
        rows = np.concatenate(found)
        rows["event"] += int(book.now["event"]) - int(self.reposts.now["event"])
        return rows

    def _turn(self, book: Book | LevelBook, moment: int) -> Iterator[DayBegun]:
        """Pass a boundary of the trading day: its end, or the begin of its halt."""
        ended = self._day_end
        if moment < ended:
            book.now["boundary"] = ended
            book.await_trading()
            return
        expired = book.expire(ended) if isinstance(book, LevelBook) else _NO_LEVELS
        day = trading_day(moment)
        self._day_end = day.end
        book.now["boundary"] = day.end if moment >= day.halt else day.halt
        if ended:
            book.await_trading()
        yield DayBegun(day, moment, ended, expired)


def _book_for(schema: Schema, instrument: Instrument, quiet: int) -> Book | LevelBook | None:
    if schema in BAR_SECONDS:
        return None
    book: Book | LevelBook
    if schema is Schema.MBO:
        book = Book(instrument.instrument_id, instrument.tick)
    else:
        book = LevelBook(instrument.instrument_id, instrument.tick, schema, quiet)
    book.now["boundary"] = 0  # the first record opens its trading day
    return book
