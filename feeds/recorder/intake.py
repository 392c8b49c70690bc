"""Received bytes into the open frame: walked record by record, counted, and cut at the end of the trading day."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from feeds.dbn.errors import CorruptDbn
from feeds.dbn.metadata import Metadata
from feeds.dbn.parser import DbnParser
from feeds.recorder.backlog import Loss
from feeds.recorder.plan import RecorderSettings
from feeds.recorder.preamble import names_in
from feeds.recorder.rotation import Rotation, TradingDay
from feeds.recorder.sidecar import Gap, GapPlace
from feeds.recorder.tally import Tally
from feeds.recorder.versions import belongs
from feeds.records import Batch, Schema

OTHER_VERSION: Final = "records of another DBN version or layout"
NOT_RECORDS: Final = "bytes that are not whole records"
_TEACHING: Final = frozenset({Schema.SYMBOL_MAPPING, Schema.DEFINITION})
_OVERDUE: Final = 1.25
"""A frame waits for the end of a matching event, but not beyond this many times its limits."""


@dataclass(slots=True)
class OpenFrame:
    """Records that wait for their frame to be closed.

    Attributes:
        parts: Their bytes.
        tally: What they are.
        teaching: Those of them that say something about instruments.
        names: Raw symbols by instrument id, from those.
        gaps: What is missing before or among them.
        reconnects: How often the line was down meanwhile.
        since: When the first of them came, in seconds of the recorder's clock; None while there is none.
    """

    parts: list[memoryview] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    teaching: list[Batch] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    reconnects: int = 0
    since: float | None = None

    def miss(self, gap: Gap) -> None:
        """Note what is missing; two gaps of one reason in a row are one."""
        last = self.gaps[-1] if self.gaps else None
        if last is not None and (last.place, last.reason) == (gap.place, gap.reason) and gap.place is not GapPlace.FEED:
            self.gaps[-1] = _joined(last, gap)
        else:
            self.gaps.append(gap)


class Intake:
    """Takes pieces of the stream; each is a number of whole records.

    Attributes:
        frame: What has been taken since the last frame was closed.
        lost_records, lost_bytes: What was refused, because no reader could make sense of it in this file.
    """

    def __init__(
        self,
        metadata: Metadata,
        day_of: Callable[[int], TradingDay],
        settings: RecorderSettings,
        *,
        refused: Callable[[str], None],
        breathe: Callable[[], None],
    ) -> None:
        """Take records that stand under `metadata`; `refused` hears each reason for which records are left out."""
        self.frame = OpenFrame()
        self.lost_records = 0
        self.lost_bytes = 0
        self._metadata = metadata
        self._settings = settings
        self._refused = refused
        self._breathe = breathe
        self._rotation = Rotation(day_of)
        self._uncounted: dict[tuple[Schema, int], list[tuple[Batch, memoryview]]] = {}
        self._parser = DbnParser()
        for _ in self._parser.walk(metadata.encode()):  # which tells it whether records carry send times
            pass

    @property
    def dated(self) -> bool:
        """Whether the trading day of the open frame is known from a record of order flow."""
        return self._rotation.day is not None and bool(self.frame.tally.instruments)

    def take(self, piece: memoryview, now: float) -> memoryview | None:
        """Add records to the open frame; return those that belong to the next trading day, where one begins.

        Whoever is given such a rest closes the file and calls `next_day` before anything else.
        """
        kept = end = 0
        rest = None
        try:
            for batch in self._parser.walk(piece):
                self._breathe()
                size = batch.records.nbytes
                if not belongs(batch, self._metadata):
                    self._keep(piece[kept:end], now)
                    self._refuse(piece[end : end + size], OTHER_VERSION)
                    kept = end = end + size
                    continue
                place = self._rotation.cut(batch)
                taken = size if place is None else place * batch.records.itemsize
                self._count(batch if place is None else batch.cut(0, place), piece[end : end + taken])
                end += taken
                if place is not None:
                    rest = piece[end:]
                    break
        except CorruptDbn:  # everything before the break has been counted, the rest is refused
            self._refuse(piece[end:], NOT_RECORDS)
        else:
            self._refuse(piece[end:] if rest is None else piece[:0], NOT_RECORDS)
        self._parser.tail = b""
        self._count_up()
        self._keep(piece[kept:end], now)
        return rest

    def tally(self, records: bytes) -> Tally:
        """Count records that come from elsewhere."""
        tally = Tally()
        for batch in self._parser.walk(records):
            tally.add(batch)
        return tally

    def miss(self, gap: Gap) -> None:
        """Note what is missing between the records taken and those to come; open matching events will not end."""
        self.frame.miss(gap)
        self._rotation.events.forget()

    def due(self, now: float) -> bool:
        """Whether the frame is to be closed: it is old or large enough, and no matching event is open."""
        frame = self.frame
        if frame.since is None:
            return False
        age = (now - frame.since) / self._settings.frame_seconds
        share = max(age, frame.tally.bytes / self._settings.frame_bytes)
        return share >= (_OVERDUE if self._rotation.events else 1.0)

    def seconds_to_due(self, now: float) -> float | None:
        """Return how long the frame may stay open at most; None while there is none."""
        if self.frame.since is None:
            return None
        left = self.frame.since + self._settings.frame_seconds - now
        return left if left > 0 else max(0.0, left + (_OVERDUE - 1) * self._settings.frame_seconds)

    def day(self, moment: int) -> TradingDay:
        """Return the trading day of the open frame; the one that holds `moment` where no record has told."""
        return self._rotation.day or self._rotation.date_by(moment)

    def next_day(self) -> None:
        """Go on to the trading day of the records that `take` returned."""
        self._rotation.next_day()

    def next_frame(self) -> None:
        """Begin an empty frame: the open one is on the disk."""
        self.frame = OpenFrame()

    def _keep(self, part: memoryview, now: float) -> None:
        if part:
            self.frame.parts.append(part)
            self.frame.since = now if self.frame.since is None else self.frame.since

    def _count(self, batch: Batch, part: memoryview) -> None:
        if part:
            self._uncounted.setdefault((batch.schema, batch.records.itemsize), []).append((batch, part))
        if batch.schema in _TEACHING:
            self.frame.teaching.append(batch)
            self.frame.names.update(names_in(batch))

    def _count_up(self) -> None:
        """Count the runs of each layout together: where schemas alternate, counting each alone would cost the most."""
        for (schema, _), runs in self._uncounted.items():
            batch, _ = runs[0]
            if len(runs) > 1:
                batch = Batch(schema, np.frombuffer(b"".join(part for _, part in runs), batch.records.dtype))
            self.frame.tally.add(batch)
        self._uncounted.clear()

    def _refuse(self, part: memoryview, reason: str) -> None:
        if not part:
            return
        loss = Loss()
        loss.add(part)
        self.lost_records += loss.records
        self.lost_bytes += loss.bytes
        self.frame.miss(loss.gap(reason))
        self._refused(reason)


def _joined(one: Gap, other: Gap) -> Gap:
    return Gap(
        place=one.place,
        reason=one.reason,
        start=one.start if one.start is not None else other.start,
        end=other.end if other.end is not None else one.end,
        records=(one.records or 0) + (other.records or 0),
        bytes=(one.bytes or 0) + (other.bytes or 0),
    )
