"""What owners did at a price: lots stacked (added) and pulled (taken away), and lots that icebergs reinstated.

**The identity.** At one price on one side, between any two moments without a clear or a snapshot between them:

    size after = size before + stacked - pulled + refilled - traded - prevented

- *stacked*: lots of new orders, of orders moved to this price and of orders enlarged by their owners; the remainder
  with which an aggressor comes to rest is one of them.
- *traded*: lots of passive fills. Those of an aggressor that rested before (modified into the market) are not: it is
  its owner who took it away from its price.
- *refilled*: what an order shows beyond what its fills left of it, and what it traded beyond what it showed. A fill
  that its event does not answer with a C or M counts as reinstated, since the order still shows what it showed.
- *prevented*: what a C takes beyond fills in an event that traded. Owners act in events of their own, so that is the
  exchange's self-match prevention; only the order that is itself the aggressor is its owner's. Where nothing traded in
  the event, prevention cannot be told from its owner.
- *pulled*: every other lot that was taken away, by C, or by an M that makes the order smaller or moves it.

Orders beyond `layout.REACH` stand at no price, and nothing is counted of them, of clears and of snapshots.

What was done **lately** is the difference to what the sums were one or two windows of WINDOW_NS ago: each price keeps
them as of the beginning of the window of its newest change, and of the one before.
"""

from typing import Any, Final

import numpy as np

from engines.book.layout import FIRST_WINDOW, WINDOW_NS, RecordArray
from engines.compiled import inlined

RECENT: Final = np.dtype([("stacked", np.int64), ("pulled", np.int64)])
"""Lots stacked and pulled at one price in the running window and the one before."""


@inlined
def enter_window(row: Any, window: int) -> None:
    """Make a STACKING row ready to be counted in in a window newer than its own: keep its sums as they are."""
    follows = row.window == window - 1
    row.stacked_earlier = row.stacked_before if follows else row.stacked
    row.pulled_earlier = row.pulled_before if follows else row.pulled
    row.stacked_before = row.stacked
    row.pulled_before = row.pulled
    row.window = window


@inlined
def count_change(row: Any, lots: int) -> None:
    """Count what an owner changed at a price: lots put there, or, negative, lots taken away."""
    row.stacked += max(lots, 0)
    row.pulled -= min(lots, 0)


def recent(rows: RecordArray, clock: int) -> RecordArray:
    """Return RECENT rows: what was stacked and pulled at each price in the window of `clock` and the one before."""
    window = FIRST_WINDOW + clock // WINDOW_NS
    found = np.zeros(len(rows), RECENT)
    for name in ("stacked", "pulled"):
        found[name] = np.select(
            [rows["window"] == window, rows["window"] == window - 1],
            [rows[name] - rows[f"{name}_earlier"], rows[name] - rows[f"{name}_before"]],
        )
    return found
