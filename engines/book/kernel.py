"""The compiled order book: MBO records in, resting orders and what happened to them out.

One call of `process` takes a run of wire records and applies them to the arrays of one book (`layout.BookArrays`). It
stops early, before the record that needs it, when an array must grow, an output must be emptied, or the clock is about
to pass a boundary; the caller acts and calls again from where it stopped. So nothing depends on how records are cut
into calls, and nothing is read or written outside the arrays.

**The book rule.** A adds at the back of its price's queue. C takes away from the order it names, at the price and side
the *order* has. M replaces: a new price or a larger size goes to the back of the queue, a smaller size keeps its place,
and the reinstated display of an iceberg goes to the back. R removes everything. T and F never change the book. The book
means something only after a record with F_LAST, the end of the matching event.

**Where things are.** Orders by id: `order_table`. Queues, levels and best prices: `queues`. Fills, aggressors and what
the end of an event means: `matching_event`. What owners stacked and pulled: `stacking`. Order-flow imbalance and the
touch at the end of each second: `touch`. The plain counterpart that this must equal, record by record, is in
`tests/oracle`.

**The clock** is the newest `ts_event` of records outside a snapshot, as long as it is not later than `ts_recv` by more
than a second; it never runs backwards, and records that are late against it are counted.
"""

from typing import Any, Final

from engines.book.clock import is_trusted
from engines.book.layout import (
    ASK,
    BID,
    BOUNDARY,
    DONE,
    EVENT_MASK,
    FARTHEST,
    GROW_LEVELS,
    GROW_ORDERS,
    HIDDEN_CANCELLED,
    HIDDEN_EXPIRED,
    HIDDEN_MOVED,
    IMPLAUSIBLE,
    NO_ASK,
    NO_BID,
    NO_FILL,
    NO_ORDER,
    OFF_TICK,
    OUTPUT_FULL,
    PHASE_HALTED,
    PHASE_UNKNOWN,
    PLAUSIBLE,
    REACH,
    REFUSED,
    BookArrays,
    RecordArray,
)
from engines.book.matching_event import (
    aggressor_row,
    close_event,
    count_change_of,
    count_refusal,
    count_unknown,
    drop_event,
    hand_on_order,
    seal_fills,
    settle_fill,
    stacking_of,
    take_fill,
    take_trade,
)
from engines.book.order_table import find_order
from engines.book.queues import insert_order, join_queue, leave_queue, order_at, remove_order, resize_order
from engines.book.stacking import count_change
from engines.book.ticks import ticks
from engines.book.touch import enter_second, leave_second
from engines.compiled import compiled, inlined, place, signed
from feeds.records import (
    ACTION_ADD,
    ACTION_CANCEL,
    ACTION_CLEAR,
    ACTION_FILL,
    ACTION_MODIFY,
    ACTION_NONE,
    ACTION_TRADE,
    F_LAST,
    F_MAYBE_BAD_BOOK,
    F_MBP,
    F_SNAPSHOT,
    F_TOP_OF_BOOK,
    SIDE_ASK,
    SIDE_BID,
    UNDEFINED_PRICE,
)

_REFUSED_FLAGS: Final = F_TOP_OF_BOOK | F_MBP
_NEWS_FLAGS: Final = F_SNAPSHOT | F_MAYBE_BAD_BOOK
_HIDDENS_A_RECORD: Final = 2
"""By how much one record can lessen the room in `hiddens`: a fill, or an M that is answered and moved."""


@compiled
def _clear(book: BookArrays, index: int) -> None:
    """Remove every order, best price first; those that had shown hidden size are handed on as expired."""
    now = book.now[0]
    for side in range(2):
        while True:
            best = now.best_bid if side == BID else now.best_ask
            if best in (NO_BID, NO_ASK):
                break
            slot = signed(book.levels[side, best - now.base].head)
            _expire(book, slot, index)
    while now.afar_head != NO_ORDER:
        _expire(book, signed(now.afar_head), index)


@compiled
def _expire(book: BookArrays, slot: int, index: int) -> None:
    order = order_at(book, slot)
    if order.hidden:
        hand_on_order(book, slot, index, HIDDEN_EXPIRED)
    remove_order(book, slot)


@compiled
def _begin_anew(book: BookArrays, index: int) -> None:
    """Empty the book because a clear or a snapshot begins; the running event ends unjudged."""
    now = book.now[0]
    if now.begun:
        drop_event(book, index)
    _clear(book, index)
    now.anchored = True
    now.valid = False
    now.suspect = False
    now.interrupted = False
    now.quote_counts = False
    if now.phase != PHASE_HALTED:
        now.phase = PHASE_UNKNOWN


@compiled
def _take_away(book: BookArrays, slot: int, index: int, cancelled: bool) -> None:
    """Remove a resting order because a record said so; `cancelled` by a C, not by a record that makes little sense."""
    order = order_at(book, slot)
    count_change_of(book, slot, 0, cancelled)
    if order.fill_row != NO_FILL:
        settle_fill(book, slot, 0, False)
        book.fills[place(order.fill_row)].removed = True
    elif order.hidden:
        hand_on_order(book, slot, index, HIDDEN_CANCELLED)
    remove_order(book, slot)


