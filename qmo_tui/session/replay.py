"""A recording played under a screen."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

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
from qmo_tui.session.memory import remembered
from qmo_tui.session.preparing import PREPARING, load_engines
from qmo_tui.session.record_rate import RecordRate
from qmo_tui.session.sky_ahead import SkyAhead
from qmo_tui.settings import Settings

if TYPE_CHECKING:
    from engines.pipeline import Pipeline
    from engines.timing.news import NewsEvent


class ReplaySession:
    """A recording played under a screen: what the cockpit looks at, and the controls it turns.

    Attributes:
        line: None: a recording has no line to the market.
        source: File names, for the screen.
        transport: The controls.
        error: Why playing ended, in one line; None while nothing is wrong.
        failure: The error itself, for whoever ends the session.
    """

    line: None = None

    def __init__(
        self,
        recording: Recording,
        settings: Settings,
        transport: Replay,
        symbol: str | None = None,
        *,
        memory: Path | None = None,
        news: "tuple[NewsEvent, ...]" = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare to play; `memory` is a file of zones to begin with, which is only read, `news` a calendar."""
        self.source = recording.source
        self.transport = transport
        self.error: str | None = None
        self.failure: Exception | None = None
        self._recording = recording
        self._settings = settings
        self._symbol = symbol
        self._memory = memory
        self._news = news
        self._earlier: Recollection | None = None
        self._remarks: tuple[str, ...] = ()
        self._followed = Followed(None, None)
        self._calibration = ScoreCalibration(settings)
        self._pipeline: Pipeline | None = None
        self._preparing = True
        self._rate = RecordRate(clock)
        self._sky = SkyAhead()

    @property
    def notes(self) -> tuple[str, ...]:
        """Lasting remarks about the data."""
        if self._preparing:
            return (PREPARING,)
        return (*self._recording.notes, *self._remarks, *self._calibration.remarks)

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
        return self._calibration.beside(self._pipeline.view(request))

    @property
    def read_only(self) -> str:
        """Why nothing can be traded here."""
        return "no account"

    def press(self, command: Command) -> None:
        """Do nothing: there is no account that could obey."""

    def toggle_recording(self) -> str:
        """Say why this is not recorded."""
        return "this is a recording already"

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
        self._pipeline = self._followed.pipeline(self._settings, self._earlier, self._news)
        self._preparing = False
        async for batch in self.transport.batches():
            if isinstance(batch, Restarted):
                self._pipeline = self._followed.pipeline(self._settings, self._earlier, self._news)
                self._calibration.restart()
                continue
            self._calibration.hear(self._pipeline.process(batch))
            if self._pipeline.clock is not None:
                self._sky.begin(self._pipeline.clock)
            self._rate.add(len(batch))
