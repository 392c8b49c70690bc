"""Senseless records never crash the compiled book, make it hang, or let it leave its arrays."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engines.book.layout import ASK, BID
from feeds.records import Records
from tests.engines.book import extremes
from tests.engines.book.invariants import assert_sound
from tests.engines.side_by_side import Engines
from tests.kernels import CHECKED
from tests.market.sessions import FIRST_INSTRUMENT, TICK

_ROOT = Path(__file__).resolve().parents[3]
_LIMIT_S = 300


def _run_checked(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the fuzzer in a process of its own, whose kernels check every index."""
    return subprocess.run(
        [sys.executable, "-m", "tests.engines.book.fuzzing", *arguments],
        cwd=_ROOT,
        env={**os.environ, "NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(CHECKED)},
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )


def test_a_read_outside_an_array_would_be_noticed() -> None:
    ended = _run_checked("probe")
    assert ended.returncode == 1
    assert "IndexError: index is out of bounds" in ended.stderr


@pytest.mark.parametrize(("kind", "seeds"), [("mutated", 100), ("noise", 90), ("extremes", 0)])
def test_no_records_lead_out_of_the_arrays_or_into_a_contradiction(kind: str, seeds: int) -> None:
    ended = _run_checked(kind, str(seeds))
    assert ended.returncode == 0, ended.stderr[-3_000:]


# --- what remains of extreme records --------------------------------------------------------------------------------


def _read(records: Records, tick: int = TICK) -> Engines:
    engines = Engines(FIRST_INSTRUMENT, tick)
    engines.take(records)
    assert_sound(engines.book)
    return engines


def test_a_level_holds_more_lots_than_32_bits() -> None:
    book = _read(extremes.fullest_level()).book
    assert book.level(BID, 20_000) == (20_000, 3_000 * (2**32 - 1), 3_000)


def test_orders_far_from_the_first_price_are_counted_but_stand_on_no_level() -> None:
    array = extremes.stream(3, price=np.array([20_000, 2**18 + 20_000, 2**18 + 20_001]) * TICK, side=ord("A"))
    book = _read(array).book
    assert int(book.now["resting"]) == 3
    assert book.depth(9)[ASK] == [(20_000, 1, 1), (2**18 + 20_000, 1, 1)]
    assert book.queue_place(3) is None


def test_an_emptied_book_measures_afar_from_its_next_price() -> None:
    prices = np.array([0, 2**30, 2**30, 2**30 + 2**18, 2**30 + 2**18 + 1])
    array = extremes.stream(5, price=prices * TICK, order_id=[1, 2, 2, 3, 4], action=list(b"ARAAA"), side=ord("A"))
    book = _read(array).book
    assert book.best_ask == 2**30
    assert [level.tick - 2**30 for level in book.depth(9)[ASK]] == [0, 2**18]
    assert int(book.now["far_orders"]) == 1


def test_an_order_that_comes_back_from_afar_joins_its_queue() -> None:
    array = extremes.stream(3, price=np.array([20_000, 2**40, 20_000]) * TICK, order_id=[1, 2, 2])
    array["price"][1] = 2**62 // TICK * TICK
    array["action"][2] = ord("M")
    book = _read(array).book
    assert book.level(BID, 20_000) == (20_000, 2, 2)
    assert book.queue_place(2) == (20_000, 1, 1, 1)


def test_ids_that_collide_are_told_apart() -> None:
    array = extremes.colliding_ids()
    book = _read(array[:2_000]).book
    assert int(book.now["resting"]) == 1_000
    assert book.queue_place(int(array["order_id"][1])) == (20_000, 1, 0, 0)
    assert book.queue_place(int(array["order_id"][0])) is None
    assert int(_read(array).book.now["unknown_changes"]) == 0


def test_the_first_and_the_last_id_are_orders_like_any_other() -> None:
    book = _read(extremes.stream(2, order_id=np.array([0, 2**64 - 1], np.uint64))).book
    assert book.queue_place(0) == (20_000, 1, 0, 0)
    assert book.queue_place(2**64 - 1) == (20_000, 1, 1, 1)


def test_a_crowd_at_one_price_keeps_its_turns() -> None:
    book = _read(extremes.crowded_price()).book
    assert book.level(BID, 20_000) == (20_000, 20_000, 10_000)
    assert book.queue_place(20_000) == (20_000, 2, 9_999, 19_998)


def test_the_book_grows_with_its_orders() -> None:
    book = _read(extremes.many_orders()).book
    assert int(book.now["resting"]) == 90_000
    assert sum(level.orders for side in book.depth(10_000) for level in side) == 90_000
    assert book.queue_place(90_000) is not None


def test_an_event_that_nothing_ends_is_closed_and_counted() -> None:
    engines = _read(extremes.endless_event())
    assert int(engines.book.now["unclosed_events"]) == 20_000 // 8_192 + 5_000 // 1_024
    assert len(engines.trades) == 5_001


def test_the_ladder_finds_the_best_price_over_any_gap() -> None:
    prices = np.array([0, -(2**18), 2**18, 0, 2**18])
    array = extremes.stream(5, price=prices * TICK, order_id=[1, 2, 3, 1, 3], action=list(b"AAACC"))
    best = [_read(array[:end]).book.best_bid for end in range(1, 6)]
    assert best == [0, 0, 2**18, 2**18, -(2**18)]


@pytest.mark.parametrize("make", [extremes.endless_clears, extremes.jumping_prices])
def test_clears_and_jumps_cost_no_more_than_any_record(make: Callable[[], Records]) -> None:
    array = make()
    engines = _read(array)
    assert int(engines.book.now["records"]) == len(array)
    assert int(engines.book.now["resting"]) == 0


def test_the_clock_never_runs_backwards() -> None:
    engines = _read(extremes.backward_times())
    clocks = [trade["clock"] for trade in engines.trades]
    assert clocks == sorted(clocks)
    assert int(engines.book.now["late_records"]) > 2_800
