"""Everything that was to be said, in full: why the feed ended, remarks, price alerts, and the alerts that were told."""

import textwrap
from typing import Final

from qmo_tui.cockpit.alert import ToldAlert
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.notice import health_texts
from qmo_tui.cockpit.painting.spans import Row, Rows, Span, fitted, printable, stacked

_LABEL: Final = 12
_NARROWEST: Final = 20


def paint_messages(frame: Frame, width: int, height: int) -> Rows:
    """Paint what is wrong first, then remarks and price alerts, then alerts, the newest first."""
    rows = [fitted([(" Messages ", "text reverse bold"), ("   ! or Esc closes", "muted")], width)]
    if frame.error is not None:
        rows += _labelled("FEED ENDED", frame.error, "alarm bold", width)
        rows += _labelled("", "`qmo check` says where log and crash files are", "muted", width)
    for text in (*health_texts(frame.view.health), *frame.notes):
        rows += _labelled("note", text, "warn", width)
    if frame.view.missing:
        rows += _labelled("missing", " · ".join(frame.view.missing), "text", width)
    prices = ", ".join(numbers.price(frame.view.instrument, tick) for tick in reversed(frame.price_alerts))
    rows += _labelled("alerts at", prices or "no price: T at a cursor (e, h) sets one", "text", width)
    if frame.muted:
        rows += _labelled("MUTED", "no bell, flash or command; M tells alerts again", "warn", width)
    for told in reversed(frame.told_alerts):
        rows += _of_alert(told, frame, width)
    return stacked(rows, width, height)


def messages_subject(frame: Frame) -> object:
    """Return what of a frame the messages show."""
    view = frame.view
    return (
        *(frame.error, view.health, frame.notes, view.missing, view.instrument),
        *(frame.price_alerts, frame.muted, frame.told_alerts, frame.zone),
    )


def _of_alert(told: ToldAlert, frame: Frame, width: int) -> list[Row]:
    return _labelled(times.clock(told.at, frame.zone), told.in_words, "muted" if told.silenced else "text", width)


def _labelled(label: str, text: str, ink: str, width: int) -> list[Row]:
    """Return a text behind its label, on as many rows as it takes."""
    lines = textwrap.wrap(printable(text), max(_NARROWEST, width - _LABEL - 1)) or [""]
    rows: list[Row] = []
    for number, line in enumerate(lines):
        begin: Span = (f" {'' if number else label:{_LABEL}}", "muted")
        rows.append(fitted([begin, (line, ink)], width))
    return rows
