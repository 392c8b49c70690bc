"""The footprints of bars as screens and the event log tell them; `footprint_kernel.py` has the rules.

An auction is unfinished where both sides traded at the extreme: nobody had stopped trading there when price turned.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from engines.flow.bars import Bars
from engines.flow.footprint_kernel import SHEET_ROWS, WIDEST, Sheet, find_imbalances, find_stacks
from engines.flow.settings import FlowSettings
from engines.flow.tape import SIDES
from engines.view import BarRow, Footprint, FootprintRow, Stack

_KEPT: Final = 64
"""Footprints of closed bars kept ready for the next view, those that were asked for last; more where it asked for more.
Any other is made again from the cells, which go much further back."""


class _Reading(NamedTuple):
    """What a footprint tells without its rows.

    Attributes:
        sheet: The footprint itself, as a view valid until the next one is read.
        stacks: The lowest first.
    """

    sheet: Sheet
    stacks: tuple[Stack, ...]
    unfinished_high: bool
    unfinished_low: bool


class Footprints:
    """Footprints of one instrument's bars; those of closed bars are made once."""

    def __init__(self, bars: Bars, settings: FlowSettings) -> None:
        self._bars = bars
        self._settings = settings
        self._made: dict[tuple[str, int], Footprint | None] = {}
        self._sheet = np.zeros((SHEET_ROWS, WIDEST), np.int64)
        self._stacks = np.zeros((WIDEST, 3), np.int64)

    @property
    def ready(self) -> int:
        """How many of closed bars are kept ready."""
        return len(self._made)

    def beside(self, shown: Sequence[BarRow], interval: str, count: int) -> tuple[Footprint, ...]:
        """Return the footprints of the newest `count` of the bars shown, oldest first; none where it is not kept."""
        newest = shown[-count:] if count > 0 else ()
        first = self._bars.closed(interval) - sum(bar.complete for bar in newest)
        found = [self._of(bar, interval, first + place) for place, bar in enumerate(newest)]
        for key in list(self._made)[: -max(_KEPT, len(newest))]:
            del self._made[key]
        return tuple(footprint for footprint in found if footprint is not None)

    def _of(self, bar: BarRow, interval: str, number: int) -> Footprint | None:
        if not bar.complete:
            return self._make(bar, interval, number)
        key = (interval, number)
        made = self._made.pop(key) if key in self._made else self._make(bar, interval, number)
        self._made[key] = made
        return made

    def _make(self, bar: BarRow, interval: str, number: int) -> Footprint | None:
        reading = self._read(interval, number, bar.low)
        if reading is None:
            return None
        buy, sell, none, buying, selling = reading.sheet[:, ::-1].tolist()
        columns = (range(bar.high, bar.low - 1, -1), buy, sell, none, map(bool, buying), map(bool, selling))
        return Footprint(
            start=bar.start,
            rows=tuple(FootprintRow(*row) for row in zip(*columns, strict=True)),
            stacks=reading.stacks,
            unfinished_high=reading.unfinished_high,
            unfinished_low=reading.unfinished_low,
        )

    def _read(self, interval: str, number: int, low: int) -> _Reading | None:
        """Read the footprint of the bar of that number, whose low is given; None where it is not kept, or too wide."""
        count, least = self._bars.read_footprint(interval, number, self._sheet)
        if not count:
            return None
        find_imbalances(self._sheet, count, self._settings.imbalance_ratio, least)
        found = find_stacks(self._sheet, count, self._settings.stacked, self._stacks)
        stacks = [Stack(SIDES[side], low + first, low + last) for side, first, last in self._stacks[:found].tolist()]
        return _Reading(
            sheet=self._sheet[:, :count],
            stacks=tuple(sorted(stacks, key=lambda stack: stack.low)),
            unfinished_high=all(self._sheet[:2, count - 1].tolist()),
            unfinished_low=all(self._sheet[:2, 0].tolist()),
        )
