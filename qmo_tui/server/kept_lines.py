"""The newest lines of the event log, numbered, in a bounded amount of memory."""

from collections.abc import Set
from typing import Final

_OF_A_LINE: Final = 120
"""Bytes that Python adds to a line for keeping it."""
LOOKED_AT: Final = 10_000
"""Most lines looked at at once for those of some kinds: a millisecond or so, in which nothing else runs."""


class KeptLines:
    """Lines by their sequence numbers, which grow by one from 1; the oldest give way to new ones.

    Attributes:
        first: Sequence number of the oldest line that is kept; `next` where none is.
        next: Sequence number that the next line will have.
    """

    def __init__(self, most_bytes: int) -> None:
        """Keep as many lines as so many bytes hold, the newest one in any case."""
        self.first = 1
        self.next = 1
        self._most = most_bytes
        self._bytes = 0
        self._lines: dict[int, tuple[str, bytes]] = {}

    def add(self, kind: str, line: bytes) -> None:
        """Keep a line of the event log; its number is added as its last field."""
        numbered = b'%b,"sequence":%d}\n' % (line.rstrip()[:-1], self.next)
        self._lines[self.next] = kind, numbered
        self._bytes += len(numbered) + _OF_A_LINE
        self.next += 1
        while self._bytes > self._most and self.first < self.next - 1:
            self._bytes -= len(self._lines.pop(self.first)[1]) + _OF_A_LINE
            self.first += 1

    def since(self, number: int, kinds: Set[str] | None, most_bytes: int) -> tuple[bytes, int]:
        """Return kept lines from a number on, of some kinds alone or all of them, and the number to go on from.

        They are as many as fit into so many bytes, one in any case; none where `LOOKED_AT` lines were of other kinds.
        Numbers that are kept no more are passed over.
        """
        chosen: list[bytes] = []
        size = 0
        number = max(number, self.first)
        end = min(self.next, number + LOOKED_AT)
        while number < end:
            kind, line = self._lines[number]
            if kinds is None or kind in kinds:
                if chosen and size + len(line) > most_bytes:
                    break
                chosen.append(line)
                size += len(line)
            number += 1
        return b"".join(chosen), number