@inlined
def _forget_entry(book: BookArrays, slot: int, size: int) -> None:
    """The trader changed the order to `size`: its entry no longer tells the display quantity, only a least one."""
    order = order_at(book, slot)
    largest = -order.entry_sum if order.entry_sum < 0 else order.size + order.filled
    order.entry_sum = -max(largest, size)


@inlined
def _count_joined(book: BookArrays, slot: int) -> None:
    """Count an order that came to rest as stacked at its price."""
    now = book.now[0]
    order = order_at(book, slot)
    if not order.afar and not now.in_snapshot:
        count_change(stacking_of(book, slot), order.size)


@compiled
def _add(book: BookArrays, record: Any, side: int, tick: int, index: int) -> None:
    """Take an A: a new order, or the remainder of an aggressor."""
    now = book.now[0]
    slot = find_order(book, record.order_id)
    if slot != NO_ORDER:
        now.duplicates += 1
        _take_away(book, slot, index, False)
    size = signed(record.size)
    slot = insert_order(book, record.order_id, side, tick, size)
    _count_joined(book, slot)
    if not record.flags & F_SNAPSHOT:
        row = aggressor_row(book, record.order_id) if now.aggressors > 0 else -1
        order_at(book, slot).entry_sum = size + (book.aggressors[row].lots if row >= 0 else 0)


@compiled
def _cancel(book: BookArrays, record: Any, index: int) -> None:
    """Take a C: less of the order, usually nothing."""
    now = book.now[0]
    slot = find_order(book, record.order_id)
    if slot == NO_ORDER:
        count_unknown(book)
        return
    order = order_at(book, slot)
    left = order.size - signed(record.size)
    if left <= 0:
        _take_away(book, slot, index, True)
        return
    count_change_of(book, slot, left, True)
    order.touched = now.event & EVENT_MASK
    if order.fill_row != NO_FILL:
        settle_fill(book, slot, left, False)
    else:
        _forget_entry(book, slot, left)
    resize_order(book, slot, left)
    if order.hidden and order.fill_row == NO_FILL:
        hand_on_order(book, slot, index, HIDDEN_MOVED)


@compiled
def _modify(book: BookArrays, record: Any, verdict: int, side: int, tick: int, index: int) -> None:
    """Take an M: new price, new size, or a reinstated display; of an unknown order it is a usable A."""
    slot = find_order(book, record.order_id)
    if verdict != PLAUSIBLE:
        count_refusal(book, verdict)
        # An order without size, or at a price that cannot be, must not stand where it was; a record that is broken in
        # another way tells nothing about it.
        if slot != NO_ORDER and (record.size == 0 or verdict == OFF_TICK):
            _take_away(book, slot, index, False)
    elif slot == NO_ORDER:
        count_unknown(book)
        _count_joined(book, insert_order(book, record.order_id, side, tick, signed(record.size)))
    else:
        _replace(book, slot, side, tick, signed(record.size), index)


@inlined
def _replace(book: BookArrays, slot: int, side: int, tick: int, size: int, index: int) -> None:
    """Give a known order a new place or size; it keeps its turn only at its price and with no more lots."""
    now = book.now[0]
    order = order_at(book, slot)
    if order.side != side:
        now.bad_records += 1
    same_price = order.tick == tick and order.side == side
    order.touched = now.event & EVENT_MASK
    count_change_of(book, slot, size if same_price else 0, False)
    refreshed = False
    if order.fill_row != NO_FILL:
        refreshed = settle_fill(book, slot, size, same_price)
    elif order.size != size:
        _forget_entry(book, slot, size)
    if same_price and size <= order.size and not refreshed:
        resize_order(book, slot, size)
    else:
        leave_queue(book, slot)
        join_queue(book, slot, side, tick, size)
        if not same_price:
            _count_joined(book, slot)
    if order.fill_row != NO_FILL:
        book.fills[place(order.fill_row)].tick = tick
        book.fills[place(order.fill_row)].side = side
    if order.hidden and (order.fill_row == NO_FILL or not same_price):
        hand_on_order(book, slot, index, HIDDEN_MOVED)


@inlined
def room(book: BookArrays) -> int:
    """Return DONE where there is room for whatever one record can do, else what must be done first."""
    now = book.now[0]
    if now.hiddens + now.hidden_live + 2 * now.fills + 2 > len(book.hiddens) or now.trades == len(book.trades):
        return OUTPUT_FULL
    if now.seconds == len(book.seconds):
        return OUTPUT_FULL
    if now.free_count == 0:
        return GROW_ORDERS
    return DONE


