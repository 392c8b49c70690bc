"""A recording played under a screen."""

import asyncio
import gc
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engines.events import Event
from engines.execution.commands import Command
from engines.view import BookState, MarketPhase, MarketView, ViewRequest
from engines.zones.memory_state import Recollection
from feeds.instrument import Instrument
from feeds.recording import Recording
from feeds.replay import Replay, Restarted
from qmo_tui.errors import QmoError, exit_code_of, one_line
from qmo_tui.exit_codes import ExitCode
from qmo_tui.session.calibrated import ScoreCalibration
from qmo_tui.session.contract import Followed, choose
from qmo_tui.session.event_log import EventLog, first_line
from qmo_tui.session.landmarks import SOUGHT, Circumstances, Landmark, Landmarks, Sought, landmarks_of
from qmo_tui.session.memory import remembered
from qmo_tui.session.playback import Playback
from qmo_tui.session.preparing import PREPARING, aside, load_engines
from qmo_tui.session.record_rate import RecordRate
from qmo_tui.session.sky_ahead import SkyAhead
from qmo_tui.session.trading_desk import WATCH_SECONDS, TradingDesk
from qmo_tui.session.watched import watched
from qmo_tui.settings import Settings

if TYPE_CHECKING:
    from engines.pipeline import Pipeline
    from engines.timing.news import NewsEvent

_TOLD_SHOWN: Final = 2
"""What the trader was told lately, of which so many lines are shown."""


