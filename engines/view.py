"""The frozen picture of the market that screens pull: everything in integer ticks, lots and nanoseconds.

A view is built on demand by `Pipeline.view(request)` and never changes afterwards. Only what the request names is
built. Unknown is None, never zero. What comes in dozens a frame is a msgspec struct, which is made five times faster
than a frozen dataclass.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import msgspec

from engines.events import AggressorSide, IcebergState, IcebergTier, PassiveSide
from engines.mentor_view import MentorView
from engines.timing_view import PinnedRange, Timing
from engines.trading_view import TradingView
from feeds.instrument import Instrument
from feeds.records import Provenance

ProfileOf = Literal["session", "visible", "recent", "composite"]
ZoneKind = Literal["iceberg", "absorption", "sweep", "pool", "gap", "memory"]


class MarketPhase(StrEnum):
    """In which kind of trading the book stands."""

    UNKNOWN = "unknown"
    """No trade has been seen since the start, a clear or a halt."""
    AUCTION = "auction"
    """Pre-open or halt: a crossed book is normal, best bid and ask mean nothing."""
    CONTINUOUS = "continuous"
    HALTED = "halted"
    """A trading status record said so."""


class BookState(StrEnum):
    """How far the book can be trusted."""

    EMPTY = "empty"
    BUILDING = "building"
    """Began without a snapshot: orders entered earlier are missing."""
    SNAPSHOT = "snapshot"
    """A snapshot is being received."""
    VALID = "valid"
    SUSPECT = "suspect"
    """Records are missing: the feed said so, or a book that began whole met an order it never saw or stood crossed."""
    TEN_LEVELS = "ten levels"
    """The ten best prices of each side come from a level schema; there are no orders, and nothing is known beyond."""
    TOP_ONLY = "top only"
    """Best bid and ask come from a level schema; there are no orders."""
    ABSENT = "absent"
    """The schema carries no book."""


class TradeKind(StrEnum):
    """How the aggressor came to trade."""

    MARKET = "market"
    """A new order that crossed the spread."""
    STOP = "stop"
    """Triggered inside a matching event that another aggressor started; exchange-held stop."""
    MODIFIED_LIMIT = "modified-limit"
    """A resting order modified into the market."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ViewRequest:
    """What the screen is about to show.

    Attributes:
        ladder_top: Highest tick of the ladder window; None centres the window on the market.
        ladder_rows: Height of the ladder window in ticks; 0 builds no ladder.
        prints: Newest prints wanted.
        minimum_size: Prints of fewer lots are passed over.
        interval: Interval of the bars wanted: `1s`, `1m`, `5m`, `15m`, `1h`.
        bars: Newest bars wanted, the open one included.
        recent_seconds: Newest seconds whose lots are wanted at each price of the ladder; 0 wants none.
        profile: Whether the volume profile is wanted.
        profile_of: Whose lots at each price are wanted: the trading day's, those of the bars wanted, of the newest
            `profile_minutes`, or of the newest trading days together.
        profile_minutes: As said.
        flow: Whether the order-flow reading is wanted.
        footprints: Newest bars, of those wanted, whose footprints are wanted too.
        zones: Whether zones are wanted.
        opened: Id of the zone whose records are wanted; None for none.
        timing: Whether the session clock, coming windows, Gann levels and cycles are wanted.
        pinned: Range whose Gann levels are wanted beside the engine's own; None for none.
        mentor: Whether phase, pillars, confidence, gates and sentences are wanted.
        trading: Whether prompts, own orders, position and capital ladder are wanted.
        extent_since: Time, ns, from which on the range of what has traded is wanted; None for none.
    """

    ladder_top: int | None = None
    ladder_rows: int = 0
    prints: int = 0
    minimum_size: int = 1
    interval: str = "1m"
    bars: int = 0
    recent_seconds: int = 0
    profile: bool = False
    profile_of: ProfileOf = "session"
    profile_minutes: int = 30
    flow: bool = False
    footprints: int = 0
    zones: bool = False
    opened: str | None = None
    timing: bool = False
    pinned: PinnedRange | None = None
    mentor: bool = False
    trading: bool = False
    extent_since: int | None = None


class LadderRow(msgspec.Struct, frozen=True):
    """One price of the ladder, in lots; `bid_orders` and `ask_orders` count orders.

    What rests at a price that the schema does not reach is None. `buy`, `sell` and `none` are lots traded at this price
    in the running trading day, by aggressor. What was stacked (added) and pulled (taken away by its owner) lately is
    net of fills and of self-match prevention; None where the schema cannot tell. `recent_buy` and `recent_sell` are
    lots traded in the newest seconds that were asked for; None where none were, or nothing is known by price.
    """

    tick: int
    bid: int | None = 0
    bid_orders: int | None = 0
    ask: int | None = 0
    ask_orders: int | None = 0
    buy: int = 0
    sell: int = 0
    none: int = 0
    bid_stacked: int | None = None
    bid_pulled: int | None = None
    ask_stacked: int | None = None
    ask_pulled: int | None = None
    recent_buy: int | None = None
    recent_sell: int | None = None


