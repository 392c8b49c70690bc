"""The simulated market's arrays: every field of every one, and the numbers that name kinds and stages.

Prices are integer ticks and index the ladder directly, sizes are lots, times are nanoseconds UTC. The arrays have a
fixed size, so a market that runs for days takes no more memory than one that runs for a second.
"""

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

Rows = np.ndarray[Any, np.dtype[np.void]]

# --- how large everything is ------------------------------------------------------------------------------------------

LADDER: Final = 65_536
"""Prices the ladder holds: ticks 0 to this, exclusive."""
EDGE: Final = 512
"""Ticks from either end of the ladder that nobody goes to."""
ORDERS: Final = 65_536
STOPS: Final = 16_384
DUES: Final = 524_288
PRINTS: Final = 4_096
"""Trade summaries, fills and changed orders that one matching event may have; a larger one ends early."""
RECORDS: Final = 65_536
TRUTHS: Final = 16_384
REQUESTS: Final = 65_536
ACTORS: Final = 1_024
URN: Final = 4_096
"""Values in an urn, from which quantities are drawn evenly."""
SWING_MINUTES: Final = 64
"""Minutes of highs and lows that swings are read from."""
PACE_MINUTES: Final = 2 * 1_440
"""Minutes for which the activity is laid down at once."""

NOBODY: Final = -1
"""No order, no row, no actor."""
NO_TICK: Final = -1
NO_BID: Final = -1
NO_ASK: Final = LADDER

BID: Final = 0
ASK: Final = 1
NONE: Final = 2
"""Side of a trade that has no aggressor."""

# --- why `run` comes back ---------------------------------------------------------------------------------------------

DONE: Final = 0
FULL: Final = 1
"""The records or the truth rows must be taken away first."""

# --- urns -------------------------------------------------------------------------------------------------------------

LOTS_ADDED: Final = 0
LOTS_TRADED: Final = 1
NEAR: Final = 2
"""Ticks behind the touch of fleeting orders."""
FAR: Final = 3
"""And of restless ones."""
FLEETING: Final = 4
"""Time, ns, that fleeting orders stay."""
PATIENT: Final = 5
"""Time, ns, between two moves of a restless order at the touch; farther behind it is longer."""
DISPLAYS: Final = 6
"""Lots that the background's icebergs show."""
REACTION: Final = 7
"""Time, ns, from what a machine saw to what it does about it."""
STOPS_AWAY: Final = 8
"""Ticks from the touch to the background's stops."""

# --- what actors do ---------------------------------------------------------------------------------------------------

MOOD: Final = 0
"""Sets drift and volatility of the fair price, and may make it jump: regimes and news."""
ICEBERG: Final = 1
"""A native display-quantity order."""
SLICER: Final = 2
"""A broker's iceberg: shows a clip, and posts the next under a new id when it is filled."""
WALL: Final = 3
"""An absorber: posts again at one price whenever it is filled, until its lots are spent."""
DRIVE: Final = 4
"""A run of aggressive orders."""
CLUSTER: Final = 5
"""Stop orders beyond the newest swing."""
LAYER: Final = 6
"""A large order a few ticks behind the touch that is pulled soon after."""

# How a planted iceberg ends.
BY_TRADES: Final = 0
BY_CANCEL: Final = 1
BY_SWEEP: Final = 2

# What becomes of the price when a drive is over.
RETURNS: Final = 0
STAYS: Final = 1

# --- what truth rows say ----------------------------------------------------------------------------------------------

HIDDEN_ENTERED: Final = 1
HIDDEN_FILLED: Final = 2
HIDDEN_MOVED: Final = 3
HIDDEN_LEFT: Final = 4
STOP_FIRED: Final = 5
ACTOR_BEGAN: Final = 6
ACTOR_POSTED: Final = 7
ACTOR_PULLED: Final = 8
ACTOR_ENDED: Final = 9

