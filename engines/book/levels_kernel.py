"""The compiled book by price: records that carry whole levels in, trades and hidden lots out.

One call of `process` takes a run of records of one level or trade schema, laid out as LEVEL_RECORD. Like the order
book's kernel it stops before a record that it cannot take yet, so nothing depends on how records are cut into calls.

**The event.** A T carries the levels as they stood *before* its event; the record that ends the event carries them
*after* it, and comes only if one of them changed. So an event is over with a record that is no T and has F_LAST, and
also when a record with another time of event comes: then no visible level changed. An event that is still open when
the data ends is not judged, since the record that would have ended it may be missing.

**Hidden lots.** Where an event took `lots` from a side at a price that showed `before` lots and then shows `after`,
`lots - (before - after)` came out of a reserve, to trade or to be shown. That is asked only where both are known and
something had been shown; of trades that have an aggressor; not before the open or in a halt, nor where the levels stand
locked or crossed.
A level found to hide lots is followed until it empties, is swept away by a clear, a snapshot or a gap, or has not
traded for a while.

**Stacked and pulled** is what an event changed at a price beyond what trades took from it, where the price is seen
before and after. Lots put back at a price in the very event that took lots from it are refilled: by an iceberg, or an
implied order, which cannot be told apart here. Self-match prevention cannot be told from pulling. Of an event that
traded without an aggressor side nothing is counted.

**The clock** follows the same rule as in the order book (`clock`).
"""

from typing import Any, Final

from engines.book.clock import is_trusted
from engines.book.layout import (
    ASK,
    BID,
    BOUNDARY,
    DONE,
    FARTHEST,
    HIDDEN_CANCELLED,
    HIDDEN_EXECUTED,
    HIDDEN_EXPIRED,
    HIDDEN_FILLED,
    KIND_UNKNOWN,
    NEVER,
    NO_ASK,
    NO_BID,
    NO_EVENT,
    NO_ID,
    OUTPUT_FULL,
    PHASE_AUCTION,
    PHASE_CONTINUOUS,
    PHASE_HALTED,
    PHASE_UNKNOWN,
    TRADE_BUY,
    TRADE_NONE,
    TRADE_SELL,
    UNKNOWN_LOTS,
    RecordArray,
)
from engines.book.levels_layout import PRICES, UNKNOWN_SIZE, LevelArrays, ShownSide
from engines.book.stacking import count_change, enter_window
from engines.book.ticks import ticks
from engines.book.touch import enter_second, leave_second, note_quote
from engines.compiled import compiled, inlined, signed
from feeds.records import (
    ACTION_CLEAR,
    ACTION_TRADE,
    F_LAST,
    F_MAYBE_BAD_BOOK,
    F_SNAPSHOT,
    SIDE_ASK,
    SIDE_BID,
    UNDEFINED_PRICE,
)

MOST_TAKEN: Final = 512
"""Prices that one event may trade at; what it takes beyond them is not judged."""
MOST_FOLLOWED: Final = 256
"""Levels followed at once; beyond that the one that was quiet longest is over."""
MOST_ROWS: Final = 2 * MOST_TAKEN + 3 * MOST_FOLLOWED
"""Rows of hidden lots that one record can bring about."""
_NOT_FOLLOWED: Final = -1


# --- levels -------------------------------------------------------------------------------------------------------


@compiled
def forget_levels(book: LevelArrays) -> None:
    """Know nothing about either side."""
    for side in range(2):
        book.shown[side].count = 0
        book.shown[side].edge = NO_ASK if side == BID else NO_BID


@compiled
def _read_levels(book: LevelArrays, record: Any) -> bool:
    """Take both sides from a record; return whether every price stood on the tick. The others are left out."""
    now = book.now[0]
    clean = True
    for side in range(2):
        shown = book.shown[side]
        shown.count = 0
        shown.edge = NO_BID if side == BID else NO_ASK
        for number in range(now.depth):
            level = record.levels[number]
            price = level.bid_price if side == BID else level.ask_price
            if price == UNDEFINED_PRICE:
                break
            tick = ticks(price, now.tick_size, now.ticks_per_unit)
            on_tick = tick * now.tick_size == price and -FARTHEST <= tick <= FARTHEST
            clean = clean and on_tick
            if number == now.depth - 1:
                shown.edge = tick if on_tick or side == ASK else tick + 1
            size = signed(level.bid_size if side == BID else level.ask_size)
            if on_tick and size > 0:
                row = shown.levels[shown.count]
                shown.count += 1
                row.tick = tick
                row.size = size
                row.orders = signed(level.bid_orders if side == BID else level.ask_orders)
    now.has_levels = True
    now.interrupted = False
    return clean


