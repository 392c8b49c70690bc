"""The newest records behind one zone, as words: hundreds of zones keep them for whoever opens one of them."""

from array import array
from typing import Final

from engines.view import ZoneRecord

RECORDS_KEPT: Final = 64
"""Records kept behind each zone; one that is opened tells how many there were in all."""
_CALLED: Final = (
    "filled",
    "refreshed",
    "executed",
    "cancelled",
    "expired",
    "consumed",
    "re-posted",
    "traded",
    "touched",
)
"""What a record can be called."""
_CODES: Final = {what: code for code, what in enumerate(_CALLED)}
_WORDS: Final = len(ZoneRecord.__struct_fields__)
_KEPT_WORDS: Final = RECORDS_KEPT * _WORDS
_SIGN: Final = 1 << 63
_ALL: Final = (1 << 64) - 1


class NewestRecords:
    """Takes records, oldest first.

    Attributes:
        count: How many there were.
    """

    __slots__ = ("_words", "count")

    def __init__(self) -> None:
        """Start without any."""
        self.count = 0
        self._words = array("q")

    def add(self, record: ZoneRecord) -> None:
        """Take one more; those that are not kept go many at a time."""
        order_id = record.order_id or 0
        self._words.extend(
            (
                record.index,
                record.ts,
                _CODES[record.what],
                record.tick,
                record.size,
                order_id if order_id < _SIGN else order_id - _ALL - 1,
            )
        )
        self.count += 1
        if len(self._words) >= 2 * _KEPT_WORDS:
            del self._words[:-_KEPT_WORDS]

    def all(self) -> tuple[ZoneRecord, ...]:
        """Return those that are kept, oldest first."""
        words = iter(self._words[-_KEPT_WORDS:])
        return tuple(
            ZoneRecord(index, ts, _CALLED[code], tick, size, order_id & _ALL or None)
            for index, ts, code, tick, size, order_id in zip(*[words] * _WORDS, strict=True)
        )
