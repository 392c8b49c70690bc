"""One bar as a footprint: lots sold and bought at each price, or their difference, beside the bar's candle.

What outweighs its diagonal counterpart is heavy and marked on its side (`◂` sold, `▸` bought); where such prices are
stacked the marks join to a bar (`▐`, `▌`). `■` is the bar's point of control; `↑` and `↓` stand beyond an extreme at
which both sides traded, so that the auction there is not over.
"""

from dataclasses import dataclass
from typing import Final

from engines.events import AggressorSide
from engines.view import BarRow, Footprint, FootprintRow
from qmo_tui.cockpit.choices import FootprintKind
from qmo_tui.cockpit.painting import numbers
from qmo_tui.cockpit.painting.candles import candle_part
from qmo_tui.cockpit.painting.grid import Grid
from qmo_tui.cockpit.painting.spans import UNKNOWN

_LEAST_DIGITS: Final = 2
_MOST_DIGITS: Final = 4
_AROUND: Final = 4
"""Cells of a bar beside its numbers: candle, point of control or ×, marks."""
_MARKS: Final[dict[AggressorSide, str]] = {"sell": "◂", "buy": "▸"}
_STACKED: Final[dict[AggressorSide, str]] = {"sell": "▐", "buy": "▌"}
_INKS: Final[dict[AggressorSide, str]] = {"sell": "ask", "buy": "bid"}
_POC: Final = "■"


@dataclass(frozen=True, slots=True)
class FootprintLook:
    """How the bars of a footprint chart are drawn: what their numbers say, and in how many digits."""

    kind: FootprintKind
    digits: int

    @property
    def width(self) -> int:
        """Return the cells of a bar; the mark at its right end is the air between bars where nothing is marked."""
        return _AROUND + (2 * self.digits if self.kind == "footprint" else self.digits)

    @property
    def middle(self) -> int:
        """Return the cell of a bar over which its point of control and its arrows stand."""
        return 2 + self.digits if self.kind == "footprint" else 1


def smallest_look(kind: FootprintKind) -> FootprintLook:
    """Return how bars look while their numbers are small."""
    return FootprintLook(kind, _LEAST_DIGITS)


def look_for(kind: FootprintKind, footprints: tuple[Footprint, ...], room: int) -> FootprintLook:
    """Return the narrowest look in which the newest bars that then fit into `room` cells can be read.

    A number of more than four digits is written as `12k`.
    """
    looks = [FootprintLook(kind, digits) for digits in range(_LEAST_DIGITS, _MOST_DIGITS + 1)]
    return next((look for look in looks if _digits_of(footprints, room // look.width) <= look.digits), looks[-1])


def _digits_of(footprints: tuple[Footprint, ...], newest: int) -> int:
    shown = footprints[-newest:] if newest > 0 else ()
    return len(str(max((max(row.buy, row.sell) for bar in shown for row in bar.rows), default=0)))


def control_of(footprint: Footprint) -> int | None:
    """Return the price with most lots, of several the one nearest to the middle of the bar, then the lower."""
    if not footprint.rows:
        return None
    middle = (footprint.rows[0].tick + footprint.rows[-1].tick) / 2
    best = max(footprint.rows, key=lambda row: (row.buy + row.sell + row.none, -abs(row.tick - middle), -row.tick))
    return best.tick


def draw_footprint(
    grid: Grid, x: int, top: int, bar: BarRow, footprint: Footprint | None, *, look: FootprintLook
) -> None:
    """Draw a bar to the right of a column on a grid whose first row is the price `top` and each row one tick."""
    for tick in range(bar.low, bar.high + 1):
        sign, ink = candle_part(bar, tick)
        grid.put(x, top - tick, sign, ink)
    if footprint is None:
        grid.put(x + 1, top - bar.close, UNKNOWN, "muted")
        return
    control = control_of(footprint)
    draw = _draw_both if look.kind == "footprint" else _draw_difference
    for row in footprint.rows:
        draw(grid, x, top - row.tick, row, look, is_control=row.tick == control)
        _draw_marks(grid, x, top - row.tick, row, footprint, look=look)
    if footprint.rows and footprint.unfinished_high:
        grid.put(x + look.middle, top - footprint.rows[0].tick - 1, "↑", "warn bold")
    if footprint.rows and footprint.unfinished_low:
        grid.put(x + look.middle, top - footprint.rows[-1].tick + 1, "↓", "warn bold")


def _draw_both(grid: Grid, x: int, y: int, row: FootprintRow, look: FootprintLook, *, is_control: bool) -> None:
    sign, ink = (_POC, "key bold") if is_control else ("×", "faint") if row.buy or row.sell else ("·", "faint")
    grid.put(x + look.middle, y, sign, ink)
    if row.buy or row.sell:
        sold, bought = numbers.lots(row.sell, look.digits), numbers.lots(row.buy, look.digits)
        grid.put(x + look.middle - len(sold), y, sold, _number_ink("sell", row.sell, is_heavy=row.sell_imbalance))
        grid.put(x + look.middle + 1, y, bought, _number_ink("buy", row.buy, is_heavy=row.buy_imbalance))


def _draw_difference(grid: Grid, x: int, y: int, row: FootprintRow, look: FootprintLook, *, is_control: bool) -> None:
    if is_control:
        grid.put(x + look.middle, y, _POC, "key bold")
    end = x + look.width - 1
    if not row.buy and not row.sell:
        grid.put(end - 1, y, "·", "faint")
        return
    delta = row.buy - row.sell
    side: AggressorSide = "buy" if delta > 0 else "sell"
    text = numbers.signed_lots(delta, look.digits + 1)
    grid.put(end - len(text), y, text, _number_ink(side, delta, is_heavy=row.buy_imbalance or row.sell_imbalance))


def _number_ink(side: AggressorSide, amount: int, *, is_heavy: bool) -> str:
    if not amount:
        return "faint"
    return f"{_INKS[side]}_over bold on {_INKS[side]}_bar" if is_heavy else _INKS[side]


def _draw_marks(grid: Grid, x: int, y: int, row: FootprintRow, footprint: Footprint, *, look: FootprintLook) -> None:
    """Mark what outweighs its counterpart: sold at the left of the numbers where both are shown, else at the right."""
    right = x + look.width - 1
    if row.sell_imbalance:
        place = x + 1 if look.kind == "footprint" else right
        grid.put(place, y, _mark(footprint, row.tick, "sell"), f"{_INKS['sell']} bold")
    if row.buy_imbalance:
        grid.put(right, y, _mark(footprint, row.tick, "buy"), f"{_INKS['buy']} bold")


def _mark(footprint: Footprint, tick: int, side: AggressorSide) -> str:
    is_stacked = any(stack.side == side and stack.low <= tick <= stack.high for stack in footprint.stacks)
    return (_STACKED if is_stacked else _MARKS)[side]
