"""One recording through the engines: every reading of the pillars, and what became of the scores in it.

**No two outcomes overlap.** Scores are read at the first `pillars` line with a side; the next one that counts is the
first after that outcome was decided. So each is an observation of its own, n means what it says, and no weights are
needed for labels that share the same minutes.
"""

from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from engines.events import Bar, Event, Pillars
from engines.timing.trading_day import day_of
from feeds.recording import Recording
from feeds.records import Provenance
from qmo_tui.calibration.calibration_file import product_of
from qmo_tui.calibration.inputs import MINUTE, Ranges, Reading, inputs_of, signed_pillars
from qmo_tui.calibration.outcomes import Barriers, Outcome, Prices, barriers_of, decide
from qmo_tui.errors import QmoError
from qmo_tui.exit_codes import ExitCode
from qmo_tui.session.contract import choose
from qmo_tui.session.headless import events_of
from qmo_tui.session.preparing import load_engines
from qmo_tui.setting_tables.engines import Bars
from qmo_tui.settings import Settings

_FINEST: Final = ("1s", MINUTE)


class Collected(msgspec.Struct, frozen=True):
    """What one recording gave.

    Attributes:
        source: File names.
        product: Root of the contract, such as `GC`.
        simulated: Whether any of it is.
        barriers: What outcomes were counted by.
        readings: All `pillars` lines, oldest first.
        outcomes: Decided scores, oldest first.
        left_out: Scores that could not be entered, or whose horizon was not recorded to the end.
        records: Records read.
        notes: What else the user should know.
    """

    source: str
    product: str
    simulated: bool
    barriers: Barriers
    readings: list[Reading]
    outcomes: list[Outcome]
    left_out: int
    records: int
    notes: list[str]


class Listener:
    """Hears the events of one session: pillars, minutes, and the finest bars there are."""

    def __init__(self, tick: float) -> None:
        """Hear of a contract with this tick, in currency units."""
        self.readings: list[Reading] = []
        self._tick = tick
        self._ranges = Ranges(tick)
        self._bars: dict[str, list[tuple[int, ...]]] = {name: [] for name in _FINEST}

    def hear(self, events: Iterable[Event]) -> None:
        """Take events in the order in which they are said."""
        for event in events:
            if isinstance(event, Pillars):
                self._read(event)
            elif isinstance(event, Bar) and event.complete and event.interval in self._bars:
                self._take(event)

    def _read(self, line: Pillars) -> None:
        pillars, ranges = signed_pillars(line.pillars), self._ranges
        self.readings.append(
            Reading(line.ts, line.side, line.confidence, pillars, ranges.newest.ticks, ranges.volatility)
        )

    def _take(self, bar: Bar) -> None:
        ticks = [round(price / self._tick) for price in (bar.open, bar.high, bar.low, bar.close)]
        self._bars[bar.interval].append((bar.start, bar.ts, *ticks))
        if bar.interval == MINUTE:
            self._ranges.close(ticks[1], ticks[2])

    def prices(self, clock: int | None) -> Prices:
        """Return the finest bars that were said, given the time of the newest record."""
        bars = next((self._bars[name] for name in _FINEST if self._bars[name]), [])
        columns = np.array(bars, np.int64).reshape(-1, 6)
        begins, ends, opens, highs, lows, closes = (np.ascontiguousarray(columns[:, place]) for place in range(6))
        return Prices(begins, ends, opens, highs, lows, closes, max([clock or 0, *ends[-1:].tolist()]))


def collect(
    path: Path,
    settings: Settings,
    tell: Callable[[int, int], None] = lambda _bytes, _records: None,
) -> Collected:
    """Run a recording, a file or the folder of a session, and return what it gave.

    `tell` hears, after every batch, the bytes and records read.

    Raises:
        DbnError: The recording is broken.
        InstrumentError: The contract's tick is unknown or contradicts a definition.
        QmoError: It holds nothing of a market.
        OSError: It cannot be read.
    """
    recording = Recording([path])
    followed = choose(recording, settings, None)
    if followed.instrument is None:
        raise QmoError(f"{recording.source} holds no market data to calibrate on", ExitCode.UNREADABLE)
    barriers = barriers_of(settings.calibration, followed.instrument)
    load_engines()
    listener = Listener(followed.instrument.tick_size)
    pipeline = followed.pipeline(msgspec.structs.replace(settings, bars=Bars(log=("1s", MINUTE))), watched=False)

    def progress(records: int, _clock: int | None) -> None:
        tell(recording.bytes_read, records)

    with closing(events_of(pipeline, recording.batches(settings.replay.batch), progress)) as findings:
        for found in findings:
            listener.hear(found)
    outcomes, left_out = sample(listener.readings, listener.prices(pipeline.clock), barriers)
    return Collected(
        source=recording.source,
        product=product_of(followed.instrument),
        simulated=recording.provenance is Provenance.DEMO,
        barriers=barriers,
        readings=listener.readings,
        outcomes=outcomes,
        left_out=left_out,
        records=pipeline.records,
        notes=list(recording.notes),
    )


def sample(readings: Iterable[Reading], prices: Prices, barriers: Barriers) -> tuple[list[Outcome], int]:
    """Return the outcomes of scores that do not overlap, and how many scores were left out, as `decide` says."""
    outcomes: list[Outcome] = []
    free = left_out = 0
    for reading in readings:
        if reading.side is None or reading.confidence is None or reading.average is None or reading.ts < free:
            continue
        decision = decide(prices, reading.ts, reading.side, reading.average, barriers)
        if decision is None:
            left_out += 1
            continue
        free = decision.end
        outcomes.append(
            Outcome(
                reading.ts,
                decision.end,
                day_of(reading.ts).isoformat(),
                reading.side,
                decision.won,
                decision.how,
                reading.confidence,
                inputs_of(reading.pillars, reading.side, reading.ts, reading.volatility),
            )
        )
    return outcomes, left_out
