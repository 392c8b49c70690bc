"""The health of the feed: where data comes from, how old it is, how fast it comes, and what was wrong with it.

A count that nothing can tell yet is `--`; 0 means that nothing was wrong.
"""

from typing import Final

from engines.view import Health
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.line import silence
from qmo_tui.cockpit.painting.scrub import SIGNS
from qmo_tui.cockpit.painting.spans import UNKNOWN, Row, Rows, Span, fitted, printable, ruled, stacked
from qmo_tui.cockpit.painting.status import badge, pace

_NAME: Final = 10
_COUNTERS: Final = (
    (("unknown_orders", "unknown orders"), ("crossed_events", "crossed")),
    (("bad_records", "bad"), ("late_records", "late"), ("off_tick", "off tick"), ("far_orders", "far")),
)


def health_subject(frame: Frame) -> object:
    """Return what of a frame the pane shows."""
    view = frame.view
    told = frame.line, frame.playback, frame.source, round(frame.records_per_second), frame.error, frame.pace
    age = None if view.event_time is None or view.receive_time is None else view.receive_time - view.event_time
    return told, view.sequence, age, view.health, view.book, view.phase, view.schema, view.missing, frame.zone


def paint_health(frame: Frame, width: int, height: int) -> Rows:
    """Paint title and figures, the most urgent first."""
    if height <= 0:
        return ()
    rows = [ruled([(" feed health", "muted")], width)]
    rows += [fitted([(f" {name:<{_NAME}}", "muted"), *told], width) for name, told in _told(frame)]
    return stacked(rows, width, height)


def _told(frame: Frame) -> list[tuple[str, Row]]:
    view, line = frame.view, frame.line
    rows: list[tuple[str, Row]] = [("state", _state(frame))]
    if frame.error is not None:
        rows.append(("ended", ((printable(frame.error), "alarm bold"),)))
    rows += [
        ("source", ((printable(frame.source) or UNKNOWN, "text"),)),
        ("records", ((f"{_count(frame, view.sequence)} at {numbers.rate(frame.records_per_second)}", "text"),)),
        ("latency", _latency(frame)),
        ("loop", _loop(frame)),
        ("gaps", _gaps(frame)),
        *(("", _counters(view.health, names, frame)) for names in _COUNTERS),
        ("book", ((f"{view.book.value}, {view.phase.value}, {view.schema or UNKNOWN}", "text"),)),
        ("recording", _recording(frame)),
    ]
    if line is not None and line.since is not None:
        rows.insert(1, ("since", ((f"{times.clock(line.since, frame.zone)} {printable(line.reason)}", "text"),)))
    if view.missing:
        rows.append(("missing", ((printable(" · ".join(view.missing)), "warn"),)))
    return rows


def _state(frame: Frame) -> Row:
    if frame.line is not None:
        return (*badge(frame), (" ", "text"), silence(frame.line))
    return (*badge(frame), (" ", "text"), pace(frame))


def _count(frame: Frame, count: int) -> str:
    return numbers.grouped(count if frame.view.sequence else None)


def _latency(frame: Frame) -> Row:
    """Return how long the newest record took from the exchange to its capture."""
    view = frame.view
    if view.event_time is None or view.receive_time is None:
        return ((UNKNOWN, "muted"),)
    return ((numbers.latency(view.receive_time - view.event_time), "text"), (" exchange to capture", "muted"))


def _loop(frame: Frame) -> Row:
    pace_of = frame.pace
    late = UNKNOWN if pace_of.worst_lag is None else numbers.latency(round(pace_of.worst_lag * 1e9))
    spans: list[Span] = [(f"{late} late at worst, {pace_of.frames_per_second} fps", "text")]
    if pace_of.reason is not None:
        spans.append((f", {pace_of.reason}", "warn"))
    return tuple(spans)


def _gaps(frame: Frame) -> Row:
    """Return how often the line was interrupted; of a recording, whether one was met, which its bar marks."""
    if frame.line is None:
        if any(mark.kind == "gap" for mark in frame.playback.marks):
            return ((f"records are missing: {SIGNS['gap'][0]} on the bar of the replay", "warn"),)
        return (("none met so far", "muted"),)
    count = frame.line.interruptions
    return ((f"interrupted {count}x", "warn" if count else "text"),)


def _counters(health: Health, names: tuple[tuple[str, str], ...], frame: Frame) -> Row:
    spans: list[Span] = []
    for name, words in names:
        count = getattr(health, name)
        spans += [(f"{words} ", "muted"), (f"{_count(frame, count)}  ", "warn" if count else "text")]
    return tuple(spans)


def _recording(frame: Frame) -> Row:
    if frame.line is None:
        return (("this is a recording", "muted"),) if frame.view.provenance.value != "demo" else (("--", "muted"),)
    if frame.line.recording is None:
        return (("not recording", "muted"),)
    return ((printable(frame.line.recording), "text"),)
