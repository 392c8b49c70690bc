"""What a replay has passed: zones, sweeps, prompts, trades, gaps and sessions, as marks in time.

Only what has been played is known here. Marks stay when the replay goes back, so that a trader finds a place again; the
engines begin anew each time and never see one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

from engines.book.layout import MINUTE_NS
from engines.events import Absorption, Event, Iceberg, Sweep
from engines.timing.session_clock import clock_at
from engines.trading_events import FORBIDDING, Position, Prompt, Risk

if TYPE_CHECKING:
    from engines.pipeline import Pipeline

LandmarkKind = Literal["trade", "prompt", "lock", "gap", "sweep", "absorption", "iceberg", "session"]
KINDS: Final[tuple[LandmarkKind, ...]] = get_args(LandmarkKind)
"""The rarest first: where several stand in one place, that one is told."""
Sought = Literal["zone", "prompt", "alert"]
SOUGHT: Final[dict[Sought, frozenset[LandmarkKind]]] = {
    "zone": frozenset({"iceberg", "absorption", "sweep"}),
    "prompt": frozenset({"prompt"}),
    "alert": frozenset({"prompt", "trade", "lock"}),
}
"""What a replay can be sent on to, and the marks that it stops at."""
_MOST: Final = 128
"""Marks kept of each kind; beyond that neighbours in time become one."""


@dataclass(frozen=True, slots=True)
class Landmark:
    """Something that was said at a moment (ns UTC), in words."""

    ts: int
    kind: LandmarkKind
    text: str


def landmarks_of(events: Iterable[Event]) -> list[Landmark]:
    """Return what of the lines of engines and trading is worth finding again, in their order."""
    return [mark for event in events for mark in _landmark(event)]


def _landmark(event: Event) -> Iterator[Landmark]:
    if isinstance(event, Iceberg) and event.state == "detected":
        yield Landmark(event.ts, "iceberg", f"{event.side} iceberg at {event.price:.10g}")
    elif isinstance(event, Absorption) and event.state == "formed":
        yield Landmark(event.ts, "absorption", f"{event.side} absorption at {_prices(event.low, event.high)}")
    elif isinstance(event, Sweep) and event.state == "swept":
        yield Landmark(event.ts, "sweep", f"sweep of {event.pool.label}, {event.pool.price:.10g}")
    elif isinstance(event, Prompt):
        told = f"{event.side} {event.contracts} {event.product} {event.order} {event.entry:.10g}"
        yield Landmark(event.ts, "prompt", f"prompt: {told}")
    elif isinstance(event, Position) and event.state in {"opened", "closed"}:
        made = "" if event.state == "opened" else f", {_dollars(event.realised)}"
        yield Landmark(event.ts, "trade", f"{event.side} {event.product} {event.state}{made}")
    elif isinstance(event, Risk) and event.state in FORBIDDING:
        yield Landmark(event.ts, "lock", f"{event.state}: {event.reason}")


def _prices(low: float, high: float) -> str:
    return f"{low:.10g}" if low == high else f"{low:.10g} to {high:.10g}"


def _dollars(money: float) -> str:
    return f"{'−' if money < 0 else '+'}${abs(money):,.2f}"


class Circumstances:
    """Gaps in the data and changes of session, as the clock of the engines passes them."""

    def __init__(self, pipeline: "Pipeline") -> None:
        """Look at engines that have heard nothing yet."""
        self._pipeline = pipeline
        self._is_doubtful = False
        self._minute = 0
        self._sessions: tuple[str, ...] | None = None

    def landmarks(self) -> list[Landmark]:
        """Return what has changed since the last look."""
        clock = self._pipeline.clock
        if clock is None:
            return []
        return [*self._gap(clock), *self._session(clock)]

    def _gap(self, clock: int) -> Iterator[Landmark]:
        was, self._is_doubtful = self._is_doubtful, self._pipeline.book_is_doubtful
        if self._is_doubtful and not was:
            yield Landmark(clock, "gap", "records are missing: the book is in doubt")

    def _session(self, clock: int) -> Iterator[Landmark]:
        minute = clock // MINUTE_NS
        if minute == self._minute:
            return
        self._minute = minute
        was, self._sessions = self._sessions, clock_at(clock, status=self._pipeline.status).sessions
        if was is not None and was != self._sessions:
            yield Landmark(minute * MINUTE_NS, "session", " and ".join(self._sessions) or "the market is closed")


class Landmarks:
    """The marks of one replay, in bounded room: of a kind with too many, the first of each stretch of time is kept."""

    def __init__(self) -> None:
        self._marks: dict[LandmarkKind, dict[int, Landmark]] = {kind: {} for kind in KINDS}
        self._stretches: dict[LandmarkKind, int] = dict.fromkeys(KINDS, 1)
        self._sorted: tuple[Landmark, ...] | None = ()

    @property
    def all(self) -> tuple[Landmark, ...]:
        """The marks, by time; the same tuple until one is added."""
        if self._sorted is None:
            marks = (mark for kept in self._marks.values() for mark in kept.values())
            self._sorted = tuple(sorted(marks, key=lambda mark: (mark.ts, KINDS.index(mark.kind))))
        return self._sorted

    def add(self, marks: Iterable[Landmark]) -> None:
        """Take marks; what is known from an earlier pass adds nothing."""
        for mark in marks:
            kept, place = self._marks[mark.kind], mark.ts // self._stretches[mark.kind]
            if place in kept and kept[place].ts <= mark.ts:
                continue
            kept[place] = mark
            self._sorted = None
            while len(kept) > _MOST:
                kept = self._thin(mark.kind)

    def _thin(self, kind: LandmarkKind) -> dict[int, Landmark]:
        """Double the stretches of a kind."""
        self._stretches[kind] *= 2
        thinned: dict[int, Landmark] = {}
        for mark in sorted(self._marks[kind].values(), key=lambda mark: mark.ts):
            thinned.setdefault(mark.ts // self._stretches[kind], mark)
        self._marks[kind] = thinned
        return thinned
