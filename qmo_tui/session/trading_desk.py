"""Trading in a running session: the account's journal, ladder and broker around the engines.

What trading says is in the journal before it is shown, and a decision is in it before its order is sent. Where the
journal cannot be written nothing new is sent; closing what is open still is. What could not be written waits, and is
written first once it can be.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from engines.book.layout import SECOND_NS
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
    from engines.execution.trading import Counted, Trading
    from engines.pipeline import Pipeline
    from engines.trading_view import TradingView
    from qmo_tui.capital_file import CapitalFile
    from qmo_tui.journal.facts import Account, Unfinished
    from qmo_tui.journal.writing import Journal
    from qmo_tui.session.going_on import GoingOn

_LOGGER: Final = logging.getLogger("qmo.trading")
WATCH_SECONDS: Final = 0.25
"""How often whoever runs a desk lets it see that time goes on."""
NO_MARKET: Final = "no market to trade yet"
ENDED: Final = "the session has ended"
ONLY_SERVED: Final = "nothing can be traded here: the market is only served"
_ACCOUNTS: "Final[Mapping[Provenance, Account]]" = {
    Provenance.LIVE: "paper",
    Provenance.REPLAY: "replay",
    Provenance.DEMO: "demo",
}
"""Whose trades these are follows from where the market comes from, and from nothing else: practice stays practice. A
price for context has no account, since nothing is traded on it."""
_KEEP_AGAIN: Final = SECOND_NS // 4
"""The ladder's files are looked after this often where nothing is said."""
_WRITE_AGAIN: Final = 2 * SECOND_NS
"""A journal that could not be written is tried again after so long: each try may wait for whoever holds it."""
_PATIENCE_SECONDS: Final = 0.5
"""How long the market may wait for somebody who writes the journal."""


