"""An aiohttp server in a thread of its own, so that a client may block, and a child process may connect."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

Result = TypeVar("Result")


class Counterpart:
    """Serves `application` on a free port of 127.0.0.1 while it is entered.

    Attributes:
        url: `http://127.0.0.1:PORT`.
    """

    def __init__(self) -> None:
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=type(self).__name__, daemon=True)
        self._runner: web.AppRunner | None = None

    def application(self) -> web.Application:
        """Return what is served."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        self.on_its_loop(self._open())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.on_its_loop(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def on_its_loop(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run something on the server's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def soon(self, function: Callable[[], Result]) -> Result:
        """Call something in the server's thread and wait for it."""
        done: Future[Result] = Future()
        self._loop.call_soon_threadsafe(lambda: done.set_result(function()))
        return done.result(10)

    async def _open(self) -> None:
        self._runner = web.AppRunner(self.application(), shutdown_timeout=0.05)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _close(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


def cut(request: web.BaseRequest) -> None:
    """Drop the connection without another byte."""
    if request.transport is not None:
        request.transport.abort()


async def hang() -> None:
    """Answer nothing; the server's end is the end of it."""
    await asyncio.sleep(3_600)