class Print(msgspec.Struct, frozen=True):
    """What one aggressor traded in one matching event.

    Attributes:
        ts: Event time.
        side: `buy`, `sell`, or None where there is no aggressor (auction, implied, spread).
        first: Tick of its first fill.
        last: Tick of its last fill; differs from `first` when it swept.
        size: Lots.
        kind: How the aggressor came to trade.
        event: Running number of the matching event; prints of one event share it.
    """

    ts: int
    side: AggressorSide | None
    first: int
    last: int
    size: int
    kind: TradeKind
    event: int


class BarRow(msgspec.Struct, frozen=True):
    """One bar in ticks and lots; `start` is the first nanosecond of its interval.

    The split by aggressor is None where the source gives finished bars only, and so are the lowest and highest delta
    within the bar and its order-flow imbalance.
    """

    start: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    buy: int | None
    sell: int | None
    none: int | None
    trades: int | None
    cvd: int | None
    complete: bool
    low_delta: int | None = None
    high_delta: int | None = None
    ofi: int | None = None


class SessionProfile(msgspec.Struct, frozen=True):
    """Volume at price of the running trading day, in ticks and lots; `flow/profile_kernel.py` has the rules.

    Attributes:
        since: Event time of its first trade that was seen.
        volume: Lots, those without an aggressor included.
        low: Lowest traded price.
        high: Highest traded price.
        poc: Point of control: the price with most lots.
        value_low: Lowest price of the value area, which holds 70 % of the lots.
        value_high: Its highest price.
        vwap: Volume-weighted average price, in ticks.
        deviation: Standard deviation of the lots' prices, in ticks; bands stand at multiples of it around `vwap`.
        high_nodes: Peaks of volume, lowest price first.
        low_nodes: The deepest price between each two of them.
    """

    since: int | None
    volume: int
    low: int
    high: int
    poc: int
    value_low: int
    value_high: int
    vwap: float
    deviation: float
    high_nodes: tuple[int, ...]
    low_nodes: tuple[int, ...]


class CompositeProfile(msgspec.Struct, frozen=True):
    """Volume at price of the newest trading days together, the running one included; fields as of a session."""

    sessions: int
    volume: int
    low: int
    high: int
    poc: int
    value_low: int
    value_high: int


class DevelopedProfile(msgspec.Struct, frozen=True):
    """The day's profile as it stood at the close of the bar that began at `start`, which nothing changes later."""

    start: int
    poc: int
    value_low: int
    value_high: int
    vwap: float
    deviation: float


class VisibleProfile(msgspec.Struct, frozen=True):
    """Volume at price of the view's newest bars together; fields as of a session.

    Attributes:
        bars: How many of the view's bars it holds: bars of bought history and those too old to be kept by price have
            no part in it.
    """

    bars: int
    volume: int
    low: int
    high: int
    poc: int
    value_low: int
    value_high: int


class NakedPoc(msgspec.Struct, frozen=True):
    """The point of control of an earlier trading day that no later day's range has reached; `day_end` in ns."""

    day_end: int
    tick: int


class Profile(msgspec.Struct, frozen=True):
    """The volume profile beside the bars of a view.

    Attributes:
        session: The running trading day; None before its first trade.
        composite: The newest days together; None while only one was seen.
        naked: Oldest first.
        path: The profile at the close of each bar that the engines built for the view, and as it stands for the open
            one; bars of bought history have none.
        lots: Lots of `of` at consecutive ticks within the range of the view's bars, the lowest first.
        lots_low: Tick of the first of them.
        visible: The view's bars; None where they traded nothing.
        of: Whose lots these are.
        recent: The newest minutes, where they were asked for and traded.
    """

    session: SessionProfile | None
    composite: CompositeProfile | None
    naked: tuple[NakedPoc, ...]
    path: tuple[DevelopedProfile, ...]
    lots_low: int
    lots: tuple[int, ...]
    visible: VisibleProfile | None = None
    of: ProfileOf = "session"
    recent: VisibleProfile | None = None


