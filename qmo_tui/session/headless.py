"""A recording through the engines at full speed, without a screen."""

import gc
import resource
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from engines.events import Event, Summary
from engines.zones.memory_state import Recollection
from feeds.read_ahead import read_ahead
from feeds.recording import Recording
from feeds.records import Batch
from feeds.replay import before
from qmo_tui.errors import QmoError
from qmo_tui.session.contract import choose
from qmo_tui.session.event_log import EventLog, first_line
from qmo_tui.session.memory import remembered
from qmo_tui.session.preparing import load_engines
from qmo_tui.settings import Settings

if TYPE_CHECKING:
    from engines.pipeline import Pipeline

_RSS_UNITS_PER_MB: Final = 1024 * 1024 if sys.platform == "darwin" else 1024
"""`ru_maxrss` counts bytes on macOS and kibibytes elsewhere."""

_PIECES_AHEAD: Final = 2
"""Pieces that wait between the halves of the pipeline, each of one read of the file; bounds memory."""
_TIDY_RECORDS: Final = 8_000_000
"""Records after which the garbage collector looks for what refers to itself; a headless run makes hardly any such."""
_TURN_SECONDS: Final = 0.00001
"""How long a thread waits until it asks for the interpreter; the usual 5 ms is as long as a piece takes."""


def run_headless(
    recording: Recording,
    settings: Settings,
    *,
    symbol: str | None = None,
    events: Path | None = None,
    batch: int | None = None,
    since: int | None = None,
    until: int | None = None,
    memory: Path | None = None,
    progress: Callable[[int, int | None], None] = lambda _records, _clock: None,
) -> Summary:
    """Run a recording through the engines at full speed, without a screen; return its summary.

    Args:
        recording: What to play.
        settings: All settings.
        symbol: Contract to follow; None takes the busiest.
        events: File for the event log.
        batch: Most records handed over at once.
        since: Event time (ns) from which on events are logged; everything before still builds the book and the totals.
        until: Stop before the first record that became known at or after this time (ns), like the transport.
        memory: File of zones to begin with, which is only read; without it nothing is remembered at the start.
        progress: Told the records read and the newest event time, after every batch.

    Raises:
        DbnError: The recording is broken; what came before stands in the event log.
        InstrumentError: The contract's tick is unknown or contradicts a definition.
        QmoError: The recording does not hold the contract, the event log cannot be written, or the memory not be read.
        OSError: The recording cannot be read on.
    """
    _keep_recording(recording, events)
    followed = choose(recording, settings, symbol)
    earlier: Recollection | None = None
    remarks: tuple[str, ...] = ()
    if memory is not None and followed.instrument is not None:
        earlier, remarks = remembered(memory, followed.instrument)
    with EventLog(events) as log:
        if followed.instrument is not None:
            load_engines()
        pipeline = followed.pipeline(settings, earlier, watched=False)
        began = time.perf_counter()
        log.write([first_line(recording, followed.instrument, settings)])
        pieces = _pieces(recording, batch or settings.replay.batch, until)
        with closing(events_of(pipeline, pieces, progress)) as findings:
            for found in findings:
                log.write(_since(found, since))
        notes = (*recording.notes, *remarks, *_hindsight(pipeline))
        summary = _completed(pipeline.summary(), log, notes, began)
        log.write([summary])
    return summary


def events_of(
    pipeline: "Pipeline",
    pieces: Iterator[Batch],
    progress: Callable[[int, int | None], None] = lambda _records, _clock: None,
) -> Generator[list[Event], None, None]:
    """Run batches through the engines; yield what they say of each, and of the end.

    A second thread makes the batches and takes them through the book, so that two cores have about as much to do.
    """
    tidied = 0
    with quick_turns(), rare_tidying(), closing(read_ahead(pipeline.books.ahead(pieces), _PIECES_AHEAD)) as ahead:
        for piece, told in ahead:
            yield pipeline.hear(piece, told)
            progress(pipeline.records, pipeline.clock)
            if pipeline.records - tidied >= _TIDY_RECORDS:
                tidied = pipeline.records
                gc.collect()
    yield pipeline.finish()


@contextmanager
def quick_turns() -> Iterator[None]:
    """Let a thread that comes out of compiled code have the interpreter soon; afterwards all is as it was."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_TURN_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@contextmanager
def rare_tidying() -> Iterator[None]:
    """Let whoever runs engines say when the garbage collector looks: they leave next to nothing to it, often asked."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _keep_recording(recording: Recording, events: Path | None) -> None:
    """Refuse to write the event log over what is being played."""
    if events is not None and any(events.resolve() == file.path.resolve() for file in recording.files):
        raise QmoError(f"the event log {events} would replace the recording: give --events another path")


def _pieces(recording: Recording, most: int, until: int | None) -> Iterator[Batch]:
    return recording.batches(most) if until is None else before(recording, until, most)


def _since(found: list[Event], since: int | None) -> list[Event]:
    return found if since is None else [event for event in found if event.ts >= since]


def _hindsight(pipeline: "Pipeline") -> tuple[str, ...]:
    """Say which remembered zones could not be used, because they learned something after the recording begins."""
    aside = 0 if pipeline.memory is None else len(pipeline.memory.set_aside)
    return (f"memory: {aside} zones learned something after this recording begins: not used",) if aside else ()


def _completed(summary: Summary, log: EventLog, notes: Sequence[str], began: float) -> Summary:
    """Return the summary with what the run itself adds: counts of lines, digest, time and memory."""
    wall = time.perf_counter() - began
    return msgspec.structs.replace(
        summary,
        counts=dict(log.counts),
        notes=list(notes),
        digest=log.digest.hexdigest(),
        wall_s=round(wall, 3),
        records_per_s=round(summary.records / wall),
        peak_rss_mb=round(peak_memory_mb(), 1),
    )


def peak_memory_mb() -> float:
    """Return the most memory this process has held at once, in MB.

    Linux counts into `ru_maxrss` what the parent held before it became this program; its own peak is in `VmHWM`.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _RSS_UNITS_PER_MB