class TradingDesk:
    """Trading on the engines of one session; it begins when they are there.

    Attributes:
        read_only: Why nothing can be traded; empty where it can.
    """

    def __init__(
        self,
        settings: Settings,
        source: str,
        provenance: Provenance,
        *,
        trades: bool = True,
        tell: Callable[[str], None] = lambda _: None,
        wall_clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """Touch nothing yet.

        Args:
            settings: All settings.
            source: What the screen calls the source of the market.
            provenance: Where the market comes from, which decides whose trades these are.
            trades: False where nobody sits at it: then no prompt arises, and neither journal nor ladder is touched.
            tell: Hears what the trader must know, one line each.
            wall_clock: Nanoseconds UTC, for when a session began.
        """
        self.read_only = NO_MARKET if trades else ONLY_SERVED
        self._trades = trades
        self._settings = settings
        self._account = _ACCOUNTS[provenance]
        self._source = source
        self._provenance = provenance
        self._tell = tell
        self._wall_clock = wall_clock
        self._stale = round(settings.mentor.stale_seconds * SECOND_NS)
        self._journal: Journal | None = None
        self._capital: CapitalFile | None = None
        self._ladder: CapitalLadder | None = None
        self._instrument: Instrument | None = None
        self._broker: PaperBroker | None = None
        self._trading: Trading | None = None
        self._counted: Counted | None = None
        self._pipeline: Pipeline | None = None
        self._look: Callable[[ViewRequest], MarketView] | None = None
        self._unwritten: list[Event] = []
        self._write_again = self._keep_again = 0

    # --------------------------------------------------------------------------------------------- how it begins

    def follow(self, instrument: Instrument, pipeline: "Pipeline", look: Callable[[ViewRequest], MarketView]) -> None:
        """Trade on engines from now on; where that cannot be it is told, and the market stays to be looked at.

        Other engines for the contract that is traded already, which a change of schema brings, take over with what is
        open and what works; `leave` goes before all other changes.

        Args:
            instrument: The contract.
            pipeline: Its engines, before their first record.
            look: Returns what the session shows, the age of its data counted.
        """
        if not self._trades:
            return
        self._pipeline, self._look = pipeline, look
        self._write_again = self._keep_again = 0
        try:
            if self._trading is None or self._broker is None or instrument != self._instrument:
                self._trading, self._broker = self._begin(instrument)
                self._instrument = instrument
            else:
                self._trading.renew()
        except (QmoError, InstrumentError, OSError) as error:
            self._trading = None
            self.read_only = one_line(str(error))
            self._tell(f"nothing can be traded: {self.read_only}")
            return
        self.read_only = ""
        pipeline.listen(self._broker)
        self._tell_gate()

    def _begin(self, instrument: Instrument) -> "tuple[Trading, PaperBroker]":
        """Return trading in a contract, with what an earlier run of the program left open in it."""
        from engines.execution.paper.broker import PaperBroker  # noqa: PLC0415 - a screen does not wait for it
        from engines.execution.trading import Trading  # noqa: PLC0415
        from qmo_tui.session.account import paper_settings, products_of, trading_settings  # noqa: PLC0415

        settings = self._settings
        products = products_of(instrument, settings)
        left = self._open_journal()
        ladder = self._open_ladder()
        going_on = self._begin_session(instrument, products, left)
        trading = Trading(
            instrument,
            products,
            trading_settings(settings),
            broker=(broker := PaperBroker(instrument, products, paper_settings(settings))),
            ladder=ladder,
            counted=self._counted if going_on is None else going_on.counted,
        )
        if going_on is not None:
            self._go_on(going_on, trading, broker)
        ladder.recovered(is_open=trading.position is not None)
        self._keep_ladder()
        return trading, broker

    def _open_journal(self) -> "Unfinished | None":
        """Open the journal unless it is open; return what an earlier run of the program left in it."""
        from qmo_tui.journal.writing import Journal  # noqa: PLC0415 - as above

        if self._journal is None:
            notes: list[str] = []
            self._journal = Journal.open(journal_file(self._account), self._account, notes, _PATIENCE_SECONDS)
            for note in notes:
                self._tell(note)
        has_begun = self._journal.session is not None
        return None if has_begun or self._account != "paper" else self._journal.unfinished()

    def _open_ladder(self) -> "CapitalLadder":
        from engines.execution.capital.ladder import CapitalLadder  # noqa: PLC0415 - as above
        from qmo_tui.session.account import risk_settings  # noqa: PLC0415

        if self._ladder is None:
            limits = risk_settings(self._settings)
            self._ladder = CapitalLadder(limits, self._kept_ladder(limits), account=self._account)
        return self._ladder

    def _begin_session(
        self, instrument: Instrument, products: "Sequence[Product]", left: "Unfinished | None"
    ) -> "GoingOn | None":
        """Begin a session in the journal, or go on with one of this contract that was cut off; return what it left."""
        from qmo_tui.journal.facts import SessionFacts  # noqa: PLC0415 - as above
        from qmo_tui.session.going_on import go_on, why_not  # noqa: PLC0415

        journal = self._writing()
        if journal.session is not None:
            if instrument == self._instrument:
                return None
            self._write((), 0)
            journal.end_session(f"{instrument.symbol} is followed now", self._wall_clock())
        by_root = {product.root: product for product in products}
        if left is not None and not (why := why_not(left, instrument, by_root)):
            journal.go_on(left.session.id)
            return go_on(left, instrument, by_root)
        if left is not None and not left.is_flat:
            self._give_up(left, why)
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

    def _give_up(self, left: "Unfinished", why: str) -> None:
        """End a session that cannot go on; the ladder counts it first, so that no kill makes it forget.

        Raises:
            CapitalFileError: The ladder cannot be kept.
        """
        from qmo_tui.session.going_on import given_up  # noqa: PLC0415 - as above

        journal, ladder = self._writing(), self._open_ladder()
        lines, lost_cents = given_up(left, why)
        if left.position is not None:
            ladder.closed(lost_cents, ladder.state.clock or left.position.ts)
            if self._capital is not None:
                self._capital.keep(ladder.state)
        journal.go_on(left.session.id)
        journal.write([*lines, *ladder.take_events()])
        journal.end_session(why, self._wall_clock())
        self._tell(f"{why}: what was open in {left.session.facts.symbol} counts as stopped out")

    def _writing(self) -> "Journal":
        if self._journal is None:
            raise QmoError("the journal is closed")
        return self._journal

    def _go_on(self, left: "GoingOn", trading: "Trading", broker: "PaperBroker") -> None:
        """Take up what an earlier run of the program left open."""
        self._write(left.lines, left.moment)
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
            kept.close()
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
        market = self._market(now, trouble)
        if self._trading is None or market is None:
            return ()
        return self._say(self._trading.press(command, market), now)

    def note(self, events: "Sequence[Event]", now: int) -> None:
        """Write what else belongs to the session: how the feed was."""
        if self._journal is not None and events:
            self._write(events, now)

    def view(self, now: int, trouble: str = "") -> "TradingView | None":
        """Return trading as the screen shows it; None where nothing can be traded."""
        market = self._market(now, trouble)
        return None if self._trading is None or market is None else self._trading.view(market)

    @property
    def account(self) -> "Account":
        """Whose trades these are."""
        return self._account

    @property
    def is_in_market(self) -> bool:
        """Whether a position or an own order is open."""
        return self._trading is not None and not self._trading.is_flat

    def _market(self, now: int, trouble: str) -> MarketNow | None:
        if self._pipeline is None or self._look is None:
            return None
        return MarketNow(self._pipeline, self._look, now, self._stale, trouble)

    def _say(self, lines: "Sequence[Event]", now: int) -> "Sequence[Event]":
        """Write lines, then let the orders behind them go; return all lines, those of the broker's answer too."""
        trading = self._trading
        if trading is None or (not lines and not trading.trouble and self._is_quiet(now)):
            return lines
        said = list(lines)
        is_written, is_kept = self._write(lines, now), self._keep_ladder(now)
        if is_written and is_kept:
            trading.trouble = ""
        else:
            withdrawn = trading.withdraw(trading.trouble, now)
            self._unwritten += withdrawn
            said += withdrawn
        answer = trading.send(now)
        if answer:
            self._write(answer, now)
            self._keep_ladder(now)
            said += answer
        if any(isinstance(line, Risk | Position) for line in said):
            self._tell_gate()
        return said

    def _is_quiet(self, now: int) -> bool:
        """Whether nothing waits to be written, and the ladder's files need no look yet."""
        return not self._unwritten and (
            self._capital is None or self._keep_again - _KEEP_AGAIN <= now < self._keep_again
        )

    def _write(self, lines: "Sequence[Event]", now: int) -> bool:
        """Write lines and whatever waits; return whether all of it stands in the journal."""
        waiting = [*self._unwritten, *lines]
        if self._journal is None or not waiting:
            return True
        if self._unwritten and self._write_again - _WRITE_AGAIN <= now < self._write_again:
            self._unwritten = waiting
            return False
        from qmo_tui.journal.errors import JournalError  # noqa: PLC0415 - as above

        try:
            self._journal.write(waiting)
        except JournalError as error:
            _LOGGER.warning("the journal was not written: %s", error)
            self._unwritten, self._write_again = waiting, now + _WRITE_AGAIN
            if self._trading is not None:
                self._trading.trouble = one_line(str(error))
            return False
        self._unwritten = []
        return True

    def _keep_ladder(self, now: int = 0) -> bool:
        """Have the ladder on the disk as it stands; return whether it is."""
        if self._capital is None or self._ladder is None:
            return True
        from qmo_tui.capital_file import CapitalFileError  # noqa: PLC0415 - as above

        try:
            for remark in self._capital.keep(self._ladder.state):
                self._tell(remark)
        except CapitalFileError as error:
            self._keep_again = 0
            if self._trading is None:
                self._tell(one_line(str(error)))
            else:
                self._trading.trouble = one_line(str(error))
            return False
        self._keep_again = now + _KEEP_AGAIN
        return True

    def _tell_gate(self) -> None:
        """Tell the mentor's gate what the ladder allows, where that may have changed."""
        if self._pipeline is not None and self._ladder is not None:
            self._pipeline.hear_capital(self._ladder.capital_state())

    # ------------------------------------------------------------------------------------------------ how it ends

    def leave(self, reason: str, now: int) -> "Sequence[Event]":
        """Abandon orders and position: the market that they stand in goes on no more."""
        market, trading = self._market(now, ""), self._trading
        if trading is None or market is None:
            return ()
        lines = trading.abandon(reason, market)
        self._write(lines, now)
        self._keep_ladder(now)
        self._counted, self._trading = trading.counted, None
        self.read_only = NO_MARKET
        for line in lines:
            if isinstance(line, Position):
                self._tell(
                    f"{reason}: {line.side} {line.product} counts as closed at the last price, ${line.realised:,.2f}"
                )
        return lines

    def close(self, reason: str) -> None:
        """End the session in the journal, unless a position is open that the next one goes on with."""
        trading, self._trading = self._trading, None
        journal, self._journal = self._journal, None
        if self.read_only in {"", NO_MARKET}:
            self.read_only = ENDED
        if journal is None:
            return
        from qmo_tui.journal.errors import JournalError  # noqa: PLC0415 - as above

        try:
            if self._unwritten:
                journal.write(self._unwritten)
            if trading is None or trading.position is None:
                journal.end_session(reason, self._wall_clock())
        except JournalError as error:
            self._tell(f"the journal could not be closed: {one_line(str(error))}")
        finally:
            journal.close()
            self._keep_ladder()
            if self._capital is not None:
                self._capital.close()