@compiled
def size_at(shown: ShownSide, side: int, tick: int) -> int:
    """Return the lots that a side shows at a price, UNKNOWN_SIZE beyond what it tells."""
    if (tick < shown.edge) if side == BID else (tick > shown.edge):
        return UNKNOWN_SIZE
    size: int = 0
    for number in range(shown.count):
        if shown.levels[number].tick == tick:
            size = shown.levels[number].size
            break
    return size


@inlined
def _is_crossed(sides: RecordArray) -> bool:
    """Whether the best bid stands at or above the best ask."""
    bids = sides[BID]
    asks = sides[ASK]
    crossed: bool = bids.count > 0 and asks.count > 0 and bids.levels[0].tick >= asks.levels[0].tick
    return crossed


# --- followed levels ----------------------------------------------------------------------------------------------


@compiled
def _hand_on(
    book: LevelArrays,
    what: int,
    clock: int,
    event: int,
    side: int,
    tick: int,
    lots: int,
    before: int,
    after: int,
    hidden: int,
) -> None:
    """Hand on a step of a level; room in `hiddens` is there."""
    now = book.now[0]
    row = book.hiddens[now.hiddens]
    now.hiddens += 1
    row.clock = clock
    row.event = event
    row.tick = tick
    row.lots = lots
    row.before = before
    row.after = after
    row.hidden = hidden
    row.side = side
    row.what = what
    row.suspect = now.suspect


@compiled
def _expire(book: LevelArrays, number: int, clock: int, event: int) -> None:
    level = book.followed[number]
    _hand_on(book, HIDDEN_EXPIRED, clock, event, level.side, level.tick, 0, UNKNOWN_SIZE, UNKNOWN_SIZE, 0)


@compiled
def expire_followed(book: LevelArrays, clock: int, event: int) -> None:
    """Follow no level any longer: what comes now says nothing about what was there before."""
    now = book.now[0]
    for number in range(now.followed):
        _expire(book, number, clock, event)
    now.followed = 0
    now.quiet_end = NEVER


@compiled
def _expire_quiet(book: LevelArrays) -> None:
    """Let go of the levels that have not traded for too long, at the time when that became so."""
    now = book.now[0]
    kept = 0
    now.quiet_end = NEVER
    for number in range(now.followed):
        level = book.followed[number]
        end = level.last + now.quiet
        if end <= now.clock:
            _expire(book, number, end, NO_EVENT)
            continue
        now.quiet_end = min(now.quiet_end, end)
        book.followed[kept] = level
        kept += 1
    now.followed = kept


@compiled
def _place_of(book: LevelArrays, side: int, tick: int) -> int:
    for number in range(book.now[0].followed):
        level = book.followed[number]
        if level.tick == tick and level.side == side:
            return number
    return _NOT_FOLLOWED


@compiled
def _follow(book: LevelArrays, side: int, tick: int) -> int:
    """Follow one more level; return its place, which is the last."""
    now = book.now[0]
    if now.followed == len(book.followed):
        quietest = 0
        for number in range(now.followed):
            if book.followed[number].last < book.followed[quietest].last:
                quietest = number
        _expire(book, quietest, now.clock, now.event)
        for number in range(quietest + 1, now.followed):
            book.followed[number - 1] = book.followed[number]
        now.followed -= 1
    place: int = now.followed
    now.followed += 1
    book.followed[place].side = side
    book.followed[place].tick = tick
    return place


