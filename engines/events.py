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


class Event(msgspec.Struct, frozen=True, tag_field="kind", kw_only=True):
    """What all events share.

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


class Bar(Event, frozen=True, tag="bar", kw_only=True):
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


class Iceberg(Event, frozen=True, tag="iceberg", kw_only=True):
    """One step in the life of an iceberg; one line per matching event.

    Attributes:
        id: Stable within a log: tier and running number.
        side: Passive side: a bid iceberg buys.
        display: Display quantity recovered from the refreshes so far, lots; null until they determine it.
        filled: Lots filled since the order's first fill.
        refreshes: Times the displayed quantity was reinstated.
        score: Strength of the evidence, 0 to 1; native is exact and scores 1.
        shown: Lots displayed after this event.
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
    shown: int


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


class Feed(Event, frozen=True, tag="feed", kw_only=True):
    """A change of the source's state, with its reason."""

    state: str
    source: str
    reason: str


HASHED_KINDS: Final = frozenset(
    {"bar", "iceberg", "stops", "absorption", "sweep", "phase", "window", "pillars"}
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
