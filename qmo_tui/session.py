"""One session: a recording and a pipeline together, with a screen beside them or without one."""

import asyncio
import resource
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from math import isnan
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Final, Self

import msgspec

from engines.events import Digest, Event, Session, Summary, encode
from engines.view import BookState, MarketPhase, MarketView, ViewRequest
from feeds.instrument import Instrument, InstrumentError, root_of
from feeds.read_ahead import read_ahead
from feeds.recording import Contents, Recording
from feeds.records import UNDEFINED_TIME, Batch, Schema
from feeds.replay import Replay, Restarted, before
from qmo_tui import __version__
from qmo_tui.errors import QmoError, exit_code_of, one_line
from qmo_tui.exit_codes import ExitCode
from qmo_tui.settings import Contract, Settings, settings_digest

if TYPE_CHECKING:
    from engines.pipeline import Pipeline

PREPARING: Final = "preparing the engines: the first run after an upgrade compiles them, which takes half a minute"
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
            raise QmoError(f"the recording does not hold {symbol}; it holds {_held(contents)}")
        return None
    name = contents.name(wanted)
    contract = settings.instruments.get(root_of(name))
    defined = contents.defined.get(wanted)
    if defined is not None:
        return _checked(replace(defined, dataset=dataset), contract)
    if contract is not None:
        return Instrument(name, wanted, contract.wire_tick, contract.multiplier, dataset, source="settings")
    if not name:
        raise InstrumentError(
            f"the recording neither names nor defines instrument {wanted}, so its tick is unknown: play the file with "
            "its definition records too"
        )
    raise InstrumentError(
        f"the tick of {name} is unknown: the recording has no definition record of it; add "
        f"[instruments.{root_of(name)}] with tick and multiplier to your settings (`qmo config path` says where), or "
        "play the file with its definition records too"
    )


def _held(contents: Contents, most: int = 8) -> str:
    """Name what a recording holds, busiest first."""
    busiest = sorted(contents.counts, key=lambda known: -contents.counts[known])
    names = [contents.name(known) or str(known) for known in busiest]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more if names else "no order flow"


def _checked(defined: Instrument, contract: Contract | None) -> Instrument:
    """Return a defined instrument where the settings agree; they lend an outright the multiplier it does not state."""
    if contract is None or not defined.outright:
        return defined
    if isnan(defined.multiplier):
        defined = replace(defined, multiplier=contract.multiplier)
    for what, says, expected in (
        ("tick", defined.tick_size, contract.tick),
        ("multiplier", defined.multiplier, contract.multiplier),
    ):
        if says != expected:
            raise InstrumentError(
                f"{defined.symbol}: its definition record says {what} {says:g}, the settings expect {expected:g}; "
                f"correct [instruments.{root_of(defined.symbol)}]"
            )
    return defined