@compiled
def _let_go_of_empty(book: LevelArrays) -> None:
    """Let go of followed levels that show nothing any more; one that did not trade in this event was cancelled."""
    now = book.now[0]
    kept = 0
    for number in range(now.followed):
        level = book.followed[number]
        if size_at(book.shown[level.side], level.side, level.tick) != 0:
            book.followed[kept] = level
            kept += 1
        elif level.event != now.event:
            _hand_on(book, HIDDEN_CANCELLED, now.clock, now.event, level.side, level.tick, 0, UNKNOWN_SIZE, 0, 0)
    now.followed = kept


# --- stacked and pulled -------------------------------------------------------------------------------------------


@inlined
def _stacking_at(book: LevelArrays, side: int, tick: int) -> Any:
    """Return the STACKING record of a price, ready to be counted in."""
    row = book.stackings[side, tick % PRICES]
    sums = row.sums
    if row.tick != tick:
        row.tick = tick
        sums.stacked = 0
        sums.pulled = 0
        sums.refilled = 0
        sums.window = 0
    window = book.now[0].window
    if sums.window != window:
        enter_window(sums, window)
    return sums


@compiled
def _lots_taken(book: LevelArrays, side: int, tick: int) -> int:
    lots: int = 0
    for number in range(book.now[0].taken):
        taken = book.taken[number]
        if taken.tick == tick and taken.side == side:
            lots = taken.lots
            break
    return lots


@compiled
def _count_at(book: LevelArrays, side: int, tick: int) -> None:
    """Count what the event changed at a price, if it is seen before and after."""
    before = size_at(book.before[side], side, tick)
    after = size_at(book.shown[side], side, tick)
    if before == UNKNOWN_SIZE or after == UNKNOWN_SIZE:
        return
    taken = _lots_taken(book, side, tick)
    change = after - before + taken
    if change > 0 and taken > 0:
        _stacking_at(book, side, tick).refilled += change
    elif change != 0:
        count_change(_stacking_at(book, side, tick), change)


@inlined
def _is_repeated(shown: ShownSide, number: int) -> bool:
    """Whether a level's price was told by a better level already, which then is the one that means something."""
    better = 0
    while shown.levels[better].tick != shown.levels[number].tick:
        better += 1
    return better < number


@compiled
def _count_changes(book: LevelArrays) -> None:
    """Count what changed from `before` to `shown` beyond what the running event took, at every price that is seen."""
    now = book.now[0]
    if now.sideless or not now.judges:
        return
    for side in range(2):
        before = book.before[side]
        shown = book.shown[side]
        for number in range(before.count):
            if not _is_repeated(before, number):
                _count_at(book, side, before.levels[number].tick)
        for number in range(shown.count):
            tick = shown.levels[number].tick
            if size_at(before, side, tick) == 0 and not _is_repeated(shown, number):
                _count_at(book, side, tick)
    for number in range(now.taken):
        side = signed(book.taken[number].side)
        tick = book.taken[number].tick
        if size_at(book.before[side], side, tick) == 0 and size_at(book.shown[side], side, tick) == 0:
            _count_at(book, side, tick)


@inlined
def _note_found(book: LevelArrays, trade: Any, side: int, tick: int) -> None:
    """Note on a TRADE row what its event found at its price on the passive side, and what was done there so far."""
    now = book.now[0]
    trade.ofi = now.ofi
    trade.displayed = UNKNOWN_LOTS
    trade.stacked = UNKNOWN_LOTS
    trade.pulled = UNKNOWN_LOTS
    trade.refilled = UNKNOWN_LOTS
    if side == TRADE_NONE:
        return
    passive = ASK if side == TRADE_BUY else BID
    trade.displayed = size_at(book.shown[passive], passive, tick)
    if trade.displayed == UNKNOWN_SIZE or not now.judges:
        return
    row = book.stackings[passive, tick % PRICES]
    is_counted = row.tick == tick
    trade.stacked = row.sums.stacked if is_counted else 0
    trade.pulled = row.sums.pulled if is_counted else 0
    trade.refilled = row.sums.refilled if is_counted else 0


@inlined
def _note_quote(book: LevelArrays) -> None:
    bid = NO_BID
    ask = NO_ASK
    bid_size = signed(0)
    ask_size = signed(0)
    if book.shown[BID].count > 0:
        bid = book.shown[BID].levels[0].tick
        bid_size = book.shown[BID].levels[0].size
    if book.shown[ASK].count > 0:
        ask = book.shown[ASK].levels[0].tick
        ask_size = book.shown[ASK].levels[0].size
    note_quote(book.now[0], bid, bid_size, ask, ask_size)


