"""Bars as lines of the event log, with what their footprints and cumulative delta tell."""

from collections.abc import Collection, Iterator
from operator import attrgetter

import msgspec
import numpy as np

from engines.book.layout import UNKNOWN_OFI
from engines.book.rows import chosen, tuples_of, words_of
from engines.events import Bar, BarDivergence, StackedImbalance
from engines.flow.bars import Bars
from engines.flow.divergence import SIDES as DIVERGED
from engines.flow.layout import INTERVALS, RecordArray
from engines.flow.logged_bars_kernel import Rules, told_arrays
from engines.flow.settings import FlowSettings
from engines.flow.tape import SIDES
from feeds.instrument import Instrument

_BarRow = list[int]
"""One BAR row, whose fields are all words."""


class _Told(msgspec.Struct, frozen=True, gc=False):
    """One TOLD row."""

    kept: bool
    unfinished_high: bool
    unfinished_low: bool
    stacks: int
    diverged: int
    tick: int
    earlier_end: int
    earlier_tick: int


class LoggedBars:
    """Makes events of the bars whose interval is logged."""

    def __init__(self, intervals: Collection[str], bars: Bars, settings: FlowSettings) -> None:
        self._logged = np.array([interval in intervals for interval in INTERVALS])
        self._bars = bars
        self._rules = Rules(
            settings.imbalance_ratio, settings.stacked, settings.divergence_bars, settings.divergence_shortfall
        )
        self._arrays = told_arrays()

    def closed(self, rows: RecordArray, instrument: Instrument) -> Iterator[Bar]:
        """Yield an event for each of the BAR rows that `Bars` just handed on."""
        for bar, told, stacks in self._read(rows):
            yield _event(bar, told, stacks, instrument)

    def open(self, clock: int, instrument: Instrument) -> Iterator[Bar]:
        """Yield an event for each open bar, where the data has ended at `clock`."""
        for bar, told, stacks in self._read(self._bars.open_bars()):
            yield msgspec.structs.replace(_event(bar, told, stacks, instrument), ts=clock, complete=False)

    def _read(self, rows: RecordArray) -> Iterator[tuple[_BarRow, _Told, list[list[int]]]]:
        """Yield each wanted bar, what is told of it, and its stacks: side, lowest and highest tick."""
        rows = chosen(rows, self._logged[rows["interval"]])
        start = 0
        while start < len(rows):
            end = self._bars.read(rows, start, self._rules, self._arrays)
            told = [_Told(*row) for row in tuples_of(self._arrays.told[: end - start])]
            stacks = self._arrays.stacks[: sum([each.stacks for each in told])].tolist()
            taken = 0
            for bar, each in zip(words_of(rows[start:end]).view(np.int64).tolist(), told, strict=True):
                yield bar, each, stacks[taken : taken + each.stacks]
                taken += each.stacks
            start = end


def _event(bar: _BarRow, told: _Told, stacks: list[list[int]], instrument: Instrument) -> Bar:
    """Return the event of a bar that closed."""
    interval, start, end, opened, high, low, close, volume, buy, sell, none, trades, *rest = bar
    cvd, gap, low_delta, high_delta, ofi, _ = rest
    price, complete = instrument.price, True
    return Bar(
        end,
        INTERVALS[interval],
        price(opened),
        price(high),
        price(low),
        price(close),
        volume,
        buy,
        sell,
        none,
        trades,
        buy - sell,
        cvd,
        start,
        gap,
        complete,
        low_delta,
        high_delta,
        None if ofi == UNKNOWN_OFI else ofi,
        (_stacks(stacks, instrument) if stacks else []) if told.kept else None,
        told.unfinished_high if told.kept else None,
        told.unfinished_low if told.kept else None,
        _divergence(told, instrument) if told.diverged else None,
    )


def _stacks(stacks: list[list[int]], instrument: Instrument) -> list[StackedImbalance]:
    price = instrument.price
    found = [StackedImbalance(SIDES[side], price(low), price(high)) for side, low, high in stacks]
    return sorted(found, key=attrgetter("low"))


def _divergence(told: _Told, instrument: Instrument) -> BarDivergence:
    price = instrument.price
    return BarDivergence(DIVERGED[told.diverged], price(told.tick), told.earlier_end, price(told.earlier_tick))
