"""A recording as a feed: paced by its own time, paused, stepped, sought.

Records are paced by capture time (`ts_recv`). A snapshot carries old times and is delivered at once, so playing begins
where live data begins. Going back means starting the recording again and hurrying to the wanted time: the consumer is
told by `Restarted` and starts with fresh engines, so what it shows there is what it would have shown then.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import aclosing, closing
from dataclasses import dataclass
from enum import StrEnum
from threading import Event
from typing import Final

import numpy as np
import numpy.typing as npt

from feeds.dbn import DbnError
from feeds.recording import Recording
from feeds.records import BAR_SECONDS, F_BAD_TS_RECV, F_LAST, F_SNAPSHOT, UNDEFINED_TIME, Batch, Schema

SLICE: Final = 8_192
"""Most records delivered before other tasks get their turn where playing is in a hurry."""
_PACED_SLICE: Final = 1_024
"""The same where it keeps a pace, so that a key does not wait for all that is late at once."""
_TICK_SECONDS: Final = 0.02
_SEARCHED_NS: Final = 250_000_000
"""Market time delivered at once while something is searched for: how far it may be overrun."""
_SECOND_NS: Final = 1_000_000_000
_LAST_TIME: Final = 2**63 - 1
_TIMED_MIDWAY: Final = frozenset({Schema.STATUS, Schema.STATISTICS})
"""Schemas whose first records repeat what was known long before, so that they cannot say when playing begins."""


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
    """A batch with the time of each record, which never runs back, and the number of records delivered."""

    batch: Batch
    times: npt.NDArray[np.int64]
    done: int = 0

    @property
    def next_time(self) -> int:
        return int(self.times[self.done])

    @property
    def is_inside_event(self) -> bool:
        """Whether the last record delivered leaves a matching event open; a snapshot is not one."""
        last = self.batch.records[self.done - 1]
        return "flags" in (last.dtype.names or ()) and not last["flags"] & (F_LAST | F_SNAPSHOT)

    def count_until(self, moment: int) -> int:
        """Count the records to come that lie at or before a moment, at most one slice of them."""
        window = self.times[self.done : self.done + SLICE]
        return int(np.searchsorted(window, np.int64(moment), side="right"))

    def count_event(self, instrument_id: int | None) -> tuple[int, bool]:
        """Count the records up to the next end of a matching event, at most a slice; and whether that ends it."""
        records = self.batch.records[self.done : self.done + SLICE]
        if "flags" not in (records.dtype.names or ()):
            return 1, self.batch.schema in BAR_SECONDS
        ends = (records["flags"] & F_LAST) != 0
        if instrument_id is not None:
            ends &= records["instrument_id"] == instrument_id
        return (int(ends.argmax()) + 1, True) if ends.any() else (len(records), False)


class Replay:
    """Plays a recording under the trader's controls. Times are nanoseconds UTC.

    Attributes:
        paused: Whether it waits for the trader.
        speed: Times real time; None is as fast as possible.
        finished: The recording has been played to its end.
        start: Time of the first live record; None until it is known.
        end: Time of the last record; None until it is known (see `measure`).
        furthest: The furthest that it has been played, however often it went back; None before the first live record.
        searching: What it plays towards, unseen, in a word or two; empty while it does not.
        halted: Why it has paused by itself; empty once a control is turned.
        loop: Two times between which it plays again and again; None while it does not.
        holds: Tells whether it may not go back by itself now, since that would lose something.
        endless: Whether it has no end.
        follows: Instrument whose matching events are stepped by; None takes any.
    """

    endless = False

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
        self._position: int | None = None
        self.start: int | None = None
        self.end: int | None = None
        self.furthest: int | None = None
        self.searching = ""
        self.halted = ""
        self.loop: tuple[int, int] | None = None
        self.holds: Callable[[], bool] = lambda: False
        self.follows: int | None = None
        self._recording = recording
        self._last = _LAST_TIME if until is None else max(until - 1, 0)
        self._clock = clock
        self._hurry_to = since
        self._back_to: int | None = None
        self._searched_from: int | None = None
        self._is_step = False
        self._steps: deque[Step] = deque()
        self._anchor: tuple[float, int] | None = None
        self._delivered = 0
        self._next_time = 0
        self._inside_event = False
        self._changed = asyncio.Event()
        self._given_up = Event()

    @property
    def position(self) -> int | None:
        """Where its clock stands, or is on its way to; None before the first live record.

        The clock runs through quiet times too. Once arrived, the records up to and at that moment are delivered.
        """
        if self._back_to is not None:
            return self._back_to
        return self._position if self._hurry_to is None else self._hurry_to

    @property
    def seeking(self) -> bool:
        """Whether it is on its way to a moment it was sent to."""
        return self._back_to is not None or self._hurry_to is not None

    @property
    def stepping(self) -> bool:
        """Whether it is on its way to the end of a step, which nothing of the market is left out of."""
        return self._hurry_to is not None and self._is_step

    def pause(self) -> None:
        """Stop playing after the current matching event."""
        self._change()
        self.paused = True

    def resume(self) -> None:
        """Play on at the current speed."""
        self._change()
        self.paused = False
        self._steps.clear()

    def set_speed(self, speed: float | None) -> None:
        """Play at a multiple of real time, or as fast as possible (None)."""
        self._change()
        self.speed = speed

    def step(self, unit: Step) -> None:
        """Play one matching event, second or minute, then pause."""
        self._change()
        self.paused = True
        self._steps.append(unit)

    def seek(self, ts: int) -> None:
        """Go forward or back to a time; whether it plays or is paused stays as it is."""
        self._change()
        self._steps.clear()
        self._is_step = False
        if ts < self._delivered:
            self._back_to = ts
        else:
            self._back_to = None
            self._hurry_to = ts

    def search(self, what: str) -> None:
        """Play as fast as possible until `halt` is called; any control ends it, and it stands paused.

        Where nothing halts it until the end of the recording, it goes back to where it is now, unless it may not by
        itself: then it stays at the end.
        """
        self._change()
        self._searched_from = None if self.holds() else self.position
        self.paused = True
        self._steps.clear()
        self.searching = what

    def halt(self, reason: str) -> None:
        """Pause after the current matching event, and keep why."""
        self.paused = True
        self.searching = ""
        self.halted = reason

    def repeat(self, loop: tuple[int, int] | None) -> None:
        """Play between two times again and again from now on, or (None) no more; whoever steps may leave them."""
        self._change()
        self.loop = loop

    def measure(self) -> None:
        """Read the whole recording to learn its start and end; blocks, so call it in a thread.

        It ends early when `give_up` is called, and where the recording is broken.
        """
        first, last = None, None
        try:
            for stretch in _stretches(self._recording.again()):
                if self._given_up.is_set():
                    return
                timed = stretch.times[(stretch.times > 0) & (stretch.times <= self._last)]
                if len(timed):
                    first = int(timed[0]) if first is None else first
                    last = int(timed[-1])
                elif last is not None:
                    break
        except DbnError:
            pass  # playing tells it, when it comes there
        self.start, self.end = first, last

    def give_up(self) -> None:
        """End `measure`, wherever it is."""
        self._given_up.set()

    async def batches(self) -> AsyncIterator[Batch | Restarted]:
        """Yield the records as their time comes, and `Restarted` each time the recording begins again.

        It goes on after the end of the recording, since the trader may go back; cancel it to stop.

        Raises:
            CorruptDbn: The recording is broken from some point on; everything before it has been yielded.
        """
        while True:
            async with aclosing(self._play()) as playing:
                async for batch in playing:
                    yield batch
            self._end_search()
            while self._back_to is None:
                if self._is_looping:
                    self._loop_back()
                    continue
                self.finished = True
                self._hurry_to = None
                await self._wait()
            self.finished = False
            self._hurry_to, self._back_to = self._back_to, None
            self._position = None
            self._delivered = self._next_time = 0
            self._inside_event = False
            yield Restarted()

    async def _play(self) -> AsyncGenerator[Batch, None]:
        with closing(_stretches(self._recording)) as stretches:
            for stretch in stretches:
                while stretch.done < len(stretch.batch):
                    self._next_time = stretch.next_time
                    if self._back_to is not None or self._next_time > self._last:
                        return
                    count = self._due(stretch)
                    if count:
                        yield self._deliver(stretch, count)
                        await asyncio.sleep(0)
                    else:
                        await self._wait(self._patience())

    def _deliver(self, stretch: _Stretch, count: int) -> Batch:
        start, stretch.done = stretch.done, stretch.done + count
        self._delivered = int(stretch.times[stretch.done - 1])
        self._inside_event = stretch.is_inside_event
        if self._delivered:
            self._position = max(self._delivered, self._position or 0)
            self.furthest = max(self._position, self.furthest or 0)
        return stretch.batch.cut(start, stretch.done)

    def _due(self, stretch: _Stretch) -> int:
        """Count the records of a stretch to deliver now."""
        if self._next_time == 0:  # nothing live has come yet: snapshot, definitions
            return stretch.count_until(0)
        if self._position is None:
            self._position = self._next_time
            self.start = self.start or self._next_time
        if self._hurry_to is not None:
            count = stretch.count_until(min(self._hurry_to, self._last))
            if count:
                return count
            self._stand_at(self._hurry_to)
            self._hurry_to = None
            self._is_step = False
        if self.searching:
            return stretch.count_until(min(self._next_time + _SEARCHED_NS, self._last))
        if self.paused:
            return self._due_by_step(stretch)
        return self._due_by_pace(stretch)

    def _due_by_pace(self, stretch: _Stretch) -> int:
        limit = self._last if self.loop is None else min(self.loop[1], self._last)
        target = limit if self.speed is None else self._target()
        count = min(stretch.count_until(min(target, limit)), SLICE if self.speed is None else _PACED_SLICE)
        if not count:
            if self.speed is not None:
                self._stand_at(min(target, limit))
            if self.loop is not None and target >= limit:
                self._loop_back()
        return count

    @property
    def _is_looping(self) -> bool:
        return self.loop is not None and not self.paused

    def _loop_back(self) -> None:
        """Go back to where the loop begins, or wait at its end where that would lose something."""
        if self.loop is None:
            return
        if self.holds():
            self.halt("the loop waits at its end: a position or an order is open")
        else:
            self._back_to = self.loop[0]
            self._anchor = None

    def _end_search(self) -> None:
        """Tell that nothing came, and go back to where the search began, so that the trader's place is not lost."""
        if not self.searching:
            return
        nothing = f"no further {self.searching} until the end of the recording"
        if self._searched_from is None or self.holds():
            self.halt(f"{nothing}, where it stays")
        else:
            self.halt(f"{nothing}: back to where it was")
            self._back_to = self._searched_from

    def _due_by_step(self, stretch: _Stretch) -> int:
        if self._inside_event and not (self._steps and self._steps[0] is Step.EVENT):
            count, _ = stretch.count_event(None)
            return min(count, stretch.count_until(self._last))
        if not self._steps:
            return 0
        if self._steps[0] is Step.EVENT:
            count, whole = stretch.count_event(self.follows)
            if whole:
                self._steps.popleft()
            return min(count, stretch.count_until(self._last))
        self._hurry_to = (self._position or self._next_time) + _STEP_NS[self._steps.popleft()]
        self._is_step = True
        return self._due(stretch)

    def _target(self) -> int:
        """Return the moment that the clock has come to."""
        now = self._clock()
        if self._anchor is None:
            self._anchor = (now, self._position or self._next_time)
        since, at = self._anchor
        return min(at + round((now - since) * (self.speed or 0) * _SECOND_NS), _LAST_TIME)

    def _stand_at(self, moment: int) -> None:
        """Move the position within the quiet time before the next record."""
        earliest = max(self._delivered, self.start or 0)
        self._position = max(earliest, min(moment, self._next_time - 1))

    def _patience(self) -> float | None:
        """Seconds to wait for the next record's time; None where only the trader can go on."""
        return None if self.paused and not self._steps else _TICK_SECONDS

    def _change(self) -> None:
        """Note where playing stands before a control is turned, and wake it."""
        if self._anchor is not None and not self.paused and self.speed is not None and self._hurry_to is None:
            self._stand_at(self._target())
        self._anchor = None
        self.searching = self.halted = ""
        self._changed.set()

    async def _wait(self, seconds: float | None = None) -> None:
        self._changed.clear()
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except TimeoutError:
            return


