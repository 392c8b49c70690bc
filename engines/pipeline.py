"""The one place that wires the engines: batches in, events out, a view on demand.

`process` is synchronous and pure with respect to the pipeline's state: no clock, no input or output, no randomness.
The same records give the same events however they are cut into batches.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import isnan
from typing import Any, Final

import msgspec
import numpy as np

from engines import looking
from engines.agenda import LAST_OF_ITS_TIME, Agenda
from engines.book.book import Book
from engines.book.layout import RecordArray
from engines.book.levels import QUIET_NS
from engines.book.listener import OrderFlowListener
from engines.book_stage import BarsCame, BookBegun, BookStage, CaughtUp, DayBegun, Stretch, Told
from engines.events import (
    Absorption,
    Event,
    FairValueGap,
    Iceberg,
    Memory,
    Phase,
    Pillars,
    Stops,
    StructureBreak,
    Summary,
    Sweep,
    TierTotals,
    Window,
)
from engines.flow.bars import Bars
from engines.flow.finished_bars import FinishedBars
from engines.flow.footprints import Footprints
from engines.flow.layout import INTERVALS
from engines.flow.logged_bars import LoggedBars
from engines.flow.order_flow import OrderFlowReading
from engines.flow.profile import EarlierSessions, session_lots
from engines.flow.settings import FlowSettings
from engines.flow.tape import StopRun, Tape
from engines.mentor.footprint import FootprintSettings
from engines.mentor.gates import CapitalState
from engines.mentor.mentor import Mentor, MentorSettings
from engines.mentor.phase_features import PhaseSettings
from engines.timing.cycles.cycles import CycleSettings
from engines.timing.gann.gann import GannSettings
from engines.timing.market_structure import StructureSettings
from engines.timing.news import NewsSettings
from engines.timing.session_gate import SessionSettings
from engines.timing.session_ranges import SessionRanges
from engines.timing.status import TradingStatus
from engines.timing.trading_day import day_of
from engines.view import IcebergMark, MarketView, StopMark, ViewRequest
from engines.zones.absorption import AbsorptionSettings
from engines.zones.found import NO_BARS, Found, of_minutes_to_hours
from engines.zones.iceberg_marks import EndedShown, IcebergZones, lasting
from engines.zones.icebergs import IcebergStep, IcebergTotals, NativeIcebergs
from engines.zones.inferred import InferredIcebergs
from engines.zones.memory import IcebergMemory, MemorySettings
from engines.zones.memory_state import Recollection
from engines.zones.reposts import Reposts, SyntheticSettings
from engines.zones.sweeps import SweepSettings
from engines.zones.synthetic import SyntheticIcebergs
from engines.zones.zones import Zones
from feeds.instrument import Instrument, InstrumentError, from_definition
from feeds.records import BAR_SECONDS, Batch, Provenance, Schema

STOP_RUNS_KEPT: Final = 512
"""Stop runs kept for screens."""

_STOPS_RANK: Final = 1
_ICEBERG_RANK: Final = 2
_ZONE_KINDS: Final[tuple[type[Event], ...]] = (Absorption, Sweep, StructureBreak, FairValueGap, Memory)
"""What the engines of zones say, in the order in which it is said of one time."""
_MENTOR_KINDS: Final[tuple[type[Event], ...]] = (Phase, Window, Pillars)
"""What the mentor says after it."""
_READING_RANKS: Final = {kind: rank for rank, kind in enumerate((*_ZONE_KINDS, *_MENTOR_KINDS))}


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """Settings that influence events.

    Attributes:
        bars_logged: Intervals whose closed bars become events.
        inferred_quiet: Nanoseconds without a trade at its price after which an inferred iceberg has expired.
        synthetic: When re-posted orders count as a broker's iceberg.
        ended: Which ended icebergs stay to be seen; no event depends on it.
        absorption: What is called absorption, and how its zones live.
        structure: Of which bars swings, breaks and gaps are told.
        sweeps: What is a pool, and when a run beyond one is a sweep.
        memory: How zones are remembered.
        phase: When a phase of the market is called.
        imo: What the institutional footprint goes by.
        gann: Which levels are drawn, and where they make a cluster.
        cycles: From which pivots bars are counted.
        flow: What footprints, flow windows, divergences and big prints are read with.
        mentor: What the pillars count, and when their score arms.
        sessions: How close to the session's begin and end no prompt may arise; no event depends on it.
        news: Events around which none may arise; no event depends on it.
    """

    bars_logged: tuple[str, ...] = ("1m", "5m", "15m", "1h", "session")
    inferred_quiet: int = QUIET_NS
    synthetic: SyntheticSettings = field(default_factory=SyntheticSettings)
    ended: EndedShown = field(default_factory=EndedShown)
    absorption: AbsorptionSettings = field(default_factory=AbsorptionSettings)
    structure: StructureSettings = field(default_factory=StructureSettings)
    sweeps: SweepSettings = field(default_factory=SweepSettings)
    memory: MemorySettings = field(default_factory=MemorySettings)
    phase: PhaseSettings = field(default_factory=PhaseSettings)
    imo: FootprintSettings = field(default_factory=FootprintSettings)
    gann: GannSettings = field(default_factory=GannSettings)
    cycles: CycleSettings = field(default_factory=CycleSettings)
    flow: FlowSettings = field(default_factory=FlowSettings)
    mentor: MentorSettings = field(default_factory=MentorSettings)
    sessions: SessionSettings = field(default_factory=SessionSettings)
    news: NewsSettings = field(default_factory=NewsSettings)


@dataclass(slots=True)
class _Stream:
    """What is known of the source's records so far."""

    records: int = 0
    unread: int = 0
    provenance: Provenance = Provenance.REPLAY
    instruments: dict[int, Instrument] = field(default_factory=dict)


