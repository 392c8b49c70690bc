"""The ladder: one price a row, what rests there, what hides there, what traded there."""

from collections import defaultdict
from typing import Final

from engines.events import PassiveSide
from engines.view import BookState, IcebergMark, LadderRow, MarketPhase, MarketView
from qmo_tui.cockpit.choices import LadderColumn
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers
from qmo_tui.cockpit.painting.bands import ladder_bands, on_band
from qmo_tui.cockpit.painting.blocks import round_maximum
from qmo_tui.cockpit.painting.gann import level_signs
from qmo_tui.cockpit.painting.icebergs import are_inferred, foremost, sign_of
from qmo_tui.cockpit.painting.ladder_columns import LadderColumns, ladder_columns
from qmo_tui.cockpit.painting.ladder_depth import depths, lots_of_bar
from qmo_tui.cockpit.painting.ladder_notes import below_note, header_note
from qmo_tui.cockpit.painting.ladder_profile import ladder_mark, ladder_tags
from qmo_tui.cockpit.painting.ladder_row import RowLook, paint_row
from qmo_tui.cockpit.painting.own_orders import OwnMark, fitted_mark, own_marks, stands_right
from qmo_tui.cockpit.painting.spans import PLAIN, Row, Rows, Span, blank_rows, fitted
from qmo_tui.cockpit.painting.times import SECOND

_TITLE_AND_NOTE: Final = 2
_ENDED_ICEBERG_SECONDS: Final = 60
_CHANGES: Final = ("stack pull", "+/−")
_NOTHING: Final = ("", PLAIN)
_ALERT = "♪"
"""Where a price alert stands."""
_ARROWS: Final = {"buy": "▲", "sell": "▼", None: "•"}
_LAST_INKS: Final = {"buy": "ink on bid bold", "sell": "ink on ask bold", None: "text reverse bold"}


def ladder_height(height: int) -> int:
    """Return how many prices fit into a ladder of this height."""
    return max(0, height - _TITLE_AND_NOTE)


def paint_ladder(frame: Frame, width: int, height: int) -> Rows:
    """Paint the ladder with its titles and its note row."""
    view = frame.view
    prices = ladder_height(height)
    shown = view.ladder[:prices]
    columns = ladder_columns(
        width, _price_width(view, shown), tells_changes=_tells_changes(shown), chosen=frame.ladder_columns
    )
    rows = _price_rows(frame, shown, columns, width)
    header = header_note(view, width) or _titles(columns, width, frame)
    return (header, *rows, *blank_rows(width, prices - len(rows)), below_note(frame, width))[:height]


def _tells_changes(shown: tuple[LadderRow, ...]) -> bool:
    """Whether the schema tells what was stacked and pulled, at whichever price."""
    return any(row.bid_stacked is not None or row.ask_stacked is not None for row in shown)


def _price_width(view: MarketView, shown: tuple[LadderRow, ...]) -> int:
    ends = (*shown[:1], *shown[-1:])
    return max((len(numbers.price(view.instrument, row.tick)) for row in ends), default=7)


def _price_rows(frame: Frame, shown: tuple[LadderRow, ...], columns: LadderColumns, width: int) -> Rows:
    view = frame.view
    has_touch = view.phase is MarketPhase.CONTINUOUS and view.book is not BookState.ABSENT
    room = columns.width_of("icebergs") - 1
    icebergs, bands = _icebergs(view, room), ladder_bands(view, frame.zones.kind)
    largest_size = round_maximum(max((size for row in shown for size in (row.bid, row.ask) if size), default=0))
    largest_volume = round_maximum(max((row.buy + row.sell + row.none for row in shown), default=0))
    tags = ladder_tags(view.profile) if columns.tags else {}
    signs, own = level_signs(frame), own_marks(view.trading)
    depth = depths(view, shown) if columns.width_of("depth") else {}
    bar = lots_of_bar(view) if columns.width_of("bar") else None
    return tuple(
        paint_row(
            row,
            RowLook(
                columns=columns,
                price=_price(frame, row.tick, columns.price, signs.get(row.tick, " "), has_touch=has_touch),
                is_best_bid=has_touch and row.tick == view.best_bid,
                is_best_ask=has_touch and row.tick == view.best_ask,
                bid_iceberg=on_band(icebergs.get(("bid", row.tick), _NOTHING), bands.get(("bid", row.tick)), room),
                ask_iceberg=on_band(icebergs.get(("ask", row.tick), _NOTHING), bands.get(("ask", row.tick)), room),
                largest_size=largest_size,
                largest_volume=largest_volume,
                tag=tags.get(row.tick, ""),
                own=_own(own.get(row.tick), view, row.tick, columns.resting),
                own_on_right=stands_right(view, row.tick),
                depth=depth.get(row.tick),
                bar=None if bar is None else bar.get(row.tick, (0, 0)),
            ),
            width,
        )
        for row in shown
    )


