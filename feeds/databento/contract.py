"""Which contract a session delivers: what the symbol asked for maps to, and how that is defined."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias

from feeds.instrument import Instrument, from_definition
from feeds.records import Records

ContractOf: TypeAlias = Callable[[str], Instrument | None]
"""Knows contracts by their raw symbol without a definition record; the instrument id it gives is not looked at."""

_CONTINUOUS: Final = re.compile(r"[A-Za-z0-9]+\.[cnvCNV]\.\d+")


def stype_of(symbol: str) -> str:
    """Return how a symbol for one contract is meant: `continuous`, `instrument_id` or `raw_symbol`."""
    if _CONTINUOUS.fullmatch(symbol):
        return "continuous"
    return "instrument_id" if symbol.isdecimal() else "raw_symbol"


class ContractFinder:
    """Finds the contract of one session.

    Attributes:
        mapped: (instrument id, raw symbol) that the symbol stands for; None before its mapping has come.
        instrument: The contract; None until it is known.
        known: The contract that was followed before, or None.
    """

    def __init__(self, asked: str, dataset: str, known: Instrument | None = None) -> None:
        """Look for what `asked` stands for; `known` is the contract that was followed before."""
        self.mapped: tuple[int, str] | None = None
        self.instrument: Instrument | None = None
        self._asked = asked.casefold()
        self.dataset = dataset
        self.known = known
        self._defined: dict[int, Instrument] = {}

    def take_mappings(self, records: Records) -> None:
        """Learn from mapping records what the symbol stands for."""
        for record in records:
            if _text(record["stype_in_symbol"]).casefold() == self._asked:
                self.mapped = int(record["instrument_id"]), _text(record["stype_out_symbol"])
        self._resolve()

    def take_definitions(self, records: Records) -> None:
        """Learn from definition records; those of other instruments are forgotten once the contract is known."""
        for record in records:
            defined = from_definition(record, dataset=self.dataset)
            if defined is not None:
                self._defined[defined.instrument_id] = defined
        self._resolve()

    def settle_for(self, contract_of: ContractOf) -> None:
        """Do without a definition record, if what the symbol maps to is known otherwise."""
        if self.mapped is None or self.instrument is not None:
            return
        instrument_id, raw = self.mapped
        contract = contract_of(raw)
        if contract is not None:
            self.instrument = replace(contract, symbol=raw, instrument_id=instrument_id, dataset=self.dataset)

    @property
    def has_moved(self) -> bool:
        """Whether the symbol has come to stand for another contract since the contract was found."""
        return (
            self.instrument is not None and self.mapped is not None and self.instrument.instrument_id != self.mapped[0]
        )

    def _resolve(self) -> None:
        if self.mapped is None or self.instrument is not None:
            return
        instrument_id, raw = self.mapped
        known = self.known
        if known is not None and (known.instrument_id, known.symbol) == (instrument_id, raw):
            self.instrument = known
        else:
            self.instrument = self._defined.get(instrument_id)
        if self.instrument is not None:
            self._defined.clear()


def _text(padded: bytes) -> str:
    return bytes(padded).split(b"\0", 1)[0].decode("ascii", "replace")
