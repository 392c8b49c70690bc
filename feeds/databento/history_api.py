"""Databento's Historical API through its own client, which is imported when first asked.

The client's free questions block: each has a time limit, and a thread that does not keep the program from ending. The
download is asynchronous, streams to disk, may take as long as it moves, and can be cancelled.
"""

import asyncio
import base64
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from feeds.databento.history_errors import BrokenAnswer, Busy, classified
from feeds.databento.key import ApiKey, without_keys
from feeds.databento.pace import Backoff
from feeds.errors import CannotConnect

Answer = TypeVar("Answer")

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_SERVER: Final = "Databento's history"


@dataclass(frozen=True, slots=True)
class ApiOptions:
    """Where the Historical API is, and how long it is waited for.

    Attributes:
        base_url: Address that stands in for Databento's, or None; `http` is for this machine only.
        answer_seconds: Longest wait for the answer to a free question, and for the first byte of data.
        stall_seconds: Longest pause within a download.
        attempts: How often a request is made while Databento is busy (429, 5xx), the first included.
        first_backoff: Bound of the wait after the first such answer, seconds; it doubles with each further one.
        longest_backoff: What that bound grows to, seconds; also the longest wait that the server can ask for.
    """

    base_url: str | None = None
    answer_seconds: float = 20.0
    stall_seconds: float = 60.0
    attempts: int = 4
    first_backoff: float = 1.0
    longest_backoff: float = 30.0

    def __post_init__(self) -> None:
        if self.base_url is None:
            return
        parts = urlsplit(self.base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{self.base_url!r} is not an address such as https://hist.databento.com")
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise ValueError(f"{self.base_url!r} would send the API key unencrypted to another machine: use https")


class HistoryApi:
    """The calls of the Historical API that are needed here, with retries, and errors that are ours."""

    def __init__(self, options: ApiOptions, key: ApiKey, backoff: Callable[[], Backoff]) -> None:
        """Prepare to ask; `backoff` makes the waits of one request."""
        self._options = options
        self._key = key
        self._backoff = backoff
        self._client: Any = None

    async def ask(self, question: Callable[[Any], Answer]) -> Answer:
        """Return what a function gets from a `databento.Historical`; it must ask nothing that costs money.

        Raises:
            SourceError: There is no answer, for the reason it says.
        """
        client = await self._made()
        answer: Answer = await self._retried(lambda: _in_daemon_thread(lambda: question(client)))
        return answer

    async def download(self, path: Path, request: dict[str, Any]) -> None:
        """Stream the data of a request to a new file; this costs money. What began to come is not asked for again.

        Raises:
            SourceError: It failed, for the reason it says; the file may be there, in part.
        """
        client = await self._made()
        store = await self._retried(lambda: client.timeseries.get_range_async(path=path, **request))
        store.reader.close()

    async def _made(self) -> Any:
        if self._client is None:
            self._client = await self._retried(lambda: _in_daemon_thread(self._make))
        return self._client

    def _make(self) -> Any:
        """Return a client at the right address; the SDK turns every address into https, so that is put back here."""
        databento: Any = import_module("databento")
        aiohttp: Any = import_module("aiohttp")
        address = self._options.base_url
        if address is None:
            client = databento.Historical(self._key.reveal())
        else:
            client = databento.Historical(self._key.reveal(), gateway=address.rstrip("/"))
        for part in (client.metadata, client.symbology, client.timeseries):
            part.TIMEOUT = self._options.answer_seconds
            if address is not None and address.startswith("http:"):
                part._base_url = part._base_url.replace("https://", "http://", 1)
        client.timeseries.TIMEOUT = aiohttp.ClientTimeout(
            total=None, sock_connect=self._options.answer_seconds, sock_read=self._options.stall_seconds
        )
        return client

    async def _retried(self, attempt: Callable[[], Any]) -> Any:
        """Await an attempt, again while Databento is busy, as often as was allowed."""
        waits = self._backoff()
        for left in reversed(range(self._options.attempts)):
            try:
                return await attempt()
            except Exception as error:  # noqa: BLE001 - a broken answer makes the client trip over anything
                problem = classified(error, self._without_key(str(error)), _SERVER)
            if not isinstance(problem, Busy):
                raise problem  # here, where it keeps nothing of what it came from: that may repeat the key
            if left:
                await asyncio.sleep(max(waits.next(), min(problem.wait, self._options.longest_backoff)))
        raise CannotConnect(f"{problem}, {self._options.attempts} times in a row: try again later")

    def _without_key(self, text: str) -> str:
        """Return a text on one line, without the key in the forms in which it is sent."""
        key = self._key.reveal()
        for secret in (base64.b64encode(f"{key}:".encode()).decode(), key):
            text = text.replace(secret, "***")
        return without_keys(" ".join(text.split()))


def number(answer: object, what: str) -> float:
    """Return an answer that must be a number.

    Raises:
        BrokenAnswer: It is none, or below zero.
    """
    if isinstance(answer, bool) or not isinstance(answer, int | float) or not 0 <= answer < float("inf"):
        raise BrokenAnswer(f"{_SERVER} answers with no {what}")
    return answer


async def _in_daemon_thread(function: Callable[[], Answer]) -> Answer:
    """Await a blocking call; given up, it ends by its own time limit, or with the program."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Answer] = loop.create_future()

    def work() -> None:
        result: Answer | None = None
        failure: Exception | None = None
        try:
            result = function()
        except Exception as error:  # noqa: BLE001 - handed on to whoever waits
            failure = error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any longer
            loop.call_soon_threadsafe(_settle, done, result, failure)

    threading.Thread(target=work, name="history", daemon=True).start()
    return await done


def _settle(done: "asyncio.Future[Any]", result: object, failure: Exception | None) -> None:
    if done.done():
        return
    if failure is None:
        done.set_result(result)
    else:
        done.set_exception(failure)
