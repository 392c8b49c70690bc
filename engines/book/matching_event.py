"""The compiled matching event: who traded with whom, until F_LAST ends it.

An event collects its fills in `fills`, since what an F means is known only later: whether its order is the aggressor
itself, and what size the C or M that answers it leaves. A fill is *pending* until its C or M comes.

Before the first book change, while all queues still stand as the aggressor found them, every filled order's queue is
walked towards the front: an order passed over is a candidate for a FIFO violation, unless the event takes it away too
(self-match prevention).
"""

from typing import Any

import numpy as np

from engines.book.layout import (
    ASK,
    BID,
    BLOCK,
    EVENT_MASK,
    HIDDEN_CANCELLED,
    HIDDEN_EXECUTED,
    HIDDEN_FILLED,
    HIDDEN_MOVED,
    KIND_MARKET,
    KIND_MODIFIED,
    KIND_STOP,
    KIND_UNKNOWN,
    NO_ASK,
    NO_BID,
    NO_FILL,
    NO_ID,
    NO_ORDER,
    OFF_TICK,
    PHASE_AUCTION,
    PHASE_CONTINUOUS,
    PHASE_HALTED,
    PHASE_UNKNOWN,
    PLAUSIBLE,
    REACH,
    TRADE_BUY,
    TRADE_NONE,
    TRADE_SELL,
    UNKNOWN_LOTS,
    BookArrays,
)
from engines.book.order_table import find_order
from engines.book.queues import level_at, order_at
from engines.book.stacking import count_change, enter_window
from engines.book.touch import note_quote
from engines.compiled import compiled, inlined, place, signed
from feeds.records import F_SNAPSHOT, SIDE_ASK, SIDE_BID


@compiled
def hand_on_order(book: BookArrays, slot: int, index: int, what: int) -> None:
    """Hand on a step outside a fill: cancelled, expired, moved or resized. Room in `hiddens` is there."""
    now = book.now[0]
    order = order_at(book, slot)
    row = book.hiddens[now.hiddens]
    now.hiddens += 1
    row.index = index
    row.clock = now.clock
    row.event = now.event
    row.order_id = order.order_id
    row.tick = order.tick
    row.before = order.size
    row.lots = 0
    row.after = order.size if what == HIDDEN_MOVED else 0
    row.filled = order.filled
    row.entry_sum = order.entry_sum
    row.side = order.side
    row.what = what
    row.refreshed = False
    row.suspect = now.suspect


@compiled
def _hand_on_fill(book: BookArrays, number: int, index: int) -> None:
    """Hand on a fill of the event that closes. Room in `hiddens` is there."""
    now = book.now[0]
    fill = book.fills[number]
    row = book.hiddens[now.hiddens]
    now.hiddens += 1
    row.index = index
    row.clock = now.clock
    row.event = now.event
    row.order_id = fill.order_id
    row.tick = fill.tick
    row.before = fill.before
    row.lots = fill.lots
    row.after = fill.after
    row.filled = fill.filled
    row.entry_sum = fill.entry_sum
    row.side = fill.side
    row.what = HIDDEN_FILLED
    if fill.removed:
        # An order that left as the aggressor was not executed where it stood: it was taken out of the book.
        row.what = HIDDEN_EXECUTED if fill.lots > 0 else HIDDEN_CANCELLED
    row.refreshed = fill.refreshed
    row.suspect = now.suspect


@compiled
def settle_fill(book: BookArrays, slot: int, after: int, replaced: bool) -> bool:
    """Answer an order's pending fill with the size the book change leaves; return True for a display refresh.

    `replaced` says that the change is an M at the order's own price. The rule (CME display quantity): an M whose size
    is not the displayed size less the lots filled reinstated the display; a fill beyond the displayed size took
    hidden lots.
    """
    order = order_at(book, slot)
    fill = book.fills[place(order.fill_row)]
    refreshed = False
    if fill.pending > 0 and not fill.own:
        left = fill.shown - fill.pending
        refreshed = replaced and after != left
        order.filled += fill.pending
        fill.lots += fill.pending
        if (refreshed or left < 0) and not order.hidden:
            order.hidden = True
            book.now[0].hidden_live += 1
        fill.refreshed |= refreshed
    fill.pending = 0
    fill.shown = after
    fill.after = after
    fill.filled = order.filled
    fill.entry_sum = order.entry_sum
    fill.hidden = order.hidden
    return refreshed


