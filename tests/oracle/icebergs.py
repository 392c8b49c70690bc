"""Native icebergs: exchange-managed orders that keep one id and reload what they display.

Evidence is a passive fill larger than what the order displays, or, at the same price in the same matching event, a
new displayed size that is not what the fill left. The steps of an iceberg's life are reported at the end of the
matching event, in the order in which the event first touched the orders.
"""

from dataclasses import dataclass, field
from math import gcd, isqrt
from typing import Literal

from .book import Cleared, Ended, Entered, Fact, Filled, Modified, Removed
from .records import Row

State = Literal["detected", "traded", "executed", "cancelled", "expired"]


@dataclass(frozen=True, slots=True)
class Refresh:
    """One reload: `filled` lots were taken while `before` were displayed, then `after` were."""

    index: int
    ts_event: int
    before: int
    filled: int
    after: int


@dataclass(frozen=True, slots=True)
class Overfill:
    """A fill record after which more had been taken (`filled`) than was displayed (`shown`)."""

    index: int
    shown: int
    filled: int


@dataclass(slots=True)
class Life:
    """What is known of one order since it entered the book.

    Attributes:
        shown: Lots displayed now; what was displayed last once the order has left.
        first_display: Lots displayed on entering.
        sizes: Every displayed size seen, in order.
        filled: Lots filled passively since the first fill.
        state: Newest step of its life as an iceberg; None while there is no evidence.
    """

    order_id: int
    side: str
    tick: int
    shown: int
    first_display: int
    sizes: list[int]
    filled: int = 0
    refreshes: list[Refresh] = field(default_factory=list)
    overfills: list[Overfill] = field(default_factory=list)
    state: State | None = None

    @property
    def is_iceberg(self) -> bool:
        """Whether there is evidence of hidden lots."""
        return bool(self.refreshes or self.overfills)

    @property
    def display(self) -> int | None:
        """The display quantity, where the refreshes determine it."""
        return recovered_display(self.refreshes, max(self.sizes))


@dataclass(frozen=True, slots=True)
class Step:
    """One step in an iceberg's life, as known at the end of a matching event.

    Attributes:
        index: Record that ended the event.
        ts: Event clock at that record, None where no record has told a time.
        event: Running number of the matching event.
        shown: Lots displayed after the event; 0 once the order has left.
    """

    index: int
    ts: int | None
    event: int
    order_id: int
    state: State
    side: str
    tick: int
    display: int | None
    filled: int
    refreshes: int
    shown: int


def recovered_display(refreshes: list[Refresh], largest: int) -> int | None:
    """Return the one display quantity that explains every reload, None where none or several do.

    A reload after `o = filled - before` lots beyond the display shows `after = k * D - o`, so D divides `o + after`;
    and no displayed size exceeds D. With `o == 0` this leaves `D == after` alone.
    """
    multiple = 0
    for refresh in refreshes:
        beyond = refresh.filled - refresh.before
        if beyond >= 0:
            multiple = gcd(multiple, beyond + refresh.after)
    explained = multiple > 0 and largest <= multiple
    smaller_too = multiple > 1 and largest <= multiple // _smallest_factor(multiple)
    return multiple if explained and not smaller_too else None


def _smallest_factor(number: int) -> int:
    """Return the smallest divisor above 1, whose counterpart is the largest divisor below `number` itself."""
    odd = range(3, isqrt(number) + 1, 2)
    return 2 if number % 2 == 0 else next((divisor for divisor in odd if number % divisor == 0), number)


@dataclass(slots=True)
class _Happened:
    """What one matching event did to one order."""

    life: Life
    filled: bool = False
    removed: bool = False


class PlainIcebergs:
    """Follows every order's displayed size and reports those that hide lots.

    `found` holds every iceberg ever detected, in order of detection; `steps` the whole life of all of them.
    """

    def __init__(self) -> None:
        self.lives: dict[int, Life] = {}
        self.found: list[Life] = []
        self.steps: list[Step] = []
        self._event: list[_Happened] = []
        self._current: dict[int, _Happened] = {}

    @property
    def lots(self) -> int:
        """Lots filled by orders known to be icebergs, from each order's first fill."""
        return sum(life.filled for life in self.found)

    @property
    def refreshes(self) -> int:
        """Reloads of all icebergs."""
        return sum(len(life.refreshes) for life in self.found)

    def see(self, row: Row, facts: list[Fact], *, event: int, clock: int | None) -> None:
        """Take what the book established from `row`; `event` is the number of the running matching event."""
        for fact in facts:
            match fact:
                case Entered():
                    self._enter(fact)
                case Filled():
                    self._fill(row, fact)
                case Modified():
                    self._modify(row, fact)
                case Removed():
                    self._happened(fact.order_id).removed = True
                    del self.lives[fact.order_id]
                    del self._current[fact.order_id]
                case Ended():
                    self._report(row, event, clock)
                    event += 1
                case Cleared():
                    self._expire(row, event, clock)
                case _:
                    pass

    def _happened(self, order_id: int) -> _Happened:
        if order_id not in self._current:
            self._current[order_id] = _Happened(self.lives[order_id])
            self._event.append(self._current[order_id])
        return self._current[order_id]

    def _enter(self, fact: Entered) -> None:
        self.lives[fact.order_id] = Life(fact.order_id, fact.side, fact.tick, fact.size, fact.size, [fact.size])

    def _fill(self, row: Row, fact: Filled) -> None:
        life = self.lives[fact.order_id]
        life.filled += fact.size
        self._happened(fact.order_id).filled = True
        if fact.pending > fact.shown:
            life.overfills.append(Overfill(row.index, fact.shown, fact.pending))

    def _modify(self, row: Row, fact: Modified) -> None:
        life = self.lives[fact.order_id]
        life.side, life.tick, life.shown = fact.side, fact.tick, fact.after
        life.sizes.append(fact.after)
        if fact.refresh:
            life.refreshes.append(Refresh(row.index, row.ts_event, fact.before, fact.filled, fact.after))

    def _report(self, row: Row, event: int, clock: int | None) -> None:
        """Write the steps of every iceberg this event filled or removed."""
        for happened in self._event:
            life = happened.life
            if not life.is_iceberg:
                continue
            if happened.removed:
                life.shown = 0
            if life.state is None:
                self.found.append(life)
                self._step(life, "detected", row, event, clock)
            elif happened.filled and not happened.removed:
                self._step(life, "traded", row, event, clock)
            if happened.removed:
                self._step(life, "executed" if happened.filled else "cancelled", row, event, clock)
        self._event.clear()
        self._current.clear()

    def _expire(self, row: Row, event: int, clock: int | None) -> None:
        """End the lives of all icebergs still resting: nobody will say what became of them."""
        resting = [life for life in self.found if self.lives.get(life.order_id) is life]
        for life in resting:
            life.shown = 0
            self._step(life, "expired", row, event, clock)
        self.lives.clear()
        self._event.clear()
        self._current.clear()

    def _step(self, life: Life, state: State, row: Row, event: int, clock: int | None) -> None:
        life.state = state
        step = Step(
            index=row.index,
            ts=clock,
            event=event,
            order_id=life.order_id,
            state=state,
            side=life.side,
            tick=life.tick,
            display=life.display,
            filled=life.filled,
            refreshes=len(life.refreshes),
            shown=life.shown,
        )
        self.steps.append(step)
