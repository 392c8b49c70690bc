"""Volatility: the newest minutes against the same time of earlier days, with hysteresis."""

from engines.mentor.phase_bars import PhaseBar
from engines.mentor.volatility import Volatility, VolatilitySettings
from engines.timing.trading_day import TradingDay, trading_day
from tests.engines.mentor.days import HOUR, MINUTE, OPEN

RULES = VolatilitySettings(extreme=3.0, calm=2.0)


def minute(start: int, ticks: int) -> PhaseBar:
    return PhaseBar(start, start + MINUTE, 100, 100 + ticks, 100, 100, 1, 0, None, None, "1m", start + MINUTE)


def lived(volatility: Volatility, day: TradingDay, ranges: list[int], first: int = 0) -> None:
    """Close one minute after the other, from the first of a day on."""
    for place, ticks in enumerate(ranges, first):
        volatility.close(minute(day.start + place * MINUTE, ticks))


def days(count: int) -> list[TradingDay]:
    return [trading_day(OPEN + place * 24 * HOUR + HOUR) for place in range(count)]


def test_nothing_is_usual_before_half_an_hour_has_closed() -> None:
    (day,) = days(1)
    volatility = Volatility(RULES)
    volatility.begin_day(day)
    ratios = []
    for place in range(36):
        lived(volatility, day, [10], first=place)
        ratios.append(volatility.ratio)
    assert ratios == [None] * 34 + [1.0] * 2
    assert volatility.days == 0


def test_one_wide_minute_is_not_extreme_and_five_are() -> None:
    (day,) = days(1)
    volatility = Volatility(RULES)
    volatility.begin_day(day)
    lived(volatility, day, [10] * 40)
    lived(volatility, day, [50], first=40)
    assert (volatility.ratio, volatility.is_extreme) == (1.8, False)
    lived(volatility, day, [50] * 4, first=41)
    assert (volatility.ratio, volatility.is_extreme) == (5.0, True)


def test_it_stays_extreme_until_it_is_calm() -> None:
    (day,) = days(1)
    volatility = Volatility(RULES)
    volatility.begin_day(day)
    lived(volatility, day, [10] * 40 + [30] * 5)
    assert volatility.is_extreme
    states = []
    for place in range(45, 50):
        lived(volatility, day, [10], first=place)
        states.append(volatility.is_extreme)
    assert states == [True, True, False, False, False]


def test_a_busy_hour_is_usual_at_its_time_of_day() -> None:
    """Four days alike, quiet for an hour and then wide: on the fourth that is no surprise."""
    volatility = Volatility(RULES)
    busy = []
    for day in days(4):
        volatility.begin_day(day)
        lived(volatility, day, [10] * 60 + [50] * 20)
        busy.append((volatility.days, volatility.is_extreme))
    assert busy == [(0, True), (0, True), (0, True), (3, False)]


def test_minutes_of_the_day_before_are_not_the_newest_of_this_one() -> None:
    first, second = days(2)
    volatility = Volatility(RULES)
    volatility.begin_day(first)
    lived(volatility, first, [10] * 60)
    volatility.begin_day(second)
    lived(volatility, second, [10] * 4)
    assert volatility.ratio is None