class Pipeline:
    """All engines of one instrument.

    Attributes:
        instrument: The contract followed; None while only definitions are read.
    """

    def __init__(
        self,
        instrument: Instrument | None,
        settings: PipelineSettings | None = None,
        *,
        schema: Schema | None = None,
        earlier: Recollection | None = None,
        watched: bool = True,
    ) -> None:
        """Start before the first record.

        Args:
            instrument: The contract to follow.
            settings: What influences events.
            schema: The schema to take trades from, where the source knows; without it the best one seen so far, so that
                trades which come before a better schema begins are counted in both.
            earlier: What is remembered of earlier sessions; nothing unless given.
            watched: Whether a view may be asked for; without it nothing is kept that only a view reads.
        """
        self.instrument = instrument
        self._settings = settings or PipelineSettings()
        self._watched = watched
        self._stream = _Stream()
        self._books = BookStage(instrument, self._settings.synthetic, self._settings.inferred_quiet, schema=schema)
        self._running_event = 0
        self._book_clock: int | None = None
        self._bars = Bars(self._settings.flow)
        self._footprints = Footprints(self._bars, self._settings.flow)
        self._order_flow = OrderFlowReading(self._bars, self._settings.flow)
        self._logged_bars = LoggedBars(self._settings.bars_logged, self._bars, self._settings.flow)
        self._finished_bars = FinishedBars()
        self._earlier_sessions = EarlierSessions()
        self._tape = Tape()
        self._native = NativeIcebergs()
        self._inferred = InferredIcebergs()
        self._synthetic = _synthetic_for(instrument, self._books.reposts, self._settings.synthetic)
        self._zones = (
            None
            if instrument is None
            else Zones(
                instrument,
                self._settings.memory,
                earlier,
                self._settings.absorption,
                IcebergZones(self._iceberg_marks, self._settings.ended) if watched else None,
                structure=self._settings.structure,
                sweeps=self._settings.sweeps,
            )
        )
        self._mentor = None if instrument is None else _mentor_for(instrument, self._settings, watched=watched)
        self._session_ranges = SessionRanges(self._bars, self._finished_bars)
        self._agenda = Agenda()
        self._stops: deque[StopMark] = deque(maxlen=STOP_RUNS_KEPT)
        self._icebergs: tuple[IcebergMark, ...] | None = None

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """Every instrument a definition record described, in the order of their first ones."""
        return tuple(self._stream.instruments.values())

    @property
    def records(self) -> int:
        """Records taken so far, of any kind and instrument."""
        return self._stream.records

    @property
    def clock(self) -> int | None:
        """Newest trusted event time, ns; None before the first."""
        if self._book_clock is not None:
            return self._book_clock or None
        return self._finished_bars.clock

    @property
    def books(self) -> BookStage:
        """The first half, for whoever lets it run ahead of the second."""
        return self._books

    def process(self, batch: Batch) -> list[Event]:
        """Take a batch and return the events that are due.

        Raises:
            InstrumentError: A definition record contradicts the instrument that is followed.
        """
        return self.hear(batch, self._books.take(batch))

    def hear(self, batch: Batch, told: Iterable[Told]) -> list[Event]:
        """Take what the first half told of a batch and return the events that are due.

        Raises:
            InstrumentError: A definition record contradicts the instrument that is followed.
        """
        self._stream.records += len(batch)
        self._stream.provenance = batch.provenance
        if batch.schema is Schema.UNKNOWN:
            self._stream.unread += len(batch)
        elif batch.schema is Schema.DEFINITION:
            self._define(batch.records)
        for news in told:
            self._take(news)
        self._icebergs = None
        return self._agenda.due(self._running_event, before=self._tape.waiting_since, clock=self.clock or 0)

    def gap(self) -> None:
        """Hear that the line broke: the book calls itself suspect until records tell it anew what rests."""
        if self._books.book is not None:
            self._books.book.interrupt()
        if self._mentor is not None and self.clock is not None:
            self._mentor.interrupt(self.clock)

    def listen(self, listener: OrderFlowListener) -> None:
        """Let somebody see the book where his own orders ask for it; no event depends on it."""
        self._books.listener = listener

    @property
    def status(self) -> TradingStatus:
        """What the exchange said of its trading."""
        return self._books.status

    @property
    def book_is_doubtful(self) -> bool:
        """Whether the order book is missing records, and no snapshot that would mend it is on its way."""
        return isinstance(self._books.book, Book) and self._books.book.is_doubtful

    def hear_capital(self, capital: CapitalState | None) -> None:
        """Hear what the capital ladder allows, which only its gate depends on."""
        if self._mentor is not None:
            self._mentor.capital = capital

    @property
    def memory(self) -> IcebergMemory | None:
        """What outlives the session, for whoever keeps it; None without an instrument."""
        return None if self._zones is None else self._zones.memory

    def finish(self) -> list[Event]:
        """Say what still waits, and the bars that are open: the data has ended."""
        for news in self._books.finish():
            self._take(news)
        for run in self._tape.finish():
            self._note_stops(run)
        clock = self.clock
        if clock is not None:
            if self._zones is not None:
                self._note_reading(self._zones.finish(clock))
            self._settle(clock + 1)
            for bar in self._logged_bars.open(clock, self.instrument) if self.instrument is not None else ():
                self._agenda.add(bar)
        self._icebergs = None
        return self._agenda.rest()

    @property
    def prices(self) -> looking.Prices:
        """What the market trades at."""
        return looking.prices(self._books.book, self._bars, self._finished_bars)

    def view(self, request: ViewRequest) -> MarketView:
        """Build the picture of the market that `request` asks for.

        Raises:
            RuntimeError: These engines were told that nobody would look.
        """
        if not self._watched:
            raise RuntimeError("no view of engines that are not watched")
        return looking.build(
            request,
            looking.Sight(
                instrument=self.instrument,
                records=self._stream.records,
                schema=self._books.schema,
                provenance=self._stream.provenance,
                book=self._books.book,
                bars=self._bars,
                footprints=self._footprints,
                order_flow=self._order_flow,
                finished_bars=self._finished_bars,
                earlier_sessions=self._earlier_sessions,
                tape=self._tape,
                icebergs=self._iceberg_marks(),
                stops=tuple(self._stops),
                zones=self._zones,
                mentor=self._mentor,
                status=self._books.status,
                session_ranges=self._session_ranges,
            ),
        )

    def _iceberg_marks(self) -> tuple[IcebergMark, ...]:
        """Return the icebergs that are to be seen; looked for once until more is heard."""
        if self._icebergs is None:
            synthetic = () if self._synthetic is None else self._synthetic.marks()
            marks = (*self._native.marks(), *self._inferred.marks(), *synthetic)
            self._icebergs = lasting(marks, self.clock, self._settings.ended)
        return self._icebergs

    # -------------------------------------------------------------------------------------------- what comes in

    def _define(self, records: RecordArray) -> None:
        for record in records:
            defined = from_definition(record)
            if defined is None:
                continue
            self._stream.instruments.setdefault(defined.instrument_id, defined)
            followed = self.instrument
            if followed is not None and defined.instrument_id == followed.instrument_id:
                _agree(followed, defined)

    def _take(self, news: Told) -> None:
        if isinstance(news, Stretch):
            self._running_event, self._book_clock = news.event, news.clock
            self._take_stretch(news)
        elif isinstance(news, CaughtUp):
            self._catch_up()
        elif isinstance(news, DayBegun):
            self._begin_day(news)
        elif isinstance(news, BookBegun):
            self._note_inferred(news.expired)
            self._running_event, self._book_clock = news.event, news.clock
        else:
            self._take_finished_bars(news)

    def _take_stretch(self, stretch: Stretch) -> None:
        bars = self._noted(self._bars.take(stretch.trades, stretch.seconds))
        if self._watched:
            self._order_flow.take(stretch.trades, stretch.seconds)
        stops = self._tape.take(stretch.trades, stretch.event)
        for run in stops:
            self._note_stops(run)
        steps = (self._native if stretch.by_order else self._inferred).take(stretch.hiddens)
        if self._synthetic is not None:
            steps += self._synthetic.take(stretch.reposts)
        for step in steps:
            self._note_iceberg(step)
        found = Found(
            trades=stretch.trades,
            seconds=stretch.seconds,
            bars=bars,
            hiddens=stretch.hiddens,
            steps=tuple(steps),
            stops=tuple(stops),
            of_orders=stretch.by_order and stretch.records > 0,
        )
        self._take_found(found)

    def _catch_up(self) -> None:
        """Say what the clock has passed: all records that could be applied have been."""
        clock, waiting = self.clock or 0, self._tape.waiting_since
        self._close_bars(clock)
        self._settle(clock if waiting is None else min(clock, waiting))

    def _close_bars(self, clock: int) -> None:
        bars = self._noted(self._bars.close_until(clock))
        if len(bars):
            self._take_found(Found(bars=bars))

    def _take_found(self, found: Found) -> None:
        if self._zones is None or self._mentor is None:
            return
        found = found.sane()
        said = self._zones.take(found)
        self._note_reading(said)
        self._mentor.take(found, said, self._bars)

    def _settle(self, before: int) -> None:
        """Let the mentor read what lies before a moment, of which everything has been found."""
        if self._mentor is not None:
            self._note_reading(self._mentor.settle(before))

    def _note_reading(self, events: Iterable[Event]) -> None:
        """Say what an engine of zones or the mentor found; of one time kind by kind, whichever was asked first."""
        for event in events:
            self._agenda.add(event, LAST_OF_ITS_TIME, _READING_RANKS[type(event)])

    def _begin_day(self, begun: DayBegun) -> None:
        self._close_bars(begun.ended)
        if begun.ended:
            self._settle(begun.ended + 1)
        self._note_inferred(begun.expired)
        ended = session_lots(self._bars)
        if ended is not None:
            self._earlier_sessions.take(ended)
        self._bars.begin_day(begun.day.start, begun.day.end)
        if self._watched:
            self._order_flow.begin_day(begun.day.start)
        if self._zones is not None:
            self._zones.begin_day(begun.day)
        if self._mentor is not None:
            self._note_reading(self._mentor.begin_day(begun.day, begun.moment))

    def _take_finished_bars(self, came: BarsCame) -> None:
        if self.instrument is None:
            return
        for event in self._finished_bars.take(came.schema, came.records, self.instrument, day_of):
            if event.interval in INTERVALS and event.interval not in self._settings.bars_logged:
                continue  # what the log does not hold is no evidence
            self._agenda.add(event)
            if self._mentor is not None:
                self._note_reading(self._mentor.take_finished(event))

    # ------------------------------------------------------------------------------------------- what is said of it

    def _noted(self, closed: Iterator[RecordArray]) -> RecordArray:
        """Say the bars that closed, and return together those that the engines of zones and the mentor read."""
        stretches = []
        for rows in closed:
            stretches.append(of_minutes_to_hours(rows))
            for event in self._logged_bars.closed(rows, self.instrument) if self.instrument is not None else ():
                self._agenda.add(event)
        if len(stretches) == 1:
            return stretches[0]
        return np.concatenate(stretches) if stretches else NO_BARS

    def _note_stops(self, run: StopRun) -> None:
        if self.instrument is None:
            return
        if self._watched:
            self._stops.append(StopMark(run.ts, run.side, run.orders, run.volume, run.first, run.last))
        price = self.instrument.price
        event = Stops(
            ts=run.ts,
            side=run.side,
            orders=run.orders,
            volume=run.volume,
            from_price=price(run.first),
            to_price=price(run.last),
        )
        self._agenda.add(event, run.event, _STOPS_RANK)

    def _note_inferred(self, rows: RecordArray) -> None:
        for step in self._inferred.take(rows):
            self._note_iceberg(step)

    def _note_iceberg(self, step: IcebergStep) -> None:
        if self.instrument is None:
            return
        mark = step.mark
        event = Iceberg(
            step.ts,
            mark.id,
            mark.tier,
            mark.order_id,
            mark.side,
            self.instrument.price(mark.tick),
            mark.display,
            mark.filled,
            mark.refreshes,
            mark.state,
            mark.score,
            mark.shown,
            msgspec.UNSET if step.hidden is None else step.hidden,
            msgspec.UNSET if mark.chance is None else mark.chance,
        )
        self._agenda.add(event, step.event, _ICEBERG_RANK)

    def summary(self) -> Summary:
        """Return the totals so far; what the schema cannot tell is None. Wall-clock fields are left to the caller."""
        summary = Summary(
            ts=self.clock or 0,
            records=self._stream.records,
            unread_records=self._stream.unread,
            instruments=[_described(instrument) for instrument in self.instruments],
        )
        if self._books.schema in BAR_SECONDS:
            return msgspec.structs.replace(
                summary, volume=self._finished_bars.volume, off_tick=self._finished_bars.off_tick
            )
        book = self._books.book
        if book is None or self.instrument is None:
            return summary
        totals = self._bars.now
        now, price = book.now, self.instrument.price
        bid, ask = book.best_bid, book.best_ask
        summary = msgspec.structs.replace(
            summary,
            trades=int(totals["trades"]),
            volume=int(totals["volume"]),
            buy_volume=int(totals["buy"]),
            sell_volume=int(totals["sell"]),
            none_volume=int(totals["none"]),
            events=int(now["event"]),
            trade_events=int(now["trade_events"]),
            other_instruments=int(now["others"]),
            late_records=int(now["late_records"]),
            off_tick=int(now["off_tick"]),
            best_bid=None if bid is None else price(bid),
            best_ask=None if ask is None else price(ask),
        )
        if isinstance(book, Book):
            return self._with_orders(summary, now)
        return self._with_levels(summary, now) if now["depth"] else summary

    def _synthetic_totals(self) -> TierTotals:
        synthetic = self._synthetic
        if synthetic is None:
            return _tier_totals(IcebergTotals())
        estimate, count = synthetic.estimate()
        totals = _tier_totals(synthetic.totals)
        return msgspec.structs.replace(totals, said=synthetic.said, estimate=estimate, estimate_n=count)

    def _with_levels(self, summary: Summary, now: Any) -> Summary:
        return msgspec.structs.replace(
            summary,
            crossed_events=int(now["crossed_events"]),
            auction_crossed_events=int(now["auction_crossed"]),
            bad_records=int(now["bad_records"]),
            icebergs={"inferred": _tier_totals(self._inferred.totals)} if now["judges"] else None,
        )

    def _with_orders(self, summary: Summary, now: Any) -> Summary:
        return msgspec.structs.replace(
            summary,
            resting_orders=int(now["resting"]),
            far_orders=int(now["far_orders"]),
            unknown_orders=int(now["unknown_changes"]),
            anonymous_fills=int(now["anonymous_fills"]),
            crossed_events=int(now["crossed_events"]),
            auction_crossed_events=int(now["auction_crossed"]),
            bad_records=int(now["bad_records"]) + int(now["duplicates"]),
            unclosed_events=int(now["unclosed_events"]),
            fifo_checks=int(now["queue_checks"]),
            fifo_violations=int(now["queue_violations"]),
            icebergs={"native": _tier_totals(self._native.totals), "synthetic": self._synthetic_totals()},
        )


