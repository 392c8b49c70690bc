"""The tape: what each aggressor took, newest on top."""

from collections.abc import Iterator

from engines.view import Print, TradeKind
from feeds.instrument import Instrument
from feeds.records import Schema
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.spans import Row, Rows, Span, chosen, fitted, ruled, stacked

_WIDE = 36
"""Cells from which there is room for both ends of a sweep."""
_WIDEST = 44
"""Cells from which there is room for milliseconds and the kind in full."""
_TOTALS = 30
"""Cells from which the title adds the prints up."""
_KINDS = {TradeKind.MARKET: "", TradeKind.STOP: "STOP", TradeKind.MODIFIED_LIMIT: "MOD", TradeKind.UNKNOWN: "--"}
_SIGNS = {TradeKind.MARKET: " ", TradeKind.STOP: "!", TradeKind.MODIFIED_LIMIT: "m", TradeKind.UNKNOWN: " "}
"""Kinds on a narrow tape; not letters that could be taken for a side."""
_BIG = "●"
_INKS = {"buy": "bid", "sell": "ask", None: "muted"}


def tape_subject(frame: Frame) -> object:
    """Return what of a frame the tape shows."""
    view = frame.view
    choices = frame.tape_minimum, frame.tape_newest, frame.big_print, frame.zone
    return view.prints, view.instrument, view.schema, choices


def paint_tape(frame: Frame, width: int, height: int) -> Rows:
    """Paint the tape under its title."""
    if height <= 0:
        return ()
    wanted = [item for item in reversed(frame.view.prints) if item.size >= frame.tape_minimum]
    newest = frame.tape_newest
    reached = wanted if newest is None else [item for item in wanted if item.event <= newest]
    shown = reached[: height - 1]
    painter = _wide_row if width >= _WIDE else _thin_row
    price_width = max((len(numbers.price(frame.view.instrument, item.last)) for item in shown), default=7)
    rows = [
        _title(frame, shown, len(wanted) - len(reached), width),
        *(fitted(painter(item, frame, price_width, width), width) for item in shown),
    ]
    if not shown:
        rows.append(fitted([(" no print yet", "muted")], width))
    return stacked(rows, width, height)


def _title(frame: Frame, shown: list[Print], later: int, width: int) -> Row:
    """Say what is left out, how many lots the prints shown bought and sold, and from which size one is big."""
    tells_kinds = frame.view.schema in {None, Schema.MBO}
    legend = " ! stop  m modified" if tells_kinds and width < _WIDEST else ""
    least = f" from {frame.tape_minimum} lots" if frame.tape_minimum > 1 else ""
    is_narrow = width < _TOTALS
    parts: list[tuple[int, Row]] = [(0, ((f" tape{least or (legend if is_narrow else '')}", "muted"),))]
    if later:
        parts.append((0, ((f"{later} newer above", "warn"),)))
    if shown and not is_narrow:
        bought, sold = (sum(item.size for item in shown if item.side == side) for side in ("buy", "sell"))
        parts.append((2, ((f"B {bought:,}", "bid"), (" ", "text"), (f"S {sold:,}", "ask"))))
    if frame.big_print is not None:
        parts.append((1, ((f"big from {frame.big_print}", "muted"),)))
    if legend and not least and not is_narrow:
        parts.append((3, ((legend.lstrip(), "muted"),)))
    return ruled(chosen(parts, width), width)


def _is_big(item: Print, frame: Frame) -> bool:
    return frame.big_print is not None and item.size >= frame.big_print


def _mark(item: Print, frame: Frame) -> str:
    """Return the sign of a big print, which is told without colour, too."""
    return _BIG if _is_big(item, frame) else " "


def _inks(item: Print, frame: Frame) -> tuple[str, str]:
    """Return the inks of side and numbers; big prints stand out in weight and ground, too."""
    side = _INKS[item.side]
    if _is_big(item, frame):
        return f"ink on {side} bold", f"{side} bold"
    return side, side


def _wide_row(item: Print, frame: Frame, price_width: int, width: int) -> Iterator[Span]:
    badge, ink = _inks(item, frame)
    widest = width >= _WIDEST
    clock = times.clock_milliseconds if widest else times.clock
    yield f"{clock(item.ts, frame.zone)} ", "muted"
    yield f" {numbers.side_letter(item.side)} ", badge
    yield f"{_mark(item, frame)}{numbers.lots(item.size, 5):>5}", ink
    yield (f" {_KINDS[item.kind]:<4} " if widest else f" {_SIGNS[item.kind]} "), _kind_ink(item)
    yield _path(item, frame.view.instrument, price_width), ink


def _path(item: Print, instrument: Instrument | None, price_width: int) -> str:
    first, last = (numbers.price(instrument, tick).rjust(price_width) for tick in (item.first, item.last))
    return last if item.first == item.last else f"{first}→{last}"


def _thin_row(item: Print, frame: Frame, price_width: int, _width: int) -> Iterator[Span]:
    badge, ink = _inks(item, frame)
    yield f"{times.clock(item.ts, frame.zone)} ", "muted"
    yield numbers.side_letter(item.side), badge
    yield f"{_mark(item, frame)}{numbers.lots(item.size, 4):>4}", ink
    yield ("→" if item.first != item.last else " "), ink
    yield numbers.price(frame.view.instrument, item.last).rjust(price_width), ink
    yield f" {_SIGNS[item.kind]}", _kind_ink(item)


def _kind_ink(item: Print) -> str:
    return "warn bold" if item.kind is TradeKind.STOP else "muted"
