"""One bar as a column of characters: thin wick, heavy body where it rose, solid body where it fell."""

from typing import Final

from engines.view import BarRow
from qmo_tui.cockpit.painting.grid import Grid
from qmo_tui.cockpit.painting.price_scale import PriceScale

_NOTHING, _WICK, _BODY = range(3)
_ROSE: Final = {
    (_NOTHING, _NOTHING): " ",
    (_NOTHING, _WICK): "╷",
    (_NOTHING, _BODY): "╻",
    (_WICK, _NOTHING): "╵",
    (_WICK, _WICK): "│",
    (_WICK, _BODY): "╽",
    (_BODY, _NOTHING): "╹",
    (_BODY, _WICK): "╿",
    (_BODY, _BODY): "┃",
}
_FELL: Final = _ROSE | {
    (_NOTHING, _BODY): "▄",
    (_WICK, _BODY): "▄",
    (_BODY, _NOTHING): "▀",
    (_BODY, _WICK): "▀",
    (_BODY, _BODY): "█",
}


def draw_candle(grid: Grid, x: int, bar: BarRow, scale: PriceScale) -> None:
    """Draw one bar; its direction shows in colour and in the weight of its body."""
    fell = bar.close < bar.open
    shapes, ink = (_FELL, "ask") if fell else (_ROSE, "bid")
    high, low = scale.half(bar.high), scale.half(bar.low)
    body_top, body_bottom = scale.half(max(bar.open, bar.close)), scale.half(min(bar.open, bar.close))

    def part(half: int) -> int:
        if body_top <= half <= body_bottom:
            return _BODY
        return _WICK if high <= half <= low else _NOTHING

    for y in range(max(0, high // 2), min(grid.height, low // 2 + 1)):
        grid.put(x, y, shapes[part(2 * y), part(2 * y + 1)], ink)


def candle_part(bar: BarRow, tick: int) -> tuple[str, str]:
    """Return sign and ink of one price of a bar on a chart that gives each price a row of its own."""
    fell = bar.close < bar.open
    part = _BODY if min(bar.open, bar.close) <= tick <= max(bar.open, bar.close) else _WICK
    return (_FELL if fell else _ROSE)[part, part], "ask" if fell else "bid"
