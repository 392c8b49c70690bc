"""Yahoo's candles and quote of one symbol, each asked for at most once in a while."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from feeds.states import ContextQuote
from feeds.yahoo.asking import Asking
from feeds.yahoo.candles import Candles, Interval, read_candles
from feeds.yahoo.options import YahooOptions
from feeds.yahoo.quotes import Spread, read_quote

Answer = TypeVar("Answer")


class YahooPrices:
    """What Yahoo says of one symbol; asked again within `cache_seconds`, it makes no request."""

    def __init__(
        self,
        options: YahooOptions,
        *,
        wall_clock: Callable[[], int] = time.time_ns,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare to ask; nothing is imported or sent before the first question."""
        self.options = options
        self._asking = Asking(options)
        self._wall_clock = wall_clock
        self._clock = clock
        self._kept: dict[tuple[str, str], tuple[float, Any]] = {}

    async def candles(self, interval: Interval, period: str | None = None) -> Candles:
        """Return the candles of one length, as far back as `period` or what is usual for it.

        Raises:
            YahooError: There is no answer, for the reason it says.
        """
        tick = self.options.tick
        return await self._once(
            (interval.value, period or interval.period), lambda ticker: read_candles(ticker, interval, tick, period)
        )

    async def quote(self) -> tuple[ContextQuote, Spread]:
        """Return the price, bid and ask of Yahoo's quote, and how late it is.

        Raises:
            YahooError: There is no answer, for the reason it says.
        """
        options = self.options
        return await self._once(
            ("quote", ""), lambda ticker: read_quote(ticker, options.symbol, options.tick, self._wall_clock())
        )

    async def library(self) -> Any:
        """Return the module `yfinance`, imported without holding up the loop.

        Raises:
            NotUsable: It is not installed, or does not load.
        """
        return await self._asking.library()

    async def close(self) -> None:
        """End what is under way; no thread or connection remains."""
        await self._asking.close()

    async def _once(self, what: tuple[str, str], question: Callable[[Any], Answer]) -> Answer:
        """Return the kept answer to a question while it is fresh, else ask."""
        kept = self._fresh(what)
        if kept is None:
            answer = await self._asking.ask(lambda ticker: self._answer(what, question, ticker))
        else:
            answer = kept
        return answer

    def _answer(self, what: tuple[str, str], question: Callable[[Any], Answer], ticker: Any) -> Answer:
        """Ask, unless somebody else has while this question waited for its turn."""
        kept: Answer | None = self._fresh(what)
        if kept is not None:
            return kept
        answer = question(ticker)
        self._kept[what] = (self._clock(), answer)
        return answer

    def _fresh(self, what: tuple[str, str]) -> Any:
        since, answer = self._kept.get(what, (0.0, None))
        return answer if answer is not None and self._clock() - since < self.options.cache_seconds else None
