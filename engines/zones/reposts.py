"""Re-posted orders of one instrument: owns the arrays of the pass, and grows them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from engines.book.book import as_orders
from engines.book.layout import HIDDEN, HIDDEN_EXECUTED, NO_ORDER, RecordArray
from engines.zones import reposts_kernel
from engines.zones.reposts_layout import (
    CHAIN,
    CLIP,
    DONE,
    GROW_CLIPS,
    GROW_TRANCHES,
    LEAST_SIZES,
    PASS,
    REPOST,
    ROWS_FULL,
    TALLY,
    TRANCHE,
    RepostArrays,
)

_FIRST_CLIPS: Final = 2_048
_FIRST_TRANCHES: Final = 2_048
_FIRST_CHAINS: Final = 512
_FIRST_ROWS: Final = 1_024
_AGGRESSORS: Final = 1_024
"""Aggressors of one matching event that are told from passive orders, as many as the book itself tells."""


@dataclass(frozen=True, slots=True)
class SyntheticSettings:
    """When re-posted orders count as a broker's iceberg.

    Attributes:
        window: Nanoseconds after an order was consumed within which its re-post comes, below half a second.
        reposts: Re-posts from which on a chain counts, at least 1.
        pause: Nanoseconds within which a chain that ended goes on, where the next of its size at its place begins.
        least: Estimated precision from which on one is said, 0 to 1.
    """

    window: int = 3_000_000
    reposts: int = 2
    pause: int = 30_000_000_000
    least: float = 0.5


class Reposts:
    """Follows the re-posted orders of one instrument through its MBO records.

    Attributes:
        now: The pass's scalars, a `reposts_layout.PASS` record.
        tallies: TALLY rows, one a class of sizes.
    """

    def __init__(self, instrument_id: int, tick: int, settings: SyntheticSettings) -> None:
        """Start before the first record; `tick` is the smallest price step in wire units of 1e-9."""
        self._arrays = _first_arrays(instrument_id, tick, settings)
        self._unheard = np.zeros(0, HIDDEN)

    @property
    def now(self) -> Any:
        """The pass's scalars."""
        return self._arrays.now[0]

    @property
    def tallies(self) -> RecordArray:
        """What each class of sizes shows of chance."""
        return self._arrays.tallies

    def begin(self, clock: int) -> None:
        """Go on from a time (ns) that a lesser book has reached."""
        self._arrays.now["clock"] = clock

    def process(self, records: RecordArray, first: int, hiddens: RecordArray) -> Iterator[RecordArray]:
        """Take records of whole matching events, the first of which has a number in the stream; yield REPOST rows.

        `hiddens` are the HIDDEN rows that the book handed on of the same records. Rows are views, valid until the next.
        """
        records = as_orders(records)
        executed = hiddens[hiddens["what"] == HIDDEN_EXECUTED]
        natives = np.concatenate([self._unheard, executed]) if len(self._unheard) else executed
        position, reason = 0, ROWS_FULL
        now = self._arrays.now
        now["heard"] = 0
        while reason != DONE:
            position, reason = reposts_kernel.follow(self._arrays, records, position, first, natives)
            rows = int(now["rows"][0])
            if rows:
                yield self._arrays.rows[:rows]
                now["rows"] = 0
            elif reason == ROWS_FULL:
                self._arrays = self._arrays._replace(rows=np.zeros(2 * len(self._arrays.rows), REPOST))
            if reason not in (DONE, ROWS_FULL):
                self.make_room(reason)
        self._unheard = natives[int(now["heard"][0]) :].copy()

    def make_room(self, reason: int) -> None:
        """Grow what the pass asked for: GROW_CLIPS, GROW_TRANCHES, or chains."""
        if reason == GROW_CLIPS:
            self._grow_clips()
        elif reason == GROW_TRANCHES:
            self._grow_tranches()
        else:
            self._grow_chains()

    def _grow_clips(self) -> None:
        old = self._arrays
        orders = _doubled(old.orders)
        _free_slots(orders, old.now, "free_clip", len(old.orders))
        self._arrays = old._replace(orders=orders, table=np.zeros(2 * len(orders), np.uint64))
        reposts_kernel.enter_clips(self._arrays)

    def _grow_tranches(self) -> None:
        """Double the rings; each tranche and probe keeps its number."""
        old = self._arrays
        length, now = len(old.tranches), old.now[0]
        tranches, probes = np.zeros(2 * length, TRANCHE), np.zeros(2 * length, np.int64)
        numbers = np.arange(int(now["first"]), int(now["tail"]))
        tranches[numbers % (2 * length)] = old.tranches[numbers % length]
        numbers = np.arange(int(now["far_first"]), int(now["far_tail"]))
        probes[numbers % (2 * length)] = old.probes[numbers % length]
        self._arrays = old._replace(tranches=tranches, probes=probes)

    def _grow_chains(self) -> None:
        old = self._arrays
        chains = _doubled(old.chains)
        _free_slots(chains, old.now, "free_chain", len(old.chains))
        self._arrays = old._replace(chains=chains)


def _first_arrays(instrument_id: int, tick: int, settings: SyntheticSettings) -> RepostArrays:
    now = np.zeros(1, PASS)
    now["instrument_id"] = instrument_id
    now["tick_size"] = tick
    now["window"] = settings.window
    now["least_reposts"] = settings.reposts
    now["least_estimate"] = settings.least
    orders, chains = np.zeros(_FIRST_CLIPS, CLIP), np.zeros(_FIRST_CHAINS, CHAIN)
    _free_slots(orders, now, "free_clip", 0)
    _free_slots(chains, now, "free_chain", 0)
    return RepostArrays(
        table=np.zeros(2 * _FIRST_CLIPS, np.uint64),
        orders=orders,
        tranches=np.zeros(_FIRST_TRANCHES, TRANCHE),
        probes=np.zeros(_FIRST_TRANCHES, np.int64),
        chains=chains,
        tallies=np.zeros(len(LEAST_SIZES), TALLY),
        aggressors=np.zeros(_AGGRESSORS, np.uint64),
        now=now,
        rows=np.zeros(_FIRST_ROWS, REPOST),
    )


def _doubled(rows: RecordArray) -> RecordArray:
    more = np.zeros(2 * len(rows), rows.dtype)
    more[: len(rows)] = rows
    return more


def _free_slots(rows: RecordArray, now: RecordArray, head: str, first: int) -> None:
    """Chain the rows from `first` on in front of the free list named `head`."""
    rows["next"][first:] = np.arange(first + 1, len(rows) + 1)
    rows["next"][-1] = int(now[head][0]) if first else NO_ORDER
    now[head] = first
