"""The volume-weighted average price and how far volume spreads around it, from exact integer sums.

Every lot counts at its own tick. Sums are taken of distances from an origin, so nothing is rounded before the one
division (and root) at the end; the result is a float only because an average lies between ticks.
"""

from math import sqrt


def average(origin: int, volume: int, weighted: int) -> float:
    """Return the average price in ticks; `weighted` is the sum of lots * (tick - origin)."""
    return (origin * volume + weighted) / volume


def deviation(volume: int, weighted: int, squares: int) -> float:
    """Return the standard deviation of the lots' prices in ticks; `squares` sums lots * (tick - origin) squared."""
    return sqrt(volume * squares - weighted * weighted) / volume