ORDER: Final = np.dtype(
    [
        ("id", "u8"),
        ("entered", "i8"),
        ("due", "i8"),  # time of its appointment; an earlier one in the diary counts no more
        ("tick", "i4"),
        ("shown", "i4"),
        ("hidden", "i4"),
        ("display", "i4"),  # 0: an ordinary order
        ("owner", "i4"),  # orders of one owner never trade with each other; 0: nobody's
        ("actor", "i4"),
        ("prev", "i4"),
        ("next", "i4"),
        ("touch", "i4"),  # row of `touches` in the running event
        ("side", "i4"),
        ("restless", "i4"),  # 1: moves when its patience ends; 0: leaves
    ],
    align=True,
)
LEVEL: Final = np.dtype([("head", "i4"), ("tail", "i4"), ("lots", "i4"), ("orders", "i4")])
STOP: Final = np.dtype(
    [("id", "u8"), ("tick", "i4"), ("lots", "i4"), ("side", "i4"), ("plan", "i8"), ("prev", "i4"), ("next", "i4")],
    align=True,
)
DUE: Final = np.dtype([("time", "i8"), ("id", "u8"), ("slot", "i4"), ("what", "i4")], align=True)
"""Something that happens at a time: an order's patience ends (its id), a stop is withdrawn, or an actor acts."""
DUE_ORDER: Final = 0
DUE_STOP: Final = 1
DUE_REACTION: Final = 3
"""An order does now what it would have done when its patience ended."""
DUE_ACTOR: Final = 2
"""Its id is the actor's plan, since rows are used again."""

PRINT: Final = np.dtype(
    [("id", "u8"), ("tick", "i4"), ("lots", "i4"), ("side", "i4"), ("fills", "i4"), ("own", "i4")], align=True
)
"""One trade summary; `fills` counts its rows in `fills`, `own` says that the aggressor stood in the book."""
FILL: Final = np.dtype([("id", "u8"), ("lots", "i4"), ("side", "i4")], align=True)
TOUCH: Final = np.dtype(
    [
        ("id", "u8"),
        ("slot", "i4"),
        ("before", "i4"),  # what the event found displayed
        ("tick", "i4"),  # where the event found it
        ("side", "i4"),
        ("passive", "i4"),
        ("reload", "i4"),  # running number of its newest reload, 0: none
        ("gone", "i4"),
        ("is_new", "i4"),
        ("print", "i4"),  # newest print that filled it
        ("fill", "i4"),  # and the row of that fill
    ],
    align=True,
)
"""What the running matching event does to one order."""

TRUTH: Final = np.dtype(
    [
        ("ts", "i8"),
        ("id", "u8"),
        ("event", "i8"),
        ("plan", "i8"),
        ("what", "i4"),
        ("side", "i4"),
        ("tick", "i4"),
        ("lots", "i4"),
        ("before", "i4"),
        ("after", "i4"),
        ("hidden", "i4"),
        ("display", "i4"),
        ("gone", "i4"),
    ],
    align=True,
)

# --- what traders asked for -------------------------------------------------------------------------------------------

ENTER_LIMIT: Final = 1
CANCEL: Final = 2
MOVE: Final = 3
RESIZE: Final = 4
ENTER_STOP: Final = 5
WITHDRAW_STOP: Final = 6

REQUEST: Final = np.dtype(
    [
        ("time", "i8"),
        ("id", "u8"),  # of the order that is entered, changed or withdrawn
        ("what", "i4"),
        ("side", "i4"),
        ("tick", "i4"),  # limit or trigger
        ("lots", "i4"),
        ("display", "i4"),
        ("owner", "i4"),
        ("rests", "i4"),
    ],
    align=True,
)
"""One call of the matching engine; a field that its kind does not need is 0. See `rematch`."""

ACTOR: Final = np.dtype(
    [
        ("plan", "i8"),  # number of the planted thing it belongs to
        ("pause", "i8"),  # between its actions
        ("until", "i8"),
        ("order_id", "u8"),
        ("drift", "f8"),  # ticks a second, moods only
        ("volatility", "f8"),  # ticks a square root of a second, moods only
        ("jump", "f8"),  # ticks: how far the fair price moves with it
        ("kind", "i4"),
        ("stage", "i4"),  # NOBODY: the row is free
        ("side", "i4"),
        ("distance", "i4"),  # ticks behind the touch, or from the first to the last stop of a cluster
        ("lots", "i4"),  # still to trade or to post
        ("clip", "i4"),  # lots at once
        ("display", "i4"),
        ("count", "i4"),  # stops of a cluster
        ("ending", "i4"),
        ("partner", "i4"),  # wall or cluster whose price a drive goes to
        ("slot", "i4"),  # its order
        ("tick", "i4"),  # its price
        ("target", "i4"),  # of a cluster: the farthest trigger
        ("used", "i4"),  # lots traded
    ],
    align=True,
)

