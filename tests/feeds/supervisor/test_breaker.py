import random

from feeds.supervisor.breaker import BreakerOptions, BreakerState, CircuitBreaker

OPTIONS = BreakerOptions(failures=3, window_seconds=60, open_seconds=10, longest_seconds=35)


def opened(breaker: CircuitBreaker, now: float) -> float:
    """Fail until it opens; return for how long."""
    while breaker.state is not BreakerState.OPEN:
        breaker.fail(now)
    assert breaker.retry_at is not None
    return breaker.retry_at - now


def breaker() -> CircuitBreaker:
    return CircuitBreaker(OPTIONS, random.Random(1))


def test_too_many_failures_within_the_window_open_it() -> None:
    one = breaker()
    for at in (0, 10, 20):
        assert one.state is BreakerState.CLOSED
        one.fail(at)
    assert one.state is BreakerState.OPEN


def test_failures_that_are_far_apart_do_not() -> None:
    one = breaker()
    for at in range(0, 1_000, 31):
        one.fail(at)
    assert one.state is BreakerState.CLOSED


def test_one_trial_is_allowed_when_its_time_is_over_and_not_before() -> None:
    one = breaker()
    wait = opened(one, 100.0)
    assert not one.try_again(100.0 + wait - 0.01)
    assert one.try_again(100.0 + wait)
    assert one.state is BreakerState.HALF_OPEN
    assert not one.try_again(100.0 + wait)


def test_a_trial_that_fails_opens_it_for_longer_up_to_a_bound() -> None:
    one = breaker()
    now, waits = 0.0, []
    for _ in range(6):
        waits.append(opened(one, now))
        now += waits[-1]
        assert one.try_again(now)
    bounds = [10, 20, 35, 35, 35, 35]
    assert all(bound / 2 <= wait <= bound for wait, bound in zip(waits, bounds, strict=True))


def test_a_trial_that_succeeds_closes_it_and_the_next_opening_is_short_again() -> None:
    one = breaker()
    for _ in range(4):
        now = opened(one, 0.0)
        one.try_again(now)
    one.succeed()
    assert one.state is BreakerState.CLOSED
    assert opened(one, 500.0) <= 10


def test_success_does_not_close_it_while_it_is_open() -> None:
    one = breaker()
    opened(one, 0.0)
    one.succeed()
    assert one.state is BreakerState.OPEN


def test_a_trial_can_be_had_at_once() -> None:
    one = breaker()
    opened(one, 100.0)
    one.hurry()
    assert one.try_again(100.0)


def test_many_programs_do_not_try_at_the_same_moment() -> None:
    waits = {opened(CircuitBreaker(OPTIONS, random.Random(seed)), 0.0) for seed in range(20)}
    assert len(waits) == 20
