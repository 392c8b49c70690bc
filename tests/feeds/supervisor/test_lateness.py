from collections.abc import Iterable

from feeds.supervisor.lateness import Lateness, LatenessOptions


def heard(ages: Iterable[float], lateness: Lateness | None = None, begin: float = 0.0) -> tuple[Lateness, float]:
    """Hear one record a second of these ages; return the second after."""
    one = lateness or Lateness(LatenessOptions())
    now = begin
    for age in ages:
        one.note(age, now)
        now += 1.0
    return one, now


def test_young_records_are_no_trouble() -> None:
    one, now = heard([0.05, 1.9, 0.2] * 20)
    assert one.troubles(now) == ()


def test_one_late_record_is_told_at_once_and_is_over_after_a_while() -> None:
    one, now = heard([0.1] * 5)
    one.note(2.5, now)
    assert one.troubles(now) == ("records arrive more than 2 s late",)
    assert one.troubles(now + 4.9) != ()
    assert one.troubles(now + 5.1) == ()


def test_the_same_age_for_half_a_minute_is_the_clock_and_no_lateness() -> None:
    one, now = heard([3.2, 3.25, 3.3] * 13)
    (trouble,) = one.troubles(now + 6)
    assert "clock skew" in trouble
    assert "3.2 s" in trouble


def test_lateness_is_counted_from_the_skew() -> None:
    one, now = heard([10.0] * 40)
    one, now = heard([10.5] * 6, one, now)
    assert len(one.troubles(now)) == 1
    one.note(12.5, now)
    assert len(one.troubles(now)) == 2


def test_ages_that_move_are_lateness_and_not_the_clock() -> None:
    one, now = heard(float(age) for age in range(300, 240, -1))
    assert one.troubles(now) == ("records arrive more than 2 s late",)


def test_records_from_the_future_show_at_once_that_the_clock_is_behind() -> None:
    one, now = heard([-1.5])
    (trouble,) = one.troubles(now)
    assert "behind" in trouble
    assert "1.5 s" in trouble


def test_a_skew_that_grows_is_said_anew_only_now_and_then() -> None:
    one, said, now = Lateness(LatenessOptions()), set(), 0.0
    for age in range(1, 2_000):
        one.note(-float(age), now)
        said.add(one.troubles(now))
        now += 0.01
    assert 5 < len(said) < 25


def test_a_clock_that_was_set_right_is_no_trouble_any_more() -> None:
    for wrong in (3.2, -1.5):
        one, now = heard([wrong] * 40)
        one, now = heard([0.05] * 40, one, now)
        assert one.troubles(now) == ()
