"""A recording as a feed: paced by its own time, paused, stepped, sought.

Records are paced by capture time (`ts_recv`). A snapshot carries old times and is delivered at once, so playing begins
where live data begins. Going back means starting the recording again and hurrying to the wanted time: the consumer is
told by `Restarted` and starts with fresh engines, so what it shows there is what it would have shown then.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from feeds.recording import Recording
from feeds.records import BAR_SECONDS, F_LAST, F_SNAPSHOT, Batch

SLICE: Final = 8_192
"""Most records delivered before other tasks get their turn; about a millisecond of work."""
_TICK_SECONDS: Final = 0.02
_SECOND_NS: Final = 1_000_000_000
_NO_TIME: Final = 2**63


class Step(StrEnum):
    """How far one step of a paused replay goes."""

    EVENT = "event"
    SECOND = "second"
    MINUTE = "minute"


_STEP_NS: Final = {Step.SECOND: _SECOND_NS, Step.MINUTE: 60 * _SECOND_NS}


@dataclass(frozen=True, slots=True)
class Restarted:
    """The recording begins again: everything learned from it so far is to be forgotten."""


@dataclass(slots=True)
class _Stretch:
    """A batch with the time of each record and the number of records delivered."""

    batch: Batch
    times: npt.NDArray[np.int64]
    done: int = 0


class Replay:
    """Plays a recording under the trader's controls. Times are nanoseconds UTC.

    Attributes:
        paused: Whether it waits for the trader.
        speed: Times real time; None is as fast as possible.
        finished: The recording has been played to its end.
        position: Time up to which records have been delivered; None before the first.
        start: Time of the first live record; None until it is known.
        end: Time of the last record; None until it is known (see `measure`).
    """

    def __init__(
        self,
        recording: Recording,
        *,
        speed: float | None = 1.0,
        since: int | None = None,
        until: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare to play at `speed`; hurry to `since` first, and end at `until` (exclusive)."""
        self.paused = False
        self.speed = speed
        self.finished = False
        self.position: int | None = None
        self.start: int | None = None
        self.end: int | None = None
        self._recording = recording
        self._until = until
        self._clock = clock
        self._hurry_to = since
        self._back_to: int | None = None
        self._steps: list[Step] = []
        self._anchor: tuple[float, int] | None = None
        self._changed = asyncio.Event()

    def pause(self) -> None:
        """Stop playing."""
        self.paused = True
        self._change()

    def resume(self) -> None:
        """Play on at the current speed."""
        self.paused = False
        self._steps.clear()
        self._change()

    def set_speed(self, speed: float | None) -> None:
        """Play at a multiple of real time, or as fast as possible (None)."""
        self.speed = speed
        self._change()

    def step(self, unit: Step) -> None:
        """Play one matching event, second or minute, then pause."""
        self.paused = True
        self._steps.append(unit)
        self._change()

    def seek(self, ts: int) -> None:
        """Go forward or back to a time; whether it plays or is paused stays as it is."""
        if self.position is not None and ts < self.position:
            self._back_to = ts
        else:
            self._hurry_to = ts
        self._steps.clear()
        self._change()

    def measure(self) -> None:
        """Read the whole recording to learn its start and end; blocks, so call it in a thread."""
        first, last = None, None
        for stretch in _stretches(self._recording):
            timed = stretch.times[stretch.times > 0]
            if len(timed):
                first = int(timed[0]) if first is None else first
                last = int(timed[-1])
        self.start, self.end = first, last if self._until is None or last is None else min(last, self._until)

    async def batches(self) -> AsyncIterator[Batch | Restarted]:
        """Yield the records as their time comes, and `Restarted` each time the recording begins again.

        It goes on after the end of the recording, since the trader may go back; cancel it to stop.

        Raises:
            CorruptDbn: The recording is broken from some point on; everything before it has been yielded.
        """
        while True:
            async for batch in self._play():
                yield batch
            if self._back_to is None:
                self.finished = True
                self._hurry_to = None
                while self._back_to is None:
                    await self._wait()
            self.finished = False
            self._hurry_to, self._back_to = self._back_to, None
            self.position = None
            yield Restarted()

    async def _play(self) -> AsyncIterator[Batch]:
        for stretch in _stretches(self._recording):
            while stretch.done < len(stretch.batch):
                if self._back_to is not None:
                    return
                if self._until is not None and stretch.times[stretch.done] >= self._until:
                    return
                count = self._due(stretch)
                if count:
                    start, stretch.done = stretch.done, stretch.done + count
                    self._note_position(int(stretch.times[stretch.done - 1]))
                    yield stretch.batch.cut(start, stretch.done)
                    await asyncio.sleep(0)
                else:
                    await self._wait(self._patience())

    def _due(self, stretch: _Stretch) -> int:
        """Count the records of a stretch to deliver now."""
        times, done = stretch.times, stretch.done
        next_time = int(times[done])
        if next_time == 0:  # nothing live has come yet: snapshot, definitions
            return _count_before(times, done, 1)
        if self._hurry_to is not None:
            if next_time < self._hurry_to:
                return _count_before(times, done, self._hurry_to)
            self._hurry_to = None
            self._anchor = None
        if self.paused:
            return self._due_by_step(stretch, next_time)
        if self.speed is None:
            return _count_before(times, done, self._until or _NO_TIME)
        now = self._clock()
        if self._anchor is None:
            self._anchor = (now, self.position or next_time)
        since, at = self._anchor
        target = at + round((now - since) * self.speed * _SECOND_NS)
        return _count_before(times, done, min(target + 1, self._until or _NO_TIME))

    def _due_by_step(self, stretch: _Stretch, next_time: int) -> int:
        if not self._steps:
            return 0
        step = self._steps.pop(0)
        if step is Step.EVENT:
            return _count_to_event_end(stretch)
        self._hurry_to = (self.position or next_time) + _STEP_NS[step]
        return _count_before(stretch.times, stretch.done, self._hurry_to)

    def _note_position(self, moment: int) -> None:
        if moment > 0:
            self.position = moment
            if self.start is None:
                self.start = moment

    def _patience(self) -> float | None:
        """Seconds to wait for the next record's time; None where only the trader can go on."""
        return None if self.paused and not self._steps else _TICK_SECONDS

    def _change(self) -> None:
        self._anchor = None
        self._changed.set()

    async def _wait(self, seconds: float | None = None) -> None:
        self._changed.clear()
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except TimeoutError:
            return


