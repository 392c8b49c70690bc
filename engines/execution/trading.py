"""Trading as one thing: prompts, the ladder, the broker, the position, and what a trader's keys do to them.

Whoever runs it hands in what the engines said and what keys asked for, writes the lines that come back into the
journal, and only then lets `send` hand the orders on: nothing reaches a broker that is not written down.

    engines' lines, moments --hear, watch--> lines --journal--> send --> broker --reports--> lines
    keys                    --press--------> lines --journal--> send --> broker
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from engines.book.layout import MINUTE_NS, SECOND_NS
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
    Reject,
    Resize,
    Snooze,
)
from engines.execution.entry import LOOK, EntryRouter
from engines.execution.entry_settings import EntrySettings
from engines.execution.exits import AskToClose, Close, Exits, ExitSettings, MoveStop
from engines.execution.holdings import Holdings
from engines.execution.money import Product
from engines.execution.orders import Bracket, OrderReport, OrderRequest, Quote, Target
from engines.execution.positions import HeldPosition
from engines.execution.prompt import AcceptedPrompt
from engines.execution.prompts import Prompts
from engines.execution.requests import Cancel, Flatten, Protect, Request, Submit
from engines.execution.setup import SIGNS, Setup
from engines.execution.setups import NotATradeError
from engines.execution.sizing import Sized, size
from engines.mentor_view import MentorView
from engines.trading_events import Decision, DecisionAction, Position
from engines.trading_view import PositionMark, TradingView
from engines.view import MarketView, ViewRequest
from feeds.instrument import Instrument

_MENTOR: Final = ViewRequest(mentor=True)
_LOOK_AGAIN: Final = SECOND_NS // 4
"""Zones and pillars are looked at this often at most; prices with every batch."""
_WAITING: Final = "an entry order is working"


@dataclass(frozen=True, slots=True)
class TradingSettings:
    """Settings of trading.

    Attributes:
        entry: When prompts arise, and how long they wait.
        exits: How a position is managed.
        entry_life: An entry order that has not filled is withdrawn after so long, ns.
        flatten_at_lock: Whether the ladder's lock closes what is open.
    """

    entry: EntrySettings = field(default_factory=EntrySettings)
    exits: ExitSettings = field(default_factory=ExitSettings)
    entry_life: int = 5 * MINUTE_NS
    flatten_at_lock: bool = True


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


@dataclass(slots=True)
class _Entry:
    """The entry order that works: when it is withdrawn by itself, and what refutes it."""

    order: OrderRequest
    setup: Setup
    until: int


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
        self.trouble = ""
        self._instrument = instrument
        self._products = tuple(products)
        self._settings = settings
        self._broker = broker
        self._ladder = ladder
        self._router = EntryRouter(instrument, settings.entry, self._products[-1])
        before = counted or Counted()
        self._prompts = Prompts(instrument, settings.entry, counted=before.prompts)
        self._holdings = Holdings(instrument, {one.root: one for one in products}, positions=before.positions)
        self._exits = Exits(instrument, settings.exits)
        self._orders = before.orders
        self._entry: _Entry | None = None
        self._is_flattening = False
        self._outbox: list[Request] = []
        self._looked_at = 0
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
        self._exits.hear(events)
        return [*self._prompts.hear(events, self._quote(market)), *self.watch(market)]

    def watch(self, market: Market) -> list[Event]:
        """Hold prompts, orders, position and ladder against the market; return the lines to be written."""
        quote = self._quote(market)
        if market.clock:
            self._ladder.at(market.clock)
        said = self._reported()
        self._mark(market, quote)
        said += self._manage(quote)
        said += self._hold_entry(quote)
        said += self._hold_prompts(market, quote)
        said += self._offer(market, quote)
        said += self._ladder.take_events()
        self._note_refusal(said)
        return said

    def press(self, command: Command, market: Market) -> list[Event]:
        """Do what a key asked for, or say why not; return the lines to be written before `send`."""
        quote = self._quote(market)
        said = [*self._obey[type(command)](command, market, quote), *self._ladder.take_events()]
        self._note_refusal(said)
        return said

    def send(self, now: int) -> list[Event]:
        """Hand on what waits, now that the lines behind it are written; return what the broker says at once."""
        waiting, self._outbox = self._outbox, []
        for request in waiting:
            request.send(self._broker, now)
        return [*self._reported(), *self._ladder.take_events()]

    def withdraw(self, reason: str, now: int) -> list[Event]:
        """Send nothing of what waits, except what closes a position: the lines behind it could not be written."""
        waiting, self._outbox = self._outbox, []
        said: list[Event] = []
        for request in waiting:
            if isinstance(request, Submit):
                said += self._holdings.take(OrderReport(now, request.order, "rejected", 0, reason=reason))
                self._entry = None
            elif isinstance(request, Flatten):
                self._outbox.append(request)
        return said

    def _quote(self, market: Market) -> Quote:
        quote = market.quote
        return replace(quote, trouble=self.trouble or quote.trouble or self._broker.trouble)

    # ------------------------------------------------------------------------------------- orders and the position

    def _reported(self) -> list[Event]:
        """Return the lines that the broker's reports make."""
        said: list[Event] = []
        for report in self._broker.reports():
            lines = self._holdings.take(report)
            said += lines
            for line in lines:
                if isinstance(line, Position):
                    self._count(line)
        if self._holdings.entry is None:
            self._entry = None
        if self._holdings.is_flat:
            self._is_flattening = False
        return said

    def _count(self, line: Position) -> None:
        """Let the ladder count a position that opened or closed."""
        if line.state == "opened":
            self._ladder.opened(line.ts)
            self._exits.begin()
        elif line.state == "closed":
            for position in self._holdings.ended:
                self._ladder.closed(position.realised_cents, line.ts)
            self._holdings.ended.clear()

    def _mark(self, market: Market, quote: Quote) -> None:
        """Hold the open position against the price at which it could be closed."""
        position = self._holdings.position
        if position is None or quote.trouble:
            return
        if quote.last is not None:
            position.see(quote.last)
        touch = _closing(position, quote)
        if touch is not None and market.clock:
            self._ladder.mark(position.would_make(touch), market.clock, banked_cents=position.realised_cents)

    def _manage(self, quote: Quote) -> list[Event]:
        position = self._holdings.position
        why = self._ladder.flatten_reason if position is not None else self._ladder.lock_reason
        if self._settings.flatten_at_lock and why:
            return self._flatten(why, quote)
        if position is None or self._is_flattening:
            return []
        said: list[Event] = []
        for wish in self._exits.wishes(position, quote):
            if isinstance(wish, MoveStop):
                said += self._move_stop(position, wish.tick, wish.reason, quote)
            elif isinstance(wish, Close):
                said += self._flatten(wish.reason, quote)
            else:
                said += self._offer_exit(position, wish, quote)
        return said

    def _move_stop(self, position: HeldPosition, tick: int, reason: str, quote: Quote, key: str = "") -> list[Event]:
        position.stop = tick
        self._outbox.append(Protect(Bracket(tick, self._targets())))
        return [
            Decision(ts=quote.now, prompt=position.prompt or "", action="changed", reason=reason, key=key),
            self._holdings.told(position, "changed", quote.now, reason),
        ]

    def _targets(self) -> tuple[Target, ...]:
        """Return the targets that work, the nearest first."""
        position = self._holdings.position
        working = [
            Target(order.tick, order.quantity - order.filled)
            for order in self._broker.orders()
            if order.role == "target" and order.tick is not None
        ]
        sign = 1 if position is None else position.sign
        return tuple(sorted(working, key=lambda target: sign * target.tick))

    def _flatten(self, reason: str, quote: Quote, key: str = "") -> list[Event]:
        """Close everything, once."""
        if self._is_flattening or self._holdings.is_flat:
            return []
        self._is_flattening = True
        self._outbox.append(Flatten())
        position = self._holdings.position
        prompt = (position.prompt if position is not None else None) or ""
        return [Decision(ts=quote.now, prompt=prompt, action="flattened", reason=reason, key=key)]

    def _hold_entry(self, quote: Quote) -> list[Event]:
        """Withdraw an entry order whose time is over, or whose evidence is refuted."""
        entry = self._entry
        if entry is None:
            return []
        why = ""
        if quote.now >= entry.until:
            why = f"not filled within {self._settings.entry_life // SECOND_NS} s"
        elif _is_refuted(entry.setup, quote):
            why = f"{self._instrument.price_text(quote.last or 0)} traded, beyond its evidence"
        return self._withdraw_entry(entry, why, quote) if why else []

    def _withdraw_entry(self, entry: _Entry, why: str, quote: Quote, key: str = "") -> list[Event]:
        self._entry = None
        self._outbox.append(Cancel(entry.order.id))
        prompt = entry.order.prompt or ""
        return [Decision(ts=quote.now, prompt=prompt, action="cancelled", reason=why, key=key)]

    # ----------------------------------------------------------------------------------------------------- prompts

    def _hold_prompts(self, market: Market, quote: Quote) -> list[Event]:
        prompts = self._prompts
        said: list[Event] = []
        if not self._holdings.is_flat:
            said += prompts.void_entries(_WAITING if self._holdings.position is None else "a position is open", quote)
        if self._holdings.position is None:
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
        if not self._router.wants_to_look or quote.trouble or not self._holdings.is_flat:
            return []
        if quote.now - self._looked_at < _LOOK_AGAIN:
            return []
        self._looked_at = quote.now
        view = market.look(LOOK)
        self._mentor = view.mentor
        said: list[Event] = []
        for setup in self._router.propose(quote, view, self._prompts.sides):
            said += self._prompts.offer(setup, self._sizer(setup.stop_ticks or 0), quote)
        return [*said, *self._router.take_events()]

    def _sizer(self, stop_ticks: int) -> Sized:
        return size(self._ladder.allowance(), stop_ticks, self._settings.entry.slip, self._products)

    def _offer_exit(self, position: HeldPosition, wish: AskToClose, quote: Quote, key: str = "") -> list[Event]:
        try:
            setup = self._router.exit(position.side, wish.reasons, quote)
        except NotATradeError as why:
            return [self._refused("changed", str(why), quote, key)] if key else []
        return self._prompts.offer_exit(setup, position.product, position.quantity, quote, key)

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
            return [*said, *self._flatten("closed by key", quote, command.key)]
        return [*said, *self._enter(accepted, quote)]

    def _enter(self, accepted: AcceptedPrompt, quote: Quote) -> list[Event]:
        self._orders += 1
        setup = accepted.setup
        order = OrderRequest(
            id=f"o{self._orders}",
            role="entry",
            kind=setup.order,
            side=setup.side,
            product=accepted.product.root,
            tick=None if setup.order == "market" else setup.entry,
            quantity=accepted.contracts,
            prompt=accepted.id,
            bracket=accepted.bracket,
        )
        self._entry = _Entry(order, setup, quote.now + self._settings.entry_life)
        self._outbox.append(Submit(order))
        return [self._holdings.sent(order, quote.now), *self._prompts.void_entries(_WAITING, quote)]

    def _enter_by_hand(self, command: ManualEntry, market: Market, quote: Quote) -> list[Event]:
        if not self._holdings.is_flat:
            why = _WAITING if self._holdings.position is None else "a position is open"
            return [self._refused("changed", why, quote, command.key)]
        try:
            setup = self._router.manual(command.side, command.tick, quote, market.look(LOOK), command.kind)
        except NotATradeError as why:
            return [self._refused("changed", str(why), quote, command.key)]
        return self._prompts.offer(setup, self._sizer(setup.stop_ticks or 0), quote, command.key)

    def _cancel_entry(self, command: CancelEntry, _market: Market, quote: Quote) -> list[Event]:
        if self._entry is None:
            return [self._refused("cancelled", "no entry order is working", quote, command.key)]
        return self._withdraw_entry(self._entry, "by key", quote, command.key)

    def _nudge_stop(self, command: NudgeStop, _market: Market, quote: Quote) -> list[Event]:
        position = self._holdings.position
        if position is None or self._prompts.armed is not None:
            return self._prompts.nudge_stop(command.step, quote, self._sizer, command.key)
        if position.stop is None:
            return [self._refused("changed", "the position has no stop", quote, command.key)]
        return self._tighten(position, position.stop + command.step, quote, command.key)

    def _break_even(self, command: BreakEven, _market: Market, quote: Quote) -> list[Event]:
        position = self._holdings.position
        if position is None:
            return [self._refused("changed", "no position", quote, command.key)]
        return self._tighten(position, position.break_even(), quote, command.key)

    def _tighten(self, position: HeldPosition, tick: int, quote: Quote, key: str) -> list[Event]:
        touch, text = _closing(position, quote), self._instrument.price_text(tick)
        if not position.tightens(tick):
            return [self._refused("changed", f"a stop never loosens: {text}", quote, key)]
        if touch is None or position.sign * (touch - tick) <= 0:
            return [self._refused("changed", f"the market is beyond {text} already", quote, key)]
        return self._move_stop(position, tick, f"stop moved to {text}", quote, key)

    def _nudge_target(self, command: NudgeTarget, _market: Market, quote: Quote) -> list[Event]:
        position = self._holdings.position
        if position is None or self._prompts.armed is not None:
            return self._prompts.nudge_target(command.step, quote, command.key)
        targets = self._targets()
        if not targets or position.stop is None:
            return [self._refused("changed", "the position has no target", quote, command.key)]
        moved = replace(targets[0], tick=targets[0].tick + command.step)
        touch = _closing(position, quote)
        if touch is None or position.sign * (moved.tick - touch) <= 0:
            text = self._instrument.price_text(moved.tick)
            return [self._refused("changed", f"the market is beyond {text} already", quote, command.key)]
        self._outbox.append(Protect(Bracket(position.stop, (moved, *targets[1:]))))
        reason = f"target moved to {self._instrument.price_text(moved.tick)}"
        return [Decision(ts=quote.now, prompt=position.prompt or "", action="changed", reason=reason, key=command.key)]

    def _ask_to_close(self, command: ClosePosition, _market: Market, quote: Quote) -> list[Event]:
        position = self._holdings.position
        if position is None:
            return [self._refused("changed", "no position", quote, command.key)]
        return self._offer_exit(position, AskToClose("by key", ()), quote, command.key)

    def _flatten_and_lock(self, command: FlattenAndLock, _market: Market, quote: Quote) -> list[Event]:
        self._ladder.lock("flattened and locked by key", quote.now)
        said = self._prompts.void_entries("flattened and locked", quote)
        said += self._flatten("flattened and locked by key", quote, command.key)
        if said and isinstance(said[-1], Decision) and said[-1].action == "flattened":
            return said
        return [*said, Decision(ts=quote.now, prompt="", action="flattened", reason="locked by key", key=command.key)]

    def _refused(self, action: DecisionAction, reason: str, quote: Quote, key: str) -> Decision:
        return Decision(ts=quote.now, prompt="", action=action, reason=reason, key=key, refused=True)

    def _note_refusal(self, said: Sequence[Event]) -> None:
        """Keep why a key was not obeyed or a prompt went away, for the prompt row."""
        for line in said:
            if isinstance(line, Decision):
                if line.refused:
                    self._refusal = (f"{line.reason}: nothing sent", line.ts)
                elif line.action in {"voided", "expired", "cancelled"} and line.prompt:
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
            position=self._position_mark(quote),
            risk=self._ladder.mark_for_screen,
            refusal=text,
            refused_at=at if text else None,
            trouble=self.trouble or self._broker.trouble,
        )

    def _position_mark(self, quote: Quote) -> PositionMark | None:
        position = self._holdings.position
        if position is None:
            return None
        touch = _closing(position, quote)
        open_cents = None if touch is None else position.would_make(touch)
        return PositionMark(
            id=position.id,
            side=position.side,
            product=position.product.root,
            quantity=position.quantity,
            entry=position.entry,
            stop=position.stop,
            targets=tuple(target.tick for target in self._targets()),
            since=position.opened,
            open_cents=open_cents,
            realised_cents=position.realised_cents,
            risk_cents=position.risk_cents,
            r=None if open_cents is None else position.in_r(position.realised_cents + open_cents),
            mfe_ticks=position.mfe_ticks,
            mae_ticks=position.mae_ticks,
        )


def _closing(position: HeldPosition, quote: Quote) -> int | None:
    """Return the tick at which a position could be closed at once."""
    return quote.bid if position.side == "buy" else quote.ask


def _is_refuted(setup: Setup, quote: Quote) -> bool:
    """Whether a price traded that makes the evidence behind an entry void."""
    if setup.invalidation is None or quote.last is None:
        return False
    return SIGNS[setup.side] * (setup.invalidation - quote.last) >= 0
