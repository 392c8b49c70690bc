"""One recording studied: its zones out of the engines, its trades beside them, and what became of each."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from feeds.instrument import Instrument
from feeds.recording import Recording
from feeds.records import Batch, Schema
from qmo_tui.errors import QmoError
from qmo_tui.evaluation.holding.holding import HoldRate, Outcome, hold_rates, outcomes
from qmo_tui.evaluation.holding.path import Path, Trades
from qmo_tui.evaluation.holding.places import Places
from qmo_tui.evaluation.readings import in_ticks
from qmo_tui.exit_codes import ExitCode
from qmo_tui.session.contract import choose
from qmo_tui.session.headless import events_of
from qmo_tui.session.preparing import load_engines
from qmo_tui.settings import Settings

_FLOW = frozenset({Schema.MBO, Schema.MBP_10, Schema.MBP_1, Schema.TBBO, Schema.TRADES})


@dataclass(frozen=True, slots=True)
class Study:
    """What became of the zones of a recording, oldest first, and of each kind together."""

    instrument: Instrument
    schema: Schema | None
    records: int
    path: Path
    outcomes: list[Outcome]
    rates: list[HoldRate]
    notes: list[str]


def study(
    recording: Recording,
    settings: Settings,
    *,
    symbol: str | None = None,
    tell: Callable[[int, int | None], None] = lambda _records, _clock: None,
) -> Study:
    """Run a recording through the engines and follow price from each zone they name.

    Raises:
        DbnError: The recording is broken.
        InstrumentError: The contract's tick is unknown or contradicts a definition.
        QmoError: The recording has no order flow of the contract.
        OSError: The recording cannot be read on.
    """
    followed = choose(recording, settings, symbol)
    instrument = followed.instrument
    if instrument is None or followed.schema not in _FLOW:
        raise QmoError(f"{recording.source} holds no order flow, so no zones", ExitCode.UNREADABLE)
    load_engines()
    trades = Trades(instrument.instrument_id, instrument.tick)
    places = Places(lambda price: in_ticks(price, instrument.tick_size))
    pipeline = followed.pipeline(settings, watched=False)
    pieces = _overheard(recording.batches(settings.replay.batch), followed.schema, trades)
    with closing(events_of(pipeline, pieces, tell)) as findings:
        for found in findings:
            places.hear(found)
    path = trades.path()
    became = outcomes(path, places.all())
    return Study(instrument, followed.schema, pipeline.records, path, became, hold_rates(became), list(recording.notes))


def _overheard(batches: Iterator[Batch], schema: Schema | None, trades: Trades) -> Iterator[Batch]:
    for batch in batches:
        if batch.schema is schema:
            trades.take(batch.records)
        yield batch
