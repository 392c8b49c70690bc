"""Own orders and the open position: what is sent, what becomes of it, and how it is kept until it is closed.

What is to be sent waits in an outbox until the lines behind it are written.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from engines.book.layout import MINUTE_NS, SECOND_NS
from engines.events import Event
from engines.execution.broker import Broker
from engines.execution.capital.ladder import CapitalLadder
from engines.execution.commands import RefusedError
from engines.execution.exits import AskToClose, Close, Exits, ExitSettings, MoveStop
from engines.execution.holdings import Holdings
from engines.execution.money import Product
from engines.execution.orders import Bracket, FillReport, OrderReport, OrderRequest, Quote, Target
from engines.execution.positions import HeldPosition
from engines.execution.prompt import AcceptedPrompt
from engines.execution.requests import Cancel, Flatten, Protect, Request, Submit
from engines.execution.setup import Setup
from engines.execution.voiding import refuted
from engines.trading_events import Decision, DecisionAction, Position
from engines.trading_view import PositionMark
from engines.view import BarRow, Print
from feeds.instrument import Instrument

_MOST_SECONDS: Final = 2_000
"""What traded longer ago while nobody looked is not seen."""
NO_TOUCH: Final = "nobody bids or asks to close at"


@dataclass(frozen=True, slots=True)
class KeepingSettings:
    """Settings of orders and positions.

    Attributes:
        exits: How a position is managed.
        entry_life: An entry order that has not filled is withdrawn after so long, ns.
        flatten_at_lock: Whether the ladder's lock closes what is open.
    """

    exits: ExitSettings = field(default_factory=ExitSettings)
    entry_life: int = 5 * MINUTE_NS
    flatten_at_lock: bool = True


@dataclass(frozen=True, slots=True)
class _Entry:
    """The entry order that works: when it is withdrawn by itself, and what refutes it."""

    order: OrderRequest
    setup: Setup
    until: int


class Keeping:
    """Orders and position of one instrument.

    Attributes:
        exits: The rules that a position is managed by.
    """

    def __init__(
        self,
        instrument: Instrument,
        products: Mapping[str, Product],
        settings: KeepingSettings,
        *,
        broker: Broker,
        ladder: CapitalLadder,
        orders: int = 0,
        positions: int = 0,
    ) -> None:
        """Begin flat; so many orders and positions were counted before, so that ids go on."""
        self.exits = Exits(instrument, settings.exits)
        self._instrument = instrument
        self._settings = settings
        self._broker = broker
        self._ladder = ladder
        self._holdings = Holdings(instrument, products, positions=positions)
        self._orders = orders
        self._entry: _Entry | None = None
        self._is_flattening = False
        self._outbox: list[Request] = []
        self._bars: deque[BarRow] = deque()
        self._seen = self._looked_at = 0

    @property
    def position(self) -> HeldPosition | None:
        """The open position."""
        return self._holdings.position

    @property
    def is_flat(self) -> bool:
        """Whether nothing is held and no entry is working."""
        return self._holdings.is_flat

    @property
    def occupied(self) -> str:
        """Why no further entry may be made; empty where one may."""
        if self._holdings.position is not None:
            return "a position is open"
        return "" if self._holdings.is_flat else "an entry order is working"

    @property
    def orders(self) -> int:
        """Entry orders sent so far."""
        return self._orders

    @property
    def positions(self) -> int:
        """Positions opened so far."""
        return self._holdings.counted

    # ------------------------------------------------------------------------------------- to the broker and back

    def seconds_due(self, clock: int) -> int:
        """Return how many of the newest bars of a second `see_seconds` wants to see, once a second; 0 for none."""
        if self.is_flat or clock // SECOND_NS == self._looked_at // SECOND_NS:
            return 0
        return min((clock - self._seen) // SECOND_NS + 1, _MOST_SECONDS)

    def see_seconds(self, bars: Sequence[BarRow], clock: int) -> None:
        """Take the newest bars of a second for the excursions; `reported` is to follow."""
        self._looked_at = clock
        new = [bar for bar in bars if bar.complete and bar.start >= self._seen]
        if new:
            self._seen = new[-1].start + SECOND_NS
            self._bars += new

    def _see_excursions(self, until: int | None) -> None:
        """Let the position see what traded in the seconds that ended by a moment, or in all that are known."""
        while self._bars and (until is None or self._bars[0].start + SECOND_NS <= until):
            bar, position = self._bars.popleft(), self._holdings.position
            if position is not None and bar.start >= position.opened:
                position.see(bar.low)
                position.see(bar.high)

    def _see_prints(self, prints: Sequence[Print], until: int) -> None:
        """Let the position see what traded before a moment, in the seconds that have no bar of their own to be seen."""
        position = self._holdings.position
        for one in prints if position is not None else ():
            if position is not None and position.opened < one.ts < until:
                position.see(one.first)
                position.see(one.last)

    def reported(self, newest: Callable[[], Sequence[Print]] = tuple) -> list[Event]:
        """Return the lines that the broker's reports make; the ladder counts what opened and closed.

        Args:
            newest: Returns the newest prints; asked where lots were traded.
        """
        said: list[Event] = []
        reports = self._broker.reports()
        prints = newest() if any(isinstance(report, FillReport) for report in reports) else ()
        for report in reports:
            self._see_excursions(report.ts)
            self._see_prints(prints, report.ts)
            lines = self._holdings.take(report)
            said += lines
            for line in lines:
                if isinstance(line, Position):
                    self._count(line)
        self._see_excursions(None)
        position = self._holdings.position
        if position is not None and position.opened + 2 * SECOND_NS > self._looked_at:
            self._see_prints(prints or newest(), self._looked_at)
        if self._holdings.entry is None:
            self._entry = None
        if self._holdings.is_flat:
            self._is_flattening = False
        return said

    def _count(self, line: Position) -> None:
        if line.state == "opened":
            self._ladder.opened(line.ts)
            self.exits.begin()
        elif line.state == "closed":
            for position in self._holdings.ended:
                self._ladder.closed(position.realised_cents, line.ts)
            self._holdings.ended.clear()

    def send(self, now: int) -> None:
        """Hand on what waits."""
        waiting, self._outbox = self._outbox, []
        for request in waiting:
            request.send(self._broker, now)

    def withdraw(self, reason: str, now: int) -> list[Event]:
        """Keep entries that wait from being sent; return the lines it makes.

        What withdraws, protects or closes goes its way all the same: the broker must have it as it is shown.
        """
        waiting, self._outbox = self._outbox, []
        said: list[Event] = []
        for request in waiting:
            if isinstance(request, Submit):
                said += self._holdings.take(OrderReport(now, request.order, "rejected", 0, reason=reason))
                self._entry = None
            else:
                self._outbox.append(request)
        return said

    def resume(self, position: HeldPosition) -> None:
        """Go on with a position that an earlier run of the program held; the broker has been told of it."""
        self._holdings.restore(position)
        self.exits.begin()

    def abandon(self, reason: str, quote: Quote, clock: int) -> list[Event]:
        """Leave everything behind: its market goes on no more. What is open counts as of the last price."""
        said: list[Event] = [self._holdings.gone(order, quote.now, reason) for order in self._broker.orders()]
        position = self._holdings.position
        if position is not None:
            touch = closing_tick(position, quote)
            position.leave(round(position.entry) if touch is None else touch, position.quantity)
            said.append(self._holdings.told(position, "closed", quote.now, f"abandoned at the last price: {reason}"))
            self._ladder.closed(position.realised_cents, max(quote.now, clock))
        self._holdings.position = None
        self._holdings.entry = self._entry = None
        self._outbox.clear()
        return said

    # -------------------------------------------------------------------------------------------- entering and leaving

    def enter(self, accepted: AcceptedPrompt, now: int) -> Event:
        """Send the entry of a confirmed prompt; return the line that says so."""
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
        self._entry = _Entry(order, setup, now + self._settings.entry_life)
        self._outbox.append(Submit(order))
        return self._holdings.sent(order, now)

    def flatten(self, reason: str, now: int, key: str = "") -> list[Event]:
        """Withdraw every order and close the position at the market; nothing where there is nothing.

        It is sent once, save by key: sent twice it does no harm, and whoever presses it again does not trust the first.
        """
        if self._holdings.is_flat or (self._is_flattening and not key):
            return []
        self._is_flattening = True
        self._outbox.append(Flatten())
        return [self._decided("flattened", reason, now, key)]

    def cancel_entry(self, reason: str, now: int, key: str = "") -> list[Event]:
        """Withdraw the entry order; what has filled stays protected.

        Raises:
            RefusedError: None is working.
        """
        entry, self._entry = self._entry, None
        if entry is None:
            raise RefusedError("no entry order is working")
        self._outbox.append(Cancel(entry.order.id))
        return [Decision(ts=now, prompt=entry.order.prompt or "", action="cancelled", reason=reason, key=key)]

    # ----------------------------------------------------------------------------------------------- keeping it

    def mark(self, quote: Quote, clock: int) -> None:
        """Hold the open position against the price at which it could be closed; `clock` is the newest event time."""
        position = self._holdings.position
        if position is None or quote.trouble:
            return
        touch = closing_tick(position, quote)
        if touch is not None and clock:
            self._ladder.mark(position.would_make(touch), clock, banked_cents=position.realised_cents)

    def keep(self, quote: Quote) -> tuple[list[Event], Sequence[AskToClose]]:
        """Do what the rules wish; return the lines it makes, and what the trader is to be asked."""
        position = self._holdings.position
        why = self._ladder.flatten_reason if position is not None else self._ladder.lock_reason
        if self._settings.flatten_at_lock and why:
            return self.flatten(why, quote.now), ()
        if position is None:
            return self._hold_entry(quote), ()
        if self._is_flattening:
            return [], ()
        said = self._hold_entry(quote)
        asks = []
        for wish in self.exits.wishes(position, quote):
            if isinstance(wish, MoveStop):
                said += self._move_stop(position, wish.tick, wish.reason, quote.now)
            elif isinstance(wish, Close):
                said += self.flatten(wish.reason, quote.now)
            else:
                asks.append(wish)
        return said, asks

    def _hold_entry(self, quote: Quote) -> list[Event]:
        """Withdraw an entry order whose time is over, or whose evidence is refuted."""
        entry = self._entry
        if entry is None:
            return []
        if quote.now >= entry.until:
            return self.cancel_entry(f"not filled within {self._settings.entry_life // SECOND_NS} s", quote.now)
        why = refuted(entry.setup, quote, self._instrument)
        return self.cancel_entry(why, quote.now) if why else []

    def tighten(self, tick: int, quote: Quote, key: str) -> list[Event]:
        """Move the stop of the position closer.

        Raises:
            RefusedError: It would loosen, or stand where the market is.
        """
        position, text = self._held(), self._instrument.price_text(tick)
        if not position.tightens(tick):
            raise RefusedError(f"a stop never loosens: {text}")
        self._require_ahead(position, quote, tick, text)
        return self._move_stop(position, tick, f"stop moved to {text}", quote.now, key)

    def nudge_stop(self, step: int, quote: Quote, key: str) -> list[Event]:
        """Move the stop of the position by ticks, as `tighten`."""
        position = self._held()
        if position.stop is None:
            raise RefusedError("the position has no stop")
        return self.tighten(position.stop + step, quote, key)

    def break_even(self, quote: Quote, key: str) -> list[Event]:
        """Move the stop of the position to where it costs nothing, as `tighten`."""
        return self.tighten(self._held().break_even(), quote, key)

    def nudge_target(self, step: int, quote: Quote, key: str) -> list[Event]:
        """Move the nearest target of the position by ticks.

        Raises:
            RefusedError: There is none, or the market has reached that price.
        """
        position = self._held()
        if not position.targets or position.stop is None:
            raise RefusedError("the position has no target")
        nearest, *others = position.targets
        moved = replace(nearest, tick=nearest.tick + step)
        text = self._instrument.price_text(moved.tick)
        touch = closing_tick(position, quote)
        if touch is None:
            raise RefusedError(NO_TOUCH)
        if position.sign * (moved.tick - touch) <= 0:
            raise RefusedError(f"the market is beyond {text} already")
        position.targets = _nearest_first((moved, *others), position.sign)
        self._outbox.append(Protect(Bracket(position.stop, position.targets)))
        return [self._decided("changed", f"target moved to {text}", quote.now, key)]

    def _held(self) -> HeldPosition:
        if self._holdings.position is None:
            raise RefusedError("no position")
        return self._holdings.position

    def _require_ahead(self, position: HeldPosition, quote: Quote, tick: int, text: str) -> None:
        touch = closing_tick(position, quote)
        if touch is None:
            raise RefusedError(NO_TOUCH)
        if position.sign * (touch - tick) <= 0:
            market = self._instrument.price_text(touch)
            raise RefusedError(f"a stop at {text} would trade at once, the market is at {market}")

    def _move_stop(self, position: HeldPosition, tick: int, reason: str, now: int, key: str = "") -> list[Event]:
        position.stop = tick
        self._outbox.append(Protect(Bracket(tick, position.targets)))
        return [self._decided("changed", reason, now, key), self._holdings.told(position, "changed", now, reason)]

    def _decided(self, action: DecisionAction, reason: str, now: int, key: str) -> Decision:
        position = self._holdings.position
        prompt = position.prompt if position is not None else None
        return Decision(ts=now, prompt=prompt or "", action=action, reason=reason, key=key)

    # ------------------------------------------------------------------------------------------- what is shown

    def targets(self) -> tuple[Target, ...]:
        """Return the targets that work, the nearest first."""
        position = self._holdings.position
        working = [
            Target(order.tick, order.quantity - order.filled)
            for order in self._broker.orders()
            if order.role == "target" and order.tick is not None
        ]
        return _nearest_first(working, 1 if position is None else position.sign)

    def position_mark(self, quote: Quote) -> PositionMark | None:
        """Return the open position as the screen shows it."""
        position = self._holdings.position
        if position is None:
            return None
        touch = closing_tick(position, quote)
        open_cents = None if touch is None else position.would_make(touch)
        return PositionMark(
            id=position.id,
            side=position.side,
            product=position.product.root,
            quantity=position.quantity,
            entry=position.entry,
            stop=position.stop,
            targets=tuple(target.tick for target in self.targets()),
            since=position.opened,
            open_cents=open_cents,
            realised_cents=position.realised_cents,
            risk_cents=position.risk_cents,
            r=None if open_cents is None else position.in_r(position.realised_cents + open_cents),
            mfe_ticks=position.mfe_ticks,
            mae_ticks=position.mae_ticks,
        )


def _nearest_first(targets: Iterable[Target], sign: int) -> tuple[Target, ...]:
    return tuple(sorted(targets, key=lambda target: sign * target.tick))


def closing_tick(position: HeldPosition, quote: Quote) -> int | None:
    """Return the tick at which a position could be closed at once."""
    return quote.bid if position.side == "buy" else quote.ask