class IcebergMark(msgspec.Struct, frozen=True, gc=False):
    """An iceberg as screens show it.

    Attributes:
        order_id: Its one order; None where the schema knows no orders.
        shown: Lots displayed now; None where that cannot be told from what others display at its price.
        display: Display quantity, where determined.
        first_ts: Time it was detected.
        last_ts: Time of its newest step.
        score: 1 where the records prove it, less where they could not be trusted.
        tier: How it was found; tiers are never mixed.
        chance: Of a synthetic one, the share of strangers' adds that have its size; None of other tiers.
        score_n: Of a synthetic one, the re-posts of clips like its own that the score rests on.
        remaining: Lots that are left of a native one in half of the cases like it; None while too few have ended, or
            its display is not determined.
        remaining_low: Lots that are left in nine of ten cases like it.
        remaining_high: Lots that are left in one of ten; None also where too many left before they were traded out.
        remaining_n: Complete icebergs that this rests on; None where it is not told.
    """

    id: str
    order_id: int | None
    side: PassiveSide
    tick: int
    shown: int | None
    display: int | None
    filled: int
    refreshes: int
    state: IcebergState
    first_ts: int
    last_ts: int
    score: float = 1.0
    tier: IcebergTier = "native"
    chance: float | None = None
    score_n: int | None = None
    remaining: int | None = None
    remaining_low: int | None = None
    remaining_high: int | None = None
    remaining_n: int | None = None

    @property
    def is_live(self) -> bool:
        """Whether it may still be in the book."""
        return self.state in {"detected", "traded"}


class StopMark(msgspec.Struct, frozen=True, gc=False):
    """A stop run as screens show it: the ticks between which stops of one matching event traded."""

    ts: int
    side: AggressorSide
    orders: int
    volume: int
    first: int
    last: int


class FootprintRow(msgspec.Struct, frozen=True):
    """Lots traded at one price within a bar, by aggressor, and whether they outweigh their diagonal counterpart."""

    tick: int
    buy: int
    sell: int
    none: int
    buy_imbalance: bool
    sell_imbalance: bool


class Stack(msgspec.Struct, frozen=True):
    """Imbalances of one side at consecutive prices."""

    side: AggressorSide
    low: int
    high: int


class Footprint(msgspec.Struct, frozen=True):
    """What traded at each price of one bar.

    Attributes:
        start: First nanosecond of the bar's interval.
        rows: Every tick between the bar's low and high, highest first.
        stacks: Stacked imbalances, lowest first.
        unfinished_high: Both sides traded at the high: the auction there is not over.
        unfinished_low: The same at the low.
    """

    start: int
    rows: tuple[FootprintRow, ...]
    stacks: tuple[Stack, ...]
    unfinished_high: bool
    unfinished_low: bool


class FlowWindow(msgspec.Struct, frozen=True):
    """Aggressive volume of the newest seconds.

    Attributes:
        seconds: Length of the window.
        ofi: Order-flow imbalance at the best prices, lots; None where the schema tells no quotes.
        z: Delta in standard deviations of the same window earlier; None until there were enough of them.
        bias: Whose side the delta is on, beyond the dead-band; None within it or while `z` is None.
    """

    seconds: int
    buy: int
    sell: int
    none: int
    ofi: int | None
    z: float | None
    bias: AggressorSide | None

    @property
    def delta(self) -> int:
        """Lots bought minus lots sold by aggressors."""
        return self.buy - self.sell


class Divergence(msgspec.Struct, frozen=True):
    """A new extreme of price that cumulative delta did not follow.

    Attributes:
        side: The side that price speaks for after it: `sell` after a high, `buy` after a low.
        ts: End of the bar that made the extreme.
        tick: Price of the extreme.
        earlier_ts: End of the bar of the earlier extreme.
        earlier_tick: Its price.
    """

    side: AggressorSide
    ts: int
    tick: int
    earlier_ts: int
    earlier_tick: int


class OrderFlow(msgspec.Struct, frozen=True):
    """Who pushes, as of the newest second.

    Attributes:
        windows: Shortest first.
        cvd: Delta since the trading day began.
        queue_imbalance: Bid lots at the touch / (bid + ask lots there); None without both quotes.
        microprice: Average of best bid and ask, each weighted by the other side's lots, in ticks.
        divergence: The newest one of the view's interval that still stands.
        big_print: Lots from which a print is among the largest lately at this time of day; None until it is known.
    """

    windows: tuple[FlowWindow, ...]
    cvd: int
    queue_imbalance: float | None
    microprice: float | None
    divergence: Divergence | None
    big_print: int | None = None


class Evidence(msgspec.Struct, frozen=True):
    """One thing that speaks for a zone, in words and figures for the screen (`volume z`, `3.4`)."""

    name: str
    value: str
    ts: int | None = None


