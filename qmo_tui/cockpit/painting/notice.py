"""The row of what must not be missed: errors first, then data health, remarks, and what the schema cannot give."""

from engines.view import Health
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting.spans import Row, Rows, Span, fitted, printable

_COUNTERS = (
    ("unknown_orders", "unknown orders"),
    ("crossed_events", "crossed events"),
    ("bad_records", "bad records"),
    ("late_records", "late records"),
    ("off_tick", "prices off the tick"),
)
_FLASH = "warn reverse bold"


def paint_notice(frame: Frame, width: int, height: int) -> Rows:
    """Paint the notices on one row, the most urgent at the left."""
    if frame.flash:
        return (fitted([(f" {printable(frame.flash)}", _FLASH)], width, _FLASH),)[:height]
    spans: list[Span] = [(" ALERTS MUTED ", "warn reverse")] if frame.muted else []
    if frame.error is not None:
        spans.append((f" FEED ENDED: {printable(frame.error)} ", "ink on alarm bold"))
    if frame.message is not None:
        spans.append((f" {printable(frame.message)} ", "text bold"))
    if frame.playback.halted:
        spans.append((f" paused: {printable(frame.playback.halted)} ", "text bold"))
    spans.extend((f" {text} ", "warn") for text in health_texts(frame.view.health))
    spans.extend((f" {printable(note)} ", "warn") for note in frame.notes)
    if frame.view.missing:
        spans.append((f" missing: {' · '.join(printable(text) for text in frame.view.missing)} ", "muted"))
    return (_separated(spans, width),)[:height]


def health_texts(health: Health) -> list[str]:
    """Return the counters that are not zero, in words."""
    counted = ((getattr(health, name), words) for name, words in _COUNTERS)
    return [f"{words}: {count:,}" for count, words in counted if count]


def _separated(spans: list[Span], width: int) -> Row:
    row: list[Span] = []
    for span in spans:
        if row:
            row.append(("·", "faint"))
        row.append(span)
    return fitted(row, width)
