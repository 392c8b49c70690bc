"""Why: the reasons of every pillar, each with its time and value, and the line of the log that it rests on."""

import textwrap
from datetime import tzinfo
from typing import Final

from engines.events import Pillar, Reason
from engines.view import MarketView
from qmo_tui.cockpit.frame import Frame, ReasonPlace
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.pillars import NO_READING, pillar_row
from qmo_tui.cockpit.painting.spans import Row, Rows, fitted, printable, ruled, stacked

_BEFORE: Final = 12
"""Cells of marker and time."""
_VALUE: Final = 9
_NARROWEST: Final = 12
_DETAIL: Final = 3
"""Rows of the selected reason in full, below what scrolls."""


def reason_places(view: MarketView) -> list[ReasonPlace]:
    """Return all reasons that can be stepped through, pillar by pillar."""
    if view.mentor is None:
        return []
    return [ReasonPlace(pillar.name, place) for pillar in view.mentor.pillars for place in range(len(pillar.reasons))]


def reason_at(view: MarketView, place: ReasonPlace | None) -> Reason | None:
    """Return the reason at a place; None where there is none any more."""
    if view.mentor is None or place is None:
        return None
    pillar = next((pillar for pillar in view.mentor.pillars if pillar.name == place.pillar), None)
    return pillar.reasons[place.place] if pillar is not None and place.place < len(pillar.reasons) else None


def zone_of(view: MarketView, reason: Reason | None) -> str | None:
    """Return the id of the zone that a reason names; None where it names none that is kept."""
    if reason is None or not reason.id:
        return None
    return next((mark.id for mark in view.zones if mark.id == reason.id), None)


def why_subject(frame: Frame) -> object:
    """Return what of a frame the reasons show."""
    view = frame.view
    return view.mentor, view.zones, (view.event_time or 0) // times.SECOND, frame.zone, frame.why


def paint_why(frame: Frame, width: int, height: int) -> Rows:
    """Paint title, as many pillars with their reasons as fit, the selected one among them, and that one in full."""
    if height <= 0:
        return ()
    mentor = frame.view.mentor
    title = ruled([(" why", "text bold"), ("  w or Esc closes  j k another  o its zone", "muted")], width)
    if mentor is None:
        return stacked([title, fitted([(f" {NO_READING}", "muted")], width)], width, height)
    body, chosen = _body(frame, mentor.pillars, width)
    room = max(0, height - 1 - _DETAIL)
    first = max(0, min(chosen - room // 2, len(body) - room))
    return stacked([title, *stacked(body[first : first + room], width, room), *_detail(frame, width)], width, height)


def _body(frame: Frame, pillars: tuple[Pillar, ...], width: int) -> tuple[list[Row], int]:
    """Return all rows, and which of them the selected reason stands in."""
    rows: list[Row] = []
    chosen = 0
    for number, pillar in enumerate(pillars, 1):
        rows.append(pillar_row(number, pillar, frame.view, width, with_reason=False))
        if pillar.available and pillar.note:
            rows.append(fitted([(f"   {printable(pillar.note)}", "muted")], width))
        for place, reason in enumerate(pillar.reasons):
            is_selected = frame.why.selected == ReasonPlace(pillar.name, place)
            chosen = len(rows) if is_selected else chosen
            rows.append(_reason_row(reason, frame, width, is_selected=is_selected))
    return rows, chosen


def _reason_row(reason: Reason, frame: Frame, width: int, *, is_selected: bool) -> Row:
    weight = " bold" if is_selected else ""
    value = numbers.measured(reason.value).rjust(_VALUE)
    told = [
        (f"{printable(reason.name)} ", f"muted{weight}"),
        (numbers.minus_signs(printable(reason.text)), f"text{weight}"),
    ]
    return fitted(
        [
            (" ▸ " if is_selected else "   ", "key bold"),
            (f"{times.clock(reason.ts, frame.zone)} ", "muted"),
            *fitted(told, max(0, width - _BEFORE - _VALUE - 1)),
            (value, "text"),
        ],
        width,
    )


def _detail(frame: Frame, width: int) -> list[Row]:
    """Tell the selected reason in full, name the line that it rests on, and whether its zone can be opened."""
    reason = reason_at(frame.view, frame.why.selected)
    if reason is None:
        return [fitted([(" no reason is given", "muted")], width)]
    words = textwrap.wrap(
        f"{printable(reason.name)}: {numbers.minus_signs(printable(reason.text))}", max(_NARROWEST, width - 2)
    )
    told = [fitted([(f" {line}", "text")], width) for line in words[: _DETAIL - 1]]
    opens = "  o opens it" if zone_of(frame.view, reason) is not None else ""
    return [*told, fitted([(f" {_line(reason, frame.zone)}", "muted"), (opens, "key")], width)]


def _line(reason: Reason, zone: tzinfo) -> str:
    named = f" {printable(reason.id)}" if reason.id else ""
    return f"{reason.kind}{named} {times.clock_milliseconds(reason.ts, zone)}"
