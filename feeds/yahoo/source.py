"""Yahoo as a live source: price and closed bars for orientation, with the delay said in words."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final

from feeds.databento.pace import Backoff
from feeds.records import Batch, Provenance, Schema
from feeds.states import ContextQuote, FeedChange, FeedItem, FeedState
from feeds.yahoo.candles import INTERVAL_OF, Candles, HandedOn, Interval, pseudo_instrument
from feeds.yahoo.errors import NotUsable, RateLimited, YahooError
from feeds.yahoo.options import YahooOptions
from feeds.yahoo.prices import YahooPrices
from feeds.yahoo.quotes import Spread, quote_of_candles, quote_of_message
from feeds.yahoo.stream import stream_url, streamed

_LOGGER: Final = logging.getLogger("qmo.yahoo")
_SECOND_NS: Final = 1_000_000_000
_ASKED_AGAIN: Final = {Interval.HOUR: 300.0, Interval.DAY: 3_600.0}
"""Seconds after which longer candles are asked for anew; minutes come with every asking, for the price in them."""
_TODAY: Final = "1d"
_LONG_AGO: Final = 20 * 3_600
"""Seconds without an answer after which more than today's minutes are asked for."""
_STREAMING: Final = 120
"""Seconds for which a streamed price keeps the state when asking fails."""


