"""Throw senseless records at the compiled book, with every array access checked; run by `test_fuzz` as a program.

    NUMBA_BOUNDSCHECK=1 python -m tests.engines.book.fuzzing KIND SEEDS

KIND is `mutated`, `noise` or `extremes`. Leaves with 0, or with the traceback of the first contradiction. `probe` reads
outside an array on purpose and must fail.
"""

import sys
from random import Random
from typing import Any, Final

import numpy as np

from engines.compiled import compiled
from engines.pipeline import Pipeline
from engines.view import ViewRequest
from feeds.instrument import Instrument
from feeds.records import MBO, Batch, Records, Schema
from tests.engines.book.extremes import EXTREMES
from tests.engines.book.invariants import assert_sound
from tests.engines.side_by_side import Engines
from tests.market import session
from tests.market.sessions import FIRST_INSTRUMENT, TICK
from tests.market.strategies import _edges

LOOK: Final = ViewRequest(ladder_rows=60, prints=40, bars=40)


@compiled
def _read(array: Any, place: int) -> int:
    return array[place]  # type: ignore[no-any-return]


def probe() -> None:
    """Read behind the end of an array."""
    _read(np.zeros(3, np.int64), 1_000)


def mutated(random: Random) -> Records:
    """Return a generated session with up to one in ten records damaged."""
    made = session(random.randrange(2**32), 250, auction=random.random() < 0.5, resnapshots=random.randrange(3))
    array = made.array
    edges = _edges(TICK)
    for _ in range(random.randint(1, max(2, len(array) // 10))):
        name = random.choice(sorted(edges))
        wild = random.random() < 0.5
        array[name][random.randrange(len(array))] = (
            random.choice(edges[name]) if wild else array[name][random.randrange(len(array))]
        )
    return array


def noise(random: Random) -> Records:
    """Return random bytes viewed as records, some fields narrowed so that records mean something to each other."""
    count = random.randint(1, 3_000)
    array = np.frombuffer(random.randbytes(count * MBO.itemsize), MBO).copy()
    draw = np.random.default_rng(random.randrange(2**32))
    array["instrument_id"] = FIRST_INSTRUMENT
    if random.random() < 0.9:
        array["action"] = draw.choice(np.frombuffer(b"AACCMMTFFRN?", np.uint8), count)
        array["side"] = draw.choice(np.frombuffer(b"AABBN?", np.uint8), count)
    if random.random() < 0.8:
        array["order_id"] = draw.integers(0, random.choice([2, 40, 2_000]), count)
    if random.random() < 0.8:
        reach = random.choice([3, 1_000, 2**19, 2**20, 2**40])
        array["price"] = draw.integers(-reach, reach, count) * random.choice([1, TICK])
    if random.random() < 0.7:
        array["flags"] = draw.choice(np.array([0, 0, 0, 128, 130, 32, 160, 4], np.uint8), count)
    if random.random() < 0.5:
        array["size"] = draw.choice(np.array([0, 1, 2, 5, 2**32 - 1], np.uint32), count)
    return array


def check(array: Records, tick: int, cut: int = 700) -> None:
    """Feed the records to the book alone, and in a pipeline with everything above it; look at both."""
    engines = Engines(FIRST_INSTRUMENT, tick)
    for start in range(0, len(array), cut):
        engines.take(array[start : start + cut])
        assert_sound(engines.book)
    pipeline = Pipeline(Instrument("", FIRST_INSTRUMENT, tick, 1.0))
    said = pipeline.process(Batch(Schema.MBO, array))
    pipeline.view(LOOK)
    said += pipeline.finish()
    assert [event.ts for event in said] == sorted(event.ts for event in said)
    assert pipeline.summary().resting_orders == int(engines.book.now["resting"])


def throw(kind: str, seeds: int) -> None:
    """Check records of one kind, made from each seed."""
    make = {"mutated": mutated, "noise": noise}[kind]
    for seed in range(seeds):
        try:
            check(make(Random(seed)), TICK if kind == "mutated" or seed % 3 else 1)
        except Exception as error:
            raise RuntimeError(f"{kind}, seed {seed}") from error


def throw_extremes() -> None:
    """Check every stream of `extremes`, with an ordinary tick and with the smallest one."""
    for make in EXTREMES:
        for tick in (TICK, 1):
            try:
                check(make(), tick, 20_000)
            except Exception as error:
                raise RuntimeError(f"{make.__name__}, tick {tick}") from error


if __name__ == "__main__":
    if sys.argv[1] == "probe":
        probe()
    elif sys.argv[1] == "extremes":
        throw_extremes()
    else:
        throw(sys.argv[1], int(sys.argv[2]))
