"""The SDK's own protocol of a live session, with its bytes taken before it makes an object of every record.

Importing this imports the SDK, which costs half a second and a hundred megabytes: only a live connection does.

`_process_dbn` is the one place of the SDK where received bytes can be had; it is private, though unchanged for years. A
version that no longer calls it calls the public `received_metadata` and `received_record` instead, which then lead to
the same place: slower, and otherwise the same.
"""

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from databento.live.protocol import DatabentoLiveProtocol
from databento_dbn import Compression

from feeds.databento.key import ApiKey, without_keys

if TYPE_CHECKING:
    from databento_dbn import DBNRecord, Metadata


def _without_keys(record: logging.LogRecord) -> bool:
    """Take keys out of a line of the SDK's log: a gateway's answer may repeat what it was sent."""
    record.msg, record.args = without_keys(record.getMessage()), ()
    return True


logging.getLogger("databento").setLevel(logging.INFO)  # below, it writes the answer to the challenge and every read
for _name in ("databento.live.protocol", "databento.live.gateway"):
    logging.getLogger(_name).addFilter(_without_keys)


class Receiver(Protocol):
    """Where a session's bytes go."""

    def received(self, data: bytes) -> None:
        """Take bytes as they came over the line."""

    def decoded(self, data: bytes) -> None:
        """Take plain bytes that the SDK has decompressed."""

    def lost(self, error: Exception | None) -> None:
        """Hear that the connection is gone: in order (None), or why not."""


class GatewayProtocol(DatabentoLiveProtocol):  # type: ignore[misc]  # whose types mypy does not look at
    """One session's protocol; made inside a running event loop, whose futures it creates.

    Attributes:
        misunderstood: Whether what came before the authentication was not a gateway's.
    """

    def __init__(self, receiver: Receiver, key: ApiKey, *, dataset: str, heartbeat_seconds: int, zstd: bool) -> None:
        super().__init__(
            api_key=key.reveal(),
            dataset=dataset,
            heartbeat_interval_s=heartbeat_seconds,
            slow_reader_behavior="warn",
            compression=Compression.ZSTD if zstd else Compression.NONE,
        )
        self._receiver = receiver
        self._single: list[bytes] = []
        self.misunderstood = False
        for future in (self.authenticated, self.disconnected):
            future.add_done_callback(_retrieve)

    def buffer_updated(self, nbytes: int) -> None:
        """Take what was read; the SDK has closed the connection over a greeting that it cannot read."""
        try:
            super().buffer_updated(nbytes)
        except ValueError:
            if self.authenticated.done():
                raise
            self.misunderstood = True

    def _process_dbn(self, data: bytes) -> None:
        self._receiver.received(data)

    def received_metadata(self, metadata: "Metadata") -> None:
        """Take the header from an SDK that has read it itself."""
        self._receiver.decoded(bytes(metadata.encode()))

    def received_record(self, record: "DBNRecord") -> None:
        """Take a record from an SDK that has read it itself; those of one read go on together."""
        if not self._single:
            asyncio.get_running_loop().call_soon(self._hand_on)
        self._single.append(bytes(record))

    def connection_lost(self, exc: Exception | None) -> None:
        """Hear of the end, after everything that was received."""
        self._hand_on()
        super().connection_lost(exc)
        self._receiver.lost(exc)

    def _hand_on(self) -> None:
        if self._single:
            records, self._single = self._single, []
            self._receiver.decoded(b"".join(records))


def _retrieve(future: "asyncio.Future[object]") -> None:
    """Look at an outcome, so that the event loop does not complain that nobody did."""
    if not future.cancelled():
        future.exception()
