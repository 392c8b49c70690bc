"""One session: a recording and a pipeline together, with a screen beside them or without one."""

import asyncio
import resource
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Final, Self

import msgspec

from engines.events import Digest, Event, Session, Summary, encode
from engines.view import BookState, MarketPhase, MarketView, ViewRequest
from feeds.instrument import Instrument, InstrumentError, root_of
from feeds.read_ahead import read_ahead
from feeds.recording import Contents, Recording
from feeds.records import Batch, Provenance
from feeds.replay import Replay, Restarted
from qmo_tui import __version__
from qmo_tui.errors import QmoError, exit_code_of, one_line
from qmo_tui.settings import Settings, settings_digest

if TYPE_CHECKING:
    from engines.pipeline import Pipeline

PREPARING: Final = "preparing the engines (the first run after an upgrade compiles them, about 15 s)"
_RATE_SECONDS: Final = 1.0
_RSS_UNITS_PER_MB: Final = 1024 * 1024 if sys.platform == "darwin" else 1024
"""`ru_maxrss` counts bytes on macOS and kibibytes elsewhere."""


def resolve_instrument(
    contents: Contents, settings: Settings, *, symbol: str | None, dataset: str
) -> Instrument | None:
    """Choose the contract to follow: the one asked for, else the outright with most records.

    Tick and multiplier come from its definition record, else from the settings of its product. None where the
    recording holds no order flow at all.

    Raises:
        QmoError: The recording does not hold the contract asked for.
        InstrumentError: Its tick is unknown, or the definition contradicts the settings.
    """
    wanted = contents.busiest() if symbol is None else contents.find(symbol)
    if wanted is None:
        if symbol is not None:
            held = ", ".join(name for known in contents.counts if (name := contents.name(known))) or "no named contract"
            raise QmoError(f"the recording does not hold {symbol}; it holds {held}")
        return None
    name = contents.name(wanted)
    contract = settings.instruments.get(root_of(name))
    defined = contents.defined.get(wanted)
    if defined is not None:
        if contract is not None and defined.outright and contract.wire_tick != defined.tick:
            raise InstrumentError(
                f"{name}: its definition record says tick {defined.tick_size:g}, the settings expect {contract.tick:g}; "
                f"correct [instruments.{root_of(name)}]"
            )
        return defined
    if contract is None:
        raise InstrumentError(
            f"the tick of {name or f'instrument {wanted}'} is unknown: the recording has no definition record; "
            f"add [instruments.{root_of(name) or 'ROOT'}] with tick and multiplier to your settings, or play the "
            "definition file with it"
        )
    return Instrument(name, wanted, contract.wire_tick, contract.multiplier, dataset, source="settings")


def first_line(recording: Recording, instrument: Instrument | None, settings: Settings) -> Session:
    """Return the `session` event that opens a log."""
    schemas = {file.metadata.schema for file in recording.files if file.metadata is not None}
    schema = schemas.pop() if len(schemas) == 1 else None
    starts = [file.metadata.start for file in recording.files if file.metadata is not None]
    return Session(
        ts=min(starts, default=0),
        source=recording.source,
        provenance=Provenance.REPLAY,
        dataset=recording.dataset,
        symbol="" if instrument is None else instrument.symbol,
        instrument_id=0 if instrument is None else instrument.instrument_id,
        schema=None if schema is None else str(schema),
        tick=0.0 if instrument is None else instrument.tick_size,
        multiplier=None if instrument is None else instrument.multiplier,
        version=__version__,
        settings_digest=settings_digest(settings),
    )


