"""How large prints usually are at this time of the trading day, so that the few large ones stand out.

A print is what one aggressor traded in one matching event; a trade whose aggressor is not told is one by itself. Sizes
are counted in bins, one a lot below EXACT, then sixteen to every doubling. As with the flow windows, two readings are
averaged where both are there: of today, each print losing weight with every later one, and of earlier days at this
half hour of the trading day.
"""

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from engines.compiled import compiled, inlined
from engines.flow.layout import SECOND_NS, RecordArray

EXACT: Final = 256
"""Sizes below it have a bin each."""
_EXACT_BITS: Final = 8
_PER_DOUBLING: Final = 16
_BINS: Final = EXACT + 24 * _PER_DOUBLING
_HALF_HOUR: Final = 1_800 * SECOND_NS
_HALF_HOURS: Final = 50
_GROWTH: Final = 2.0 ** (1 / 2_000)
"""Weight of each print of today, as a multiple of the one before it: two thousand later a print counts half."""
_HEAVIEST: Final = 1e100
"""Weight at which all are scaled down."""
_ENOUGH: Final = 200
"""Prints that tell what is usual."""
_DAY_FADING: Final = 0.8

NOW: Final = np.dtype(
    [
        ("day_start", np.int64),
        ("weight", np.float64),  # of the next print
        # the print that may still go on
        ("event", np.int64),
        ("order_id", np.uint64),
        ("clock", np.int64),
        ("size", np.int64),  # 0 where there is none
    ],
    align=True,
)


class SizeArrays(NamedTuple):
    """Everything the kernel works on.

    Attributes:
        now: NOW, one record.
        today: Weight of the prints in each bin.
        running: Prints of today in each bin by half hour, shape (_HALF_HOURS, _BINS).
        earlier: The same of earlier days, fading from day to day.
    """

    now: RecordArray
    today: npt.NDArray[np.float64]
    running: npt.NDArray[np.float64]
    earlier: npt.NDArray[np.float64]


@inlined
def _bin_of(size: int) -> int:
    if size < EXACT:
        return size
    doubling = 0
    while size >> (doubling + _EXACT_BITS + 1) > 0:
        doubling += 1
    step = (size >> (doubling + _EXACT_BITS - 4)) - _PER_DOUBLING
    return EXACT + doubling * _PER_DOUBLING + step


def smallest_in(number: int) -> int:
    """Return the smallest size that belongs to a bin."""
    if number < EXACT:
        return number
    doubling, step = divmod(number - EXACT, _PER_DOUBLING)
    return (_PER_DOUBLING + step) << (doubling + _EXACT_BITS - 4)


@compiled
def _end_print(sizes: SizeArrays) -> None:
    """Count the print that may still go on, if there is one."""
    now = sizes.now[0]
    if now.size == 0:
        return
    number = min(_bin_of(now.size), _BINS - 1)
    half_hour = min(max((now.clock - now.day_start) // _HALF_HOUR, 0), _HALF_HOURS - 1)
    sizes.today[number] += now.weight
    sizes.running[half_hour, number] += 1.0
    now.weight *= _GROWTH
    if now.weight > _HEAVIEST:
        for each in range(len(sizes.today)):
            sizes.today[each] /= now.weight
        now.weight = 1.0
    now.size = 0


@compiled
def _take_trades(sizes: SizeArrays, trades: RecordArray) -> None:
    now = sizes.now[0]
    for position in range(len(trades)):
        trade: Any = trades[position]
        if trade.size <= 0:
            continue
        if now.size > 0 and trade.order_id != 0 and now.order_id == trade.order_id and now.event == trade.event:
            now.size += trade.size
            continue
        _end_print(sizes)
        now.event = trade.event
        now.order_id = trade.order_id
        now.clock = trade.clock
        now.size = trade.size


class PrintSizes:
    """Sizes of the prints of one instrument, by time of the trading day."""

    def __init__(self) -> None:
        self._sizes = SizeArrays(
            now=np.zeros(1, NOW),
            today=np.zeros(_BINS, np.float64),
            running=np.zeros((_HALF_HOURS, _BINS), np.float64),
            earlier=np.zeros((_HALF_HOURS, _BINS), np.float64),
        )
        self._sizes.now["weight"] = 1.0

    def begin_day(self, start: int) -> None:
        """Start a trading day: the one before becomes an earlier one."""
        sizes = self._sizes
        _end_print(sizes)
        sizes.now["day_start"], sizes.now["weight"] = start, 1.0
        sizes.earlier[:] = sizes.earlier * _DAY_FADING + sizes.running
        sizes.running[:] = 0.0
        sizes.today[:] = 0.0

    def take(self, trades: RecordArray) -> None:
        """Take TRADE rows; a print counts once another one has begun."""
        _take_trades(self._sizes, trades)

    def big_from(self, clock: int, share: float) -> int | None:
        """Return the smallest size that at most a `share` of all prints reach at this time; None until it is known."""
        sizes = self._sizes
        half_hour = int(np.clip((clock - int(sizes.now["day_start"][0])) // _HALF_HOUR, 0, _HALF_HOURS - 1))
        earlier = sizes.earlier[half_hour]
        counted = ((sizes.today, float(sizes.running.sum())), (earlier, float(earlier.sum())))
        readings = [bins / bins.sum() for bins, prints in counted if prints >= _ENOUGH]
        if not readings:
            return None
        reaching = np.cumsum(np.mean(readings, axis=0)[::-1])[::-1]
        return smallest_in(int(np.argmax(reaching <= share)))
