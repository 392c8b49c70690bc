"""Sessions by the clocks of New York and London, through every change of either."""

from datetime import UTC, datetime

import pytest

from engines.timing.sessions import sessions_of
from engines.timing.trading_day import trading_day

SECOND = 1_000_000_000


def moment(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def utc(ns: int) -> str:
    return datetime.fromtimestamp(ns // SECOND, UTC).strftime("%d %H:%M")


@pytest.mark.parametrize(
    ("noon", "expected"),
    [
        pytest.param(
            "2024-01-16 12:00", ("15 23:00", "16 08:00", "16 13:00", "16 16:30", "16 22:00"), id="winter-2024"
        ),
        pytest.param(
            "2024-03-12 12:00", ("11 22:00", "12 08:00", "12 12:00", "12 16:30", "12 21:00"), id="US-first-2024"
        ),
        pytest.param(
            "2024-04-02 12:00", ("01 22:00", "02 07:00", "02 12:00", "02 15:30", "02 21:00"), id="summer-2024"
        ),
        pytest.param(
            "2024-10-29 12:00", ("28 22:00", "29 08:00", "29 12:00", "29 16:30", "29 21:00"), id="UK-first-2024"
        ),
        pytest.param("2024-11-05 12:00", ("04 23:00", "05 08:00", "05 13:00", "05 16:30", "05 22:00"), id="late-2024"),
        pytest.param(
            "2025-03-11 12:00", ("10 22:00", "11 08:00", "11 12:00", "11 16:30", "11 21:00"), id="US-first-2025"
        ),
        pytest.param(
            "2025-04-01 12:00", ("31 22:00", "01 07:00", "01 12:00", "01 15:30", "01 21:00"), id="summer-2025"
        ),
        pytest.param(
            "2025-10-28 12:00", ("27 22:00", "28 08:00", "28 12:00", "28 16:30", "28 21:00"), id="UK-first-2025"
        ),
        pytest.param("2026-01-14 12:00", ("13 23:00", "14 08:00", "14 13:00", "14 16:30", "14 22:00"), id="winter"),
        pytest.param("2026-03-11 12:00", ("10 22:00", "11 08:00", "11 12:00", "11 16:30", "11 21:00"), id="US-first"),
        pytest.param(
            "2026-03-30 12:00", ("29 22:00", "30 07:00", "30 12:00", "30 15:30", "30 21:00"), id="both-summer"
        ),
        pytest.param("2026-10-27 12:00", ("26 22:00", "27 08:00", "27 12:00", "27 16:30", "27 21:00"), id="UK-first"),
        pytest.param(
            "2026-11-03 12:00", ("02 23:00", "03 08:00", "03 13:00", "03 16:30", "03 22:00"), id="both-winter"
        ),
    ],
)
def test_the_sessions_of_a_day(noon: str, expected: tuple[str, ...]) -> None:
    opened, london, new_york, london_close, halt = expected
    windows = {window.name: (utc(window.start), utc(window.end)) for window in sessions_of(trading_day(moment(noon)))}
    assert windows == {
        "Asia": (opened, london),
        "overnight": (opened, new_york),
        "London": (london, london_close),
        "New York": (new_york, halt),
    }


@pytest.mark.parametrize("sunday", ["2026-03-08 23:00", "2026-03-29 23:00", "2026-10-25 23:00", "2026-11-01 23:30"])
def test_the_monday_after_a_change_keeps_the_order_of_its_sessions(sunday: str) -> None:
    windows = sessions_of(trading_day(moment(sunday)))
    assert [window.end for window in windows] == sorted(window.end for window in windows)
    assert all(window.start < window.end for window in windows)
