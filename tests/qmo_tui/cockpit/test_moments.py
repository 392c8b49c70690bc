from datetime import UTC, datetime

import pytest

from qmo_tui.cockpit.frame import NEW_YORK
from qmo_tui.cockpit.moments import MomentError, parse_moment
from tests.qmo_tui.cockpit.scenes import SECOND, START

HOUR = 3_600 * SECOND
OUTSIDE = "is outside of the recording, which goes"


def parsed(text: str, *, start: int | None = START - HOUR, end: int | None = START + 23 * HOUR) -> str:
    ts = parse_moment(text, now=START, start=start, end=end, zone=NEW_YORK)
    return f"{datetime.fromtimestamp(ts // SECOND, UTC):%d %H:%M:%S}"


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("18:15", "25 23:15:00"),
        ("18:15:30", "25 23:15:30"),
        (" 23:15z ", "25 23:15:00"),
        ("23:15:30Z", "25 23:15:30"),
        ("9:30", "26 14:30:00"),
        ("2023-12-26 09:30", "26 14:30:00"),
        ("2023-12-26T14:30Z", "26 14:30:00"),
    ],
)
def test_a_time_means_the_one_inside_the_recording(text: str, utc: str) -> None:
    assert parsed(text) == utc


def test_without_known_limits_the_nearest_such_time_is_meant() -> None:
    assert parsed("17:00", start=None, end=None) == "25 22:00:00"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "a time is HH:MM"),
        ("soon", "a time is HH:MM"),
        ("25:00", "25:00 is not a time"),
        ("18:61", "18:61 is not a time"),
        ("2023-13-01 10:00", "2023-13-01 10:00 is not a time"),
        (
            "2023-12-28 10:00",
            "2023-12-28 10:00 is outside of the recording, which goes from 17:10:03 to 17:10:03 New York",
        ),
        (
            "2023-12-28 10:00Z",
            "2023-12-28 10:00Z is outside of the recording, which goes from 22:10:03 to 22:10:03 UTC",
        ),
    ],
)
def test_what_cannot_be_gone_to_is_refused_with_a_sentence(text: str, reason: str) -> None:
    with pytest.raises(MomentError) as refused:
        parsed(text)
    assert str(refused.value).startswith(reason)
