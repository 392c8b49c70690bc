"""The transport row: how the replay plays and how far it has come."""

from typing import Final

from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.line import paint_line
from qmo_tui.cockpit.painting.spans import Row, Rows, Span, fitted, width_of
from qmo_tui.session.playback import Playback

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
    place = position(playback, now_at(frame))
    bar = _bar(place, bar_width) if place is not None else ((" " * max(0, bar_width), "faint"),)
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
    """Return how much of the recording has been played, 0 to 1; None while its end is not known."""
    if now is None or playback.start is None or playback.end is None or playback.end <= playback.start:
        return None
    return min(1.0, max(0.0, (now - playback.start) / (playback.end - playback.start)))


def _state(playback: Playback) -> list[Span]:
    if playback.seeking:
        return [(" » SEEKING ", "warn reverse")]
    if playback.finished:
        return [(" END OF RECORDING ", "warn reverse")]
    speed = numbers.speed(playback.speed)
    if playback.paused:
        return [(" ‖ PAUSED ", "warn reverse"), (f" at {speed}", "muted")]
    return [(" ▶ ", "text bold"), (f"playing {speed}", "text")]


def _times(frame: Frame) -> Row:
    playback, now = frame.playback, now_at(frame)
    end = times.clock(playback.end, frame.zone)
    place = position(playback, now)
    share = "" if place is None else f" {place * 100:3.0f} %"
    return ((f" {times.clock(now, frame.zone)}", "text"), (f" of {end}{share} ", "muted"))


def _bar(place: float, width: int) -> Row:
    if width < 3:
        return ((" " * max(0, width), "faint"),)
    knob = round(place * (width - 1))
    return (("━" * knob, "replay_badge"), ("●", "text bold"), ("─" * (width - 1 - knob), "faint"))