def _stretches(recording: Recording) -> Iterator[_Stretch]:
    newest = 0
    for batch in recording.batches():
        times = np.maximum.accumulate(np.maximum(_record_times(batch), newest))
        newest = int(times[-1])
        yield _Stretch(batch, times)


def _record_times(batch: Batch) -> npt.NDArray[np.int64]:
    """Return when each record became known (ns); 0 for what has no time of its own in the session."""
    records = batch.records
    names = records.dtype.names or ()
    if "flags" not in names and batch.schema not in BAR_SECONDS:
        return np.zeros(len(records), np.int64)
    times = records["ts_recv" if "ts_recv" in names else "ts_event"].astype(np.int64)
    if batch.schema in BAR_SECONDS:
        return times + BAR_SECONDS[batch.schema] * _SECOND_NS
    times[times < 0] = 0
    times[(records["flags"] & F_SNAPSHOT) != 0] = 0
    return times


def _count_before(times: npt.NDArray[np.int64], done: int, moment: int) -> int:
    """Count the records from `done` on that lie before a moment, at most one slice of them."""
    window = times[done : done + SLICE]
    return int(np.searchsorted(window, moment))


def _count_to_event_end(stretch: _Stretch) -> int:
    """Count the records up to and including the next end of a matching event."""
    records = stretch.batch.records[stretch.done :]
    if "flags" not in (records.dtype.names or ()):
        return 1
    ends = np.flatnonzero(records["flags"] & F_LAST)
    return int(ends[0]) + 1 if len(ends) else len(records)
