"""How the many traders behave: settings of the background flow, and the urns that quantities are drawn from.

The shapes were read off a real session (ES, 2023-12-25; `docs/simulator.md` shows both side by side); the rates are
gold's in active New York hours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from feeds.simulator.layout import URN

ACTIVE_RATE: Final = 450.0
"""Records a second of an active New York morning; the times below belong to it."""
RECORDS_AN_ARRIVAL: Final = 4.75
"""Records that one arrival leads to in the end, what its trades set off included; measured."""
_SECOND_NS: Final = 1_000_000_000

LOTS_ADDED: Final = (
    (1, 0.749), (2, 0.088), (3, 0.055), (4, 0.034), (5, 0.010), (6, 0.008), (7, 0.005), (8, 0.004), (10, 0.006),
    (12, 0.020), (13, 0.005), (16, 0.005), (20, 0.005), (25, 0.003), (50, 0.003),
)  # fmt: skip
"""(lots, share) of limit orders."""
LOTS_TRADED: Final = (
    (1, 0.575), (2, 0.148), (3, 0.060), (4, 0.048), (5, 0.030), (6, 0.018), (7, 0.012), (8, 0.016), (10, 0.024),
    (12, 0.018), (15, 0.017), (20, 0.016), (30, 0.010), (40, 0.008),
)  # fmt: skip
"""(lots, share) of aggressors."""
NEAR: Final = (
    (0, 0.81), (1, 0.04), (2, 0.02), (3, 0.01), (5, 0.01), (10, 0.015), (20, 0.04), (40, 0.03), (80, 0.01),
    (160, 0.015), (420, 0.0),
)  # fmt: skip
"""(ticks behind the touch, share) of fleeting orders."""
FAR: Final = (
    (0, 0.157), (1, 0.138), (2, 0.111), (3, 0.092), (4, 0.074), (5, 0.046), (7, 0.037), (10, 0.055), (14, 0.037),
    (20, 0.066), (30, 0.053), (45, 0.04), (80, 0.04), (150, 0.027), (400, 0.027),
)  # fmt: skip
"""(ticks behind the touch, share) of restless orders."""
FLEETING: Final = (
    (0.00, 0.00003), (0.08, 0.0002), (0.16, 0.003), (0.25, 0.014), (0.38, 0.046), (0.50, 0.11), (0.65, 0.3),
    (0.80, 0.75), (0.92, 2.0), (1.00, 6.0),
)  # fmt: skip
"""(share, seconds): so many orders wait no longer than this before they leave."""
PATIENT: Final = ((0.00, 0.002), (0.10, 0.015), (0.30, 0.07), (0.55, 0.18), (0.80, 0.6), (0.95, 1.5), (1.00, 4.5))
"""(share, seconds) of restless orders at the touch, between one move and the next."""
REACTION: Final = ((0.00, 0.000005), (0.25, 0.00006), (0.50, 0.00016), (0.75, 0.0004), (1.00, 0.002))
"""(share, seconds) from a trade to what machines do about it."""
STOPS_AWAY: Final = ((1, 0.35), (3, 0.3), (5, 0.2), (9, 0.15), (18, 0.0))
"""(ticks from the touch, share) of stops."""
DISPLAYS: Final = ((1, 0.5), (2, 0.12), (4, 0.15), (5, 0.05), (10, 0.1), (26, 0.05), (31, 0.03))
"""(lots displayed, share) of the background's icebergs."""


@dataclass(frozen=True, slots=True)
class Habits:
    """Settings of the background flow; those not named here are explained in `layout.SETTINGS`.

    Attributes:
        records_per_second: What an active New York morning comes to, on average.
        price: Where the fair price begins and returns to over days, in ticks.
        volatility: Ticks that the fair price wanders, a square root of a second at activity 1.
        trade_share: Of arrivals, those that come to trade.
        iceberg_share: Of background limit orders, those that hide lots.
        stop_share: Of arrivals, those that leave a stop.
        implied_share: Of aggressors, those that meet what spreads imply; see `implied`. Gold has it, the demo does not.
    """

    records_per_second: float = ACTIVE_RATE
    price: int = 42_000
    volatility: float = 0.9
    trade_share: float = 0.125
    iceberg_share: float = 0.002
    stop_share: float = 0.009
    implied_share: float = 0.0
    fast_share: float = 0.5
    fast_rate: float = 7_000.0
    middle_share: float = 0.12
    middle_rate: float = 55.0
    slow_share: float = 0.15
    slow_rate: float = 4.0
    rush: float = 0.85
    await_share: float = 0.75
    flee_share: float = 0.25
    flee_below: float = 0.5
    improve_share: float = 0.33
    restless_share: float = 0.4
    leave_share: float = 0.31
    cross_share: float = 0.010
    owned_share: float = 0.35
    owners: int = 12
    follow: float = 0.06

    @property
    def calm(self) -> float:
        """How much longer orders wait than in an active morning: a slow market has as deep a book as a fast one."""
        return ACTIVE_RATE / self.records_per_second

    @property
    def arrivals(self) -> float:
        """Arrivals a second at activity 1."""
        return self.records_per_second / RECORDS_AN_ARRIVAL


def urn(shares: Sequence[tuple[int, float]]) -> npt.NDArray[np.int64]:
    """Return values in proportion to their shares."""
    values, weights = (np.array(column) for column in zip(*shares, strict=True))
    bounds = np.cumsum(weights) / np.sum(weights)
    places = (np.arange(URN) + 0.5) / URN
    return values[np.searchsorted(bounds, places)].astype(np.int64)


def spread_urn(shares: Sequence[tuple[int, float]]) -> npt.NDArray[np.int64]:
    """Return values in proportion to their shares, spread evenly between each and the next."""
    values = [value for value, _ in shares]
    drawn = urn(shares)
    for value, following in pairwise(values):
        places = np.flatnonzero(drawn == value)
        drawn[places] = value + np.arange(len(places)) % max(following - value, 1)
    return drawn


def time_urn(quantiles: Sequence[tuple[float, float]]) -> npt.NDArray[np.int64]:
    """Return times (ns) between quantiles given in seconds, evenly in their logarithm."""
    shares, seconds = zip(*quantiles, strict=True)
    places = (np.arange(URN) + 0.5) / URN
    return (np.exp(np.interp(places, shares, np.log(seconds))) * _SECOND_NS).astype(np.int64)


def urns() -> npt.NDArray[np.int64]:
    """Return all urns, by their numbers in `layout`."""
    return np.stack(
        [
            urn(LOTS_ADDED),
            urn(LOTS_TRADED),
            spread_urn(NEAR),
            spread_urn(FAR),
            time_urn(FLEETING),
            time_urn(PATIENT),
            urn(DISPLAYS),
            time_urn(REACTION),
            spread_urn(STOPS_AWAY),
        ]
    )
