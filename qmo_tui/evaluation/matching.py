"""Pairing what is true with what was said, one to one.

Two occurrences may be paired where their sides and their identities are equal, and time and price lie within a
tolerance. Of all ways to pair them that leave as few alone as can be, the one with the smallest total distance is
taken. It is found exactly, by augmenting along shortest paths: taking the nearest pair first can leave others without
partner. Occurrences that compete for each other are few, so this costs next to nothing.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

_SECOND_NS: Final = 1_000_000_000
_TICK_NS: Final = _SECOND_NS
"""In a distance, one tick counts as much as one second."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something at a place in time and price, as the truth knows it or as a detector said it.

    Attributes:
        begin: When it could first be known, or was said, ns.
        end: Until when it could be noticed, ns.
        low: Lowest tick.
        high: Highest tick.
        side: `bid` / `ask` of what waits, `buy` / `sell` of what acts.
        label: What to look it up by.
        identity: Order id, where that is known; only equal ones are paired.
        count: How many things it stands for, such as the stop orders of one matching event.
        figures: What truth and detector must agree on to be exact, by name; None where that cannot be compared.
    """

    begin: int
    end: int
    low: int
    high: int
    side: str
    label: str = ""
    identity: int | None = None
    count: int = 1
    figures: tuple[tuple[str, int], ...] | None = None


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far apart two occurrences may be and still be the same.

    Attributes:
        seconds: Between their spans; None is any time.
        ticks: Between their prices; None is any price.
        early: Whether what was said may be over before what is true began; else `seconds` holds only afterwards.
    """

    seconds: float | None = 0.0
    ticks: int | None = 0
    early: bool = True

    @property
    def span(self) -> int | None:
        """The time, ns."""
        return None if self.seconds is None else round(self.seconds * _SECOND_NS)

    def distance(self, one: Occurrence, other: Occurrence) -> int | None:
        """Return how far what is true and what was said are apart, None where that is too far.

        From begin to begin in ns, and a second a tick.
        """
        if one.side != other.side or one.identity != other.identity:
            return None
        if other.end < one.begin and not self.early:
            return None
        apart = max(one.begin - other.end, other.begin - one.end, 0)
        ticks = max(one.low - other.high, other.low - one.high, 0)
        if (self.span is not None and apart > self.span) or (self.ticks is not None and ticks > self.ticks):
            return None
        return abs(one.begin - other.begin) + ticks * _TICK_NS


@dataclass(frozen=True, slots=True)
class Pairing:
    """What came of it: pairs (true, said), and what is left alone on both sides with the count that is left."""

    pairs: list[tuple[Occurrence, Occurrence]]
    missed: list[Occurrence]
    false: list[Occurrence]


def pair(known: Sequence[Occurrence], said: Sequence[Occurrence], tolerance: Tolerance) -> Pairing:
    """Pair what is true with what was said; the order in which they are given makes no difference."""
    known, said = sorted(known, key=_order), sorted(said, key=_order)
    partners = assign(_candidates(known, said, tolerance))
    pairs = [(known[number], said[partners[number]]) for number in sorted(partners)]
    alone_known = [one for number, one in enumerate(known) if number not in partners]
    used = set(partners.values())
    alone_said = [one for number, one in enumerate(said) if number not in used]
    for one, other in pairs:
        alone_known += _rest(one, other)
        alone_said += _rest(other, one)
    return Pairing(pairs, sorted(alone_known, key=_order), sorted(alone_said, key=_order))


def _order(one: Occurrence) -> tuple[object, ...]:
    return (one.begin, one.end, one.low, one.high, one.side, one.label, one.identity or 0, one.count, one.figures or ())


def _rest(one: Occurrence, other: Occurrence) -> list[Occurrence]:
    """Return what one stands for beyond the other."""
    return [replace(one, count=one.count - other.count)] if one.count > other.count else []


def _candidates(known: Sequence[Occurrence], said: Sequence[Occurrence], tolerance: Tolerance) -> list[dict[int, int]]:
    """Return, for each that is true, the distance to each that may be paired with it."""
    alike: dict[tuple[str, int | None], list[int]] = defaultdict(list)
    for number, one in enumerate(said):
        alike[one.side, one.identity].append(number)
    # What lasted longest decides how far back one has to look for what may still overlap.
    longest = max((one.end - one.begin for one in said), default=0)
    candidates = []
    for one in known:
        numbers = alike.get((one.side, one.identity), [])
        if tolerance.span is not None:
            first = bisect_left(numbers, one.begin - tolerance.span - longest, key=lambda number: said[number].begin)
            last = bisect_right(numbers, one.end + tolerance.span, key=lambda number: said[number].begin)
            numbers = numbers[first:last]
        distances = {number: tolerance.distance(one, said[number]) for number in numbers}
        candidates.append({number: distance for number, distance in distances.items() if distance is not None})
    return candidates


def assign(costs: Sequence[Mapping[int, int]]) -> dict[int, int]:
    """Return partners, row to column: as many as possible, and of those ways the one that costs least.

    Args:
        costs: For each row, what each column it may be paired with costs; not negative.
    """
    partners: dict[int, int] = {}
    for rows in _components(costs):
        taken: dict[int, int] = {}
        while _augment(rows, costs, taken):
            pass
        partners.update({row: column for column, row in taken.items()})
    return partners


def _components(costs: Sequence[Mapping[int, int]]) -> list[list[int]]:
    """Return the rows that compete with each other for columns, together."""
    wanted: dict[int, list[int]] = defaultdict(list)
    for row, columns in enumerate(costs):
        for column in columns:
            wanted[column].append(row)
    components: list[list[int]] = []
    seen: set[int] = set()
    for start in range(len(costs)):
        if start in seen:
            continue
        seen.add(start)
        component = [start]
        for row in component:
            for column in costs[row]:
                fresh = [other for other in wanted[column] if other not in seen]
                seen.update(fresh)
                component += fresh
        components.append(component)
    return components


def _augment(rows: list[int], costs: Sequence[Mapping[int, int]], taken: dict[int, int]) -> bool:
    """Give one more row a partner along the cheapest path of changes; return False where there is none."""
    partner = {row: column for column, row in taken.items()}
    to_row = {row: 0 for row in rows if row not in partner}
    to_column: dict[int, int] = {}
    before: dict[int, int] = {}
    waiting = deque(to_row)
    while waiting:
        row = waiting.popleft()
        for column, cost in costs[row].items():
            distance = to_row[row] + cost
            if partner.get(row) == column or distance >= to_column.get(column, distance + 1):
                continue
            to_column[column], before[column] = distance, row
            owner = taken.get(column)
            if owner is not None:
                to_row[owner] = distance - costs[owner][column]
                waiting.append(owner)
    free = [column for column in to_column if column not in taken]
    if not free:
        return False
    changing: int | None = min(free, key=lambda column: (to_column[column], column))
    while changing is not None:
        row = before[changing]
        taken[changing] = row
        changing = partner.get(row)
    return True
