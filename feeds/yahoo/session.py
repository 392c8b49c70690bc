"""The HTTP session that `yfinance` is given: each request bounded, all of them able to end at once, or sent elsewhere.

`yfinance` blocks, follows up failures with requests of its own (cookie, crumb, consent), each with a timeout of half a
minute, and has no way to be stopped. So it gets a session that it believes to be its own: `request` hands each request
to the event loop, where it can be cancelled, and waits for it in the thread of the asking.

Yahoo's addresses are written into many places of the library. An address that stands in for them is therefore put in
here, where every request passes: `https://HOST/PATH` becomes `BASE/HOST/PATH`, over plain HTTP if the base says so.
"""

import asyncio
import time
from importlib import import_module
from typing import Any, Final
from urllib.parse import urlsplit

_BROWSER: Final = "chrome"
"""Whose handshake is imitated, as `yfinance` does by itself: Yahoo refuses clients that look like programs."""
_GRACE_SECONDS: Final = 1.0
"""How much longer the loop waits than the HTTP client was told to."""


class SessionEnded(Exception):  # noqa: N818 - it says what happened
    """A request was made, or was under way, when the session ended."""


def placed(url: str, base_url: str | None) -> str:
    """Return where a request to one of Yahoo's addresses really goes."""
    if base_url is None:
        return url
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{base_url.rstrip('/')}/{parts.netloc}{parts.path}{query}"


def open_session(base_url: str | None, request_seconds: float, loop: asyncio.AbstractEventLoop) -> Any:
    """Return a session for `yfinance`, a kind of `curl_cffi.requests.Session`, for other threads than the loop's.

    `allow(seconds)` begins an asking, `status` is that of its newest answer. Called in the loop, `end()` cuts
    everything short and `await closed()` frees what is left.
    """
    requests: Any = import_module("curl_cffi.requests")

    class Session(requests.Session):  # type: ignore[misc]  # the HTTP client is imported when needed
        def __init__(self) -> None:
            super().__init__(impersonate=_BROWSER)
            self._requests = requests.AsyncSession(impersonate=_BROWSER, cookies=self.cookies.jar, loop=loop)
            self._until = 0.0
            self._ended = False
            self._under_way: asyncio.Task[Any] | None = None
            self.status: int | None = None

        def allow(self, seconds: float) -> None:
            self.status = None
            self._until = time.monotonic() + seconds

        def request(self, method: str, url: str, **details: Any) -> Any:
            left = min(request_seconds, self._until - time.monotonic())
            if left <= 0:
                raise TimeoutError("the time for this asking is over")
            details["timeout"] = left
            self.status = None
            question = self._answer(method, placed(url, base_url), left, details)
            answer = asyncio.run_coroutine_threadsafe(question, loop).result()
            self.status = answer.status_code
            return answer

        async def _answer(self, method: str, url: str, seconds: float, details: dict[str, Any]) -> Any:
            if self._ended:
                raise SessionEnded
            # Noted in the loop, where `end` is called: the thread may not have been handed its future yet.
            self._under_way = asyncio.current_task()
            async with asyncio.timeout(seconds + _GRACE_SECONDS):
                return await self._requests.request(method, url, **details)

        def end(self) -> None:
            self._ended = True
            if self._under_way is not None:
                self._under_way.cancel()

        async def closed(self) -> None:
            await self._requests.close()
            self.close()

    return Session()
