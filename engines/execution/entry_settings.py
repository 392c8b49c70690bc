"""What entry is decided with: when evidence is a trigger, where stop and targets stand, how long a prompt lives."""

from dataclasses import dataclass
from typing import Literal

from engines.book.layout import MINUTE_NS, SECOND_NS

EntryTrigger = Literal["rejection", "sweep_reclaim", "break_retest", "displacement"]
"""Triggers that the market pulls."""


@dataclass(frozen=True, slots=True)
class TriggerSettings:
    """When evidence is a trigger; distances are multiples of the mean range of the newest minutes.

    Attributes:
        used: Triggers that may prompt.
        touch_minutes: A rejection has touched its zone within so many minutes.
        leave: It has closed so far from the zone,
        through: and traded no farther beyond it than this.
        least_iceberg: Lots that an iceberg filled, in minutes of usual volume.
        least_memory: Strength of a remembered zone.
        least_pool: How much a pool draws.
        away: A break counts once a minute closed so far beyond the level.
        near: A return has come so near to the level.
        hold: It held where it closed so far away again.
        retest_minutes: The return comes within so many minutes of the break.
        wide: A displacement's bar is so many times as wide as usual,
        pressed: and its delta so many times as large.
    """

    used: tuple[EntryTrigger, ...] = ("rejection", "sweep_reclaim", "break_retest", "displacement")
    touch_minutes: int = 3
    leave: float = 0.5
    through: float = 0.25
    least_iceberg: float = 0.1
    least_memory: float = 0.55
    least_pool: float = 0.5
    away: float = 1.0
    near: float = 0.25
    hold: float = 0.25
    retest_minutes: int = 60
    wide: float = 2.0
    pressed: float = 2.0


@dataclass(frozen=True, slots=True)
class EntrySettings:
    """How a trigger becomes a prompt, and how long it is one.

    Attributes:
        triggers: When evidence is a trigger.
        order: Whether a rejection, a sweep or a retest is entered by a limit near its place or at the market.
        offset: Ticks before the place at which a limit stands.
        fresh: Evidence older than this makes no prompt, ns.
        reach: The market is at most so many minute ranges from the entry.
        stop_buffer: Ticks beyond the evidence at which the stop stands.
        least_stop: Ticks that it is away at least,
        least_stop_range: and minute ranges, where that is more.
        most_stop: Minute ranges that it is away at most.
        default_stop: Minute ranges to the stop of a manual entry without evidence near.
        slip: Ticks that a stop is expected to slip.
        target_offset: Ticks before a level at which a target stands.
        first_target: The nearest target is at least so many stop distances away.
        first_share: Share of the lots that leave there.
        least_reward_risk: Smallest reward to risk of a prompt, costs included.
        life: Time after which a prompt expires by itself, ns.
        moved: Ticks that the market may move away from where it was,
        moved_range: or minute ranges, where that is more.
        snooze: How long a prompt is put aside, ns.
        quiet: How long evidence that was rejected does not prompt again, ns.
    """

    triggers: TriggerSettings = TriggerSettings()
    order: Literal["limit", "market"] = "limit"
    offset: int = 1
    fresh: int = 60 * SECOND_NS
    reach: float = 2.0
    stop_buffer: int = 2
    least_stop: int = 5
    least_stop_range: float = 0.5
    most_stop: float = 3.0
    default_stop: float = 1.5
    slip: int = 1
    target_offset: int = 1
    first_target: float = 1.0
    first_share: float = 0.5
    least_reward_risk: float = 1.5
    life: int = 75 * SECOND_NS
    moved: int = 3
    moved_range: float = 0.25
    snooze: int = 60 * SECOND_NS
    quiet: int = 15 * MINUTE_NS
