"""Stretches of the timeline as the bytes of the wire: chosen by subscription, shifted in time, with their send times.

One schema without a shift goes out as the bytes that stand in memory. Several are laid together in 8-byte words, of
which every record is a whole number, so no record is touched by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from feeds.databento.gateway.tape import Places, Strip, Tape
from feeds.records import TS_OUT_BYTES, WORD_BYTES, Records, Schema

_WORD: Final = 8
_BY_CAPTURE_TIME: Final = frozenset({Schema.BBO_1S, Schema.BBO_1M, Schema.CBBO_1S, Schema.CBBO_1M})
"""Schemas whose replay begins by `ts_recv`; that of others by `ts_event`."""

Words: TypeAlias = npt.NDArray[np.uint64]
Mask: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Some instruments' records of a schema; `ids` None takes all, `since` (ns) those from a time on."""

    ids: frozenset[int] | None = None
    since: int = 0


@dataclass(frozen=True, slots=True)
class Dress:
    """How records leave: `shift` (ns) is added to their times, `ts_out` appends the send time."""

    shift: int = 0
    ts_out: bool = False

    def words(self, records: Records, sent: npt.NDArray[np.int64] | int) -> Words:
        """Return records as rows of 8-byte words; `sent` is when they leave, in the market's time (ns)."""
        if self.shift:
            records = _shifted(records, self.shift)
        rows: Words = records.view(np.uint64).reshape(len(records), -1)
        if not self.ts_out:
            return rows
        wider = np.empty((len(rows), rows.shape[1] + 1), np.uint64)
        wider[:, :-1] = rows
        wider[:, -1] = sent + np.int64(self.shift)
        wider.view(np.uint8)[:, 0] += TS_OUT_BYTES // WORD_BYTES
        return wider


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole records, ready to be sent.

    Attributes:
        data: Their bytes.
        places: Where each stands in the timeline.
        width: Bytes of each record, where all are alike.
        ends: Where each record ends in `data`, where they are not.
    """

    data: memoryview = field(default_factory=lambda: memoryview(b""))
    places: Places = field(default_factory=lambda: np.zeros(0, np.int64))
    width: int = 0
    ends: npt.NDArray[np.int64] | None = None

    def __len__(self) -> int:
        """Count the records."""
        return len(self.places)

    def split(self, count: int) -> "tuple[Piece, Piece]":
        """Return the first `count` records and the others."""
        end = self._end(count)
        return (
            Piece(self.data[:end], self.places[:count], self.width, None if self.ends is None else self.ends[:count]),
            Piece(
                self.data[end:],
                self.places[count:],
                self.width,
                None if self.ends is None else self.ends[count:] - end,
            ),
        )

    def records(self) -> list[bytes]:
        """Return the bytes of each record."""
        ends = [self._end(count) for count in range(len(self) + 1)]
        return [bytes(self.data[first:last]) for first, last in pairwise(ends)]

    def _end(self, count: int) -> int:
        if self.ends is None:
            return count * self.width
        return int(self.ends[count - 1]) if count else 0


def piece_of(rows: Sequence[tuple[Words, Places]]) -> Piece:
    """Return rows of several schemas as one piece, in the order of their places."""
    if not rows:
        return Piece()
    if len(rows) == 1:
        words, places = rows[0]
        return Piece(np.ascontiguousarray(words).reshape(-1).view(np.uint8).data, places, words.shape[1] * _WORD)
    places = np.concatenate([own for _, own in rows])
    widths = np.concatenate([np.full(len(own), words.shape[1]) for words, own in rows])
    order = np.argsort(places, kind="stable")
    ends = np.cumsum(widths[order])
    begins = np.empty_like(ends)
    begins[order] = ends - widths[order]
    together = np.empty(int(ends[-1]), np.uint64)
    first = 0
    for words, own in rows:
        here = begins[first : first + len(own)]
        together[here[:, None] + np.arange(words.shape[1])] = words
        first += len(own)
    return Piece(together.view(np.uint8).data, places[order], ends=ends * _WORD)


def stretch(
    tape: Tape,
    wanted: Mapping[Schema, Sequence[Wanted]],
    start: int,
    stop: int,
    *,
    dress: Dress,
    moment: int | None = None,
) -> Piece:
    """Return what subscriptions want of a stretch of the timeline, each record once.

    `moment` is the market's time when it is sent (ns); by default each record is sent when it became known.
    """
    rows = []
    for schema, wants in wanted.items():
        strip = tape.strips.get(schema)
        if strip is None:
            continue
        window = strip.window(start, stop)
        records, places = strip.records[window], strip.places[window]
        mask = _mask(schema, strip, records, wants)
        if mask is not None:
            records, places = records[mask], places[mask]
        if not len(places):
            continue
        sent = np.maximum(tape.times[places], tape.start) if moment is None else moment
        rows.append((dress.words(records, sent), places))
    return piece_of(rows)


def _mask(schema: Schema, strip: Strip, records: Records, wants: Sequence[Wanted]) -> Mask | None:
    """Return which records are wanted; None for all of them."""
    chosen = np.zeros(len(records), bool)
    for want in wants:
        everyone = want.ids is None or want.ids >= strip.counts.keys()
        if everyone and not want.since:
            return None
        one = np.ones(len(records), bool)
        if want.ids is not None and not everyone:
            one &= np.isin(records["instrument_id"], np.array(sorted(want.ids), np.uint32))
        if want.since:
            one &= records["ts_recv" if schema in _BY_CAPTURE_TIME else "ts_event"] >= np.uint64(want.since)
        chosen |= one
    return chosen


def _shifted(records: Records, shift: int) -> Records:
    """Return a copy with its times moved; undefined ones stay."""
    moved = records.copy()
    for name in ("ts_event", "ts_recv"):
        if name in (moved.dtype.names or ()):
            times = moved[name].view(np.int64)
            times[times != -1] += shift
    return moved