def first_line(recording: Recording, instrument: Instrument | None, settings: Settings) -> Session:
    """Return the `session` event that opens a log."""
    headers = [file.metadata for file in recording.files if file.metadata is not None]
    schemas = {header.schema for header in headers} - {Schema.DEFINITION}
    schema = schemas.pop() if len(schemas) == 1 else None
    starts = [header.start for header in headers if header.start != UNDEFINED_TIME]
    return Session(
        ts=min(starts, default=0),
        source=recording.source,
        provenance=recording.provenance,
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
            QmoError: It cannot be opened.
        """
        self.digest = Digest()
        self.counts: Counter[str] = Counter()
        self._path = path
        try:
            self._file: BinaryIO | None = None if path is None else path.open("wb")
        except OSError as error:
            raise QmoError(f"the event log {path} cannot be written: {error.strerror}") from error

    def write(self, events: Iterable[Event]) -> None:
        """Append events.

        Raises:
            QmoError: The file takes no more, as on a full disk.
        """
        for event in events:
            line = encode(event)
            self.digest.add(event, line)
            self.counts[str(event.__struct_config__.tag)] += 1
            if self._file is not None:
                try:
                    self._file.write(line)
                except OSError as error:
                    raise self._cut_short(error) from error

    def _cut_short(self, error: OSError) -> QmoError:
        return QmoError(f"the event log {self._path} is cut short: {error.strerror}", ExitCode.UNEXPECTED)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            try:
                self._file.close()
            except OSError as failure:
                raise self._cut_short(failure) from failure


@dataclass(frozen=True, slots=True)
class _Followed:
    """What a session follows: a contract, and the schema that tells most about it in this recording."""

    instrument: Instrument | None
    schema: Schema | None

    def pipeline(self, settings: Settings) -> "Pipeline":
        """Make fresh engines for it."""
        from engines.pipeline import Pipeline, PipelineSettings  # noqa: PLC0415 - costs the compiler, as below

        return Pipeline(self.instrument, PipelineSettings(bars_logged=settings.bars.log), schema=self.schema)


class ReplaySession:
    """A recording played under a screen: what the cockpit looks at, and the controls it turns.

    Attributes:
        source: File names, for the screen.
        transport: The controls.
        error: Why playing ended, in one line; None while nothing is wrong.
        failure: The error itself, for whoever ends the session.
    """

    def __init__(
        self,
        recording: Recording,
        settings: Settings,
        transport: Replay,
        symbol: str | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.source = recording.source
        self.transport = transport
        self.error: str | None = None
        self.failure: Exception | None = None
        self._recording = recording
        self._settings = settings
        self._symbol = symbol
        self._followed = _Followed(None, None)
        self._pipeline: Pipeline | None = None
        self._preparing = True
        self._rate: deque[tuple[float, int]] = deque()
        self._clock = clock

    @property
    def notes(self) -> tuple[str, ...]:
        """Lasting remarks about the data."""
        return (PREPARING,) if self._preparing else self._recording.notes

    @property
    def records_per_second(self) -> float:
        """Records processed in the last second of the wall clock."""
        since = self._clock() - _RATE_SECONDS
        while self._rate and self._rate[0][0] < since:
            self._rate.popleft()
        return sum(count for _, count in self._rate) / _RATE_SECONDS

    def view(self, request: ViewRequest) -> MarketView:
        """Return the market as it stands; an empty one while the engines are being prepared."""
        if self._pipeline is None:
            return MarketView(
                sequence=0,
                instrument=self._followed.instrument,
                provenance=self._recording.provenance,
                schema=None,
                event_time=None,
                receive_time=None,
                phase=MarketPhase.UNKNOWN,
                book=BookState.EMPTY,
            )
        return self._pipeline.view(request)

    async def run(self) -> None:
        """Play until cancelled; an error ends playing and is kept, so that the screen can tell it and stay."""
        measuring: asyncio.Future[None] | None = None
        try:
            self._followed = await asyncio.to_thread(self._prepare)
            self.transport.follows = self._contract().instrument_id
            measuring = asyncio.ensure_future(asyncio.to_thread(self.transport.measure))
            await self._play()
        except Exception as error:  # noqa: BLE001 - kept for the command line, which tells it as any other
            self.failure = error
            self.error = one_line(str(error) if exit_code_of(error) is not None else f"{type(error).__name__}: {error}")
        finally:
            self._preparing = False
            self.transport.give_up()
            if measuring is not None:
                await asyncio.gather(measuring, return_exceptions=True)

    def _contract(self) -> Instrument:
        if self._followed.instrument is None:
            raise QmoError(
                f"{self.source} holds no order flow to show; `qmo replay --headless` tells what it defines",
                ExitCode.UNREADABLE,
            )
        return self._followed.instrument

    def _prepare(self) -> _Followed:
        """Find the contract and compile the engines; takes seconds on the first run, so it stands in a thread."""
        followed = _choose(self._recording, self._settings, self._symbol)
        if followed.instrument is not None:
            _load_engines()
        return followed

    async def _play(self) -> None:
        self._pipeline = self._followed.pipeline(self._settings)
        self._preparing = False
        async for batch in self.transport.batches():
            if isinstance(batch, Restarted):
                self._pipeline = self._followed.pipeline(self._settings)
                continue
            self._pipeline.process(batch)
            self._rate.append((self._clock(), len(batch)))


def _choose(recording: Recording, settings: Settings, symbol: str | None) -> _Followed:
    contents = recording.contents()
    try:
        instrument = resolve_instrument(contents, settings, symbol=symbol, dataset=recording.dataset)
        return _Followed(instrument, None if instrument is None else contents.schemas.get(instrument.instrument_id))
    except (QmoError, InstrumentError) as error:
        raise contents.broken or error from None


def _load_engines() -> None:
    """Load the kernels, or compile them, which takes seconds the first time."""
    from engines.warm_up import warm_up  # noqa: PLC0415 - costs the compiler, which the screen does not wait for

    warm_up()


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
        since: Event time (ns) from which on events are logged; everything before still builds the book and the totals.
        until: Stop before the first record that became known at or after this time (ns), like the transport.
        progress: Told the records read and the newest event time, after every batch.

    Raises:
        DbnError: The recording is broken; what came before stands in the event log.
        InstrumentError: The contract's tick is unknown or contradicts a definition.
        QmoError: The recording does not hold the contract, or the event log cannot be written.
        OSError: The recording cannot be read on.
    """
    _keep_recording(recording, events)
    followed = _choose(recording, settings, symbol)
    with EventLog(events) as log:
        if followed.instrument is not None:
            _load_engines()
        pipeline = followed.pipeline(settings)
        began = time.perf_counter()
        log.write([first_line(recording, followed.instrument, settings)])
        with closing(read_ahead(_pieces(recording, batch or settings.replay.batch, until))) as pieces:
            for piece in pieces:
                log.write(_since(pipeline.process(piece), since))
                progress(pipeline.records, pipeline.clock)
        log.write(_since(pipeline.finish(), since))
        summary = _completed(pipeline.summary(), log, recording, began)
        log.write([summary])
    return summary


def _keep_recording(recording: Recording, events: Path | None) -> None:
    """Refuse to write the event log over what is being played."""
    if events is not None and any(events.resolve() == file.path.resolve() for file in recording.files):
        raise QmoError(f"the event log {events} would replace the recording: give --events another path")


def _pieces(recording: Recording, most: int, until: int | None) -> Iterator[Batch]:
    return recording.batches(most) if until is None else before(recording, until, most)


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
