"""Re-posted orders: clips of one size at one price and side, each posted right after the one before it was consumed.

All consumed orders are kept and looked through again for every add; chance is counted as it is defined.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import sqrt
from typing import Final, Literal

from .bars import PlainClock
from .records import MARKET_BY_PRICE, MAYBE_BAD_BOOK, SECOND, SIDES, TOP_OF_BOOK, UNDEFINED_PRICE, Row

Told = Literal["earlier", "detected", "traded", "executed", "cancelled", "expired"]
SPAN: Final = SECOND // 10
CLASSES: Final = (1, 2, 3, 4, 5, 10, 20)
PROBES: Final = 4_096
PROBED_LATER: Final = 16
_Z: Final = 1.959964


@dataclass(slots=True)
class Chain:
    """Clips of one owner, as it seems."""

    price: int
    side: str
    size: int
    number: int = 0
    reposts: int = 0
    filled: int = 0
    links: list[tuple[int, int]] = field(default_factory=list)
    """Record that took a clip away, and record that posted it anew."""


@dataclass(slots=True)
class Clip:
    """One resting order that was filled, or that is the newest clip of a chain."""

    left: int | None = None
    filled: int = 0
    pending: int = 0
    chain: Chain | None = None


@dataclass(slots=True)
class Consumed:
    """One order that fills took whole."""

    order_id: int
    index: int
    clock: int
    price: int
    side: str
    size: int
    chain: Chain | None
    waits: bool = True
    native: bool = False
    probed: bool = False


@dataclass(frozen=True, slots=True)
class ChainStep:
    """One step that is told of a chain."""

    index: int
    ts: int
    event: int
    number: int
    what: Told
    side: str
    price: int
    size: int
    reposts: int
    filled: int
    links: tuple[tuple[int, int], ...]


class PlainReposts:
    """Reads one instrument's records."""

    def __init__(self, instrument_id: int, tick: int, *, window: int, reposts: int, least: float) -> None:
        self.steps: list[ChainStep] = []
        self.tallies: list[Counter[str]] = [Counter() for _ in CLASSES]
        self.totals: Counter[str] = Counter()
        self._instrument_id = instrument_id
        self._tick = tick
        self._window = window
        self._reposts = reposts
        self._least = least
        self._clock = PlainClock()
        self._event = 0
        self._begun = False
        self._in_snapshot = False
        self._aggressors: list[int] = []
        self._clips: dict[int, Clip] = {}
        self._near: list[Consumed] = []
        self._all: list[Consumed] = []
        self._chains: list[Chain] = []
        self._said = 0

    def feed(self, records: Iterable[Row], executed: Iterable[tuple[int, int]] = ()) -> None:
        """Read records; `executed` are (record, order id) of native icebergs that were filled whole."""
        natives = list(executed)
        for row in records:
            if row.instrument_id != self._instrument_id:
                continue
            while natives and natives[0][0] < row.index:
                self._leave_out_native(natives.pop(0)[1], row)
            self._apply(row)

    def _apply(self, row: Row) -> None:
        self._clock.see(row)
        self._let_go(row)
        usable = not row.flags & (TOP_OF_BOOK | MARKET_BY_PRICE)
        if (row.action == "R" and usable) or (row.is_snapshot and not self._in_snapshot):
            if self._begun:
                self._end_event()
            self._forget_all(row)
        self._in_snapshot = row.is_snapshot
        self._begun = self._begun or not row.is_snapshot
        if row.flags & MAYBE_BAD_BOOK:
            self._forget_all(row)
        elif usable and not row.is_snapshot:
            self._take(row)
        if row.closes_event:
            self._end_event()
            self._in_snapshot = False

    def _end_event(self) -> None:
        self._event += 1
        self._begun = False
        self._aggressors.clear()

    def _take(self, row: Row) -> None:
        match row.action:
            case "A" if _is_placed(row):
                self._leave_out(row.order_id, row)
                if row.order_id not in self._aggressors:
                    self._compare(row)
            case "T" if row.order_id:
                self._aggressors.append(row.order_id)
                self._leave_out(row.order_id, row)
            case "F" if row.size and row.order_id not in self._aggressors:
                self._clips.setdefault(row.order_id, Clip()).pending += row.size
            case "C" if row.order_id in self._clips:
                self._cancel(row)
            case "M" if row.order_id in self._clips:
                self._modify(row)
            case _:
                pass

    def _cancel(self, row: Row) -> None:
        clip = self._clips[row.order_id]
        whole = clip.pending == row.size > 0 and clip.left in {None, row.size}
        if not (whole and _is_placed(row) and row.price % self._tick == 0):
            self._leave_out(row.order_id, row)
            return
        del self._clips[row.order_id]
        size = clip.filled + clip.pending
        consumed = Consumed(row.order_id, row.index, self._now, row.price, row.side, size, clip.chain)
        tally = self._tally(size)
        tally["taken"] += 1
        consumed.probed = tally["taken"] <= PROBES or tally["taken"] % PROBED_LATER == 0
        self._near.append(consumed)
        self._all.append(consumed)
        if clip.chain is not None:
            clip.chain.filled += size
            if clip.chain.reposts >= self._reposts:
                self.totals["lots"] += size

    def _modify(self, row: Row) -> None:
        clip = self._clips[row.order_id]
        if clip.pending == 0 or (clip.left is not None and clip.left - clip.pending != row.size):
            self._leave_out(row.order_id, row)
            return
        clip.filled, clip.pending, clip.left = clip.filled + clip.pending, 0, row.size

    def _compare(self, row: Row) -> None:
        for old in self._all:
            age = self._now - old.clock
            if old.probed and not old.native and SECOND <= age < SECOND + SPAN and _same_place(old, row):
                self._tally(old.size).update(far=1, far_same=old.size == row.size)
        there = [one for one in self._near if one.waits and _same_place(one, row)]
        for one in there:
            name = "first" if one.chain is None else "near"
            self._tally(one.size).update({name: 1, f"{name}_same": one.size == row.size})
        alike = [one for one in there if one.size == row.size]
        if alike:
            self._repost(alike[0], row)

    def _repost(self, consumed: Consumed, row: Row) -> None:
        consumed.waits = False
        chain = consumed.chain
        if chain is None:
            chain = Chain(row.price, row.side, row.size, filled=row.size)
            self._chains.append(chain)
        chain.reposts += 1
        speaks = chain.number == 0 and chain.reposts >= self._reposts and self.estimate(row.size) >= self._least
        if speaks:
            self._said += 1
            chain.number = self._said
            if chain.reposts > 1:
                self._tell(chain, "earlier", row, self._now)
        chain.links.append((consumed.index, row.index))
        if chain.number:
            self._tell(chain, "detected" if speaks else "traded", row, self._now)
        if chain.reposts == self._reposts:
            self.totals.update(ids=1, reposts=chain.reposts, lots=chain.filled)
        elif chain.reposts > self._reposts:
            self.totals["reposts"] += 1
        self._clips[row.order_id] = Clip(left=row.size, chain=chain)

    def estimate(self, size: int) -> float:
        """Return the lower end of the share of re-posts of this size that chance does not explain."""
        tally = self._tally(size)
        low = _end_of_interval(tally["near_same"], tally["near"], -1)
        high = _end_of_interval(tally["far_same"], tally["far"], +1)
        return max(0.0, 1 - high / low) if low > 0 else 0.0

    def _leave_out(self, order_id: int, row: Row) -> None:
        clip = self._clips.pop(order_id, None)
        if clip is not None and clip.chain is not None:
            self._end(clip.chain, "cancelled", row, self._now)

    def _leave_out_native(self, order_id: int, row: Row) -> None:
        newest = next((one for one in reversed(self._near) if one.order_id == order_id), None)
        if newest is not None:
            if newest.waits and newest.chain is not None:
                self._end(newest.chain, "cancelled", row, self._now)
            newest.waits, newest.native = False, True

    def _let_go(self, row: Row) -> None:
        for one in self._near:
            if one.clock < self._now - self._window and one.waits:
                one.waits = False
                if one.chain is not None:
                    self._end(one.chain, "executed", row, one.clock + self._window)
        self._near = [one for one in self._near if one.clock >= self._now - self._window]
        self._all = [one for one in self._all if one.clock > self._now - SECOND - SPAN]

    def _forget_all(self, row: Row) -> None:
        for chain in list(self._chains):
            self._end(chain, "expired", row, self._now)
        self._clips.clear()
        self._near.clear()
        self._all.clear()

    def _end(self, chain: Chain, what: Told, row: Row, ts: int) -> None:
        self._chains.remove(chain)
        if chain.number:
            self._tell(chain, what, row, ts)

    def _tell(self, chain: Chain, what: Told, row: Row, ts: int) -> None:
        self.steps.append(
            ChainStep(
                index=row.index,
                ts=ts,
                event=self._event,
                number=chain.number,
                what=what,
                side=chain.side,
                price=chain.price,
                size=chain.size,
                reposts=chain.reposts,
                filled=chain.filled,
                links=tuple(chain.links),
            )
        )

    @property
    def _now(self) -> int:
        return self._clock.now or 0

    def _tally(self, size: int) -> Counter[str]:
        return self.tallies[max(number for number, least in enumerate(CLASSES) if size >= least)]


def _is_placed(row: Row) -> bool:
    return row.side in SIDES and row.price != UNDEFINED_PRICE and row.size > 0


def _same_place(consumed: Consumed, row: Row) -> bool:
    return (consumed.price, consumed.side) == (row.price, row.side)


def _end_of_interval(part: int, whole: int, sign: int) -> float:
    """Return an end of Wilson's 95 % interval of a share."""
    if whole == 0:
        return 0.0 if sign < 0 else 1.0
    share, weight = part / whole, _Z**2 / whole
    reach = _Z * sqrt(share * (1 - share) / whole + weight / (4 * whole))
    return (share + weight / 2 + sign * reach) / (1 + weight)
