"""A zone opened: what it is, everything that speaks for it, and the newest records behind it."""

from dataclasses import dataclass
from typing import Final

from engines.view import Evidence, MarketView, OpenedZone, ZoneMark, ZoneRecord
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.ladder_notes import market_tick
from qmo_tui.cockpit.painting.spans import (
    UNKNOWN,
    Row,
    Rows,
    Span,
    cells_of,
    fitted,
    most_important,
    printable,
    stacked,
)
from qmo_tui.cockpit.painting.zones import LETTERS, MEANINGS, price_band, score_of, ticks_away

_HEAD: Final = 3
"""Rows that do not scroll: title, life, and the keys."""
_NAME: Final = 24
_VALUE: Final = 22
"""Least cells of what is stated; more where something takes more and the width has them."""
_NO_RECORDS: Final = "it rests on whole bars, on no record by itself"
_WHAT: Final = 10
_TIME: Final = 12
_ORDER_FROM: Final = 70
"""Width that has room to say that a number is an order's."""
_SIZE: Final = 5


@dataclass(frozen=True, slots=True)
class _RecordWidths:
    """Cells of the columns of records whose width is that of what stands in them."""

    index: int
    price: int


def opened_subject(frame: Frame) -> object:
    """Return what of a frame the opened zone shows."""
    view = frame.view
    return view.opened, market_tick(view), (view.event_time or 0) // times.SECOND, view.instrument, frame.zones


def paint_opened_zone(frame: Frame, width: int, height: int) -> Rows:
    """Paint the zone that the view opened; its head stays, evidence and records scroll."""
    if height <= 0:
        return ()
    opened = frame.view.opened
    if opened is None:
        gone = (" This zone is not kept any more. ", "warn"), ("o or Esc closes", "muted")
        return stacked([fitted(gone, width)], width, height)
    head = [_title(opened.mark, frame, width), _life(opened.mark, frame, width), _keys(opened, width, height)]
    body = _body(opened, frame, width)
    first = min(frame.zones.scrolled, max(0, len(body) - (height - _HEAD)))
    return stacked([*head, *body[first:]], width, height)


def scroll_room(view: MarketView, height: int) -> int:
    """Return how many rows of the opened zone lie beyond a pane of this height."""
    return 0 if view.opened is None else max(0, _body_height(view.opened) - (height - _HEAD))


def _body_height(opened: OpenedZone) -> int:
    return 2 + max(1, len(opened.mark.evidence)) + max(1, len(opened.records))


def _title(mark: ZoneMark, frame: Frame, width: int) -> Row:
    band = price_band(frame.view.instrument, mark.low, mark.high)
    ink = mark.side if mark.live else "muted"
    return fitted(
        [
            (f" {LETTERS[mark.kind]} ", f"ink on {ink} bold"),
            (f" {band}  {mark.side}, {MEANINGS[mark.side]}", f"{ink} bold"),
            (f"  {_where(mark, frame)}", "text"),
            (f"  {printable(mark.label)}", "text bold"),
        ],
        width,
    )


def _where(mark: ZoneMark, frame: Frame) -> str:
    away = ticks_away(mark, market_tick(frame.view))
    return away if away in {"here", UNKNOWN} else f"{away} ticks"


def _life(mark: ZoneMark, frame: Frame, width: int) -> Row:
    """Return its life as far as it is known: from when, to when, in which state, and why it ended."""
    now = frame.view.event_time
    age = UNKNOWN if now is None else numbers.age(max(0, now - mark.first_ts))
    state = printable(mark.state) if mark.live else f"ended: {printable(mark.state)}"
    parts: list[tuple[int, Row]] = [
        (0, ((f" {state}", "text bold" if mark.live else "warn bold"),)),
        (1, (("score ", "muted"), (score_of(mark), "text"))),
        (1, (("since ", "muted"), (times.clock(mark.first_ts, frame.zone), "text"), (f" ({age})", "muted"))),
        (2, (("newest step ", "muted"), (times.clock(mark.last_ts, frame.zone), "text"))),
    ]
    if mark.reason:
        parts.insert(1, (0, ((printable(mark.reason), "warn"),)))
    return most_important(parts, width)


def _keys(opened: OpenedZone, width: int, height: int) -> Row:
    hidden = _body_height(opened) - (height - _HEAD)
    scroll = "  PgUp PgDn scroll" if hidden > 0 else ""
    return fitted([(f" o or Esc closes  j k another{scroll}", "muted")], width)


def _body(opened: OpenedZone, frame: Frame, width: int) -> list[Row]:
    evidence, records = opened.mark.evidence, opened.records
    rows = [_heading("what speaks for it", width)]
    room = max([_VALUE, *(cells_of(printable(item.value)) for item in evidence)])
    rows += [_evidence_row(item, frame, room, width) for item in evidence] or [_none("nothing was stated", width)]
    rows.append(_heading(f"records, newest first: {len(records)} of {opened.count:,}", width))
    widths = _RecordWidths(
        index=max((len(f"{record.index:,}") for record in records), default=0),
        price=max((len(numbers.price(frame.view.instrument, record.tick)) for record in records), default=0),
    )
    rows += [_record_row(record, frame, widths, width) for record in reversed(records)] or [_none(_NO_RECORDS, width)]
    return rows


def _heading(text: str, width: int) -> Row:
    rest = max(0, width - len(text) - 3)
    return fitted([(f" {text} ", "text bold"), ("─" * rest, "faint")], width)


def _none(text: str, width: int) -> Row:
    return fitted([(f" {text}", "muted")], width)


def _evidence_row(item: Evidence, frame: Frame, room: int, width: int) -> Row:
    spans: list[Span] = [
        (f" {printable(item.name):<{_NAME}} ", "muted"),
        *fitted([(printable(item.value), "text")], max(0, min(room, width - _NAME - 3 - _TIME))),
        (" ", "text"),
    ]
    if item.ts is not None:
        spans.append((times.clock_milliseconds(item.ts, frame.zone), "muted"))
    return fitted(spans, width)


def _record_row(record: ZoneRecord, frame: Frame, widths: _RecordWidths, width: int) -> Row:
    order = UNKNOWN if record.order_id is None else record.order_id
    return fitted(
        [
            (f" #{record.index:<{widths.index},}", "muted"),
            (f" {times.clock_milliseconds(record.ts, frame.zone)} ", "muted"),
            (f" {printable(record.what):<{_WHAT}}", "text"),
            (f" {numbers.price(frame.view.instrument, record.tick):>{widths.price}}", "text"),
            (f" {numbers.lots(record.size, _SIZE):>{_SIZE}}", "text bold"),
            (f"{'  order' if width >= _ORDER_FROM else ''} {order}", "muted"),
        ],
        width,
    )
