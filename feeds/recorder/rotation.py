"""Where one file ends and the next begins: at the end of the CME trading day, between two matching events.

The day is read from the capture times of order flow, never from the clock of this machine. Other records date nothing:
definitions and statistics are sent again from days ago. A day never ends while a matching event is open, so no event is
cut over two files; only an event that does not end for ten seconds of market time is given up on.
"""

from collections.abc import Callable
from datetime import date
from typing import Final, Protocol

import numpy as np

from feeds.recorder.tally import LATEST, WITHOUT_FLOW, instruments_of, moments, sound_moments
from feeds.records import F_LAST, Batch, Records, Schema

_PATIENCE_NS: Final = 10_000_000_000
_WITH_EVENTS: Final = frozenset({Schema.MBO, Schema.MBP_1, Schema.MBP_10})
"""Schemas whose records say where a matching event ends; CME's `trades` never do."""


class TradingDay(Protocol):
    """What is asked of a trading day; times in ns UTC, `end` exclusive."""

    @property
    def date(self) -> date:
        """The date it is named by."""

    @property
    def start(self) -> int:
        """First nanosecond."""

    @property
    def end(self) -> int:
        """First nanosecond of the next day."""


class OpenEvents:
    """The matching events that have begun and not ended, by schema and instrument."""

    def __init__(self) -> None:
        self._open: set[tuple[Schema, int]] = set()

    def __bool__(self) -> bool:
        """Whether any is open."""
        return bool(self._open)

    def forget(self) -> None:
        """Give up on the events that are open: their ends are lost."""
        self._open.clear()

    def take(self, batch: Batch) -> None:
        """Follow the events through records."""
        records = batch.records
        if batch.schema not in _WITH_EVENTS or not len(records):
            return
        for instrument in instruments_of(records):
            if _last_of(records, instrument)["flags"] & F_LAST:
                self._open.discard((batch.schema, instrument))
            else:
                self._open.add((batch.schema, instrument))


class Rotation:
    """Follows the stream and says where a new trading day's file begins.

    Attributes:
        day: The trading day of the current file; None until a record has dated it.
        events: The matching events that are open.
    """

    def __init__(self, day_of: Callable[[int], TradingDay]) -> None:
        """Take the boundaries from `day_of`, which maps ns UTC to the trading day that holds it."""
        self.day: TradingDay | None = None
        self.events = OpenEvents()
        self._day_of = day_of
        self._due: int | None = None

    def date_by(self, moment: int) -> TradingDay:
        """Make the trading day that holds a moment the current one, and return it.

        Raises:
            ValueError: The boundaries contradict themselves: the day does not hold the moment.
        """
        day = self._day_of(moment)
        if not day.start <= moment < day.end:
            raise ValueError(f"trading day {day.date} does not hold {moment}, for which it was asked")
        self.day = day
        self._due = None
        return day

    def next_day(self) -> None:
        """Go on to the trading day of the record that made it due, as `cut` has said."""
        if self._due is not None:
            self.date_by(self._due)

    def cut(self, batch: Batch) -> int | None:
        """Return the place of the first record of the next day's file, or None where all belong to this one.

        Whoever is given a place calls `next_day`, and asks again with the records from there on.
        """
        start = 0
        if self._due is None:
            late = self._first_late(batch)
            if late is None:
                self.events.take(batch)
                return None
            start = late
            self._due = int(moments(batch.records)[late])
            self.events.take(batch.cut(0, start))
        return self._first_between_events(batch, start, self._due)

    def _first_late(self, batch: Batch) -> int | None:
        """Return the place of the first record of a later day, and let the first dated record of all set the day."""
        if batch.schema in WITHOUT_FLOW or not len(batch):
            return None
        times = moments(batch.records)
        newest = int(times[0] if len(times) == 1 else times.max())
        if self.day is not None and newest < self.day.end:
            return None
        sound = sound_moments(batch.records)
        if not len(sound):
            return None
        if self.day is None:
            self.date_by(int(sound[0]))
        if self.day is None or int(sound.max()) < self.day.end:
            return None
        first = sound[int((sound >= np.uint64(self.day.end)).argmax())]
        return int((times == first).argmax())

    def _first_between_events(self, batch: Batch, start: int, due: int) -> int | None:
        dated = batch.schema not in WITHOUT_FLOW
        times = moments(batch.records)
        for place in range(start, len(batch)):
            if self.events and dated and due + _PATIENCE_NS < int(times[place]) < LATEST:
                self.events.forget()
            if not self.events:
                return place
            self.events.take(batch.cut(place, place + 1))
        return None


def _last_of(records: Records, instrument: int) -> "np.void":
    if int(records["instrument_id"][-1]) == instrument:
        last: np.void = records[-1]
        return last
    found: np.void = records[np.flatnonzero(records["instrument_id"] == instrument)[-1]]
    return found
