"""What a session said lately, for screens: the newest lines of its event log, and what the screen itself told."""

from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
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
        self._lines: deque[Event | ToldLine] = deque()
        # The same lines again by kind: a screen that shows one kind alone asks for it with every frame.
        self._of_kind: defaultdict[str, deque[Event | ToldLine]] = defaultdict(deque)
        self._ever: Counter[str] = Counter()

    def hear(self, event: Event, line: bytes) -> None:  # noqa: ARG002 - the log's signature
        """Keep an event."""
        if not (isinstance(event, Bar) and event.interval == "1s"):
            self._keep(event)

    def restart(self) -> None:
        """Forget the events: the recording is played from its start."""
        told = self._of_kind[SCREEN]
        self._lines = deque(told)
        self._of_kind = defaultdict(deque, {SCREEN: told})

    def tell(self, text: str, ts: int | None) -> None:
        """Keep what the screen told."""
        self._keep(ToldLine(ts, text))

    def newest(self, count: int, kind: str | None = None, *, before: int = 0) -> tuple[Event | ToldLine, ...]:
        """Return up to `count` lines of a kind (None: all), oldest first, leaving out the newest `before` of them."""
        return tuple(islice(reversed(self._kept(kind)), before, before + count))[::-1]

    def total(self, kind: str | None = None) -> int:
        """Return how many lines of a kind are kept."""
        return len(self._kept(kind))

    def ever(self, kind: str | None = None) -> int:
        """Return how many lines of a kind there have been, those forgotten since included."""
        return self._ever.total() if kind is None else self._ever[kind]

    def kinds(self) -> tuple[str, ...]:
        """Return the kinds that are kept, in the order of the alphabet."""
        return tuple(sorted(kind for kind, lines in self._of_kind.items() if lines))

    def _kept(self, kind: str | None) -> Sequence[Event | ToldLine]:
        return self._lines if kind is None else self._of_kind[kind]

    def _keep(self, line: Event | ToldLine) -> None:
        if len(self._lines) == KEPT:
            self._of_kind[kind_of(self._lines.popleft())].popleft()
        kind = kind_of(line)
        self._lines.append(line)
        self._of_kind[kind].append(line)
        self._ever[kind] += 1


def kind_of(line: Event | ToldLine) -> str:
    """Return the kind of a line, as the event log names it."""
    return SCREEN if isinstance(line, ToldLine) else str(line.__struct_config__.tag)
