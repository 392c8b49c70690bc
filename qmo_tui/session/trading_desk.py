"""Trading in a running session: the account's journal, ladder and broker around the engines.

What trading says is in the journal before it is shown, and a decision is in it before its order is sent. Where the
journal cannot be written nothing new is sent; closing what is open still is. What could not be written waits, and is
written first once it can be.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from engines.trading_events import Position, Risk
from engines.view import MarketView, ViewRequest
from feeds.instrument import Instrument, InstrumentError
from feeds.records import Provenance
from qmo_tui import __version__
from qmo_tui.errors import QmoError, one_line
from qmo_tui.paths import journal_file
from qmo_tui.session.market_now import MarketNow
from qmo_tui.settings import Settings, settings_digest

if TYPE_CHECKING:
    from engines.events import Event
    from engines.execution.capital.ladder import CapitalLadder
    from engines.execution.capital.limits import RiskSettings
    from engines.execution.capital.state import LadderState
    from engines.execution.commands import Command
    from engines.execution.money import Product
    from engines.execution.paper.broker import PaperBroker
    from engines.execution.trading import Trading
    from engines.pipeline import Pipeline
    from engines.trading_view import TradingView
    from qmo_tui.capital_file import CapitalFile
    from qmo_tui.journal.facts import Account, Unfinished
    from qmo_tui.journal.writing import Journal
    from qmo_tui.session.going_on import GoingOn

_LOGGER: Final = logging.getLogger("qmo.trading")
_SECOND_NS: Final = 1_000_000_000
WATCH_SECONDS: Final = 0.25
"""How often whoever runs a desk lets it see that time goes on."""
NO_MARKET: Final = "no market to trade yet"


class TradingDesk:
    """Trading on the engines of one session; it begins when they are there.

    Attributes:
        read_only: Why nothing can be traded; empty where it can.
    """

    def __init__(
        self,
        settings: Settings,
        account: "Account",
        source: str,
        provenance: Provenance,
        *,
        tell: Callable[[str], None] = lambda _: None,
        wall_clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """Touch nothing yet.

        Args:
            settings: All settings.
            account: Whose trades these are.
            source: What the screen calls the source of the market.
            provenance: Where the market comes from.
            tell: Hears what the trader must know, one line each.
            wall_clock: Nanoseconds UTC, for when a session began.
        """
        self.read_only = NO_MARKET
        self._settings = settings
        self._account = account
        self._source = source
        self._provenance = provenance
        self._tell = tell
        self._wall_clock = wall_clock
        self._stale = round(settings.mentor.stale_seconds * _SECOND_NS)
        self._journal: Journal | None = None
        self._capital: CapitalFile | None = None
        self._ladder: CapitalLadder | None = None
        self._trading: Trading | None = None
        self._pipeline: Pipeline | None = None
        self._look: Callable[[ViewRequest], MarketView] | None = None
        self._unwritten: list[Event] = []
        self._owed_cents = 0
        self._pressed_at = 0

    # --------------------------------------------------------------------------------------------- how it begins

    def follow(self, instrument: Instrument, pipeline: "Pipeline", look: Callable[[ViewRequest], MarketView]) -> None:
        """Trade on engines from now on; where that cannot be it is told, and the market stays to be looked at.

        Args:
            instrument: The contract.
            pipeline: Its engines, before their first record.
            look: Returns what the session shows, the age of its data counted.
        """
        try:
            self._begin(instrument, pipeline)
        except (QmoError, InstrumentError, OSError) as error:
            self._trading = None
            self.read_only = one_line(str(error))
            self._tell(f"nothing can be traded: {self.read_only}")
            return
        self._pipeline, self._look = pipeline, look
        self._pressed_at = 0  # a replay that went back has earlier moments than the last press
        self.read_only = ""

    def _begin(self, instrument: Instrument, pipeline: "Pipeline") -> None:
        from engines.execution.capital.ladder import CapitalLadder  # noqa: PLC0415 - a screen does not wait for it
        from engines.execution.paper.broker import PaperBroker  # noqa: PLC0415
        from engines.execution.trading import Trading  # noqa: PLC0415
        from qmo_tui.session.account import (  # noqa: PLC0415
            paper_settings,
            products_of,
            risk_settings,
            trading_settings,
        )

        settings = self._settings
        products = products_of(instrument, settings)
        left = self._open_journal(instrument, products) if self._journal is None else None
        if self._ladder is None:
            limits = risk_settings(settings)
            self._ladder = CapitalLadder(limits, self._kept_ladder(limits), account=self._account)
            if self._owed_cents:
                self._ladder.closed(self._owed_cents, self._ladder.state.clock)
        broker = PaperBroker(instrument, products, paper_settings(settings))
        counted = None if self._trading is None else self._trading.counted
        if left is not None:
            counted = left.counted
        self._trading = Trading(
            instrument, products, trading_settings(settings), broker=broker, ladder=self._ladder, counted=counted
        )
        if left is not None:
            self._go_on(left, self._trading, broker)
        self._ladder.recovered(is_open=self._trading.position is not None)
        pipeline.listen(broker)
        pipeline.hear_capital(self._ladder.capital_state())

    def _open_journal(self, instrument: Instrument, products: "Sequence[Product]") -> "GoingOn | None":
        """Begin a session in the journal, or go on with one of this contract that was cut off; return what it left."""
        from qmo_tui.journal.facts import SessionFacts  # noqa: PLC0415 - as above
        from qmo_tui.journal.writing import Journal  # noqa: PLC0415
        from qmo_tui.session.going_on import go_on  # noqa: PLC0415

        notes: list[str] = []
        journal = Journal.open(journal_file(self._account), self._account, notes)
        for note in notes:
            self._tell(note)
        self._journal = journal
        left = journal.unfinished() if self._account == "paper" else None
        if left is not None and left.session.facts.symbol == instrument.symbol:
            journal.go_on(left.session.id)
            return go_on(left, instrument, {product.root: product for product in products})
        if left is not None and not left.is_flat:
            self._give_up(left, journal)
        facts = SessionFacts(
            account=self._account,
            source=self._source,
            provenance=self._provenance,
            dataset=instrument.dataset,
            symbol=instrument.symbol,
            tick=instrument.tick_size,
            products=tuple(products),
            started=self._wall_clock(),
            version=__version__,
            settings_digest=settings_digest(self._settings),
        )
        journal.begin_session(facts)
        return None

    def _give_up(self, left: "Unfinished", journal: "Journal") -> None:
        """End a session whose contract is followed no more."""
        from qmo_tui.session.going_on import given_up  # noqa: PLC0415 - as above

        lines, self._owed_cents = given_up(left)
        journal.go_on(left.session.id)
        journal.write(lines)
        journal.end_session("its contract is followed no more", self._wall_clock())
        self._tell(f"{left.session.facts.symbol} is followed no more: what was open counts as stopped out")

    def _go_on(self, left: "GoingOn", trading: "Trading", broker: "PaperBroker") -> None:
        """Take up what an earlier run of the program left open."""
        self._write(left.lines)
        position, bracket = left.position, left.bracket
        if position is None or bracket is None:
            return
        root = position.product.root
        broker.restore(
            left.name,
            side=position.side,
            quantity=position.quantity,
            product=root,
            bracket=bracket,
            now=left.moment,
            prompt=position.prompt,
        )
        trading.resume(position)
        self._tell(f"going on with {position.side} {position.quantity} {root}, held when the program stopped")

    def _kept_ladder(self, limits: "RiskSettings") -> "LadderState | None":
        """Return the ladder that the account goes on from; practice begins anew with every session.

        Raises:
            CapitalFileError: Another program keeps it, or it cannot be kept.
        """
        if self._account != "paper":
            return None
        from qmo_tui.capital_file import CapitalFile, CapitalFileError  # noqa: PLC0415 - as above
        from qmo_tui.journal.reading import reading  # noqa: PLC0415

        kept = CapitalFile(self._account)
        with reading(journal_file(self._account)) as journal:
            lines = journal.risk_lines(self._account)
        state, remarks = kept.open(limits, lines)
        for remark in remarks:
            self._tell(remark)
        if not kept.may_trade:
            raise CapitalFileError(remarks[-1])
        self._capital = kept
        return state

    # ------------------------------------------------------------------------------------------- while it runs

    def hear(self, events: "Sequence[Event]", now: int, trouble: str = "") -> "Sequence[Event]":
        """Take what the engines said of a batch; return what trading said, which is written."""
        market = self._market(now, trouble)
        if self._trading is None or market is None:
            return ()
        return self._say(self._trading.hear(events, market), now)

    def watch(self, now: int, trouble: str = "") -> "Sequence[Event]":
        """Let time go on where no record comes; return what trading said, which is written."""
        market = self._market(now, trouble)
        if self._trading is None or market is None:
            return ()
        return self._say(self._trading.watch(market), now)

    def press(self, command: "Command", now: int, trouble: str = "") -> "Sequence[Event]":
        """Do what a key asked for; return what trading said, which is written, refusals too."""
        self._pressed_at = moment = max(now, self._pressed_at + 1)  # two presses never share a moment
        market = self._market(moment, trouble)
        if self._trading is None or market is None:
            return ()
        return self._say(self._trading.press(command, market), moment)

    def note(self, events: "Sequence[Event]") -> None:
        """Write what else belongs to the session: how the feed was."""
        if self._journal is not None and events:
            self._write(events)

    def view(self, now: int, trouble: str = "") -> "TradingView | None":
        """Return trading as the screen shows it; None where nothing can be traded."""
        market = self._market(now, trouble)
        return None if self._trading is None or market is None else self._trading.view(market)

    def _market(self, now: int, trouble: str) -> MarketNow | None:
        if self._pipeline is None or self._look is None:
            return None
        return MarketNow(self._pipeline, self._look, now, self._stale, trouble)

    def _say(self, lines: "Sequence[Event]", now: int) -> "Sequence[Event]":
        """Write lines, then let the orders behind them go; return all lines, those of the broker's answer too."""
        trading = self._trading
        if trading is None:
            return lines
        said = list(lines)
        if self._write(lines) and self._keep_ladder():
            trading.trouble = ""
        else:
            withdrawn = trading.withdraw(trading.trouble, now)
            self._unwritten += withdrawn
            said += withdrawn
        answer = trading.send(now)
        if answer and self._write(answer):
            self._keep_ladder()
        self._tell_gate([*said, *answer])
        return [*said, *answer]

    def _write(self, lines: "Sequence[Event]") -> bool:
        """Write lines and whatever waits; return whether all of it stands in the journal."""
        waiting = [*self._unwritten, *lines]
        if self._journal is None or not waiting:
            return True
        from qmo_tui.journal.errors import JournalError  # noqa: PLC0415 - as above

        try:
            self._journal.write(waiting)
        except JournalError as error:
            _LOGGER.warning("the journal was not written: %s", error)
            self._unwritten = waiting
            if self._trading is not None:
                self._trading.trouble = one_line(str(error))
            return False
        self._unwritten = []
        return True

    def _keep_ladder(self) -> bool:
        """Have the ladder on the disk as it stands; return whether it is."""
        if self._capital is None or self._ladder is None:
            return True
        from qmo_tui.capital_file import CapitalFileError  # noqa: PLC0415 - as above

        try:
            for remark in self._capital.keep(self._ladder.state):
                self._tell(remark)
        except CapitalFileError as error:
            if self._trading is not None:
                self._trading.trouble = one_line(str(error))
            return False
        return True

    def _tell_gate(self, lines: "Sequence[Event]") -> None:
        """Tell the mentor's gate what the ladder allows, where that may have changed."""
        if self._pipeline is None or self._ladder is None:
            return
        if any(isinstance(line, Risk | Position) for line in lines):
            self._pipeline.hear_capital(self._ladder.capital_state())

    # ------------------------------------------------------------------------------------------------ how it ends

    def leave(self, reason: str, now: int) -> "Sequence[Event]":
        """Abandon orders and position: the market that they stand in goes on no more."""
        market = self._market(now, "")
        if self._trading is None or market is None:
            return ()
        lines = self._trading.abandon(reason, market)
        self._write(lines)
        return lines

    def close(self, reason: str) -> None:
        """End the session in the journal, unless a position is open that the next one goes on with."""
        journal, self._journal = self._journal, None
        if journal is None:
            return
        from qmo_tui.journal.errors import JournalError  # noqa: PLC0415 - as above

        try:
            if self._unwritten:
                journal.write(self._unwritten)
            if self._trading is None or self._trading.position is None:
                journal.end_session(reason, self._wall_clock())
        except JournalError as error:
            self._tell(f"the journal could not be closed: {one_line(str(error))}")
        finally:
            journal.close()
            if self._capital is not None:
                self._capital.close()
