"""What time brings: the sessions so far, moments to come, windows in force and to come, cycles counted in bars."""

from datetime import tzinfo
from operator import itemgetter
from typing import Final

from engines.timing_view import ClockMark, CycleCount, SessionRange, SpectralCycle, Timing, UpcomingWindow
from engines.view import MarketView
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.chart_axes import INTERVAL_SECONDS
from qmo_tui.cockpit.painting.spans import UNKNOWN, Row, Rows, Span, fitted, printable, ruled, stacked

_RANGES: Final = 3
_MARKS: Final = 2
_WHEN: Final = 7
_SHARE: Final = 5
_LONG: Final = 10**18
"""What is in force stands before everything to come; nanoseconds."""
_SIGNIFICANT: Final = 0.05
"""Share of chance series with as strong a cycle, below which a cycle is told with its turn."""


def time_subject(frame: Frame) -> object:
    """Return what of a frame the pane shows; countdowns count minutes."""
    timing = frame.view.timing
    if timing is None:
        return None
    minute = None if timing.now is None else timing.now // (60 * times.SECOND)
    clock = timing.clock
    marks = None if clock is None else clock.marks
    ranges = (
        () if clock is None else tuple((one.name, one.running, one.open, one.low, one.high) for one in clock.ranges)
    )
    told = marks, ranges, timing.windows, timing.cycles, timing.spectral
    return told, minute, frame.view.instrument, frame.zone


def paint_time_ahead(frame: Frame, width: int, height: int) -> Rows:
    """Paint the sessions' ranges and the next moments, then windows and cycles, as many as fit."""
    if height <= 0:
        return ()
    view, timing = frame.view, frame.view.timing
    title = ruled([(" time ahead", "muted"), (" · % of all time", "muted")], width)
    if timing is None or timing.now is None:
        return stacked([title, fitted([(" nothing known yet", "muted")], width)], width, height)
    ahead = [*_windows(timing, timing.now, width), *_counts(timing, timing.now, frame.zone, width)]
    ordered = (row for _, row in sorted(ahead, key=itemgetter(0)))
    rows = [*_clock_rows(timing, timing.now, view, frame.zone, width), *ordered]
    rows += [_spectral_row(cycle, frame.zone, width) for cycle in timing.spectral]
    return stacked([title, *rows], width, height)


def countdown(nanoseconds: int) -> str:
    """Return how long until something: `42m`, `3h05`, `2d`; below a minute `<1m`."""
    minutes = max(0, nanoseconds) // (60 * times.SECOND)
    if minutes < 1:
        return "<1m"
    if minutes < 60:
        return f"{minutes}m"
    return f"{minutes // 60}h{minutes % 60:02}" if minutes < 48 * 60 else f"{minutes // 1_440}d"


def _clock_rows(timing: Timing, now: int, view: MarketView, zone: tzinfo, width: int) -> list[Row]:
    clock = timing.clock
    if clock is None:
        return []
    running = [span for span in clock.ranges if span.running and span.high is not None]
    rows = [_range_row(span, view, width) for span in running[:_RANGES]]
    return rows + [_mark_row(mark, now, zone, width) for mark in clock.marks[:_MARKS]]


def _range_row(span: SessionRange, view: MarketView, width: int) -> Row:
    low, high = (numbers.price(view.instrument, tick) for tick in (span.low, span.high))
    opened = numbers.price(view.instrument, span.open)
    return fitted([(f" {span.name:<9} ", "muted"), (f"{low}–{high}", "text"), (f" o {opened}", "muted")], width)


def _mark_row(mark: ClockMark, now: int, zone: tzinfo, width: int) -> Row:
    when = (f" {countdown(mark.ts - now)}".ljust(_WHEN), "text")
    return fitted([when, (f" {printable(mark.name)} {times.clock_minutes(mark.ts, zone)}", "text")], width)


def _windows(timing: Timing, now: int, width: int) -> list[tuple[int, Row]]:
    """Return windows of astro and Gann with their order: those in force by their end, then those to come."""
    return [
        (window.end - _LONG if window.start <= now else window.start, _window_row(window, now, width))
        for window in timing.windows
        if window.engine != "cycle" and window.end > now
    ]


def _counts(timing: Timing, now: int, zone: tzinfo, width: int) -> list[tuple[int, Row]]:
    """Return the count that comes next of each interval, with its order, as if every bar to come had a trade."""
    nearest: dict[str, CycleCount] = {}
    for count in sorted(timing.cycles, key=lambda count: (not count.in_force, count.left)):
        nearest.setdefault(count.interval, count)
    return [
        (
            now - _LONG if count.in_force else now + count.left * INTERVAL_SECONDS[count.interval] * times.SECOND,
            _count_row(count, zone, width),
        )
        for count in nearest.values()
    ]


def _window_row(window: UpcomingWindow, now: int, width: int) -> Row:
    is_now = window.start <= now
    when = f" ▸{countdown(window.end - now)}" if is_now else f" {countdown(window.start - now)}"
    share = _percent(window.base_rate).rjust(_SHARE)
    bare = f" {printable(window.name)}"
    named = f" {window.engine}:{bare}"
    is_of_sky = window.engine == "astro"
    name = bare if is_of_sky or len(named) > width - _WHEN - len(share) - 2 else named
    return _told(when, name, share, "key bold" if is_now else "text", width)


def _percent(share: float | None) -> str:
    """Return a share in at most five cells, with a digit after the point where it is small."""
    if share is None:
        return UNKNOWN
    return f"{100 * share:.1f} %" if share < 0.0995 else f"{100 * share:.0f} %"


def _count_row(count: CycleCount, zone: tzinfo, width: int) -> Row:
    when = " ▸now" if count.in_force else f" {count.left} bar{'' if count.left == 1 else 's'}"
    name = f" {count.target} from {times.clock_minutes(count.pivot, zone)} {count.side} {count.interval}"
    share = _percent(count.base_rate).rjust(_SHARE)
    return _told(when, name, share, "key bold" if count.in_force else "text", width)


def _spectral_row(cycle: SpectralCycle, zone: tzinfo, width: int) -> Row:
    name = f" cycle of {cycle.period:.0f} bars, chance {cycle.p_value:.2f}"
    if cycle.turn is not None and cycle.turn_side is not None and cycle.p_value < _SIGNIFICANT:
        name = f" cycle of {cycle.period:.0f}: {cycle.turn_side} {times.clock_minutes(cycle.turn, zone)}"
    return _told("", name, cycle.interval, "muted", width)


def _told(when: str, name: str, share: str, ink: str, width: int) -> Row:
    spans: list[Span] = [(when.ljust(_WHEN), ink)]
    room = width - max(_WHEN, len(when)) - len(share) - 2
    if room > 0:
        spans += [*fitted([(name, ink)], room), (f" {share} ", "muted")]
    return fitted(spans, width)
