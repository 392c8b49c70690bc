"""What came before a live session, from Databento's history: the cost is said first, and a limit keeps it.

It runs beside the session and never holds it up: whatever goes wrong becomes one remark.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from feeds.databento.history import History, Quote, dollars_in_words
from feeds.instrument import Instrument
from qmo_tui.errors import exit_code_of, one_line
from qmo_tui.log import write_traceback
from qmo_tui.session.earlier_bars import Series, read_earlier_bars

Deliver: TypeAlias = Callable[[Mapping[str, Series]], None]
"""Takes the bars of history, by interval."""
_HINT_SECONDS: Final = 60.0
_LOGGER: Final = logging.getLogger("qmo.history")


class HistoryWarmUp:
    """Fetches the bars before a live session, once for each contract that it follows.

    Attributes:
        hint: A remark that is taken back after a while: with a limit of nothing all of them are, since nobody asked.
    """

    def __init__(
        self,
        history: History,
        *,
        tell: Callable[[str], None],
        wall_clock: Callable[[], int] = time.time_ns,
        hint_seconds: float = _HINT_SECONDS,
    ) -> None:
        """Prepare; nothing is asked before `begin`.

        Args:
            history: Where bars come from; its options hold the limit.
            tell: Hears what is bought, refused or wrong, one line each, on the event loop.
            wall_clock: Nanoseconds UTC: bars up to now are asked for.
            hint_seconds: How long a hint stands.
        """
        self.hint: str | None = None
        self._history = history
        self._tell = tell
        self._wall_clock = wall_clock
        self._hint_seconds = hint_seconds
        self._spent = 0.0
        self._running: asyncio.Task[None] | None = None

    def begin(self, instrument: Instrument, deliver: Deliver) -> None:
        """Fetch the bars of a contract and deliver them; what was under way for another one is given up."""
        self.hint = None
        before = self._running
        if before is not None:
            before.cancel()
        self._running = asyncio.create_task(self._run(instrument, deliver, before))

    async def close(self) -> None:
        """Give up what is under way; returns when nothing of it remains."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self, instrument: Instrument, deliver: Deliver, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.gather(before, return_exceptions=True)
        try:
            await self._warm_up(instrument, deliver)
        except Exception as error:  # noqa: BLE001 - whatever it is, the live session goes on
            self._say(f"no history of {instrument.symbol}: {_in_words(error)}")
        if self.hint is not None:
            await asyncio.sleep(self._hint_seconds)
            self.hint = None

    async def _warm_up(self, instrument: Instrument, deliver: Deliver) -> None:
        plan = await self._history.warm_up(instrument.symbol, self._wall_clock())
        quote = self._agreed(plan.quote, instrument.symbol)
        self._say_all(quote.notes)
        fetched = await self._history.fetch(quote)
        self._say_all(fetched.notes)
        deliver(await asyncio.to_thread(read_earlier_bars, fetched.files, instrument))

    def _agreed(self, quote: Quote, symbol: str) -> Quote:
        """Say what a quote costs; return the part of it that the limit allows: all, or what was bought before."""
        options = self._history.options
        limit = dollars_in_words(options.cost_limit)
        cost = f"{quote.records:,} records for {dollars_in_words(quote.dollars)}"
        if self._spent + quote.dollars > options.cost_limit:
            spent = f", {dollars_in_words(self._spent)} spent" if self._spent else ""
            self._say(
                f"history of {symbol} not bought: {cost}; raise {options.cost_setting} ({limit}{spent}) to allow it"
            )
            return replace(quote, prices=())
        if quote.records:
            schemas = ", ".join(dict.fromkeys(price.request.schema for price in quote.prices))
            self._say(f"history of {symbol} ({schemas}): {cost}, limit {limit}")
        self._spent += quote.dollars
        return quote

    def _say_all(self, texts: Iterable[str]) -> None:
        for text in texts:
            self._say(text)

    def _say(self, text: str) -> None:
        text = one_line(text)
        _LOGGER.info("%s", text)
        if self._history.options.cost_limit > 0:
            self._tell(text)
        else:
            self.hint = text if self.hint is None else f"{self.hint}; {text}"


def _in_words(error: Exception) -> str:
    """Return an expected error's message, of a defect its name and where the log is."""
    if exit_code_of(error) is not None:
        return str(error)
    return f"{type(error).__name__}: {error}; {write_traceback(error)}"
