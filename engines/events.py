"""The event vocabulary: what the engines say, one JSON line each.

Every line starts with `kind` and `ts` (nanoseconds UTC, event time); prices are decimal numbers on the tick, sides of
zones are `bid` / `ask` (the passive side), sides of trades `buy` / `sell` (the aggressor). Fields may be added, never
renamed. Unknown is null, never zero.
"""

import hashlib
from typing import Final, Literal

import msgspec

PassiveSide = Literal["bid", "ask"]
AggressorSide = Literal["buy", "sell"]
IcebergTier = Literal["native", "synthetic", "inferred"]
IcebergState = Literal["detected", "traded", "executed", "cancelled", "expired"]
AbsorptionState = Literal["formed", "touched", "confirmed", "broken", "expired"]
MarketPhaseName = Literal["accumulation", "distribution", "expansion", "balance"]
PillarName = Literal["QMO", "IMO", "Gann", "Astro", "Cycle"]
MemoryState = Literal["recalled", "remembered", "touched", "held", "failed", "reacted", "broken", "flipped", "died"]


class Event(msgspec.Struct, frozen=True, tag_field="kind", gc=False):
    """What all events share.

    Those that are said by the hundred an hour, of bars, icebergs and memory, are made by place: naming two dozen fields
    takes msgspec ten times as long. All others are made by name. None can hold itself: the garbage collector is spared.

    Attributes:
        ts: Event time, nanoseconds since 1970 UTC, from the records alone.
    """

    ts: int


class Session(Event, frozen=True, tag="session", kw_only=True):
    """First line of a log: what was listened to, and with which settings."""

    source: str
    provenance: str
    dataset: str
    symbol: str
    instrument_id: int
    schema: str | None
    tick: float
    multiplier: float | None
    version: str
    settings_digest: str


class StackedImbalance(msgspec.Struct, frozen=True, gc=False):
    """Prices at which one side outweighed its diagonal counterpart without a tick between; `side` is the aggressor."""

    side: AggressorSide
    low: float
    high: float


class BarDivergence(msgspec.Struct, frozen=True, gc=False):
    """A bar's new extreme that cumulative delta did not follow.

    Attributes:
        side: The side that price speaks for after it: `sell` at a high, `buy` at a low.
        price: The extreme.
        earlier: End of the bar whose extreme it exceeded, ns.
        earlier_price: That extreme.
    """

    side: AggressorSide
    price: float
    earlier: int
    earlier_price: float


class Bar(Event, frozen=True, tag="bar"):
    """A closed bar; `ts` is the end of its interval.

    Attributes:
        interval: `1s`, `1m`, `5m`, `15m`, `1h` or `session`.
        start: First nanosecond of the interval.
        volume: Lots traded; `buy + sell + none`.
        none: Lots without an aggressor (auctions, implied and spread trades); never part of `delta`.
        delta: `buy - sell`.
        cvd: Delta accumulated since the trading day began, at the end of this bar.
        gap: Intervals without a trade between this bar and the one before it in the same trading day.
        complete: False for a bar still open when the data ended.
        low_delta: Lowest delta since the bar began, where it was 0.
        high_delta: The highest.
        ofi: Order-flow imbalance at the best prices over the seconds that ended in it, lots; null where no quotes are
            told.
        stacks: Stacked imbalances of its footprint, the lowest first.
        unfinished_high: Whether both sides traded at its high.
        unfinished_low: The same of its low.
        divergence: Null where there is none.
    """

    interval: str
    open: float
    high: float
    low: float
    close: float
    volume: int
    buy: int | None
    sell: int | None
    none: int | None
    trades: int | None
    delta: int | None
    cvd: int | None
    start: int
    gap: int
    complete: bool
    low_delta: int | None = None
    high_delta: int | None = None
    ofi: int | None = None
    stacks: list[StackedImbalance] | None = None
    unfinished_high: bool | None = None
    unfinished_low: bool | None = None
    divergence: BarDivergence | None = None


