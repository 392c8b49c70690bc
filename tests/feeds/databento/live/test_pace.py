import random

from hypothesis import given
from hypothesis import strategies as st

from feeds.databento.pace import Allowance, Backoff, Spacing


def test_connections_are_kept_apart() -> None:
    spacing = Spacing(0.25)
    assert spacing.wait(10.0) == 0.0
    assert spacing.wait(10.1) == 0.25 - (10.1 - 10.0)
    assert spacing.wait(10.1) == 0.5 - (10.1 - 10.0)
    assert spacing.wait(20.0) == 0.0


@given(st.lists(st.floats(0.0, 0.1), min_size=20, max_size=60))
def test_never_more_than_five_connections_begin_within_a_second(steps: list[float]) -> None:
    spacing, now, begun = Spacing(), 0.0, []
    for step in steps:
        now += step
        now += spacing.wait(now)
        begun.append(now)
    assert all(later - earlier >= 1.0 for earlier, later in zip(begun, begun[5:], strict=False))


def test_waits_are_drawn_from_nothing_up_to_a_bound_that_doubles() -> None:
    backoffs = [Backoff(1.0, 8.0, random.Random(seed)) for seed in range(300)]
    for bound in (1.0, 2.0, 4.0, 8.0, 8.0, 8.0):
        drawn = [backoff.next() for backoff in backoffs]
        assert max(drawn) <= bound
        assert max(drawn) > 0.9 * bound
        assert min(drawn) < 0.1 * bound


def test_a_success_makes_the_waits_begin_anew() -> None:
    backoff = Backoff(1.0, 1_000.0, random.Random(3))
    for _ in range(200):
        backoff.next()
    backoff.succeed()
    assert backoff.next() <= 1.0


def test_an_allowance_is_used_up_and_comes_back_with_time() -> None:
    allowance = Allowance(2, 10.0)
    assert [allowance.use(now) for now in (0.0, 1.0, 2.0, 9.9, 10.0, 10.5, 11.0)] == [
        True, True, False, False, True, False, True,
    ]  # fmt: skip
