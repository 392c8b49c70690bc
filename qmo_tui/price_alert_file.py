"""The price alerts that outlive a session: prices by contract, in one small file of the state folder.

A contract is told with where its market comes from (`live GCZ6`, `demo GCZ6`): a price of a simulated gold is no price
of gold. Two programs may share the file: each changes what stands in it then, one at a time, so that both are kept.
"""

import errno
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import msgspec

from qmo_tui.broken_file import keep_aside
from qmo_tui.writer_lock import WriterLock

_MOST_CONTRACTS: Final = 50
"""Contracts kept; beyond, the one that was changed longest ago goes."""
_PATIENCE_SECONDS: Final = 0.1
"""How long another program, which needs a millisecond, is waited for."""


class PriceAlertFile:
    """Reads and changes the kept price alerts."""

    def __init__(self, path: Path) -> None:
        """Use a file; nothing is opened yet."""
        self._path = path
        self._lock = WriterLock(path)

    def read(self, contract: str) -> list[float]:
        """Return the prices of a contract, the lowest first.

        Raises:
            OSError: The file is there and cannot be read.
        """
        return sorted(self._all().get(contract, []))

    def change(self, contract: str, change: Callable[[list[float]], Iterable[float]]) -> list[float]:
        """Keep what `change` makes of the prices of a contract as they stand now; return it, the lowest first.

        Raises:
            OSError: It cannot be kept.
        """
        if not self._path.parent.exists():
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._lock.take(_PATIENCE_SECONDS):
            raise BlockingIOError(errno.EWOULDBLOCK, "another qmo is changing them")
        try:
            every = self._all()
            prices = sorted(change(every.pop(contract, [])))
            if prices:
                every[contract] = prices
            self._write(every)
        finally:
            self._lock.release()
        return prices

    def _write(self, every: dict[str, list[float]]) -> None:
        newest = dict(list(every.items())[-_MOST_CONTRACTS:])
        beside = self._path.with_name(f"{self._path.name}.partial")
        beside.write_bytes(msgspec.json.format(msgspec.json.encode(newest)) + b"\n")
        beside.replace(self._path)

    def _all(self) -> dict[str, list[float]]:
        try:
            written = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        try:
            return msgspec.json.decode(written, type=dict[str, list[float]])
        except msgspec.DecodeError:
            keep_aside(self._path)
            return {}
