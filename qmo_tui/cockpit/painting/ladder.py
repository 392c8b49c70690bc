"""The ladder: one price a row, what rests there, what hides there, what traded there."""

from collections.abc import Iterator
from dataclasses import dataclass

from engines.view import BookState, IcebergMark, LadderRow, MarketPhase, MarketView
from feeds.instrument import Instrument
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers
from qmo_tui.cockpit.painting.blocks import round_maximum, shaded, stacked_bar
from qmo_tui.cockpit.painting.ladder_columns import LadderColumns, ladder_columns
from qmo_tui.cockpit.painting.ladder_notes import below_note, header_note
from qmo_tui.cockpit.painting.spans import PLAIN, Row, Rows, Span, blank_rows, fitted

HEADER_ROWS = 1
FOOTER_ROWS = 1
ARROWS = {"buy": "▲", "sell": "▼", None: "•"}
_ENDED_ICEBERG_SECONDS = 60


@dataclass(frozen=True, slots=True)
class _Scale:
    """What all rows of one picture share."""

    columns: LadderColumns
    instrument: Instrument | None
    best_bid: int | None
    best_ask: int | None
    last: int | None
    last_side: str | None
    has_touch: bool
    largest_size: int
    largest_volume: int


def ladder_height(height: int) -> int:
    """Return how many prices fit into a ladder of this height."""
    return max(0, height - HEADER_ROWS - FOOTER_ROWS)


def paint_ladder(frame: Frame, width: int, height: int) -> Rows:
    """Paint the ladder with its titles and its note row."""
    view = frame.view
    prices = ladder_height(height)
    shown = view.ladder[:prices]
    scale = _scale_of(view, shown, width)
    marks = _icebergs_by_price(view)
    rows = tuple(fitted(_price_row(row, scale, marks), width) for row in shown)
    header = header_note(view, width) or _titles(scale.columns, width)
    return (header, *rows, *blank_rows(width, prices - len(rows)), below_note(frame, width))[:height]


def _scale_of(view: MarketView, shown: tuple[LadderRow, ...], width: int) -> _Scale:
    price_width = max((len(numbers.price(view.instrument, row.tick)) for row in (shown[:1] + shown[-1:])), default=7)
    return _Scale(
        columns=ladder_columns(width, price_width),
        instrument=view.instrument,
        best_bid=view.best_bid,
        best_ask=view.best_ask,
        last=view.last,
        last_side=view.last_side,
        has_touch=view.phase is MarketPhase.CONTINUOUS and view.book is not BookState.ABSENT,
        largest_size=round_maximum(max((max(row.bid, row.ask) for row in shown), default=0)),
        largest_volume=round_maximum(max((row.buy + row.sell + row.none for row in shown), default=0)),
    )


def _icebergs_by_price(view: MarketView) -> dict[tuple[str, int], list[IcebergMark]]:
    marks: dict[tuple[str, int], list[IcebergMark]] = {}
    oldest = (view.event_time or 0) - _ENDED_ICEBERG_SECONDS * 1_000_000_000
    for mark in view.icebergs:
        if mark.is_live or mark.last_ts >= oldest:
            marks.setdefault((mark.side, mark.tick), []).append(mark)
    return marks


def _titles(columns: LadderColumns, width: int) -> Row:
    size = columns.size
    texts = (
        _title(("sold",), columns.traded, from_right=True),
        _title(("iceberg", "ice"), columns.iceberg, from_right=True),
        _title(("ord",), columns.orders, from_right=True),
        "bid".rjust(size - 1).ljust(size),
        "price".center(columns.price),
        "ask".rjust(min(6, size - 1)).ljust(size),
        _title(("ord",), columns.orders, from_right=False),
        _title(("iceberg", "ice"), columns.iceberg, from_right=False),
        _title(("bought", "bot"), columns.traded, from_right=True),
        _title(("volume",), columns.profile, from_right=False),
    )
    return fitted([("".join(texts), "muted")], width, "muted")


def _title(words: tuple[str, ...], width: int, *, from_right: bool) -> str:
    """Return the longest of a column's titles that fits."""
    word = next((word for word in words if len(word) < width), "")
    return word.rjust(width) if from_right else f" {word}".ljust(width)[:width]


