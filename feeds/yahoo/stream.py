"""Yahoo's streamed prices, on our loop.

`yfinance.AsyncWebSocket` connects, subscribes, says so again every 15 s and decodes. Its own `listen` is not used: once
the server ends the connection in an orderly way it spins without ever giving the loop back, and it takes a cancellation
for a reason to return. Here the messages are an iterator that ends with the connection.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any, Final, TypeAlias

from feeds.yahoo.errors import classified

STREAM_URL: Final = "wss://streamer.finance.yahoo.com/?version=2"
_CLOSING_SECONDS: Final = 1.0
"""How long the server has to answer our goodbye."""

Message: TypeAlias = Mapping[str, Any]
"""A streamed message, as the library decodes it."""


def stream_url(base_url: str | None) -> str:
    """Return the address of the stream, by the same rule as every other address of Yahoo's."""
    if base_url is None:
        return STREAM_URL
    scheme, _, rest = base_url.rstrip("/").partition("://")
    return f"{'wss' if scheme == 'https' else 'ws'}://{rest}/{STREAM_URL.removeprefix('wss://')}"


async def streamed(
    yfinance: Any, symbol: str, url: str, open_seconds: float
) -> AsyncGenerator[Mapping[str, Any], None]:
    """Yield the decoded messages of one connection until the server ends it; one that cannot be read is empty.

    Raises:
        YahooError: It could not be made, or it broke.
    """

    class Stream(yfinance.AsyncWebSocket):  # type: ignore[misc]  # the library is imported when needed
        async def messages(self) -> AsyncIterator[Message]:
            async for raw in self._ws:
                yield self._read(raw)

        def _read(self, raw: str | bytes) -> Message:
            try:
                message: Message = self._decode_message(json.loads(raw).get("message", ""))
            except Exception as error:  # noqa: BLE001 - whatever a broken message makes the decoders trip over
                classified(error, symbol)
                return {}
            return message

        async def end(self) -> None:
            if self._ws is not None:
                self._ws.close_timeout = _CLOSING_SECONDS
            beat = self._heartbeat_task
            await self.close()
            if beat is not None:
                await asyncio.gather(beat, return_exceptions=True)

    stream = Stream(url, verbose=False)
    try:
        async with asyncio.timeout(open_seconds):
            await stream.subscribe([symbol])
        async for message in stream.messages():
            yield message
    except Exception as error:
        raise classified(error, symbol) from error
    finally:
        with contextlib.suppress(Exception):  # what a broken connection says at its end is of no use
            await stream.end()
