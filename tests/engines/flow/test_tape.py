"""The tape: one print for what one aggressor traded in one matching event."""

from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.flow.tape import KEPT
from engines.pipeline import Pipeline, run
from engines.view import Print, TradeKind, ViewRequest
from feeds.records import Batch, Records, Schema
from tests.engines.book.extremes import stream
from tests.engines.flow.test_bars import GOLD
from tests.engines.real_data import ES, read_records
from tests.market import session
from tests.market.sessions import FIRST_INSTRUMENT, TICK
from tests.oracle import read
from tests.oracle.tape import Trade


def _prints(array: Records, instrument: Any, count: int = 10_000) -> tuple[Print, ...]:
    pipeline = Pipeline(instrument)
    run(pipeline, [Batch(Schema.MBO, array)])
    return pipeline.view(ViewRequest(prints=count)).prints


def _grouped(trades: list[Trade]) -> list[tuple[Any, ...]]:
    """Group the oracle's trades as a trader reads them: those without an aggressor stand alone."""
    groups = groupby(trades, lambda trade: (trade.event, trade.order_id or -trade.index))
    sides = {"B": "buy", "A": "sell", "": None}
    return [
        (first.event, sides[first.side], first.tick, members[-1].tick, sum(trade.size for trade in members), first.kind)
        for members in (list(group) for _, group in groups)
        for first in members[:1]
    ]


def _told(prints: tuple[Print, ...]) -> list[tuple[Any, ...]]:
    return [(said.event, said.side, said.first, said.last, said.size, str(said.kind)) for said in prints]


@pytest.mark.parametrize("seed", range(4))
def test_one_print_for_each_aggressor_of_each_event(seed: int) -> None:
    made = session(seed, 2_000, auction=seed % 2 == 0)
    expected = _grouped(read(made.array, FIRST_INSTRUMENT, TICK).tape.trades)
    told = _told(_prints(made.array, GOLD))
    assert told == expected
    assert any(first != last for _, _, first, last, *_ in told)
    assert {kind for *_, kind in told} >= {"market", "stop", "modified-limit"}


@pytest.mark.parametrize("minimum", [1, 2, 5, 500])
@pytest.mark.parametrize("count", [1, 7, 10_000])
def test_small_prints_are_passed_over_before_they_are_counted(minimum: int, count: int) -> None:
    pipeline = Pipeline(GOLD)
    run(pipeline, [Batch(Schema.MBO, session(3, 2_000).array)])
    everything = pipeline.view(ViewRequest(prints=10_000)).prints
    wanted = tuple(said for said in everything if said.size >= minimum)
    assert pipeline.view(ViewRequest(prints=count, minimum_size=minimum)).prints == wanted[-count:]


def test_the_real_tape(data: Path) -> None:
    array = read_records(data, "esh4-20231225.mbo.dbn.zst")
    prints = _prints(array, ES)
    trades = read(array, ES.instrument_id, ES.tick).tape.trades
    assert _told(prints) == _grouped(trades)
    assert sum(said.size for said in prints) == 9_892
    assert [said.ts for said in prints] == sorted(said.ts for said in prints)
    assert sum(said.kind is TradeKind.STOP for said in prints) == 100


@pytest.mark.parametrize("count", [0, 1, 2, 17])
def test_the_newest_prints_are_whole(count: int) -> None:
    made = session(9, 1_000)
    everything = _prints(made.array, GOLD)
    assert _prints(made.array, GOLD, count) == (everything[-count:] if count else ())


def test_an_aggressor_that_sweeps_prices_is_one_print() -> None:
    array = stream(4, action=ord("T"), order_id=9, flags=[0, 0, 128, 128])
    array["price"] += TICK * (array["ts_event"] - array["ts_event"][0]).astype(int)
    first, second = _prints(array, GOLD)
    assert (first.first, first.last, first.size, first.side) == (20_000, 20_002, 3, "buy")
    assert (second.first, second.last, second.size) == (20_003, 20_003, 1)


def test_trades_without_an_aggressor_stand_alone() -> None:
    array = stream(3, action=ord("T"), order_id=0, side=ord("N"), flags=[0, 0, 128])
    assert [(said.side, said.size) for said in _prints(array, GOLD)] == [(None, 1)] * 3


def test_only_the_newest_trades_are_kept() -> None:
    array = stream(KEPT + 1_000, action=ord("T"))
    prints = _prints(array, GOLD)
    assert len(prints) == KEPT
    assert (prints[0].event, prints[-1].event) == (1_000, KEPT + 999)


def test_stops_are_older_than_the_initiator_on_its_side_and_not_resting() -> None:
    resting = stream(1, order_id=10)
    prints = stream(7, action=ord("T"), order_id=[20, 5, 4, 21, 10, 0, 6], side=list(b"BBABBBN"), flags=0)
    kinds = [str(said.kind) for said in _prints(np.concatenate([resting, prints]), GOLD)]
    assert kinds == ["market", "stop", *["unknown"] * 5]
