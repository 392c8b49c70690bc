import pytest

from qmo_tui.cockpit.rate import FrameRate
from qmo_tui.loop_lag import SAMPLE_EVERY, watch_lag


def run(rate: FrameRate, start: float, seconds: float, lag: float, waited: float = 0.0) -> float:
    """Feed samples of one lag for a while; return the time after them."""
    count = round(seconds / SAMPLE_EVERY)
    for number in range(count):
        rate.record(start + number * SAMPLE_EVERY, lag, waited)
    return start + count * SAMPLE_EVERY


def test_a_terminal_that_keeps_up_gets_what_was_asked_for() -> None:
    rate = FrameRate(20)
    run(rate, 0.0, 60.0, 0.008)
    assert (rate.frames_per_second, rate.reason) == (20, None)


def test_a_slow_terminal_is_painted_ever_less_often() -> None:
    rate = FrameRate(20)
    now = run(rate, 0.0, 0.5, 0.2, waited=0.18)
    assert (rate.frames_per_second, rate.reason) == (10, "slow terminal")
    now = run(rate, now, 4.0, 0.2)
    assert rate.frames_per_second == 5
    run(rate, now, 60.0, 0.2)
    assert rate.frames_per_second == 5


def test_a_terminal_is_not_blamed_for_other_work() -> None:
    rate = FrameRate(20)
    run(rate, 0.0, 0.5, 0.2, waited=0.001)
    assert (rate.frames_per_second, rate.reason) == (10, "busy")


def test_one_late_wake_up_is_forgiven() -> None:
    rate = FrameRate(20)
    for second in range(60):
        rate.record(float(second), 0.3 if second % 5 == 0 else 0.001, 0.0)
    assert rate.frames_per_second == 20


def test_the_rate_rises_only_after_ten_quiet_seconds() -> None:
    rate = FrameRate(20)
    now = run(rate, 0.0, 0.5, 0.2)
    now = run(rate, now, 9.0, 0.001)
    assert rate.frames_per_second == 10
    now = run(rate, now, 2.0, 0.001)
    assert rate.frames_per_second == 20


@pytest.mark.parametrize(("wanted", "steps"), [(20, [20, 10, 5]), (10, [10, 5]), (7, [7, 5]), (5, [5]), (2, [2])])
def test_a_wanted_rate_has_its_own_steps(wanted: int, steps: list[int]) -> None:
    rate, seen, now = FrameRate(wanted), [wanted], 0.0
    for _ in range(16):
        now = run(rate, now, 1.0, 0.2)
        if rate.frames_per_second != seen[-1]:
            seen.append(rate.frames_per_second)
    assert seen == steps


def test_frames_that_the_terminal_had_no_room_for_lower_the_rate_and_name_it() -> None:
    rate = FrameRate(20)
    assert not rate.skipped(0.0)
    assert not rate.skipped(0.1)
    assert rate.skipped(0.2)
    assert (rate.frames_per_second, rate.reason) == (10, "slow terminal")
    assert not any(rate.skipped(0.3 + second / 10) for second in range(18))  # the new rate gets its two seconds
    assert rate.skipped(2.3)
    assert (rate.frames_per_second, rate.reason) == (5, "slow terminal")


async def test_lag_is_how_late_the_loop_wakes() -> None:
    seen: list[float] = []
    clock = iter([0.0, 0.05, 1.0, 1.25])

    def take(now: float, lag: float) -> None:
        seen.append(round(lag, 6))

    with pytest.raises(RuntimeError):  # the clock has run out
        await watch_lag(take, lambda: next(clock))
    assert seen == [0.0, 0.2]
