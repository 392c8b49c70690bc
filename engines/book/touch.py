"""The touch after each matching event: its order-flow imbalance, and how it stood when each second of the clock ended.

**Order-flow imbalance** (Cont, Kukanov, Stoikov 2014), from the best quotes before and after an event, in lots:

    + bid size after,  if the bid rose or stayed      - bid size before, if it fell or stayed
    - ask size after,  if the ask fell or stayed      + ask size before, if it rose or stayed

An event counts if the quote before it and the quote after it both do: continuous trading, both sides there, not locked
or crossed, in a book that is not known to miss records. A quote after which trading stopped, or may begin anew, counts
no longer. So the opening auction, and whatever ends a snapshot, a halt or a crossing, only sets the quote that the next
event is measured from.

Where a schema tells no quotes between trades, the sum is UNKNOWN_OFI and stays so.

The functions work on the scalars of either book, whose fields `layout.QUOTE_FIELDS` they share.
"""

from typing import Any

from engines.book.layout import (
    FIRST_WINDOW,
    NO_ASK,
    NO_BID,
    PHASE_CONTINUOUS,
    SECOND_NS,
    UNKNOWN_OFI,
    WINDOW_NS,
    RecordArray,
)
from engines.compiled import inlined


@inlined
def note_quote(now: Any, bid: int, bid_size: int, ask: int, ask_size: int) -> None:
    """Take the touch as an event leaves it, once phase and trust are settled; a size is 0 where there is no price."""
    trusted = now.phase == PHASE_CONTINUOUS and not now.suspect
    same = bid == now.quoted_bid and ask == now.quoted_ask
    if now.quote_counts and trusted and same and bid_size == now.quoted_bid_size and ask_size == now.quoted_ask_size:
        return  # most events change nothing at the best prices
    counts = trusted and bid != NO_BID and ask != NO_ASK and bid < ask
    if counts and now.quote_counts and now.ofi != UNKNOWN_OFI:
        change = 0
        if bid >= now.quoted_bid:
            change += bid_size
        if bid <= now.quoted_bid:
            change -= now.quoted_bid_size
        if ask <= now.quoted_ask:
            change -= ask_size
        if ask >= now.quoted_ask:
            change += now.quoted_ask_size
        now.ofi += change
    now.quoted_bid = bid
    now.quoted_ask = ask
    now.quoted_bid_size = bid_size
    now.quoted_ask_size = ask_size
    now.quote_counts = counts


@inlined
def leave_second(now: Any, seconds: RecordArray) -> None:
    """Hand on the running second, if any; room in `seconds` is there."""
    if now.second_end == 0:
        return
    row = seconds[now.seconds]
    now.seconds += 1
    row.end = now.second_end
    row.best_bid = now.quoted_bid
    row.best_ask = now.quoted_ask
    row.bid_size = now.quoted_bid_size
    row.ask_size = now.quoted_ask_size
    row.ofi = now.ofi
    row.continuous = now.quote_counts
    now.second_end = 0


@inlined
def enter_second(now: Any, seconds: RecordArray, time: int) -> None:
    """Let the clock move to `time`, which is not before the end of the running second."""
    leave_second(now, seconds)
    now.second_end = (time // SECOND_NS + 1) * SECOND_NS
    now.window = FIRST_WINDOW + time // WINDOW_NS