class Iceberg(Event, frozen=True, tag="iceberg"):
    """One step in the life of an iceberg; one line per matching event.

    Attributes:
        id: Stable within a log: tier and running number.
        order_id: Null where the schema knows no orders.
        side: Passive side: a bid iceberg buys.
        display: Display quantity recovered from the refreshes so far, lots; null until they determine it.
        filled: Lots filled since the order's first fill; of an inferred one, lots traded at its price since it was
            detected.
        refreshes: Times the displayed quantity was reinstated; of an inferred one, events that drew on its reserve.
        score: Strength of the evidence, 0 to 1; a native one scores 1, and less once the book was suspect; a synthetic
            one the estimated precision of its like, as of this line.
        shown: Lots displayed after this event; null where that cannot be told from what others display.
        hidden: Lots that came out of the reserve in this event, to trade or to be shown; told of inferred ones only.
        chance: Share of strangers' adds that have its size, as of this line; told of synthetic ones only.
    """

    id: str
    tier: IcebergTier
    order_id: int | None
    side: PassiveSide
    price: float
    display: int | None
    filled: int
    refreshes: int
    state: IcebergState
    score: float
    shown: int | None
    hidden: int | msgspec.UnsetType = msgspec.UNSET
    chance: float | msgspec.UnsetType = msgspec.UNSET


class Stops(Event, frozen=True, tag="stops", kw_only=True):
    """Stop orders that fired inside one matching event.

    Attributes:
        side: `buy` for buy stops (which lift the price).
        orders: Stop orders that traded.
        volume: Lots they took.
        from_price: First price a stop traded at.
        to_price: Last price a stop traded at.
    """

    side: AggressorSide
    orders: int
    volume: int
    from_price: float = msgspec.field(name="from")
    to_price: float = msgspec.field(name="to")


class Absorption(Event, frozen=True, tag="absorption", kw_only=True):
    """One step in the life of a zone that took heavy aggression without giving way.

    Attributes:
        id: `absorption-` and a running number.
        side: Passive side: sellers hit a bid zone, and it holds.
        low: Lowest price of the zone.
        volume: Aggressive lots into it since its first trade.
        progress: Ticks traded beyond it at most, in the newest finding; the three measures after it are that finding's.
        refill_ratio: Lots that came back into its queues for each that traded; null where the schema tells no queues.
        volume_z: Deviations above what usually trades into one zone.
        impact_z: Deviations by which price fell short of what such pressure usually does to it.
        touches: Times that price was there, each return from well away counted.
        native_share: Share of `volume` that native icebergs filled; null where the schema tells no orders.
        score: How far its measures are beyond what is just enough, 0 to 1; 0.5 where they are just enough.
        reason: Why this step was taken, in words.
    """

    id: str
    side: PassiveSide
    low: float
    high: float
    volume: int
    progress: int
    refill_ratio: float | None
    volume_z: float
    impact_z: float
    touches: int
    native_share: float | None
    score: float
    state: AbsorptionState
    reason: str


class SweptPool(msgspec.Struct, frozen=True, gc=False):
    """A liquidity pool as a sweep names it: `kind` for programs, `label` for people (`prior day high`)."""

    kind: str
    price: float
    label: str


class SweepEvidence(msgspec.Struct, frozen=True, gc=False):
    """What speaks for a sweep, of its run from the first pool crossed to the return.

    Attributes:
        ranges: Ticks beyond the pool, in average ranges of a minute.
        stops: Stop orders that traded beyond the pool; null, as the next two, where the schema tells no orders.
        stop_volume: Their lots.
        stop_burst: Most lots of stops within five seconds, in multiples of what is usual.
        volume: Lots that traded beyond the first pool.
        burst: Most lots of the run's own aggressors within five seconds, in multiples of what is usual.
        delta_before: Lots bought minus sold by aggressors until the market left the extreme.
        delta_after: The same from there to the return.
        icebergs: Icebergs that were found or filled beyond, on the passive side.
        absorptions: Zones of absorption that were said beyond, on the passive side.
        seconds: From the first pool crossed to the return.
        others: Other pools of the same run, the nearest first.
    """

    ranges: float
    stops: int | None
    stop_volume: int | None
    stop_burst: float | None
    volume: int
    burst: float
    delta_before: int
    delta_after: int
    icebergs: int
    absorptions: int
    seconds: float
    others: tuple[SweptPool, ...] = ()


