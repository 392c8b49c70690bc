"""Liquidity pools: prices beyond which stops rest, known when they are, one a price and side, each with an end."""

from datetime import UTC, datetime
from typing import Final

import pytest

from engines.timing.swings import ClosedBar, Swing
from engines.timing.trading_day import trading_day
from engines.zones.pools import MOST, Pools, round_steps
from engines.zones.sweeps_layout import HIGHS, LOWS, UNREACHED
from feeds.instrument import Instrument

GOLD: Final = Instrument("GCZ6", 1, 100_000_000, 100.0)
SECOND: Final = 1_000_000_000
MINUTE: Final = 60 * SECOND
MIDDLE: Final = 26_503


def moment(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


MONDAY: Final = moment("2026-10-04 22:00")
"""Sunday 18:00 in New York: the first trading day of a week begins."""
LONDON: Final = moment("2026-10-05 07:00")
NEW_YORK: Final = moment("2026-10-05 12:00")


def minute(start: int, high: int = 26_505, low: int = 26_501, close: int = MIDDLE, opened: int = MIDDLE) -> ClosedBar:
    return ClosedBar(start, start + MINUTE, high, low, close, opened, 0)


def fresh(recent_minutes: int = 20) -> Pools:
    return Pools(GOLD, equal_ticks=2, recent_minutes=recent_minutes)


def named(pools: Pools, *kinds: str) -> dict[str, int]:
    """Return the live pools of some kinds: price by label."""
    return {one.label: pool.tick for pool in pools.live() for one in pool.sources.values() if one.kind in kinds}


def test_a_session_gives_its_high_and_low_when_it_ends() -> None:
    pools = fresh()
    pools.begin_day(trading_day(MONDAY))
    pools.close_minute(minute(MONDAY, high=26_520, low=26_490), 2)
    pools.close_minute(minute(LONDON - 2 * MINUTE), 2)
    assert not named(pools, "session")
    pools.close_minute(minute(LONDON - MINUTE), 2)
    assert named(pools, "session") == {"Asia high": 26_520, "Asia low": 26_490}
    pools.close_minute(minute(LONDON, high=26_530, low=26_495), 2)
    pools.close_minute(minute(NEW_YORK - MINUTE), 2)
    assert named(pools, "overnight") == {"overnight high": 26_530, "overnight low": 26_490}


def test_a_session_that_the_data_did_not_hold_from_its_beginning_gives_none() -> None:
    pools = fresh()
    pools.begin_day(trading_day(LONDON))
    pools.close_minute(minute(LONDON - 60 * MINUTE, high=26_520), 2)
    pools.close_minute(minute(LONDON), 2)
    assert not named(pools, "session")


def test_the_day_before_gives_its_range_for_one_day() -> None:
    pools = fresh()
    day = trading_day(MONDAY)
    pools.begin_day(day)
    pools.close_minute(minute(MONDAY, high=26_520, low=26_490), 2)
    second = trading_day(day.end)
    pools.begin_day(second)
    assert named(pools, "prior_day") == {"prior day high": 26_520, "prior day low": 26_490}
    pools.close_minute(minute(day.end, high=26_510, low=26_500), 2)
    pools.begin_day(trading_day(second.end))
    assert named(pools, "prior_day") == {"prior day high": 26_510, "prior day low": 26_500}


def test_a_week_gives_its_open_at_once_and_its_range_to_the_next() -> None:
    pools = fresh()
    pools.begin_day(trading_day(MONDAY))
    pools.close_minute(minute(MONDAY, high=26_520, low=26_490, opened=26_510), 2)
    assert named(pools, "weekly_open") == {"weekly open": 26_510}
    pools.begin_day(trading_day(MONDAY + 7 * 24 * 60 * MINUTE))
    assert named(pools, "prior_week") == {"prior week high": 26_520, "prior week low": 26_490}


@pytest.mark.parametrize(
    ("price", "tick", "steps"),
    [
        pytest.param(2_650.0, 100_000_000, (10.0, 25.0, 50.0), id="gold-2650"),
        pytest.param(4_200.0, 100_000_000, (10.0, 25.0, 50.0), id="gold-4200"),
        pytest.param(4_800.0, 250_000_000, (10.0, 25.0, 50.0), id="ES"),
        pytest.param(17_000.0, 250_000_000, (50.0, 100.0, 250.0), id="NQ"),
        pytest.param(75.0, 10_000_000, (0.25, 0.5, 1.0), id="CL"),
    ],
)
def test_round_numbers_suit_the_price(price: float, tick: int, steps: tuple[float, ...]) -> None:
    found = round_steps(round(price * 1e9 / tick), tick)
    assert tuple(step * tick / 1e9 for step in found) == steps


def test_a_price_that_is_not_above_zero_has_no_round_numbers() -> None:
    assert round_steps(-100, 10_000_000) == ()


def test_the_next_round_numbers_lie_on_both_sides_and_follow_the_market() -> None:
    pools = fresh()
    pools.begin_day(trading_day(MONDAY))
    pools.close_minute(minute(LONDON), 2)
    ten = {(pool.side, pool.tick) for pool in pools.live() if "multiple of 10" in pool.sources}
    assert ten == {(HIGHS, 26_600), (LOWS, 26_500)}
    pools.close_minute(minute(LONDON + MINUTE, close=26_650, high=26_650), 2)
    ten = {(pool.side, pool.tick) for pool in pools.live() if "multiple of 10" in pool.sources}
    assert ten == {(HIGHS, 26_700), (LOWS, 26_600)}


def swing(tick: int, start: int, side: str = "high") -> Swing:
    return Swing("high" if side == "high" else "low", tick, start, start + 3 * MINUTE)


@pytest.mark.parametrize(("second", "equal"), [(26_520, 26_520), (26_522, 26_522), (26_518, 26_520), (26_523, None)])
def test_swings_within_two_ticks_are_equal_and_the_outer_one_is_the_pool(second: int, equal: int | None) -> None:
    pools = fresh()
    pools.add_swing("1m", MINUTE, swing(26_520, LONDON))
    pools.add_swing("1m", MINUTE, swing(second, LONDON + 10 * MINUTE))
    assert named(pools, "equal") == ({} if equal is None else {"equal highs 1m": equal})


def test_swings_are_not_equal_once_the_market_has_been_beyond_them() -> None:
    pools = fresh()
    pools.begin_day(trading_day(MONDAY))
    pools.add_swing("1m", MINUTE, swing(26_520, LONDON))
    pools.close_minute(minute(LONDON + 5 * MINUTE, high=26_523), 2)
    pools.add_swing("1m", MINUTE, swing(26_519, LONDON + 10 * MINUTE))
    assert not named(pools, "equal")


def test_one_price_is_one_pool_named_after_what_draws_most() -> None:
    pools = fresh()
    pools.add_swing("1m", MINUTE, swing(26_520, LONDON))
    pools.add_swing("5m", 5 * MINUTE, swing(26_520, LONDON))
    (pool,) = pools.live()
    assert (pool.strongest.label, len(pool.sources)) == ("5m swing high", 2)


def test_a_minutes_extreme_is_a_pool_once_the_market_has_left_it_and_for_some_minutes() -> None:
    pools = fresh(recent_minutes=3)
    pools.begin_day(trading_day(MONDAY))
    pools.close_minute(minute(LONDON, high=26_520, low=26_500, close=26_519), 4)
    assert named(pools, "minute") == {"minute low": 26_500}
    pools.close_minute(minute(LONDON + MINUTE, high=26_519, low=26_516, close=26_517), 4)
    assert named(pools, "minute")["minute high"] == 26_520
    for later in range(2, 4):
        pools.close_minute(minute(LONDON + later * MINUTE, high=26_517, low=26_516, close=26_517), 4)
    assert "minute high" not in named(pools, "minute")


def test_a_trade_takes_every_pool_that_it_goes_beyond_and_none_that_it_only_reaches() -> None:
    pools = fresh()
    for tick in (26_520, 26_530, 26_540):
        pools.add_swing("1m", MINUTE, swing(tick, LONDON))
    assert [pool.tick for pool in pools.crossed(HIGHS, 26_540, clock=5)] == [26_520, 26_530]
    assert (pools.next_reach(HIGHS), pools.next_reach(LOWS)) == (26_540, UNREACHED)


def test_a_pool_that_was_not_taken_is_one_again() -> None:
    pools = fresh()
    pools.add_swing("1m", MINUTE, swing(26_480, LONDON, side="low"))
    (pool,) = pools.crossed(LOWS, -26_479, clock=5)
    assert pools.next_reach(LOWS) == UNREACHED
    pools.put_back(pool)
    assert (pools.next_reach(LOWS), pool.crossed) == (-26_480, 0)


def test_pools_are_bounded_and_the_weakest_go_first() -> None:
    pools = fresh()
    pools.add_swing("15m", 15 * MINUTE, swing(27_000, LONDON))
    for number in range(2 * MOST):
        pools.add_swing("1m", MINUTE, swing(26_520 + 5 * number, LONDON))
    live = list(pools.live())
    assert len(live) == MOST
    assert any(pool.strongest.label == "15m swing high" for pool in live)


def test_reasons_that_are_renewed_all_the_time_are_awaited_once_each() -> None:
    """Swings at a few prices, hour after hour: what waits for their ends does not pile up until those come."""
    pools = fresh()
    pools.begin_day(trading_day(MONDAY))
    awaited = []
    for number in range(600):
        start = MONDAY + number * MINUTE
        pools.close_minute(minute(start), 2)
        pools.add_swing("15m", 15 * MINUTE, Swing("high", 26_520 + number % 8, start, start + MINUTE))
        awaited.append(pools.awaited)
    assert max(awaited) <= 2 * (4 * MOST + 1)
    pools.close_minute(minute(MONDAY + 600 * MINUTE + 60 * 15 * MINUTE), 2)
    assert not named(pools, "swing", "equal")