# --- the matching event -------------------------------------------------------------------------------------------


@compiled
def _judge(book: LevelArrays) -> None:
    """Compare what the event took at each price with what left the level there."""
    now = book.now[0]
    is_normal = now.judges and now.phase != PHASE_HALTED and now.phase != PHASE_AUCTION
    is_normal = is_normal and not _is_crossed(book.before) and not _is_crossed(book.shown)
    for number in range(now.taken):
        taken = book.taken[number]
        side = signed(taken.side)
        before = size_at(book.before[side], side, taken.tick)
        after = size_at(book.shown[side], side, taken.tick)
        hidden = 0
        if is_normal and before > 0 and after != UNKNOWN_SIZE:
            hidden = max(0, taken.lots - (before - after))
        place = _place_of(book, side, taken.tick)
        if place == _NOT_FOLLOWED:
            if hidden == 0:
                continue
            place = _follow(book, side, taken.tick)
        book.followed[place].last = now.clock
        book.followed[place].event = now.event
        now.quiet_end = min(now.quiet_end, now.clock + now.quiet)
        what = HIDDEN_EXECUTED if after == 0 else HIDDEN_FILLED
        _hand_on(book, what, now.clock, now.event, side, taken.tick, taken.lots, before, after, hidden)


@compiled
def _count_crossing(book: LevelArrays) -> None:
    """Count an event that left the levels locked or crossed; before the open and in a halt that is normal."""
    now = book.now[0]
    if now.phase == PHASE_CONTINUOUS:
        now.crossed_events += 1
        return
    now.auction_crossed += 1
    if now.phase == PHASE_UNKNOWN:
        now.phase = PHASE_AUCTION


@inlined
def _close(book: LevelArrays) -> None:
    """Count the running event and forget it."""
    now = book.now[0]
    now.event += 1
    if now.traded:
        now.trade_events += 1
    now.traded = False
    now.taken = 0
    now.sideless = False
    now.begun = False
    now.carrying = False


@inlined
def _keep_levels(book: LevelArrays) -> None:
    book.before[BID] = book.shown[BID]
    book.before[ASK] = book.shown[ASK]


@compiled
def _end_event(book: LevelArrays) -> None:
    """End the running event: its newest levels are those of the book now, and what it took is judged by them."""
    now = book.now[0]
    _keep_levels(book)
    if now.carrying and now.depth > 0 and not _read_levels(book, book.carried[0]):
        now.off_tick += 1
    _count_changes(book)
    if now.taken > 0:
        _judge(book)
    if now.followed > 0:
        _let_go_of_empty(book)
    if not now.in_snapshot:
        if now.traded and now.phase != PHASE_HALTED:
            now.phase = PHASE_CONTINUOUS
        if _is_crossed(book.shown):
            _count_crossing(book)
        _note_quote(book)
    _close(book)


@compiled
def drop_event(book: LevelArrays) -> None:
    """End the running event without judging it: what would have ended it is missing."""
    if book.now[0].begun:
        _close(book)


@compiled
def _begin_anew(book: LevelArrays) -> None:
    """A clear or a snapshot begins: nothing known before holds any longer."""
    now = book.now[0]
    drop_event(book)
    expire_followed(book, now.clock, now.event)
    forget_levels(book)
    now.suspect = False
    now.interrupted = False
    now.quote_counts = False
    if now.phase != PHASE_HALTED:
        now.phase = PHASE_UNKNOWN


# --- records ------------------------------------------------------------------------------------------------------


@compiled
def _note_taken(book: LevelArrays, side: int, tick: int, lots: int) -> None:
    now = book.now[0]
    for number in range(now.taken - 1, -1, -1):
        taken = book.taken[number]
        if taken.tick == tick and taken.side == side:
            taken.lots += lots
            return
    if now.taken < len(book.taken):
        taken = book.taken[now.taken]
        now.taken += 1
        taken.tick = tick
        taken.side = side
        taken.lots = lots


