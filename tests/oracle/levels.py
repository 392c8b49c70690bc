"""The book by price, written to be read like the rules: whole levels come with every record, and are read at the end.

The records of a matching event are kept until it has ended; then its first record tells the levels before it (a T
carries them as the event found them) and its newest one that is no T tells them after it. Nothing else is remembered
but the levels that were found to hide lots.

Rules for input that no exchange sends:

- A T without price or size counts `bad_records` and is no trade; one off the tick counts `off_tick`.
- Of a side, levels are read up to the first undefined price. A level off the tick, or without lots, is left out; the
  record counts `off_tick` once, when its levels are read.
- Trades flagged as snapshot are no news and are passed over.
- A clear, or the start of a snapshot, ends the running event unjudged and forgets all levels.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from .bars import day_bounds, trading_day
from .records import ASK, BID, LAST, MAYBE_BAD_BOOK, SECOND, SIDES, SNAPSHOT, UNDEFINED_PRICE
from .stacking import Found, lately
from .touch import PlainTouch, Quote

What = Literal["filled", "executed", "cancelled", "expired"]
NO_EVENT: Final = -1
LATEST: Final = 4_102_444_800 * SECOND
FARTHEST: Final = 2**61
TEN_DAYS: Final = 10 * 86_400 * SECOND
DAILY_HALT: Final = 3_600 * SECOND
"""Trading stops this long before the trading day ends."""
NOTHING: Final = {"stacked": 0, "pulled": 0, "refilled": 0}
PASSIVE: Final = {BID: ASK, ASK: BID}
"""Who stands still while a buyer (`B`) or a seller (`A`) trades."""


@dataclass(frozen=True, slots=True)
class LevelRow:
    """One level or trade record; `levels` holds price, lots and orders of each side, as written."""

    index: int
    instrument_id: int
    ts_event: int
    ts_recv: int
    price: int
    size: int
    flags: int
    action: str
    side: str
    levels: dict[str, tuple[tuple[int, int, int], ...]]

    @property
    def is_trade(self) -> bool:
        """Whether it is a T."""
        return self.action == "T"


def level_rows(array: npt.NDArray[np.void]) -> list[LevelRow]:
    """Turn mbp-10, mbp-1, tbbo or trade records into rows."""
    depth = sum(name.startswith("bid_px") for name in array.dtype.names or ())
    numbers = ("instrument_id", "ts_event", "ts_recv", "price", "size", "flags")
    made = []
    for index, record in enumerate(array):
        levels = {
            letter: tuple(
                (
                    int(record[f"{side}_px_{number:02}"]),
                    int(record[f"{side}_sz_{number:02}"]),
                    int(record[f"{side}_ct_{number:02}"]),
                )
                for number in range(depth)
            )
            for letter, side in ((BID, "bid"), (ASK, "ask"))
        }
        fields = {name: int(record[name]) for name in numbers}
        action, side_letter = chr(record["action"]), chr(record["side"])
        made.append(LevelRow(index=index, action=action, side=side_letter, levels=levels, **fields))
    return made


@dataclass(frozen=True, slots=True)
class ShownSide:
    """What one side shows: lots and orders by tick, best first; nothing is known beyond `edge` (None: all is known)."""

    levels: dict[int, tuple[int, int]]
    edge: int | None


@dataclass(frozen=True, slots=True)
class LevelStep:
    """What happened to a level that hid lots; sizes are None where the level cannot be seen."""

    what: What
    ts: int
    event: int
    side: str
    tick: int
    suspect: bool
    lots: int = 0
    before: int | None = None
    after: int | None = None
    hidden: int = 0


@dataclass(slots=True)
class _Followed:
    """A level that hid lots: when and in which event it traded last."""

    last: int
    event: int


@dataclass(slots=True)
class PlainLevels:
    """The levels of one instrument.

    Args:
        depth: Levels a side that the schema carries.
        judges: The schema tells the levels before and after an event.
        quiet: Nanoseconds without a trade after which a level is over.
    """

    instrument_id: int
    tick: int
    depth: int
    judges: bool
    quiet: int
    shown: dict[str, ShownSide | None] = field(default_factory=lambda: {BID: None, ASK: None})
    steps: list[LevelStep] = field(default_factory=list)
    phase: str = "unknown"
    clock: int = 0
    events: int = 0
    trade_events: int = 0
    trades: int = 0
    volume: int = 0
    bad_records: int = 0
    off_tick: int = 0
    late_records: int = 0
    crossed_events: int = 0
    auction_crossed: int = 0
    suspect: bool = False
    in_snapshot: bool = False
    found: list[tuple[Found, int | None]] = field(default_factory=list)
    """What each trade found, and the order-flow imbalance before its event."""
    sums: dict[tuple[str, int], dict[str, int]] = field(default_factory=dict)
    """Lots stacked, pulled and refilled since the start, by side and tick."""
    touch: PlainTouch = field(init=False)
    _changes: dict[tuple[str, int], list[tuple[int, int]]] = field(default_factory=dict)
    _sideless: bool = False
    _event: list[LevelRow] = field(default_factory=list)
    _taken: dict[tuple[str, int], int] = field(default_factory=dict)
    _traded: bool = False
    _followed: dict[tuple[str, int], _Followed] = field(default_factory=dict)
    _day_end: int | None = None
    _halt_passed: bool = False

    def __post_init__(self) -> None:
        self.touch = PlainTouch()

    @property
    def ofi(self) -> int | None:
        """The order-flow imbalance so far; None where the schema tells no quotes between trades."""
        return self.touch.ofi if self.judges else None

    # --- records ------------------------------------------------------------------------------------------------------

    def apply(self, row: LevelRow) -> None:
        """Take one record; those of other instruments are ignored."""
        if row.instrument_id != self.instrument_id:
            return
        if self._event and row.ts_event != self._event[0].ts_event:
            self._end()
        self._see_time(row)
        snapshot = bool(row.flags & SNAPSHOT)
        if row.action == "R" or (snapshot and not self.in_snapshot):
            self._begin_anew()
        self.in_snapshot = snapshot
        if row.flags & MAYBE_BAD_BOOK and not self.suspect:
            self._expire_all(self.clock, self.events)
            self.suspect = True
        self._take(row, is_news=not snapshot)
        if row.flags & LAST and not row.is_trade:
            self.in_snapshot = False
            self._end()

    def finish(self) -> None:
        """Count the event that is open when the data ends; it is not judged."""
        if self._event:
            self._count_event()

    def _take(self, row: LevelRow, *, is_news: bool) -> None:
        clean = True
        if not self._event and row.is_trade and self.depth:
            before = dict(self.shown)
            clean = self._read(row)
            self._count_changes(before)
        self._event.append(row)
        if row.is_trade and is_news:
            if row.price == UNDEFINED_PRICE or row.size == 0:
                self.bad_records += 1
            elif row.price % self.tick:
                clean = False
            else:
                self._trade(row)
        self.off_tick += not clean

    def _trade(self, row: LevelRow) -> None:
        self._traded = True
        self.trades += 1
        self.volume += row.size
        self.found.append((self._look(row), self.ofi))
        if row.side in SIDES:
            place = (PASSIVE[row.side], row.price // self.tick)
            self._taken[place] = self._taken.get(place, 0) + row.size
        else:
            self._sideless = True

    def _look(self, row: LevelRow) -> Found:
        if row.side not in SIDES:
            return Found(None, None, None, None)
        side, tick = PASSIVE[row.side], row.price // self.tick
        displayed = size_at(self.shown[side], side, tick)
        if displayed is None or not self.judges:
            return Found(displayed, None, None, None)
        return Found(displayed, **self.sums.get((side, tick), NOTHING))

    def _begin_anew(self) -> None:
        if self._event:
            self._count_event()
        self._expire_all(self.clock, self.events)
        self.touch.await_trading()
        self.shown = {BID: None, ASK: None}
        self.suspect = False
        self.phase = "unknown"

    # --- time ---------------------------------------------------------------------------------------------------------

    def _see_time(self, row: LevelRow) -> None:
        """Move the clock to a credible time, past what becomes due until then."""
        if row.flags & SNAPSHOT or not self._is_credible(row):
            return
        self._turn(row.ts_event)
        if row.ts_event < self.clock:
            self.late_records += 1
            return
        self.touch.see_clock(row.ts_event)
        self.clock = row.ts_event
        for (side, tick), level in list(self._followed.items()):
            if level.last + self.quiet <= self.clock:
                del self._followed[side, tick]
                self.steps.append(
                    LevelStep("expired", level.last + self.quiet, NO_EVENT, side, tick, suspect=self.suspect)
                )

    def _is_credible(self, row: LevelRow) -> bool:
        if not 0 <= row.ts_event < LATEST:
            return False
        if row.ts_recv < 2**63:
            return row.ts_event <= row.ts_recv + SECOND
        return self.clock == 0 or row.ts_event <= self.clock + TEN_DAYS

    def _turn(self, ts: int) -> None:
        """Pass the daily halt and the end of the trading day."""
        if self._day_end is None:
            self._open_day(ts)
        elif ts >= self._day_end:
            self._expire_all(self._day_end, NO_EVENT)
            self._await_trading(ts)
            self._open_day(ts)
        elif ts >= self._day_end - DAILY_HALT and not self._halt_passed:
            self._halt_passed = True
            self._await_trading(ts)

    def _await_trading(self, ts: int) -> None:
        self.touch.see_clock(ts)
        self.touch.await_trading()
        self.phase = "unknown"

    def _open_day(self, ts: int) -> None:
        self._day_end = day_bounds(trading_day(ts))[1]
        self._halt_passed = ts >= self._day_end - DAILY_HALT

    # --- the end of a matching event ----------------------------------------------------------------------------------

    def _end(self) -> None:
        before, phase = dict(self.shown), self.phase
        telling = [row for row in self._event if not row.is_trade]
        if telling and self.depth:
            self.off_tick += not self._read(telling[-1])
        self._count_changes(before)
        is_normal = self.judges and phase != "auction" and not is_crossed(before) and not is_crossed(self.shown)
        for (side, tick), lots in self._taken.items():
            self._judge(side, tick, lots, before[side], is_normal=is_normal)
        self._let_go_of_empty()
        if not self.in_snapshot:
            self._keep_phase()
            self.touch.end_event(self._quote())
        self._count_event()

    def _quote(self) -> Quote:
        bid, ask = best(self.shown[BID]), best(self.shown[ASK])
        sound = self.phase == "continuous" and not self.suspect and not is_crossed(self.shown)
        bid_size = 0 if bid is None else self._lots(BID, bid)
        ask_size = 0 if ask is None else self._lots(ASK, ask)
        return Quote(bid, bid_size, ask, ask_size, counts=sound and bid is not None and ask is not None)

    def _lots(self, side: str, tick: int) -> int:
        """Return the lots listed at a price."""
        shown = self.shown[side]
        return 0 if shown is None else shown.levels[tick][0]

    def _count_changes(self, before: dict[str, ShownSide | None]) -> None:
        """Count what changed at each price that is seen before and after, beyond what the event took from it."""
        if not self.judges or self._sideless:
            return
        listed = {(side, tick) for side in SIDES for known in (before[side], self.shown[side]) for tick in ticks(known)}
        for side, tick in listed | self._taken.keys():
            was, is_now = size_at(before[side], side, tick), size_at(self.shown[side], side, tick)
            if was is not None and is_now is not None:
                self._count((side, tick), is_now - was, self._taken.get((side, tick), 0))

    def _count(self, place: tuple[str, int], change: int, taken: int) -> None:
        lots = change + taken
        sums = self.sums.setdefault(place, dict(NOTHING))
        if lots > 0 and taken:
            sums["refilled"] += lots
            return
        sums["stacked"] += max(lots, 0)
        sums["pulled"] += max(-lots, 0)
        self._changes.setdefault(place, []).append((self.clock, lots))

    def recent(self, side: str, tick: int) -> tuple[int, int] | None:
        """Return lots stacked and pulled at a price lately; None where that cannot be seen."""
        if not self.judges or size_at(self.shown[side], side, tick) is None:
            return None
        return lately(self._changes.get((side, tick), []), self.clock)

    def _judge(self, side: str, tick: int, lots: int, found: ShownSide | None, *, is_normal: bool) -> None:
        """Ask of one price whether what traded is more than what left it."""
        before, after = size_at(found, side, tick), size_at(self.shown[side], side, tick)
        hidden = 0
        if is_normal and before and after is not None:
            hidden = max(0, lots - (before - after))
        if hidden == 0 and (side, tick) not in self._followed:
            return
        level = self._followed.setdefault((side, tick), _Followed(self.clock, self.events))
        level.last, level.event = self.clock, self.events
        what: What = "executed" if after == 0 else "filled"
        step = LevelStep(what, self.clock, self.events, side, tick, self.suspect, lots, before, after, hidden)
        self.steps.append(step)

    def _let_go_of_empty(self) -> None:
        for (side, tick), level in list(self._followed.items()):
            if size_at(self.shown[side], side, tick) == 0:
                del self._followed[side, tick]
                if level.event != self.events:
                    step = LevelStep("cancelled", self.clock, self.events, side, tick, suspect=self.suspect, after=0)
                    self.steps.append(step)

    def _keep_phase(self) -> None:
        if self._traded:
            self.phase = "continuous"
        if is_crossed(self.shown) and self.phase == "continuous":
            self.crossed_events += 1
        elif is_crossed(self.shown):
            self.auction_crossed += 1
            self.phase = "auction"

    def _count_event(self) -> None:
        self.events += 1
        self.trade_events += self._traded
        self._event, self._taken, self._traded, self._sideless = [], {}, False, False

    def _expire_all(self, ts: int, event: int) -> None:
        for side, tick in self._followed:
            self.steps.append(LevelStep("expired", ts, event, side, tick, suspect=self.suspect))
        self._followed = {}

    # --- levels -------------------------------------------------------------------------------------------------------

    def _read(self, row: LevelRow) -> bool:
        """Read both sides; return whether every price stands on the tick."""
        clean = True
        for side in SIDES:
            self.shown[side], sound = self._side(row.levels[side], side)
            clean = clean and sound
        return clean

    def _side(self, written: tuple[tuple[int, int, int], ...], side: str) -> tuple[ShownSide, bool]:
        levels: dict[int, tuple[int, int]] = {}
        clean, edge = True, None
        for number, (price, size, orders) in enumerate(written):
            if price == UNDEFINED_PRICE:
                break
            tick, rest = divmod(price, self.tick)
            sound = not rest and abs(tick) <= FARTHEST
            clean = clean and sound
            if number == self.depth - 1:
                edge = tick if sound or side == ASK else tick + 1
            if sound and size:
                levels.setdefault(tick, (size, orders))
        return ShownSide(levels, edge), clean


def ticks(shown: ShownSide | None) -> list[int]:
    """Return the ticks that a side lists."""
    return [] if shown is None else list(shown.levels)


def size_at(shown: ShownSide | None, side: str, tick: int) -> int | None:
    """Return the lots shown at a price; 0 where it is seen to be empty, None where it cannot be seen."""
    if shown is None:
        return None
    if shown.edge is not None and (tick < shown.edge if side == BID else tick > shown.edge):
        return None
    return shown.levels.get(tick, (0, 0))[0]


def best(shown: ShownSide | None) -> int | None:
    """Return the best tick, which is the one written first; None where there is none."""
    return None if shown is None else next(iter(shown.levels), None)


def is_crossed(shown: dict[str, ShownSide | None]) -> bool:
    """Whether the best bid stands at or above the best ask."""
    bid, ask = best(shown[BID]), best(shown[ASK])
    return bid is not None and ask is not None and bid >= ask


def read_levels(
    array: npt.NDArray[np.void], instrument_id: int, tick: int, *, depth: int, judges: bool, quiet: int
) -> PlainLevels:
    """Read a whole stream of level or trade records."""
    plain = PlainLevels(instrument_id, tick, depth, judges, quiet)
    for row in level_rows(array):
        plain.apply(row)
    return plain