def _price_row(row: LadderRow, scale: _Scale, marks: dict[tuple[str, int], list[IcebergMark]]) -> Iterator[Span]:
    columns = scale.columns
    if columns.traded:
        yield numbers.lots_or_blank(row.sell, columns.traded - 1).rjust(columns.traded), "ask"
    if columns.iceberg:
        text, ink = _iceberg(marks.get(("bid", row.tick)), columns.iceberg - 1, "bid")
        yield text.rjust(columns.iceberg), ink
    if columns.orders:
        yield numbers.lots_or_blank(row.bid_orders, columns.orders - 1).rjust(columns.orders), "muted"
    yield from _bid_size(row, scale)
    yield from _price(row, scale)
    yield from _ask_size(row, scale)
    if columns.orders:
        yield numbers.lots_or_blank(row.ask_orders, columns.orders - 1).rjust(4).ljust(columns.orders), "muted"
    if columns.iceberg:
        text, ink = _iceberg(marks.get(("ask", row.tick)), columns.iceberg - 1, "ask")
        yield f" {text}".ljust(columns.iceberg), ink
    if columns.traded:
        yield numbers.lots_or_blank(row.buy, columns.traded - 1).rjust(columns.traded), "bid"
    if columns.profile:
        yield " ", PLAIN
        volumes = ((row.sell, "ask_volume"), (row.buy, "bid_volume"), (row.none, "faint"))
        yield from stacked_bar(volumes, scale.largest_volume, columns.profile - 1)


def _bid_size(row: LadderRow, scale: _Scale) -> Iterator[Span]:
    width = scale.columns.size
    touch = " bold" if scale.has_touch and row.tick == scale.best_bid else ""
    text = f"{numbers.lots_or_blank(row.bid, min(5, width - 1)).rjust(width - 2)} "
    filled = _filled(row.bid, scale.largest_size, width - 1)
    yield " ", PLAIN
    yield from shaded(text, filled, from_right=True, ink=f"bid{touch}", bar_ink=f"bid_over{touch} on bid_bar")


def _ask_size(row: LadderRow, scale: _Scale) -> Iterator[Span]:
    width = scale.columns.size
    touch = " bold" if scale.has_touch and row.tick == scale.best_ask else ""
    text = numbers.lots_or_blank(row.ask, min(5, width - 1)).rjust(min(6, width - 1)).ljust(width - 1)
    filled = _filled(row.ask, scale.largest_size, width - 1)
    yield from shaded(text, filled, from_right=False, ink=f"ask{touch}", bar_ink=f"ask_over{touch} on ask_bar")
    yield " ", PLAIN


def _filled(size: int, largest: int, width: int) -> int:
    return min(width, -(-size * width // largest))


def _price(row: LadderRow, scale: _Scale) -> Iterator[Span]:
    width = scale.columns.price
    text = numbers.price(scale.instrument, row.tick)[: max(0, width - 3)]
    if row.tick == scale.last:
        ink = {"buy": "ink on bid bold", "sell": "ink on ask bold"}.get(scale.last_side or "", "ink on text bold")
        yield f" {text.rjust(width - 3)} {ARROWS.get(scale.last_side, '•')}"[:width], ink
        return
    yield f" {text.rjust(width - 3)}  "[:width], _price_ink(row.tick, scale)


def _price_ink(tick: int, scale: _Scale) -> str:
    if not scale.has_touch:
        return PLAIN
    if scale.best_bid is not None and tick <= scale.best_bid:
        return "text bold on bid_tint" if tick == scale.best_bid else "text on bid_tint"
    if scale.best_ask is not None and tick >= scale.best_ask:
        return "text bold on ask_tint" if tick == scale.best_ask else "text on ask_tint"
    return "muted"


def _iceberg(marks: list[IcebergMark] | None, width: int, side: str) -> tuple[str, str]:
    """Return lots filled and refreshes of the icebergs at one price: `◆142×7`; hollow once they are gone."""
    if not marks:
        return "", PLAIN
    live = [mark for mark in marks if mark.is_live]
    told = live or marks
    filled, refreshes = sum(mark.filled for mark in told), sum(mark.refreshes for mark in told)
    sign, ink = ("◆", f"{side} bold") if live else ("◇", "muted")
    text = f"{sign}{numbers.lots(filled, width - 1)}"
    full = f"{text}×{refreshes}"
    return (full if len(full) <= width else text), ink
