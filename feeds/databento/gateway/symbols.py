"""Which instruments of a recording a subscription means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from feeds.databento.gateway.tape import Tape
from feeds.databento.gateway.wire import ALL_SYMBOLS, Subscription
from feeds.instrument import is_outright_name, root_of
from feeds.recording import Contents

_CONTINUOUS: Final = re.compile(r"(?P<root>[A-Z0-9]+)\.[CNV]\.(?P<rank>\d+)\Z")
_PARENT: Final = re.compile(r"(?P<root>[A-Z0-9]+)\.FUT\Z")
_LEGS: Final = re.compile(r"[-: ]")


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a subscription's symbols stand for.

    Attributes:
        mapped: (instrument id, symbol asked for, raw symbol), each instrument once a symbol.
        unknown: Symbols that stand for nothing here.
    """

    mapped: tuple[tuple[int, str, str], ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def ids(self) -> frozenset[int]:
        """The instruments."""
        return frozenset(number for number, _, _ in self.mapped)


@dataclass(frozen=True, slots=True)
class Directory:
    """The instruments of a recording.

    Attributes:
        names: Raw symbol by instrument id, the id itself where no name is known.
        counts: Records by instrument id, most telling schema of order flow first counted.
        outrights: Ids of single contracts.
    """

    names: Mapping[int, str] = field(default_factory=dict)
    counts: Mapping[int, int] = field(default_factory=dict)
    outrights: frozenset[int] = frozenset()

    @classmethod
    def of(cls, contents: Contents, tape: Tape) -> "Directory":
        """List what a recording holds."""
        counts: dict[int, int] = {}
        for strip in tape.strips.values():
            for number, count in strip.counts.items():
                counts[number] = max(counts.get(number, 0), count)
        ids = dict.fromkeys([*counts, *contents.defined])
        names = {number: contents.name(number) or str(number) for number in ids}
        outrights = frozenset(
            number
            for number in ids
            if (contents.defined[number].outright if number in contents.defined else is_outright_name(names[number]))
        )
        return cls(names, counts, outrights)

    def resolve(self, subscription: Subscription) -> Resolved:
        """Return what the symbols of a subscription stand for."""
        mapped: dict[tuple[int, str], str] = {}
        unknown = []
        for symbol in subscription.symbols:
            ids = self._ids(symbol, subscription.stype_in)
            if not ids:
                unknown.append(symbol)
            for number in ids:
                asked = self.names[number] if symbol == ALL_SYMBOLS else symbol
                mapped[number, asked] = self.names[number]
        return Resolved(tuple((number, asked, raw) for (number, asked), raw in mapped.items()), tuple(unknown))

    def _ids(self, symbol: str, stype_in: str) -> list[int]:
        if symbol == ALL_SYMBOLS:
            return list(self.names)
        if stype_in == "instrument_id":
            return [int(symbol)] if symbol.isdecimal() and int(symbol) in self.names else []
        if stype_in == "parent":
            parent = _PARENT.match(symbol.upper())
            return [] if parent is None else [number for number in self.names if self._root(number) == parent["root"]]
        if stype_in == "continuous":
            return self._ranked(symbol)
        return [number for number, name in self.names.items() if name.upper() == symbol.upper()]

    def _ranked(self, symbol: str) -> list[int]:
        """Return the contract of a continuous symbol: its rank counts from the busiest contract of the root."""
        match = _CONTINUOUS.match(symbol.upper())
        if match is None:
            return []
        own = [number for number in self.names if number in self.outrights and self._root(number) == match["root"]]
        own.sort(key=lambda number: -self.counts.get(number, 0))
        return own[int(match["rank"]) :][:1]

    def _root(self, number: int) -> str:
        """Return the root of an instrument's symbol; that of its first leg where it is a spread."""
        return root_of(_LEGS.split(self.names[number])[0])
