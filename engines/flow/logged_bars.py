"""Bars as lines of the event log, with what their footprints and cumulative delta tell."""

from collections.abc import Collection, Iterator
from typing import Any, Final

import numpy as np

from engines.book.layout import UNKNOWN_OFI
from engines.events import Bar, BarDivergence, StackedImbalance
from engines.flow import divergence
from engines.flow.bars import Bars
from engines.flow.footprints import Footprints
from engines.flow.layout import BAR, INTERVALS, RecordArray
from engines.flow.settings import FlowSettings
from feeds.instrument import Instrument

_FIELDS: Final = BAR.names or ()


class LoggedBars:
    """Makes events of the bars whose interval is logged."""

    def __init__(self, intervals: Collection[str], bars: Bars, footprints: Footprints, settings: FlowSettings) -> None:
        self._logged = np.array([interval in intervals for interval in INTERVALS])
        self._bars = bars
        self._footprints = footprints
        self._settings = settings

    def closed(self, rows: RecordArray, instrument: Instrument) -> Iterator[Bar]:
        """Yield an event for each of the BAR rows that `Bars` just handed on."""
        for bar in self._wanted(rows):
            yield self._event(bar, instrument, ts=bar["end"], complete=True)

    def open(self, clock: int, instrument: Instrument) -> Iterator[Bar]:
        """Yield an event for each open bar, where the data has ended at `clock`."""
        for bar in self._wanted(self._bars.open_bars()):
            yield self._event(bar, instrument, ts=clock, complete=False)

    def _wanted(self, rows: RecordArray) -> Iterator[dict[str, int]]:
        for fields in rows[self._logged[rows["interval"]]].tolist():
            yield dict(zip(_FIELDS, fields, strict=True))

    def _event(self, bar: dict[str, int], instrument: Instrument, *, ts: int, complete: bool) -> Bar:
        price, interval = instrument.price, INTERVALS[bar["interval"]]
        return Bar(
            ts=ts,
            interval=interval,
            open=price(bar["open"]),
            high=price(bar["high"]),
            low=price(bar["low"]),
            close=price(bar["close"]),
            volume=bar["volume"],
            buy=bar["buy"],
            sell=bar["sell"],
            none=bar["none"],
            trades=bar["trades"],
            delta=bar["buy"] - bar["sell"],
            cvd=bar["cvd"],
            start=bar["start"],
            gap=bar["gap"],
            complete=complete,
            low_delta=bar["low_delta"],
            high_delta=bar["high_delta"],
            ofi=None if bar["ofi"] == UNKNOWN_OFI else bar["ofi"],
            divergence=self._divergence(interval, bar["number"], instrument) if complete else None,
            **self._told_by_footprint(interval, bar, instrument),
        )

    def _told_by_footprint(self, interval: str, bar: dict[str, int], instrument: Instrument) -> dict[str, Any]:
        footprint = self._footprints.read(interval, bar["number"], bar["low"])
        if footprint is None:
            return {}
        price = instrument.price
        return {
            "stacks": [StackedImbalance(stack.side, price(stack.low), price(stack.high)) for stack in footprint.stacks],
            "unfinished_high": footprint.unfinished_high,
            "unfinished_low": footprint.unfinished_low,
        }

    def _divergence(self, interval: str, number: int, instrument: Instrument) -> BarDivergence | None:
        found = divergence.find(self._bars, interval, number, self._settings)
        if found is None:
            return None
        told = divergence.as_divergence(self._bars, interval, number, found)
        price = instrument.price
        return BarDivergence(told.side, price(told.tick), told.earlier_ts, price(told.earlier_tick))