class EventLog:
    """The event log of one run: a file of JSON lines (or none), the digest, and counts per kind.

    Attributes:
        digest: Hash over the lines computed from records alone.
        counts: Lines per kind.
    """

    def __init__(self, path: Path | None) -> None:
        """Open the log; an existing file is replaced.

        Raises:
            OSError: It cannot be written.
        """
        self.digest = Digest()
        self.counts: Counter[str] = Counter()
        self._file: BinaryIO | None = None if path is None else path.open("wb")

    def write(self, events: Iterable[Event]) -> None:
        """Append events."""
        for event in events:
            line = encode(event)
            self.digest.add(event, line)
            self.counts[str(event.__struct_config__.tag)] += 1
            if self._file is not None:
                self._file.write(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()


class ReplaySession:
    """A recording played under a screen: what the cockpit looks at, and the controls it turns.

    Attributes:
        source: File names, for the screen.
        transport: The controls.
        error: Why playing ended, in one line; None while nothing is wrong.
    """

    def __init__(self, recording: Recording, settings: Settings, transport: Replay, symbol: str | None = None) -> None:
        self.source = recording.source
        self.transport = transport
        self.error: str | None = None
        self._recording = recording
        self._settings = settings
        self._symbol = symbol
        self._instrument: Instrument | None = None
        self._pipeline: Pipeline | None = None
        self._preparing = True
        self._rate: deque[tuple[float, int]] = deque()

    @property
    def notes(self) -> tuple[str, ...]:
        """Lasting remarks about the data."""
        return (PREPARING,) if self._preparing else self._recording.notes

    @property
    def records_per_second(self) -> float:
        """Records processed in the last second of the wall clock."""
        since = time.monotonic() - _RATE_SECONDS
        while self._rate and self._rate[0][0] < since:
            self._rate.popleft()
        return sum(count for _, count in self._rate) / _RATE_SECONDS

    def view(self, request: ViewRequest) -> MarketView:
        """Return the market as it stands; an empty one while the engines are being prepared."""
        if self._pipeline is None:
            return MarketView(
                sequence=0,
                instrument=self._instrument,
                provenance=Provenance.REPLAY,
                schema=None,
                event_time=None,
                receive_time=None,
                phase=MarketPhase.UNKNOWN,
                book=BookState.EMPTY,
            )
        return self._pipeline.view(request)

    async def run(self) -> None:
        """Play until cancelled; an expected error ends playing and is kept in `error`."""
        try:
            self._instrument = await asyncio.to_thread(self._prepare)
            measuring = asyncio.create_task(asyncio.to_thread(self.transport.measure))
            try:
                await self._play()
            finally:
                measuring.cancel()
        except Exception as error:
            if exit_code_of(error) is None:
                raise
            self.error = one_line(str(error))

    def _prepare(self) -> Instrument | None:
        """Find the contract and compile the engines; takes seconds on the first run, so it stands in a thread."""
        from engines.warm_up import warm_up

        warm_up()
        contents = self._recording.contents()
        return resolve_instrument(contents, self._settings, symbol=self._symbol, dataset=self._recording.dataset)

    async def _play(self) -> None:
        self._pipeline = _new_pipeline(self._instrument, self._settings)
        self._preparing = False
        async for batch in self.transport.batches():
            if isinstance(batch, Restarted):
                self._pipeline = _new_pipeline(self._instrument, self._settings)
                continue
            self._pipeline.process(batch)
            self._rate.append((time.monotonic(), len(batch)))


def _new_pipeline(instrument: Instrument | None, settings: Settings) -> "Pipeline":
    from engines.pipeline import Pipeline, PipelineSettings

    return Pipeline(instrument, PipelineSettings(bars_logged=settings.bars.log))


def run_headless(
    recording: Recording,
    settings: Settings,
    *,
    symbol: str | None = None,
    events: Path | None = None,
    batch: int | None = None,
    since: int | None = None,
    until: int | None = None,
    progress: Callable[[int, int | None], None] = lambda _records, _clock: None,
) -> Summary:
    """Run a recording through the engines at full speed, without a screen; return its summary.

    Args:
        recording: What to play.
        settings: All settings.
        symbol: Contract to follow; None takes the busiest.
        events: File for the event log.
        batch: Most records handed over at once.
        since: Records before this event time build the book, but their events are not logged.
        until: Event time (ns) at which to stop.
        progress: Told the records read and the newest event time, after every batch.

    Raises:
        DbnError: The recording is broken; what came before stands in the event log.
        InstrumentError: The contract's tick is unknown or contradicts a definition.
        QmoError: The recording does not hold the contract.
        OSError: The event log cannot be written.
    """
    from engines.warm_up import warm_up

    warm_up()
    began = time.perf_counter()
    instrument = resolve_instrument(recording.contents(), settings, symbol=symbol, dataset=recording.dataset)
    pipeline = _new_pipeline(instrument, settings)
    with EventLog(events) as log:
        log.write([first_line(recording, instrument, settings)])
        for piece in read_ahead(recording.batches(batch or settings.replay.batch)):
            log.write(_since(pipeline.process(piece), since))
            clock = pipeline.clock
            progress(pipeline.records, clock)
            if until is not None and clock is not None and clock >= until:
                break
        log.write(_since(pipeline.finish(), since))
        summary = _completed(pipeline.summary(), log, recording, began)
        log.write([summary])
    return summary


def _since(found: list[Event], since: int | None) -> list[Event]:
    return found if since is None else [event for event in found if event.ts >= since]


def _completed(summary: Summary, log: EventLog, recording: Recording, began: float) -> Summary:
    """Return the summary with what the run itself adds: counts of lines, digest, time and memory."""
    wall = time.perf_counter() - began
    return msgspec.structs.replace(
        summary,
        counts=dict(log.counts),
        notes=list(recording.notes),
        digest=log.digest.hexdigest(),
        wall_s=round(wall, 3),
        records_per_s=round(summary.records / wall),
        peak_rss_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _RSS_UNITS_PER_MB, 1),
    )
