"""The mentor's sentences, as of its newest evaluation; what forbids a prompt stands before them."""

import textwrap
from datetime import tzinfo
from typing import Final

from engines.mentor_view import DISCLAIMER, MentorView
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.gates import closed_gates, gate_text
from qmo_tui.cockpit.painting.pillars import NO_READING
from qmo_tui.cockpit.painting.spans import Row, Rows, chosen, fitted, printable, ruled, stacked

_NARROWEST: Final = 12
_GATES: Final = "gate"
"""Topic of the sentence that says of closed gates what they say above it."""


def mentor_subject(frame: Frame) -> object:
    """Return what of a frame the sentences show."""
    return frame.view.mentor, frame.zone


def paint_mentor(frame: Frame, width: int, height: int) -> Rows:
    """Paint title, closed gates, as many sentences as fit, the most important first, and the disclaimer below."""
    if height <= 0:
        return ()
    mentor = frame.view.mentor
    title = ruled(_title(mentor, frame.zone, width), width)
    last = fitted([(f" {DISCLAIMER}", "muted")], width)
    if height == 1:
        return (title,)
    if mentor is None:
        return (*stacked([title, fitted([(f" {NO_READING}", "muted")], width)], width, height - 1), last)
    told = [(gate_text(gate, frame.zone), "warn", "") for gate in closed_gates(mentor.gates)]
    read = [sentence for sentence in mentor.sentences if sentence.topic != _GATES]
    told += [(numbers.minus_signs(printable(sentence.text)), "text", "· ") for sentence in read]
    return (*stacked([title, *_paragraphs(told, width, height - 2)], width, height - 1), last)


def _title(mentor: MentorView | None, zone: tzinfo, width: int) -> Row:
    """Return when it was said, and the phase with its age as far as that fits."""
    if mentor is None:
        return ((" mentor", "muted"),)
    parts: list[tuple[int, Row]] = [(0, ((f" mentor {times.clock_minutes(mentor.ts, zone)}", "muted"),))]
    if mentor.phase is not None:
        parts.append((1, ((mentor.phase.phase, "text"),)))
        parts.append((2, ((f"since {times.clock_minutes(mentor.phase.since, zone)}", "muted"),)))
    return chosen(parts, width - 1)


def _paragraphs(told: list[tuple[str, str, str]], width: int, room: int) -> list[Row]:
    """Wrap texts (text, ink, bullet); what has no room any more is counted in the last row."""
    rows: list[Row] = []
    for place, (text, ink, bullet) in enumerate(told):
        lines = textwrap.wrap(f"{bullet}{text}", max(_NARROWEST, width - 2), subsequent_indent="  ")
        left = room - len(rows)
        if len(lines) > left or (len(lines) == left and place < len(told) - 1):
            kept = [fitted([(f" {line}", ink)], width) for line in lines[: max(0, left - 1)]]
            return [*rows, *kept, fitted([(f" … {len(told) - place} more", "muted")], width)][: max(0, room)]
        rows += [fitted([(f" {line}", ink)], width) for line in lines]
    return rows
