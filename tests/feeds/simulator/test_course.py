"""What the truth says a planted run did is what the records of the market show."""

from typing import Any

import pytest

from feeds.records import ACTION_TRADE
from feeds.simulator.course import LOOKED_AT_NS
from feeds.simulator.script import Cast
from feeds.simulator.session import DEFAULT_START, Simulation, SimulationSettings

from .sessions import MINUTE, TICK, order_flow

Told = tuple[list[tuple[int, int]], list[dict[str, Any]]]
MINUTES = 14
SLICES = (10 * MINUTE, 7 * MINUTE // 60)


def session(slice_ns: int) -> Told:
    """Return (ts, tick) of every trade of a session with many runs, and its truth."""
    simulation = Simulation(SimulationSettings(seed=5, cast=Cast(clusters=4.0)))
    records = order_flow(tuple(simulation.batches(until=DEFAULT_START + MINUTES * MINUTE, slice_ns=slice_ns)))
    trades = records[records["action"] == ACTION_TRADE]
    return list(zip(trades["ts_event"].tolist(), (trades["price"] // TICK).tolist(), strict=True)), (
        simulation.truth.finish()
    )


@pytest.fixture(scope="module")
def told() -> Told:
    return session(SLICES[0])


def runs(truth: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in truth if line["kind"] in {"sweep", "breakout"} and "drive_volume" in line]


def test_a_run_has_the_farthest_price_traded_in_it_and_the_first_trade_back_inside_after_that(
    told: Told,
) -> None:
    trades, truth = told
    assert len(runs(truth)) > 8
    for line in runs(truth):
        sign, swing = (1 if line["side"] == "buy" else -1), round(line["price"] * 10)
        within = [sign * tick for ts, tick in trades if line["drive_began"] <= ts <= line["ended"]]
        extreme = None if line["extreme"] is None else round(line["extreme"] * 10)
        assert extreme == (sign * max(within) if within else None)
        if extreme is None:
            continue
        reached = next(
            number for number, one in enumerate(trades) if one[0] >= line["drive_began"] and one[1] == extreme
        )
        back = (
            ts for ts, tick in trades[reached:] if sign * tick < sign * swing and ts <= line["ended"] + LOOKED_AT_NS
        )
        assert line["returned"] == next(back, None)


def test_a_swing_is_the_high_or_low_of_one_of_the_twenty_minutes_before_where_it_says_so(told: Told) -> None:
    trades, truth = told
    lines = [line for line in truth if line["kind"] in {"sweep", "breakout"}]
    minutes: dict[int, list[int]] = {}
    for ts, tick in trades:
        minutes.setdefault(ts // MINUTE, []).append(tick)
    for line in lines:
        farthest, swing = (max if line["side"] == "buy" else min), round(line["price"] * 10)
        newest = line["ts"] // MINUTE
        named = [
            minute * MINUTE
            for minute in range(newest - 20, newest)
            if minute in minutes and farthest(minutes[minute]) == swing
        ]
        assert line["swing_of"] == max(named, default=None)
    assert {line["swing_of"] is None for line in lines} == {True, False}


def test_some_sweeps_come_back_and_some_breakouts_stay(
    told: Told,
) -> None:
    came_back = {(line["kind"], line["returned"] is not None) for line in runs(told[1]) if "cut" not in line}
    assert {("sweep", True), ("breakout", False)} <= came_back


def test_stops_within_a_run_are_those_of_the_plan_that_fired_in_its_time(
    told: Told,
) -> None:
    fired = [line for line in told[1] if line["kind"] == "stop"]
    for line in runs(told[1]):
        own = [stop["ts"] for stop in fired if stop["plan"] == line["plan"]]
        assert line["fired_within"] == sum(line["drive_began"] <= ts <= line["ended"] for ts in own)
    assert any(line["fired_within"] for line in runs(told[1]))


def test_a_run_whose_return_the_end_may_have_cut_says_so(
    told: Told,
) -> None:
    trades, truth = told
    for line in runs(truth):
        unknown = line["returned"] is None and line["ended"] + LOOKED_AT_NS > trades[-1][0]
        assert line.get("cut", False) == unknown


def test_runs_are_told_alike_and_in_one_order_however_the_session_is_sliced(
    told: Told,
) -> None:
    trades, truth = session(SLICES[1])
    assert trades == told[0]
    assert truth == told[1]