class ZoneMark(msgspec.Struct, frozen=True):
    """A place where somebody stood, as screens show it.

    Attributes:
        id: Stable within a session; what `ViewRequest.opened` names.
        kind: `iceberg`, `absorption`, `sweep`, `pool`, `gap` (fair value gap) or `memory`.
        label: What it is in a few words (`native iceberg`, `prior day high`).
        side: Passive side: a bid zone is support.
        low: Lowest tick.
        high: Highest tick.
        state: Where it stands in its life, in its kind's own word.
        live: Whether it still means something.
        score: Strength of the evidence, 0 to 1; None where none is given.
        evidence: The most telling first.
        reason: Why it ended; empty while it lives.
    """

    id: str
    kind: ZoneKind
    label: str
    side: PassiveSide
    low: int
    high: int
    first_ts: int
    last_ts: int
    state: str
    live: bool
    score: float | None
    evidence: tuple[Evidence, ...]
    reason: str = ""


class ZoneRecord(msgspec.Struct, frozen=True, gc=False):
    """One record that a zone rests on.

    Attributes:
        index: Number of the record in the stream, from 0.
        what: In a word or two (`filled`, `refreshed`, `sell trade`, `stop`).
        size: Lots.
        order_id: The order's or the aggressor's; None where the schema knows none.
    """

    index: int
    ts: int
    what: str
    tick: int
    size: int
    order_id: int | None


class OpenedZone(msgspec.Struct, frozen=True):
    """A zone with the newest records behind it, oldest first, and how many there are in all."""

    mark: ZoneMark
    records: tuple[ZoneRecord, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Health:
    """Counters that tell how clean the data is; all zero in a clean session that began with a snapshot."""

    unknown_orders: int = 0
    crossed_events: int = 0
    bad_records: int = 0
    late_records: int = 0
    off_tick: int = 0
    far_orders: int = 0


@dataclass(frozen=True, slots=True)
class MarketView:
    """The market at the end of the last matching event that was processed.

    Attributes:
        sequence: Number of records processed; two views with the same sequence show the same market.
        event_time: Newest exchange time seen (ns), None before the first record.
        receive_time: Newest capture time seen (ns), None before the first record.
        best_bid: Tick of the best bid, None where there is none. In an auction it may stand above `best_ask`.
        last: Tick of the last trade.
        last_side: Its aggressor.
        volume: Lots traded in the running trading day.
        delta: Lots bought minus lots sold by aggressors in the running trading day; None where the source does not
            tell aggressors.
        trades: Trade records in the running trading day; None where the source tells none.
        ladder: Highest price first.
        prints: Oldest first.
        bars: Oldest first.
        profile: None where it was not asked for, or the source tells bars only.
        icebergs: Live icebergs and the newest ended ones, oldest first.
        stops: The newest stop runs, oldest first.
        flow: None where it was not asked for, or the source tells bars only.
        footprints: Of the newest bars, oldest first; bars of bought history have none.
        zones: Live zones and the newest ended ones, oldest first; empty where they were not asked for.
        opened: The zone that was asked for; None where there is none of that id any more.
        missing: What the schema cannot give, in words for the screen (`icebergs: no order ids in trades`).
        timing: None where it was not asked for.
        mentor: None where it was not asked for, or before its first evaluation.
        trading: None where it was not asked for, or nothing can be traded; the session puts it in, no engine does.
        extent: Lowest and highest price that has traded since the time that was asked for, rounded down to its second
            (to its minute where that was long ago); None where nothing has, or it was not asked for.
    """

    sequence: int
    instrument: Instrument | None
    provenance: Provenance
    schema: str | None
    event_time: int | None
    receive_time: int | None
    phase: MarketPhase
    book: BookState
    best_bid: int | None = None
    best_bid_size: int | None = None
    best_ask: int | None = None
    best_ask_size: int | None = None
    last: int | None = None
    last_side: AggressorSide | None = None
    last_size: int | None = None
    volume: int = 0
    delta: int | None = None
    trades: int | None = None
    resting_orders: int | None = None
    ladder: tuple[LadderRow, ...] = ()
    prints: tuple[Print, ...] = ()
    interval: str = "1m"
    bars: tuple[BarRow, ...] = ()
    profile: Profile | None = None
    icebergs: tuple[IcebergMark, ...] = ()
    stops: tuple[StopMark, ...] = ()
    flow: OrderFlow | None = None
    footprints: tuple[Footprint, ...] = ()
    zones: tuple[ZoneMark, ...] = ()
    opened: OpenedZone | None = None
    health: Health = field(default_factory=Health)
    missing: tuple[str, ...] = ()
    timing: Timing | None = None
    mentor: MentorView | None = None
    trading: TradingView | None = None
    extent: tuple[int, int] | None = None
