"""What iceberg memory takes as proof that somebody stood at a price."""

from typing import Final

import msgspec

from engines.events import PassiveSide
from engines.view import ZoneRecord
from engines.zones.found import Found
from engines.zones.icebergs import Hidden, IcebergStep, records_of

_PROVEN_BY: Final = {"native": "native iceberg", "inferred": "inferred iceberg"}
"""Tiers of icebergs that are remembered, in words; a synthetic chain is too often chance."""


class Remembered(msgspec.Struct, frozen=True, gc=False):
    """Proof that somebody stood at a price: what another engine hands to memory.

    Attributes:
        source: Id of what proved it, unique within the session; later proof of the same replaces the earlier.
        kind: What it is, in words (`native iceberg`).
        side: Passive side.
        low: Lowest tick.
        high: Highest tick.
        lots: Lots it took in so far, times how far the proof can be trusted (0 to 1).
        ts: Clock of the proof, ns.
        ended: Whether nothing more is to come of it.
        row: What it rests on, where a native iceberg proves it.
    """

    source: str
    kind: str
    side: PassiveSide
    low: int
    high: int
    lots: float
    ts: int
    ended: bool = False
    row: Hidden | None = None


def proofs_of(found: Found) -> list[Remembered]:
    """Return what a stretch's icebergs prove: those that drew on their reserve, with their lots so far."""
    return [_proof_of(step) for step in found.steps if step.mark.refreshes and step.mark.tier in _PROVEN_BY]


def _proof_of(step: IcebergStep) -> Remembered:
    mark = step.mark
    tick, ended = mark.tick, not mark.is_live
    lots = mark.filled * mark.score
    return Remembered(mark.id, _PROVEN_BY[mark.tier], mark.side, tick, tick, lots, step.ts, ended, step.row)


def record_of(row: Hidden) -> ZoneRecord:
    """Return the fill that a row tells, called a refresh where it drew on the reserve, or how its order left."""
    records = records_of(row)
    fill = records[0]
    if len(records) < 2:
        return fill
    return ZoneRecord(fill.index, fill.ts, records[1].what, fill.tick, fill.size, fill.order_id)
