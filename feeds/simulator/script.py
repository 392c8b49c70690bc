"""The script: what is planted, when and how, drawn from the seed block by block.

A block is ten minutes of market time, and what stands in it depends on the seed and the block's number alone. Every
planted thing has a number, its plan; one that needs a control (an absorber, a sweep) has it some blocks later with the
same volume. Actors carry the script out.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from feeds.simulator.day import news_times
from feeds.simulator.layout import (
    ASK,
    BID,
    BY_CANCEL,
    BY_SWEEP,
    BY_TRADES,
    CLUSTER,
    DRIVE,
    ICEBERG,
    LAYER,
    MOOD,
    NOBODY,
    RETURNS,
    SLICER,
    STAYS,
    WALL,
)

MILLISECOND: Final = 1_000_000
SECOND: Final = 1_000_000_000
BLOCK_NS: Final = 600 * SECOND
_MASK: Final = 2**64 - 1


class Dice:
    """Chance for the script: splitmix64, the same on every machine and Python."""

    def __init__(self, seed: int, block: int) -> None:
        self._state = (seed * 0x9E3779B97F4A7C15 + block * 0xD1B54A32D192ED03 + 0x8CB92BA72F3D8DD7) & _MASK

    def share(self) -> float:
        """Return a number in [0, 1)."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = ((self._state ^ (self._state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return ((mixed ^ (mixed >> 31)) >> 11) * 2.0**-53

    def whole(self, least: int, most: int) -> int:
        """Return a whole number from `least` to `most`, inclusive."""
        return least + int(self.share() * (most - least + 1))

    def real(self, least: float, most: float) -> float:
        """Return a number between two."""
        return least + self.share() * (most - least)

    def pick(self, *choices: int) -> int:
        """Return one of the choices."""
        return choices[self.whole(0, len(choices) - 1)]

    def times(self, begin: int, mean: float) -> Iterator[int]:
        """Yield times within a block, about `mean` of them, at random."""
        moment = 0.0
        while mean > 0:
            moment += -math.log(1.0 - self.share()) / mean * BLOCK_NS
            if moment >= BLOCK_NS:
                return
            yield begin + int(moment)


@dataclass(slots=True)
class Role:
    """One actor's instructions: fields of `layout.ACTOR`, and when it begins.

    Attributes:
        partner: Another role of the same plan, whose price this one takes.
    """

    begin: int
    fields: dict[str, Any]
    partner: "Role | None" = None
    row: int = NOBODY


@dataclass(frozen=True, slots=True)
class Plan:
    """One planted thing.

    Attributes:
        number: From 1 upwards.
        kind: What the truth calls it.
        facts: What was decided beforehand, for the truth.
        roles: Its actors.
    """

    number: int
    kind: str
    facts: dict[str, Any] = field(default_factory=dict)
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True)
class Cast:
    """How many of each are planted in ten minutes of an active market, on average."""

    icebergs: float = 10.0
    slicers: float = 2.0
    absorbers: float = 1.0
    clusters: float = 1.2
    layers: float = 2.0


