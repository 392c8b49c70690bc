"""What a `MarketView` says of time: the session clock, coming windows, Gann levels and cycles; ticks and nanoseconds.

Unknown is None. All of it is frozen, like the view.
"""

from typing import Literal

import msgspec

from engines.events import PassiveSide

TimingEngine = Literal["gann", "astro", "cycle"]
SwingSide = Literal["high", "low"]


class SessionRange(msgspec.Struct, frozen=True):
    """What one session of the trading day has traded so far.

    Attributes:
        name: `day`, `Asia`, `overnight`, `London` or `New York`, in this order.
        open: First trade since it began, as far as the records reach back; None, as the next three, before it.
        running: Whether it is in force.
    """

    name: str
    start: int
    end: int
    open: int | None
    high: int | None
    low: int | None
    close: int | None
    running: bool


class ClockMark(msgspec.Struct, frozen=True):
    """A moment of the trading day that the market turns around, still to come (`COMEX opens`, `LBMA PM auction`)."""

    name: str
    ts: int


class SessionClock(msgspec.Struct, frozen=True):
    """Where the market stands in its trading day.

    Attributes:
        day: Date that the trading day is named by, ISO 8601.
        sessions: Names in force, the longest first.
        kill_zone: Name of the kill zone in force; None outside.
        kill_zone_end: First nanosecond after it.
        is_open: Whether the exchange's calendar says that it trades now.
        closing: Begin of the next halt or close while open; the next open while closed. None where not known.
        note: What is special about the day (`Thanksgiving: early close 13:00 New York`); empty on an ordinary one.
        marks: Moments to come today, the next one first.
        ranges: The day and its sessions.
    """

    day: str
    sessions: tuple[str, ...]
    kill_zone: str | None
    kill_zone_end: int | None
    is_open: bool
    closing: int | None
    note: str
    marks: tuple[ClockMark, ...]
    ranges: tuple[SessionRange, ...]


class UpcomingWindow(msgspec.Struct, frozen=True):
    """A window in force or to come; fields as of the event `window`."""

    engine: TimingEngine
    name: str
    start: int
    end: int
    exact: int
    tick: int | None
    base_rate: float | None


class PinnedRange(msgspec.Struct, frozen=True):
    """A range that a trader wants Gann levels of: prices in ticks, and the begins of the bars that made them, ns."""

    low: int
    high: int
    low_start: int
    high_start: int


class GannLevel(msgspec.Struct, frozen=True):
    """One price that a rule of Gann names.

    Attributes:
        tick: Snapped to the tick.
        family: Rule it comes from (`eighths`, `extension`, `square of nine`, `angle`); clusters count families.
        label: What it is (`3/8 of 15m swing`).
        anchor: What it is measured from, with its prices and times in words.
    """

    tick: int
    family: str
    label: str
    anchor: str


class GannCluster(msgspec.Struct, frozen=True):
    """Levels of several independent families close together.

    Attributes:
        side: `bid` below the market (support), `ask` above it; None where the market stands in it.
        labels: Of its levels, one for each family, the nearest to its middle first.
    """

    low: int
    high: int
    families: int
    side: PassiveSide | None
    labels: tuple[str, ...]


class CycleCount(msgspec.Struct, frozen=True):
    """Bars counted from a confirmed pivot to the next number that is watched.

    Attributes:
        interval: Of the bars.
        side: Whether the pivot is a high or a low.
        pivot: Begin of the bar that made it.
        tick: Its price.
        bars: Bars closed since.
        target: 21, 45 or 90: the next one, or the one whose window is in force.
        left: Bars until it, the running one included; 0 and less once it is passed but its window is not over.
        in_force: Whether its window is in force: the running bar lies in it.
        base_rate: Share of all time that windows of its interval cover.
    """

    interval: str
    side: SwingSide
    pivot: int
    tick: int
    bars: int
    target: int
    left: int
    in_force: bool
    base_rate: float | None = None


class SpectralCycle(msgspec.Struct, frozen=True):
    """The strongest cycle of the newest closed bars, with how likely chance alone makes one as strong.

    Attributes:
        period: Bars.
        bars: Bars that were looked at.
        p_value: Of the best of all periods looked at, so corrected for their number.
        turn: Expected time of its next turn; None while it is not significant.
    """

    interval: str
    period: float
    bars: int
    p_value: float
    turn: int | None
    turn_side: SwingSide | None


class Timing(msgspec.Struct, frozen=True):
    """All of it, as of the newest record.

    Attributes:
        now: The moment that it is to be read at: the newest record's, in a live session moved on while none comes.
    """

    now: int | None = None
    clock: SessionClock | None = None
    windows: tuple[UpcomingWindow, ...] = ()
    levels: tuple[GannLevel, ...] = ()
    clusters: tuple[GannCluster, ...] = ()
    cycles: tuple[CycleCount, ...] = ()
    spectral: tuple[SpectralCycle, ...] = ()