class YahooContext:
    """A `LiveSource` of context: `ContextQuote`s, and `Batch`es of closed bars marked `CONTEXT`.

    It goes on by itself through every failure, and says each change of its state once. It never yields order flow.
    """

    def __init__(
        self,
        options: YahooOptions,
        *,
        wall_clock: Callable[[], int] = time.time_ns,
        chance: random.Random | None = None,
    ) -> None:
        """Prepare to ask; nothing is imported or sent before `items` is read.

        Raises:
            ValueError: A schema was asked for that is not one of Yahoo's bars.
        """
        strange = [schema for schema in options.bars if schema not in INTERVAL_OF]
        if strange:
            raise ValueError(f"Yahoo has no {strange[0]}: it can give {', '.join(INTERVAL_OF)}")
        self.prices = YahooPrices(options, wall_clock=wall_clock)
        self._options = options
        self._wall_clock = wall_clock
        self._chance = chance or random.Random()  # noqa: S311 - spreads pauses, guards nothing
        self._instrument = pseudo_instrument(options.symbol, options.tick)
        self._queue: asyncio.Queue[FeedItem | Exception | None] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._handed_on = {schema: HandedOn() for schema in options.bars}
        self._asked: dict[Interval, float] = {}
        self._spread = Spread(None, None, None, 0)
        self._spread_asked: float | None = None
        self._newest: ContextQuote | None = None
        self._said: tuple[FeedState, str] | None = None
        self._trouble: YahooError | None = None
        self._streamed_at: float | None = None

    @property
    def name(self) -> str:
        """What the screen calls it."""
        return f"yahoo {self._options.symbol}"

    async def items(self) -> AsyncGenerator[FeedItem, None]:
        """Yield what comes until closed, first that it connects, last that it is closed."""
        self._say(FeedState.CONNECTING, f"asking Yahoo for {self._options.symbol}")
        self._start(self._keep_asking())
        if self._options.stream:
            self._start(self._keep_listening())
        try:
            while (item := await self._queue.get()) is not None:
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            await self._stop()

    async def close(self) -> None:
        """End it: no socket, task or thread of it remains."""
        await self._stop()
        self._say(FeedState.CLOSED, "closed")
        self._queue.put_nowait(None)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        """Hand a defect on to whoever reads the items."""
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            self._queue.put_nowait(error)

    async def _stop(self) -> None:
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.prices.close()

    def _backoff(self) -> Backoff:
        return Backoff(self._options.first_backoff, self._options.longest_backoff, self._chance)

    def _pause(self, backoff: Backoff, error: YahooError) -> float:
        """Return how many seconds to leave Yahoo alone after a failure."""
        return max(backoff.next(), self._options.rate_limited_seconds if isinstance(error, RateLimited) else 0.0)

    # Asking.

    async def _keep_asking(self) -> None:
        backoff = self._backoff()
        while True:
            pause = self._options.poll_seconds
            try:
                await self._ask()
                self._trouble = None
                backoff.succeed()
            except NotUsable as error:
                self._say(FeedState.CLOSED, str(error))
                self._queue.put_nowait(None)
                return
            except YahooError as error:
                self._trouble = error
                pause = max(pause, self._pause(backoff, error))
                _LOGGER.info("%s: %s; asking again in %.0f s", self.name, error, pause)
                self._tell()
            await asyncio.sleep(pause)

    async def _ask(self) -> None:
        """Ask for the price, and for what else is due; hand on what is new."""
        minutes = await self.prices.candles(Interval.MINUTE, self._reach())
        await self._ask_spread()
        self._asked[Interval.MINUTE] = time.monotonic()
        answers = {Schema.OHLCV_1M: minutes} | await self._ask_longer()
        self._trouble = None
        self._tell()
        now = self._wall_clock()
        self._offer(quote_of_candles(minutes, self._options.symbol, self._spread_now(now), now))
        for batch in self._fresh_bars(answers, now):
            self._queue.put_nowait(batch)

    async def _ask_longer(self) -> dict[Schema, Candles]:
        """Ask for the longer candles that are due; without them there is still a price."""
        answers = {}
        for schema in self._options.bars:
            interval = INTERVAL_OF[schema]
            asked = self._asked.get(interval)
            if interval is Interval.MINUTE or (asked is not None and time.monotonic() - asked < _ASKED_AGAIN[interval]):
                continue
            self._asked[interval] = time.monotonic()
            try:
                answers[schema] = await self.prices.candles(interval)
            except YahooError as error:
                _LOGGER.info("%s: no %s: %s", self.name, schema, error)
        return answers

    def _reach(self) -> str | None:
        """Return how far back minutes are asked for: as far as it goes at first, then today's."""
        asked = self._asked.get(Interval.MINUTE)
        return None if asked is None or time.monotonic() - asked > _LONG_AGO else _TODAY

    async def _ask_spread(self) -> None:
        """Ask for bid, ask and the delay now and then; a price without them is still a price."""
        now = time.monotonic()
        if self._spread_asked is not None and now - self._spread_asked < self._options.quote_seconds:
            return
        self._spread_asked = now
        try:
            _, self._spread = await self.prices.quote()
        except NotUsable:
            raise
        except YahooError as error:
            _LOGGER.info("%s: no bid and ask: %s", self.name, error)

    def _spread_now(self, now: int) -> Spread:
        return self._spread.known_at(now, round(2 * self._options.quote_seconds * _SECOND_NS))

    def _fresh_bars(self, answers: dict[Schema, Candles], now: int) -> Iterator[Batch]:
        for schema, handed_on in self._handed_on.items():
            candles = answers.get(schema)
            records = None if candles is None else handed_on.fresh(candles, now, self._spread.delayed)
            if records is not None:
                yield Batch(schema, records, Provenance.CONTEXT, self._instrument)

    # Listening.

    async def _keep_listening(self) -> None:
        backoff = self._backoff()
        url = stream_url(self._options.base_url)
        while True:
            try:
                library = await self.prices.library()
                await self._listen(library, url, backoff)
                ended = YahooError("the stream ended")
            except NotUsable:
                return  # asking says so
            except YahooError as error:
                ended = error
            pause = self._pause(backoff, ended)
            _LOGGER.info("%s: no stream: %s; again in %.0f s", self.name, ended, pause)
            self._streamed_at = None
            self._tell()
            await asyncio.sleep(pause)

    async def _listen(self, library: object, url: str, backoff: Backoff) -> None:
        options = self._options
        async with aclosing(streamed(library, options.symbol, url, options.request_seconds)) as messages:
            async for message in messages:
                now = self._wall_clock()
                quote = quote_of_message(message, options.symbol, options.tick, self._spread_now(now), now)
                if quote is not None:
                    backoff.succeed()
                    self._streamed_at = time.monotonic()
                    self._tell()
                    self._offer(quote)

    # Telling.

    def _offer(self, quote: ContextQuote | None) -> None:
        """Hand a price on, unless it is older than the newest one or says the same."""
        newest = self._newest
        if quote is None or (newest is not None and quote.at < newest.at):
            return
        if newest is None or replace(quote, fetched=newest.fetched) != newest:
            self._newest = quote
            self._queue.put_nowait(quote)

    def _tell(self) -> None:
        """Say how it stands, where that has changed."""
        streaming = self._streamed_at is not None and time.monotonic() - self._streamed_at < _STREAMING
        if streaming:
            trouble = f"; no candles: {self._trouble}" if self._trouble else ""
            self._say(FeedState.CONTEXT, f"{self._delay_in_words()}, streamed{trouble}")
        elif self._trouble is not None:
            self._say(FeedState.RECONNECTING, str(self._trouble))
        elif self._asked:
            self._say(FeedState.CONTEXT, f"{self._delay_in_words()}, asked every {self._options.poll_seconds:g} s")

    def _delay_in_words(self) -> str:
        delayed = self._spread.delayed
        if delayed is None:
            return "delayed, Yahoo does not say by how much"
        return f"delayed {delayed / 60:g} min, as Yahoo says" if delayed else "not delayed, as Yahoo says"

    def _say(self, state: FeedState, reason: str) -> None:
        if self._said != (state, reason):
            self._said = (state, reason)
            self._queue.put_nowait(FeedChange(state, self.name, reason, self._wall_clock()))
