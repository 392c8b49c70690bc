"""The unmodified library against a counterpart of Yahoo: what it reads, what it asks, and how it fails."""

import asyncio
import socket
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from feeds.yahoo.candles import Interval
from feeds.yahoo.errors import (
    Closed,
    Malformed,
    NothingGiven,
    RateLimited,
    Refused,
    TimedOut,
    Unreachable,
    YahooError,
)
from feeds.yahoo.options import YahooOptions
from feeds.yahoo.prices import YahooPrices
from tests.counterparts.yahoo import Candle, Fault, Yahoo, candle
from tests.feeds.yahoo.conftest import HOUR, MIDNIGHT, MINUTE, PRICED, asking

SECOND = 1_000_000_000


async def answered(options: YahooOptions, interval: Interval = Interval.MINUTE) -> list[tuple[int, list[int], int]]:
    """Return (start in seconds, prices in ticks, volume) of every candle."""
    prices = YahooPrices(options)
    try:
        candles = await prices.candles(interval)
    finally:
        await prices.close()
    starts = (candles.starts // SECOND).tolist()
    return list(zip(starts, candles.prices.tolist(), candles.volumes.tolist(), strict=True))


@pytest.mark.parametrize("interval", list(Interval), ids=lambda interval: interval.value)
async def test_candles_of_every_length_come_on_the_tick(
    yahoo: Yahoo, options: YahooOptions, interval: Interval
) -> None:
    given = yahoo.market.candles[interval.value]

    read = await answered(options, interval)

    assert [start for start, _, _ in read] == [one.start for one in given]
    assert read[0][1] == [
        round(10 * (price or 0)) for price in (given[0].open, given[0].high, given[0].low, given[0].close)
    ]
    assert {volume for _, _, volume in read} == {7}


async def test_a_days_candle_begins_at_midnight_of_the_exchange(options: YahooOptions) -> None:
    read = await answered(options, Interval.DAY)

    assert read[-1][0] == MIDNIGHT


async def test_candles_without_volume_are_kept_and_those_without_a_price_are_not(
    yahoo: Yahoo, options: YahooOptions
) -> None:
    yahoo.market.candles["1h"] = [
        candle(PRICED // HOUR * HOUR - 3 * HOUR, volume=0),
        Candle(PRICED // HOUR * HOUR - 2 * HOUR, None, None, None, None, None),
        Candle(PRICED // HOUR * HOUR - HOUR, 4_210.0, 4_210.1, 4_209.0, None, 5),
        candle(PRICED // HOUR * HOUR),
    ]

    read = await answered(options, Interval.HOUR)

    assert [volume for _, _, volume in read] == [0, 7]


async def test_the_newest_price_that_stands_as_a_candle_of_its_own_is_no_candle(
    yahoo: Yahoo, options: YahooOptions
) -> None:
    minute = PRICED // MINUTE * MINUTE
    yahoo.market.candles["1m"] = [candle(minute - MINUTE), candle(minute), candle(PRICED + 7)]

    read = await answered(options)

    assert [start for start, _, _ in read] == [minute - MINUTE, minute]


async def test_nor_is_it_one_of_an_hour_when_it_falls_on_a_whole_minute(yahoo: Yahoo, options: YahooOptions) -> None:
    hour = PRICED // HOUR * HOUR
    yahoo.market.candles["1h"] = [candle(hour - HOUR), candle(hour), candle(hour + 20 * MINUTE)]

    read = await answered(options, Interval.HOUR)

    assert [start for start, _, _ in read] == [hour - HOUR, hour]


async def test_the_price_comes_with_the_time_that_yahoo_states(options: YahooOptions) -> None:
    prices = YahooPrices(options)
    candles = await prices.candles(Interval.MINUTE)
    await prices.close()

    assert candles.price == 4_210.3
    assert candles.priced == PRICED * SECOND
    assert candles.zone == "America/New_York"
    assert candles.off_tick == 0


async def test_the_quote_has_bid_ask_and_the_delay(options: YahooOptions) -> None:
    prices = YahooPrices(options, wall_clock=lambda: 77)
    quote, spread = await prices.quote()
    await prices.close()

    assert (quote.price, quote.bid, quote.ask) == (4_210.3, 4_210.2, 4_210.4)
    assert (quote.at, quote.fetched, quote.delayed) == (PRICED * SECOND, 77, 600)
    assert spread.delayed == 600


async def test_a_market_without_bid_and_ask_has_none(yahoo: Yahoo, options: YahooOptions) -> None:
    yahoo.market.bid, yahoo.market.ask, yahoo.market.delayed = 0.0, None, None
    prices = YahooPrices(options)
    quote, _ = await prices.quote()
    await prices.close()

    assert (quote.bid, quote.ask, quote.delayed) == (None, None, None)


async def test_what_was_asked_a_moment_ago_is_not_asked_again(yahoo: Yahoo, cache_folder: Path) -> None:
    now = [100.0]
    prices = YahooPrices(asking(yahoo.url, cache_folder, cache_seconds=15.0), clock=lambda: now[0])

    first, second = await asyncio.gather(prices.candles(Interval.HOUR), prices.candles(Interval.HOUR))
    now[0] += 14.9
    third = await prices.candles(Interval.HOUR)
    asked = yahoo.asked.count("chart 1h 1mo")
    now[0] += 0.2
    fourth = await prices.candles(Interval.HOUR)
    await prices.close()

    assert first is second is third
    assert asked == 1
    assert fourth is not first
    assert yahoo.asked.count("chart 1h 1mo") == 2


@pytest.mark.parametrize(
    ("fault", "kind", "reason"),
    [
        (429, RateLimited, "takes no more requests"),
        (404, Refused, "an error .HTTP 404"),
        (500, Refused, "an error .HTTP 500"),
        (Fault.UNKNOWN, NothingGiven, "no prices of GC=F: No data found"),
        (Fault.EMPTY, NothingGiven, "no prices of GC=F"),
        (Fault.NULL, NothingGiven, "no prices of GC=F"),
        (Fault.GARBAGE, Malformed, "cannot be read"),
        (Fault.HALF, Malformed, "cannot be read"),
        (Fault.DOWN, Refused, "down"),
        (Fault.CUT, Unreachable, "cannot be reached"),
        (Fault.HANG, TimedOut, "in time"),
    ],
    ids=str,
)
async def test_each_way_a_chart_can_fail_has_its_reason(
    yahoo: Yahoo, cache_folder: Path, fault: Fault | int, kind: type[YahooError], reason: str
) -> None:
    await answered(asking(yahoo.url, cache_folder))  # so that the zone is known
    yahoo.faults["chart"] = fault

    with pytest.raises(YahooError, match=reason) as caught:
        await answered(asking(yahoo.url, cache_folder, request_seconds=0.2))

    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("fault", [429, 500, Fault.CUT, Fault.GARBAGE], ids=str)
async def test_cookie_and_crumb_may_fail_where_only_a_chart_is_asked(
    yahoo: Yahoo, options: YahooOptions, fault: Fault | int
) -> None:
    yahoo.faults = {"cookie": fault, "crumb": fault}

    assert len(await answered(options)) == 10


async def test_no_server_is_a_reason(cache_folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))

        with pytest.raises(Unreachable, match="cannot be reached"):
            await answered(asking(f"http://127.0.0.1:{taken.getsockname()[1]}", cache_folder))


async def test_no_name_is_a_reason(cache_folder: Path) -> None:
    with pytest.raises(Unreachable, match="is this machine online"):
        await answered(asking(f"http://{'a' * 64}.invalid", cache_folder))  # too long a label for any server to know


async def test_all_requests_of_one_asking_share_their_time(yahoo: Yahoo, cache_folder: Path) -> None:
    yahoo.faults = dict.fromkeys(("cookie", "crumb", "chart"), Fault.HANG)
    begun = time.monotonic()

    with pytest.raises(TimedOut):
        await answered(asking(yahoo.url, cache_folder, request_seconds=5.0, ask_seconds=0.3))

    assert time.monotonic() - begun < 4.5


async def test_closing_ends_a_question_that_hangs_and_leaves_no_thread(yahoo: Yahoo, cache_folder: Path) -> None:
    await answered(asking(yahoo.url, cache_folder))
    yahoo.asked.clear()
    yahoo.faults["chart"] = Fault.HANG
    before = set(threading.enumerate())
    prices = YahooPrices(asking(yahoo.url, cache_folder, request_seconds=60.0, ask_seconds=60.0))
    question = asyncio.create_task(prices.candles(Interval.MINUTE))
    await asyncio.to_thread(yahoo.wait_until, lambda: "chart 1m 5d" in yahoo.asked)
    before |= {thread for thread in threading.enumerate() if thread.name.startswith("asyncio")}

    begun = time.monotonic()
    await prices.close()

    with pytest.raises(Closed):
        await question
    assert time.monotonic() - begun < 20.0
    assert set(threading.enumerate()) <= before


async def test_closing_ends_a_question_that_its_thread_has_only_just_handed_over(
    yahoo: Yahoo, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop may have sent the request, and Yahoo have heard it, before the thread gets to run on."""
    handed_over, closing = asyncio.run_coroutine_threadsafe, threading.Event()

    def halted(work: Coroutine[Any, Any, Any], loop: asyncio.AbstractEventLoop) -> Future[Any]:
        answer = handed_over(work, loop)
        yahoo.wait_until(lambda: bool(yahoo.asked))
        assert closing.wait(30)
        return answer

    yahoo.faults = dict.fromkeys(("cookie", "crumb", "chart"), Fault.HANG)
    prices = YahooPrices(asking(yahoo.url, cache_folder, request_seconds=10.0, ask_seconds=10.0))
    monkeypatch.setattr(asyncio, "run_coroutine_threadsafe", halted)
    question = asyncio.create_task(prices.candles(Interval.MINUTE))
    await asyncio.to_thread(yahoo.wait_until, lambda: bool(yahoo.asked))
    close = asyncio.create_task(prices.close())
    await asyncio.sleep(0)
    closing.set()

    await close
    with pytest.raises(Closed):
        await question


async def test_closed_while_the_library_loads_it_asks_nothing(yahoo: Yahoo, options: YahooOptions) -> None:
    prices = YahooPrices(options)
    question = asyncio.create_task(prices.candles(Interval.MINUTE))
    await asyncio.sleep(0)

    await prices.close()

    with pytest.raises(Closed):
        await question
    assert yahoo.asked == []


async def test_a_question_given_up_does_not_spoil_the_next(yahoo: Yahoo, cache_folder: Path) -> None:
    yahoo.faults["chart"] = Fault.HANG
    prices = YahooPrices(asking(yahoo.url, cache_folder, request_seconds=60.0, ask_seconds=60.0))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(prices.candles(Interval.MINUTE), 0.2)
    yahoo.faults.clear()

    candles = await prices.candles(Interval.MINUTE)
    await prices.close()

    assert len(candles) == 10


@pytest.mark.parametrize("address", ["127.0.0.1:80", "ftp://127.0.0.1", "http://", ""])
def test_an_address_that_is_none_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(ValueError, match="is not an address such as"):
        YahooOptions(tmp_path, base_url=address)
