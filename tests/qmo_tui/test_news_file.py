"""The news calendar: what a line may say, and what is said of one that says something else."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.timing.news import NewsEvent
from qmo_tui.exit_codes import ExitCode
from qmo_tui.news_file import NewsError, add_news, news_line, read_news
from tests.engines.timing.clocks import MINUTE, SECOND, new_york, utc

CPI = NewsEvent(utc("2026-12-10 13:30"), "CPI", "high")


def calendar(folder: Path, *lines: str) -> Path:
    path = folder / "news.csv"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_a_calendar_that_does_not_exist_holds_nothing(tmp_path: Path) -> None:
    assert read_news(tmp_path / "news.csv") == ()


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("2026-12-10 08:30 America/New_York, high, CPI", CPI),
        ("2026-12-10T08:30-05:00, high, CPI", CPI),
        ("2026-12-10 13:30 UTC,HIGH,CPI", CPI),
        ("2026-12-10T13:30:00Z, high , CPI", CPI),
        ('2026-12-10 13:30 Europe/London, medium, "CPI, core"', NewsEvent(CPI.ts, "CPI, core", "medium")),
        ("2026-12-10 13:30 UTC, low, CPI, 2.5, 30", NewsEvent(CPI.ts, "CPI", "low", 150 * SECOND, 30 * MINUTE)),
        # In the weeks when New York has turned its clock and London has not, each keeps its own.
        ("2026-03-10 08:30 America/New_York, high, NFP", NewsEvent(utc("2026-03-10 12:30"), "NFP", "high")),
        ("2026-03-10 12:30 Europe/London, high, BoE", NewsEvent(utc("2026-03-10 12:30"), "BoE", "high")),
    ],
)
def test_what_a_line_says(tmp_path: Path, line: str, event: NewsEvent) -> None:
    assert read_news(calendar(tmp_path, "# mine", "", line)) == (event,)


@pytest.mark.parametrize(
    ("line", "trouble"),
    [
        ("2026-12-10 08:30, high, CPI", "has no time zone: write it behind the time"),
        ("2026-12-10 08:30 EST5EDT4, high, CPI", "is no time zone: write its IANA name"),
        ("2026-12-10 08:30 ../x, high, CPI", "is no date and time"),
        ("2026-12-10 America/New_York, high, CPI", "has no time of day"),
        ("10.12.2026 08:30 America/New_York, high, CPI", "is no date and time: write it like 2026-12-10 08:30"),
        ("2026-12-10T08:30-05:00 America/New_York, high, CPI", "has an offset and a zone: leave one out"),
        ("2026-11-01 01:30 America/New_York, high, CPI", "comes twice in America/New_York"),
        ("2026-03-08 02:30 America/New_York, high, CPI", "never comes in America/New_York"),
        ("2026-12-10 08:30 UTC, hihg, CPI", "'hihg' is no importance: write high, medium or low"),
        ("2026-12-10 08:30 UTC, high,", "'' is no name"),
        ("2026-12-10 08:30 UTC, high, C\tPI", "is no name: write what happens, in printable letters"),
        ("2026-12-10 08:30 UTC, high", "2 fields: write time, importance, name"),
        ("2026-12-10 08:30 UTC, high, CPI, 5", "4 fields"),
        ("2026-12-10 08:30 UTC, high, CPI, 5, x", "'x' is no number of minutes: write one from 0 to 1440"),
        ("2026-12-10 08:30 UTC, high, CPI, nan, 5", "'nan' is no number of minutes"),
        ("2026-12-10 08:30 UTC, high, CPI, -1, 5", "'-1' is no number of minutes"),
        ('2026-12-10 08:30 UTC, high, "CPI', "put a name with commas in double quotes"),
        ("1969-12-10 08:30 UTC, high, CPI", "the year 1969 is out of reach"),
        ("9999-12-31 23:30 America/New_York, high, CPI", "is out of reach"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, line: str, trouble: str) -> None:
    path = calendar(tmp_path, "# mine", "2026-12-10 08:30 UTC, high, CPI", line)
    with pytest.raises(NewsError) as raised:
        read_news(path)
    assert str(raised.value).startswith(f"{path} line 3: ")
    assert trouble in str(raised.value)
    assert raised.value.exit_code is ExitCode.USAGE


def test_a_file_in_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_bytes(b"2026-12-10 08:30 UTC, high, CPI\n2026-12-10 08:30 UTC, high, d\xe9cision\n")
    with pytest.raises(NewsError, match="line 2: not UTF-8 text"):
        read_news(path)


def test_a_folder_in_its_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(NewsError, match="cannot be read"):
        read_news(tmp_path)


def test_adding_keeps_every_line_and_adds_none_twice(tmp_path: Path) -> None:
    path = calendar(tmp_path, "# mine", "2026-12-10 08:30 America/New_York, low, CPI")
    fomc = NewsEvent(new_york("2026-12-16 14:00"), "FOMC", "high")
    assert add_news(path, [fomc, CPI, fomc]) == 1
    assert path.read_text(encoding="utf-8").splitlines() == [
        "# mine",
        "2026-12-10 08:30 America/New_York, low, CPI",
        "2026-12-16 19:00 UTC, high, FOMC",
    ]
    before = path.read_bytes()
    assert add_news(path, [fomc, CPI]) == 0
    assert path.read_bytes() == before


def test_a_new_calendar_explains_itself(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "news.csv"
    assert add_news(path, [CPI]) == 1
    assert path.read_text(encoding="utf-8").startswith("# News calendar: time with zone, importance")
    assert read_news(path) == (CPI,)


def test_nothing_is_added_to_a_calendar_with_a_bad_line(tmp_path: Path) -> None:
    path = calendar(tmp_path, "nonsense")
    with pytest.raises(NewsError, match="line 1"):
        add_news(path, [CPI])
    assert path.read_text(encoding="utf-8") == "nonsense\n"


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.integers(86_400, 8_000_000_000).map(lambda second: second * SECOND),
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], include_characters=' ,"#'), min_size=1)
    .map(str.strip)
    .filter(bool),
    st.sampled_from(["high", "medium", "low"]),
    st.none() | st.integers(0, 1_440).map(lambda minutes: minutes * MINUTE),
)
def test_a_line_that_is_written_reads_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, ts: int, name: str, importance: str, around: int | None
) -> None:
    event = NewsEvent(ts, name, importance, around, around)  # type: ignore[arg-type]
    assert read_news(calendar(tmp_path_factory.mktemp("news"), news_line(event))) == (event,)
