"""One live session: a source's stream through the engines, for the screen and the event log.

Order flow and context never meet: what a context source says goes through engines of its own, and is shown only while
the order flow is out, under its own badge.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from engines.book.layout import SECOND_NS
from engines.events import Event, Feed
from engines.execution.commands import Command
from engines.mentor.age import with_age
from engines.view import BookState, MarketPhase, MarketView, ViewRequest
from feeds.instrument import Instrument, root_of
from feeds.records import Batch, Provenance, Schema
from feeds.states import ContextQuote, FeedChange, FeedItem, FeedState, Following, Gap, LiveSource
from feeds.supervisor import BOOK
from qmo_tui.errors import exit_code_of, one_line
from qmo_tui.session.calibrated import ScoreCalibration
from qmo_tui.session.clock import with_clock
from qmo_tui.session.contract import Followed, agreed
from qmo_tui.session.earlier_bars import EarlierBars
from qmo_tui.session.event_log import EventLog, session_line
from qmo_tui.session.history_warm_up import HistoryWarmUp
from qmo_tui.session.landmarks import Sought
from qmo_tui.session.line import Line
from qmo_tui.session.memory import SessionMemory
from qmo_tui.session.preparing import PREPARING, aside, load_engines
from qmo_tui.session.record_rate import RecordRate
from qmo_tui.session.sky_ahead import SkyAhead
from qmo_tui.session.tap import Tap
from qmo_tui.session.trading_desk import WATCH_SECONDS, TradingDesk
from qmo_tui.session.watched import watched
from qmo_tui.settings import Settings

if TYPE_CHECKING:
    from engines.pipeline import Pipeline
    from engines.timing.news import NewsEvent
    from engines.timing.status import TradingStatus
    from engines.zones.memory import IcebergMemory

_LOGGER: Final = logging.getLogger("qmo.session")
_SHOWN_NS: Final = 100_000_000
"""Resolution of the age of the data on the screen; a finer one would repaint it for nothing."""
_REMARKS_SHOWN: Final = 2
CHANGES_KEPT: Final = 200
"""Changes of the line kept for the screen."""


@runtime_checkable
class Doubtful(Protocol):
    """A source that wants to know when what it delivers cannot be right."""

    def report(self, subject: str, reason: str | None) -> None:
        """Hear what is wrong, one line a subject; None takes it back."""


class LiveSession:
    """The market of this moment: what the cockpit looks at while a live source runs.

    Attributes:
        source: What the screen calls the source.
        transport: None: the present cannot be paused.
        playback: None, for the same reason.
        watched: False: it runs in this process.
        error: Why the session ended, in one line; None while nothing is wrong.
        failure: The error itself, for whoever ends the session.
    """

    transport: None = None
    playback: None = None
    watched = False

    def __init__(
        self,
        source: LiveSource,
        settings: Settings,
        *,
        log: EventLog | None = None,
        tap: Tap | None = None,
        warm_up: HistoryWarmUp | None = None,
        memory: SessionMemory | None = None,
        news: "tuple[NewsEvent, ...]" = (),
        remarks: Sequence[str] = (),
        trades: bool = True,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """Prepare to listen to `source`.

        Args:
            source: What is listened to.
            settings: All settings.
            log: Takes the events, where somebody wants them.
            tap: Records what the source receives.
            warm_up: Fetches the bars before the session, for the chart alone.
            memory: Where zones outlive the session; without it they live as long as the session.
            news: The news calendar.
            remarks: What the screen tells in its notices, newest last; it may grow.
            trades: False where the market is only looked at; as of `TradingDesk`.
            clock: Seconds, for the rate of records, and what carries the moment on while none comes.
            wall_clock: Nanoseconds UTC, for the age of the data.
        """
        self.source = source.name
        self.error: str | None = None
        self.failure: Exception | None = None
        self._feed = source
        self._settings = settings
        self._log = log
        self._tap = tap
        self._warm_up = warm_up
        self._earlier = EarlierBars()
        self._charted: str | None = None
        self._remarks = remarks
        self._ending: asyncio.Task[None] | None = None
        self._doubts = source.report if isinstance(source, Doubtful) else None
        self._doubted = False
        self._clock = clock
        self._wall_clock = wall_clock
        self._stale = round(settings.mentor.stale_seconds * SECOND_NS)
        self._memory = memory or SessionMemory()
        self._market = _Market(settings, self._memory, news)
        self._calibration = ScoreCalibration(settings)
        self._context = _Market(settings, news=news)
        self._quote: ContextQuote | None = None
        self._changes: deque[FeedChange] = deque(maxlen=CHANGES_KEPT)
        self._interruptions = 0
        self._heard: int | None = None
        self._reached: int | None = None
        self._reached_at = 0.0
        self._preparing = True
        self._said = False
        self._unsaid: list[Event] = []
        self._rate = RecordRate(clock)
        self._told: list[str] = []
        self._sky = SkyAhead()
        self._desk = TradingDesk(
            settings, source.name, Provenance.LIVE, trades=trades, tell=self._told.append, wall_clock=wall_clock
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """Lasting remarks about the data."""
        if self._preparing:
            return (PREPARING,)
        hint = None if self._warm_up is None else self._warm_up.hint
        passing = (self._earlier_in_words, hint)
        lasting = (note for note in passing if note is not None)
        return (*lasting, *self._calibration.remarks, *self._told, *self._remarks[-_REMARKS_SHOWN:])

    @property
    def records_per_second(self) -> float:
        """Records processed in the last second of the wall clock."""
        return self._rate.per_second

    @property
    def line(self) -> Line:
        """How the line to the market stands."""
        newest = self._changes[-1] if self._changes else None
        return Line(
            state=FeedState.CONNECTING if newest is None else newest.state,
            source=self.source if newest is None else newest.source,
            reason="" if newest is None else newest.reason,
            since=None if newest is None else newest.at,
            heard=self._newest(newest),
            now=self._wall_clock() // _SHOWN_NS * _SHOWN_NS,
            interruptions=self._interruptions,
            recording=None if self._tap is None else self._tap.words,
            changes=tuple(self._changes),
        )

    def _newest(self, change: FeedChange | None) -> int | None:
        """Return when the newest record came, or of when the price is that stands in."""
        if change is not None and change.state is FeedState.CONTEXT:
            return None if self._quote is None else self._quote.at
        return self._heard

    def seek_next(self, wanted: Sought) -> None:
        """Do nothing: the present cannot be sought."""

    def view(self, request: ViewRequest) -> MarketView:
        """Return the market as it stands: order flow, or the context that stands in for it."""
        if self._changes and self._changes[-1].state is FeedState.CONTEXT:
            self._charted = None
            view = _with_quote(self._context.view(request, Provenance.CONTEXT), self._quote)
            clocked = with_clock(view, self._wall_clock()) if request.timing else view
        else:
            self._charted = request.interval
            view = self._earlier.before(self._look(request), request)
            clocked = with_clock(view, self._now, self._market.status) if request.timing else view
        if not request.trading:
            return clocked
        # Also while the order flow is out: what is held is held.
        now = self._now // _SHOWN_NS * _SHOWN_NS
        return replace(clocked, trading=self._desk.view(now, self._trouble))

    def _look(self, request: ViewRequest) -> MarketView:
        """Return what the order flow shows, the age of its newest record counted."""
        return self._aged(self._calibration.beside(self._market.view(request, Provenance.LIVE)))

    @property
    def _now(self) -> int:
        """The moment, ns: the newest event time of any engines, carried on while no record comes.

        Not by the clock on the wall: where that jumps, what is sent would arrive at a moment that is far away.
        """
        if self._reached is None:
            return self._wall_clock()
        return self._reached + round((self._clock() - self._reached_at) * SECOND_NS)

    @property
    def _trouble(self) -> str:
        """Why nothing may be traded whatever the prices say; empty while the line is sound."""
        state = self._changes[-1].state if self._changes else FeedState.CONNECTING
        if state is not FeedState.LIVE:
            return f"the feed is {state.lower()}"
        age = 0 if self._heard is None else self._wall_clock() - self._heard
        return f"stale {age / SECOND_NS:.1f} s" if age > self._stale else ""

    def _aged(self, view: MarketView) -> MarketView:
        """Close the mentor's data gate once nothing comes any more, by the clock on the wall."""
        if view.mentor is None:
            return view
        age = None if self._heard is None else self._wall_clock() - self._heard
        return replace(view, mentor=with_age(view.mentor, age, self._stale))

    @property
    def _earlier_in_words(self) -> str | None:
        """Which of the bars that were looked at last are history's."""
        if self._charted is None:
            return None
        return self._earlier.words(self._charted, self._settings.cockpit.time_zone, self._wall_clock())

    @property
    def read_only(self) -> str:
        """Why nothing can be traded here."""
        return self._desk.read_only

    def press(self, command: Command) -> None:
        """Do what a key of trading asked for, or refuse it with a reason."""
        self._say(self._desk.press(command, self._now, self._trouble))

    async def _watch(self) -> None:
        """Let time go on for orders and prompts while no record comes."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            self._say(self._desk.watch(self._now, self._trouble))

    def toggle_recording(self) -> str:
        """Begin or end a recording; return what to tell the trader."""
        if self._tap is None:
            return "this source cannot be recorded"
        if self._tap.wanted:
            self._ending = asyncio.create_task(self._end_recording(self._tap))
            return "the recording ends"
        if self._tap.start():
            return "the recording begins, with a fresh snapshot"
        return "too many fresh sessions lately: the recording begins with the next one"

    async def run(self) -> None:
        """Listen until the source ends or the session is cancelled; an error is kept for the screen to tell."""
        try:
            await watched(self._listen(), self._watch())
        except Exception as error:  # noqa: BLE001 - kept for the command line, which tells it as any other
            self.failure = error
            self.error = one_line(str(error) if exit_code_of(error) is not None else f"{type(error).__name__}: {error}")
            self._changes.append(FeedChange(FeedState.CLOSED, self.source, self.error, self._wall_clock()))
        finally:
            self._preparing = False
            self._desk.close("ended by the trader" if self.failure is None else "ended by an error")
            await self._sky.close()
            if self._warm_up is not None:
                await self._warm_up.close()
            await self._feed.close()
            if self._ending is not None:
                await self._ending
            if self._tap is not None:
                await self._end_recording(self._tap)
            try:
                self._finish()
            finally:
                await self._memory.close(None if self._has_defect else self._market.memory)

    async def _listen(self) -> None:
        await aside(load_engines)
        await asyncio.to_thread(self._calibration.prepare)
        await self._memory.open()
        self._preparing = False
        self._sky.begin(self._wall_clock())
        async with aclosing(self._feed.items()) as items:
            async for item in items:
                self._take(item)

    @property
    def _has_defect(self) -> bool:
        """Whether the session ended by a defect, so that what the engines hold may be half done."""
        return self.failure is not None and exit_code_of(self.failure) is None

    async def _end_recording(self, tap: Tap) -> None:
        """Let the recorder finish its file; what had made it stop before, it has told as a notice."""
        try:
            await tap.stop()
        except Exception as error:
            _LOGGER.exception("the recorder failed")
            self.error = self.error or one_line(f"the recorder failed: {type(error).__name__}: {error}")

    def _take(self, item: FeedItem) -> None:
        if isinstance(item, Batch):
            self._take_batch(item)
        elif isinstance(item, FeedChange):
            self._changes.append(item)
            said = self._feed_event(item)
            self._say([said])
            self._desk.note([said], self._now)
        elif isinstance(item, Gap):
            self._interruptions += 1
            self._market.gap()
        elif isinstance(item, Following):
            self._follow(item)
        else:
            self._quote = item

    def _take_batch(self, batch: Batch) -> None:
        if batch.provenance is Provenance.CONTEXT:
            self._context.follow(batch.instrument, None)
            self._context.process(batch)
            return
        self._heard = self._wall_clock()
        self._rate.add(len(batch))
        self._earlier.hear(batch)
        events = self._market.process(batch)
        self._reached, self._reached_at = self._market.clock or self._reached, self._clock()
        self._calibration.hear(events)
        self._say(events)
        self._say(self._desk.hear(events, self._now, self._trouble))
        self._memory.hear(self._market.memory)
        self._judge_book()

    def _judge_book(self) -> None:
        """Tell the source when its book cannot be right, so that it asks for a fresh one."""
        doubtful = self._market.book_is_doubtful
        if self._doubts is not None and doubtful != self._doubted:
            self._doubted = doubtful
            self._doubts(BOOK, "orders are missing from the book" if doubtful else None)

    def _follow(self, following: Following) -> None:
        """Go over to a contract; the engines of the one before say what they still know.

        Raises:
            InstrumentError: Its definition contradicts the settings.
        """
        instrument = agreed(following.instrument, self._settings.instruments.get(root_of(following.instrument.symbol)))
        if instrument != self._market.instrument:
            self._earlier = EarlierBars()
            self._calibration.follow(instrument, Provenance.LIVE)
            if self._warm_up is not None:
                self._warm_up.begin(instrument, self._earlier.deliver)
        before = self._market.pipeline
        if before is not None and instrument != self._market.instrument:
            self._say(self._desk.leave(f"{instrument.symbol} is followed now", self._now))
        self._say(self._market.follow(instrument, following.schema))
        pipeline = self._market.pipeline
        if pipeline is not None and pipeline is not before:
            self._desk.follow(instrument, pipeline, self._look)
        if not self._said:
            self._begin_log(instrument)

    def _finish(self) -> None:
        self._say(self._market.finish())
        if not self._said:
            self._begin_log(None)

    # ------------------------------------------------------------------------------------------------ the event log

    def _say(self, events: Sequence[Event]) -> None:
        if self._log is None:
            return
        if self._said:
            self._log.write(events)
        else:
            self._unsaid += events

    def _begin_log(self, instrument: Instrument | None) -> None:
        """Write the first line, which names the contract, and what waited for it."""
        self._said = True
        if self._log is None:
            return
        dataset = "" if instrument is None else instrument.dataset
        self._log.write(
            [session_line(self.source, Provenance.LIVE, instrument, self._settings, ts=0, schema=None, dataset=dataset)]
        )
        self._log.write(self._unsaid)
        self._unsaid.clear()

    def _feed_event(self, change: FeedChange) -> Feed:
        return Feed(
            ts=self._market.clock or 0, state=change.state, source=change.source, reason=change.reason, at=change.at
        )


class _Market:
    """Engines that may not be there yet: they begin when the contract is known."""

    def __init__(
        self, settings: Settings, memory: SessionMemory | None = None, news: "tuple[NewsEvent, ...]" = ()
    ) -> None:
        self._followed = Followed(None, None)
        self._settings = settings
        self._memory = memory
        self._news = news
        self._pipeline: Pipeline | None = None

    @property
    def instrument(self) -> Instrument | None:
        return self._followed.instrument

    @property
    def pipeline(self) -> "Pipeline | None":
        return self._pipeline

    @property
    def clock(self) -> int | None:
        return None if self._pipeline is None else self._pipeline.clock

    @property
    def memory(self) -> "IcebergMemory | None":
        return None if self._pipeline is None else self._pipeline.memory

    @property
    def status(self) -> "TradingStatus | None":
        return None if self._pipeline is None else self._pipeline.status

    @property
    def book_is_doubtful(self) -> bool:
        return self._pipeline is not None and self._pipeline.book_is_doubtful

    def follow(self, instrument: Instrument | None, schema: Schema | None) -> list[Event]:
        """Begin with fresh engines, unless this is followed already; return what the ones before still know."""
        followed = Followed(instrument, schema)
        if self._pipeline is not None and followed == self._followed:
            return []
        last_words = self.finish()
        self._followed = followed
        earlier = None if self._memory is None else self._memory.turn(self.memory, instrument)
        self._pipeline = followed.pipeline(self._settings, earlier, self._news)
        return last_words

    def process(self, batch: Batch) -> list[Event]:
        return [] if self._pipeline is None else self._pipeline.process(batch)

    def gap(self) -> None:
        if self._pipeline is not None:
            self._pipeline.gap()

    def finish(self) -> list[Event]:
        return [] if self._pipeline is None else self._pipeline.finish()

    def view(self, request: ViewRequest, provenance: Provenance) -> MarketView:
        if self._pipeline is None or not self._pipeline.records:
            return MarketView(
                sequence=0,
                instrument=self.instrument,
                provenance=provenance,
                schema=None,
                event_time=None,
                receive_time=None,
                phase=MarketPhase.UNKNOWN,
                book=BookState.EMPTY,
            )
        return self._pipeline.view(request)


def _with_quote(view: MarketView, quote: ContextQuote | None) -> MarketView:
    """Return a context view with the newest price in it, on the tick of its instrument."""
    instrument = view.instrument
    if quote is None or instrument is None:
        return view
    return replace(
        view,
        sequence=max(1, view.sequence),
        event_time=max(quote.at, view.event_time or 0),
        last=instrument.ticks(quote.price),
        best_bid=None if quote.bid is None else instrument.ticks(quote.bid),
        best_ask=None if quote.ask is None else instrument.ticks(quote.ask),
    )
