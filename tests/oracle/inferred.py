"""Inferred icebergs: all that one price and side hides from its first hidden lots until the level is over."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from .levels import LevelStep

State = Literal["detected", "traded", "executed", "cancelled", "expired"]


@dataclass(frozen=True, slots=True)
class InferredLine:
    """One line said of an inferred iceberg."""

    ts: int
    event: int
    number: int
    side: str
    tick: int
    state: State
    filled: int
    refreshes: int
    hidden: int
    doubted: bool


@dataclass(slots=True)
class _Inferred:
    number: int
    steps: list[LevelStep] = field(default_factory=list)


def inferred_lines(steps: Iterable[LevelStep]) -> list[InferredLine]:
    """Return what is said of the icebergs behind the steps of levels, by time and event."""
    live: dict[tuple[str, int], _Inferred] = {}
    lines: list[InferredLine] = []
    count = 0
    for step in steps:
        place = (step.side, step.tick)
        if place not in live:
            count += 1
            live[place] = _Inferred(count)
        iceberg = live[place]
        iceberg.steps.append(step)
        states: list[State] = []
        if len(iceberg.steps) == 1:
            states.append("detected")
        elif step.what == "filled":
            states.append("traded")
        if step.what != "filled":
            states.append(step.what)
            del live[place]
        lines += [_line(iceberg, state, is_first=state is states[0]) for state in states]
    return sorted(lines, key=lambda line: (line.ts, line.event))


def _line(iceberg: _Inferred, state: State, *, is_first: bool) -> InferredLine:
    """Say how an iceberg stands; of two lines in one event the first tells what was hidden."""
    newest = iceberg.steps[-1]
    return InferredLine(
        ts=newest.ts,
        event=newest.event,
        number=iceberg.number,
        side=newest.side,
        tick=newest.tick,
        state=state,
        filled=sum(step.lots for step in iceberg.steps),
        refreshes=sum(step.hidden > 0 for step in iceberg.steps),
        hidden=newest.hidden if is_first else 0,
        doubted=any(step.suspect for step in iceberg.steps),
    )
