"""Sweeps, accepted breaks and pools in words and figures: event lines, marks with their evidence, the trades behind.

A pool's mark stands on the side of the market where it lies: `ask` for a pool of highs above, `bid` for one of lows
below. A sweep's mark stands on the side that held: sell stops below lows that were taken and given back make a `bid`
zone from the extreme to the nearest pool taken. It lives until a minute closes beyond its extreme, or for an hour.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from engines.book.layout import KIND_STOP, RecordArray
from engines.events import AggressorSide, PassiveSide, Sweep, SweepEvidence, SweptPool
from engines.timing.swings import ClosedBar
from engines.view import Evidence, OpenedZone, ZoneMark, ZoneRecord
from engines.zones.pools import Pool
from engines.zones.sweeps_evidence import RunFacts
from engines.zones.sweeps_layout import HIGHS
from feeds.instrument import Instrument

SWEEPS_KEPT: Final = 16
"""Sweeps kept for screens."""
POOLS_MARKED: Final = 4
"""Pools of one side that are marked."""
_LIFE_NS: Final = 3_600_000_000_000
_PASSIVE: Final[tuple[PassiveSide, PassiveSide]] = ("ask", "bid")
"""Where a pool lies, and who holds once it has been swept: sellers above highs, buyers below lows."""
_OWN: Final[tuple[AggressorSide, AggressorSide]] = ("buy", "sell")
_AGAINST: Final[tuple[AggressorSide, AggressorSide]] = ("sell", "buy")
_TRADE_WORDS: Final = ("buy trade", "sell trade", "trade")


@dataclass(frozen=True, slots=True)
class Swept:
    """A sweep as it was found.

    Attributes:
        main: The pool it is named after.
        others: The other pools of its run.
        stops: Stop orders beyond the main pool, and their lots; None where the schema tells no orders.
        icebergs: How many of them stood beyond the main pool; `absorptions` alike.
        trades: RUN_TRADE rows, the newest, oldest first, and how many there were in all; None where nobody will look.
        average: Average range of a minute, ticks.
    """

    ts: int
    main: Pool
    others: tuple[Pool, ...]
    facts: RunFacts
    stops: tuple[int, int] | None
    icebergs: int
    absorptions: int
    trades: tuple[RecordArray, int] | None
    average: float
    score: float


@dataclass(frozen=True, slots=True)
class Broken:
    """A pool whose break the market accepted; `extreme` is a reach."""

    ts: int
    side: int
    pool: Pool
    extreme: int
    reason: str


@dataclass(slots=True)
class _Kept:
    """A sweep's mark, and what its records are made of."""

    mark: ZoneMark
    side: int
    extreme: int
    trades: RecordArray
    count: int


