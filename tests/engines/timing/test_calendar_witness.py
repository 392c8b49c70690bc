"""The calendars beside libraries that know the same markets by themselves; every difference is named."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import exchange_calendars
import pandas_market_calendars
import pytest

from engines.timing.calendar import market_day
from engines.timing.london_days import works_in_the_afternoon, works_in_the_morning
from tests.engines.timing.clocks import chicago

CHICAGO = ZoneInfo("America/Chicago")
FIRST, LAST = date(2016, 1, 1), date(2035, 12, 31)
CLOSED = "closed"


def _ours() -> dict[date, str]:
    days = (FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1))
    found = {}
    for day in days:
        today = market_day(chicago(f"{day} 12:00"))
        if not today.is_weekend and today.holiday:
            found[day] = _clock(today.close, day) if today.trades else CLOSED
    return found


def _clock(close: int, day: date) -> str:
    minutes = (close - chicago(f"{day} 00:00")) // 60_000_000_000
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _theirs() -> dict[date, str]:
    library = pandas_market_calendars.get_calendar("CMEGlobex_Gold")
    schedule = library.schedule(FIRST, LAST, tz=CHICAGO)
    closes = {stamp.date(): close.strftime("%H:%M") for stamp, close in schedule["market_close"].items()}
    days = (FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1))
    return {day: closes.get(day, CLOSED) for day in days if day.weekday() < 5 and closes.get(day) != "16:00"}


def _known_difference(day: date, ours: str | None, theirs: str | None) -> str:
    """Name why the two differ; empty where nothing explains it."""
    holiday = market_day(chicago(f"{day} 12:00")).holiday
    if holiday == "Christmas Eve" and (ours, theirs) == ("12:45", None):
        return "the library knows the early close of Christmas Eve in the years it was corrected for alone"
    if holiday == "Labor Day" and day.year >= 2022 and (ours, theirs) == ("13:30", "12:00"):
        return "its rule of Labor Day is older than the later halt of 2022, which it corrected for 2026 alone"
    if holiday in {"Juneteenth", "Independence Day"} and day.weekday() == 4 and (ours, theirs) == ("12:00", "13:30"):
        return "a holiday on a Friday stops at noon, as CME published for 2026; the library corrected that year alone"
    if holiday == "day after Thanksgiving" and day.year > 2026 and (ours, theirs) == ("13:45", "12:45"):
        return "the later close that CME published for 2026, carried on"
    return ""


@pytest.fixture(scope="module")
def differences() -> dict[date, tuple[str | None, str | None]]:
    ours, theirs = _ours(), _theirs()
    assert len(theirs) > 200
    return {
        day: (ours.get(day), theirs.get(day))
        for day in sorted(ours.keys() | theirs.keys())
        if ours.get(day) != theirs.get(day)
    }


def test_both_close_on_the_same_days(differences: dict[date, tuple[str | None, str | None]]) -> None:
    assert [day for day, pair in differences.items() if CLOSED in pair] == []


def test_both_stop_at_the_same_hour_but_for_what_is_named(
    differences: dict[date, tuple[str | None, str | None]],
) -> None:
    unexplained = {day: pair for day, pair in differences.items() if not _known_difference(day, *pair)}
    assert unexplained == {}


def test_in_the_year_that_the_library_was_corrected_for_there_is_no_difference(
    differences: dict[date, tuple[str | None, str | None]],
) -> None:
    assert [day for day in differences if day.year == 2026] == []


@pytest.mark.filterwarnings("ignore:Series.values returning:DeprecationWarning")  # of the library's own use of pandas
def test_london_works_when_its_stock_exchange_does() -> None:
    """Gold is not auctioned on the days on which shares are not traded, nor after noon when those stop at noon."""
    london = exchange_calendars.get_calendar("XLON", start=FIRST.isoformat(), end=LAST.isoformat())
    whole = {stamp.date() for stamp in london.sessions}
    halved = {stamp.date() for stamp in london.early_closes}
    assert len(halved) == 2 * (LAST.year - FIRST.year + 1)
    days = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
    assert [day for day in days if works_in_the_morning(day) is not (day in whole)] == []
    assert [day for day in days if works_in_the_afternoon(day) is not (day in whole - halved)] == []
