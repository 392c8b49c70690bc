"""Who pushed in the newest 10 seconds, minute and 5 minutes, and whether that is much for the time of day."""

from typing import Final

import numpy as np

from engines.book.layout import UNKNOWN_OFI, RecordArray
from engines.events import AggressorSide
from engines.flow import windows_kernel as kernel
from engines.flow.layout import SECOND_NS
from engines.flow.settings import FlowSettings
from engines.flow.windows_layout import (
    BIAS_BUY,
    BIAS_SELL,
    BUCKETS,
    GROW_RING,
    MOMENT,
    MOMENTS,
    NOW,
    WINDOW,
    WINDOW_SECONDS,
    WindowArrays,
)
from engines.view import FlowWindow

_FIRST_RING: Final = 4_096
_SECONDS_KEPT: Final = max(WINDOW_SECONDS) + 1
_NEARBY: Final = 2
"""Times of the day before and after one that tell of it too, as buckets."""
_DAY_FADING: Final = 0.8
"""Weight that a trading day keeps with each one after it."""
_BIAS: Final[dict[int, AggressorSide]] = {BIAS_BUY: "buy", BIAS_SELL: "sell"}


class FlowWindows:
    """Aggressive volume of the newest seconds of one instrument."""

    def __init__(self, settings: FlowSettings) -> None:
        self._enter, self._leave = settings.bias_enter, settings.bias_leave
        count = len(WINDOW_SECONDS)
        windows = np.zeros(count, WINDOW)
        windows["length"] = np.array(WINDOW_SECONDS) * SECOND_NS
        windows["fading"] = 0.5 ** (windows["length"] / settings.baseline_half_life)
        self._arrays = WindowArrays(
            now=np.zeros(1, NOW),
            windows=windows,
            ring=np.zeros(_FIRST_RING, MOMENT),
            today=np.zeros(count, MOMENTS),
            running=np.zeros((count, BUCKETS), MOMENTS),
            earlier=np.zeros((count, BUCKETS), MOMENTS),
        )
        self._seconds = np.zeros((2, 0), np.int64)
        """End and running sum of order-flow imbalance of the newest seconds that told it."""

    def begin_day(self, start: int) -> None:
        """Start a trading day: the one before becomes an earlier one."""
        arrays = self._arrays
        for number in range(len(WINDOW_SECONDS)):
            kernel.end_window(arrays, number)
        arrays.now["day_start"] = start
        for name in MOMENTS.names or ():
            running = np.pad(arrays.running[name], ((0, 0), (_NEARBY, _NEARBY)))
            nearby = sum(running[:, shift : shift + BUCKETS] for shift in range(2 * _NEARBY + 1))
            arrays.earlier[name] = arrays.earlier[name] * _DAY_FADING + nearby
        arrays.running[:] = np.zeros((), MOMENTS)
        arrays.today[:] = np.zeros((), MOMENTS)

    def take(self, trades: RecordArray, seconds: RecordArray) -> None:
        """Take TRADE rows and the SECOND rows of the same stretch."""
        position = 0
        while position < len(trades):
            position, reason = kernel.take_trades(self._arrays, trades, position, self._enter, self._leave)
            if reason == GROW_RING:
                self._grow()
        newest = seconds[-_SECONDS_KEPT:]
        newest = newest[newest["ofi"] != UNKNOWN_OFI]
        if len(newest):
            told = np.array((newest["end"], newest["ofi"]))
            self._seconds = np.concatenate((self._seconds, told), axis=1)[:, -_SECONDS_KEPT:]

    def _grow(self) -> None:
        """Double the ring."""
        old, written = self._arrays.ring, int(self._arrays.now["written"][0])
        numbers = np.arange(written - len(old), written)
        ring = np.zeros(2 * len(old), MOMENT)
        ring[numbers % len(ring)] = old[numbers % len(old)]
        self._arrays = self._arrays._replace(ring=ring)

    def look(self, clock: int) -> tuple[FlowWindow, ...]:
        """Return the windows that end at `clock`, which is not before any trade's, shortest first."""
        kernel.pass_time(self._arrays, clock, self._enter, self._leave)
        return tuple(self._window(number, clock) for number in range(len(WINDOW_SECONDS)))

    def _window(self, number: int, clock: int) -> FlowWindow:
        window = self._arrays.windows[number]
        buy, sell, none, bias = (int(window[name]) for name in ("buy", "sell", "none", "bias"))
        deviation = float(window["deviation"])
        return FlowWindow(
            seconds=WINDOW_SECONDS[number],
            buy=buy,
            sell=sell,
            none=none,
            ofi=self._imbalance(clock - int(window["length"])),
            z=(buy - sell - float(window["mean"])) / deviation if deviation > 0 else None,
            bias=_BIAS.get(bias),
        )

    def _imbalance(self, since: int) -> int | None:
        """Return the order-flow imbalance of the seconds that ended after a time; None where no quotes are told."""
        ends, running = self._seconds
        if not len(ends):
            return None
        earlier = running[ends <= since]
        return int(running[-1]) - (int(earlier[-1]) if len(earlier) else 0)