def _mentor_for(instrument: Instrument, settings: PipelineSettings, *, watched: bool) -> Mentor:
    return Mentor(
        instrument,
        settings.mentor,
        phase=settings.phase,
        footprint=settings.imo,
        gann=settings.gann,
        cycles=settings.cycles,
        sessions=settings.sessions,
        news=settings.news,
        watched=watched,
    )


def _synthetic_for(
    instrument: Instrument | None, reposts: Reposts | None, settings: SyntheticSettings
) -> SyntheticIcebergs | None:
    if instrument is None or reposts is None:
        return None
    return SyntheticIcebergs(reposts, instrument.tick, settings.pause)


def _tier_totals(totals: IcebergTotals) -> TierTotals:
    return TierTotals(ids=totals.ids, refreshes=totals.refreshes, lots=totals.lots)


def _described(instrument: Instrument) -> dict[str, str | int | float | bool | None]:
    return {
        "symbol": instrument.symbol,
        "instrument_id": instrument.instrument_id,
        "tick": instrument.tick_size,
        "multiplier": None if isnan(instrument.multiplier) else instrument.multiplier,
        "outright": instrument.outright,
    }


def _agree(followed: Instrument, defined: Instrument) -> None:
    """Refuse a definition that contradicts what prices have been read with."""
    if followed.tick != defined.tick:
        raise InstrumentError(
            f"{defined.symbol}: its definition record says tick {defined.tick_size:g}, "
            f"but {followed.tick_size:g} was expected (from {followed.source})"
        )


def run(pipeline: Pipeline, batches: Iterable[Batch]) -> list[Event]:
    """Process all batches and finish; return every event."""
    events = [event for batch in batches for event in pipeline.process(batch)]
    return events + pipeline.finish()
