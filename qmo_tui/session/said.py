"""What a session said lately, for screens: the newest lines of its event log, and what the screen itself told."""

from collections import Counter, deque
from dataclasses import dataclass
from typing import Final

from engines.events import Bar, Event

KEPT: Final = 4_000
"""Lines kept; a lively hour of gold says a few hundred."""
SCREEN: Final = "screen"
"""Kind of what the screen told the trader: answers to keys, alerts, errors."""


@dataclass(frozen=True, slots=True)
class ToldLine:
    """Something the screen told the trader; `ts` is the market's clock, ns, None before its first record."""

    ts: int | None
    text: str


class SaidLines:
    """Hears an event log and keeps its newest lines. Bars of a second are left out: they would be all there is.

    A replay that goes back begins anew; what the screen told stays.
    """

    def __init__(self) -> None:
        self._lines: deque[Event | ToldLine] = deque(maxlen=KEPT)
        self._ever: Counter[str] = Counter()

    def hear(self, event: Event, line: bytes) -> None:  # noqa: ARG002 - the log's signature
        """Keep an event."""
        if not (isinstance(event, Bar) and event.interval == "1s"):
            self._keep(event)

    def restart(self) -> None:
        """Forget the events: the recording is played from its start."""
        told = [line for line in self._lines if isinstance(line, ToldLine)]
        self._lines.clear()
        self._lines.extend(told)

    def tell(self, text: str, ts: int | None) -> None:
        """Keep what the screen told."""
        self._keep(ToldLine(ts, text))

    def newest(self, count: int, kind: str | None = None, *, before: int = 0) -> tuple[Event | ToldLine, ...]:
        """Return up to `count` lines of a kind (None: all), oldest first, leaving out the newest `before` of them."""
        found: list[Event | ToldLine] = []
        skipped = 0
        for line in reversed(self._lines):
            if kind is not None and kind_of(line) != kind:
                continue
            if skipped < before:
                skipped += 1
                continue
            if len(found) == count:
                break
            found.append(line)
        return tuple(reversed(found))

    def total(self, kind: str | None = None) -> int:
        """Return how many lines of a kind are kept."""
        return len(self._lines) if kind is None else sum(kind_of(line) == kind for line in self._lines)

    def ever(self, kind: str | None = None) -> int:
        """Return how many lines of a kind there have been, those forgotten since included."""
        return self._ever.total() if kind is None else self._ever[kind]

    def kinds(self) -> tuple[str, ...]:
        """Return the kinds that are kept, in the order of the alphabet."""
        return tuple(sorted({kind_of(line) for line in self._lines}))

    def _keep(self, line: Event | ToldLine) -> None:
        self._lines.append(line)
        self._ever[kind_of(line)] += 1


def kind_of(line: Event | ToldLine) -> str:
    """Return the kind of a line, as the event log names it."""
    return SCREEN if isinstance(line, ToldLine) else str(line.__struct_config__.tag)
