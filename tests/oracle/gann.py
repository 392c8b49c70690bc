"""Clusters found by trying every set of neighbouring levels."""

from collections.abc import Sequence


def clusters(levels: Sequence[tuple[int, int]], width: int, least: int) -> list[tuple[int, int, int]]:
    """Return (low, high, families) of the clusters of levels told as (tick, family), the lowest first."""
    places = []
    for low in sorted({tick for tick, _ in levels}):
        for high in range(low, low + width + 1):
            families = {family for tick, family in levels if low <= tick <= high}
            if len(families) >= least:
                places.append((-len(families), high - low, low))
    kept: list[tuple[int, int, int]] = []
    for votes, span, low in sorted(places):
        high = low + span
        if all(low - other_high > width or other_low - high > width for other_low, other_high, _ in kept):
            kept.append((low, high, -votes))
    return sorted(kept)
