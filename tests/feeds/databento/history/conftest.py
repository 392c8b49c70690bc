"""What the tests of history share: a counterpart with two weeks of gold, and a History that waits for nothing."""

import random
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from feeds.databento.history import History, HistoryOptions
from feeds.databento.history_api import ApiOptions
from feeds.databento.key import ApiKey
from feeds.records import DEFINITION, MBO, OHLCV, Records, Schema
from tests.counterparts.databento_history import CONTRACT, INSTRUMENT, DatabentoHistory

KEY = "db-" + "a1B2c3D4" * 3 + "e5F6g"
SECOND = 1_000_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
NOW = 1_795_012_230 * SECOND
"""2026-11-18 14:30:30 UTC, a Wednesday."""
END = NOW - DAY
"""Where the history of an account without a live licence ends."""


@pytest.fixture(autouse=True)
def client() -> Iterator[None]:
    """Let the client call aiohttp as it does, and leave files open where a download breaks."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "BasicAuth is deprecated|The 'auth' parameter", DeprecationWarning)
        warnings.filterwarnings("ignore", "unclosed file", ResourceWarning)
        yield


@pytest.fixture
def databento() -> Iterator[DatabentoHistory]:
    with DatabentoHistory(KEY, two_weeks(), END) as counterpart:
        yield counterpart


@pytest.fixture
def history(databento: DatabentoHistory, tmp_path: Path) -> History:
    return asking(databento, tmp_path)


def asking(databento: DatabentoHistory, folder: Path, key: str = KEY, **changes: object) -> History:
    """Return a history that asks the counterpart."""
    api = ApiOptions(databento.url, answer_seconds=5.0, stall_seconds=0.5, first_backoff=0.01, longest_backoff=0.02)
    told: dict[str, object] = {"cache_folder": folder / "history", "api": api}
    return History(HistoryOptions(**(told | changes)), ApiKey(key), rng=random.Random(1))  # type: ignore[arg-type]


def two_weeks() -> dict[Schema, Records]:
    """Return bars of every minute and hour, a definition a day, and an order a minute, of the days before now."""
    first = NOW // DAY * DAY - 13 * DAY
    minutes, hours = (NOW - first) // (60 * SECOND), (NOW - first) // HOUR
    return {
        Schema.OHLCV_1M: _bars(33, first + np.arange(minutes) * 60 * SECOND),
        Schema.OHLCV_1H: _bars(34, first + np.arange(hours) * HOUR),
        Schema.DEFINITION: _definitions(first + np.arange(14) * DAY),
        Schema.MBO: _orders(first + np.arange(minutes) * 60 * SECOND),
    }


def _bars(rtype: int, starts: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Records:
    bars = _made(OHLCV, rtype, starts)
    price = (42_000 + np.arange(len(starts)) % 50) * 100_000_000
    for name in ("open", "high", "low", "close"):
        bars[name] = price
    bars["volume"] = 1 + np.arange(len(starts)) % 9
    return bars


def _definitions(moments: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Records:
    records = _made(DEFINITION, 19, moments)
    records["raw_symbol"] = CONTRACT.encode()
    records["asset"], records["exchange"], records["currency"] = b"GC", b"XCEC", b"USD"
    records["instrument_class"] = ord("F")
    records["min_price_increment"] = 100_000_000
    records["unit_of_measure_qty"] = 100 * SECOND
    return records


def _orders(moments: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Records:
    records = _made(MBO, 160, moments)
    records["ts_recv"] = records["ts_event"]
    records["order_id"] = 1 + np.arange(len(moments))
    records["price"], records["size"], records["flags"] = 42_000 * 100_000_000, 1, 128
    records["action"], records["side"] = ord("A"), ord("B")
    return records


def _made(layout: "np.dtype[np.void]", rtype: int, moments: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Records:
    records = np.zeros(len(moments), layout)
    records["length"], records["rtype"] = layout.itemsize // 4, rtype
    records["publisher_id"], records["instrument_id"] = 1, INSTRUMENT
    records["ts_event"] = moments
    return records
