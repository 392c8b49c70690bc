"""The simulated market speaks CME's grammar, keeps its rules, and knows the truth: the engines and the oracle agree."""

from datetime import datetime
from typing import Any

import numpy as np
import pytest

from feeds.records import ACTION_CANCEL, ACTION_FILL, ACTION_TRADE, F_LAST, F_SNAPSHOT, SIDE_NONE, Records, Schema
from feeds.simulator.contract import INSTRUMENT_ID
from feeds.simulator.day import NEW_YORK
from feeds.simulator.habits import Habits
from feeds.simulator.layout import EDGE
from feeds.simulator.session import DEFAULT_START, Simulation, SimulationSettings
from tests.engines.side_by_side import (
    Engines,
    SideBySide,
    counters,
    counters_of_oracle,
    queues_of,
    queues_of_oracle,
    steps,
    steps_of_oracle,
    stop_runs,
    stop_runs_of_oracle,
    trades,
    trades_of_oracle,
)

from .sessions import MINUTE, TICK, order_flow, simulated

IMPLIED = 0.3
"""Far more implied liquidity than any month has, so that a short session holds every way it shows in."""
OPENING = int(datetime(2026, 10, 5, 17, 58, tzinfo=NEW_YORK).timestamp()) * 1_000_000_000
SESSIONS = [(1, DEFAULT_START, 0.0), (2, DEFAULT_START, 0.0), (3, OPENING, 0.0), (1, DEFAULT_START, IMPLIED)]
STOP = 2
"""Code of an aggressor that was a stop."""


@pytest.mark.parametrize(("seed", "implied"), [(1, 0.0), (2, 0.0), (1, IMPLIED)])
def test_the_engines_and_the_oracle_agree_on_a_simulated_session(seed: int, implied: float) -> None:
    both = SideBySide(order_flow(simulated(seed, implied=implied)[0]), INSTRUMENT_ID, TICK)
    both.go_to(len(both.rows))
    both.engines.finish()
    assert counters(both.engines.book) == counters_of_oracle(both.oracle)
    assert queues_of(both.engines.book) == queues_of_oracle(both.oracle)
    assert trades(both.engines) == trades_of_oracle(both.oracle)
    assert steps(both.engines) == steps_of_oracle(both.oracle)
    assert stop_runs(both.engines) == stop_runs_of_oracle(both.oracle)


def read(records: Records) -> Engines:
    engines = Engines(INSTRUMENT_ID, TICK)
    engines.take(records)
    engines.finish()
    return engines


@pytest.mark.parametrize(("seed", "start", "implied"), SESSIONS)
def test_nothing_is_unknown_crossed_or_out_of_turn(seed: int, start: int, implied: float) -> None:
    counted = counters(read(order_flow(simulated(seed, start=start, implied=implied)[0])).book)
    wrong = ("unknown_changes", "anonymous_fills", "duplicates", "bad_records", "off_tick", "late_records")
    assert {name: counted[name] for name in wrong} == dict.fromkeys(wrong, 0)
    assert counted["crossed_events"] == 0
    assert counted["queue_violations"] == 0
    assert counted["queue_checks"] > 1_000
    assert counted["phase"] == "continuous"


@pytest.mark.parametrize(("seed", "start", "implied"), SESSIONS)
def test_the_icebergs_found_are_the_evident_ones_of_the_truth(seed: int, start: int, implied: float) -> None:
    batches, truth = simulated(seed, start=start, implied=implied)
    engines = read(order_flow(batches))
    newest = {mark.order_id: mark for mark in engines.icebergs.marks()}
    evident = {line["order_id"]: line for line in truth if line["kind"] == "iceberg" and line["evident"]}
    assert len(evident) > 2
    assert set(newest) == set(evident)
    for order_id, line in evident.items():
        mark = newest[order_id]
        assert (mark.side, mark.filled, mark.refreshes) == (line["side"], line["filled"], line["refreshes"])
        assert mark.tick / 10 == pytest.approx(line["price"])


@pytest.mark.parametrize(("seed", "implied"), [(1, 0.0), (2, 0.0), (1, IMPLIED)])
def test_the_stops_found_are_those_that_fired(seed: int, implied: float) -> None:
    batches, truth = simulated(seed, minutes=8.0, implied=implied)
    engines = read(order_flow(batches))
    volumes: dict[int, int] = {}
    for trade in engines.trades:
        if trade["kind"] == STOP:
            volumes[trade["order_id"]] = volumes.get(trade["order_id"], 0) + trade["size"]
    fired = {line["order_id"]: line["volume"] for line in truth if line["kind"] == "stop" and line["identifiable"]}
    assert len(fired) > 2
    assert volumes == fired


