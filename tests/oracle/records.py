"""MBO records as plain rows: what every part of the oracle reads."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

UNDEFINED_PRICE: Final = 2**63 - 1
UNDEFINED_TIME: Final = 2**64 - 1
SECOND: Final = 1_000_000_000

LAST: Final = 128
TOP_OF_BOOK: Final = 64
SNAPSHOT: Final = 32
MARKET_BY_PRICE: Final = 16
MAYBE_BAD_BOOK: Final = 4

BID: Final = "B"
ASK: Final = "A"
SIDES: Final = (BID, ASK)


@dataclass(slots=True)
class Row:
    """One MBO record; `index` is its place in the stream, `action` and `side` are one character."""

    index: int
    instrument_id: int
    ts_event: int
    ts_recv: int
    order_id: int
    price: int
    size: int
    flags: int
    action: str
    side: str

    @property
    def closes_event(self) -> bool:
        """Whether this is the last record of its matching event."""
        return bool(self.flags & LAST)

    @property
    def is_snapshot(self) -> bool:
        """Whether this record repeats a resting order instead of reporting news."""
        return bool(self.flags & SNAPSHOT)


def _characters(column: npt.NDArray[Any]) -> list[str]:
    """Read a column of one-byte characters, stored as numbers or as bytes."""
    return [chr(code) for code in np.ascontiguousarray(column).view(np.uint8).tolist()]


def rows(array: npt.NDArray[np.void], first_index: int = 0) -> list[Row]:
    """Turn a structured array of MBO records (this project's dtype or Databento's) into rows."""
    numbers = ("instrument_id", "ts_event", "ts_recv", "order_id", "price", "size", "flags")
    columns = [array[name].tolist() for name in numbers]
    indices = range(first_index, first_index + len(array))
    return [
        Row(*fields)
        for fields in zip(indices, *columns, _characters(array["action"]), _characters(array["side"]), strict=True)
    ]
