"""What a log holds, and what a reading says that it rests on."""

from collections.abc import Iterable, Iterator

from engines.events import Event, Phase, Pillars, Reason

NAMED_BY = {"bar": "interval", "structure": "interval", "window": "name"}
"""What a reason names lines of these kinds by; others have an `id`, or nothing."""
Line = tuple[str, int, str]
"""Kind, `ts` and name of a line."""


def lines_of(events: Iterable[Event]) -> set[Line]:
    """Return every line of a log as a reason may name it."""
    found = set()
    for event in events:
        kind = str(event.__struct_config__.tag)
        found.add((kind, event.ts, getattr(event, NAMED_BY.get(kind, "id"), "")))
    return found


def named_by(reason: Reason) -> Line:
    """Return the line that a reason rests on."""
    return reason.kind, reason.ts, reason.id


def reasons_of(events: Iterable[Event]) -> Iterator[tuple[Event, Reason]]:
    """Yield every reason that a log gives, with the line that gives it."""
    for event in events:
        if isinstance(event, Phase):
            yield from ((event, reason) for reason in event.reasons)
        elif isinstance(event, Pillars):
            yield from ((event, reason) for pillar in event.pillars for reason in pillar.reasons)
