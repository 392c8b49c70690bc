"""One question to `yfinance` at a time, in a thread of its own, bounded, and cut short when it is closed."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeVar

from feeds.yahoo.errors import Closed, NotUsable, YahooError, classified
from feeds.yahoo.options import YahooOptions
from feeds.yahoo.session import SessionEnded, open_session

Answer = TypeVar("Answer")

_cache_folders: Final[list[Path]] = []
"""Where the library's caches are in this process, once they are anywhere: it opens them once and cannot move them."""


def load_library(cache_folder: Path) -> Any:
    """Return the module `yfinance`, imported and set up: its errors raised, its caches in our folder, its log silent.

    Blocks for a second or two the first time.

    Raises:
        NotUsable: It is not installed, or does not load.
    """
    try:
        yfinance: Any = import_module("yfinance")
    except ImportError as error:
        raise NotUsable(f"Yahoo needs the package yfinance, which does not load here: {error}") from error
    logging.getLogger("yfinance").addHandler(logging.NullHandler())  # else its warnings reach a bare terminal
    yfinance.config.debug.hide_exceptions = False
    if not _cache_folders:
        yfinance.set_tz_cache_location(str(cache_folder))
        _cache_folders.append(cache_folder)
    return yfinance


class Asking:
    """The one thread in which `yfinance` works; whoever asks waits for whoever asked before."""

    def __init__(self, options: YahooOptions) -> None:
        self._options = options
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="yahoo")
        self._session: Any = None
        self._closed = False

    async def library(self) -> Any:
        """Return the module `yfinance`, imported without holding up the loop.

        Raises:
            NotUsable: It is not installed, or does not load.
        """
        async with self._turn:
            return await self._in_thread(self._load)

    async def ask(self, question: Callable[[Any], Answer]) -> Answer:
        """Return what a function makes of a `yfinance.Ticker` of the symbol, which it may use in its thread only.

        Raises:
            YahooError: There is no answer, for the reason it says.
        """
        async with self._turn:
            await self._in_thread(self._load)
            if self._session is None:
                options = self._options
                loop = asyncio.get_running_loop()
                self._session = open_session(options.base_url, options.request_seconds, loop)
            return await self._in_thread(self._answer, question)

    async def close(self) -> None:
        """End the question under way, the thread and every connection."""
        self._closed = True
        if self._session is not None:
            self._session.end()
        async with self._turn:
            await self._end_session()
            await asyncio.to_thread(self._thread.shutdown)  # it may yet need the loop to come to an end

    async def _in_thread(self, function: Callable[..., Answer], *arguments: Any) -> Answer:
        """Run a function in the thread; the turn is kept until it has ended, even if nobody waits for it any longer.

        Raises:
            Closed: It was closed before.
        """
        if self._closed:
            raise Closed("closed")
        work = asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            if self._session is not None:
                self._session.end()
            with contextlib.suppress(YahooError, asyncio.CancelledError):
                await work
            await self._end_session()
            raise

    async def _end_session(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.end()
            await session.closed()

    def _load(self) -> Any:
        return load_library(self._options.cache_folder)

    def _answer(self, question: Callable[[Any], Answer]) -> Answer:
        yfinance = self._load()
        self._session.allow(self._options.ask_seconds)
        try:
            return question(yfinance.Ticker(self._options.symbol, session=self._session))
        except (CancelledError, SessionEnded) as error:
            raise Closed("closed") from error
        except Exception as error:
            raise classified(error, self._options.symbol, self._session.status) from error
