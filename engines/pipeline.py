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
from engines.book.book import Book, BookOutput
from engines.book.held_back import HeldBack
from engines.book.layout import UNKNOWN_OFI, RecordArray
from engines.book.levels import QUIET_NS, LevelBook
from engines.book.listener import OrderFlowListener
from engines.book.rows import copied
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
from engines.timing.trading_day import day_of, trading_day
from engines.view import IcebergMark, MarketView, StopMark, ViewRequest
from engines.zones.absorption import AbsorptionSettings
from engines.zones.found import NO_BARS, NO_ORDERS, Found
from engines.zones.iceberg_marks import EndedShown, IcebergZones, lasting
from engines.zones.icebergs import IcebergStep, IcebergTotals, NativeIcebergs
from engines.zones.inferred import InferredIcebergs
from engines.zones.memory import IcebergMemory, MemorySettings
from engines.zones.memory_state import Recollection
from engines.zones.reposts import SyntheticSettings
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
_READING_KINDS: Final = (*_ZONE_KINDS, *_MENTOR_KINDS)

_TRADE_SOURCES: Final = {
    Schema.MBO: 5,
    Schema.MBP_10: 4,
    Schema.MBP_1: 3,
    Schema.TBBO: 2,
    Schema.TRADES: 1,
    **dict.fromkeys(BAR_SECONDS, 0),
}
"""Schemas that tell what traded, by how much they tell: only the best one seen is counted, so that nothing is twice."""


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
    schema: Schema | None = None
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
    ) -> None:
        """Start before the first record.

        Args:
            instrument: The contract to follow.
            settings: What influences events.
            schema: The schema to take trades from, where the source knows; without it the best one seen so far, so that
                trades which come before a better schema begins are counted in both.
            earlier: What is remembered of earlier sessions; nothing unless given.
        """
        self.instrument = instrument
        self._wanted_schema = schema
        self._settings = settings or PipelineSettings()
        self._stream = _Stream()
        self._book: Book | LevelBook | None = None
        self._bars = Bars(self._settings.flow)
        self._footprints = Footprints(self._bars, self._settings.flow)
        self._order_flow = OrderFlowReading(self._bars, self._settings.flow)
        self._logged_bars = LoggedBars(self._settings.bars_logged, self._bars, self._settings.flow)
        self._finished_bars = FinishedBars()
        self._earlier_sessions = EarlierSessions()
        self._tape = Tape()
        self._native = NativeIcebergs()
        self._inferred = InferredIcebergs()
        self._synthetic = _synthetic_for(instrument, self._settings.synthetic)
        self._status = TradingStatus()
        self._zones = (
            None
            if instrument is None
            else Zones(
                instrument,
                self._settings.memory,
                earlier,
                self._settings.absorption,
                IcebergZones(self._iceberg_marks),
                structure=self._settings.structure,
                sweeps=self._settings.sweeps,
            )
        )
        self._mentor = None if instrument is None else _mentor_for(instrument, self._settings)
        self._session_ranges = SessionRanges(self._bars, self._finished_bars)
        self._agenda = Agenda()
        self._held = HeldBack()
        self._listener: OrderFlowListener | None = None
        self._stops: deque[StopMark] = deque(maxlen=STOP_RUNS_KEPT)
        self._day_end = 0

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
        if self._book is not None:
            return int(self._book.now["clock"]) or None
        return self._finished_bars.clock

    def process(self, batch: Batch) -> list[Event]:
        """Take a batch and return the events that are due.

        Raises:
            InstrumentError: A definition record contradicts the instrument that is followed.
        """
        self._stream.records += len(batch)
        self._stream.provenance = batch.provenance
        if batch.schema is Schema.UNKNOWN:
            self._stream.unread += len(batch)
        elif batch.schema is Schema.DEFINITION:
            self._define(batch.records)
        elif batch.schema is Schema.STATUS:
            self._take_status(batch.records)
        elif batch.schema in _TRADE_SOURCES and self.instrument is not None:
            self._take_trades(batch, self.instrument)
        return self._agenda.due(self._running_event(), before=self._tape.waiting_since, clock=self.clock or 0)

    def gap(self) -> None:
        """Hear that the line broke: the book calls itself suspect until records tell it anew what rests."""
        if self._book is not None:
            self._book.interrupt()
        if self._mentor is not None and self.clock is not None:
            self._mentor.interrupt(self.clock)

    def listen(self, listener: OrderFlowListener) -> None:
        """Let somebody see the book where his own orders ask for it; no event depends on it."""
        self._listener = listener

    @property
    def status(self) -> TradingStatus:
        """What the exchange said of its trading."""
        return self._status

    @property
    def book_is_doubtful(self) -> bool:
        """Whether the order book is missing records, and no snapshot that would mend it is on its way."""
        return isinstance(self._book, Book) and self._book.is_doubtful

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
        if isinstance(self._book, Book):
            for records in self._held.rest():
                self._take_order_flow(self._book, records)
        elif self._book is not None:
            self._book.finish()
        for run in self._tape.finish():
            self._note_stops(run)
        clock = self.clock
        if clock is not None:
            if self._zones is not None:
                self._note_reading(self._zones.finish(clock))
            self._settle(clock + 1)
            for bar in self._logged_bars.open(clock, self.instrument) if self.instrument is not None else ():
                self._agenda.add(bar)
        return self._agenda.rest()

    def view(self, request: ViewRequest) -> MarketView:
        """Build the picture of the market that `request` asks for."""
        return looking.build(
            request,
            looking.Sight(
                instrument=self.instrument,
                records=self._stream.records,
                schema=self._stream.schema,
                provenance=self._stream.provenance,
                book=self._book,
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
                status=self._status,
                session_ranges=self._session_ranges,
            ),
        )

    def _iceberg_marks(self) -> tuple[IcebergMark, ...]:
        """Return the icebergs that are to be seen."""
        synthetic = () if self._synthetic is None else self._synthetic.marks()
        marks = (*self._native.marks(), *self._inferred.marks(), *synthetic)
        return lasting(marks, self.clock, self._settings.ended)

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

    def _take_status(self, records: RecordArray) -> None:
        if self.instrument is None:
            return
        for record in records[records["instrument_id"] == self.instrument.instrument_id]:
            self._status.take(int(record["action"]), int(record["ts_event"]))
            if self._book is not None:
                self._status.apply(self._book)

    def _take_trades(self, batch: Batch, instrument: Instrument) -> None:
        wanted, best = self._wanted_schema, self._stream.schema
        if wanted is not None and batch.schema is not wanted:
            return
        if best is None or _TRADE_SOURCES[batch.schema] > _TRADE_SOURCES[best]:
            self._stream.schema = batch.schema
            self._replace_book(batch.schema, instrument)
        elif batch.schema is not best:
            return
        if self._book is None:
            self._take_finished_bars(batch, instrument)
        elif isinstance(self._book, Book):
            for records in self._held.whole_events(batch.records, instrument.instrument_id):
                self._take_order_flow(self._book, records)
        else:
            self._take_order_flow(self._book, batch.records)

    def _replace_book(self, schema: Schema, instrument: Instrument) -> None:
        """Begin with the book that a schema can fill; it goes on in time and event numbers where a lesser one stood."""
        before = self._book
        if isinstance(before, LevelBook):
            before.finish()
            self._note_inferred(before.expire(int(before.now["clock"])))
        self._book = book = _book_for(schema, instrument, self._settings.inferred_quiet)
        if book is not None and before is not None:
            for name in ("event", "clock", "boundary"):
                book.now[name] = before.now[name]
            if UNKNOWN_OFI not in (before.now["ofi"], book.now["ofi"]):
                book.now["ofi"] = before.now["ofi"]
            if self._synthetic is not None:
                self._synthetic.begin(int(before.now["clock"]))
        if book is not None:
            self._status.apply(book)

    def _take_order_flow(self, book: Book | LevelBook, records: RecordArray) -> None:
        listener = self._listener
        if listener is None:
            self._take_stretch(book, records)
        else:
            while listener.is_listening and (end := listener.read(book, records)) < len(records):
                self._take_stretch(book, records[:end])
                listener.see(book)
                records = records[end:]
            self._take_stretch(book, records)
            listener.see(book)
        clock = int(book.now["clock"])
        self._close_bars(clock)
        waiting = self._tape.waiting_since
        self._settle(clock if waiting is None else min(clock, waiting))

    def _take_stretch(self, book: Book | LevelBook, records: RecordArray) -> None:
        position = 0
        for output in book.process(records):
            self._take_output(book, output, records[position : output.position])
            position = output.position
            if output.at_boundary:
                self._turn(book, int(records["ts_event"][position]))

    def _take_output(self, book: Book | LevelBook, output: BookOutput, records: RecordArray) -> None:
        bars = self._noted(self._bars.take(output.trades, output.seconds))
        self._order_flow.take(output.trades, output.seconds)
        stops = self._tape.take(output.trades, int(book.now["event"]))
        for run in stops:
            self._note_stops(run)
        is_by_order = isinstance(book, Book)
        first = int(book.now["records"]) - len(records)
        steps = (self._native if is_by_order else self._inferred).take(output.hiddens)
        if is_by_order and self._synthetic is not None:
            steps += self._synthetic.take(records, first, output.hiddens, int(book.now["event"]))
        for step in steps:
            self._note_iceberg(step)
        found = Found(
            trades=output.trades,
            seconds=output.seconds,
            bars=bars,
            hiddens=output.hiddens,
            steps=tuple(steps),
            stops=tuple(stops),
            orders=records if is_by_order else NO_ORDERS,
            first=first,
        )
        self._take_found(found)

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
            self._agenda.add(event, LAST_OF_ITS_TIME, _READING_KINDS.index(type(event)))

    def _turn(self, book: Book | LevelBook, moment: int) -> None:
        """Pass a boundary of the trading day: its end, or the begin of its halt."""
        opening = self._day_end == 0
        if moment >= self._day_end:
            self._close_bars(self._day_end)
            if not opening:
                self._settle(self._day_end + 1)
            if isinstance(book, LevelBook):
                self._note_inferred(book.expire(self._day_end))
            ended = session_lots(self._bars)
            if ended is not None:
                self._earlier_sessions.take(ended)
            day = trading_day(moment)
            self._bars.begin_day(day.start, day.end)
            self._order_flow.begin_day(day.start)
            if self._zones is not None:
                self._zones.begin_day(day)
            if self._mentor is not None:
                self._note_reading(self._mentor.begin_day(day, moment))
            self._day_end = day.end
            book.now["boundary"] = day.end if moment >= day.halt else day.halt
        else:
            book.now["boundary"] = self._day_end
        if not opening:
            book.await_trading()

    def _take_finished_bars(self, batch: Batch, instrument: Instrument) -> None:
        for event in self._finished_bars.take(batch.schema, batch.records, instrument, day_of):
            if event.interval in INTERVALS and event.interval not in self._settings.bars_logged:
                continue  # what the log does not hold is no evidence
            self._agenda.add(event)
            if self._mentor is not None:
                self._note_reading(self._mentor.take_finished(event))

    def _running_event(self) -> int:
        return 0 if self._book is None else int(self._book.now["event"])

    # ------------------------------------------------------------------------------------------- what is said of it

    def _noted(self, closed: Iterator[RecordArray]) -> RecordArray:
        """Say the bars that closed and return all of them together."""
        stretches = []
        for rows in closed:
            stretches.append(copied(rows))
            for event in self._logged_bars.closed(rows, self.instrument) if self.instrument is not None else ():
                self._agenda.add(event)
        if len(stretches) == 1:
            return stretches[0]
        return np.concatenate(stretches) if stretches else NO_BARS

    def _note_stops(self, run: StopRun) -> None:
        if self.instrument is None:
            return
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
            ts=step.ts,
            id=mark.id,
            tier=mark.tier,
            order_id=mark.order_id,
            side=mark.side,
            price=self.instrument.price(mark.tick),
            display=mark.display,
            filled=mark.filled,
            refreshes=mark.refreshes,
            state=mark.state,
            score=mark.score,
            shown=mark.shown,
            hidden=msgspec.UNSET if step.hidden is None else step.hidden,
            chance=msgspec.UNSET if mark.chance is None else mark.chance,
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
        if self._stream.schema in BAR_SECONDS:
            return msgspec.structs.replace(
                summary, volume=self._finished_bars.volume, off_tick=self._finished_bars.off_tick
            )
        if self._book is None or self.instrument is None:
            return summary
        totals = self._bars.now
        now, price = self._book.now, self.instrument.price
        bid, ask = self._book.best_bid, self._book.best_ask
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
        if isinstance(self._book, Book):
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


def _mentor_for(instrument: Instrument, settings: PipelineSettings) -> Mentor:
    return Mentor(
        instrument,
        settings.mentor,
        phase=settings.phase,
        footprint=settings.imo,
        gann=settings.gann,
        cycles=settings.cycles,
        absorption=settings.absorption,
        sessions=settings.sessions,
        news=settings.news,
    )


def _synthetic_for(instrument: Instrument | None, settings: SyntheticSettings) -> SyntheticIcebergs | None:
    return None if instrument is None else SyntheticIcebergs(instrument.instrument_id, instrument.tick, settings)


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


def _book_for(schema: Schema, instrument: Instrument, quiet: int) -> Book | LevelBook | None:
    if schema in BAR_SECONDS:
        return None
    book: Book | LevelBook
    if schema is Schema.MBO:
        book = Book(instrument.instrument_id, instrument.tick)
    else:
        book = LevelBook(instrument.instrument_id, instrument.tick, schema, quiet)
    book.now["boundary"] = 0  # the first record opens its trading day
    return book


def run(pipeline: Pipeline, batches: Iterable[Batch]) -> list[Event]:
    """Process all batches and finish; return every event."""
    events = [event for batch in batches for event in pipeline.process(batch)]
    return events + pipeline.finish()
