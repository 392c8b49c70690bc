"""What is shown on a terminal too small for the cockpit: its needs, and the market all the same."""

from typing import Final

from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.mentor_line import smallest_line
from qmo_tui.cockpit.painting.spans import Rows, fitted, stacked
from qmo_tui.cockpit.painting.status import badge, pace

SMALLEST_WIDTH: Final = 80
SMALLEST_HEIGHT: Final = 24


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
    if frame.error is not None:
        lines.insert(1, [(frame.error, "alarm bold")])
    return stacked([fitted(line, width) for line in lines], width, height)
