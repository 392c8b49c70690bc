"""Kill zones and gold's moments of the day, through both changes of New York's and London's clocks."""

import pytest

from engines.timing.calendar import market_day
from engines.timing.gold_day import moments_of
from engines.timing.kill_zones import kill_zone_at, kill_zones_of
from engines.timing.trading_day import TradingDay, trading_day
from tests.engines.timing.clocks import as_utc, new_york, utc

DAYS = [
    # day, hours from New York to UTC, hours from London to UTC
    pytest.param("2024-01-16", 5, 0, id="winter 2024"),
    pytest.param("2024-03-12", 4, 0, id="spring 2024, New York first"),
    pytest.param("2024-04-02", 4, 1, id="summer 2024"),
    pytest.param("2024-10-29", 4, 0, id="autumn 2024, London first"),
    pytest.param("2025-03-11", 4, 0, id="spring 2025, New York first"),
    pytest.param("2025-10-28", 4, 0, id="autumn 2025, London first"),
    pytest.param("2026-03-10", 4, 0, id="spring 2026, New York first"),
    pytest.param("2026-04-01", 4, 1, id="summer 2026"),
    pytest.param("2026-10-27", 4, 0, id="autumn 2026, London first"),
    pytest.param("2026-11-03", 5, 0, id="winter again 2026"),
]


@pytest.mark.parametrize(("day", "behind", "ahead"), DAYS)
def test_kill_zones_follow_new_york(day: str, behind: int, ahead: int) -> None:
    zones = {zone.name: (as_utc(zone.start)[11:], as_utc(zone.end)[11:]) for zone in kill_zones_of(_day(day))}
    assert zones == {
        "Asia": (f"{(20 + behind) % 24:02}:00", f"{behind:02}:00"),
        "London": (f"{2 + behind:02}:00", f"{5 + behind:02}:00"),
        "New York": (f"{7 + behind:02}:00", f"{10 + behind:02}:00"),
        "London close": (f"{10 + behind:02}:00", f"{12 + behind:02}:00"),
    }


@pytest.mark.parametrize(("day", "behind", "ahead"), DAYS)
def test_moments_follow_new_york_and_auctions_london(day: str, behind: int, ahead: int) -> None:
    marks = {mark.name: as_utc(mark.ts)[11:] for mark in moments_of(market_day(utc(f"{day} 12:00")))}
    assert marks == {
        "LBMA AM auction": f"{10 - ahead:02}:30",
        "COMEX active": f"{8 + behind:02}:20",
        "US data": f"{8 + behind:02}:30",
        "cash equities open": f"{9 + behind:02}:30",
        "LBMA PM auction": f"{15 - ahead:02}:00",
        "COMEX settlement": f"{13 + behind:02}:30",
        "daily halt": f"{17 + behind:02}:00",
        "open": f"{18 + behind:02}:00",
    }


@pytest.mark.parametrize(
    ("moment", "name"),
    [
        ("2026-03-08 19:59:59", None),
        ("2026-03-08 20:00:00", "Asia"),
        ("2026-03-08 23:59:59", "Asia"),
        ("2026-03-09 00:00:00", None),
        ("2026-03-09 02:00:00", "London"),
        ("2026-03-09 05:00:00", None),
        ("2026-03-09 07:00:00", "New York"),
        ("2026-03-09 10:00:00", "London close"),
        ("2026-03-09 12:00:00", None),
        ("2026-03-07 08:00:00", None),  # Saturday
        ("2026-03-06 20:30:00", None),  # Friday evening
        ("2026-04-03 08:00:00", None),  # Good Friday
    ],
)
def test_the_kill_zone_of_a_moment(moment: str, name: str | None) -> None:
    zone = kill_zone_at(new_york(moment))
    assert (zone and zone.name) == name


def test_moments_come_in_the_order_of_time() -> None:
    for day in ("2026-01-13", "2026-03-10", "2026-07-14"):
        times = [mark.ts for mark in moments_of(market_day(utc(f"{day} 12:00")))]
        assert times == sorted(times)


def test_a_friday_ends_the_week_and_sunday_begins_it() -> None:
    *_, close, opens = moments_of(market_day(new_york("2026-03-06 12:00")))
    assert (close.name, close.ts) == ("Friday close", new_york("2026-03-06 17:00"))
    assert (opens.name, opens.ts) == ("Sunday open", new_york("2026-03-08 18:00"))


def test_a_holiday_with_trading_leaves_london_and_the_exchange() -> None:
    marks = moments_of(market_day(new_york("2026-11-26 09:00")))
    assert [mark.name for mark in marks] == ["LBMA AM auction", "LBMA PM auction", "early close", "open"]


def test_new_york_works_on_the_day_after_thanksgiving() -> None:
    names = [mark.name for mark in moments_of(market_day(new_york("2026-11-27 09:00")))]
    assert names[-3:] == ["COMEX settlement", "early close", "Sunday open"]


@pytest.mark.parametrize(
    ("day", "auctions"),
    [
        ("2025-12-24", ["LBMA AM auction"]),
        ("2025-12-26", []),
        ("2026-05-04", []),
        ("2026-05-25", []),
        ("2026-12-31", ["LBMA AM auction"]),
        ("2026-07-03", ["LBMA AM auction", "LBMA PM auction"]),
    ],
)
def test_there_is_no_auction_while_london_rests(day: str, auctions: list[str]) -> None:
    marks = moments_of(market_day(new_york(f"{day} 09:00")))
    assert [mark.name for mark in marks if "auction" in mark.name] == auctions


def test_a_closed_day_has_only_the_open_to_come() -> None:
    for moment in ("2026-04-03 09:00", "2026-04-04 09:00"):
        (mark,) = moments_of(market_day(new_york(moment)))
        assert (mark.name, mark.ts) == ("Sunday open", new_york("2026-04-05 18:00"))


def _day(day: str) -> TradingDay:
    return trading_day(utc(f"{day} 12:00"))
