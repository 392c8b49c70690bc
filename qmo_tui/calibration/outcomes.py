"""Which way it went: the first of three barriers, from the first price that could be had after a moment.

In the direction of the score's side the *target* lies `target` average minute ranges away and the *stop* `stop` ranges
against it. Both are counted **net of costs**: what spread, slippage and fees take is added to the way to the target and
taken off the way to the stop. The third barrier is time: after the horizon, or at the daily halt if that comes first,
the move decides: won where it has earned more than the costs.

A bar that touches both barriers counts as the stop, since which came first is unknown. A score whose horizon reaches
beyond the end of the recording is left out, whatever came before: to keep those that a barrier ended early and drop the
others would prefer fast markets.
"""

from dataclasses import dataclass
from typing import Final, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from engines.events import AggressorSide
from engines.timing.trading_day import trading_day
from feeds.instrument import Instrument
from qmo_tui.calibration.inputs import Inputs, sign_of
from qmo_tui.errors import QmoError
from qmo_tui.setting_tables.engines import Calibration

MINUTE_NS: Final = 60_000_000_000
_ENTERED_WITHIN_NS: Final = MINUTE_NS
"""A price that comes later than this after the moment is none that a trader would have had."""
_QUIET_NS: Final = MINUTE_NS
"""The last record before a halt may come so much earlier; the recording is whole all the same."""
_LEAST_TICKS: Final = 4

Ended = Literal["target", "stop", "time"]
Whole = npt.NDArray[np.int64]


class Barriers(msgspec.Struct, frozen=True):
    """What a score has to reach; ranges are average ranges of a minute, `costs` are ticks for the way in and out."""

    target: float
    stop: float
    horizon: int
    costs: float

    @property
    def words(self) -> str:
        """What is counted, in words."""
        return (
            f"{self.target:g} average minute ranges its way before {self.stop:g} against it, "
            f"within {self.horizon // MINUTE_NS} min, "
            f"net of {self.costs:g} ticks"
        )


def barriers_of(settings: Calibration, instrument: Instrument) -> Barriers:
    """Return the barriers for a contract.

    Raises:
        QmoError: Its multiplier is unknown, so fees cannot be told in ticks.
    """
    fees = settings.fees / instrument.tick_value if settings.fees else 0.0
    if np.isnan(fees):
        raise QmoError(
            f"the multiplier of {instrument.symbol} is unknown, so fees cannot be counted: add it to your settings "
            "under [instruments], or set calibration.fees to 0"
        )
    costs = settings.spread + settings.slippage + fees
    return Barriers(settings.target, settings.stop, settings.horizon * MINUTE_NS, round(costs, 6))


class Outcome(msgspec.Struct, frozen=True, array_like=True):
    """What became of one score.

    Attributes:
        ts: When it was said, ns UTC.
        end: When it was decided: the end of the bar that touched a barrier, or the horizon.
        session: The date its trading day is named by, ISO 8601.
        side: Which side the score was of.
        won: Whether the target came first, or time ended it above the costs.
        how: What ended it.
        confidence: The fixed-weight score.
        inputs: What the model is given, in the order of `inputs.NAMES`.
    """

    ts: int
    end: int
    session: str
    side: AggressorSide
    won: bool
    how: Ended
    confidence: float
    inputs: Inputs


@dataclass(frozen=True)
class Prices:
    """Bars of one contract in order, as short as the recording tells: begins and ends in ns, prices in ticks.

    Attributes:
        known_until: Time of the newest record: what happened up to then is known.
    """

    begins: Whole
    ends: Whole
    opens: Whole
    highs: Whole
    lows: Whole
    closes: Whole
    known_until: int


@dataclass(frozen=True, slots=True)
class Decision:
    """How and when a score was decided."""

    how: Ended
    won: bool
    end: int


def decide(prices: Prices, ts: int, side: AggressorSide, average: float, barriers: Barriers) -> Decision | None:
    """Return what became of a score of `side` at `ts`, with the average range of a minute then, in ticks.

    None where it could not be entered, or its horizon was not recorded to the end. Only bars that began at or after
    `ts` are looked at: one that was open then may have touched a barrier before.
    """
    first = int(np.searchsorted(prices.begins, ts))
    day = trading_day(ts)
    if first == len(prices.begins) or prices.begins[first] > min(ts + _ENTERED_WITHIN_NS, day.halt):
        return None
    until = min(ts + barriers.horizon, max(day.halt, ts))
    if prices.known_until + _QUIET_NS < until:
        return None
    last = int(np.searchsorted(prices.ends, until, side="right"))
    sign, entry = sign_of(side), float(prices.opens[first])
    highs, lows = (prices.highs, prices.lows) if sign > 0 else (prices.lows, prices.highs)
    best, worst = sign * (highs[first:last] - entry), sign * (lows[first:last] - entry)
    target = max(_LEAST_TICKS, barriers.target * average) + barriers.costs
    stop = barriers.costs - max(_LEAST_TICKS, barriers.stop * average)
    touched = np.flatnonzero((best >= target) | (worst <= stop))
    if len(touched):
        bar = int(touched[0])
        won = bool(worst[bar] > stop)
        return Decision("target" if won else "stop", won, int(prices.ends[first + bar]))
    if last <= first:
        return None
    return Decision("time", bool(sign * (float(prices.closes[last - 1]) - entry) > barriers.costs), until)
