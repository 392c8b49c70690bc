"""What is answered, field by field; the OpenAPI document is made from these types, which are encoded as they stand.

Prices are decimal numbers on the tick, times nanoseconds UTC, sizes lots. Unknown is null, never zero. Sides of zones
are `bid` and `ask` (who waits there), of trades and of the mentor's score `buy` and `sell`.
"""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from engines.events import AggressorSide, MarketPhaseName, PassiveSide, Pillar
from engines.mentor_view import Calibration, Gate
from engines.view import Evidence, ZoneKind
from qmo_tui.setting_tables.kinds import ChartInterval

MOST_ZONES: Final = 500
MOST_BARS: Final = 1_000


class MarketQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be asked of the market.

    Attributes:
        zones: Most live zones wanted, the nearest to the price first.
    """

    zones: Annotated[int, Meta(ge=0, le=MOST_ZONES)] = 20


class ZonesQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which zones are asked for; all of them unless told otherwise.

    Attributes:
        kind: Of one kind alone.
        side: Of one side alone.
        live: Only those that still mean something, or only those that have ended.
        count: Most zones wanted.
    """

    kind: ZoneKind | None = None
    side: PassiveSide | None = None
    live: bool | None = None
    count: Annotated[int, Meta(ge=1, le=MOST_ZONES)] = MOST_ZONES


class BarsQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which bars are asked for: the newest of an interval, the open one included."""

    interval: ChartInterval = "1m"
    count: Annotated[int, Meta(ge=1, le=MOST_BARS)] = 100


class LastTrade(msgspec.Struct, frozen=True):
    """The last trade; its side is the aggressor's, null where there is none. A price for context tells no size."""

    price: float
    size: int | None
    side: AggressorSide | None


class FeedStand(msgspec.Struct, frozen=True):
    """How far the data is the market of this moment.

    Attributes:
        state: `live`, `stale`, `degraded`, `connecting`, `reconnecting`, `context` (a delayed price stands in),
            `closed`, `replay` or `demo`.
        source: Which source is heard, in words.
        reason: Why the state is what it is; empty where there is nothing to say.
        since: When it became so, wall clock; null where not known.
        error: Why the feed ended; null while nothing is wrong.
    """

    state: str
    source: str
    reason: str
    since: int | None
    error: str | None


class PlayingStand(msgspec.Struct, frozen=True):
    """Where a replay stands, in event time; nothing here can turn it.

    Attributes:
        speed: Times real time; null for as fast as possible.
        finished: It has been played to its end.
        seeking: Whether it is on its way to another time, so that what is told changes in leaps.
        position: Time that playing has come to; null before the first record.
        start: First time of the recording; null until it is known.
        end: Last time; null where the recording does not tell before it has been read.
    """

    paused: bool
    speed: float | None
    finished: bool
    seeking: bool
    position: int | None
    start: int | None
    end: int | None


class Zone(msgspec.Struct, frozen=True):
    """A place where somebody stood, with what speaks for it.

    Attributes:
        id: Stable within a session.
        label: What it is in a few words.
        side: Who waits there: a bid zone is support.
        low: Lowest price.
        high: Highest price.
        distance: Ticks from the last price to its nearest edge, 0 inside; null without a price.
        state: Where it stands in its life, in its kind's own word.
        live: Whether it still means something.
        score: Strength of the evidence, 0 to 1; null where none is given.
        evidence: The most telling first.
        reason: Why it ended; empty while it lives.
    """

    id: str
    kind: ZoneKind
    label: str
    side: PassiveSide
    low: float
    high: float
    distance: int | None
    first_ts: int
    last_ts: int
    state: str
    live: bool
    score: float | None
    evidence: tuple[Evidence, ...]
    reason: str


class Confidence(msgspec.Struct, frozen=True):
    """The mentor's score, with what it rests on: a model's score, and no probability unless `calibration` tells one.

    Attributes:
        score: Of `side`, 0 to 1; null without a side.
        coverage: Weight of the pillars that can be read, of all.
        threshold: Score from which it arms.
        armed: Whether the score has been high enough for long enough.
        calibration: What such scores came to on recorded sessions; null while nothing was calibrated.
    """

    score: float | None
    coverage: float
    threshold: float
    armed: bool
    calibration: Calibration | None


