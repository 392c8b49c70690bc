"""Yahoo as a live source: what it says of itself, and what it hands on."""

import asyncio
import random
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from feeds.records import Batch, Provenance, Schema
from feeds.states import ContextQuote, FeedChange, FeedItem, FeedState
from feeds.yahoo.candles import CONTEXT_INSTRUMENT
from feeds.yahoo.options import YahooOptions
from feeds.yahoo.source import YahooContext
from feeds.yahoo.stream import STREAM_URL, stream_url
from tests.counterparts.yahoo import Fault, Yahoo, candle
from tests.feeds.yahoo.conftest import HOUR, MIDNIGHT, MINUTE, NOW, PRICED, asking

SECOND = 1_000_000_000
Kind = TypeVar("Kind", Batch, ContextQuote, FeedChange)


class Reading:
    """A source being read; `seen` is all that came."""

    def __init__(self, source: YahooContext, items: AsyncIterator[FeedItem]) -> None:
        self.source = source
        self.seen: list[FeedItem] = []
        self._items = items

    async def next(self, kind: type[Kind], wanted: Callable[[Kind], bool] = lambda _: True) -> Kind:
        """Read on until an item of a kind comes that is wanted."""
        async with asyncio.timeout(30):
            async for item in self._items:
                self.seen.append(item)
                if isinstance(item, kind) and wanted(item):
                    return item
        raise AssertionError(f"it ended before: {self.seen}")

    async def state(self, state: FeedState) -> FeedChange:
        return await self.next(FeedChange, lambda change: change.state is state)

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [item for item in self.seen if isinstance(item, kind)]


@asynccontextmanager
async def reading(options: YahooOptions, now: Callable[[], int] = lambda: NOW * SECOND) -> AsyncIterator[Reading]:
    source = YahooContext(options, wall_clock=now, chance=random.Random(1))
    async with aclosing(source.items()) as items:
        yield Reading(source, items)
    await source.close()


@pytest.fixture
def polled(yahoo: Yahoo, cache_folder: Path) -> YahooOptions:
    return asking(yahoo.url, cache_folder, stream=False)


@pytest.fixture
def streamed(yahoo: Yahoo, cache_folder: Path) -> YahooOptions:
    """Return options that ask once and then leave everything to the stream."""
    return asking(yahoo.url, cache_folder, poll_seconds=3_600.0)


async def test_it_says_how_late_it_is_before_it_gives_a_price(polled: YahooOptions) -> None:
    async with reading(polled) as source:
        quote = await source.next(ContextQuote)

    connecting, context = source.of(FeedChange)
    assert (connecting.state, connecting.source) == (FeedState.CONNECTING, "yahoo GC=F")
    assert (context.state, context.reason) == (FeedState.CONTEXT, "delayed 10 min, as Yahoo says, asked every 0.02 s")
    assert context.at == NOW * SECOND
    assert quote == ContextQuote("GC=F", 4_210.3, 4_210.2, 4_210.4, PRICED * SECOND, NOW * SECOND, 600)


async def test_where_yahoo_does_not_say_how_late_it_is_neither_do_we(yahoo: Yahoo, polled: YahooOptions) -> None:
    yahoo.faults["quote"] = 401

    async with reading(polled) as source:
        quote = await source.next(ContextQuote)

    assert source.of(FeedChange)[-1].reason.startswith("delayed, Yahoo does not say by how much")
    assert (quote.bid, quote.ask, quote.delayed) == (None, None, None)


