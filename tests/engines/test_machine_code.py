"""Kernels that are called very often are called without looking at what their arguments are."""

import numpy as np

from engines.book.layout import TRADE
from engines.compiled import machine_code
from engines.zones.found import Found
from engines.zones.sweeps_kernel import watch_trades
from engines.zones.sweeps_layout import CROSSED, DONE, HIGHS, RUN, UNREACHED, WatchArrays


def waiting_for(reach: int) -> WatchArrays:
    """A watch that waits for a trade above a tick."""
    arrays = WatchArrays(runs=np.zeros(2, RUN), usual=np.zeros(3, np.int64))
    arrays.runs["next"] = reach, UNREACHED
    return arrays


def test_machine_code_does_what_its_kernel_does() -> None:
    trades = np.zeros(3, TRADE)
    trades["tick"], trades["clock"], trades["size"] = (5, 7, 9), (1, 2, 3), 1
    code = machine_code(watch_trades, waiting_for(0), np.zeros(0, TRADE), 0, 0)
    arrays, others = waiting_for(7), waiting_for(7)
    assert code(arrays, trades, 0, 3) == watch_trades(others, trades, 0, 3) == (2, HIGHS, CROSSED, 3, 9, 0)
    assert code(arrays, trades, 0, 2) == watch_trades(others, trades, 0, 2) == (2, 0, DONE, 0, 0, 0)
    assert np.array_equal(arrays.usual, others.usual)
    assert arrays.usual.any()


def test_trades_that_are_left_when_absurd_ones_are_taken_away_lie_one_after_the_other() -> None:
    trades = np.zeros(4, TRADE)
    trades["tick"] = 1, 2**60, 3, 2**60
    sane = Found(trades=trades).sane().trades
    assert sane["tick"].tolist() == [1, 3]
    assert sane.flags.c_contiguous
