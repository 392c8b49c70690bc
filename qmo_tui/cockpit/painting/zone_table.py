"""The table of zones: one a row, the nearest to price first; ended ones dim at the end, with their reason."""

from dataclasses import dataclass
from typing import Final

from engines.view import ZoneMark
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers
from qmo_tui.cockpit.painting.bands import drawn_of
from qmo_tui.cockpit.painting.ladder_notes import market_tick
from qmo_tui.cockpit.painting.spans import PLAIN, Row, Rows, Span, blank_rows, chosen, fitted, printable, ruled, stacked
from qmo_tui.cockpit.painting.times import SECOND
from qmo_tui.cockpit.painting.zones import (
    ENDED_SHOWN,
    KIND_WORDS,
    LETTERS,
    MEANINGS,
    ended_zones,
    live_zones,
    price_band,
    score_of,
    short_label,
    ticks_away,
    weak_zones,
)

_HEADS_FROM: Final = 6
"""Height of a table that names its columns, and has a row for what has no room in them."""
_SIDE: Final = 4
_SIDE_IN_WORDS: Final = 14
_TICKS: Final = 4
_AGE: Final = 3
_SCORE: Final = 5
_STATE: Final = 10
_EVIDENCE: Final = 16
"""Least cells in which evidence can be read."""
_STRONG, _FAIR = 0.6, 0.3
"""Scores from which a row stands out, and from which it is not dim."""
_LABEL: Final = 9
"""Least cells of a label."""
_LABEL_WANTED: Final = 14
"""Cells a label gets before the state and the evidence get any."""
_LABEL_WHOLE: Final = 18
_LABEL_LONGEST: Final = 22
"""Cells of a label where there is no evidence beside it; what is then left goes to the state."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """Widths in cells, 0 leaves a column out; there is one cell of air before each."""

    band: int
    side: int
    label: int
    age: int
    score: int
    state: int
    evidence: int


def zone_subject(frame: Frame) -> object:
    """Return what of a frame the table shows; ages count whole seconds."""
    view = frame.view
    market, second = market_tick(view), (view.event_time or 0) // SECOND
    return view.zones, view.icebergs, market, second, view.instrument, frame.zones


def paint_zone_table(frame: Frame, width: int, height: int) -> Rows:
    """Paint title, column heads, as many zones as fit, the selected one among them, and what speaks for it."""
    if height <= 0:
        return ()
    view, kind = frame.view, frame.zones.kind
    live, ended = live_zones(view, kind), ended_zones(view, kind)
    marks = live + ended[:ENDED_SHOWN]
    has_heads = height >= _HEADS_FROM and bool(marks)
    room = height - 1 - 2 * has_heads
    shown = _in_sight(marks, frame.zones.selected, room)
    columns = _columns(marks, frame, width)
    rows = [_title(frame, live, ended, shown, width)]
    if has_heads:
        rows.append(_heads(columns, width))
    rows += [_row(mark, frame, columns, width) for mark in shown]
    if has_heads:
        rows += [*blank_rows(width, height - 1 - len(rows)), _detail(shown, frame, width)]
    if not marks:
        rows.append(fitted([(_nothing(frame), "muted")], width))
    return stacked(rows, width, height)


def _in_sight(marks: list[ZoneMark], selected: str | None, room: int) -> list[ZoneMark]:
    """Return the zones of the window: from the top, or up to the selected one, and always one ended zone at its end."""
    if len(marks) <= room:
        return marks
    place = next((place for place, mark in enumerate(marks) if mark.id == selected), 0)
    first = max(0, place - room + 1)
    window = marks[first : first + room]
    ended = next((mark for mark in marks if not mark.live), None)
    if ended is not None and first == 0 and place < room - 1 and room > 2 and window[-1].live:
        window[-1] = ended
    return window


def _nothing(frame: Frame) -> str:
    if frame.zones.kind is None:
        return " none that means something yet" if frame.view.zones else " no zone yet"
    return f" no zone of this kind among {len(frame.view.zones)}"


def _title(frame: Frame, live: list[ZoneMark], ended: list[ZoneMark], shown: list[ZoneMark], width: int) -> Row:
    """Say what is listed, and how many are not: no row, too weak, ended, or no band on ladder and chart."""
    view, kind = frame.view, frame.zones.kind
    counts = (
        (len(live), f"{len(live)} live", "text"),
        (hidden := len(live) - sum(mark.live for mark in shown), f"+{hidden} more", "warn"),
        (weak := weak_zones(view, kind), f"{weak} weak", "muted"),
        (len(ended), f"{len(ended)} ended", "muted"),
        (len(live) > (drawn := len(drawn_of(live))), f"{drawn} drawn", "muted"),
    )
    told: list[tuple[int, Row]] = [(0, ((f" zones: {KIND_WORDS[kind]}", "muted"),))]
    told += [(order, ((text, ink),)) for order, (count, text, ink) in enumerate(counts, 1) if count]
    return ruled(chosen(told, width), width)


def _columns(marks: list[ZoneMark], frame: Frame, width: int) -> _Columns:
    """Take columns from the most important on while they fit; the rest goes to the evidence, else to label and state.

    All zones that could be stepped to are measured, so that no column moves with those in sight.
    """
    instrument = frame.view.instrument
    band = max((len(price_band(instrument, mark.low, mark.high)) for mark in marks), default=7)
    rest = width - (2 + 1 + band + 1 + _SIDE + 1 + _TICKS) - (1 + _LABEL)
    label, age, score, state, evidence, side = _LABEL, 0, 0, 0, 0, _SIDE
    if rest >= 1 + _AGE:
        age, rest = _AGE, rest - 1 - _AGE
    if rest >= 1 + _SCORE:
        score, rest = _SCORE, rest - 1 - _SCORE
    more = max(0, min(rest, _LABEL_WANTED - label))
    label, rest = label + more, rest - more
    if rest > _STATE:
        state, rest = _STATE, rest - 1 - _STATE
    if rest >= _SIDE_IN_WORDS - _SIDE + 1 + _EVIDENCE + _LABEL_WHOLE - _LABEL_WANTED:
        side, rest = _SIDE_IN_WORDS, rest - _SIDE_IN_WORDS + _SIDE
        label, rest = _LABEL_WHOLE, rest - _LABEL_WHOLE + _LABEL_WANTED
    if rest > _EVIDENCE:
        evidence, rest = rest - 1, 0
    elif state:
        wider = min(rest, max(0, _LABEL_LONGEST - label))
        label, state, rest = label + wider, state + rest - wider, 0
    return _Columns(band, side, max(0, label + rest), age, score, state, evidence)


def _detail(shown: list[ZoneMark], frame: Frame, width: int) -> Row:
    """Tell in full what the selected zone is, or the nearest, and what speaks for it, as far as it fits a row."""
    mark = next((mark for mark in shown if mark.id == frame.zones.selected), shown[0])
    label = (f" {printable(mark.label)}: ", mark.side if mark.live else "muted")
    return fitted([label, (printable(_told(mark)), "text")], width)


def _heads(columns: _Columns, width: int) -> Row:
    texts = [
        "   ",
        "price".ljust(columns.band),
        " side".ljust(1 + columns.side)[: 1 + columns.side],
        " what".ljust(1 + columns.label),
        "ticks".rjust(1 + _TICKS),
        "age".rjust(1 + columns.age) if columns.age else "",
        "score".rjust(1 + columns.score) if columns.score else "",
        " state".ljust(1 + columns.state) if columns.state else "",
        " evidence" if columns.evidence else "",
    ]
    return fitted([("".join(texts), "muted")], width, "muted")


def _row(mark: ZoneMark, frame: Frame, columns: _Columns, width: int) -> Row:
    view = frame.view
    is_selected = mark.id == frame.zones.selected
    side_ink = mark.side if mark.live else "muted"
    ink = "text" if mark.live else "muted"
    weight = " bold" if is_selected else ""
    band = price_band(view.instrument, mark.low, mark.high).ljust(columns.band)
    side = mark.side if columns.side == _SIDE else f"{mark.side} {MEANINGS[mark.side]}"
    spans: list[Span] = [
        ("▸" if is_selected else " ", "key bold"),
        (LETTERS[mark.kind], f"ink on {mark.side} bold" if mark.live else "muted"),
        (f" {band} {side:<{columns.side}}", side_ink + weight),
        (f" {_cut(short_label(mark, columns.label), columns.label)}", ink + weight),
        (ticks_away(mark, market_tick(view)).rjust(1 + _TICKS), ink + weight),
    ]
    if columns.age:
        spans.append((_age(mark, view.event_time).rjust(1 + columns.age), "muted"))
    if columns.score:
        spans.append((score_of(mark).rjust(1 + columns.score), _score_ink(mark)))
    if columns.state:
        why = mark.reason if not mark.live and not columns.evidence else None
        spans.append((f" {_cut(why or mark.state, columns.state)}", ink))
    if columns.evidence:
        spans += [(" ", PLAIN), (_cut(_told(mark), columns.evidence), ink if mark.live else "muted")]
    return fitted(spans, width)


def _score_ink(mark: ZoneMark) -> str:
    """Let the strong ones be seen at a glance."""
    if not mark.live or (mark.score or 0.0) < _FAIR:
        return "muted"
    return f"{mark.side} bold" if (mark.score or 0.0) >= _STRONG else "text"


def _cut(text: str, width: int) -> str:
    """Return a text in exactly so many cells."""
    return "".join(text for text, _ in fitted([(printable(text), PLAIN)], width))


def _told(mark: ZoneMark) -> str:
    """Return why an ended zone ended, of a live one what speaks for it."""
    if not mark.live and mark.reason:
        return mark.reason
    return "  ".join(f"{evidence.name} {evidence.value}" for evidence in mark.evidence)


def _age(mark: ZoneMark, now: int | None) -> str:
    """Return how long ago a live zone began, or an ended one ended."""
    return numbers.short_age(None if now is None else now - (mark.first_ts if mark.live else mark.last_ts))
