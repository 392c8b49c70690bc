"""Market by price out of market by order: the records of mbp-10 and mbp-1, as Databento writes them.

What is told when, and where each rule was measured, is in `docs/convert.md`; the plain counterpart that this must equal
is `tests/oracle/by_price.py`.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from engines.book.book import Book, as_orders
from engines.book.by_price_kernel import (
    CHANGE,
    HEAD_WORDS,
    LEVEL_WORDS,
    PROGRESS,
    TOLD_FULL,
    ByPriceArrays,
    process_by_price,
)
from engines.book.layout import DONE
from engines.compiled import alone
from feeds.records import MBO, MBP_1, MBP_10, TRADE, UNDEFINED_PRICE, WORD_BYTES, Records, Schema

LAYOUTS: Final = {Schema.MBP_10: MBP_10, Schema.MBP_1: MBP_1}
_RTYPES: Final = {Schema.MBP_10: 10, Schema.MBP_1: 1}
_DEPTHS: Final = {Schema.MBP_10: 10, Schema.MBP_1: 1}
Places: TypeAlias = npt.NDArray[np.int64]
_ROOM: Final = 512
"""Records told between two hand-overs: enough to make a call cheap, few enough to stay in the processor's cache."""


class Refused(NamedTuple):
    """Records that a book could not apply.

    Attributes:
        off_tick: Their price is no multiple of the tick.
        unknown: Changes of orders never seen, in a book that began whole.
        bad: They make no sense.
    """

    off_tick: int
    unknown: int
    bad: int


class MarketByPrice:
    """Derives one schema by price from MBO records of any number of instruments, each with a book of its own.

    Prices of the output are those of the wire. Orders farther than `layout.REACH` ticks from an instrument's first
    price stand in no level.
    """

    def __init__(self, schema: Schema, tick_of: Callable[[int], int | None]) -> None:
        """Start with empty books.

        Args:
            schema: `MBP_10` or `MBP_1`.
            tick_of: Asked once an instrument id, at its first record: its tick in wire units, or None to leave it out.
        """
        self.schema = schema
        self.left_out: dict[int, int] = {}
        """MBO records of instruments without a tick, by id."""
        self._tick_of = tick_of
        self._instruments: dict[int, _Instrument] = {}

    @property
    def begun_midway(self) -> list[int]:
        """Instruments whose book had no clear or snapshot to begin with, so that older orders are missing in it."""
        return [number for number, each in self._instruments.items() if not each.book.now["anchored"]]

    @property
    def refused(self) -> dict[int, Refused]:
        """Of each instrument whose levels cannot be trusted, what its book could not apply."""
        return {number: what for number, each in self._instruments.items() if any(what := each.refused)}

    def process(self, records: Records) -> Iterator[Records]:
        """Take wire records and yield those told of them, in wire order; each is a view, valid until the next."""
        if not len(records):
            return
        orders = as_orders(records)
        ids = orders["instrument_id"]
        if (ids == ids[0]).all():
            instrument = self._instrument(int(ids[0]), len(orders))
            if instrument is not None:
                for told, _places in instrument.process(orders):
                    yield told
            return
        yield from self._interleaved(orders, ids)

    def _interleaved(self, orders: Records, ids: npt.NDArray[np.uint32]) -> Iterator[Records]:
        """Run each instrument's records through its own book, and put what is told back into the order of the wire."""
        told: list[Records] = []
        places: list[Places] = []
        for wanted in np.unique(ids).tolist():
            where = np.flatnonzero(ids == wanted)
            instrument = self._instrument(wanted, len(where))
            if instrument is None:
                continue
            for piece, numbers in instrument.process(as_orders(orders[where])):
                told.append(piece.copy())
                places.append(where[numbers])
        if told:
            yield np.concatenate(told)[np.argsort(np.concatenate(places), kind="stable")]

    def _instrument(self, instrument_id: int, records: int) -> "_Instrument | None":
        """Return an instrument's derivation, or None where its tick is unknown; then its records are counted."""
        known = self._instruments.get(instrument_id)
        if known is not None:
            return known
        tick = None if instrument_id in self.left_out else self._tick_of(instrument_id)
        if tick is None:
            self.left_out[instrument_id] = self.left_out.get(instrument_id, 0) + records
            return None
        return self._instruments.setdefault(instrument_id, _Instrument(self.schema, instrument_id, tick))


class _Instrument:
    """The derivation of one instrument: its book, what was told of it last, and room for what is told next."""

    def __init__(self, schema: Schema, instrument_id: int, tick: int) -> None:
        layout, level_words = LAYOUTS[schema], LEVEL_WORDS * _DEPTHS[schema]
        self.book = Book(instrument_id, tick)
        self._told: Records = np.zeros(_ROOM, layout)
        self._told["length"], self._told["rtype"] = layout.itemsize // WORD_BYTES, _RTYPES[schema]
        self._out = ByPriceArrays(
            progress=np.zeros(1, PROGRESS),
            changes=np.zeros(2, CHANGE),
            shown=np.zeros(level_words, np.int64),
            heads=np.ndarray(_ROOM, TRADE, self._told, strides=self._told.strides),
            words=self._told.view(np.int64).reshape(_ROOM, HEAD_WORDS + level_words),
            places=np.zeros(_ROOM, np.int64),
        )
        self._out.shown[0::LEVEL_WORDS] = self._out.shown[1::LEVEL_WORDS] = UNDEFINED_PRICE

    @property
    def refused(self) -> Refused:
        """What the book could not apply."""
        now = self.book.now
        unknown = int(now["unknown_changes"]) if now["anchored"] else 0
        return Refused(int(now["off_tick"]), unknown, int(now["bad_records"]))

    def process(self, orders: Records) -> Iterator[tuple[Records, Places]]:
        """Yield (records told, the place in `orders` of the record each comes from), views valid until the next."""
        position, reason = 0, TOLD_FULL
        while reason != DONE:
            position, reason = process_by_price(self.book.arrays, self._out, orders, position)
            if reason not in (DONE, TOLD_FULL):
                self.book.make_room(reason)
                continue
            count = int(self._out.progress["told"][0])
            if count:
                yield self._told[:count], self._out.places[:count]
                self._out.progress["told"] = 0


def load() -> None:
    """Compile the kernel, or load it from the cache, before the first record matters."""
    with alone():
        for _told in MarketByPrice(Schema.MBP_1, lambda _instrument_id: 1).process(np.zeros(1, MBO)):
            pass
