"""One price of the ladder as a row of text."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from engines.view import LadderRow
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


@lru_cache(maxsize=4096)
def paint_row(row: LadderRow, look: RowLook, width: int) -> Row:
    """Paint one price; a row that did not change costs a look-up."""
    return fitted((*_left(row, look), look.price, *_right(row, look)), width)


def _left(row: LadderRow, look: RowLook) -> Iterator[Span]:
    columns = look.columns
    if columns.traded:
        yield lots_or_blank(row.sell, columns.traded - 1).rjust(columns.traded), "ask"
    if look.own is not None and not look.own_on_right:
        yield look.own
        return
    if columns.iceberg:
        text, ink = look.bid_iceberg
        yield text.rjust(columns.iceberg), ink
    if columns.orders:
        yield lots_or_blank(row.bid_orders or 0, columns.orders - 1).rjust(columns.orders), "muted"
    if columns.change:
        text, ink = change(row.bid_stacked, row.bid_pulled, columns.change - 1, "bid")
        yield text.rjust(columns.change), ink
    if columns.size:
        ink = "faint" if row.bid is None else "bid bold" if look.is_best_bid else "bid"
        bar_ink = f"bid_over{' bold' if look.is_best_bid else ''} on bid_bar"
        text = f"{lots_or_blank(row.bid, min(5, columns.size - 1)).rjust(columns.size - 2)} "
        filled = _filled(row.bid, look.largest_size, columns.size - 1)
        yield " ", PLAIN
        yield from shaded(text, filled, from_right=True, ink=ink, bar_ink=bar_ink)


def _right(row: LadderRow, look: RowLook) -> Iterator[Span]:
    if look.own is not None and look.own_on_right:
        yield look.own
    else:
        yield from _resting_asks(row, look)
    yield from _beside_asks(row, look)


def _resting_asks(row: LadderRow, look: RowLook) -> Iterator[Span]:
    columns = look.columns
    if columns.size:
        ink = "faint" if row.ask is None else "ask bold" if look.is_best_ask else "ask"
        bar_ink = f"ask_over{' bold' if look.is_best_ask else ''} on ask_bar"
        number = lots_or_blank(row.ask, min(5, columns.size - 1)).rjust(min(6, columns.size - 1))
        filled = _filled(row.ask, look.largest_size, columns.size - 1)
        text = number.ljust(columns.size - 1)
        yield from shaded(text, filled, from_right=False, ink=ink, bar_ink=bar_ink)
        yield " ", PLAIN
    if columns.change:
        text, ink = change(row.ask_stacked, row.ask_pulled, columns.change - 1, "ask")
        yield text.ljust(columns.change), ink
    if columns.orders:
        yield lots_or_blank(row.ask_orders or 0, columns.orders - 1).rjust(4).ljust(columns.orders), "muted"
    if columns.iceberg:
        text, ink = look.ask_iceberg
        yield f" {text}".ljust(columns.iceberg), ink


def _beside_asks(row: LadderRow, look: RowLook) -> Iterator[Span]:
    columns = look.columns
    if columns.traded:
        yield lots_or_blank(row.buy, columns.traded - 1).rjust(columns.traded), "bid"
    if columns.profile:
        volumes = ((row.sell, "ask_volume"), (row.buy, "bid_volume"), (row.none, "faint"))
        yield " ", PLAIN
        yield from stacked_bar(volumes, look.largest_volume, columns.profile - 1)
    if columns.tags:
        yield f" {look.tag}".ljust(columns.tags), "key"


def _filled(size: int | None, largest: int, width: int) -> int:
    """Return the cells of a size's bar, at least one for any size."""
    return min(width, -(-(size or 0) * width // largest))