class Sweep(Event, frozen=True, tag="sweep", kw_only=True):
    """A run beyond a liquidity pool that came back inside, or a break of one that the market accepted.

    Attributes:
        id: `sweep-` and a running number, `break-` and one for accepted breaks.
        pool: The pool that the run is named after: the one that draws most of those it took.
        side: `buy_side` where stops above highs were taken, `sell_side` below lows.
        state: `swept`, or `broken` for an accepted break.
        extreme: Farthest price of the run.
        penetration: Ticks from the pool to it.
        low: Lowest price of the zone between the nearest pool taken and the extreme.
        direction: What it speaks for: of a sweep the side opposite to the one that was taken, of a break its own.
        score: Strength of the evidence, 0 to 1; null for a break.
        evidence: Null for a break.
        reason: Why it ended like this, in words.
    """

    id: str
    pool: SweptPool
    side: Literal["buy_side", "sell_side"]
    state: Literal["swept", "broken"]
    extreme: float
    penetration: int
    low: float
    high: float
    direction: AggressorSide
    score: float | None
    evidence: SweepEvidence | None
    reason: str


class StructureBreak(Event, frozen=True, tag="structure", kw_only=True):
    """A bar closed beyond the newest confirmed swing; `ts` is the bar's end.

    Attributes:
        interval: Of the bars.
        what: `bos` in the direction of the trend, `choch` against it.
        direction: `buy` upwards.
        price: The swing that was broken.
        close: Where the bar closed.
        swing_start: First nanosecond of the bar that made the swing.
    """

    interval: str
    what: Literal["bos", "choch"]
    direction: AggressorSide
    price: float
    close: float
    swing_start: int


class FairValueGap(Event, frozen=True, tag="gap", kw_only=True):
    """One step in the life of a fair value gap; `ts` is the end of the bar that makes it.

    Attributes:
        id: `gap-`, the interval and a running number.
        direction: `buy` for a bullish one, below the market when it is made.
        low: Lowest price of the gap.
        state: `open`, `touched` once a bar trades into it, `filled` through it, `expired` when newer ones are too many.
        size: Its height in average ranges of a bar, when it was made.
        start: First nanosecond of the middle one of its three bars.
    """

    id: str
    interval: str
    direction: AggressorSide
    low: float
    high: float
    state: Literal["open", "touched", "filled", "expired"]
    size: float
    start: int


class Memory(Event, frozen=True, tag="memory"):
    """One step in the life of a remembered zone; `ts` is the clock of the trade or the end of the minute that shows it.

    Attributes:
        id: `memory-` and a number that stays the same across sessions of one contract.
        side: Passive side; it changes when the zone flips.
        low: Lowest price of the zone.
        state: What happened: `recalled` from earlier sessions, `remembered` (evidence came), `touched`, `held` and
            `failed` (which way price went first), `reacted` (an hour after a touch), `broken`, `flipped`, `died`.
        touches: Visits of price, one each, however long it stays.
        judged: Visits that held or failed since the zone has its side.
        held: Of them, those that held.
        age: Trading sessions since it was last confirmed.
        strength: Evidence x shrunk hit rate x decay, 0 to 1: a rank, no probability.
        reaction: Of the touch that the line is about, the largest favourable and adverse excursion in ticks 5, 15 and
            60 minutes after it, as far as they are over; null where none is.
        reason: Why, in words.
    """

    id: str
    side: PassiveSide
    low: float
    high: float
    state: MemoryState
    touches: int
    judged: int
    held: int
    age: int
    strength: float
    reaction: dict[str, tuple[int, int]] | None
    reason: str


