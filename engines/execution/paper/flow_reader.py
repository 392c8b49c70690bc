"""Reads the order flow before the book applies it: what concerns an own order, and what it would have got of it."""

from typing import Final

import numpy as np

from engines.book.book import Book
from engines.book.clock import is_trusted
from engines.book.layout import RecordArray
from engines.book.levels import LevelBook
from engines.execution.paper.desk import Desk
from engines.execution.paper.due import OnTheWay
from engines.execution.paper.matching_events import MatchingEvent, Stretch, read_event
from engines.execution.paper.paper_order import PaperOrder
from engines.execution.paper.places import PlaceByLevel
from engines.execution.paper.watch import Watch, first_due
from feeds.instrument import Instrument
from feeds.records import ACTION_CLEAR, F_SNAPSHOT

_CHUNK: Final = 8_192
"""Records looked through at once: the rest may be looked through again, after the next stop."""


class FlowReader:
    """Takes own orders through the events that concern them, up to one after which the book is to be seen.

    Attributes:
        watch: What is looked for.
        wants_look: The book is to be seen now: after an event, or because a request has arrived.
        event: The event; None where a request has arrived, or the book begins anew.
        begins_anew: A clear or a snapshot was read: no place in a queue means anything any longer.
        found: By order id, the lots of the event that would have come to a resting order; all of a stop's, where the
            event reached its trigger.
    """

    def __init__(self, instrument: Instrument, desk: Desk, way: OnTheWay) -> None:
        """Read for the orders of a desk and the requests on their way, which it only looks at, times apart."""
        self._instrument = instrument
        self._desk = desk
        self._way = way
        self._open_event: RecordArray | None = None
        self.watch = Watch()
        self.wants_look = False
        self.event: MatchingEvent | None = None
        self.begins_anew = False
        self.found: dict[str, int] = {}

    def settle(self) -> None:
        """Forget what was found: everything has been done about it."""
        self.wants_look = self.begins_anew = False
        self.event = None
        self.found.clear()

    def forget_open_event(self) -> None:
        """Forget the records of an event that has not ended: others were not read, or belong to another book."""
        self._open_event = None

    def read(self, book: Book | LevelBook, records: RecordArray) -> int:
        """Return after how many of the records the book is to be seen, all of them where it need not be."""
        position, count = 0, _CHUNK
        while True:
            piece = records[position : position + count]
            stretch = Stretch(self._open_event, piece, self._instrument.instrument_id, by_order=isinstance(book, Book))
            end = self._read_stretch(book, stretch)
            if end is not None:
                self.wants_look = True
                self._open_event = stretch.waiting_after(end)
                return position + stretch.place_of(end)
            if position + count >= len(records):
                self._open_event = stretch.open_event()
                return len(records)
            last = stretch.last_end
            if last == 0:
                count *= 2
                continue
            self._open_event = stretch.waiting_after(last)
            position += stretch.place_of(last)

    def _read_stretch(self, book: Book | LevelBook, stretch: Stretch) -> int | None:
        """Go on through the events of a stretch; return after which record the book is to be seen, None for none."""
        limit = self._place_of_arrival(book, stretch)
        until = stretch.last_end if limit is None else limit
        read = 0
        for place in self.watch.hot(stretch.records[:until]).tolist():
            if place < read:
                continue
            start, end = stretch.event_around(place)
            if end > until:
                break
            self._note_shown(stretch.records[read:start])
            read = end
            if self._concerns(book, stretch.records[start:end]):
                return end
        self._note_shown(stretch.records[read:until])
        if limit is not None:
            self.event = None
            self._desk.ts = max(self._desk.ts, self._way.moment or 0)
        return limit

    def _place_of_arrival(self, book: Book | LevelBook, stretch: Stretch) -> int | None:
        """Return before which record a request reaches the exchange; it never arrives inside a matching event."""
        if self._way.moment is None:
            return None
        first = first_due(stretch.records, self._way.moment, int(book.now["clock"]))
        return None if first is None else stretch.border_at(first)

    def _concerns(self, book: Book | LevelBook, records: RecordArray) -> bool:
        """Take an event in; return whether the book is to be seen after it."""
        self._note_time(book, records)
        if bool(((records["flags"] & F_SNAPSHOT != 0) | (records["action"] == ACTION_CLEAR)).any()):
            self.begins_anew = True
            return True
        self.event = event = read_event(records, self._instrument.tick)
        for order in self._desk:
            lots = self._lots_for(order, event, records)
            if lots > 0:
                self.found[order.request.id] = lots
            if order.is_stop and order.is_reached(event.low, event.high):
                self.found[order.request.id] = order.left
        return bool(self.found) or self.watch.wake == "any" or (self.watch.wake == "trade" and bool(event.prints))

    def _note_time(self, book: Book | LevelBook, records: RecordArray) -> None:
        time, received = (int(records[name][-1].astype(np.int64)) for name in ("ts_event", "ts_recv"))
        if is_trusted(time, received, int(book.now["clock"])):
            self._desk.ts = max(self._desk.ts, time)

    def _lots_for(self, order: PaperOrder, event: MatchingEvent, records: RecordArray) -> int:
        place = order.place
        if place is None:
            return 0
        if not isinstance(place, PlaceByLevel):
            return place.take(event)
        place.note_found(records, self._instrument.tick)
        lots = place.take(event)
        place.note_left(records, self._instrument.tick)
        return lots

    def _note_shown(self, records: RecordArray) -> None:
        for order in self._desk if len(records) else ():
            if isinstance(order.place, PlaceByLevel):
                order.place.note_shown(records, self._instrument.tick)