class Script:
    """Draws the plans of one seed."""

    def __init__(self, seed: int, cast: Cast) -> None:
        self._seed = seed
        self._cast = cast
        self._number = 0

    def block(self, number: int, begin: int) -> list[Plan]:
        """Return the plans of the block that begins at a time (ns); blocks are to be asked for in order."""
        dice = Dice(self._seed, number)
        cast = self._cast
        plans = [self._mood(dice, begin)]
        plans += [self._news(dice, moment) for moment in news_times(begin, begin + BLOCK_NS)]
        plans += [self._iceberg(dice, moment) for moment in dice.times(begin, cast.icebergs)]
        plans += [self._slicer(dice, moment) for moment in dice.times(begin, cast.slicers)]
        plans += [self._layers(dice, moment) for moment in dice.times(begin, cast.layers)]
        for moment in dice.times(begin, cast.absorbers):
            plans += self._absorber(dice, moment)
        for moment in dice.times(begin, cast.clusters):
            plans += self._cluster(dice, moment)
        return plans

    def _plan(self, kind: str, facts: dict[str, Any], *roles: Role) -> Plan:
        self._number += 1
        return Plan(self._number, kind, facts, roles)

    def _mood(self, dice: Dice, begin: int) -> Plan:
        trend = dice.share() < 0.4
        drift = dice.pick(-1, 1) * dice.real(0.04, 0.12) if trend else 0.0
        volatility = dice.real(0.6, 1.1) if trend else dice.real(0.35, 0.9)
        facts = {"name": "trend" if trend else "range", "drift": round(drift, 4), "volatility": round(volatility, 4)}
        return self._plan("regime", facts, Role(begin, {"kind": MOOD, "drift": drift, "volatility": volatility}))

    def _news(self, dice: Dice, moment: int) -> Plan:
        jump = dice.pick(-1, 1) * dice.real(10.0, 60.0)
        fields = {"kind": MOOD, "drift": 0.0, "volatility": dice.real(1.2, 2.2), "jump": jump}
        return self._plan("news", {"jump": round(jump, 2)}, Role(moment, fields))

    def _iceberg(self, dice: Dice, moment: int) -> Plan:
        display = dice.pick(1, 1, 1, 2, 4, 4, 5, 10, 26, 31)
        lots = display * dice.whole(3, 14 if display > 4 else 40) + dice.whole(0, display - 1)
        ending = dice.pick(BY_TRADES, BY_TRADES, BY_CANCEL, BY_SWEEP)
        fields = {
            "kind": ICEBERG,
            "side": dice.pick(BID, ASK),
            "distance": dice.whole(0, 3),
            "lots": lots,
            "display": display,
            "clip": max(2, lots // 12),
            "ending": ending,
            "pause": dice.whole(80, 900) * MILLISECOND,
            "until": dice.whole(4, 60) * SECOND,
        }
        return self._plan("iceberg", {"planned_end": ("trades", "cancel", "sweep")[ending]}, Role(moment, fields))

    def _slicer(self, dice: Dice, moment: int) -> Plan:
        clip = dice.pick(1, 2, 3, 5, 8)
        fields = {
            "kind": SLICER,
            "side": dice.pick(BID, ASK),
            "distance": dice.whole(0, 2),
            "lots": clip * dice.whole(4, 20),
            "clip": clip,
            "pause": dice.whole(300, 3_000) * 1_000,
            "until": dice.whole(20, 180) * SECOND,
        }
        return self._plan("synthetic", {"clip": clip}, Role(moment, fields))

    def _layers(self, dice: Dice, moment: int) -> Plan:
        side, lots = dice.pick(BID, ASK), dice.whole(30, 90)
        until = dice.whole(300, 4_000) * MILLISECOND
        first = dice.whole(2, 4)
        roles = [
            Role(
                moment + layer * dice.whole(1, 5) * MILLISECOND,
                {
                    "kind": LAYER,
                    "side": side,
                    "distance": first + layer,
                    "lots": lots,
                    "ending": BY_CANCEL,
                    "until": until,
                },
            )
            for layer in range(dice.whole(1, 4))
        ]
        return self._plan("layering", {}, *roles)

    def _absorber(self, dice: Dice, moment: int) -> Iterator[Plan]:
        """Plan an absorption, and a drive of the same volume that nobody stands against."""
        side = dice.pick(BID, ASK)
        lots, seconds = dice.whole(250, 700), dice.whole(20, 60)
        wall = Role(
            moment,
            {
                "kind": WALL,
                "side": side,
                "lots": 3 * lots,
                "clip": dice.whole(20, 60),
                "pause": dice.whole(1, 20) * MILLISECOND,
                "until": (seconds + 5) * SECOND,
            },
        )
        pressing = self._drive(dice, moment + SECOND, side, lots, seconds, push=6.0)
        pressing.partner = wall
        facts = {"volume": lots}
        absorption = self._plan("absorption", facts, wall, pressing)
        yield absorption
        free = self._drive(dice, moment + BLOCK_NS // 2, side, lots, seconds, push=6.0)
        yield self._plan("no_absorption", facts | {"control_of": absorption.number}, free)

    def _drive(self, dice: Dice, begin: int, against: int, lots: int, seconds: int, *, push: float) -> Role:
        side = ASK if against == BID else BID
        clip = max(3, lots // (4 * seconds))
        fields = {
            "kind": DRIVE,
            "side": side,
            "lots": lots,
            "clip": clip,
            "pause": int(seconds * SECOND * clip / lots * dice.real(0.85, 0.95)),
            "until": seconds * SECOND,
            "jump": push if side == BID else -push,
            "ending": RETURNS,
        }
        return Role(begin, fields)

    def _cluster(self, dice: Dice, moment: int) -> Iterator[Plan]:
        """Plan stops beyond a swing and the sweep that takes them, and a breakout through a swing without stops."""
        side = dice.pick(BID, ASK)
        reach, count = dice.whole(2, 8), dice.whole(6, 24)
        wait = dice.whole(20, 120) * SECOND
        sweep = self._run_through(dice, moment, (side, reach, count), wait, RETURNS)
        yield self._plan("sweep", {}, *sweep)
        number = self._number
        breakout = self._run_through(dice, moment + BLOCK_NS // 2, (side, reach, 0), wait, STAYS)
        yield self._plan("breakout", {"control_of": number}, *breakout)

    def _run_through(
        self, dice: Dice, moment: int, stops: tuple[int, int, int], wait: int, ending: int
    ) -> tuple[Role, Role]:
        """Return the stops (side, ticks from first to last, how many) and the drive that runs through them."""
        side, reach, count = stops
        cluster = Role(
            moment,
            {
                "kind": CLUSTER,
                "side": side,
                "distance": reach,
                "count": count,
                "clip": dice.whole(2, 5),
                "until": wait + 90 * SECOND,
            },
        )
        away = 1.0 if side == BID else -1.0
        drive = Role(
            moment + wait,
            {
                "kind": DRIVE,
                "side": side,
                "lots": 6_000,
                "clip": dice.whole(8, 20),
                "pause": dice.whole(60, 200) * MILLISECOND,
                "until": 60 * SECOND,
                "jump": away * 30.0,
                "ending": ending,
            },
            cluster,
        )
        return cluster, drive
