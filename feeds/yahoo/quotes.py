"""What Yahoo says a thing costs now: from its quote, from its chart, or from a streamed message."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from feeds.states import ContextQuote
from feeds.yahoo.candles import Candles, nanoseconds, price_on_tick
from feeds.yahoo.errors import NothingGiven

_MINUTE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Spread:
    """Bid and ask as Yahoo's quote gave them, and how late it says it is.

    Attributes:
        bid: Best bid on the tick, None where Yahoo gives none (it gives 0 while a market is closed).
        ask: Best ask on the tick, None where Yahoo gives none.
        delayed: Seconds by which Yahoo says that this market's data are late; None where it does not say.
        fetched: Wall clock when it came, ns UTC.
    """

    bid: float | None
    ask: float | None
    delayed: int | None
    fetched: int

    def known_at(self, now: int, most_ns: int) -> "Spread":
        """Return it without bid and ask where they are older than `most_ns`."""
        return self if now - self.fetched <= most_ns else Spread(None, None, self.delayed, self.fetched)


def read_quote(ticker: Any, symbol: str, tick: int, fetched: int) -> tuple[ContextQuote, Spread]:
    """Ask a `yfinance.Ticker` for its quote; blocks, and raises whatever the library does.

    Raises:
        NothingGiven: There is no price in it.
    """
    stated: Mapping[str, Any] = ticker.get_info() or {}
    price = _price(stated.get("regularMarketPrice"), tick)
    at = nanoseconds(stated.get("regularMarketTime"))
    if price is None or at is None:
        raise NothingGiven(f"Yahoo has no price of {symbol} at the moment")
    minutes = stated.get("exchangeDataDelayedBy")
    spread = Spread(
        bid=_price(stated.get("bid"), tick),
        ask=_price(stated.get("ask"), tick),
        delayed=None if minutes is None else round(float(minutes) * _MINUTE_SECONDS),
        fetched=fetched,
    )
    return ContextQuote(symbol, price, spread.bid, spread.ask, at, fetched, spread.delayed), spread


def quote_of_candles(candles: Candles, symbol: str, spread: Spread, fetched: int) -> ContextQuote | None:
    """Return the newest price that came with candles; None where none came."""
    if candles.price is None or candles.priced is None:
        return None
    return ContextQuote(symbol, candles.price, spread.bid, spread.ask, candles.priced, fetched, spread.delayed)


def quote_of_message(
    message: Mapping[str, Any], symbol: str, tick: int, spread: Spread, fetched: int
) -> ContextQuote | None:
    """Return the price in a message of Yahoo's stream, as `yfinance` decodes it; None where it is not of the symbol."""
    if message.get("id") != symbol:
        return None
    price = _price(message.get("price"), tick)
    at = nanoseconds(message.get("time"))
    if price is None or at is None:
        return None
    bid, ask = _price(message.get("bid"), tick), _price(message.get("ask"), tick)
    if bid is None and ask is None:
        bid, ask = spread.bid, spread.ask
    return ContextQuote(symbol, price, bid, ask, at, fetched, spread.delayed)


def _price(given: Any, tick: int) -> float | None:
    return price_on_tick(float(given), tick) if given else None
