"""The compiled pass that finds re-posted orders: a broker's clips, each a new order of the same size at the same place.

A resting order is *consumed* where fills take all it displays; its original size is then the sum of its fills. An add
within the window after it, at the same price and side and of the same size, is its *re-post*: the earliest consumed
order takes the add, and each add is taken once. Re-posts of re-posts are a *chain*, which ends when its newest clip is
consumed and the window passes (executed), when its owner changes or cancels that clip (cancelled), and when a clear, a
snapshot or a gap makes what was known worthless (expired).

Only filled orders and the newest clips of chains are remembered, so most records cost one probe of a small table. What
is no proof of a broker is left out: an order that traded as aggressor, the remainder of one, an order whose displayed
size does not fall by what filled it (the exchange's own iceberg), and one that its owner changed while it was filled.

**Chance.** Most adds of the same size are strangers', since most orders have one lot. How often the size agrees by
chance is measured where nobody can be re-posting: the share of adds of the consumed order's size among all adds at its
place from one second after it was consumed (`far_same / far`). Among adds within the window after a clip was consumed
the share is `near_same / near`. What is beyond chance, `1 - far share / near share`, is the estimated precision, by
class of sizes; a chain is said once the lower end of that estimate, each share at the end of its 95 % interval
(Wilson) that speaks against the chain, reaches the least estimate.
"""

from math import sqrt
from typing import Any, Final

import numpy as np