def before(recording: Recording, moment: int, most: int) -> Iterator[Batch]:
    """Yield what `Replay` plays `until` a moment, at most `most` records to a batch.

    Raises:
        CorruptDbn: The recording is broken from some point on; everything before it has been yielded.
    """
    for stretch in _stretches(recording, most):
        count = int(np.searchsorted(stretch.times, np.int64(max(moment, 1))))
        if count:
            yield stretch.batch.cut(0, count)
        if count < len(stretch.batch):
            return


def _stretches(recording: Recording, most: int = 2**62) -> Generator[_Stretch, None, None]:
    newest = 0
    for batch in recording.batches(most):
        times = np.maximum.accumulate(np.maximum(_record_times(batch, began=newest > 0), newest))
        newest = int(times[-1])
        yield _Stretch(batch, times)


def _record_times(batch: Batch, *, began: bool) -> npt.NDArray[np.int64]:
    """Return when each record became known (ns); 0 for what has no time of its own in the session."""
    records = batch.records
    names = records.dtype.names or ()
    if batch.schema in BAR_SECONDS:
        return records["ts_event"].astype(np.int64) + BAR_SECONDS[batch.schema] * _SECOND_NS
    if "flags" not in names and not (began and batch.schema in _TIMED_MIDWAY):
        return np.zeros(len(records), np.int64)
    times = records["ts_event"].astype(np.int64)
    if "ts_recv" in names:
        times = np.where(records["ts_recv"] == UNDEFINED_TIME, times, records["ts_recv"].astype(np.int64))
    if "flags" in names:
        times[(records["flags"] & (F_SNAPSHOT | F_BAD_TS_RECV)) != 0] = 0
    return np.maximum(times, 0)
