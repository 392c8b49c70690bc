"""Trading as one thing: prompts, the ladder, orders and position, and what a trader's keys do to them.

Whoever runs it hands in what the engines said and what keys asked for, writes the lines that come back into the
journal, and only then lets `send` hand the orders on: no entry reaches a broker that is not written down.

    engines' lines, moments --hear, watch--> lines --journal--> send --> broker --reports--> lines
    keys                    --press--------> lines --journal--> send --> broker
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from engines.book.layout import SECOND_NS
from engines.events import Event
from engines.execution.broker import Broker
from engines.execution.capital.ladder import CapitalLadder
from engines.execution.commands import (
    Arm,
    BreakEven,
    CancelEntry,
    ClosePosition,
    Command,
    Confirm,
    Disarm,
    FlattenAndLock,
    ManualEntry,
    NudgeStop,
    NudgeTarget,
    RefusedError,
    Reject,
    Resize,
    Snooze,
)
from engines.execution.entry import LOOK, EntryRouter
from engines.execution.entry_settings import EntrySettings
from engines.execution.exits import AskToClose
from engines.execution.hindsight import SECONDS, Hindsights
from engines.execution.keeping import Keeping, KeepingSettings
from engines.execution.money import Product
from engines.execution.orders import Quote
from engines.execution.positions import HeldPosition
from engines.execution.prompts import Prompts
from engines.execution.setups import NotATradeError
from engines.execution.sizing import Sized, size
from engines.mentor_view import MentorView
from engines.trading_events import Decision, DecisionAction
from engines.trading_view import TradingView
from engines.view import MarketView, ViewRequest
from feeds.instrument import Instrument

_MENTOR: Final = ViewRequest(mentor=True)
_PRINTS: Final = ViewRequest(prints=1_000)
_LOOK_AGAIN: Final = SECOND_NS // 4
"""Zones and pillars are looked at this often at most; prices with every batch."""
_ENDS: Final[frozenset[DecisionAction]] = frozenset({"voided", "expired", "cancelled"})


@dataclass(frozen=True, slots=True)
class TradingSettings:
    """Settings of trading: when prompts arise and how long they wait, and how orders and positions are kept."""

    entry: EntrySettings = field(default_factory=EntrySettings)
    keeping: KeepingSettings = field(default_factory=KeepingSettings)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many ids of each kind have been given out; they go on from there."""

    prompts: int = 0
    orders: int = 0
    positions: int = 0


class Market(Protocol):
    """The market as trading asks for it."""

    @property
    def clock(self) -> int:
        """Newest event time of the records, ns; 0 before the first."""

    @property
    def quote(self) -> Quote:
        """Prices now, and whether they can be trusted."""

    def look(self, request: ViewRequest) -> MarketView:
        """Return what the engines show."""