def _own(mark: OwnMark | None, view: MarketView, tick: int, room: int) -> Span | None:
    """Return the cells of the trader's own mark; None where there is none, or no room."""
    return None if mark is None or not room else fitted_mark(mark, room, on_right=stands_right(view, tick))


def _price(frame: Frame, tick: int, width: int, sign: str, *, has_touch: bool) -> Span:
    """Return the price cell: place in the profile, Gann's sign; the last trade's points where its aggressor went.

    The price cursor stands on both sides of its price, a price alert's sign behind it.
    """
    view = frame.view
    mark = ladder_mark(view.profile.session if view.profile is not None else None, tick)
    text = numbers.price(view.instrument, tick).rjust(width - 3)
    if tick == frame.cursor:
        return f"▶{text}{sign}◀"[:width], "ink on key bold"
    if tick == view.last:
        return f"{mark}{text}{sign}{_ARROWS[view.last_side]}"[:width], _LAST_INKS[view.last_side]
    called = _ALERT if tick in frame.price_alerts else " "
    return f"{mark}{text}{sign}{called}"[:width], _price_ink(view, tick) if has_touch else PLAIN


def _price_ink(view: MarketView, tick: int) -> str:
    if view.best_bid is not None and tick <= view.best_bid:
        return "text bold on bid_tint" if tick == view.best_bid else "text on bid_tint"
    if view.best_ask is not None and tick >= view.best_ask:
        return "text bold on ask_tint" if tick == view.best_ask else "text on ask_tint"
    return "muted"


def _icebergs(view: MarketView, width: int) -> dict[tuple[str, int], Span]:
    """Return what hides at each side and price: live icebergs, and those that ended within the last minute."""
    marks: defaultdict[tuple[str, int], list[IcebergMark]] = defaultdict(list)
    oldest = (view.event_time or 0) - _ENDED_ICEBERG_SECONDS * SECOND
    for mark in view.icebergs:
        if mark.is_live or mark.last_ts >= oldest:
            marks[mark.side, mark.tick].append(mark)
    return {place: _iceberg(found, max(0, width), place[0]) for place, found in marks.items()}


def _iceberg(marks: list[IcebergMark], width: int, side: str) -> Span:
    """Return lots filled and refreshes of the icebergs at one price: `◆142×7`; hollow once they are gone."""
    told = foremost(marks)
    filled, refreshes = sum(mark.filled for mark in told), sum(mark.refreshes for mark in told)
    sign, ink = sign_of(told[0]), f"{side} bold" if told[0].is_live else "muted"
    text = f"{sign}{numbers.lots(filled, max(0, width - 1))}"
    full = f"{text}×{refreshes}"
    return (full if len(full) <= width else text), ink


def _titles(columns: LadderColumns, width: int, frame: Frame) -> Row:
    left = "".join(_heading(column, cells, frame, "bid") for column, cells in reversed(columns.beside))
    right = "".join(_heading(column, cells, frame, "ask") for column, cells in columns.beside)
    volume = _title(("volume",), columns.profile, from_right=False)
    return fitted([(f"{left}{'price'.center(columns.price)}{right}{volume}", "muted")], width, "muted")


def _heading(column: LadderColumn, width: int, frame: Frame, side: PassiveSide) -> str:
    """Return the longest name of a column that fits; numbers of trades stand at the right of their cells."""
    if column == "size":
        return "bid".rjust(width - 1).ljust(width) if side == "bid" else "ask".rjust(min(6, width - 1)).ljust(width)
    words: dict[LadderColumn, tuple[str, ...]] = {
        "changes": _CHANGES,
        "orders": ("ord",),
        "icebergs": ("inferred", "infer", "inf") if are_inferred(frame.view) else ("iceberg", "ice"),
        "traded": ("sold",) if side == "bid" else ("bought", "bot"),
        "recent": (f"{frame.recent_seconds} s",),
        "bar": (f"in {frame.view.interval}", frame.view.interval),
        "depth": ("depth", "dep"),
    }
    is_number = column in {"traded", "recent", "bar", "depth"}
    return _title(words[column], width, from_right=side == "bid" or is_number)


def _title(words: tuple[str, ...], width: int, *, from_right: bool) -> str:
    """Return the longest of a column's titles that fits."""
    word = next((word for word in words if len(word) < width), "")
    return word.rjust(width) if from_right else f" {word}".ljust(width)[:width]