class Window(Event, frozen=True, tag="window", kw_only=True):
    """A time in which somebody who believes in it looks closer; it has no direction. `ts` is when it was first known.

    Attributes:
        engine: `gann`, `astro` or `cycle`.
        name: What happens, in words (`Mercury turns direct`).
        start: First nanosecond.
        end: First nanosecond after it.
        exact: The moment it is about, ns UTC, to the second.
        price: Where it is expected, if anywhere.
        base_rate: How often such a thing is so by chance: of `astro` the share of all time that windows of its kind
            cover, of `cycle` the share of bars that lie in any, of `gann` the share of minutes so far that traded at
            any cluster; null until there are enough of them.
    """

    engine: Literal["gann", "astro", "cycle"]
    name: str
    start: int
    end: int
    exact: int
    price: float | None
    base_rate: float | None


class Reason(msgspec.Struct, frozen=True, gc=False):
    """One thing that a reading rests on: the line of this log that says it, and what it says, in words and a figure.

    Attributes:
        name: What was looked at (`efficiency ratio`, `bid absorption`).
        text: The finding, short enough for a row of the screen (`0.52 over 20 bars`).
        value: Its figure; null where it has none.
        kind: Kind of the line that it rests on.
        ts: That line's `ts`.
        id: Its `id`; of a bar or a structure its `interval`, of a window its `name`; empty where the kind has none.
    """

    name: str
    text: str
    value: float | None
    kind: str
    ts: int
    id: str = ""


class Phase(Event, frozen=True, tag="phase", kw_only=True):
    """What the market is doing, said when it changes; `ts` is the end of the five-minute bar that shows it.

    Attributes:
        phase: `balance` where nothing else can be said.
        direction: Which side it speaks for; null for none.
        strength: Share of what makes such a phase that is seen, 0 to 1; lower where flow cannot be seen.
        reasons: What was seen, the most telling first.
    """

    phase: MarketPhaseName
    direction: AggressorSide | None
    strength: float
    reasons: tuple[Reason, ...]


class Pillar(msgspec.Struct, frozen=True, gc=False):
    """One of the five readings that confidence is made of.

    Attributes:
        available: Whether it can be read at all; a quiet one is available.
        direction: Which side it speaks for; null for neither, as always of those that tell a time.
        strength: 0 to 1.
        weight: Of the settings.
        reasons: What it rests on.
        ts: Time of its newest evidence; null without any.
        note: Why it is quiet or unavailable; empty otherwise.
    """

    name: PillarName
    available: bool
    direction: AggressorSide | None
    strength: float
    weight: float
    reasons: tuple[Reason, ...]
    ts: int | None = None
    note: str = ""


class Pillars(Event, frozen=True, tag="pillars", kw_only=True):
    """The five pillars and the score they make, said when what they say changes.

    Attributes:
        side: The side that market state and footprint agree on; null for none.
        confidence: Score of that side, 0 to 1, a model's score and no probability; null without a side.
        coverage: Weight of the available pillars, of all.
        armed: Whether the score has been high enough for long enough.
    """

    pillars: tuple[Pillar, ...]
    side: AggressorSide | None
    confidence: float | None
    coverage: float
    armed: bool


class Feed(Event, frozen=True, tag="feed", kw_only=True):
    """A change of the source's state, with its reason; `ts` is the newest event time then, 0 before the first.

    Attributes:
        at: Wall clock of the change, ns UTC.
    """

    state: str
    source: str
    reason: str
    at: int


