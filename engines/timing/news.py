"""News: times at which data or speeches move gold by themselves, so that no prompt may arise around them.

The events come from the user's own calendar and are handed in; which of them block, and for how long, is a setting.
They close a gate and do nothing else: no score and no line that the digest is made of depends on them.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from operator import attrgetter
from typing import Final, Literal, NamedTuple

from engines.book.layout import MINUTE_NS
from engines.mentor_view import Gate
from engines.timing.session_clock import minutes_until, span_text

Importance = Literal["high", "medium", "low"]

_NAME: Final = "news"


@dataclass(frozen=True, slots=True)
class NewsEvent:
    """One event of a news calendar.

    Attributes:
        ts: When it is due, ns UTC.
        before: No prompt so long before it, ns; None where its importance says.
        after: Nor so long after it.
    """

    ts: int
    name: str
    importance: Importance
    before: int | None = None
    after: int | None = None


class Around(NamedTuple):
    """How long an event forbids prompts before and after it, ns."""

    before: int
    after: int


_AROUND_HIGH: Final = Around(5 * MINUTE_NS, 15 * MINUTE_NS)
_NEVER: Final = Around(0, 0)


@dataclass(frozen=True, slots=True)
class NewsSettings:
    """Settings of news.

    Attributes:
        high: How long events of high importance forbid prompts; 0 before and after for never.
        medium: The same of medium ones.
        low: The same of low ones.
        events: The calendar, in any order.
    """

    high: Around = _AROUND_HIGH
    medium: Around = _NEVER
    low: Around = _NEVER
    events: tuple[NewsEvent, ...] = ()

    def around(self, event: NewsEvent) -> Around:
        """Return how long an event forbids prompts: its own times, else those of its importance."""
        usual = {"high": self.high, "medium": self.medium, "low": self.low}[event.importance]
        return Around(
            usual.before if event.before is None else event.before,
            usual.after if event.after is None else event.after,
        )


class NewsWindow(NamedTuple):
    """The time around an event in which it forbids prompts; empty where it does not."""

    start: int
    end: int
    event: NewsEvent


class News:
    """A news calendar, ready to be asked at any moment; it never changes.

    Attributes:
        windows: Of the events that forbid prompts, in the order of their begins.
        events: All of them, in the order of their times.
    """

    def __init__(self, settings: NewsSettings | None = None) -> None:
        """Sort the events and lay out their windows."""
        given = settings or NewsSettings()
        self.events = tuple(sorted(given.events, key=attrgetter("ts", "name")))
        self.windows = tuple(sorted(_windows(self.events, given), key=attrgetter("start", "end")))
        self._starts = [window.start for window in self.windows]
        self._reached = list(accumulate((window.end for window in self.windows), max))

    def in_force(self, moment: int) -> tuple[NewsWindow, ...]:
        """Return the windows that a moment (ns UTC) lies in, in the order of their begins."""
        begun = bisect_right(self._starts, moment)
        found = []
        while begun and self._reached[begun - 1] > moment:
            begun -= 1
            if self.windows[begun].end > moment:
                found.append(self.windows[begun])
        return tuple(reversed(found))

    def free_at(self, moment: int) -> int:
        """Return when the first moment without a window comes, at or after `moment`."""
        while windows := self.in_force(moment):
            moment = max(window.end for window in windows)
        return moment

    def after(self, moment: int) -> NewsEvent | None:
        """Return the first event after a moment, of whatever importance; None where the calendar has none."""
        place = bisect_right(self.events, moment, key=attrgetter("ts"))
        return self.events[place] if place < len(self.events) else None


def news_gate(moment: int, news: News) -> Gate:
    """Return the gate at a moment (ns UTC): closed around events, until no window follows without a break."""
    windows = news.in_force(moment)
    if windows:
        nearest = min(windows, key=lambda window: abs(window.event.ts - moment))
        return Gate(_NAME, is_open=False, reason=_due(nearest.event, moment), until=news.free_at(moment))
    following = news.after(moment)
    if following is not None:
        return Gate(_NAME, is_open=True, reason=_due(following, moment))
    return Gate(_NAME, is_open=True, reason="no news known from here on" if news.events else "no news calendar")


def _windows(events: Iterable[NewsEvent], settings: NewsSettings) -> Iterator[NewsWindow]:
    for event in events:
        before, after = settings.around(event)
        if before or after:
            yield NewsWindow(event.ts - before, event.ts + after, event)


def _due(event: NewsEvent, moment: int) -> str:
    """Say an event and how far away it is (`CPI in 4 min`, `CPI 6 min ago`)."""
    if moment < event.ts:
        return f"{event.name} in {span_text(minutes_until(event.ts, moment))}"
    return f"{event.name} {span_text((moment - event.ts) // MINUTE_NS)} ago"
