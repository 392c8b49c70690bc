"""One price of the ladder as a row of text."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from engines.events import PassiveSide
from engines.view import LadderRow
from qmo_tui.cockpit.choices import LadderColumn
from qmo_tui.cockpit.painting.blocks import shaded, stacked_bar
from qmo_tui.cockpit.painting.ladder_changes import change
from qmo_tui.cockpit.painting.ladder_columns import LadderColumns
from qmo_tui.cockpit.painting.numbers import lots_or_blank
from qmo_tui.cockpit.painting.spans import PLAIN, Row, Span, fitted


@dataclass(frozen=True, slots=True)
class RowLook:
    """What a row looks like apart from its lots.

    Attributes:
        price: The price cell, with the arrow of the last trade where it is this one.
        is_best_bid: Whether the bid size is emphasised.
        is_best_ask: Whether the ask size is emphasised.
        bid_iceberg: What hides on the bid, and its ink.
        ask_iceberg: What hides on the ask, and its ink.
        largest_size: Size whose bar fills its cell, the same for all rows.
        largest_volume: Volume whose bar fills its column, the same for all rows.
        tag: What the price is in the volume profile, in a word.
        own: What of the trader's own stands there, and its ink; it takes the cells of what rests, on one side.
        own_on_right: On which.
        depth: Lots that rest between the touch and this price, at it included; None where that is not known.
        bar: Lots (sold, bought) at this price in the running bar; None where that is not known.
    """

    columns: LadderColumns
    price: Span
    is_best_bid: bool
    is_best_ask: bool
    bid_iceberg: Span
    ask_iceberg: Span
    largest_size: int
    largest_volume: int
    tag: str
    own: Span | None = None
    own_on_right: bool = True
    depth: int | None = None
    bar: tuple[int, int] | None = None


@lru_cache(maxsize=4096)
def paint_row(row: LadderRow, look: RowLook, width: int) -> Row:
    """Paint one price; a row that did not change costs a look-up."""
    left = [span for cell in reversed(_cells(row, look, "bid")) for span in cell]
    right = [span for cell in _cells(row, look, "ask") for span in cell]
    return fitted((*left, look.price, *right, *_beyond(row, look)), width)


def _cells(row: LadderRow, look: RowLook, side: PassiveSide) -> list[list[Span]]:
    """Return the cells of one side, the nearest to the price first; an own order takes those of what rests."""
    beside = list(look.columns.beside)
    if look.own is None or look.own_on_right != (side == "ask"):
        return [list(_cell(column, width, row, look, side)) for column, width in beside]
    taken, cells = look.columns.resting, 0
    while beside and cells < taken:
        cells += beside.pop(0)[1]
    return [[look.own], *([*_cell(column, width, row, look, side)] for column, width in beside)]


def _cell(column: LadderColumn, width: int, row: LadderRow, look: RowLook, side: PassiveSide) -> Iterator[Span]:
    if column == "size":
        yield from _size(width, row, look, side)
    elif column == "changes":
        stacked, pulled = (row.bid_stacked, row.bid_pulled) if side == "bid" else (row.ask_stacked, row.ask_pulled)
        text, ink = change(stacked, pulled, width - 1, side)
        yield _placed(text, width, side), ink
    elif column == "orders":
        orders = (row.bid_orders if side == "bid" else row.ask_orders) or 0
        text = lots_or_blank(orders, width - 1)
        yield (text.rjust(width) if side == "bid" else text.rjust(4).ljust(width)), "muted"
    elif column == "icebergs":
        text, ink = look.bid_iceberg if side == "bid" else look.ask_iceberg
        yield (text.rjust(width) if side == "bid" else f" {text}".ljust(width)), ink
    else:
        yield _traded(column, row, look, side, width - 1).rjust(width), _ink_of(column, side)


def _traded(column: LadderColumn, row: LadderRow, look: RowLook, side: PassiveSide, room: int) -> str:
    """Return a count of one side: what was sold stands with the bids it hit, what was bought with the asks."""
    if column == "traded":
        return lots_or_blank(row.sell if side == "bid" else row.buy, room)
    if column == "recent":
        return lots_or_blank(row.recent_sell if side == "bid" else row.recent_buy, room)
    if column == "bar":
        return lots_or_blank(None if look.bar is None else look.bar[side == "ask"], room)
    rests = row.bid if side == "bid" else row.ask
    return "" if rests == 0 else lots_or_blank(look.depth, room)


def _ink_of(column: LadderColumn, side: PassiveSide) -> str:
    if column == "depth":
        return "muted"
    return "ask" if side == "bid" else "bid"


def _placed(text: str, width: int, side: PassiveSide) -> str:
    return text.rjust(width) if side == "bid" else text.ljust(width)


def _size(width: int, row: LadderRow, look: RowLook, side: PassiveSide) -> Iterator[Span]:
    """Yield what rests, over a bar that grows away from the price."""
    size, is_best = (row.bid, look.is_best_bid) if side == "bid" else (row.ask, look.is_best_ask)
    bold = " bold" if is_best else ""
    ink, bar_ink = "faint" if size is None else f"{side}{bold}", f"{side}_over{bold} on {side}_bar"
    filled = _filled(size, look.largest_size, width - 1)
    number = lots_or_blank(size, min(5, width - 1))
    if side == "bid":
        yield " ", PLAIN
        yield from shaded(f"{number.rjust(width - 2)} ", filled, from_right=True, ink=ink, bar_ink=bar_ink)
    else:
        text = number.rjust(min(6, width - 1)).ljust(width - 1)
        yield from shaded(text, filled, from_right=False, ink=ink, bar_ink=bar_ink)
        yield " ", PLAIN


def _beyond(row: LadderRow, look: RowLook) -> Iterator[Span]:
    columns = look.columns
    if columns.profile:
        volumes = ((row.sell, "ask_volume"), (row.buy, "bid_volume"), (row.none, "faint"))
        yield " ", PLAIN
        yield from stacked_bar(volumes, look.largest_volume, columns.profile - 1)
    if columns.tags:
        yield f" {look.tag}".ljust(columns.tags), "key"


def _filled(size: int | None, largest: int, width: int) -> int:
    """Return the cells of a size's bar, at least one for any size."""
    return min(width, -(-(size or 0) * width // largest))
