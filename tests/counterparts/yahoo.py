"""Yahoo: chart, quote, cookie and crumb over HTTP, and the price stream, under `/HOST/PATH` of one address.

Prices go out as Yahoo writes them, as 32-bit floats with all their noise.
"""

import base64
import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import numpy as np
from aiohttp import WSMsgType, web

from tests.counterparts.server import Counterpart, cut, hang

DAY = 86_400
ZONE = "America/New_York"
_RANGES = ["1d", "5d", "1mo", "3mo", "6mo", "1y", "2y", "5y", "10y", "ytd", "max"]


class Fault(Enum):
    """What a request can come to, besides an HTTP status."""

    HANG = auto()
    CUT = auto()
    GARBAGE = auto()
    HALF = auto()
    EMPTY = auto()
    NULL = auto()
    UNKNOWN = auto()
    DOWN = auto()


@dataclass
class Candle:
    """One candle: start in seconds since 1970, prices (None: null in the answer), lots."""

    start: float
    open: float | None
    high: float | None
    low: float | None
    close: float | None
    volume: int | None


def candle(start: float, price: float = 4_210.3, volume: int = 7) -> Candle:
    """Return a candle around a price, two ticks high."""
    return Candle(start, price, price + 0.1, price - 0.1, price, volume)


@dataclass
class Market:
    """What Yahoo knows; times in seconds since 1970, `delayed` in minutes."""

    symbol: str = "GC=F"
    price: float | None = 4_210.3
    priced: float = 0.0
    bid: float | None = 4_210.2
    ask: float | None = 4_210.4
    delayed: int | None = 10
    candles: dict[str, list[Candle]] = field(default_factory=dict)


