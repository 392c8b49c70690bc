"""The line to the market: its badge, its row above the footer, and the overlay that lists its changes."""

import textwrap
from datetime import tzinfo
from typing import Final

from feeds.states import FeedChange, FeedState
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.spans import Row, Rows, Span, fitted, printable, stacked, width_of
from qmo_tui.session.line import Line

_BADGES: Final = {
    FeedState.LIVE: "ink on live_badge bold",
    FeedState.CONTEXT: "ink on context_badge bold",
    FeedState.DEMO: "demo_badge bold reverse",
    FeedState.REPLAY: "replay_badge bold reverse",
    FeedState.CLOSED: "ink on alarm bold",
}
_NARROWEST: Final = 20
_DOUBTFUL: Final = "warn reverse"
_LONG_SILENCE: Final = 3_000_000_000
"""A silence worth a look, long before it is called stale; nanoseconds."""
_STATE_WIDTH: Final = max(len(state.value) for state in FeedState) + 2


def line_badge(line: Line) -> Span:
    """Return the state in its own colours: only what is live looks live."""
    return f" {line.state.value.upper()} ", _BADGES.get(line.state, _DOUBTFUL)


def silence(line: Line) -> Span:
    """Return how long ago the last record came."""
    if line.silence is None:
        return "no data yet", "warn"
    is_fresh = line.state is FeedState.LIVE and line.silence < _LONG_SILENCE
    return f"data {numbers.age(line.silence)} ago", "text" if is_fresh else "warn"


def paint_line(frame: Frame, line: Line, width: int) -> Row:
    """Paint source, age of the data, interruptions and the reason of the state on one row."""
    spans: list[Span] = [line_badge(line), (" ", "text"), silence(line)]
    if line.interruptions:
        spans.append((f"  interrupted {line.interruptions}x", "warn"))
    if line.recording is not None:
        spans.append((f"  {printable(line.recording)}", "muted"))
    if line.since is not None:
        ink = "muted" if line.state is FeedState.LIVE else "warn"
        spans.append((f"  {times.clock(line.since, frame.zone)} {printable(line.source)}: ", "muted"))
        spans.append((printable(line.reason), ink))
    return fitted(spans, width)


def paint_changes(frame: Frame, width: int, height: int) -> Rows:
    """Paint the newest changes of the line, newest first; of a recording, that there is none."""
    if frame.line is None:
        return stacked([fitted([(" A recording has no line to the market.", "muted")], width)], width, height)
    changes = frame.line.changes
    heading: list[Span] = [(" Line ", "text reverse bold"), ("   l or Esc closes   ", "muted")]
    heading += [silence(frame.line), (f"   interrupted {frame.line.interruptions}x", "text")]
    rows = [fitted(heading, width)]
    for change in reversed(changes[-(height - 1) :] if height > 1 else ()):
        rows += _change(change, frame.zone, width)
    return stacked(rows, width, height)


def _change(change: FeedChange, zone: tzinfo, width: int) -> list[Row]:
    """Return a change with its whole reason, on as many rows as that takes."""
    ink = "text" if change.state is FeedState.LIVE else "warn"
    begin: list[Span] = [
        (f" {times.clock(change.at, zone)} ", "muted"),
        (f"{change.state.value.upper():<{_STATE_WIDTH}}", ink),
    ]
    margin = width_of(tuple(begin))
    words = printable(f"{change.source}: {change.reason}")
    lines = textwrap.wrap(words, max(_NARROWEST, width - margin)) or [""]
    rows = [fitted([*begin, (lines[0], "text")], width)]
    return rows + [fitted([(" " * margin, "text"), (line, "text")], width) for line in lines[1:]]
