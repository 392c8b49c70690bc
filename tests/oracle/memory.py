"""The plain counterpart of the watch over remembered zones: every zone and touch looked at for every trade."""

from collections.abc import Sequence
from dataclasses import dataclass, field

MINUTE = 60_000_000_000
HORIZONS = (5 * MINUTE, 15 * MINUTE, 60 * MINUTE)


@dataclass
class WatchedTouch:
    ts: int
    up: int  # +1 where away from the zone is up
    near: int
    goal: int
    limit: int
    prices: list[tuple[int, int]] = field(default_factory=list)
    verdict: str = "open"
    told: int = 0

    def excursions(self, before: int) -> tuple[int, int]:
        """(MFE, MAE) of the trades before a moment."""
        moves = [self.up * (tick - self.near) for clock, tick in self.prices if clock < before]
        return max([0, *moves]), max([0, *(-move for move in moves)])


@dataclass
class WatchedZone:
    id: str
    side: str
    low: int
    high: int
    armed: bool
    touches: list[WatchedTouch] = field(default_factory=list)


Said = tuple[int, str, str, tuple[tuple[int, int], ...]]
"""Time, zone, what happened, reactions told so far (of `reacted` only)."""


def watch(zones: Sequence[WatchedZone], trades: Sequence[tuple[int, int]], leave: int, through: int) -> list[Said]:
    """Say what happens at each zone while (clock, tick) trades pass."""
    said: list[Said] = []
    for clock, tick in trades:
        for zone in zones:
            up = 1 if zone.side == "bid" else -1
            near, far = (zone.high, zone.low) if up > 0 else (zone.low, zone.high)
            for touch in zone.touches:
                while touch.told < len(HORIZONS) and clock >= touch.ts + HORIZONS[touch.told]:
                    touch.told += 1
                    if touch.told == len(HORIZONS):
                        reactions = tuple(touch.excursions(touch.ts + horizon) for horizon in HORIZONS)
                        said.append((clock, zone.id, "reacted", reactions))
            for touch in zone.touches:
                if touch.told < len(HORIZONS):
                    touch.prices.append((clock, tick))
                    _judge(zone, touch, clock, tick, said)
            away = up * (tick - near)
            if away >= leave:
                zone.armed = True
            elif zone.armed and away <= 0:
                zone.armed = False
                touch = WatchedTouch(clock, up, near, leave, abs(near - far) + through, [(clock, tick)])
                zone.touches.append(touch)
                said.append((clock, zone.id, "touched", ()))
                _judge(zone, touch, clock, tick, said)
    return said


def _judge(zone: WatchedZone, touch: WatchedTouch, clock: int, tick: int, said: list[Said]) -> None:
    if touch.verdict != "open":
        return
    move = touch.up * (tick - touch.near)
    if move >= touch.goal:
        touch.verdict = "held"
    elif -move >= touch.limit:
        touch.verdict = "failed"
    if touch.verdict != "open":
        said.append((clock, zone.id, touch.verdict, ()))