from engines.book.clock import is_trusted
from engines.book.layout import NO_ID, NO_ORDER, RecordArray
from engines.book.order_table import enter_id, erase_id, find_order
from engines.compiled import compiled, inlined, place, signed
from engines.zones.reposts_layout import (
    DONE,
    FAR_NS,
    FAR_SPAN_NS,
    GROW_CHAINS,
    GROW_CLIPS,
    GROW_TRANCHES,
    LEAST_SIZES,
    NO_CHAIN,
    PROBED_LATER,
    PROBES,
    REPOST_CANCELLED,
    REPOST_DETECTED,
    REPOST_EARLIER,
    REPOST_EXECUTED,
    REPOST_EXPIRED,
    REPOST_TRADED,
    ROWS_FULL,
    UNKNOWN_LOTS,
    RepostArrays,
)
from feeds.records import (
    ACTION_ADD,
    ACTION_CANCEL,
    ACTION_CLEAR,
    ACTION_FILL,
    ACTION_MODIFY,
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
_NEWS_FLAGS: Final = _REFUSED_FLAGS | F_SNAPSHOT | F_MAYBE_BAD_BOOK
_ROWS_A_RECORD: Final = 3
"""By how much one record can lessen the room in `rows`: it says a chain with its earlier re-post."""
_LARGEST: Final = LEAST_SIZES[-1]
_QUANTILE: Final = 1.959964
"""Of the normal distribution, for a 95 % interval."""


# --- chance -----------------------------------------------------------------------------------------------------------


@inlined
def size_class(size: int) -> int:
    """Return the class of sizes that a size belongs to, a row of `tallies`."""
    if size <= 4:
        return size - 1
    if size < 10:
        return 4
    return 5 if size < _LARGEST else 6


@compiled
def end_of_interval(part: int, whole: int, sign: float) -> float:
    """Return the lower (`sign` -1) or upper (+1) end of the 95 % interval of a share (Wilson)."""
    if whole == 0:
        return 0.0 if sign < 0 else 1.0
    share, weight = part / whole, _QUANTILE**2 / whole
    reach = _QUANTILE * sqrt(share * (1.0 - share) / whole + weight / (4.0 * whole))
    return (share + weight / 2.0 + sign * reach) / (1.0 + weight)


@compiled
def least_estimate(near_same: int, near: int, far_same: int, far: int) -> float:
    """Return the lower end of the estimated precision: what is beyond chance with both shares at their worst."""
    low = end_of_interval(near_same, near, -1.0)
    if low <= 0.0:
        return 0.0
    return max(0.0, 1.0 - end_of_interval(far_same, far, 1.0) / low)


@inlined
def _is_beyond_chance(state: RepostArrays, size: int) -> bool:
    tally = state.tallies[size_class(size)]
    estimate = least_estimate(signed(tally.near_same), signed(tally.near), signed(tally.far_same), signed(tally.far))
    return bool(estimate >= state.now[0].least_estimate)


# --- chains -----------------------------------------------------------------------------------------------------------


@compiled
def _hand_on(state: RepostArrays, chain: int, what: int, index: int, clock: int) -> None:
    """Hand on a step of a chain that is said. Room in `rows` is there."""
    now = state.now[0]
    known = state.chains[chain]
    tally = state.tallies[size_class(signed(known.size))]
    row = state.rows[now.rows]
    now.rows += 1
    row.index = index
    row.clock = clock
    row.event = now.event
    row.number = known.number
    row.what = what
    row.side = known.side
    row.price = known.price
    row.size = known.size
    row.reposts = known.reposts
    row.filled = known.filled
    row.taken_index = known.taken_index
    row.taken_clock = known.taken_clock
    row.taken_id = known.taken_id
    row.posted_index = known.posted_index
    row.posted_clock = known.posted_clock
    row.posted_id = known.posted_id
    row.near = tally.near
    row.near_same = tally.near_same
    row.far = tally.far
    row.far_same = tally.far_same


@compiled
def _end_chain(state: RepostArrays, chain: int, what: int, index: int, clock: int) -> None:
    now = state.now[0]
    known = state.chains[chain]
    if known.number > 0:
        _hand_on(state, chain, what, index, clock)
        now.said_live -= 1
    known.used = False
    known.next = now.free_chain
    now.free_chain = chain
    now.chains -= 1


@inlined
def _begin_chain(state: RepostArrays, first: Any) -> int:
    """Begin a chain with a consumed order as its first clip. Room in `chains` is there."""
    now = state.now[0]
    chain = signed(now.free_chain)
    known = state.chains[chain]
    now.free_chain = known.next
    now.chains += 1
    known.used = True
    known.number = 0
    known.price = first.price
    known.size = first.size
    known.side = first.side
    known.reposts = 0
    known.filled = 0
    return chain


@compiled
def _repost(state: RepostArrays, number: int, order_id: np.uint64, index: int) -> None:
    """Take an add as the re-post of a consumed order. Room in `chains`, `orders` and `rows` is there."""
    now = state.now[0]
    tranche = state.tranches[number & (len(state.tranches) - 1)]
    tranche.waits = False
    chain = signed(tranche.chain)
    if chain == NO_CHAIN:
        chain = _begin_chain(state, tranche)
        state.chains[chain].filled = tranche.size
    known = state.chains[chain]
    known.reposts += 1
    speaks = known.number == 0 and known.reposts >= now.least_reposts and _is_beyond_chance(state, signed(known.size))
    if speaks:
        now.said += 1
        now.said_live += 1
        known.number = now.said
        if known.reposts > 1:
            _hand_on(state, chain, REPOST_EARLIER, index, signed(now.clock))
    known.taken_index = tranche.index
    known.taken_clock = tranche.clock
    known.taken_id = tranche.order_id
    known.posted_index = index
    known.posted_clock = now.clock
    known.posted_id = order_id
    if known.number > 0:
        _hand_on(state, chain, REPOST_DETECTED if speaks else REPOST_TRADED, index, signed(now.clock))
    if known.reposts == now.least_reposts:
        now.ids += 1
        now.reposts += known.reposts
        now.lots += known.filled
    elif known.reposts > now.least_reposts:
        now.reposts += 1
    slot = _remember(state, order_id)
    state.orders[slot].left = known.size
    state.orders[slot].chain = chain


@compiled
def enter_clips(state: RepostArrays) -> None:
    """Enter every clip that is followed into an empty, larger hash table."""
    for slot in range(len(state.orders)):
        if state.orders[slot].used:
            enter_id(state, state.orders[slot].order_id, slot)


# --- orders -----------------------------------------------------------------------------------------------------------


@inlined
def _is_placed(record: Any) -> bool:
    """Whether a record names a place where an order can rest; the tick is asked of consumed orders alone."""
    sided = record.side in (SIDE_BID, SIDE_ASK)
    return sided and record.price != UNDEFINED_PRICE and record.size != 0


@inlined
def _remember(state: RepostArrays, order_id: np.uint64) -> int:
    """Remember an order that is not known. Room in `orders` is there."""
    now = state.now[0]
    slot = signed(now.free_clip)
    clip = state.orders[slot]
    now.free_clip = clip.next
    now.clips += 1
    clip.used = True
    clip.order_id = order_id
    clip.left = UNKNOWN_LOTS
    clip.filled = 0
    clip.pending = 0
    clip.chain = NO_CHAIN
    enter_id(state, order_id, slot)
    return slot


@compiled
def _forget(state: RepostArrays, slot: int) -> None:
    now = state.now[0]
    clip = state.orders[slot]
    erase_id(state, slot)
    clip.used = False
    clip.next = now.free_clip
    now.free_clip = slot
    now.clips -= 1


@compiled
def _leave_out(state: RepostArrays, slot: int, index: int) -> None:
    """Forget an order that its owner changed, or that is no broker's clip; a chain ends with it."""
    chain = signed(state.orders[slot].chain)
    if chain != NO_CHAIN:
        _end_chain(state, chain, REPOST_CANCELLED, index, signed(state.now[0].clock))
    _forget(state, slot)


@compiled
def _consume(state: RepostArrays, slot: int, record: Any, index: int) -> None:
    """Take the end of an order that fills took whole. Room in `tranches` is there."""
    now = state.now[0]
    clip = state.orders[slot]
    mask = len(state.tranches) - 1
    row = state.tranches[now.tail & mask]
    row.order_id = clip.order_id
    row.index = index
    row.clock = now.clock
    row.price = record.price
    row.size = clip.filled + clip.pending
    row.chain = clip.chain
    row.side = record.side
    row.waits = True
    row.native = False
    tally = state.tallies[size_class(signed(row.size))]
    tally.taken += 1
    if tally.taken <= PROBES or tally.taken % PROBED_LATER == 0:
        state.probes[now.far_tail & mask] = now.tail
        now.far_tail += 1
    now.tail += 1
    if clip.chain != NO_CHAIN:
        known = state.chains[clip.chain]
        known.filled += row.size
        if known.reposts >= now.least_reposts:
            now.lots += row.size
    _forget(state, slot)


@inlined
def _take_fill(state: RepostArrays, record: Any) -> None:
    """Note a passive fill."""
    if record.size == 0 or _is_aggressor(state, record.order_id):
        return
    slot = find_order(state, record.order_id)
    if slot == NO_ORDER:
        slot = _remember(state, record.order_id)
    state.orders[place(slot)].pending += signed(record.size)


@inlined
def _take_cancel(state: RepostArrays, record: Any, index: int) -> None:
    slot = find_order(state, record.order_id)
    if slot == NO_ORDER:
        return
    clip = state.orders[place(slot)]
    whole = clip.left in (UNKNOWN_LOTS, clip.pending)
    taken = clip.pending > 0 and clip.pending == signed(record.size) and whole
    if taken and _is_placed(record) and record.price % state.now[0].tick_size == 0:
        _consume(state, slot, record, index)
    else:
        _leave_out(state, slot, index)


@inlined
def _take_modify(state: RepostArrays, record: Any, index: int) -> None:
    """Take the answer to a partial fill; any other change is the owner's, or a reinstated display."""
    slot = find_order(state, record.order_id)
    if slot == NO_ORDER:
        return
    clip = state.orders[place(slot)]
    left = signed(record.size)
    if clip.pending == 0 or (clip.left != UNKNOWN_LOTS and clip.left - clip.pending != left):
        _leave_out(state, slot, index)
        return
    clip.filled += clip.pending
    clip.pending = 0
    clip.left = left


@inlined
def _take_add(state: RepostArrays, record: Any, index: int) -> None:
    """Compare an add with the orders that were consumed at its place, lately and a second ago."""
    now = state.now[0]
    price, side, size = record.price, signed(record.side), signed(record.size)
    if now.clips > 0:
        slot = find_order(state, record.order_id)
        if slot != NO_ORDER:
            _leave_out(state, slot, index)
    if (now.near_first == now.tail and now.far_first == now.far_end) or _is_aggressor(state, record.order_id):
        return
    mask = len(state.tranches) - 1
    for probe in range(now.far_first, now.far_end):
        tranche = state.tranches[place(state.probes[place(probe & mask)] & mask)]
        if tranche.price == price and tranche.side == side and not tranche.native:
            tally = state.tallies[size_class(signed(tranche.size))]
            tally.far += 1
            tally.far_same += tranche.size == size
    earliest = -1
    for number in range(now.near_first, now.tail):
        tranche = state.tranches[place(number & mask)]
        if tranche.waits and tranche.price == price and tranche.side == side:
            tally = state.tallies[size_class(signed(tranche.size))]
            same = tranche.size == size
            if tranche.chain == NO_CHAIN:
                tally.first += 1
                tally.first_same += same
            else:
                tally.near += 1
                tally.near_same += same
            if same and earliest < 0:
                earliest = number
    if earliest >= 0:
        _repost(state, earliest, record.order_id, index)


@inlined
def _is_aggressor(state: RepostArrays, order_id: np.uint64) -> bool:
    now = state.now[0]
    row = now.aggressors - 1  # newest first: a fill names the trade just before it
    while row >= 0 and state.aggressors[row] != order_id:
        row -= 1
    return bool(row >= 0)


@inlined
def _take_trade(state: RepostArrays, record: Any, index: int) -> None:
    """Note an aggressor; one that rests and was remembered did not stand still."""
    now = state.now[0]
    if record.order_id == NO_ID:
        return
    if now.aggressors < len(state.aggressors):
        state.aggressors[now.aggressors] = record.order_id
        now.aggressors += 1
    slot = find_order(state, record.order_id)
    if slot != NO_ORDER:
        _leave_out(state, slot, index)


@compiled
def _leave_out_native(state: RepostArrays, order_id: np.uint64, index: int) -> None:
    """Hear that an order that was consumed lately had hidden lots."""
    now = state.now[0]
    mask = len(state.tranches) - 1
    for number in range(now.tail - 1, now.near_first - 1, -1):
        tranche = state.tranches[number & mask]
        if tranche.order_id == order_id:
            if tranche.waits and tranche.chain != NO_CHAIN:
                _end_chain(state, signed(tranche.chain), REPOST_CANCELLED, index, signed(now.clock))
            tranche.waits = False
            tranche.native = True
            return


# --- time -------------------------------------------------------------------------------------------------------------


@compiled
def _begin_anew(state: RepostArrays, index: int) -> None:
    """Forget everything: a clear, a snapshot or a gap."""
    now = state.now[0]
    if now.chains > 0:
        for chain in range(len(state.chains)):
            if state.chains[chain].used:
                _end_chain(state, chain, REPOST_EXPIRED, index, signed(now.clock))
    if now.clips > 0:
        for slot in range(len(state.orders)):
            if state.orders[slot].used:
                _forget(state, slot)
    now.first = now.tail
    now.near_first = now.tail
    now.far_first = now.far_tail
    now.far_end = now.far_tail


@inlined
def _probed(state: RepostArrays, probe: int) -> int:
    """Return when the order of a probe was consumed."""
    mask = len(state.tranches) - 1
    return signed(state.tranches[state.probes[probe & mask] & mask].clock)


@inlined
def _advance(state: RepostArrays, record: Any, index: int) -> None:
    """Move the clock as the book does, and let go of what is too old by it."""
    now = state.now[0]
    time = signed(record.ts_event)
    if time <= now.clock or record.flags & F_SNAPSHOT or not is_trusted(time, signed(record.ts_recv), now.clock):
        return
    now.clock = time
    if now.first == now.tail:
        return
    mask = len(state.tranches) - 1
    while now.near_first < now.tail and state.tranches[now.near_first & mask].clock < time - now.window:
        tranche = state.tranches[now.near_first & mask]
        if tranche.waits and tranche.chain != NO_CHAIN:
            _end_chain(state, signed(tranche.chain), REPOST_EXECUTED, index, signed(tranche.clock) + now.window)
        tranche.waits = False
        now.near_first += 1
    while now.far_end < now.far_tail and _probed(state, signed(now.far_end)) <= time - FAR_NS:
        now.far_end += 1
    while now.far_first < now.far_end and _probed(state, signed(now.far_first)) <= time - FAR_NS - FAR_SPAN_NS:
        now.far_first += 1
    while now.first < now.near_first and state.tranches[now.first & mask].clock <= time - FAR_NS - FAR_SPAN_NS:
        now.first += 1


@inlined
def _room(state: RepostArrays) -> int:
    """Return DONE where there is room for whatever one record can do, else what must be done first."""
    now = state.now[0]
    if now.rows + now.said_live + 3 > len(state.rows):
        return ROWS_FULL
    if now.clips + 1 >= len(state.orders):
        return GROW_CLIPS
    if now.tail - now.first == len(state.tranches):
        return GROW_TRANCHES
    return GROW_CHAINS if now.chains == len(state.chains) else DONE


@inlined
def _records_with_room(state: RepostArrays) -> int:
    """Return how many records there certainly is room for, where there is room for one."""
    now = state.now[0]
    rows = (len(state.rows) - now.rows - now.said_live) // _ROWS_A_RECORD
    tranches = len(state.tranches) - (now.tail - now.first)
    rest = min(len(state.orders) - now.clips - 1, len(state.chains) - now.chains)
    return int(max(1, min(rows, tranches, rest)))


@inlined
def _hear_natives(state: RepostArrays, natives: RecordArray, index: int) -> None:
    now = state.now[0]
    while now.heard < len(natives) and natives[now.heard].index < index:
        _leave_out_native(state, natives[now.heard].order_id, index)
        now.heard += 1


@inlined
def _tells(state: RepostArrays, record: Any, index: int) -> bool:
    """Forget everything at a clear, a snapshot and a gap; return whether the record tells what a trader did."""
    now = state.now[0]
    flags = record.flags
    if not flags & _NEWS_FLAGS and record.action != ACTION_CLEAR and not now.in_snapshot:
        now.begun = True
        return True
    usable = not flags & _REFUSED_FLAGS
    if (record.action == ACTION_CLEAR and usable) or (flags & F_SNAPSHOT and not now.in_snapshot):
        if now.begun:
            _end_event(state)
        _begin_anew(state, index)
    now.in_snapshot = (flags & F_SNAPSHOT) != 0
    now.begun = now.begun or not now.in_snapshot
    if flags & F_MAYBE_BAD_BOOK:
        _begin_anew(state, index)
        return False
    return usable and not now.in_snapshot


@inlined
def _end_event(state: RepostArrays) -> None:
    now = state.now[0]
    now.in_snapshot = False
    now.begun = False
    now.event += 1
    now.aggressors = 0


@inlined
def _matters(state: RepostArrays, record: Any) -> bool:
    """Whether a record can change anything: a trade, a fill, an add that follows a consumed order, a known order.

    Few do, so this is the one question asked of most. It is put together without a branch, which would be foretold
    wrongly half of the time: what comes next, an add or a cancel, is anybody's guess.
    """
    now = state.now[0]
    action = record.action
    listens = (now.near_first != now.tail) | (now.far_first != now.far_end)
    known = find_order(state, record.order_id) != NO_ORDER
    return bool(known | (action == ACTION_TRADE) | (action == ACTION_FILL) | ((action == ACTION_ADD) & listens))


@inlined
def _take(state: RepostArrays, record: Any, index: int) -> None:
    action = record.action
    if action == ACTION_ADD:
        if _is_placed(record):
            _take_add(state, record, index)
    elif action == ACTION_TRADE:
        _take_trade(state, record, index)
    elif action == ACTION_FILL:
        _take_fill(state, record)
    elif action == ACTION_CANCEL:
        _take_cancel(state, record, index)
    elif action == ACTION_MODIFY:
        _take_modify(state, record, index)


@compiled
def follow(state: RepostArrays, records: RecordArray, start: int, first: int, natives: RecordArray) -> tuple[int, int]:
    """Apply records from `start` on; return (position reached, reason).

    `first` is the number in the stream of `records[0]`. `natives` are HIDDEN rows of executed icebergs in stream order,
    each heard before the first record after its own. On a reason other than DONE empty `rows` or grow what is named,
    and call again from where it stopped.
    """
    now = state.now[0]
    instrument = now.instrument_id
    until = start
    for position in range(start, len(records)):
        if position == until:
            reason = _room(state)
            if reason != DONE:
                return position, reason
            until += _records_with_room(state)
        record = records[place(position)]
        if record.instrument_id != instrument:
            continue
        index = first + position
        _hear_natives(state, natives, index)
        _advance(state, record, index)
        if _tells(state, record, index) and _matters(state, record):
            _take(state, record, index)
        if record.flags & F_LAST:
            _end_event(state)
    return len(records), DONE