class PhaseStand(msgspec.Struct, frozen=True):
    """The market's phase; `since` is the end of the bar at which it was first called."""

    phase: MarketPhaseName
    direction: AggressorSide | None
    strength: float
    since: int


class Market(msgspec.Struct, frozen=True):
    """The market as it stands, all of one moment.

    Attributes:
        sequence: Records processed; answers of one sequence show the same market.
        provenance: `live`, `replay`, `demo` or `context`: only the first is the market of this moment.
        symbol: The contract; null before it is known.
        event_time: Newest exchange time; null before the first record.
        age_seconds: How long ago the newest record came, or of when the price is that stands in; null in a replay.
        playing: Null where the present is served.
        trading: `continuous`, `auction`, `halted` or `unknown`.
        book: How far the book can be trusted.
        price: Of the last trade.
        volume: Lots of the running trading day.
        delta: Lots bought less lots sold by aggressors in it.
        signal: The side while a prompt may arise (armed, every gate open), else `wait`. Waiting is no side.
        side: The side that market state and footprint agree on; null for none.
        confidence: Null before the mentor's first reading.
        pillars: In the order of their weights.
        gates: What may forbid a prompt whatever the score.
        zones: Live ones, the nearest first.
        missing: What the schema cannot give, in words.
        disclaimer: What all this is not.
    """

    sequence: int
    provenance: str
    symbol: str | None
    tick: float | None
    schema: str | None
    event_time: int | None
    age_seconds: float | None
    feed: FeedStand
    playing: PlayingStand | None
    trading: str
    book: str
    price: float | None
    bid: float | None
    bid_size: int | None
    ask: float | None
    ask_size: int | None
    last: LastTrade | None
    volume: int | None
    delta: int | None
    signal: Literal["buy", "sell", "wait"]
    side: AggressorSide | None
    confidence: Confidence | None
    phase: PhaseStand | None
    pillars: tuple[Pillar, ...]
    gates: tuple[Gate, ...]
    zones: tuple[Zone, ...]
    missing: tuple[str, ...]
    disclaimer: str


class Zones(msgspec.Struct, frozen=True):
    """Zones, the nearest to the price first; without a price the newest first."""

    sequence: int
    event_time: int | None
    price: float | None
    zones: tuple[Zone, ...]


class Candle(msgspec.Struct, frozen=True):
    """One bar; fields as of the event log's `bar`, `ts` is the end of its interval.

    Attributes:
        complete: False for the bar that is still open.
    """

    ts: int
    start: int
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
    complete: bool
    low_delta: int | None
    high_delta: int | None
    ofi: int | None


class BarList(msgspec.Struct, frozen=True):
    """Bars, the oldest first."""

    sequence: int
    event_time: int | None
    interval: ChartInterval
    bars: tuple[Candle, ...]


class StreamStand(msgspec.Struct, frozen=True):
    """How the stream stands.

    Attributes:
        id: Of this start of the program; sequence numbers of another one mean nothing here.
        first: Sequence number of the oldest line that is kept.
        next: Sequence number that the next line will have.
        clients: Programs that follow it.
        dropped: Programs that were dropped because they took too long.
    """

    id: str
    first: int
    next: int
    clients: int
    dropped: int


class DataHealth(msgspec.Struct, frozen=True):
    """Counts of what was wrong in the data; all zero in a clean session that began with a snapshot."""

    unknown_orders: int
    crossed_events: int
    bad_records: int
    late_records: int
    off_tick: int
    far_orders: int


class Health(msgspec.Struct, frozen=True):
    """How the session and this server are.

    Attributes:
        healthy: Whether the feed is live (or a replay plays) and nothing has ended it.
        sequence: Records processed.
        records_per_second: Over the last second.
        playing: As of the market.
        gaps: Times records may have been lost; null in a replay.
        lag_ms: The longest that the program was late within the last seconds; null in its first.
        recording: What is being recorded, in a few words; null for nothing.
        notes: Lasting remarks about the data.
    """

    healthy: bool
    version: str
    sequence: int
    event_time: int | None
    age_seconds: float | None
    feed: FeedStand
    playing: PlayingStand | None
    book: str
    records_per_second: float
    gaps: int | None
    lag_ms: float | None
    recording: str | None
    data: DataHealth
    stream: StreamStand
    notes: tuple[str, ...]
