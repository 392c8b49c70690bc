"""What a gateway is told to do wrong, as data: a tuple of faults, each for all connections or for some by number.

Connections are numbered from 1 as they come in, so `connections=first(2)` is healthy again from the third on. Faults
`after` a number of records count the market records sent on that connection, replays and snapshots included, and strike
as soon as the last of them is out.

On the command line a fault is its name, its values, and the connections it is for: `deny:schema=mbo`,
`cut:after=5000,how=rst@1-2`, `stall:after=100@1,3`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeVar, get_type_hints

from feeds.records import Schema


class FaultError(ValueError):
    """A fault's text names no fault, or gives it a value that it cannot have."""


class End(StrEnum):
    """How a connection ends."""

    FIN = "fin"
    """In order: everything sent arrives, then the end."""
    RST = "rst"
    """Reset: what the client has not read yet is lost."""


class When(StrEnum):
    """When a client is told what it may not."""

    BEFORE = "before"
    """As soon as it asks, before the session starts."""
    AFTER = "after"
    """When the session has started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault; `connections` None is every connection."""

    connections: frozenset[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterRecords(Fault):
    """A fault that strikes when `after` records have been sent."""

    after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse(Fault):
    """Close the connection before a word, as the gateway does with too many connections a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Greet(Fault):
    """Begin with another line than the version."""

    text: str = "HTTP/1.1 400 Bad Request"


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoreAuthentication(Fault):
    """Never answer the client's authentication."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectKey(Fault):
    """Reject whatever key the client has."""

    text: str = "Authentication failed."


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitConnections(Fault):
    """Say that the account has as many sessions as it may: as the answer to its key, or as the session's end."""

    when: When = When.BEFORE


@dataclass(frozen=True, slots=True, kw_only=True)
class Deny(Fault):
    """The account may not see a schema; the session ends with the error."""

    schema: Schema = Schema.MBO
    when: When = When.AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetSymbol(Fault):
    """A symbol does not resolve; the session goes on without it."""

    symbol: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeOut(Fault):
    """Replays reach back to `oldest` (ns UTC, in the market's time); an earlier start other than 0 is an error."""

    oldest: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfHeader(Fault):
    """Send half of the DBN header, then end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutSnapshot(Fault):
    """End in the middle of the first snapshot."""

    how: End = End.FIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut(AfterRecords):
    """End the connection; the market moves on by `missed` records where it has no clock."""

    how: End = End.FIN
    missed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoke(AfterRecords):
    """Say that the key was deactivated, and end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall(AfterRecords):
    """Send nothing more, not even heartbeats, and stay connected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow(AfterRecords):
    """Send no faster than so many bytes a second from here on."""

    bytes_per_second: int = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Garbage(AfterRecords):
    """Send bytes that are no record, then go on."""

    count: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat(AfterRecords):
    """Send the last `count` records once more."""

    count: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncate(AfterRecords):
    """Send half a record, then end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip(AfterRecords):
    """Leave out `count` records and say so, as the gateway does with a client that reads too slowly."""

    count: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class WarnSlowReader(AfterRecords):
    """Say that the client reads too slowly."""


FAULTS: Final[Mapping[str, type[Fault]]] = MappingProxyType(
    {
        "refuse": Refuse,
        "greeting": Greet,
        "no-answer": IgnoreAuthentication,
        "bad-key": RejectKey,
        "connection-limit": LimitConnections,
        "deny": Deny,
        "unknown-symbol": ForgetSymbol,
        "aged-out": AgeOut,
        "half-header": HalfHeader,
        "cut-snapshot": CutSnapshot,
        "cut": Cut,
        "revoke": Revoke,
        "stall": Stall,
        "slow": Slow,
        "garbage": Garbage,
        "repeat": Repeat,
        "truncate": Truncate,
        "skip": Skip,
        "slow-reader": WarnSlowReader,
    }
)
"""Every fault by its name on the command line."""

_Kind = TypeVar("_Kind", bound=Fault)


def first(count: int) -> frozenset[int]:
    """Return the numbers of the first `count` connections."""
    return frozenset(range(1, count + 1))


def faults_of(faults: Sequence[Fault], connection: int) -> tuple[Fault, ...]:
    """Return the faults that are for one connection."""
    return tuple(fault for fault in faults if fault.connections is None or connection in fault.connections)


def find(faults: Sequence[Fault], kind: type[_Kind]) -> _Kind | None:
    """Return the first fault of a kind."""
    return next((fault for fault in faults if isinstance(fault, kind)), None)


def name_of(fault: Fault) -> str:
    """Return a fault's name on the command line."""
    return next(name for name, kind in FAULTS.items() if type(fault) is kind)


def parse_fault(text: str) -> Fault:
    """Read a fault as it is written on the command line.

    Raises:
        FaultError: There is no such fault, or it has no such value.
    """
    described, at, numbers = text.rpartition("@")
    if not at:
        described, numbers = text, ""
    name, _, values = described.partition(":")
    kind = FAULTS.get(name)
    if kind is None:
        raise FaultError(f"{name!r} is no fault; there are {', '.join(FAULTS)}")
    given: dict[str, Any] = {"connections": _connections(numbers) if at else None}
    for value in values.split(",") if values else ():
        key, _, word = value.partition("=")
        given[key.replace("-", "_")] = _value(kind, name, key.replace("-", "_"), word)
    return kind(**given)


def _value(kind: type[Fault], name: str, key: str, text: str) -> object:
    types = {field.name: get_type_hints(kind)[field.name] for field in fields(kind) if field.name != "connections"}
    if key not in types:
        told = f"it takes {', '.join(types)}" if types else "it takes no values"
        raise FaultError(f"{name} has no {key!r}; {told}")
    wanted = types[key]
    if wanted is int:
        if not text.isdecimal():
            raise FaultError(f"{name}: {key}={text} is not a whole number")
        return int(text)
    if issubclass(wanted, StrEnum):
        if text not in list(wanted):
            raise FaultError(f"{name}: {key}={text} is not one of {', '.join(wanted)}")
        return wanted(text)
    return text


def _connections(text: str) -> frozenset[int]:
    """Read connection numbers such as `1-3,5`."""
    numbers: set[int] = set()
    for part in text.split(","):
        low, dash, high = part.partition("-")
        if not low.isdecimal() or (dash and not high.isdecimal()):
            raise FaultError(f"@{text} does not name connections; give numbers such as 1-3,5")
        numbers.update(range(int(low), int(high or low) + 1))
    return frozenset(numbers)
