"""The transport row: how the replay plays, how far it has come, and what it has passed on the way."""

from typing import Final

from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.grid import Grid
from qmo_tui.cockpit.painting.line import paint_line
from qmo_tui.cockpit.painting.spans import Row, Rows, Span, fitted, width_of
from qmo_tui.session.landmarks import KINDS, LandmarkKind
from qmo_tui.session.playback import Playback

SIGNS: Final[dict[LandmarkKind, tuple[str, str]]] = {
    "trade": ("$", "text bold"),
    "prompt": ("!", "warn bold"),
    "lock": ("#", "alarm bold"),
    "gap": ("×", "alarm bold"),
    "sweep": ("W", "text bold"),
    "absorption": ("A", "text bold"),
    "iceberg": ("◆", "text"),
    "session": ("│", "muted"),
}
"""Sign and ink of what has been passed; each has a shape of its own, since there may be no colours."""
_RANKS: Final = {kind: rank for rank, kind in enumerate(KINDS)}
_SIDE_TEXT: Final = 22
"""Cells left of the bar; fixed, so that the bar does not jump."""


def paint_scrub(frame: Frame, width: int, height: int) -> Rows:
    """Paint state, position bar and times of a replay, or the line to the market."""
    if frame.line is not None:
        return (paint_line(frame, frame.line, width),)[:height]
    playback = frame.playback
    left = fitted([*_state(playback)], min(_SIDE_TEXT, width))
    right = _times(frame)
    bar_width = width - width_of(left) - width_of(right)
    bar = _bar(frame, bar_width)
    return (fitted((*left, *bar, *right), width),)[:height]


def bar_span(frame: Frame, width: int) -> tuple[int, int]:
    """Return the first column of the position bar and its length, for pointing at it; the present has none."""
    if frame.line is not None:
        return 0, 0
    left = min(_SIDE_TEXT, width)
    return left, max(0, width - left - width_of(_times(frame)))


def now_at(frame: Frame) -> int | None:
    """Return the time that playing has come to."""
    return frame.playback.position if frame.playback.position is not None else frame.view.event_time


def position(playback: Playback, now: int | None) -> float | None:
    """Return where a time stands on the bar, 0 to 1; None while the bar's end is not known."""
    start, end = playback.start, playback.bar_end
    if now is None or start is None or end is None or end <= start:
        return None
    return min(1.0, max(0.0, (now - start) / (end - start)))


def _state(playback: Playback) -> list[Span]:
    if playback.searching:
        return [(f" » NEXT {playback.searching.upper()} ", "warn reverse")]
    if playback.seeking:
        return [(" » SEEKING ", "warn reverse")]
    if playback.finished:
        return [(" END OF RECORDING ", "warn reverse")]
    speed = numbers.speed(playback.speed)
    told = f"{speed} loop" if playback.loop is not None else speed
    if playback.paused:
        return [(" ‖ PAUSED ", "warn reverse"), (f" {told}" if playback.loop is not None else f" at {told}", "muted")]
    return [(" ▶ ", "text bold"), (f"playing {told}", "text")]


def _times(frame: Frame) -> Row:
    playback, now = frame.playback, now_at(frame)
    clock = (f" {times.clock(now, frame.zone)}", "text")
    if playback.endless:
        return (clock, (" no end ", "muted"))
    end = times.clock(playback.end, frame.zone)
    place = position(playback, now)
    share = "" if place is None else f" {place * 100:3.0f} %"
    return (clock, (f" of {end}{share} ", "muted"))


def _bar(frame: Frame, width: int) -> Row:
    """Draw the bar: what was passed over what was played, the ends of the loop over both, the knob over all."""
    playback = frame.playback
    place = position(playback, now_at(frame))
    if place is None or width < 3:
        return ((" " * max(0, width), "faint"),)
    grid = Grid(width, 1)
    knob = round(place * (width - 1))
    grid.put(0, 0, "━" * knob, "replay_badge")
    grid.put(knob, 0, "─" * (width - knob), "faint")
    for column, rank in _passed(playback, width).items():
        sign, ink = SIGNS[KINDS[rank]]
        grid.put(column, 0, sign, ink if column <= knob else "muted")
    begins, ends = playback.loop or (frame.loop_from, None)
    for moment, sign in ((begins, "["), (ends, "]")):
        if moment is not None:
            grid.put(_column(playback, moment, width), 0, sign, "key bold")
    grid.put(knob, 0, "●", "text bold")
    return grid.rows()[0]


def _passed(playback: Playback, width: int) -> dict[int, int]:
    """Return the place in `KINDS` of what is told in each column: of several marks the rarest."""
    ranks: dict[int, int] = {}
    for mark in playback.marks:
        column, rank = _column(playback, mark.ts, width), _RANKS[mark.kind]
        ranks[column] = min(rank, ranks.get(column, rank))
    return ranks


def _column(playback: Playback, ts: int, width: int) -> int:
    return round((position(playback, ts) or 0.0) * (width - 1))
