"""All that the mentor says over a market that runs on, for screens without a column for it: two halves side by side."""

from typing import Final

from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting.mentor import mentor_subject, paint_mentor
from qmo_tui.cockpit.painting.pillars import PILLARS_HEIGHT, paint_pillars, pillars_subject
from qmo_tui.cockpit.painting.spans import PLAIN, Rows, fitted
from qmo_tui.cockpit.painting.time_ahead import paint_time_ahead, time_subject

_LEFT: Final = 38


def over_subject(frame: Frame) -> object:
    """Return what of a frame it shows."""
    return pillars_subject(frame), time_subject(frame), mentor_subject(frame)


def paint_mentor_over(frame: Frame, width: int, height: int) -> Rows:
    """Paint pillars and time at the left, sentences at the right."""
    left = min(_LEFT, width)
    pillars = min(height, PILLARS_HEIGHT)
    beside = (*paint_pillars(frame, left, pillars), *paint_time_ahead(frame, left, height - pillars))
    right = paint_mentor(frame, max(0, width - left - 1), height)
    return tuple(fitted([*one, (" ", PLAIN), *other], width) for one, other in zip(beside, right, strict=True))