class Trading:
    """Trading in one instrument.

    Attributes:
        trouble: Why nothing can be sent, whatever the broker says (`journal: disk full`); empty while it can.
    """

    def __init__(
        self,
        instrument: Instrument,
        products: Sequence[Product],
        settings: TradingSettings,
        *,
        broker: Broker,
        ladder: CapitalLadder,
        counted: Counted | None = None,
    ) -> None:
        """Begin flat.

        Args:
            instrument: The contract whose order flow is followed.
            products: What can be traded on it, the larger contract first.
            settings: All settings.
            broker: Whoever fills orders.
            ladder: The account's capital ladder.
            counted: Ids that an earlier run of the session has given out.
        """
        before = counted or Counted()
        self.trouble = ""
        self._products = tuple(products)
        self._settings = settings
        self._broker = broker
        self._ladder = ladder
        self._instrument = instrument
        self._router = self._new_router()
        self._prompts = Prompts(instrument, settings.entry, counted=before.prompts)
        self._keeping = Keeping(
            instrument,
            {product.root: product for product in products},
            settings.keeping,
            broker=broker,
            ladder=ladder,
            orders=before.orders,
            positions=before.positions,
        )
        self._hindsights = Hindsights(settings.keeping.entry_life)
        self._looked_at = self._offered_at = 0
        self._mentor: MentorView | None = None
        self._refusal = ("", 0)
        self._obey: dict[type[Command], Callable[[Any, Market, Quote], list[Event]]] = {
            Arm: self._arm,
            Confirm: self._confirm,
            Disarm: self._disarm,
            Reject: self._reject,
            Snooze: self._snooze,
            Resize: self._resize,
            NudgeStop: self._nudge_stop,
            NudgeTarget: self._nudge_target,
            ManualEntry: self._enter_by_hand,
            CancelEntry: self._cancel_entry,
            BreakEven: self._break_even,
            ClosePosition: self._ask_to_close,
            FlattenAndLock: self._flatten_and_lock,
        }

    # ------------------------------------------------------------------------------------------- what comes in

    def hear(self, events: Sequence[Event], market: Market) -> list[Event]:
        """Take what the engines said, and all that has happened since; return the lines to be written."""
        self._router.hear(events)
        self._keeping.exits.hear(events)
        said = self._prompts.hear(events, self._quote(market)) if self._prompts.is_watching else []
        return [*said, *self.watch(market)]

    def watch(self, market: Market) -> list[Event]:
        """Hold prompts, orders, position and ladder against the market; return the lines to be written."""
        if market.clock:
            self._ladder.at(market.clock)
        if seconds := self._keeping.seconds_due(market.clock):
            newest = market.look(ViewRequest(interval="1s", bars=seconds)).bars
            self._keeping.see_seconds(newest, market.clock)
        said = self._keeping.reported(lambda: market.look(_PRINTS).prints)
        if not self._is_idle:
            sound = self._quote_of_market(market)
            self._keeping.mark(sound, market.clock)
            kept, asks = self._keeping.keep(sound)
            quote = self._quote(market)
            said += kept
            for ask in asks:
                said += self._offer_exit(ask, quote)
            said += self._hold_prompts(market, quote)
            said += self._offer(market, quote)
            said += self._look_back(market, quote)
        said += self._ladder.take_events()
        self._note_refusal(said)
        return said

    def press(self, command: Command, market: Market) -> list[Event]:
        """Do what a key asked for, or say why not; return the lines to be written before `send`."""
        quote = self._quote(market)
        try:
            said = self._obey[type(command)](command, market, quote)
        except (RefusedError, NotATradeError) as why:
            said = [Decision(ts=quote.now, prompt="", action="changed", reason=str(why), key=command.key, refused=True)]
        said += self._ladder.take_events()
        self._note_refusal(said)
        return said

    def send(self, now: int) -> list[Event]:
        """Hand on what waits, now that the lines behind it are written; return what the broker says at once."""
        self._keeping.send(now)
        return [*self._keeping.reported(), *self._ladder.take_events()]

    def withdraw(self, reason: str, now: int) -> list[Event]:
        """Send no order that would open anything: the lines behind it could not be written."""
        return self._keeping.withdraw(reason, now)

    def renew(self) -> None:
        """Meet other engines of the same contract: their zones and lines are other ones; orders and position stay."""
        self._router = self._new_router()
        self._mentor, self._looked_at, self._offered_at = None, 0, 0

    def resume(self, position: HeldPosition) -> None:
        """Go on with a position that an earlier run of the program held; the broker has been told of it."""
        self._keeping.resume(position)

    def abandon(self, reason: str, market: Market) -> list[Event]:
        """Leave everything behind: its market goes on no more. What is open counts as of the last price."""
        quote = market.quote
        said: list[Event] = [*self._prompts.void_entries(reason, quote), *self._prompts.void_exits(reason, quote)]
        said += self._keeping.abandon(reason, quote, market.clock)
        said += self._hindsights.follow(self._prompts.take_ended(), quote.now)
        return [*said, *self._hindsights.finish(quote.now), *self._ladder.take_events()]

    def _new_router(self) -> EntryRouter:
        return EntryRouter(self._instrument, self._settings.entry, self._products[-1])

    @property
    def position(self) -> HeldPosition | None:
        """The open position."""
        return self._keeping.position

    @property
    def is_flat(self) -> bool:
        """Whether nothing is held and nothing works."""
        return self._keeping.is_flat

    @property
    def counted(self) -> Counted:
        """Ids given out so far."""
        return Counted(self._prompts.counted, self._keeping.orders, self._keeping.positions)

    @property
    def _is_idle(self) -> bool:
        """Whether there is nothing that a price or a moment could change."""
        waits = self._prompts.is_watching or self._router.wants_to_look or self._hindsights.is_following
        return self._keeping.is_flat and not waits

    def _quote_of_market(self, market: Market) -> Quote:
        """Return the market by which what is open is kept; trouble of the program's own does not keep it open."""
        quote = market.quote
        trouble = "" if quote.trouble else self._broker.trouble
        return replace(quote, trouble=trouble) if trouble else quote

    def _quote(self, market: Market) -> Quote:
        quote = self._quote_of_market(market)
        return replace(quote, trouble=self.trouble) if self.trouble else quote

    # ----------------------------------------------------------------------------------------------------- prompts

    def _hold_prompts(self, market: Market, quote: Quote) -> list[Event]:
        prompts, occupied = self._prompts, self._keeping.occupied
        said: list[Event] = []
        if occupied:
            said += prompts.void_entries(occupied, quote)
        if self._keeping.position is None:
            said += prompts.void_exits("the position is closed", quote)
        if prompts.is_watching:
            said += prompts.watch(quote, self._pillars(market, quote), self._sizer)
        return said

    def _pillars(self, market: Market, quote: Quote) -> MentorView | None:
        if quote.now - self._looked_at >= _LOOK_AGAIN:
            self._looked_at = quote.now
            self._mentor = market.look(_MENTOR).mentor
        return self._mentor

    def _offer(self, market: Market, quote: Quote) -> list[Event]:
        """Let evidence become prompts."""
        if not self._router.wants_to_look or quote.trouble or not self._keeping.is_flat:
            return []
        if quote.now - self._offered_at < _LOOK_AGAIN:
            return []
        self._looked_at = self._offered_at = quote.now
        view = market.look(LOOK)
        self._mentor = view.mentor
        said: list[Event] = []
        for setup in self._router.propose(quote, view, self._prompts.sides):
            said += self._prompts.offer(setup, self._sizer(setup.stop_ticks or 0), quote)
        return [*said, *self._router.take_events()]

    def _offer_exit(self, ask: AskToClose, quote: Quote, key: str = "") -> list[Event]:
        """Ask whether to close the position."""
        position = self._keeping.position
        if position is None:
            raise RefusedError("no position")
        try:
            setup = self._router.exit(position.side, ask.reasons, quote)
        except NotATradeError:
            if key:
                raise
            return []  # the next piece of evidence asks again
        return self._prompts.offer_exit(setup, position.product, position.quantity, quote, key)

    def _look_back(self, market: Market, quote: Quote) -> list[Event]:
        """Follow what the prompts that were not taken would have made."""
        flat_by = self._keeping.exits.flat_by(quote.now)
        said: list[Event] = [*self._hindsights.follow(self._prompts.take_ended(), flat_by)]
        if self._hindsights.is_due(quote.now):
            said += self._hindsights.take(market.look(SECONDS).bars, quote.now)
        return said

    def _sizer(self, stop_ticks: int) -> Sized:
        return size(self._ladder.allowance(), stop_ticks, self._settings.entry.slip, self._products)

    # -------------------------------------------------------------------------------------------------------- keys

    def _arm(self, command: Arm, _market: Market, quote: Quote) -> list[Event]:
        return self._prompts.arm(command.side, quote, command.key)

    def _disarm(self, command: Disarm, _market: Market, quote: Quote) -> list[Event]:
        return self._prompts.disarm(quote, command.reason, command.key)

    def _reject(self, command: Reject, _market: Market, quote: Quote) -> list[Event]:
        return self._prompts.reject(quote, command.key)

    def _snooze(self, command: Snooze, _market: Market, quote: Quote) -> list[Event]:
        return self._prompts.snooze(quote, command.key)

    def _resize(self, command: Resize, _market: Market, quote: Quote) -> list[Event]:
        return self._prompts.resize(command.step, quote, self._sizer, command.key)

    def _confirm(self, command: Confirm, market: Market, quote: Quote) -> list[Event]:
        self._looked_at = 0
        mentor = self._pillars(market, quote)
        accepted, said = self._prompts.accept(
            command.prompt, quote, mentor, self._sizer, seen=command.seen, key=command.key
        )
        if accepted is None:
            return said
        if accepted.setup.trigger == "exit":
            return [*said, *self._keeping.flatten("closed by key", quote.now, command.key)]
        said.append(self._keeping.enter(accepted, quote.now))
        return [*said, *self._prompts.void_entries(self._keeping.occupied, quote)]

    def _enter_by_hand(self, command: ManualEntry, market: Market, quote: Quote) -> list[Event]:
        if self._keeping.occupied:
            raise RefusedError(self._keeping.occupied)
        setup = self._router.manual(command.side, command.tick, quote, market.look(LOOK), command.kind)
        return self._prompts.offer(setup, self._sizer(setup.stop_ticks or 0), quote, command.key)

    def _cancel_entry(self, command: CancelEntry, _market: Market, quote: Quote) -> list[Event]:
        return self._keeping.cancel_entry("by key", quote.now, command.key)

    def _nudge_stop(self, command: NudgeStop, _market: Market, quote: Quote) -> list[Event]:
        if self._is_about_a_prompt:
            return self._prompts.nudge_stop(command.step, quote, self._sizer, command.key)
        return self._keeping.nudge_stop(command.step, quote, command.key)

    def _nudge_target(self, command: NudgeTarget, _market: Market, quote: Quote) -> list[Event]:
        if self._is_about_a_prompt:
            return self._prompts.nudge_target(command.step, quote, command.key)
        return self._keeping.nudge_target(command.step, quote, command.key)

    @property
    def _is_about_a_prompt(self) -> bool:
        return self._keeping.position is None or self._prompts.armed is not None

    def _break_even(self, command: BreakEven, _market: Market, quote: Quote) -> list[Event]:
        return self._keeping.break_even(quote, command.key)

    def _ask_to_close(self, command: ClosePosition, _market: Market, quote: Quote) -> list[Event]:
        return self._offer_exit(AskToClose("by key", ()), quote, command.key)

    def _flatten_and_lock(self, command: FlattenAndLock, _market: Market, quote: Quote) -> list[Event]:
        self._ladder.lock("flattened and locked by key", quote.now)
        said = self._prompts.void_entries("flattened and locked", quote)
        closed = self._keeping.flatten("flattened and locked by key", quote.now, command.key)
        locked = Decision(ts=quote.now, prompt="", action="flattened", reason="locked by key", key=command.key)
        return [*said, *(closed or [locked])]

    def _note_refusal(self, said: Sequence[Event]) -> None:
        """Keep why a key was not obeyed or a prompt went away, for the prompt row."""
        for line in said:
            if not isinstance(line, Decision):
                continue
            if line.refused:
                self._refusal = (f"{line.reason}: nothing sent", line.ts)
            elif line.action in _ENDS and line.prompt:
                self._refusal = (f"{line.prompt} {line.action}: {line.reason}", line.ts)
            elif line.key:
                self._refusal = ("", line.ts)

    # ------------------------------------------------------------------------------------------------ what is shown

    def view(self, market: Market) -> TradingView:
        """Return trading as the screen shows it."""
        quote = self._quote(market)
        armed = self._prompts.armed
        text, at = self._refusal
        return TradingView(
            now=quote.now,
            broker=self._broker.name,
            prompts=self._prompts.marks(quote),
            armed=None if armed is None else armed.id,
            orders=self._broker.orders(),
            position=self._keeping.position_mark(quote),
            risk=self._ladder.mark_for_screen,
            refusal=text,
            refused_at=at if text else None,
            trouble=self.trouble or self._broker.trouble,
        )