@compiled
def _take_trade(book: LevelArrays, record: Any) -> bool:
    """Take a T, for which room is there; return whether its price stands on the tick."""
    now = book.now[0]
    if record.price == UNDEFINED_PRICE or record.size == 0:
        now.bad_records += 1
        return True
    tick = ticks(record.price, now.tick_size, now.ticks_per_unit)
    if tick * now.tick_size != record.price:
        return False
    now.traded = True
    size = signed(record.size)
    side = TRADE_NONE
    if record.side == SIDE_BID:
        side = TRADE_BUY
        _note_taken(book, ASK, tick, size)
    elif record.side == SIDE_ASK:
        side = TRADE_SELL
        _note_taken(book, BID, tick, size)
    else:
        now.sideless = True
    row = book.trades[now.trades]
    now.trades += 1
    row.index = now.records
    row.clock = now.clock
    row.ts_event = signed(record.ts_event)
    row.event = now.event
    row.order_id = NO_ID
    row.tick = tick
    row.size = size
    row.side = side
    row.kind = KIND_UNKNOWN
    row.first = True
    _note_found(book, row, side, tick)
    return True


@inlined
def _advance_clock(book: LevelArrays, record: Any) -> bool:
    """Move the clock to the record's time; return False where that would pass the boundary.

    Then nothing has changed, but the running second, which ends at the boundary or before it, has been handed on.
    """
    now = book.now[0]
    time = signed(record.ts_event)
    received = signed(record.ts_recv)
    if not record.flags & F_SNAPSHOT and is_trusted(time, received, now.clock):
        if time >= now.boundary:
            leave_second(now, book.seconds)
            return False
        if time < now.clock:
            now.late_records += 1
        else:
            now.clock = time
            if time >= now.second_end:
                enter_second(now, book.seconds, time)
            if time >= now.quiet_end:
                _expire_quiet(book)
    now.received = max(now.received, received)
    return True


@inlined
def _begin_event(book: LevelArrays, record: Any) -> bool:
    """Begin an event with its first record; return whether all prices stood on the tick.

    A T tells the levels as the event finds them, which is what they were at the end of the one before, unless that was
    not told.
    """
    now = book.now[0]
    now.begun = True
    now.event_time = signed(record.ts_event)
    if record.action != ACTION_TRADE or now.depth == 0:
        return True
    _keep_levels(book)
    clean = _read_levels(book, record)
    _count_changes(book)
    return clean


@inlined
def _apply(book: LevelArrays, record: Any) -> None:
    now = book.now[0]
    flags = record.flags
    is_snapshot = (flags & F_SNAPSHOT) != 0
    if record.action == ACTION_CLEAR or (is_snapshot and not now.in_snapshot):
        _begin_anew(book)
    now.in_snapshot = is_snapshot
    if flags & F_MAYBE_BAD_BOOK and not now.suspect:
        expire_followed(book, now.clock, now.event)
        now.suspect = True
    on_tick = now.begun or _begin_event(book, record)
    if record.action == ACTION_TRADE:
        if not is_snapshot:
            on_tick = _take_trade(book, record) and on_tick
    else:
        book.carried[0] = record
        now.carrying = True
    if not on_tick:
        now.off_tick += 1
    if flags & F_LAST and record.action != ACTION_TRADE:
        now.in_snapshot = False
        _end_event(book)


@compiled
def process(book: LevelArrays, records: RecordArray, start: int) -> tuple[int, int]:
    """Apply records from `start` on; return (position reached, DONE, OUTPUT_FULL or BOUNDARY)."""
    now = book.now[0]
    for position in range(start, len(records)):
        record = records[position]
        if record.instrument_id != now.instrument_id:
            now.others += 1
            now.records += 1
            continue
        if now.trades == len(book.trades) or now.hiddens + MOST_ROWS > len(book.hiddens):
            return position, OUTPUT_FULL
        if now.seconds == len(book.seconds):
            return position, OUTPUT_FULL
        if now.begun and signed(record.ts_event) != now.event_time:
            _end_event(book)
        if not _advance_clock(book, record):
            return position, BOUNDARY
        _apply(book, record)
        now.records += 1
    return len(records), DONE
