"""How often zones held, beside comparable places: outcomes by hand, controls alike, an honest interval."""

import json
from pathlib import Path as FilePath

import numpy as np
import pytest

from engines.book.layout import TRADE_BUY, TRADE_SELL
from engines.events import Iceberg
from qmo_tui.evaluation.holding.controls import Controls
from qmo_tui.evaluation.holding.holding import Outcome, hold_rates, outcomes
from qmo_tui.evaluation.holding.path import MINUTE_NS, Path
from qmo_tui.evaluation.holding.places import Place, Places
from tests.qmo_tui.command import error_line, qmo

SECOND = 1_000_000_000
OPEN = 1_703_545_200 * SECOND
"""2023-12-25 23:00 UTC: a trading day begins."""


def _path(ticks: list[int], *, sides: int = TRADE_SELL, every: int = SECOND) -> Path:
    """One lot a second at the given prices."""
    count = len(ticks)
    times = OPEN + every * np.arange(count, dtype=np.int64)
    return Path(times, np.array(ticks, np.int64), np.ones(count, np.int64), np.full(count, sides, np.int64))


def _bid(ts: int, tick: int, kind: str = "absorption") -> Place:
    return Place(kind, f"{kind}-{ts}", ts, "bid", tick, tick)


def test_a_bid_zone_held_where_price_reached_the_target_above_it_first() -> None:
    path = _path([100] * 60 + [99, 101, 104])
    (outcome,) = outcomes(path, [_bid(OPEN + 59 * SECOND, 100)])
    assert (outcome.held, outcome.target) == (True, 4)


def test_a_bid_zone_broke_where_price_reached_the_target_below_it_first() -> None:
    path = _path([100] * 60 + [101, 96, 110])
    (outcome,) = outcomes(path, [_bid(OPEN + 59 * SECOND, 100)])
    assert outcome.held is False


def test_an_ask_zone_held_where_price_fell_first() -> None:
    path = _path([100] * 60 + [101, 96, 110])
    place = Place("absorption", "a", OPEN + 59 * SECOND, "ask", 100, 100)
    assert outcomes(path, [place])[0].held is True


def test_a_target_is_twice_the_usual_range_of_a_minute_and_at_least_four_ticks() -> None:
    wide = [100 + (second % 10) for second in range(600)]
    (outcome,) = outcomes(_path(wide), [_bid(OPEN + 599 * SECOND, 100)])
    assert outcome.target == 18


def test_what_neither_target_settles_within_the_hour_is_undecided() -> None:
    path = _path([100] * 60 + [101] * 3_600 + [120])
    (outcome,) = outcomes(path, [_bid(OPEN + 59 * SECOND, 100)])
    assert outcome.held is None
    assert hold_rates([outcome])[0].decided == 0


def test_nothing_before_the_first_trade_is_decided() -> None:
    assert outcomes(_path([100, 104]), [_bid(OPEN - SECOND, 100)])[0].held is None


def test_controls_are_moments_like_it_and_none_near_a_zone_of_its_side() -> None:
    path = _path([100] * 3_000)
    places = [_bid(OPEN + 1_500 * SECOND, 100), _bid(OPEN + 2_000 * SECOND, 100)]
    chosen = Controls(path, places).of(places[0], 1_500, 1.0)
    times = path.times[chosen]
    assert len(chosen) == 20
    assert min(abs(int(one) - place.ts) for one in times for place in places) >= 2 * MINUTE_NS
    assert min(abs(int(one) - int(two)) for one in times for two in times if one != two) >= 2 * MINUTE_NS


def test_controls_are_under_like_pressure() -> None:
    calm = _path([100] * 1_200, sides=TRADE_BUY)
    sides = calm.sides.copy()
    sides[1_150:] = TRADE_SELL
    path = Path(calm.times, calm.ticks, calm.lots, sides)
    place = _bid(OPEN + 1_199 * SECOND, 100)
    assert Controls(path, [place]).of(place, 1_199, 1.0) == []


def test_a_zone_that_price_always_returns_from_is_no_better_than_its_controls() -> None:
    bouncing = [104 if second % 300 >= 280 else 100 for second in range(4_000)]
    found = outcomes(_path(bouncing), [_bid(OPEN + 1_510 * SECOND, 100)])
    (rate,) = hold_rates(found)
    assert (rate.rate, rate.control_rate, rate.difference) == (1.0, 1.0, 0.0)


def test_the_interval_covers_what_was_measured_and_is_the_same_in_every_run() -> None:
    found = [Outcome(_bid(OPEN + number * SECOND, 100), number % 3 != 0, 4, 20, 0.5) for number in range(30)]
    (rate,) = hold_rates(found)
    assert rate.difference == pytest.approx(20 / 30 - 0.5)
    assert rate.interval is not None and rate.difference is not None
    assert rate.interval[0] < rate.difference < rate.interval[1]
    assert hold_rates(found) == [rate]


def test_places_without_enough_controls_are_counted_and_not_compared() -> None:
    found = [Outcome(_bid(OPEN, 100), True, 4, 3, None), Outcome(_bid(OPEN + SECOND, 100), False, 4, 20, 0.25)]
    (rate,) = hold_rates(found)
    assert (rate.said, rate.decided, rate.compared, rate.interval) == (2, 2, 1, None)
    assert rate.difference == -0.25


def test_several_kinds_are_also_counted_together() -> None:
    found = [Outcome(_bid(OPEN, 100), True, 4, 20, 0.5), Outcome(_bid(OPEN, 100, "sweeps"), False, 4, 20, 0.5)]
    assert [(rate.kind, rate.said, rate.rate) for rate in hold_rates(found)] == [
        ("absorption", 1, 1.0),
        ("sweeps", 1, 0.0),
        ("all zones", 2, 0.5),
    ]


def _iceberg(number: int, ts: int, price: float) -> Iceberg:
    return Iceberg(
        ts=ts,
        id=f"native-{number}",
        tier="native",
        order_id=number,
        side="bid",
        price=price,
        display=None,
        filled=1,
        refreshes=1,
        state="detected",
        score=1.0,
        shown=1,
    )


def test_icebergs_at_nearly_one_price_within_ten_minutes_are_one_place() -> None:
    places = Places(lambda price: round(price / 0.1))
    places.hear([_iceberg(1, OPEN, 10.0), _iceberg(1, OPEN, 10.0), _iceberg(2, OPEN + SECOND, 10.3)])
    places.hear([_iceberg(3, OPEN + SECOND, 11.0), _iceberg(4, OPEN + 700 * SECOND, 10.0)])
    assert [place.id for place in places.all()] == ["native-1", "native-3", "native-4"]


def test_a_real_session_is_studied_by_command(data: FilePath) -> None:
    recording = data / "esh4-20231225.mbo.dbn.zst"
    if not recording.exists():
        pytest.skip(f"needs recorded market data: no file {recording}")
    told = qmo("evaluate", str(recording), "--holds", "--json")
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)
    native = next(rate for rate in found["rates"] if rate["kind"] == "native icebergs")
    assert native["said"] == sum(zone["kind"] == "native icebergs" for zone in found["zones"]) > 0
    assert native["held"] == sum(zone["held"] is True for zone in found["zones"] if zone["kind"] == "native icebergs")


def test_a_truth_has_no_say_in_it() -> None:
    assert "--holds goes with a recording alone" in error_line(
        qmo("evaluate", "any.dbn", "--holds", "--truth", "truth.jsonl")
    )
