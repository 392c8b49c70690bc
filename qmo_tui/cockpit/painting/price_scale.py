"""Where a price stands on a chart, to half a cell, and which prices its axis names."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from feeds.instrument import Instrument

_LABEL_ROWS: Final = 3
"""Labels of the price axis are at least this many rows apart."""
_NICE: Final = (1, 2, 5, 10, 20, 25, 50)


@dataclass(frozen=True, slots=True)
class PriceScale:
    """Maps ticks to half rows, counted from the top.

    Attributes:
        top: Tick at the upper edge.
        ticks: Ticks in `halves` half rows.
        halves: Half rows per group of `ticks`.
        rows: Height in cells.
        label_step: Ticks between two labels.
    """

    top: int
    ticks: int
    halves: int
    rows: int
    label_step: int

    def half(self, tick: int) -> int:
        """Return the half row of a price; outside of the chart it is negative or at least twice `rows`."""
        return (self.top - tick) * self.halves // self.ticks

    def row(self, tick: int) -> int:
        """Return the row of a price."""
        return self.half(tick) // 2

    def labels(self) -> list[int]:
        """Return the ticks to name on the axis, highest first."""
        first = self.top // self.label_step * self.label_step
        lowest = self.top - (2 * self.rows - 1) * self.ticks // self.halves
        return list(range(first, lowest - 1, -self.label_step))


def price_scale(ticks: Iterable[int], rows: int, instrument: Instrument | None) -> PriceScale | None:
    """Choose a scale that holds all prices and seldom moves; None without prices."""
    wanted = list(ticks)
    if not wanted or rows <= 0:
        return None
    high, low = max(wanted) + 1, min(wanted) - 1
    span = high - low + 1
    group, halves = _zoom(span, 2 * rows)
    slack = 2 * rows * group // halves - span
    # Snapping the top to a grain keeps the picture still while highs and lows move a little.
    grain = 1 << (slack // 2 + 1).bit_length() - 1
    top = (high + slack * 3 // 4) // grain * grain
    return PriceScale(top, group, halves, rows, _label_step(group, halves, instrument))


def _zoom(span: int, capacity: int) -> tuple[int, int]:
    if span <= capacity:
        return 1, min(4, capacity // span)
    return -(-span // capacity), 1


def _label_step(group: int, halves: int, instrument: Instrument | None) -> int:
    """Return the smallest round price step, in ticks, whose labels do not crowd."""
    smallest = -(-2 * _LABEL_ROWS * group // halves)
    tick = Fraction(instrument.tick, 10**9) if instrument is not None else Fraction(1)
    decade = Fraction(1, 10**9)
    while True:
        for nice in _NICE:
            steps = nice * decade / tick
            if steps.denominator == 1 and steps >= smallest:
                return int(steps)
        decade *= 10