async def test_closed_bars_of_each_schema_come_as_context_and_the_open_ones_do_not(polled: YahooOptions) -> None:
    async with reading(polled) as source:
        await source.next(Batch, lambda batch: batch.schema is Schema.OHLCV_1D)

    minutes, hours, days = source.of(Batch)
    assert [batch.schema for batch in (minutes, hours, days)] == [Schema.OHLCV_1M, Schema.OHLCV_1H, Schema.OHLCV_1D]
    for batch, newest in (
        (minutes, PRICED // MINUTE * MINUTE - MINUTE),
        (hours, PRICED // HOUR * HOUR - HOUR),
        (days, MIDNIGHT - 86_400),
    ):
        assert batch.provenance is Provenance.CONTEXT
        assert int(batch.records["ts_event"][-1]) == newest * SECOND
        assert set(batch.records["instrument_id"].tolist()) == {CONTEXT_INSTRUMENT}
        assert batch.instrument is not None
        assert (batch.instrument.symbol, batch.instrument.tick_size) == ("GC=F", 0.1)


async def test_a_bar_comes_when_it_has_closed_and_only_then(yahoo: Yahoo, polled: YahooOptions) -> None:
    async with reading(polled) as source:
        await source.next(Batch, lambda batch: batch.schema is Schema.OHLCV_1D)
        yahoo.market.candles["1m"].append(candle(PRICED // MINUTE * MINUTE + MINUTE, 4_220.0))
        yahoo.market.priced = PRICED + MINUTE
        later = await source.next(Batch)

    assert later.records["ts_event"].tolist() == [PRICED // MINUTE * MINUTE * SECOND]


async def test_today_is_asked_for_once_the_days_before_are_known(yahoo: Yahoo, polled: YahooOptions) -> None:
    async with reading(polled) as source:
        await source.next(ContextQuote)
        await asyncio.to_thread(yahoo.wait_until, lambda: yahoo.asked.count("chart 1m 1d") > 1)

    assert yahoo.asked.count("chart 1m 5d") == 1
    assert yahoo.asked.count("chart 1h 1mo") == 1
    assert yahoo.asked.count("chart 1d 1y") == 1


async def test_longer_candles_may_be_missing(yahoo: Yahoo, polled: YahooOptions) -> None:
    yahoo.faults = {"chart 1h": 500, "chart 1d": Fault.GARBAGE}

    async with reading(polled) as source:
        batch = await source.next(Batch)

    assert batch.schema is Schema.OHLCV_1M
    assert source.of(FeedChange)[-1].state is FeedState.CONTEXT


@pytest.mark.parametrize("fault", [429, 500, Fault.CUT, Fault.GARBAGE, Fault.EMPTY, Fault.UNKNOWN], ids=str)
async def test_it_goes_on_when_yahoo_is_back(yahoo: Yahoo, polled: YahooOptions, fault: Fault | int) -> None:
    yahoo.faults["chart"] = fault

    async with reading(polled) as source:
        out = await source.state(FeedState.RECONNECTING)
        asked = len(yahoo.asked)
        await asyncio.to_thread(yahoo.wait_until, lambda: len(yahoo.asked) > asked + 6)
        yahoo.faults.clear()
        await source.state(FeedState.CONTEXT)

    assert out.reason
    assert "\n" not in out.reason
    assert [change.state for change in source.of(FeedChange)] == [
        FeedState.CONNECTING,
        FeedState.RECONNECTING,
        FeedState.CONTEXT,
    ]


async def test_an_outage_is_said_and_the_price_from_before_is_not_said_again(
    yahoo: Yahoo, polled: YahooOptions
) -> None:
    async with reading(polled) as source:
        await source.state(FeedState.CONTEXT)
        yahoo.faults["chart"] = Fault.CUT
        await source.state(FeedState.RECONNECTING)
        yahoo.faults.clear()
        await source.state(FeedState.CONTEXT)
        yahoo.market.price = 4_211.0
        await source.next(ContextQuote, lambda quote: quote.price == 4_211.0)

    assert [quote.price for quote in source.of(ContextQuote)] == [4_210.3, 4_211.0]


async def test_a_streamed_price_comes_with_its_own_time(yahoo: Yahoo, streamed: YahooOptions) -> None:
    async with reading(streamed) as source:
        await source.next(ContextQuote)
        await asyncio.to_thread(yahoo.wait_until, lambda: yahoo.listeners == 1)
        yahoo.push(price=4_211.7, time=(PRICED + 5) * 1_000, bid=4_211.6, ask=4_211.8)
        quote = await source.next(ContextQuote)

    assert quote == ContextQuote("GC=F", 4_211.7, 4_211.6, 4_211.8, (PRICED + 5) * SECOND, NOW * SECOND, 600)
    assert source.of(FeedChange)[-1].reason == "delayed 10 min, as Yahoo says, streamed"
    assert yahoo.heard == [{"subscribe": ["GC=F"]}]


async def test_an_older_price_and_one_of_something_else_do_not_count(yahoo: Yahoo, streamed: YahooOptions) -> None:
    async with reading(streamed) as source:
        await source.next(ContextQuote)
        await asyncio.to_thread(yahoo.wait_until, lambda: yahoo.listeners == 1)
        yahoo.push(price=1.0, time=(PRICED - 1) * 1_000)
        yahoo.push(id="SI=F", price=50.0, time=(PRICED + 1) * 1_000)
        yahoo.push(price=4_211.0, time=(PRICED + 2) * 1_000)
        quote = await source.next(ContextQuote)

    assert quote.price == 4_211.0


@pytest.mark.parametrize("text", ["{]", "[]", '{"message": "AAAA"}', '{"message": 5}', "{}"])
async def test_a_message_that_cannot_be_read_is_passed_over(yahoo: Yahoo, streamed: YahooOptions, text: str) -> None:
    async with reading(streamed) as source:
        await source.next(ContextQuote)
        await asyncio.to_thread(yahoo.wait_until, lambda: yahoo.listeners == 1)
        yahoo.say(text)
        yahoo.push(price=4_211.0, time=(PRICED + 2) * 1_000)
        quote = await source.next(ContextQuote)

    assert quote.price == 4_211.0
    assert yahoo.asked.count("stream") == 1


@pytest.mark.parametrize("end", [Yahoo.end_streams, Yahoo.break_streams], ids=["in good order", "broken"])
async def test_a_stream_that_ends_is_opened_again_and_prices_are_asked_for_meanwhile(
    yahoo: Yahoo, streamed: YahooOptions, end: Callable[[Yahoo], None]
) -> None:
    async with reading(streamed) as source:
        await source.next(ContextQuote)
        await asyncio.to_thread(yahoo.wait_until, lambda: yahoo.listeners == 1)
        yahoo.push(price=4_211.0, time=(PRICED + 1) * 1_000)
        await source.next(ContextQuote)
        end(yahoo)
        polled = await source.state(FeedState.CONTEXT)
        await asyncio.to_thread(yahoo.wait_until, lambda: len(yahoo.heard) == 2)
        yahoo.push(price=4_212.0, time=(PRICED + 2) * 1_000)
        quote = await source.next(ContextQuote)

    assert "asked every" in polled.reason
    assert quote.price == 4_212.0


@pytest.mark.parametrize("fault", [429, 503, Fault.CUT, Fault.HANG], ids=str)
async def test_without_a_stream_prices_are_asked_for(yahoo: Yahoo, cache_folder: Path, fault: Fault | int) -> None:
    yahoo.faults["stream"] = fault

    async with reading(asking(yahoo.url, cache_folder, request_seconds=0.3)) as source:
        await source.state(FeedState.CONTEXT)
        yahoo.market.price = 4_215.0
        await source.next(ContextQuote, lambda quote: quote.price == 4_215.0)
        await asyncio.to_thread(yahoo.wait_until, lambda: yahoo.asked.count("stream") > 1)

    assert {change.state for change in source.of(FeedChange)} == {FeedState.CONNECTING, FeedState.CONTEXT}


async def test_a_streamed_price_keeps_the_context_when_charts_are_out(yahoo: Yahoo, cache_folder: Path) -> None:
    yahoo.faults["chart"] = 429

    async with reading(asking(yahoo.url, cache_folder)) as source:
        await source.state(FeedState.RECONNECTING)
        await asyncio.to_thread(yahoo.wait_until, lambda: yahoo.listeners == 1)
        yahoo.push(price=4_211.0, time=(PRICED + 1) * 1_000)
        context = await source.state(FeedState.CONTEXT)

    assert "streamed; no candles: Yahoo takes no more requests" in context.reason


async def test_closing_is_said_last_and_leaves_nothing(yahoo: Yahoo, cache_folder: Path) -> None:
    threads = set(threading.enumerate())
    tasks = asyncio.all_tasks()
    patient = asking(yahoo.url, cache_folder, request_seconds=60.0, ask_seconds=60.0)
    source = YahooContext(patient, wall_clock=lambda: NOW * SECOND)
    seen = []
    async for item in source.items():
        seen.append(item)
        if isinstance(item, ContextQuote):
            yahoo.faults = {"chart": Fault.HANG}
            await asyncio.to_thread(yahoo.wait_until, lambda: yahoo.listeners == 1)
            begun = time.monotonic()
            await source.close()
            await source.close()

    assert isinstance(seen[-1], FeedChange)
    assert seen[-1].state is FeedState.CLOSED
    assert time.monotonic() - begun < 20.0
    assert asyncio.all_tasks() == tasks
    left = set(threading.enumerate()) - threads
    assert all(thread.name.startswith("asyncio") for thread in left), left  # the loop's own
    assert yahoo.soon(lambda: yahoo.listeners) == 0


async def test_a_source_nobody_reads_closes(options: YahooOptions) -> None:
    await YahooContext(options).close()


def test_only_bars_that_yahoo_has_can_be_asked_for(cache_folder: Path) -> None:
    with pytest.raises(ValueError, match="Yahoo has no mbo"):
        YahooContext(YahooOptions(cache_folder, bars=(Schema.MBO,)))


async def test_a_missing_library_closes_it_with_the_reason(
    polled: YahooOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "yfinance", None)
    source = YahooContext(polled)

    changes = [item async for item in source.items() if isinstance(item, FeedChange)]

    assert [change.state for change in changes] == [FeedState.CONNECTING, FeedState.CLOSED]
    assert "needs the package yfinance" in changes[-1].reason


async def test_nothing_is_written_to_the_terminal(
    yahoo: Yahoo, options: YahooOptions, capfd: pytest.CaptureFixture[str]
) -> None:
    yahoo.faults = {"chart": Fault.GARBAGE, "cookie": 429, "stream": 503}
    async with reading(options) as source:
        await source.state(FeedState.RECONNECTING)
        yahoo.faults = {"crumb": 429}
        await source.state(FeedState.CONTEXT)

    assert capfd.readouterr() == ("", "")


def test_the_library_writes_nothing_to_a_terminal_without_a_log(tmp_path: Path) -> None:
    code = f"""
import logging, pathlib
from feeds.yahoo.asking import load_library
load_library(pathlib.Path({str(tmp_path)!r}))
logging.getLogger("yfinance").error("a complaint")
"""

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr) == ("", "")


def test_importing_the_room_loads_neither_the_library_nor_pandas() -> None:
    code = "import sys, feeds.yahoo.source; print([n for n in ('yfinance', 'pandas', 'curl_cffi') if n in sys.modules])"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert loaded == "[]\n"


def test_the_stream_stands_where_the_library_looks_for_it() -> None:
    import yfinance

    assert yfinance.AsyncWebSocket(verbose=False).url == STREAM_URL == stream_url(None)
    assert stream_url("https://example.org/y/") == "wss://example.org/y/streamer.finance.yahoo.com/?version=2"
