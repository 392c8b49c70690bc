"""The price alerts that outlive a session: prices by contract, in one small file of the state folder.

A contract is told with where its market comes from (`live GCZ6`, `demo GCZ6`): a price of a simulated gold is no price
of gold. Two programs may share the file; each reads it anew before it changes something.
"""

from pathlib import Path
from typing import Final

import msgspec

from qmo_tui.broken_file import keep_aside

_MOST_CONTRACTS: Final = 50
"""Contracts kept; beyond, the one that was changed longest ago goes."""


class PriceAlertFile:
    """Reads and changes the kept price alerts."""

    def __init__(self, path: Path) -> None:
        """Use a file; nothing is opened yet."""
        self._path = path

    def read(self, contract: str) -> list[float]:
        """Return the prices of a contract, the lowest first.

        Raises:
            OSError: The file is there and cannot be read.
        """
        return sorted(self._all().get(contract, []))

    def write(self, contract: str, prices: list[float]) -> None:
        """Keep these prices of a contract in place of those before.

        Raises:
            OSError: They cannot be kept.
        """
        every = self._all()
        every.pop(contract, None)
        if prices:
            every[contract] = sorted(prices)
        newest = dict(list(every.items())[-_MOST_CONTRACTS:])
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
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
