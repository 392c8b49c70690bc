"""What is shown on a terminal too small for the cockpit: its needs, and the market all the same."""

from typing import Final

from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.account import account_badge, position_in_words
from qmo_tui.cockpit.painting.mentor_line import smallest_line
from qmo_tui.cockpit.painting.prompt import armed_prompt, trade_in_words
from qmo_tui.cockpit.painting.spans import Rows, Span, fitted, stacked
from qmo_tui.cockpit.painting.status import badge, pace

SMALLEST_WIDTH: Final = 80
SMALLEST_HEIGHT: Final = 24


def is_too_small(width: int, height: int) -> bool:
    """Whether a terminal has no room for the cockpit."""
    return width < SMALLEST_WIDTH or height < SMALLEST_HEIGHT


def paint_small(frame: Frame, width: int, height: int) -> Rows:
    """Paint last price, touch and what is missing, one below the other."""
    view = frame.view
    last, bid, ask = (numbers.price(view.instrument, tick) for tick in (view.last, view.best_bid, view.best_ask))
    side = {"buy": "bid bold", "sell": "ask bold"}.get(view.last_side or "", "text bold")
    lines = [
        [*badge(frame), (" ", "text"), pace(frame)],
        [("last ", "muted"), (last, side)],
        [("bid ", "muted"), (bid, "bid"), (" ask ", "muted"), (ask, "ask")],
        [*smallest_line(frame)],
        [(times.clock(view.event_time, frame.zone), "text"), (f" {times.zone_name(None, frame.zone)}", "muted")],
        [(f"needs {SMALLEST_WIDTH}x{SMALLEST_HEIGHT}, is {width}x{height}", "warn")],
    ]
    lines[4:4] = _trading_lines(frame)
    if frame.error is not None:
        lines.insert(1, [(frame.error, "alarm bold")])
    return stacked([fitted(line, width) for line in lines], width, height)


def _trading_lines(frame: Frame) -> list[list[Span]]:
    """Return what is held and what is armed; nothing where nothing can be traded."""
    trading = frame.view.trading
    if trading is None:
        return []
    held = trading.position
    told = "flat" if held is None else position_in_words(held, frame.view.instrument)
    armed = armed_prompt(trading)
    return [
        [*account_badge(frame, trading), (f" {told}", "text bold")],
        [("nothing armed", "muted")] if armed is None else [(f" ARMED {trade_in_words(armed)} ", "ink on warn bold")],
    ]