@inlined
def stacking_of(book: BookArrays, slot: int) -> Any:
    """Return the STACKING row of the price where an order stands, ready to be counted in; it is not afar."""
    now = book.now[0]
    order = order_at(book, slot)
    side = signed(order.side)
    column = order.tick - now.base
    row = book.stackings[place(side), place(column)]
    if row.window != now.window:
        enter_window(row, now.window)
        book.blocks[side, column // BLOCK].counted = True
    return row


@inlined
def count_change_of(book: BookArrays, slot: int, kept: int, cancelled: bool) -> None:
    """Count what it means that an order is about to show `kept` lots at its price; `stacking` has the rules.

    To be called before the change, while a pending fill still tells what it took. `cancelled` says that a C did it.
    """
    now = book.now[0]
    order = order_at(book, slot)
    if order.afar or now.in_snapshot:
        return
    filled = 0
    if order.fill_row != NO_FILL and not book.fills[place(order.fill_row)].own:
        filled = book.fills[place(order.fill_row)].pending
    change = kept - (order.size - filled)
    if change == 0:
        return
    if change > 0 and filled > 0:
        stacking_of(book, slot).refilled += change
    elif change > 0 or not (cancelled and now.traded and aggressor_row(book, order.order_id) < 0):
        count_change(stacking_of(book, slot), change)


@inlined
def aggressor_row(book: BookArrays, order_id: np.uint64) -> int:
    """Return the row of an aggressor of the running event, or -1."""
    now = book.now[0]
    # Newest first: a fill or a resting remainder names the trade just before it.
    for row in range(now.aggressors - 1, -1, -1):
        if book.aggressors[place(row)].order_id == order_id:
            return row
    return -1


@compiled
def seal_fills(book: BookArrays) -> None:
    """Check the queue position of the event's fills, before its first book change.

    Every order in front of a filled one must be filled too, or be taken away by this same event.
    """
    now = book.now[0]
    stamp = np.int32(now.event & EVENT_MASK)
    for number in range(now.sealed, now.fills):
        fill = book.fills[place(number)]
        slot = signed(fill.slot)
        if fill.own or order_at(book, slot).afar:
            continue
        level = level_at(book, signed(fill.side), fill.tick)
        if level.audited != stamp:
            level.audited = stamp
            now.queue_checks += 1
        while slot != NO_ORDER and order_at(book, slot).visited != stamp:
            order = order_at(book, slot)
            order.visited = stamp
            if order.fill_row == NO_FILL:
                if now.candidates == len(book.candidates):
                    break
                candidate = book.candidates[now.candidates]
                now.candidates += 1
                candidate.order_id = order.order_id
                candidate.tick = order.tick
                candidate.slot = slot
                candidate.side = order.side
            slot = signed(order.prev)
    now.sealed = now.fills


@compiled
def _count_violations(book: BookArrays) -> None:
    """Count levels at which an order was passed over and left untouched."""
    now = book.now[0]
    stamp = np.int32(now.event & EVENT_MASK)
    for number in range(now.candidates):
        candidate = book.candidates[number]
        order = book.orders[candidate.slot]
        level = level_at(book, signed(candidate.side), candidate.tick)
        # A level counts once: its mark is taken off with its first violation.
        if order.order_id == candidate.order_id and order.touched != stamp and level.audited == stamp:
            level.audited = -1
            now.queue_violations += 1


@inlined
def close_event(book: BookArrays, index: int) -> None:
    """End the running event: answer what is still pending, hand on hidden fills, judge the book."""
    now = book.now[0]
    if now.fills > 0:
        _close_fills(book, index)
    now.event += 1
    now.begun = False
    now.aggressors = 0
    now.initiator = NO_ID
    if not now.in_snapshot:
        now.valid = not now.suspect
        if now.traded and now.phase != PHASE_HALTED:
            now.phase = PHASE_CONTINUOUS
        if now.best_bid >= now.best_ask:
            _count_crossing(book)
        _note_quote(book)
    if now.traded:
        now.trade_events += 1
        now.traded = False


@inlined
def _note_quote(book: BookArrays) -> None:
    now = book.now[0]
    bid_size = signed(0)
    ask_size = signed(0)
    if now.best_bid != NO_BID:
        bid_size = level_at(book, BID, now.best_bid).size
    if now.best_ask != NO_ASK:
        ask_size = level_at(book, ASK, now.best_ask).size
    note_quote(now, now.best_bid, bid_size, now.best_ask, ask_size)


@compiled
def drop_event(book: BookArrays, index: int) -> None:
    """End the running event because the book is about to be cleared: hand on its fills, judge nothing."""
    now = book.now[0]
    now.sealed = now.fills
    now.candidates = 0
    _close_fills(book, index)
    now.event += 1
    now.begun = False
    now.traded = False
    now.aggressors = 0
    now.initiator = NO_ID


@compiled
def _close_fills(book: BookArrays, index: int) -> None:
    now = book.now[0]
    if now.fills > now.sealed:
        seal_fills(book)
    if now.candidates > 0:
        _count_violations(book)
    for number in range(now.fills):
        fill = book.fills[place(number)]
        slot = signed(fill.slot)
        order = order_at(book, slot)
        if not fill.removed and order.order_id == fill.order_id and order.fill_row == number:
            if fill.pending > 0:
                count_change_of(book, slot, order.size, False)
                settle_fill(book, slot, order.size, False)
            order.fill_row = NO_FILL
        if fill.hidden and (fill.lots > 0 or fill.removed):
            _hand_on_fill(book, number, index)
    now.fills = 0
    now.sealed = 0
    now.candidates = 0


@compiled
def _count_crossing(book: BookArrays) -> None:
    """Count an event that left the book locked or crossed; before the open and in a halt that is normal."""
    now = book.now[0]
    if now.phase == PHASE_CONTINUOUS:
        now.crossed_events += 1
        if now.anchored:
            now.suspect = True
            now.valid = False
        return
    now.auction_crossed += 1
    if now.phase == PHASE_UNKNOWN:
        now.phase = PHASE_AUCTION


@compiled
def take_trade(book: BookArrays, index: int, record: Any, verdict: int, tick: int) -> None:
    """Take a T: who is the aggressor, and how did it come to trade? Room for it is there."""
    now = book.now[0]
    if verdict != PLAUSIBLE:
        count_refusal(book, verdict)
        return
    if record.flags & F_SNAPSHOT:
        return
    now.traded = True
    order_id = record.order_id
    side = TRADE_NONE
    if record.side == SIDE_BID:
        side = TRADE_BUY
    elif record.side == SIDE_ASK:
        side = TRADE_SELL
    size = signed(record.size)
    kind = KIND_UNKNOWN
    first = True
    if order_id != NO_ID:
        known = aggressor_row(book, order_id)
        first = known < 0
        if first:
            known = now.aggressors
            now.aggressors += 1
            book.aggressors[known].order_id = order_id
            book.aggressors[known].lots = 0
            book.aggressors[known].kind = _classify(book, order_id, side)
        book.aggressors[known].lots += size
        kind = signed(book.aggressors[known].kind)
    row = book.trades[now.trades]
    now.trades += 1
    row.index = index
    row.clock = now.clock
    row.ts_event = signed(record.ts_event)
    row.event = now.event
    row.order_id = order_id
    row.tick = tick
    row.size = size
    row.side = side
    row.kind = kind
    row.first = first
    _note_found(book, row, side, tick)


@inlined
def _note_found(book: BookArrays, trade: Any, side: int, tick: int) -> None:
    """Note on a TRADE row what stood at its price on the passive side, and what has been done there so far."""
    now = book.now[0]
    trade.ofi = now.ofi
    if side == TRADE_NONE or not now.origin - REACH <= tick <= now.origin + REACH:
        trade.displayed = UNKNOWN_LOTS
        trade.stacked = UNKNOWN_LOTS
        trade.pulled = UNKNOWN_LOTS
        trade.refilled = UNKNOWN_LOTS
        return
    trade.displayed = 0
    trade.stacked = 0
    trade.pulled = 0
    trade.refilled = 0
    passive = ASK if side == TRADE_BUY else BID
    column = tick - now.base
    if 0 <= column < book.levels.shape[1]:
        counted = book.stackings[passive, column]
        trade.displayed = book.levels[passive, column].size
        trade.stacked = counted.stacked
        trade.pulled = counted.pulled
        trade.refilled = counted.refilled


@compiled
def _classify(book: BookArrays, order_id: np.uint64, side: int) -> int:
    """Name the kind of an aggressor that is new in the event.

    The first one started the event: at market, or as a resting order modified into the market. A later one was
    triggered by it: a stop, if it carries an older id (exchange ids run upwards with entry), trades in the same
    direction and does not rest in the book. Both conditions are needed: an old id alone is no proof.
    """
    now = book.now[0]
    slot = find_order(book, order_id)
    if slot != NO_ORDER and order_at(book, slot).fill_row != NO_FILL:
        book.fills[order_at(book, slot).fill_row].own = True
    if side == TRADE_NONE:
        return KIND_UNKNOWN
    if now.initiator == NO_ID:
        now.initiator = order_id
        now.initiator_side = side
        return KIND_MARKET if slot == NO_ORDER else KIND_MODIFIED
    if slot == NO_ORDER and order_id < now.initiator and side == now.initiator_side:
        return KIND_STOP
    return KIND_UNKNOWN


@compiled
def take_fill(book: BookArrays, record: Any) -> None:
    """Take an F: note the fill against its order. Room for it is there."""
    now = book.now[0]
    if record.flags & F_SNAPSHOT:
        return
    order_id = record.order_id
    own = aggressor_row(book, order_id) >= 0
    slot = find_order(book, order_id)
    if slot == NO_ORDER:
        if not own and (record.side == SIDE_BID or record.side == SIDE_ASK):
            count_unknown(book)
        elif not own:
            now.anonymous_fills += 1
        return
    if record.size == 0:
        return
    order = order_at(book, slot)
    if order.fill_row != NO_FILL:
        fill = book.fills[place(order.fill_row)]
        if fill.pending == 0:
            fill.shown = order.size
        fill.pending += signed(record.size)
        return
    fill = book.fills[now.fills]
    order.fill_row = now.fills
    now.fills += 1
    fill.order_id = order_id
    fill.tick = order.tick
    fill.before = order.size
    fill.shown = order.size
    fill.pending = signed(record.size)
    fill.lots = 0
    fill.after = order.size
    fill.filled = order.filled
    fill.entry_sum = order.entry_sum
    fill.slot = slot
    fill.side = order.side
    fill.own = own
    fill.refreshed = False
    fill.hidden = order.hidden
    fill.removed = False


@compiled
def count_unknown(book: BookArrays) -> None:
    """Count a change or fill of an order never seen; in a book that began whole it shows that records are missing."""
    now = book.now[0]
    now.unknown_changes += 1
    if now.anchored and not now.in_snapshot:
        now.suspect = True


@inlined
def count_refusal(book: BookArrays, verdict: int) -> None:
    """Count a record that is not applied."""
    if verdict == OFF_TICK:
        book.now[0].off_tick += 1
    else:
        book.now[0].bad_records += 1