SETTINGS: Final = np.dtype(
    [
        ("arrivals", "f8"),  # a second, at activity 1, own excitement included
        ("fast_share", "f8"),  # of arrivals that another one sets off at once
        ("fast_rate", "f8"),  # how fast that excitement dies, a second
        ("middle_share", "f8"),
        ("middle_rate", "f8"),
        ("slow_share", "f8"),
        ("slow_rate", "f8"),
        ("rush", "f8"),  # arrivals that a trade sets off at once, on top of what its own arrival does
        ("await_share", "f8"),  # of ended patience that waits for something to happen
        ("flee_share", "f8"),  # of orders at a thin touch that leave when somebody trades
        ("flee_below", "f8"),  # a touch is thin below this part of the levels behind it
        ("improve_share", "f8"),  # of orders at the touch, which improve it where the spread has room
        ("trade_share", "f8"),  # of arrivals that come to trade
        ("iceberg_share", "f8"),  # of background limit orders
        ("stop_share", "f8"),  # of arrivals that are stop orders
        ("restless_share", "f8"),  # of limit orders that move rather than leave
        ("leave_share", "f8"),  # of restless orders that leave when their patience ends
        ("cross_share", "f8"),  # of moves that go into the market
        ("implied_share", "f8"),  # of the background's aggressors that meet implied liquidity
        ("owned_share", "f8"),  # of orders that have an owner
        ("owners", "i8"),
        ("calm", "f8"),  # how much longer orders wait than in an active morning
        ("follow", "f8"),  # how strongly aggressors follow the fair price, a tick
        ("home", "f8"),  # ticks; the fair price returns to it over days
    ],
    align=True,
)

NOW: Final = np.dtype(
    [
        ("clock", "i8"),
        ("received", "i8"),
        ("event", "i8"),
        ("next_id", "u8"),
        ("sequence", "u4"),
        ("chance_0", "u8"),
        ("chance_1", "u8"),
        ("chance_2", "u8"),
        ("chance_3", "u8"),
        ("instrument_id", "u4"),
        ("tick_size", "i8"),
        ("best_bid", "i8"),
        ("best_ask", "i8"),
        ("last", "i8"),
        ("buy_stop", "i8"),  # nearest trigger of each side
        ("sell_stop", "i8"),
        ("order_free", "i8"),
        ("order_room", "i8"),
        ("resting", "i8"),
        ("stop_free", "i8"),
        ("stop_room", "i8"),
        ("dues", "i8"),
        ("prints", "i8"),
        ("fills", "i8"),
        ("touches", "i8"),
        ("reloads", "i8"),
        ("event_high", "i8"),
        ("event_low", "i8"),
        ("records", "i8"),
        ("truths", "i8"),
        ("requests", "i8"),
        ("noting", "i8"),  # 1: what traders ask for is written into `requests`
        ("continuous", "i8"),
        ("muted", "i8"),
        ("next_arrival", "i8"),
        ("excited_at", "i8"),
        ("fast", "f8"),
        ("middle", "f8"),
        ("slow", "f8"),
        ("fair", "f8"),
        ("fair_at", "i8"),
        ("push", "f8"),  # ticks that drives lend to the fair price while they run
        ("drift", "f8"),
        ("volatility", "f8"),
        ("pace_from", "i8"),
        ("swing_minute", "i8"),
        ("volume", "i8"),
    ],
    align=True,
)


class Market(NamedTuple):
    """All arrays of one simulated market; kernels take them as one argument."""

    now: Rows
    settings: Rows
    orders: Rows
    levels: Rows
    """LEVEL, by side and tick."""
    stops: Rows
    stop_levels: Rows
    dues: Rows
    """DUE, a binary heap by time."""
    prints: Rows
    fills: Rows
    touches: Rows
    records: Rows
    """Wire records made and not taken away yet."""
    truths: Rows
    requests: Rows
    """REQUEST rows made and not taken away yet; one, unused, where nobody asked for them."""
    actors: Rows
    pace: npt.NDArray[np.float64]
    """Activity by minute, from `now.pace_from` on."""
    swings: npt.NDArray[np.int64]
    """Highest and lowest trade by minute, a ring."""
    urns: npt.NDArray[np.int64]
    """What quantities are drawn from, by the numbers of the urns below."""