class Teller:
    """Makes event lines and marks, and keeps the newest sweeps."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._kept: deque[_Kept] = deque(maxlen=SWEEPS_KEPT)
        self._live: list[_Kept] = []
        self._sweeps = 0
        self._breaks = 0

    def sweep(self, swept: Swept) -> Sweep:
        """Return the event of a sweep, and keep its mark if somebody may look."""
        self._sweeps += 1
        side, facts = swept.facts.side, swept.facts
        extreme = _tick(side, facts.extreme)
        ticks = [pool.tick for pool in (swept.main, *swept.others)]
        low, high = min(*ticks, extreme), max(*ticks, extreme)
        event = Sweep(
            ts=swept.ts,
            id=f"sweep-{self._sweeps}",
            pool=self._pool(swept.main),
            side=swept.main.liquidity,
            state="swept",
            extreme=self._instrument.price(extreme),
            penetration=facts.beyond,
            low=self._instrument.price(low),
            high=self._instrument.price(high),
            direction=_AGAINST[side],
            score=swept.score,
            evidence=self._evidence(swept),
            reason=f"back inside after {facts.seconds:.1f} s",
        )
        if swept.trades is not None:
            kept = _Kept(_sweep_mark(event, swept, low, high), side, facts.extreme, *swept.trades)
            self._kept.append(kept)
            self._live.append(kept)
        return event

    def accepted(self, broken: Broken) -> Sweep:
        """Return the event of an accepted break."""
        self._breaks += 1
        extreme = _tick(broken.side, broken.extreme)
        price = self._instrument.price
        return Sweep(
            ts=broken.ts,
            id=f"break-{self._breaks}",
            pool=self._pool(broken.pool),
            side=broken.pool.liquidity,
            state="broken",
            extreme=price(extreme),
            penetration=broken.extreme - broken.pool.reach,
            low=price(min(broken.pool.tick, extreme)),
            high=price(max(broken.pool.tick, extreme)),
            direction=_OWN[broken.side],
            score=None,
            evidence=None,
            reason=broken.reason,
        )

    def close_minute(self, bar: ClosedBar) -> None:
        """End the sweeps that a closed minute refutes, and those that are old."""
        if not self._live:
            return
        for kept in self._live:
            reach = bar.close if kept.side == HIGHS else -bar.close
            if reach > kept.extreme:
                kept.mark = _ended(kept.mark, bar.end, "a minute closed beyond its extreme")
            elif bar.end - kept.mark.first_ts >= _LIFE_NS:
                kept.mark = _ended(kept.mark, bar.end, "an hour old")
        self._live = [kept for kept in self._live if kept.mark.live]

    def sweep_marks(self) -> tuple[ZoneMark, ...]:
        """Return the newest sweeps, oldest first."""
        return tuple(kept.mark for kept in self._kept)

    def pool_marks(self, pools: Iterable[Pool], last: int, near: int) -> tuple[ZoneMark, ...]:
        """Return the pools that draw most within `near` ticks of `last`, oldest first."""
        found: list[Pool] = []
        within = [pool for pool in pools if abs(pool.tick - last) <= near]
        for side in range(2):
            chosen = sorted((pool for pool in within if pool.side == side), key=lambda pool: (-pool.weight, pool.reach))
            found += chosen[:POOLS_MARKED]
        return tuple(_pool_mark(pool) for pool in sorted(found, key=attrgetter("first_ts")))

    def opened(self, zone_id: str) -> OpenedZone | None:
        """Return a kept sweep with the trades beyond its first pool; None where there is none of that id."""
        kept = next((kept for kept in self._kept if kept.mark.id == zone_id), None)
        if kept is None:
            return None
        fields = kept.trades[["index", "clock", "order_id", "tick", "size", "side", "kind"]].tolist()
        records = tuple(
            ZoneRecord(index, clock, "stop" if kind == KIND_STOP else _TRADE_WORDS[side], tick, size, order_id or None)
            for index, clock, order_id, tick, size, side, kind in fields
        )
        return OpenedZone(kept.mark, records, kept.count)

    def _pool(self, pool: Pool) -> SweptPool:
        strongest = pool.strongest
        return SweptPool(strongest.kind, self._instrument.price(pool.tick), strongest.label)

    def _evidence(self, swept: Swept) -> SweepEvidence:
        facts = swept.facts
        stops, stop_volume = swept.stops or (None, None)
        return SweepEvidence(
            ranges=round(facts.beyond / swept.average, 3),
            stops=stops,
            stop_volume=stop_volume,
            stop_burst=facts.stop_burst,
            volume=facts.volume,
            burst=facts.burst,
            delta_before=facts.delta_before,
            delta_after=facts.delta_after,
            icebergs=swept.icebergs,
            absorptions=swept.absorptions,
            seconds=facts.seconds,
            others=tuple(self._pool(pool) for pool in sorted(swept.others, key=attrgetter("reach"))),
        )


def _tick(side: int, reach: int) -> int:
    return reach if side == HIGHS else -reach


def _sweep_mark(event: Sweep, swept: Swept, low: int, high: int) -> ZoneMark:
    facts = swept.facts
    words = [
        Evidence("pools", ", ".join(pool.strongest.label for pool in (swept.main, *swept.others)), swept.ts),
        Evidence(
            "beyond", f"{facts.beyond} ticks, {facts.beyond / swept.average:.2f} average ranges", facts.extreme_ts
        ),
    ]
    if swept.stops is not None:
        words.append(Evidence("stops", "{} orders, {} lots".format(*swept.stops)))
        words.append(Evidence("burst of stops", f"{facts.stop_burst:.1f} times usual"))
    else:
        words.append(Evidence("burst", f"{facts.burst:.1f} times usual"))
    words.append(Evidence("delta", f"{facts.delta_before:+d} to the extreme, {facts.delta_after:+d} after"))
    words.append(Evidence("return", f"{facts.seconds:.1f} s", swept.ts))
    if swept.icebergs:
        words.append(Evidence("icebergs beyond", str(swept.icebergs)))
    if swept.absorptions:
        words.append(Evidence("absorption beyond", str(swept.absorptions)))
    return ZoneMark(
        id=event.id,
        kind="sweep",
        label=f"{swept.main.strongest.label} swept",
        side=_PASSIVE[facts.side],
        low=low,
        high=high,
        first_ts=event.ts,
        last_ts=event.ts,
        state="swept",
        live=True,
        score=swept.score,
        evidence=tuple(words),
    )


def _ended(mark: ZoneMark, ts: int, reason: str) -> ZoneMark:
    return ZoneMark(
        id=mark.id,
        kind=mark.kind,
        label=mark.label,
        side=mark.side,
        low=mark.low,
        high=mark.high,
        first_ts=mark.first_ts,
        last_ts=ts,
        state="ended",
        live=False,
        score=mark.score,
        evidence=mark.evidence,
        reason=reason,
    )


def _pool_mark(pool: Pool) -> ZoneMark:
    sources = sorted(pool.sources.values(), key=lambda source: (-source.weight, source.since, source.label))
    return ZoneMark(
        id=pool.id,
        kind="pool",
        label=pool.strongest.label,
        side=_PASSIVE[pool.side],
        low=pool.tick,
        high=pool.tick,
        first_ts=pool.first_ts,
        last_ts=max(source.since for source in sources),
        state="untouched",
        live=True,
        score=pool.weight,
        evidence=tuple(Evidence("known as", source.label, source.since) for source in sources),
    )