def test_a_session_begins_with_a_definition_a_status_and_a_snapshot() -> None:
    batches, _ = simulated(1)
    assert [batch.schema for batch in batches[:3]] == [Schema.DEFINITION, Schema.STATUS, Schema.MBO]
    assert batches[0].records["min_price_increment"][0] == TICK
    assert batches[0].records["unit_of_measure_qty"][0] == 100_000_000_000
    records = order_flow(batches)
    snapshot = records[(records["flags"] & F_SNAPSHOT) != 0]
    assert chr(snapshot["action"][0]) == "R"
    assert len(snapshot) > 1_000
    assert np.flatnonzero(snapshot["flags"] & F_LAST).tolist() == [len(snapshot) - 1]


def test_times_and_sequence_never_run_back() -> None:
    records = order_flow(simulated(1)[0])
    live = records[(records["flags"] & F_SNAPSHOT) == 0]
    for name in ("ts_event", "ts_recv", "sequence"):
        assert (np.diff(live[name].astype(np.int64)) >= 0).all(), name
    assert (live["ts_recv"] > live["ts_event"]).all()


def test_a_cancel_takes_the_whole_order_and_trades_and_fills_carry_no_flags() -> None:
    records = order_flow(simulated(1)[0])
    live = records[(records["flags"] & F_SNAPSHOT) == 0]
    assert (live["flags"][(live["action"] == ACTION_TRADE) | (live["action"] == ACTION_FILL)] == 0).all()
    assert (live["size"] >= 1).all()
    assert (live["action"] == ACTION_CANCEL).sum() > 1_000


def test_the_opening_auction_is_one_trade_without_a_side() -> None:
    batches, _ = simulated(3, start=OPENING)
    records = order_flow(batches)
    auction = records[(records["action"] == ACTION_TRADE) & (records["side"] == SIDE_NONE)]
    assert len(auction) == 1
    assert auction["order_id"][0] == 0
    assert auction["ts_event"][0] == OPENING + 2 * MINUTE
    fills = records[(records["action"] == ACTION_FILL) & (records["side"] == SIDE_NONE)]
    assert fills["size"].sum() == 2 * auction["size"][0]
    assert [int(batch.records["action"][0]) for batch in batches if batch.schema is Schema.STATUS] == [1, 7]


def bytes_of(seed: int, slice_ns: int) -> tuple[bytes, list[Any]]:
    simulation = Simulation(SimulationSettings(seed=seed))
    batches = list(simulation.batches(until=DEFAULT_START + MINUTE, slice_ns=slice_ns))
    return b"".join(batch.records.tobytes() for batch in batches), simulation.truth.finish()


def test_a_seed_gives_the_same_bytes_however_it_is_sliced() -> None:
    whole = bytes_of(7, 10 * MINUTE)
    assert bytes_of(7, 50_000_000) == whole
    assert bytes_of(8, 10 * MINUTE) != whole


@pytest.mark.parametrize("rate", [20.0, 3_000.0])
def test_a_slow_market_and_a_fast_one_have_a_book_like_any_other(rate: float) -> None:
    simulation = Simulation(SimulationSettings(habits=Habits(records_per_second=rate)))
    batches = tuple(simulation.batches(until=DEFAULT_START + MINUTE))
    book = read(order_flow(batches)).book
    live = sum(len(batch) for batch in batches) - int((order_flow(batches)["flags"] & F_SNAPSHOT > 0).sum())
    assert rate / 3 < live / 60 < rate * 3
    assert book.best_bid is not None
    assert book.best_ask is not None
    assert 1 <= book.best_ask - book.best_bid <= 5


def test_the_market_keeps_within_its_ladder_however_wild_it_is() -> None:
    habits = Habits(volatility=60.0, price=1_500, follow=0.5)
    simulation = Simulation(SimulationSettings(habits=habits))
    ticks = [
        batch.records["price"][batch.records["action"] == ACTION_TRADE] // TICK
        for batch in simulation.batches(until=DEFAULT_START + 3 * MINUTE)
        if batch.schema is Schema.MBO
    ]
    traded = np.concatenate(ticks)
    assert len(traded) > 100
    assert traded.min() >= EDGE
