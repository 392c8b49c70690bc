"""The order-flow reading: windows, big prints, the touch and divergence, put together for screens."""

from typing import NamedTuple

from engines.book.layout import RecordArray
from engines.flow import divergence
from engines.flow.bars import Bars
from engines.flow.print_sizes import PrintSizes
from engines.flow.settings import FlowSettings
from engines.flow.touch import microprice, queue_imbalance
from engines.flow.windows import FlowWindows
from engines.view import OrderFlow


class Touch(NamedTuple):
    """Best bid and ask, ticks, and the lots there."""

    bid: int
    bid_size: int
    ask: int
    ask_size: int


class OrderFlowReading:
    """Who pushes in one instrument."""

    def __init__(self, bars: Bars, settings: FlowSettings) -> None:
        self._bars = bars
        self._settings = settings
        self._windows = FlowWindows(settings)
        self._print_sizes = PrintSizes()

    def begin_day(self, start: int) -> None:
        """Start a trading day at a time in ns."""
        self._windows.begin_day(start)
        self._print_sizes.begin_day(start)

    def take(self, trades: RecordArray, seconds: RecordArray) -> None:
        """Take TRADE rows and the SECOND rows of the same stretch."""
        if len(trades) or len(seconds):
            self._windows.take(trades, seconds)
            self._print_sizes.take(trades)

    def look(self, clock: int, interval: str, touch: Touch | None) -> OrderFlow:
        """Return the reading at `clock`, which is not before any trade's; divergence is of the bars of `interval`."""
        return OrderFlow(
            windows=self._windows.look(clock),
            cvd=int(self._bars.now["cvd"]),
            queue_imbalance=None if touch is None else queue_imbalance(touch.bid_size, touch.ask_size),
            microprice=None if touch is None else microprice(*touch),
            divergence=divergence.newest(self._bars, interval, self._settings),
            big_print=self._print_sizes.big_from(clock, self._settings.big_print_share),
        )