@inlined
def _records_with_room(book: BookArrays) -> int:
    """Return how many records there certainly is room for, where there is room for one."""
    now = book.now[0]
    hiddens = len(book.hiddens) - now.hiddens - now.hidden_live - 2 * now.fills - 2
    rows = min(len(book.trades) - now.trades, len(book.seconds) - now.seconds, hiddens // _HIDDENS_A_RECORD)
    return int(max(1, min(rows, now.free_count)))


@inlined
def _judge(book: BookArrays, record: Any) -> tuple[int, int, int]:
    """Return (verdict, side, tick) of a record; side and tick mean something for A, M and T."""
    if record.flags & _REFUSED_FLAGS:
        return REFUSED, BID, 0
    action = record.action
    if action not in (ACTION_ADD, ACTION_MODIFY, ACTION_TRADE):
        return PLAUSIBLE, BID, 0
    side = BID if record.side == SIDE_BID else ASK
    if record.price == UNDEFINED_PRICE or record.size == 0:
        return IMPLAUSIBLE, side, 0
    if side == ASK and record.side != SIDE_ASK and action != ACTION_TRADE:
        return IMPLAUSIBLE, side, 0
    now = book.now[0]
    tick = ticks(record.price, now.tick_size, now.ticks_per_unit)
    return PLAUSIBLE if tick * now.tick_size == record.price else OFF_TICK, side, tick


@inlined
def _beyond_arrays(book: BookArrays, tick: int) -> bool:
    """Whether the ladder must grow before an order can rest at `tick`; an empty book's first price is its origin."""
    now = book.now[0]
    if now.resting == 0:
        now.origin = min(max(tick, -FARTHEST), FARTHEST)
    if 0 <= tick - now.base < book.levels.shape[1]:
        return False
    now.wanted = tick
    return bool(now.origin - REACH <= tick <= now.origin + REACH)


@inlined
def _change(book: BookArrays, record: Any, verdict: int, side: int, tick: int, index: int) -> None:
    """Apply A, C or M; the first of an event seals the queues as its fills found them."""
    now = book.now[0]
    action = record.action
    if now.fills > now.sealed:
        seal_fills(book)
    if verdict == REFUSED:
        now.bad_records += 1
    elif action == ACTION_CANCEL:
        _cancel(book, record, index)
    elif action == ACTION_MODIFY:
        _modify(book, record, verdict, side, tick, index)
    elif action == ACTION_ADD:
        if verdict == PLAUSIBLE:
            _add(book, record, side, tick, index)
        else:
            count_refusal(book, verdict)
    elif action not in (ACTION_CLEAR, ACTION_NONE):
        now.bad_records += 1


@inlined
def _advance_clock(book: BookArrays, record: Any) -> bool:
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
    now.received = max(now.received, received)
    return True


@inlined
def _hear_flags(book: BookArrays, flags: int, clears: bool, index: int) -> None:
    """Begin anew at a clear and at the first record of a snapshot; note that records may be missing."""
    now = book.now[0]
    if clears or (flags & F_SNAPSHOT and not now.in_snapshot):
        _begin_anew(book, index)
    now.in_snapshot = (flags & F_SNAPSHOT) != 0
    now.begun = now.begun or not now.in_snapshot
    if flags & F_MAYBE_BAD_BOOK:
        now.suspect = True


@inlined
def step(book: BookArrays, record: Any, index: int) -> int:
    """Apply one record of this instrument, for which there is room; return DONE, GROW_LEVELS or BOUNDARY."""
    now = book.now[0]
    flags = record.flags
    action = record.action
    verdict, side, tick = _judge(book, record)
    if verdict == PLAUSIBLE and (action in (ACTION_ADD, ACTION_MODIFY)) and _beyond_arrays(book, tick):
        return GROW_LEVELS
    if not _advance_clock(book, record):
        return BOUNDARY
    if flags & _NEWS_FLAGS or action == ACTION_CLEAR or now.in_snapshot:
        _hear_flags(book, flags, action == ACTION_CLEAR and verdict == PLAUSIBLE, index)
    else:
        now.begun = True
    if action == ACTION_TRADE:
        take_trade(book, index, record, verdict, tick)
    elif action == ACTION_FILL and verdict == PLAUSIBLE:
        take_fill(book, record)
    else:
        _change(book, record, verdict, side, tick, index)

    if flags & F_LAST:
        now.in_snapshot = False
        close_event(book, index)
    elif now.fills == len(book.fills) or now.aggressors == len(book.aggressors):
        now.unclosed_events += 1
        close_event(book, index)
    return DONE


@compiled
def process(book: BookArrays, records: RecordArray, start: int) -> tuple[int, int]:
    """Apply records from `start` on; return (position reached, reason).

    The reason is DONE at the end, or GROW_ORDERS, GROW_LEVELS (to hold `now.wanted`), OUTPUT_FULL (empty `trades`,
    `hiddens` and `seconds`, or make room for what the event can hand on) or BOUNDARY (the record at the position is at
    or after `now.boundary`); after acting on it, call again from the position.
    """
    now = book.now[0]
    instrument = now.instrument_id
    until = start
    for position in range(start, len(records)):
        if position == until:
            reason = room(book)
            if reason != DONE:
                return position, reason
            until += _records_with_room(book)
        record = records[place(position)]
        if record.instrument_id != instrument:
            now.others += 1
            now.records += 1
            continue
        reason = step(book, record, now.records)
        if reason != DONE:
            return position, reason
        now.records += 1
    return len(records), DONE
