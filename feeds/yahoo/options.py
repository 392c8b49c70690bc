"""How Yahoo is asked."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from feeds.records import Schema


@dataclass(frozen=True, slots=True)
class YahooOptions:
    """What is asked of Yahoo, where and how often.

    Attributes:
        cache_folder: Where `yfinance` keeps its cookies and time zones, across runs.
        symbol: Yahoo's name of what is quoted.
        base_url: Address that stands in for every server of Yahoo's (`http://127.0.0.1:8080`), or None for Yahoo.
        tick: Price step that prices are put back on, in wire units of 1e-9.
        bars: Bar schemas handed on, in this order, out of `ohlcv-1m`, `ohlcv-1h` and `ohlcv-1d`.
        stream: Whether prices are streamed as well as asked for.
        poll_seconds: Pause between two askings.
        cache_seconds: How long an answer serves whoever asks for the same again.
        quote_seconds: How often bid, ask and the delay are asked for, which costs three requests.
        request_seconds: Longest wait for one HTTP answer.
        ask_seconds: Longest wait for all requests that one asking needs (cookie, crumb, data).
        first_backoff: Bound of the pause after a failure, in seconds; it doubles with each further one.
        longest_backoff: What that bound grows to, in seconds.
        rate_limited_seconds: Shortest pause after Yahoo has asked for fewer requests.
    """

    cache_folder: Path
    symbol: str = "GC=F"
    base_url: str | None = None
    tick: int = 100_000_000
    bars: tuple[Schema, ...] = (Schema.OHLCV_1M, Schema.OHLCV_1H, Schema.OHLCV_1D)
    stream: bool = True
    poll_seconds: float = 15.0
    cache_seconds: float = 15.0
    quote_seconds: float = 60.0
    request_seconds: float = 8.0
    ask_seconds: float = 20.0
    first_backoff: float = 15.0
    longest_backoff: float = 300.0
    rate_limited_seconds: float = 120.0

    def __post_init__(self) -> None:
        if self.base_url is not None:
            parts = urlsplit(self.base_url)
            if parts.scheme not in {"http", "https"} or not parts.hostname:
                raise ValueError(f"{self.base_url!r} is not an address such as http://127.0.0.1:8080")
