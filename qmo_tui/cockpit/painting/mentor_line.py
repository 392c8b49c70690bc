"""The mentor in one row: side and score, whether it is armed, what forbids a prompt, how much of it can be read."""

from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import times
from qmo_tui.cockpit.painting.gates import closed_gates, gate_in_short
from qmo_tui.cockpit.painting.pillars import (
    NO_READING,
    calibration_in_short,
    coverage_in_short,
    side_row,
)
from qmo_tui.cockpit.painting.spans import Row, Rows, fitted, most_important, stacked


def line_subject(frame: Frame) -> object:
    """Return what of a frame the row shows."""
    return frame.view.mentor, frame.zone


def paint_mentor_line(frame: Frame, width: int, height: int) -> Rows:
    """Paint the row."""
    mentor, zone = frame.view.mentor, frame.zone
    if mentor is None:
        return stacked([fitted([(f" pillars: {NO_READING}", "muted")], width)], width, height)
    phase: Row = () if mentor.phase is None else ((mentor.phase.phase, "text"),)
    parts: list[tuple[int, Row]] = [
        (0, side_row(mentor, zone)),
        (1 if closed_gates(mentor.gates) else 4, gate_in_short(mentor.gates, zone)),
        (3, phase),
        (2, coverage_in_short(mentor)),
        (3, ((calibration_in_short(mentor.calibration), "muted"),)),
        (5, ((f"as of {times.clock_minutes(mentor.ts, zone)}", "muted"),)),
    ]
    return stacked([most_important([part for part in parts if part[1]], width)], width, height)


def smallest_line(frame: Frame) -> Row:
    """Return what no terminal is too small for: side, score, and whether it is armed."""
    mentor = frame.view.mentor
    if mentor is None:
        return ((NO_READING, "muted"),)
    return side_row(mentor, frame.zone)
