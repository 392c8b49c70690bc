"""Levels that a trade can aim at: what the view shows beyond the market, of all kinds together."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from engines.events import AggressorSide
from engines.execution.entry_settings import TriggerSettings
from engines.execution.setup import OPPOSITE, SIGNS, STANDS_ON
from engines.view import MarketView, ZoneKind

_APART: Final = 2
"""Levels so many ticks apart or nearer are one."""


class Level(NamedTuple):
    """A price and what it is."""

    tick: int
    label: str


def levels_beyond(tick: int, side: AggressorSide, market: MarketView, settings: TriggerSettings) -> list[Level]:
    """Return the levels that a trade of a side entered at a tick runs into, the nearest first.

    Zones of the other side and pools by their near edge, the day's and the composite's POC and value area, naked POCs,
    highs and lows of sessions that are over, Gann clusters. What is too weak for a rejection is no level.
    """
    sign = SIGNS[side]
    found = sorted(
        (level for level in _levels(side, market, settings) if sign * (level.tick - tick) > 0),
        key=lambda level: (sign * level.tick, level.label),
    )
    apart: list[Level] = []
    for level in found:
        if not apart or abs(level.tick - apart[-1].tick) > _APART:
            apart.append(level)
    return apart


def _levels(side: AggressorSide, market: MarketView, settings: TriggerSettings) -> Iterator[Level]:
    yield from _zones(side, market, settings)
    yield from _profile(market)
    yield from _ranges(market)
    yield from _clusters(side, market)


def _zones(side: AggressorSide, market: MarketView, settings: TriggerSettings) -> Iterator[Level]:
    against = STANDS_ON[OPPOSITE[side]]
    least: dict[ZoneKind, float] = {"pool": settings.least_pool, "memory": settings.least_memory}
    for zone in market.zones:
        if zone.live and zone.side == against and (zone.score or 0.0) >= least.get(zone.kind, 0.0):
            yield Level(zone.low if side == "buy" else zone.high, zone.label)


def _profile(market: MarketView) -> Iterator[Level]:
    profile = market.profile
    if profile is None:
        return
    for kept, name in ((profile.session, ""), (profile.composite, "composite ")):
        if kept is not None:
            yield Level(kept.poc, f"{name}POC")
            yield Level(kept.value_low, f"{name}VAL")
            yield Level(kept.value_high, f"{name}VAH")
    for naked in profile.naked:
        yield Level(naked.tick, "naked POC")


def _ranges(market: MarketView) -> Iterator[Level]:
    clock = None if market.timing is None else market.timing.clock
    for one in () if clock is None else clock.ranges:
        if not one.running and one.high is not None and one.low is not None:
            yield Level(one.high, f"{one.name} high")
            yield Level(one.low, f"{one.name} low")


def _clusters(side: AggressorSide, market: MarketView) -> Iterator[Level]:
    for cluster in () if market.timing is None else market.timing.clusters:
        yield Level(cluster.low if side == "buy" else cluster.high, f"Gann cluster of {cluster.families}")
