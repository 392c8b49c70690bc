"""What is held, and what it has made: one position at a time, from its fills.

Lots leave in the order in which they came (first in, first out), so that everything realised is whole cents. One lot
makes `(exit - entry) x tick value`, with the sign of the side; fees of entry and exit are taken off when they are paid.
"""

from collections import deque
from dataclasses import dataclass, field

from engines.events import AggressorSide
from engines.execution.money import Product
from engines.execution.orders import Target
from engines.execution.setup import SIGNS


@dataclass(slots=True)
class HeldPosition:
    """A position from its first fill to its last; ticks, lots, cents, nanoseconds.

    Attributes:
        prompt: The prompt that opened it.
        first_stop: Where its stop stood when it was opened, which makes one R; None without one.
        stop: Where its stop stands.
        targets: What is to leave where, the nearest first, as it was asked for last; less works while lots are to come.
        opened: Time of the first fill.
        entered: Lots entered in all.
        left: Lots that have left.
        gross_cents: Made by what has left, before fees.
        fees_cents: Fees paid.
        best: Most favourable tick that traded while it was held.
        worst: Most adverse one.
    """

    id: str
    prompt: str | None
    side: AggressorSide
    product: Product
    opened: int
    first_stop: int | None = None
    stop: int | None = None
    targets: tuple[Target, ...] = ()
    entered: int = 0
    left: int = 0
    gross_cents: int = 0
    fees_cents: int = 0
    best: int | None = None
    worst: int | None = None
    _entry_ticks: int = 0
    _exit_ticks: int = 0
    _lots: deque[tuple[int, int]] = field(default_factory=deque)

    @property
    def sign(self) -> int:
        """1 of a long position, -1 of a short one."""
        return SIGNS[self.side]

    @property
    def quantity(self) -> int:
        """Lots held."""
        return self.entered - self.left

    @property
    def entry(self) -> float:
        """Average tick of all entries."""
        return self._entry_ticks / self.entered

    @property
    def exit(self) -> float | None:
        """Average tick of all exits; None before the first."""
        return self._exit_ticks / self.left if self.left else None

    @property
    def realised_cents(self) -> int:
        """Made so far, all fees that were paid taken off."""
        return self.gross_cents - self.fees_cents

    @property
    def risk_cents(self) -> int | None:
        """One R: what all lots entered would have lost at the first stop, fees both ways included."""
        if self.first_stop is None:
            return None
        ticks = self.sign * (self._entry_ticks - self.first_stop * self.entered)
        return ticks * self.product.tick_cents + 2 * self.entered * self.product.fee_cents

    @property
    def r(self) -> float | None:
        """What is realised, in R; None where one R is not more than nothing."""
        return self.in_r(self.realised_cents)

    def in_r(self, cents: int) -> float | None:
        """Return money in R; None where one R is unknown or not more than nothing."""
        risk = self.risk_cents
        return None if risk is None or risk <= 0 else cents / risk

    def enter(self, tick: int, quantity: int) -> None:
        """Take lots that were entered."""
        self.entered += quantity
        self._entry_ticks += tick * quantity
        self.fees_cents += quantity * self.product.fee_cents
        self._lots.append((tick, quantity))
        self.see(tick)

    def leave(self, tick: int, quantity: int) -> None:
        """Take lots that left.

        Raises:
            ValueError: More left than were held, which no broker may do.
        """
        if quantity > self.quantity:
            raise ValueError(f"position {self.id}: {quantity} lots left of {self.quantity} held")
        self.left += quantity
        self._exit_ticks += tick * quantity
        self.fees_cents += quantity * self.product.fee_cents
        self.see(tick)
        while quantity:
            entry, lots = self._lots.popleft()
            part = min(lots, quantity)
            self.gross_cents += self.sign * (tick - entry) * part * self.product.tick_cents
            quantity -= part
            if lots > part:
                self._lots.appendleft((entry, lots - part))

    def see(self, tick: int) -> None:
        """Take a price that traded while it was held."""
        if self.best is None or self.sign * (tick - self.best) > 0:
            self.best = tick
        if self.worst is None or self.sign * (tick - self.worst) < 0:
            self.worst = tick

    def would_make(self, tick: int) -> int:
        """Return the cents that leaving with everything at a price would make, the fees of it taken off."""
        gross = sum(self.sign * (tick - entry) * lots for entry, lots in self._lots) * self.product.tick_cents
        return gross - self.quantity * self.product.fee_cents

    @property
    def mfe_ticks(self) -> int:
        """Most favourable excursion from the average entry, in whole ticks, never negative."""
        return 0 if self.best is None else max(0, round(self.sign * (self.best - self.entry)))

    @property
    def mae_ticks(self) -> int:
        """Most adverse one, as a positive number."""
        return 0 if self.worst is None else max(0, round(self.sign * (self.entry - self.worst)))

    def break_even(self) -> int:
        """Return the nearest tick at which leaving with what is held costs nothing, fees of both ways included."""
        held = sum(entry * lots for entry, lots in self._lots)
        costs = 2 * self.quantity * self.product.fee_cents
        per_tick = self.quantity * self.product.tick_cents
        needed = self.sign * held * self.product.tick_cents + costs
        return self.sign * -(-needed // per_tick)

    def tightens(self, tick: int) -> bool:
        """Whether a stop at a tick protects more than the present one."""
        return self.stop is None or self.sign * (tick - self.stop) > 0
