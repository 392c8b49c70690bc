"""Chance, from the seed alone: xoshiro256++ in the market's own state, and what is drawn from it."""

import math
from typing import Any, Final

import numpy as np

from feeds.simulator.compiled import compiled, signed
from feeds.simulator.layout import URN, Market

_23: Final = np.uint64(23)
_41: Final = np.uint64(41)
_17: Final = np.uint64(17)
_45: Final = np.uint64(45)
_19: Final = np.uint64(19)
_11: Final = np.uint64(11)
_UNIT: Final = 2.0**-53


def seed_chance(market: Market, seed: int) -> None:
    """Set the generator's state from a seed, by splitmix64 as its authors advise."""
    mask = 2**64 - 1
    state = seed & mask
    for name in ("chance_0", "chance_1", "chance_2", "chance_3"):
        state = (state + 0x9E3779B97F4A7C15) & mask
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & mask
        market.now[name] = mixed ^ (mixed >> 31)


@compiled
def draw(market: Market) -> Any:
    """Return 64 random bits."""
    now = market.now[0]
    mixed = now.chance_0 + now.chance_3
    result = ((mixed << _23) | (mixed >> _41)) + now.chance_0
    shifted = now.chance_1 << _17
    now.chance_2 ^= now.chance_0
    now.chance_3 ^= now.chance_1
    now.chance_1 ^= now.chance_2
    now.chance_0 ^= now.chance_3
    now.chance_2 ^= shifted
    now.chance_3 = (now.chance_3 << _45) | (now.chance_3 >> _19)
    return result


@compiled
def share(market: Market) -> float:
    """Return a number in [0, 1)."""
    return signed(draw(market) >> _11) * _UNIT


@compiled
def below(market: Market, most: int) -> int:
    """Return a whole number from 0 to `most`, exclusive."""
    return signed(share(market) * most)


@compiled
def waiting(market: Market, rate: float) -> float:
    """Return the seconds to the next of events that come at `rate` a second."""
    return -math.log(1.0 - share(market)) / rate


@compiled
def bell(market: Market) -> float:
    """Return a number of mean 0 and variance 1, near enough to a normal one."""
    return (share(market) + share(market) + share(market) + share(market) - 2.0) * 1.7320508075688772


@compiled
def from_urn(market: Market, urn: int) -> int:
    """Return one of the values in an urn."""
    return signed(market.urns[urn, below(market, URN)])