class ReplaySession:
    """A recording played under a screen: what the cockpit looks at, and the controls it turns.

    Attributes:
        line: None: a recording has no line to the market.
        watched: False: it runs in this process.
        source: File names, for the screen.
        transport: The controls.
        error: Why playing ended, in one line; None while nothing is wrong.
        failure: The error itself, for whoever ends the session.
    """

    line: None = None
    watched = False

    def __init__(
        self,
        recording: Recording,
        settings: Settings,
        transport: Replay,
        symbol: str | None = None,
        *,
        memory: Path | None = None,
        news: "tuple[NewsEvent, ...]" = (),
        log: EventLog | None = None,
        trades: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare to play.

        Args:
            recording: What is played.
            settings: All settings.
            transport: The controls.
            symbol: Contract to follow; None takes the busiest.
            memory: File of zones to begin with, which is only read.
            news: The news calendar.
            log: Takes the events, where somebody wants them; it begins anew each time the recording does.
            trades: False where the market is only looked at; as of `TradingDesk`.
            clock: Seconds, for the rate of records.
        """
        self.source = recording.source
        self.transport = transport
        self.error: str | None = None
        self.failure: Exception | None = None
        self._recording = recording
        self._settings = settings
        self._symbol = symbol
        self._memory = memory
        self._news = news
        self._log = log
        self._earlier: Recollection | None = None
        self._remarks: tuple[str, ...] = ()
        self._followed = Followed(None, None)
        self._calibration = ScoreCalibration(settings)
        self._pipeline: Pipeline | None = None
        self._preparing = True
        self._rate = RecordRate(clock)
        self._sky = SkyAhead()
        self._told: deque[str] = deque(maxlen=_TOLD_SHOWN)
        self._desk = TradingDesk(
            settings, recording.source, recording.provenance, trades=trades, tell=self._told.append
        )
        transport.holds = lambda: self._desk.is_in_market
        self._landmarks = Landmarks()
        self._sought: Sought = "zone"

    @property
    def playback(self) -> Playback:
        """Where playing stands, and what it has passed; also what lies ahead where it went back."""
        return Playback.of(self.transport, self._landmarks.all)

    @property
    def notes(self) -> tuple[str, ...]:
        """Lasting remarks about the data."""
        if self._preparing:
            return (PREPARING,)
        return (*self._recording.notes, *self._remarks, *self._calibration.remarks, *self._told)

    @property
    def records_per_second(self) -> float:
        """Records processed in the last second of the wall clock."""
        return self._rate.per_second

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
        view = self._look(self._pipeline, request)
        return replace(view, trading=self._desk.view(self._now, self._trouble)) if request.trading else view

    def _look(self, pipeline: "Pipeline", request: ViewRequest) -> MarketView:
        return self._calibration.beside(pipeline.view(request))

    @property
    def read_only(self) -> str:
        """Why nothing can be traded here."""
        return self._desk.read_only

    def press(self, command: Command) -> None:
        """Do what a key of trading asked for, or refuse it with a reason."""
        self._say(self._desk.press(command, self._now, self._trouble))

    def seek_next(self, wanted: Sought) -> None:
        """Play on unseen until such a thing is said, and pause there; or pause at the end."""
        self._sought = wanted
        self.transport.search(wanted)

    def _mark(self, marks: list[Landmark]) -> None:
        """Keep marks, and stop at what is sought."""
        self._landmarks.add(marks)
        if not self.transport.searching:
            return
        found = [mark.text for mark in marks if mark.kind in SOUGHT[self._sought]]
        if found:
            self.transport.halt("; ".join(found))

    @property
    def _now(self) -> int:
        """The moment that playing has come to, ns: its clock runs through quiet times too, unless it is on its way."""
        clock = (None if self._pipeline is None else self._pipeline.clock) or 0
        return clock if self.transport.seeking else max(clock, self.transport.position or 0)

    @property
    def _trouble(self) -> str:
        jumps = self.transport.seeking and not self.transport.stepping
        return "the replay is on its way to another time" if jumps else ""

    def toggle_recording(self) -> str:
        """Say why this is not recorded."""
        return "this is a recording already"

    async def run(self) -> None:
        """Play until cancelled; an error ends playing and is kept, so that the screen can tell it and stay."""
        measuring: asyncio.Future[None] | None = None
        try:
            self._followed = await aside(self._prepare)
            self.transport.follows = self._contract().instrument_id
            measuring = asyncio.ensure_future(asyncio.to_thread(self.transport.measure))
            await watched(self._play(), self._watch())
        except Exception as error:  # noqa: BLE001 - kept for the command line, which tells it as any other
            self.failure = error
            self.error = one_line(str(error) if exit_code_of(error) is not None else f"{type(error).__name__}: {error}")
        finally:
            self._preparing = False
            self._say(self._desk.leave("the session ended", self._now))
            self._desk.close("ended by the trader" if self.failure is None else "ended by an error")
            self.transport.give_up()
            await self._sky.close()
            if measuring is not None:
                await asyncio.gather(measuring, return_exceptions=True)

    def _contract(self) -> Instrument:
        if self._followed.instrument is None:
            raise QmoError(
                f"{self.source} holds no order flow to show; `qmo replay --headless` tells what it defines",
                ExitCode.UNREADABLE,
            )
        return self._followed.instrument

    def _prepare(self) -> Followed:
        """Find the contract and compile the engines; takes seconds on the first run, so it stands in a thread."""
        followed = choose(self._recording, self._settings, self._symbol)
        if followed.instrument is not None:
            load_engines()
            self._calibration.follow(followed.instrument, self._recording.provenance)
        if self._memory is not None and followed.instrument is not None:
            self._earlier, self._remarks = remembered(self._memory, followed.instrument)
        return followed

    async def _play(self) -> None:
        pipeline = self._begin()
        circumstances = Circumstances(pipeline)
        self._preparing = False
        async for batch in self.transport.batches():
            if isinstance(batch, Restarted):
                self._say(self._desk.leave("the trader went back in the replay", self._now))
                if self._log is not None:
                    self._log.restart()
                pipeline = self._begin()
                circumstances = Circumstances(pipeline)
                self._calibration.restart()
                gc.collect()  # the engines of before know each other in circles
                continue
            events = pipeline.process(batch)
            self._calibration.hear(events)
            self._mark(circumstances.landmarks())
            self._say(events)
            self._say(self._desk.hear(events, self._now, self._trouble))
            if pipeline.clock is not None:
                self._sky.begin(pipeline.clock)
            self._rate.add(len(batch))

    def _begin(self) -> "Pipeline":
        """Begin with engines that have heard nothing."""
        pipeline = self._pipeline = self._followed.pipeline(self._settings, self._earlier, self._news)
        self._desk.follow(self._contract(), pipeline, partial(self._look, pipeline))
        self._say([first_line(self._recording, self._followed.instrument, self._settings)])
        return pipeline

    def _say(self, events: Sequence[Event]) -> None:
        """Write lines where somebody wants them, and mark what is worth finding again."""
        if self._log is not None:
            self._log.write(events)
        self._mark(landmarks_of(events))

    async def _watch(self) -> None:
        """Let time go on for orders and prompts while no record comes."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            self._say(self._desk.watch(self._now, self._trouble))
