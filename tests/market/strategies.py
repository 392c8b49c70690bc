"""Hypothesis strategies: valid generated streams, and streams damaged by impossible values."""

from typing import Any, Final

import numpy as np
from hypothesis import strategies as st

from feeds.records import UNDEFINED_PRICE, UNDEFINED_SIZE, UNDEFINED_TIME, Records

from .sessions import FIRST_INSTRUMENT, START, TICK, Session, session

NEAR_ROLL: Final = 1_704_236_400_000_000_000 - 1_000_000_000
"""One second before a trading day ends at 17:00 Chicago."""


@st.composite
def streams(draw: st.DrawFn, *, most_events: int = 300, instruments: int = 2) -> Session:
    """Draw a valid session, small enough to be read again and again."""
    return session(
        draw(st.integers(0, 2**32 - 1)),
        draw(st.integers(0, most_events)),
        opening=draw(st.sampled_from(["clear", "bare", "none"])),
        auction=draw(st.booleans()),
        warm_up=draw(st.sampled_from([0, 30, 300])),
        resnapshots=draw(st.sampled_from([0, 0, 1, 2])),
        instruments=draw(st.integers(1, instruments)),
        start=draw(st.sampled_from([START, NEAR_ROLL])),
        pace=draw(st.sampled_from([0, 1_000, 20_000_000, 3_000_000_000])),
        middle=draw(st.sampled_from([20_000, 0, -500])),
        last_flags=draw(st.sampled_from([130, 128])),
    )


def _edges(tick: int) -> dict[str, list[int]]:
    """Values per field that no exchange sends, or that stand at the end of what the field can hold."""
    highest = (UNDEFINED_PRICE - 1) // tick * tick
    return {
        "order_id": [0, 1, 2**63, 2**64 - 1],
        "size": [0, 1, 2, UNDEFINED_SIZE - 1, UNDEFINED_SIZE],
        "price": [UNDEFINED_PRICE, UNDEFINED_PRICE - 1, -(2**63), highest, -highest, -tick, 0, tick, 1, -1, tick + 1],
        "action": [ord(action) for action in "ACMRTFN?a"] + [0, 255],
        "side": [ord(side) for side in "ABN?b"] + [0, 255],
        "flags": [0, 2, 4, 8, 16, 32, 40, 64, 128, 130, 132, 160, 168, 192, 255],
        "instrument_id": [0, FIRST_INSTRUMENT, FIRST_INSTRUMENT + 1, 2**32 - 1],
        "ts_event": [0, 1, START + 2_000_000_000, UNDEFINED_TIME - 1, UNDEFINED_TIME],
        "ts_recv": [0, START, UNDEFINED_TIME - 1, UNDEFINED_TIME],
    }


@st.composite
def mutated(draw: st.DrawFn, array: Records, *, tick: int = TICK, most: int = 24) -> Records:
    """Draw a copy of `array` with fields overwritten by edge values or by the same field of another record."""
    damaged = array.copy()
    if not len(array):
        return damaged
    positions = st.integers(0, len(array) - 1)
    edges = _edges(tick)
    for _ in range(draw(st.integers(1, most))):
        name = draw(st.sampled_from(sorted(edges)))
        value: Any = draw(st.sampled_from(edges[name])) if draw(st.booleans()) else array[name][draw(positions)]
        damaged[name][draw(positions)] = value
    return damaged


@st.composite
def rearranged(draw: st.DrawFn, array: Records, *, most: int = 8) -> Records:
    """Draw a copy of `array` with records lost, repeated or swapped with their successor."""
    order = list(range(len(array)))
    for _ in range(draw(st.integers(1, most)) if len(order) > 1 else 0):
        position = draw(st.integers(0, len(order) - 2))
        damage = draw(st.sampled_from(["lose", "repeat", "swap"]))
        if damage == "lose" and len(order) > 2:
            del order[position]
        elif damage == "repeat":
            order.insert(position, order[position])
        else:
            order[position], order[position + 1] = order[position + 1], order[position]
    return array[np.array(order, dtype=np.intp)]


@st.composite
def damaged_streams(draw: st.DrawFn, *, most_events: int = 200) -> Records:
    """Draw the records of a valid session and damage them in both ways, or in one."""
    array = draw(streams(most_events=most_events)).array
    if draw(st.booleans()):
        array = draw(rearranged(array))
    return draw(mutated(array))
