"""What a trader may change of a prompt: lots as the ladder allows, the stop as far as the risk is, a target."""

from collections.abc import Callable
from dataclasses import replace

from engines.execution.commands import RefusedError
from engines.execution.prompt import Waiting
from engines.execution.setup import SIGNS, Goal
from engines.execution.sizing import Sized
from feeds.instrument import Instrument

Sizer = Callable[[int], Sized]
"""Stop distance in ticks to lots, as the ladder allows now."""


def most_lots(prompt: Waiting, sized: Sized) -> int:
    """Return the lots of a prompt's product that a size allows; of another product's size no more than it has."""
    if sized.product == prompt.product or not prompt.lot_risk_cents:
        return sized.contracts
    return min(prompt.contracts, sized.risk_cents // prompt.lot_risk_cents)


def resized(prompt: Waiting, step: int, sizer: Sizer) -> tuple[Waiting, str]:
    """Return a prompt with more or fewer lots, and what was changed.

    Raises:
        RefusedError: It would be more than allowed, or none.
    """
    if prompt.setup.stop_ticks is None:
        raise RefusedError("an exit is whole")
    sized, lots = sizer(prompt.setup.stop_ticks), prompt.contracts + step
    most = most_lots(prompt, sized)
    if lots < 1:
        raise RefusedError("at least one lot")
    if lots > most:
        raise RefusedError(f"at most {most} {prompt.product.root}: {sized.capped_by}")
    return replace(prompt, contracts=lots), f"{prompt.contracts} to {lots} lots"


def with_stop_moved(prompt: Waiting, step: int, sizer: Sizer, instrument: Instrument) -> tuple[Waiting, str]:
    """Return a prompt with its stop so many ticks higher, of fewer lots where they would risk more than is allowed.

    Raises:
        RefusedError: It has no stop, the stop would be too close, or nothing of that risk is allowed.
    """
    setup, before = prompt.setup, prompt.setup.stop
    if before is None:
        raise RefusedError("no stop to move")
    stop = before + step
    ticks = SIGNS[setup.side] * (setup.entry - stop)
    if ticks < setup.least_stop:
        raise RefusedError(f"the stop is {setup.least_stop} ticks away at least")
    sized = sizer(ticks)
    if sized.contracts == 0:
        raise RefusedError(sized.reason)
    lots = min(prompt.contracts, sized.contracts) if sized.product == prompt.product else sized.contracts
    invalidation = stop if setup.invalidation == before else setup.invalidation
    moved = replace(prompt, setup=replace(setup, stop=stop, invalidation=invalidation))
    size = "" if lots == prompt.contracts else f", {lots} {sized.product.root}"
    text = f"stop {instrument.price_text(before)} to {instrument.price_text(stop)}{size}"
    return moved.sized(sized.product, lots, sized.lot_cents), text


def with_target_moved(prompt: Waiting, step: int, instrument: Instrument) -> tuple[Waiting, str]:
    """Return a prompt with its nearest target so many ticks higher, and what was changed.

    Raises:
        RefusedError: It has no target, or it would not be beyond the entry and before the next one.
    """
    setup = prompt.setup
    if not prompt.targets:
        raise RefusedError("no target to move")
    at = next(number for number, goal in enumerate(setup.goals) if goal.tick == prompt.targets[0].tick)
    goal, sign = setup.goals[at], SIGNS[setup.side]
    tick = goal.tick + step
    beyond = setup.goals[at + 1].tick if at + 1 < len(setup.goals) else None
    if sign * (tick - setup.entry) < 1 or (beyond is not None and sign * (beyond - tick) < 1):
        raise RefusedError("the target stays beyond the entry and before the next one")
    kept = tuple(one for one in setup.goals[:at] if sign * (tick - one.tick) >= 1)
    # Nearer goals have no lot at this size; those that it comes to or passes give it their share.
    share = sum(one.share for one in setup.goals[len(kept) : at + 1])
    goals = (*kept, Goal(tick, share, goal.label), *setup.goals[at + 1 :])
    text = f"target {instrument.price_text(goal.tick)} to {instrument.price_text(tick)}"
    return replace(prompt, setup=replace(setup, goals=goals)), text
