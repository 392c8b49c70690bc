"""The order in which events are said: by event time, and the same however the records were cut into batches.

What an engine finds inside a matching event waits until that event has ended, because a later record of it may still
say something that belongs before. Bars wait only for what is earlier than their end. What engines of zones find, at a
trade's time or a bar's end, comes last of its time: it waits until the clock has passed, since whatever else is found
at that time may be found later, where records are cut there.
"""

from typing import Final

from engines.book.layout import NO_EVENT
from engines.events import Event

LAST_OF_ITS_TIME: Final = 2**62
"""Stands for 'after every matching event of that time'."""


_Waiting = tuple[int, int, int, int, Event]
"""Time, matching event, rank, number, and the event: tuples compare in this order, and the number is unique."""
_EVENT: Final = 4


class Agenda:
    """Events found and not yet said."""

    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []
        self._count = 0

    def add(self, event: Event, matching_event: int = NO_EVENT, rank: int = 0) -> None:
        """Take an event found in a matching event; `rank` orders the kinds found in the same one."""
        self._count += 1
        self._waiting.append((event.ts, matching_event, rank, self._count, event))

    def due(self, running_event: int, *, before: int | None = None, clock: int = 0) -> list[Event]:
        """Take out, in order, everything that nothing still to come can precede.

        Args:
            running_event: Number of the matching event that has not ended.
            before: Time of something found but not yet added; only earlier events are due.
            clock: What is to come last of its time is due where its time lies before this.
        """
        if not self._waiting:
            return []
        self._waiting.sort()
        ready = 0
        for ts, matching_event, _, _, _ in self._waiting:
            too_early = ts >= clock if matching_event == LAST_OF_ITS_TIME else matching_event >= running_event
            if too_early or (before is not None and ts >= before):
                break
            ready += 1
        due, self._waiting = self._waiting[:ready], self._waiting[ready:]
        return [one[_EVENT] for one in due]

    def rest(self) -> list[Event]:
        """Take out everything, in order: nothing more is to come."""
        rest, self._waiting = sorted(self._waiting), []
        return [one[_EVENT] for one in rest]
