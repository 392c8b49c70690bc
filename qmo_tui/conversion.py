"""A lower schema derived from a recording: records in, one DBN file of one schema out.

The file appears under its name only once it is written to the end. Where the recording breaks, its end is the break:
what came before is whole, and whoever asked is told.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from engines.flow.trade_records import MinuteBars, trades_of
from feeds.dbn import DbnError, DbnWriter
from feeds.instrument import InstrumentError
from feeds.read_ahead import read_ahead
from feeds.recording import Contents, Recording
from feeds.records import OHLCV, Records, Schema
from qmo_tui.conversion_header import header_of
from qmo_tui.errors import QmoError
from qmo_tui.exit_codes import ExitCode
from qmo_tui.session.contract import resolve_instrument
from qmo_tui.settings import Settings

if TYPE_CHECKING:
    from engines.book.by_price import Refused

_WITH_TRADES: Final = (Schema.MBO, Schema.MBP_10, Schema.MBP_1, Schema.TBBO)
SOURCES: Final[Mapping[Schema, tuple[Schema, ...]]] = MappingProxyType(
    {
        Schema.MBP_10: (Schema.MBO,),
        Schema.MBP_1: (Schema.MBO,),
        Schema.TRADES: _WITH_TRADES,
        Schema.OHLCV_1M: (*_WITH_TRADES, Schema.TRADES),
    }
)
"""What each schema can be derived from, the source that tells most first."""
_LEVEL: Final = 1
"""Compression of the output: on levels, more effort gains nothing and costs the speed."""


@dataclass(slots=True)
class Conversion:
    """What was read and written.

    Attributes:
        schema: What was derived.
        source: The schema it was derived from; records of other schemas were passed over.
        counts: Records read, by schema.
        written: Records written.
        left_out: Records of instruments whose tick is unknown, by symbol.
        notes: What whoever reads the output should know.
        broken: Where the recording broke, or None.
        seconds: Time that reading, deriving and writing took.
    """

    schema: Schema
    source: Schema
    counts: Counter[Schema] = field(default_factory=Counter)
    written: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    broken: DbnError | OSError | None = None
    seconds: float = 0.0

    @property
    def records(self) -> int:
        """Records read."""
        return self.counts.total()

    @property
    def records_per_s(self) -> int:
        """Records read a second."""
        return round(self.records / self.seconds) if self.seconds else 0


class _Derivation(Protocol):
    """What turns records of the source into records of the schema asked for."""

    def take(self, records: Records) -> Iterable[Records]:
        """Take records of the source and yield those that follow from them, each array valid until the next."""
        ...

    def finish(self) -> Iterable[Records]:
        """Return what is known only at the end."""
        ...


def convert(
    recording: Recording,
    schema: Schema,
    out: Path,
    settings: Settings,
    *,
    progress: Callable[[int, int | None], None] = lambda _records, _clock: None,
) -> Conversion:
    """Derive `schema`, a key of `SOURCES`, from a recording, and write it to `out`.

    Args:
        recording: What to read; all its instruments are derived.
        schema: What to derive.
        out: The file to write, compressed where its name ends in `.zst`.
        settings: All settings; ticks that the recording does not define come from them.
        progress: Told the records read, after every batch.

    Raises:
        QmoError: `out` is there already or cannot be written, or the recording holds nothing to derive `schema` from.
        InstrumentError: The tick of the busiest contract is unknown, or contradicts a definition.
        DbnError: The recording is broken before its first record.
    """
    if out.exists() or out.is_symlink():
        raise QmoError(f"{out}: is there already; name another file or remove it")
    contents = recording.contents()
    conversion = Conversion(schema, _source(recording, contents, schema))
    with _whole_or_nothing(out) as unfinished:
        derivation = _derivation(schema, recording, contents, settings)
        began = time.perf_counter()
        header = header_of(recording, contents, schema)
        with DbnWriter(unfinished, header, level=_LEVEL, beside=True) as writer:
            for records in _told(recording, derivation, conversion):
                writer.write(records)
                conversion.written += len(records)
                progress(conversion.records, None)
        conversion.seconds = time.perf_counter() - began
    _note(conversion, recording, contents, derivation)
    return conversion


def _source(recording: Recording, contents: Contents, schema: Schema) -> Schema:
    """Return the richest schema of the recording that `schema` can be derived from."""
    held = set(contents.schemas.values())
    found = next((source for source in SOURCES[schema] if source in held), None)
    if found is not None:
        return found
    if not held and contents.broken is not None:
        raise contents.broken
    names = ", ".join(sorted(held)) or "no order flow"
    wanted = " or ".join(SOURCES[schema])
    raise QmoError(f"{recording.source}: {schema} is derived from {wanted}; this holds {names}", ExitCode.UNREADABLE)


@contextmanager
def _whole_or_nothing(out: Path) -> Iterator[Path]:
    """Give a path beside `out` to write to, which becomes `out` if all goes well; else nothing of it is left."""
    try:
        folder = TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent)
    except OSError as error:
        raise QmoError(f"{out}: cannot be written: {error.strerror}") from error
    with folder as name:
        unfinished = Path(name) / out.name
        try:
            yield unfinished
            unfinished.rename(out)
        except OSError as error:
            raise QmoError(f"{out}: nothing was written: {error.strerror}", ExitCode.UNEXPECTED) from error


def _told(recording: Recording, derivation: _Derivation, conversion: Conversion) -> Iterator[Records]:
    """Yield the records derived, and an empty array after each batch, so that progress is seen without any."""
    nothing = np.zeros(0, OHLCV)
    try:
        with closing(read_ahead(recording.batches())) as batches:
            for batch in batches:
                conversion.counts[batch.schema] += len(batch)
                if batch.schema is conversion.source:
                    yield from derivation.take(batch.records)
                yield nothing
    except (DbnError, OSError) as error:
        conversion.broken = error
    yield from derivation.finish()


def _note(conversion: Conversion, recording: Recording, contents: Contents, derivation: _Derivation) -> None:
    """Say what is missing in the output, and why."""
    notes = list(recording.notes)
    if isinstance(derivation, _Levels):
        names = {number: contents.name(number) or str(number) for number in contents.counts}
        conversion.left_out = {names.get(number, str(number)): count for number, count in derivation.left_out.items()}
        notes += [
            f"{name}: {count:,} records left out, since its tick is unknown: convert them with their definition records"
            for name, count in conversion.left_out.items()
        ]
        notes += [
            f"{names.get(number, number)}: recorded without a snapshot, so the levels show only orders seen since"
            for number in derivation.begun_midway
        ]
        for number, refused in derivation.refused.items():
            notes += [f"{names.get(number, number)}: {text}" for text in _refusals(refused)]
    conversion.notes = tuple(notes)


def _refusals(refused: "Refused") -> Iterator[str]:
    """Say what a book could not apply: the levels are wrong where that stood."""
    if refused.off_tick:
        yield (
            f"{refused.off_tick:,} records left out, since their prices are no multiple of the tick, which is wrong: "
            "correct it in your settings, or convert them with their definition records"
        )
    if refused.unknown:
        yield f"{refused.unknown:,} changes of orders never seen, so the levels may be wrong: records are missing"
    if refused.bad:
        yield f"{refused.bad:,} records left out, since they make no sense"


# --- the derivations --------------------------------------------------------------------------------------------------


def _derivation(schema: Schema, recording: Recording, contents: Contents, settings: Settings) -> _Derivation:
    if schema is Schema.TRADES:
        return _Trades()
    if schema is Schema.OHLCV_1M:
        return _Minutes()
    return _Levels(schema, recording, contents, settings)


class _Trades:
    """Trades, each told at once."""

    def take(self, records: Records) -> Iterable[Records]:
        return (trades_of(records),)

    def finish(self) -> Iterable[Records]:
        return ()


class _Minutes:
    """Bars, told at the end: a trade captured late may belong to any of them."""

    def __init__(self) -> None:
        self._bars = MinuteBars()

    def take(self, records: Records) -> Iterable[Records]:
        self._bars.take(trades_of(records))
        return ()

    def finish(self) -> Iterable[Records]:
        return (self._bars.bars(),)


class _Levels:
    """Market by price, from a book per instrument."""

    def __init__(self, schema: Schema, recording: Recording, contents: Contents, settings: Settings) -> None:
        """Load the kernel, and make sure that the busiest contract has a tick."""
        from engines.book.by_price import MarketByPrice, load  # noqa: PLC0415 - costs the compiler

        resolve_instrument(contents, settings, symbol=None, dataset=recording.dataset)
        load()
        self._market = MarketByPrice(schema, lambda number: _tick(contents, settings, recording.dataset, number))

    @property
    def left_out(self) -> Mapping[int, int]:
        """Records of instruments without a tick, by id."""
        return self._market.left_out

    @property
    def begun_midway(self) -> Iterable[int]:
        """Instruments whose book had no clear or snapshot to begin with."""
        return self._market.begun_midway

    @property
    def refused(self) -> Mapping[int, "Refused"]:
        """What the books could not apply, by instrument id."""
        return self._market.refused

    def take(self, records: Records) -> Iterable[Records]:
        return self._market.process(records)

    def finish(self) -> Iterable[Records]:
        return ()


def _tick(contents: Contents, settings: Settings, dataset: str, instrument_id: int) -> int | None:
    """Return an instrument's tick in wire units; None where neither a definition nor the settings tell it."""
    contents.counts.setdefault(instrument_id, 0)  # it may come later than the beginning that was looked at
    try:
        instrument = resolve_instrument(contents, settings, symbol=str(instrument_id), dataset=dataset)
    except InstrumentError:
        if instrument_id in contents.defined:
            raise
        return None
    return None if instrument is None else instrument.tick
