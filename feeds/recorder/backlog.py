"""The queue between feed and disk: measured in bytes, bounded, and honest about what it had to leave out."""

import threading
from collections import deque
from collections.abc import Iterable
from typing import Final, TypeAlias

from feeds.recorder.sidecar import Gap, GapPlace
from feeds.records import HEADER_BYTES, WORD_BYTES

Item: TypeAlias = memoryview | Gap
"""Whole records, or what is missing between those before and those after."""

QUEUE_FULL: Final = "the disk was too slow: the queue was full"
_GATHER_BYTES: Final = 64 * 1024
_GATHER_SECONDS: Final = 0.05
_LARGE: Final = 32 * 1024
_AT_ONCE: Final = 256 * 1024
"""Most bytes handed to the writer at once."""


class Backlog:
    """Pieces on their way to the disk; one thread puts, another takes.

    Once the limit is reached pieces are left out until half of it is free again, so that one slow disk makes one gap
    and not hundreds.

    Attributes:
        bytes: Record bytes that wait.
        dropping: Whether the last piece was left out.
        closed: Whether it takes nothing more.
        lost: All that has been left out.
    """

    def __init__(self, limit: int) -> None:
        self.bytes = 0
        self.dropping = False
        self.closed = False
        self.lost = Loss()
        self._limit = limit
        self._abandoned = False
        self._items: deque[Item] = deque()
        self._left_out: Loss | None = None
        self._changed = threading.Condition(threading.Lock())

    def put(self, piece: memoryview) -> Gap | None:
        """Queue whole records, or count them as left out; return the gap that ends with them, where one does.

        Raises:
            ValueError: The queue is closed.
        """
        with self._changed:
            if self.closed:
                raise ValueError("the recorder is closed")
            if self._has_no_room(len(piece)):
                self.dropping = True
                self._leave_out(piece)
                return None
            gap = self._end_gap()
            was_empty = not self._items
            self._items.append(piece)
            self.bytes += len(piece)
            if was_empty or self.bytes >= _GATHER_BYTES:
                self._changed.notify()
            return gap

    def mark(self, gap: Gap) -> None:
        """Queue what is missing between the records put so far and those to come."""
        with self._changed:
            self._items.append(gap)
            self._changed.notify()

    def take(self, seconds: float | None) -> list[Item]:
        """Wait up to some seconds (None: as long as it takes) for something; return the next of it, in order.

        Small pieces that follow each other are given a moment to come together, and are joined.
        """
        with self._changed:
            if not self._items and not self.closed:
                self._changed.wait(seconds)
            if self._items and self.bytes < _GATHER_BYTES and not self.closed:
                self._changed.wait(_GATHER_SECONDS if seconds is None else min(seconds, _GATHER_SECONDS))
            return self._popped()

    def wait(self, seconds: float | None) -> None:
        """Wait for the end, up to some seconds, and leave the queue alone."""
        with self._changed:
            self._changed.wait_for(lambda: self.closed, seconds)

    def close(self) -> Gap | None:
        """Take nothing more; what is queued can still be taken. Return the gap that ends with it, where one does."""
        with self._changed:
            self.closed = True
            gap = self._end_gap()
            self._changed.notify()
            return gap

    def abandon(self) -> None:
        """Leave out everything from here on, what is queued included: nobody will take it."""
        with self._changed:
            self._abandoned = self.dropping = True
            for item in self._popped(all_of_it=True):
                if not isinstance(item, Gap):
                    self._leave_out(item)

    @property
    def full(self) -> bool:
        """Whether the next piece will be left out as the last one was."""
        return self._abandoned or (self.dropping and self.bytes > self._limit // 2)

    def _has_no_room(self, size: int) -> bool:
        return self.full or (not self.dropping and self.bytes > 0 and self.bytes + size > self._limit)

    def _leave_out(self, piece: memoryview) -> None:
        self._left_out = self._left_out or Loss()
        self._left_out.add(piece)
        self.lost.add(piece)

    def _end_gap(self) -> Gap | None:
        """Queue the gap of what has been left out, where something was."""
        left_out, self._left_out, self.dropping = self._left_out, None, False
        if left_out is None:
            return None
        gap = left_out.gap(QUEUE_FULL)
        self._items.append(gap)
        return gap

    def _popped(self, *, all_of_it: bool = False) -> list[Item]:
        taken: list[Item] = []
        pieces: list[memoryview] = []
        size = 0
        while self._items and (size < _AT_ONCE or all_of_it):
            item = self._items.popleft()
            if isinstance(item, Gap):
                taken += _joined(pieces)
                taken.append(item)
                pieces = []
            else:
                pieces.append(item)
                size += len(item)
        self.bytes -= size
        return taken + _joined(pieces)


class Loss:
    """Records that will not be in any file, counted by walking their headers."""

    def __init__(self) -> None:
        self.records = 0
        self.bytes = 0
        self._first: int | None = None
        self._last: int | None = None

    def add(self, piece: memoryview) -> None:
        """Count the records of a piece; what is not a record counts as bytes only."""
        self.bytes += len(piece)
        offset = last = 0
        while len(piece) - offset >= HEADER_BYTES and (size := piece[offset] * WORD_BYTES) >= HEADER_BYTES:
            self.records += 1
            last, offset = offset, offset + size
        if offset:
            self._first = _event_time(piece, 0) if self._first is None else self._first
            self._last = _event_time(piece, last)

    def gap(self, reason: str) -> Gap:
        """Return it for the sidecar."""
        return Gap(
            place=GapPlace.RECORDER,
            reason=reason,
            start=self._first,
            end=self._last,
            records=self.records,
            bytes=self.bytes,
        )


def _event_time(piece: memoryview, offset: int) -> int:
    return int.from_bytes(piece[offset + 8 : offset + HEADER_BYTES], "little")


def _joined(pieces: Iterable[memoryview]) -> list[Item]:
    """Return small pieces as one, and others as they are, since copying them costs more than looking at each."""
    found = list(pieces)
    if len(found) < 2 or sum(len(piece) for piece in found) >= _LARGE * len(found):
        return [*found]
    return [memoryview(b"".join(found))]