class Yahoo(Counterpart):
    """The counterpart of Yahoo.

    Attributes:
        market: What is answered.
        faults: By kind of request (`chart`, `quote`, `crumb`, `cookie`, `stream`): what it comes to instead.
        asked: Kind of every request, in order; charts with their interval and range (`chart 1m 1d`).
        heard: What was said on the stream, decoded.
    """

    def __init__(self, market: Market) -> None:
        super().__init__()
        self.market = market
        self.faults: dict[str, Fault | int] = {}
        self.asked: list[str] = []
        self._news = threading.Condition()
        self.heard: list[Any] = []
        self._streams: list[web.WebSocketResponse] = []
        self._transports: list[Any] = []

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Block until something that was asked or heard makes a condition true."""
        with self._news:
            assert self._news.wait_for(condition, 30), f"it never came to that: {self.asked}, {self.heard}"

    def _note(self, asked: str) -> None:
        with self._news:
            self.asked.append(asked)
            self._news.notify_all()

    def application(self) -> web.Application:
        application = web.Application()
        hosts = {
            "/fc.yahoo.com": self._cookie,
            "/query1.finance.yahoo.com/v1/test/getcrumb": self._crumb,
            "/query2.finance.yahoo.com/v1/test/getcrumb": self._crumb,
            "/guce.yahoo.com/consent": self._consent,
            "/query2.finance.yahoo.com/v8/finance/chart/{symbol}": self._chart,
            "/query1.finance.yahoo.com/v7/finance/quote": self._quote,
            "/query2.finance.yahoo.com/v10/finance/quoteSummary/{symbol}": self._summary,
            "/query1.finance.yahoo.com/ws/fundamentals-timeseries/v1/finance/timeseries/{symbol}": self._figures,
            "/streamer.finance.yahoo.com/": self._stream,
        }
        for path, handler in hosts.items():
            application.router.add_get(path, handler)
        return application

    # The stream.

    def push(self, **fields: Any) -> None:
        """Stream a price: fields of `PricingData`, such as price and time (ms)."""
        from yfinance.pricing_pb2 import PricingData

        told = PricingData(**({"id": self.market.symbol} | fields))
        self.say(json.dumps({"type": "pricing", "message": base64.b64encode(told.SerializeToString()).decode()}))

    def say(self, text: str) -> None:
        """Stream any text."""

        async def everybody() -> None:
            for stream in self._streams:
                await stream.send_str(text)

        self.on_its_loop(everybody())

    def end_streams(self) -> None:
        """End every stream as a server does that has had enough."""

        async def everybody() -> None:
            for stream in self._streams:
                await stream.close()

        self.on_its_loop(everybody())

    def break_streams(self) -> None:
        """Drop every stream without a word."""
        self.soon(lambda: [transport.abort() for transport in self._transports])

    @property
    def listeners(self) -> int:
        """Streams that are open and subscribed."""
        return sum(not stream.closed for stream in self._streams)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        self._note("stream")
        if "stream" in self.faults:
            return await self._faulty(request, self.faults["stream"])
        stream = web.WebSocketResponse()
        await stream.prepare(request)
        self._transports.append(request.transport)
        async for message in stream:
            if message.type is WSMsgType.TEXT:
                with self._news:
                    self.heard.append(json.loads(message.data))
                    if stream not in self._streams:
                        self._streams.append(stream)
                    self._news.notify_all()
        if stream in self._streams:
            self._streams.remove(stream)
        return stream

    # Requests.

    async def _cookie(self, request: web.Request) -> web.StreamResponse:
        self._note("cookie")
        if "cookie" in self.faults:
            return await self._faulty(request, self.faults["cookie"])
        answer = web.Response(status=404)
        answer.set_cookie("A3", "d=AQAB")
        return answer

    async def _crumb(self, request: web.Request) -> web.StreamResponse:
        self._note("crumb")
        if "crumb" in self.faults:
            return await self._faulty(request, self.faults["crumb"])
        return web.Response(text="Fh3.x/9")

    async def _consent(self, request: web.Request) -> web.StreamResponse:
        self._note("consent")
        return web.Response(text="<html></html>", content_type="text/html")

    async def _chart(self, request: web.Request) -> web.StreamResponse:
        interval, reach = request.query["interval"], request.query["range"]
        self._note(f"chart {interval} {reach}")
        for kind in (f"chart {interval}", "chart"):
            if kind in self.faults:
                return await self._faulty(request, self.faults[kind])
        if request.match_info["symbol"] != self.market.symbol:
            return await self._faulty(request, Fault.UNKNOWN)
        return web.json_response(_chart(self.market, interval, reach))

    async def _quote(self, request: web.Request) -> web.StreamResponse:
        self._note("quote")
        if "quote" in self.faults:
            return await self._faulty(request, self.faults["quote"])
        if not request.query.get("crumb"):
            return web.json_response(
                {"finance": {"result": None, "error": {"code": "Unauthorized", "description": "Invalid Crumb"}}},
                status=401,
            )
        return web.json_response({"quoteResponse": {"result": [_quote(self.market)], "error": None}})

    async def _summary(self, request: web.Request) -> web.StreamResponse:
        self._note("summary")
        if "summary" in self.faults:
            return await self._faulty(request, self.faults["summary"])
        return web.json_response({"quoteSummary": {"result": [{"summaryDetail": {"maxAge": 1}}], "error": None}})

    async def _figures(self, request: web.Request) -> web.StreamResponse:
        self._note("figures")
        return web.json_response({"timeseries": {"result": [], "error": None}})

    async def _faulty(self, request: web.Request, fault: Fault | int) -> web.StreamResponse:
        if isinstance(fault, int):
            return web.Response(status=fault, text="Too Many Requests" if fault == 429 else "no")
        if fault is Fault.HANG:
            await hang()
        if fault is Fault.CUT:
            cut(request)
        if fault is Fault.DOWN:
            return web.Response(text="<html>Will be right back...</html>", content_type="text/html")
        if fault is Fault.UNKNOWN:
            wrong = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
            return web.json_response({"chart": {"result": None, "error": wrong}}, status=404)
        if fault is Fault.EMPTY:
            told = _chart(self.market, "1m", "1d")
            told["chart"]["result"][0]["indicators"]["quote"] = [{}]
            del told["chart"]["result"][0]["timestamp"]
            return web.json_response(told)
        if fault is Fault.NULL:
            return web.json_response(None)
        whole = json.dumps(_chart(self.market, "1m", "1d"))
        return web.Response(text="{]" if fault is Fault.GARBAGE else whole[: len(whole) // 2])


def noisy(price: float | None) -> float | None:
    """Return a price as Yahoo writes it: a 32-bit float, to the last digit."""
    return None if price is None else float(np.float32(price))


def _chart(market: Market, interval: str, reach: str) -> dict[str, Any]:
    candles = market.candles.get(interval, [])
    if interval == "1m" and reach == "1d":
        candles = [one for one in candles if one.start >= market.priced - DAY]
    period = {"timezone": "EST", "start": int(market.priced) - DAY, "end": int(market.priced), "gmtoffset": -18_000}
    told: dict[str, Any] = {
        "meta": {
            "currency": "USD",
            "symbol": market.symbol,
            "exchangeName": "CMX",
            "fullExchangeName": "COMEX",
            "instrumentType": "FUTURE",
            "regularMarketTime": int(market.priced),
            "regularMarketPrice": noisy(market.price),
            "gmtoffset": -18_000,
            "timezone": "EST",
            "exchangeTimezoneName": ZONE,
            "priceHint": 2,
            "currentTradingPeriod": {name: dict(period) for name in ("pre", "regular", "post")},
            "tradingPeriods": [[dict(period)]],
            "dataGranularity": interval,
            "range": reach,
            "validRanges": _RANGES,
        },
        "timestamp": [one.start for one in candles],
        "indicators": {"quote": [_columns(candles)]},
    }
    if interval == "1d":
        told["indicators"]["adjclose"] = [{"adjclose": [noisy(one.close) for one in candles]}]
        del told["meta"]["tradingPeriods"]
    return {"chart": {"result": [told], "error": None}}


def _columns(candles: Iterable[Candle]) -> dict[str, list[float | int | None]]:
    rows = list(candles)
    return {
        "open": [noisy(one.open) for one in rows],
        "high": [noisy(one.high) for one in rows],
        "low": [noisy(one.low) for one in rows],
        "close": [noisy(one.close) for one in rows],
        "volume": [one.volume for one in rows],
    }


def _quote(market: Market) -> dict[str, Any]:
    told = {
        "symbol": market.symbol,
        "quoteType": "FUTURE",
        "quoteSourceName": "Delayed Quote",
        "currency": "USD",
        "exchangeTimezoneName": ZONE,
        "exchangeDataDelayedBy": market.delayed,
        "regularMarketPrice": noisy(market.price),
        "regularMarketTime": int(market.priced),
        "bid": noisy(market.bid),
        "ask": noisy(market.ask),
    }
    return {name: value for name, value in told.items() if value is not None}
