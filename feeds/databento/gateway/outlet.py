"""The way out to one client: text first, then one DBN stream, compressed or not; and the two ways it ends."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Final

import zstandard

from feeds.databento.gateway.faults import End

_SLOW_STEP_SECONDS: Final = 0.05
_LEVEL: Final = 1


class Outlet:
    """Writes to a client and waits until it reads.

    Attributes:
        bytes_per_second: Most bytes sent a second; None is as fast as the client reads.
        last_sent: Clock time of the newest write, seconds.
        bytes_sent: Bytes handed to the connection.
    """

    def __init__(self, writer: asyncio.StreamWriter, clock: Callable[[], float]) -> None:
        self.bytes_per_second: int | None = None
        self.last_sent = clock()
        self.bytes_sent = 0
        self._writer = writer
        self._clock = clock
        self._zstd: zstandard.ZstdCompressionObj | None = None

    def compress(self) -> None:
        """Send everything from here on as one zstd stream."""
        self._zstd = zstandard.ZstdCompressor(level=_LEVEL).compressobj()

    async def send(self, data: bytes | memoryview) -> None:
        """Send bytes; return when the client has taken nearly all of them.

        A compressed block is ended by each call, or the client would see nothing until a frame has filled.

        Raises:
            ConnectionError: The client has gone.
        """
        if self._zstd is not None:
            data = self._zstd.compress(data) + self._zstd.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
        self.last_sent = self._clock()
        self.bytes_sent += len(data)
        if self.bytes_per_second is None:
            self._writer.write(data)
            await self._writer.drain()
            return
        step = max(1, round(self.bytes_per_second * _SLOW_STEP_SECONDS))
        for start in range(0, len(data), step):
            part = data[start : start + step]
            self._writer.write(part)
            await self._writer.drain()
            self.last_sent = self._clock()
            await asyncio.sleep(len(part) / self.bytes_per_second)

    async def finish(self, how: End) -> None:
        """End the connection. A reset needs the linger time set: closing a socket alone sends the end in order."""
        if how is End.RST:
            connection = self._writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._writer.transport.abort()
            return
        self._writer.close()
        await self._writer.wait_closed()
