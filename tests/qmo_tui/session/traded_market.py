"""A desk on a simulated gold market that tests play forward a stretch at a time; every part of it is the real one."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from engines.book.by_price import MarketByPrice
from engines.events import Event
from engines.execution.commands import Arm, Command, Confirm, ManualEntry
from engines.pipeline import Pipeline
from engines.trading_view import TradingView
from engines.view import MarketView, ViewRequest
from feeds.records import Batch, Provenance, Records, Schema
from feeds.simulator.contract import CONTRACT
from feeds.simulator.habits import Habits
from feeds.simulator.session import DEFAULT_START, Simulation, SimulationSettings
from qmo_tui.journal.facts import Account
from qmo_tui.journal.reading import reading
from qmo_tui.journal.tables import JournalEvent
from qmo_tui.paths import journal_file
from qmo_tui.session.trading_desk import TradingDesk
from qmo_tui.settings import Settings

SECOND: Final = 1_000_000_000
MINUTES: Final = 20
RATE: Final = 30.0
_PROVENANCES: Final = {"paper": Provenance.LIVE, "demo": Provenance.DEMO, "replay": Provenance.REPLAY}


@cache
def market(seed: int, minutes: int = MINUTES) -> Records:
    """Return the order flow of a simulated session, which begins with a snapshot."""
    simulation = Simulation(SimulationSettings(seed=seed, habits=Habits(records_per_second=RATE)))
    batches = list(simulation.batches(DEFAULT_START + minutes * 60 * SECOND))
    return np.concatenate([batch.records for batch in batches if batch.schema is Schema.MBO])


class TradedMarket:
    """A simulated market with a desk.

    Attributes:
        said: All that trading said.
        told: What the trader was told.
        played: Records that have been played.
    """

    def __init__(
        self,
        seed: int = 1,
        account: Account = "demo",
        settings: Settings | None = None,
        *,
        minutes: int = MINUTES,
        played: int = 0,
    ) -> None:
        """Stand before the first record, or where so many have been played before the desk is there."""
        self._records = market(seed, minutes)
        self.said: list[Event] = []
        self.told: list[str] = []
        self.account = account
        self.settings = settings or Settings()
        self.played = played
        self.desk = self._desk()

    def _desk(self) -> TradingDesk:
        self.pipeline = Pipeline(CONTRACT)
        desk = self._desk_unfollowed()
        if self.played:
            self.pipeline.process(self._batch(0, self.played))
        desk.follow(CONTRACT, self.pipeline, self.look)
        return desk

    def _desk_unfollowed(self) -> TradingDesk:
        provenance = _PROVENANCES[self.account]
        return TradingDesk(self.settings, "simulated", provenance, tell=self.told.append, wall_clock=lambda: 1)

    def restart(self, settings: Settings | None = None) -> None:
        """Stop the program and start it again, with other settings where some are given; the market goes on."""
        self.desk.close("stopped")
        self.settings = settings or self.settings
        self.desk = self._desk()

    def go_back(self, records: int) -> None:
        """Go back to where so many records had been played, as a replay does: with new engines behind the same desk."""
        self.desk.leave("the replay went back", self.now)
        self.pipeline, self.played = Pipeline(CONTRACT), records
        self.desk.follow(CONTRACT, self.pipeline, self.look)
        self.said += self.desk.hear(self.pipeline.process(self._batch(0, records)), self.now)

    @property
    def now(self) -> int:
        """Newest event time."""
        return self.pipeline.clock or 0

    def look(self, request: ViewRequest) -> MarketView:
        """Return what the engines show."""
        return self.pipeline.view(request)

    def play(self, seconds: float, trouble: str = "") -> None:
        """Play on, a second at a time."""
        until = int(self._records["ts_event"][self.played]) + round(seconds * SECOND)
        times = self._records["ts_event"].astype(np.int64)
        while self.played < len(times) and times[self.played] < until:
            end = int(np.searchsorted(times, min(until, int(times[self.played]) + SECOND)))
            batch = self._batch(self.played, end)
            self.played = end
            self.said += self.desk.hear(self.pipeline.process(batch), self.now, trouble)

    def _batch(self, start: int, end: int) -> Batch:
        return Batch(Schema.MBO, self._records[start:end], Provenance.DEMO, CONTRACT)

    def press(self, command: Command, trouble: str = "") -> Sequence[Event]:
        """Press a key."""
        said = self.desk.press(command, self.now, trouble)
        self.said += said
        return said

    def enter(self, side: str = "buy", ticks: int = 0, kind: str = "market") -> None:
        """Make a prompt by hand, arm it and confirm it; `ticks` is how far from the touch it stands, into the book."""
        view = self.look(ViewRequest())
        touch = view.best_ask if side == "buy" else view.best_bid
        assert touch is not None
        tick = touch - ticks if side == "buy" else touch + ticks
        self.press(ManualEntry("B", "buy" if side == "buy" else "sell", tick, kind))  # type: ignore[arg-type]
        self.press(Arm("b", "buy" if side == "buy" else "sell"))
        self.press(Confirm("y", self.view.armed or ""))

    @property
    def view(self) -> TradingView:
        """Trading as the screen shows it."""
        found = self.desk.view(self.now)
        assert found is not None
        return found

    def journal(self) -> list[JournalEvent]:
        """Return what the journal of the newest session holds."""
        path: Path = journal_file(self.account)
        with reading(path) as journal:
            return journal.events(journal.sessions(self.account)[-1].id)

    @property
    def look_bid(self) -> int:
        """The best bid."""
        bid = self.look(ViewRequest()).best_bid
        assert bid is not None
        return bid

    def kill(self) -> None:
        """Stop the program at once: nothing is said or written any more, the system takes its files back."""
        journal, capital = self.desk._journal, self.desk._capital
        if journal is not None:
            journal.close()
        if capital is not None:
            capital.close()
        self.desk = self._desk_unfollowed()

    def begin_anew(self) -> None:
        """Follow the contract with engines that have heard nothing."""
        self.pipeline = Pipeline(CONTRACT)
        self.desk.follow(CONTRACT, self.pipeline, self.look)

    def other_engines(self) -> None:
        """Go over to engines of prices, which `play_by_price` plays on."""
        self._by_price = MarketByPrice(Schema.MBP_10, lambda _: CONTRACT.tick)
        for _ in self._by_price.process(self._records[: self.played]):
            pass
        self.begin_anew()

    def play_by_price(self, seconds: float) -> None:
        """Play on by prices."""
        times = self._records["ts_event"].astype(np.int64)
        end = int(np.searchsorted(times, times[self.played] + round(seconds * SECOND)))
        orders = self._records[self.played : end]
        self.played = end
        for records in self._by_price.process(orders):
            batch = Batch(Schema.MBP_10, records.copy(), Provenance.DEMO, CONTRACT)
            self.said += self.desk.hear(self.pipeline.process(batch), self.now)

    def play_records(self, count: int) -> None:
        """Play on in one batch of so many records."""
        batch = self._batch(self.played, self.played + count)
        self.played += count
        self.said += self.desk.hear(self.pipeline.process(batch), self.now)

    def pipeline_only(self, seconds: float) -> None:
        """Play on while the desk hears nothing."""
        until = int(self._records["ts_event"][self.played]) + round(seconds * SECOND)
        end = int(np.searchsorted(self._records["ts_event"].astype(np.int64), until))
        self.pipeline.process(self._batch(self.played, end))
        self.played = end