class TierTotals(msgspec.Struct, frozen=True):
    """Totals of one iceberg tier, each summed as `Iceberg` counts it: icebergs, refreshes, and lots filled.

    Of synthetic ones all are counted, also those that are not said because chance explains them.

    Attributes:
        said: Of the icebergs, those that have lines; told of synthetic ones only.
        estimate: Estimated precision of all re-posts of clips; null while it is unknown. Told of synthetic ones only.
        estimate_n: Re-posts of clips that it rests on.
    """

    ids: int
    refreshes: int
    lots: int
    said: int | msgspec.UnsetType = msgspec.UNSET
    estimate: float | msgspec.UnsetType | None = msgspec.UNSET
    estimate_n: int | msgspec.UnsetType = msgspec.UNSET


class Summary(Event, frozen=True, tag="summary", kw_only=True):
    """Last line of a log: totals over all records; `ts` is the newest event time.

    Attributes:
        records: Records read, of any kind and instrument.
        events: Matching events ended.
        trades: T records of the instrument.
        trade_events: Matching events that held a trade.
        unknown_orders: Cancels, modifies and fills of orders never seen.
        anonymous_fills: Fills without a side of orders never seen, such as market orders in an opening auction.
        crossed_events: Events that left the book locked or crossed in continuous trading.
        auction_crossed_events: The same before the open and in halts, where it is normal.
        late_records: Records whose event time lies before an earlier record's.
        far_orders: Orders too far from the market to stand on the ladder; kept, and counted among the resting ones.
        off_tick: Records whose price is no multiple of the tick; not applied.
        bad_records: Records that contradict the format or an earlier record.
        unclosed_events: Matching events ended by force because they grew beyond all measure.
        fifo_checks: Times an event filled orders at a price.
        fifo_violations: Of them, times an order in front was passed over.
        other_instruments: Records of other instruments, passed over.
        unread_records: Records of a type that this program does not know.
        instruments: What definition records described.
        icebergs: Totals per tier; a tier that the schema cannot tell is absent.
        counts: Lines logged per kind, this one left out.
        notes: What else the user should know, such as a cut file.
        wall_s: Seconds the run took; not part of any hash.
    """

    records: int
    events: int | None = None
    trades: int | None = None
    trade_events: int | None = None
    volume: int | None = None
    buy_volume: int | None = None
    sell_volume: int | None = None
    none_volume: int | None = None
    resting_orders: int | None = None
    best_bid: float | None = None
    best_ask: float | None = None
    unknown_orders: int | None = None
    anonymous_fills: int | None = None
    crossed_events: int | None = None
    auction_crossed_events: int | None = None
    late_records: int | None = None
    far_orders: int | None = None
    off_tick: int | None = None
    bad_records: int | None = None
    unclosed_events: int | None = None
    fifo_checks: int | None = None
    fifo_violations: int | None = None
    other_instruments: int | None = None
    icebergs: dict[str, TierTotals] | None = None
    unread_records: int = 0
    instruments: list[dict[str, str | int | float | bool | None]] = msgspec.field(default_factory=list)
    counts: dict[str, int] = msgspec.field(default_factory=dict)
    notes: list[str] = msgspec.field(default_factory=list)
    digest: str | None = None
    wall_s: float | None = None
    records_per_s: float | None = None
    peak_rss_mb: float | None = None


HASHED_KINDS: Final = frozenset(
    {"bar", "iceberg", "stops", "absorption", "sweep", "structure", "gap", "memory", "phase", "window", "pillars"}
)
"""Kinds computed from records alone; only they enter the digest."""

_ENCODER: Final = msgspec.json.Encoder()


def encode(event: Event) -> bytes:
    """Return the event's line, with its line feed."""
    return _ENCODER.encode(event) + b"\n"


class Digest:
    """A running hash over the lines that are computed from records alone.

    Equal for equal records and settings, whatever the batch size, speed, source or machine.
    """

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)

    def add(self, event: Event, line: bytes) -> None:
        """Take one event and its encoded line."""
        if event.__struct_config__.tag in HASHED_KINDS:
            self._hash.update(line)

    def hexdigest(self) -> str:
        """Return the hash of everything added so far, 32 hexadecimal digits."""
        return self._hash.hexdigest()
