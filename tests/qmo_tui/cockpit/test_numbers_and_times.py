from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmo_tui.cockpit.frame import NEW_YORK
from qmo_tui.cockpit.painting import numbers, times
from tests.qmo_tui.cockpit.scenes import ES, GC, SECOND, START


def test_prices_carry_all_digits_of_their_tick() -> None:
    assert numbers.price(ES, 19_240) == "4810.00"
    assert numbers.price(GC, 20_345) == "2034.5"
    assert numbers.price(ES, None) == "--"
    assert numbers.price(None, 19_240) == "19240"


@pytest.mark.parametrize(
    ("value", "width", "text"),
    [(842, 4, "842"), (12_345, 5, "12345"), (12_345, 4, "12k"), (1_234, 4, "1234"), (1_234_567, 4, "1.2M"), (7, 0, "")],
)
def test_counts_shrink_to_their_cell(value: int, width: int, text: str) -> None:
    assert numbers.lots(value, width) == text


@given(st.integers(0, 10**12), st.integers(0, 12))
def test_counts_never_leave_their_cell(value: int, width: int) -> None:
    assert len(numbers.lots(value, width)) <= width


def test_unknown_is_not_zero() -> None:
    assert (numbers.grouped(None), numbers.grouped(0)) == ("--", "0")
    assert (numbers.signed(None), numbers.signed(0), numbers.signed(-1_234)) == ("--", "0", "−1,234")


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [(85_000, "85 µs"), (1_234_000, "1.2 ms"), (45_600_000, "46 ms"), (2_300_000_000, "2.30 s")],
)
def test_latency_has_a_fitting_unit(nanoseconds: int, text: str) -> None:
    assert numbers.latency(nanoseconds) == text


def test_speeds_and_rates() -> None:
    assert [numbers.speed(x) for x in (None, 60.0, 0.25)] == ["max", "60x", "0.25x"]
    assert [numbers.rate(x) for x in (0.0, 12_345.4, 2_500_000.0)] == ["0 rec/s", "12,345 rec/s", "2.5M rec/s"]


def test_clocks_in_new_york_and_utc() -> None:
    assert times.clock_milliseconds(START, NEW_YORK) == "18:10:03.123"
    assert times.clock(START, UTC) == "23:10:03"
    assert times.date(START, NEW_YORK) == "Mon 25 Dec 2023"
    assert times.clock(None, NEW_YORK) == "--"
    assert (times.zone_name(START, NEW_YORK), times.zone_name(START, UTC)) == ("New York", "UTC")


def test_the_clock_follows_summer_time() -> None:
    july = START + 200 * 86_400 * SECOND
    assert times.clock(july, NEW_YORK) == "19:10:03"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.25, "250 ms"), (8.4, "8.40 s"), (60, "1:00"), (504, "8:24"), (3_600 + 504, "1:08:24")]
)
def test_age_grows_into_minutes_and_hours(seconds: float, text: str) -> None:
    assert numbers.age(round(seconds * 1e9)) == text
