"""What iceberg memory carries from one session into the next: plain data, so that a session can keep it in a file.

Prices are integer ticks of one contract, times nanoseconds UTC. Nothing here costs the compiler.
"""

from typing import Literal

import msgspec

from engines.events import PassiveSide

Verdict = Literal["open", "held", "failed"]
"""What became of a touch: price left before it went through, or the other way round; `open` while it did neither."""


class KeptTouch(msgspec.Struct):
    """One visit of price to a zone, and what price did after it.

    Attributes:
        ts: Event time of the touch.
        side: The zone's side then.
        near: The zone's edge that price came to first; reactions are measured from it.
        goal: Ticks that price had to leave by, to count as held.
        limit: Ticks that price had to go against the zone, to count as failed.
        best: Largest favourable excursion since (MFE), ticks.
        worst: Largest adverse excursion since (MAE), ticks.
        reactions: (MFE, MAE) at each horizon that is over, shortest first.
        watched: Whether later horizons are still to come.
    """

    ts: int
    side: PassiveSide
    near: int
    goal: int
    limit: int
    best: int = 0
    worst: int = 0
    verdict: Verdict = "open"
    reactions: tuple[tuple[int, int], ...] = ()
    watched: bool = True


class KeptZone(msgspec.Struct, frozen=True):
    """One remembered zone.

    Attributes:
        number: Stable within the contract; its events are called `memory-<number>`.
        evidence: Lots behind it, each source's in multiples of the lots that a price traded in a minute then.
        kinds: What it was found by, oldest first (`native iceberg`).
        first_ts: Time of its first evidence.
        last_ts: Time of the newest thing that happened to it.
        session: Number of the trading session in which it was last confirmed.
        touches: Visits since it was remembered.
        judged: Of those since it has its side: visits that held or failed.
        held: Of them: that held.
        flipped: Whether it was broken once, and changed its side.
        armed: Whether price has been away since its last visit, so that the next one counts.
        origin: The contract that it was found in, and the ticks added since; empty where that is this one.
        recent: The newest touches, oldest first.
    """

    number: int
    side: PassiveSide
    low: int
    high: int
    evidence: float
    kinds: tuple[str, ...]
    first_ts: int
    last_ts: int
    session: int
    touches: int = 0
    judged: int = 0
    held: int = 0
    flipped: bool = False
    armed: bool = False
    origin: str = ""
    recent: tuple[KeptTouch, ...] = ()


class Recollection(msgspec.Struct, frozen=True):
    """The memory of one contract as it stood at a moment.

    Attributes:
        zones: By number.
        next_number: Number of the next new zone.
        sessions: Trading sessions seen so far.
        last_day: Begin of the newest of them; 0 before the first.
        minutes: (range in ticks, lots) of the newest minutes that traded, oldest first.
        watched_until: Event time up to which prices were seen; 0 before the first.
        last: Last traded tick; None before the first.
        taken: Contracts whose zones have been taken over already.
    """

    zones: tuple[KeptZone, ...] = ()
    next_number: int = 1
    sessions: int = 0
    last_day: int = 0
    minutes: tuple[tuple[int, int], ...] = ()
    watched_until: int = 0
    last: int | None = None
    taken: tuple[str, ...] = ()


def taken_over(own: Recollection, earlier: Recollection, *, contract: str, offset: int) -> Recollection:
    """Return `own` with the zones of another contract of the same product, mapped by what it trades higher.

    Ages go on: the other contract's sessions count before this one's. Touches whose reactions were still watched end:
    no price of this contract says how they would have gone on.

    Args:
        own: The contract that is followed now.
        earlier: The other contract.
        contract: The other contract's name, noted so that its zones are taken once.
        offset: Ticks to add to the other contract's prices.
    """
    mapped = tuple(
        msgspec.structs.replace(
            zone,
            number=own.next_number + place,
            low=zone.low + offset,
            high=zone.high + offset,
            armed=False,
            origin=zone.origin or f"{contract} {offset:+d}",
            recent=tuple(_moved(touch, offset) for touch in zone.recent),
        )
        for place, zone in enumerate(earlier.zones)
    )
    kept = (msgspec.structs.replace(zone, session=zone.session + earlier.sessions) for zone in own.zones)
    return msgspec.structs.replace(
        own,
        zones=(*kept, *mapped),
        next_number=own.next_number + len(mapped),
        sessions=own.sessions + earlier.sessions,
        last_day=max(own.last_day, earlier.last_day),
        taken=(*own.taken, contract),
    )


def _moved(touch: KeptTouch, offset: int) -> KeptTouch:
    return msgspec.structs.replace(touch, near=touch.near + offset, watched=False)
