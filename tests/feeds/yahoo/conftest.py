"""What the tests of Yahoo share: a counterpart with a quiet morning of gold, and options that wait for nothing."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.yahoo.asking import load_library
from feeds.yahoo.options import YahooOptions
from tests.counterparts.yahoo import DAY, Market, Yahoo, candle

MINUTE = 60
HOUR = 3_600
NOW = 1_795_012_230
"""2026-11-18 14:30:30 UTC, a Wednesday, in seconds."""
MIDNIGHT = 1_794_978_000
"""Midnight in New York before it."""
PRICED = NOW - 600
"""The time of Yahoo's newest price, ten minutes ago: 14:20:30."""


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the library's caches are; it opens them once in a process."""
    return tmp_path_factory.mktemp("yahoo")


@pytest.fixture(autouse=True)
def library(cache_folder: Path) -> Iterator[None]:
    """Let the library use pandas as it does, which pandas 3 warns of; its import changes what is warned of."""
    load_library(cache_folder)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The inplace keyword", DeprecationWarning)
        yield


@pytest.fixture
def yahoo() -> Iterator[Yahoo]:
    with Yahoo(a_morning()) as counterpart:
        yield counterpart


@pytest.fixture
def options(yahoo: Yahoo, cache_folder: Path) -> YahooOptions:
    return asking(yahoo.url, cache_folder)


def asking(url: str, cache_folder: Path, **changes: object) -> YahooOptions:
    """Return options that ask a counterpart, without pauses that a test would notice."""
    told: dict[str, object] = {
        "cache_folder": cache_folder,
        "base_url": url,
        "poll_seconds": 0.02,
        "cache_seconds": 0.0,
        "quote_seconds": 0.0,
        "request_seconds": 2.0,
        "ask_seconds": 4.0,
        "first_backoff": 0.02,
        "longest_backoff": 0.05,
        "rate_limited_seconds": 0.05,
    }
    return YahooOptions(**(told | changes))  # type: ignore[arg-type]


def a_morning() -> Market:
    """Return ten minutes, three hours and three days of candles, the last of each still growing."""
    minute, hour = PRICED // MINUTE * MINUTE, PRICED // HOUR * HOUR
    return Market(
        priced=PRICED,
        candles={
            "1m": [candle(minute - MINUTE * back, 4_210.3 + back / 10) for back in range(9, -1, -1)],
            "5m": [candle(minute // 300 * 300 - 300 * back) for back in range(3, -1, -1)],
            "15m": [candle(minute // 900 * 900 - 900 * back) for back in range(3, -1, -1)],
            "1h": [candle(hour - HOUR * back, 4_205.0) for back in range(2, -1, -1)],
            "1d": [candle(MIDNIGHT - DAY * back, 4_190.0) for back in range(2, -1, -1)],
        },
    )
