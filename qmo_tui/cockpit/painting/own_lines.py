"""Entry, stop and targets as lines of the chart: of the position and the orders that work, else of the prompt."""

from dataclasses import dataclass
from typing import Final

from engines.trading_view import OrderMark, TradingView
from qmo_tui.cockpit.painting.account import HELD
from qmo_tui.cockpit.painting.grid import Grid
from qmo_tui.cockpit.painting.pillars import INKS
from qmo_tui.cockpit.painting.price_scale import PriceScale
from qmo_tui.cockpit.painting.prompt import foremost_prompt

_LINE: Final = "─"
_INKS: Final = {"stop": "alarm", "target": "key", "exit": "alarm"}
_APART: Final = 2
"""Cells between a name and the right edge, where the newest bar stands."""


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A price of the trader's own, and its name."""

    tick: int
    text: str
    ink: str


def own_lines(trading: TradingView | None, alerts: tuple[int, ...] = ()) -> tuple[OwnLine, ...]:
    """Return the lines, those that stand in the market first; price alerts come last."""
    called = tuple(OwnLine(tick, "alert", "warn") for tick in alerts)
    if trading is None:
        return called
    lines = [line for line in map(_of_order, trading.orders) if line is not None]
    if trading.position is not None:
        held = trading.position
        lines.append(OwnLine(round(held.entry), f"{HELD[held.side]} {held.quantity}", INKS[held.side]))
    prompt = foremost_prompt(trading)
    if not lines and prompt is not None:
        lines.append(OwnLine(prompt.entry, f"{prompt.side} {prompt.contracts}?", INKS[prompt.side]))
        lines += [OwnLine(tick, "target?", "key") for tick in prompt.targets]
        if prompt.stop is not None:
            lines.append(OwnLine(prompt.stop, "stop?", "alarm"))
    return (*lines, *called)


def draw_own_lines(grid: Grid, lines: tuple[OwnLine, ...], scale: PriceScale, right: int) -> None:
    """Draw the lines into what bars left blank, each with its name where that has room, as far right as can be."""
    for line in lines:
        y = scale.row(line.tick)
        name = f" {line.text} ".replace(" ", "\N{NO-BREAK SPACE}")
        places = range(right - _APART - len(name), -1, -1)
        place = next((x for x in places if grid.is_blank(x, y, len(name))), None)
        if place is not None:
            grid.put(place, y, name, f"{line.ink} bold")
        for x in range(right):
            grid.put_if_blank(x, y, _LINE, line.ink)


def _of_order(order: OrderMark) -> OwnLine | None:
    if order.tick is None:
        return None
    word = order.side if order.role == "entry" else order.role
    return OwnLine(order.tick, f"{word} {order.quantity - order.filled}", _INKS.get(order.role, INKS[order.side]))
