"""What is traded: the contract's names, tick and multiplier, from its definition record or from settings."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np

_WIRE_SCALE: Final = 1_000_000_000
_UNDEFINED_PRICE: Final = 2**63 - 1
_OUTRIGHT_FUTURE: Final = ord("F")
_FUTURE_SYMBOL: Final = re.compile(r"(?P<root>[A-Z0-9]{1,6}?)(?P<month>[FGHJKMNQUVXZ])(?P<year>\d{1,2})\Z")
"""A raw CME futures symbol such as GCZ6, MGCG27, 6EH4: product root, month letter, one or two year digits."""


class InstrumentError(ValueError):
    """The contract's tick or multiplier is unknown or contradicts what was expected."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """One contract. Prices inside the engines are integer ticks of it.

    Attributes:
        symbol: Raw exchange symbol, such as `GCZ6`; empty where the source does not tell.
        instrument_id: Numeric id on the wire.
        tick: Smallest price step in wire units of 1e-9.
        multiplier: Value of a price change of 1.0 in one lot, in currency units (GC: 100 troy ounces).
        dataset: Databento dataset code.
        outright: False for calendar spreads, options and other combinations.
        source: Where tick and multiplier come from: `definition`, `settings` or `flag`.
    """

    symbol: str
    instrument_id: int
    tick: int
    multiplier: float
    dataset: str = ""
    outright: bool = True
    source: str = "definition"

    def __post_init__(self) -> None:
        if self.tick <= 0 or self.tick == _UNDEFINED_PRICE:
            raise InstrumentError(f"{self.symbol or self.instrument_id}: tick {self.tick} (1e-9) is not a price step")

    @property
    def tick_size(self) -> float:
        """Smallest price step in currency units."""
        return self.tick / _WIRE_SCALE

    @property
    def tick_value(self) -> float:
        """Money that one tick moves in one lot."""
        return self.tick_size * self.multiplier

    @property
    def decimals(self) -> int:
        """Digits after the point that show every price on the tick."""
        return decimals_of(self.tick)

    def price(self, ticks: int) -> float:
        """Return ticks as a decimal number in currency units, the nearest double to the exact value."""
        return ticks * self.tick / _WIRE_SCALE

    def ticks(self, price: float) -> int:
        """Return a decimal price as ticks, the nearest."""
        return round(price / self.tick_size)

    def price_text(self, ticks: int) -> str:
        """Return ticks as the trader reads them, with all digits of the tick."""
        return _price_text(ticks, self.tick)


@lru_cache(maxsize=4_096)
def _price_text(ticks: int, tick: int) -> str:
    """Return a price in words, made once: those near the market are named again and again."""
    return f"{ticks * tick / _WIRE_SCALE:.{decimals_of(tick)}f}"


@cache
def decimals_of(tick: int) -> int:
    """Return the digits after the point that show every price on a tick of so many wire units."""
    exponent = Decimal(tick).scaleb(-9).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def root_of(symbol: str) -> str:
    """Return the product root of a futures symbol, or the symbol itself where it is none.

    Raw (`GCZ6`), continuous (`GC.v.0`) and parent symbols (`GC.FUT`) have one: `GC`.
    """
    match = _FUTURE_SYMBOL.match(symbol)
    return match["root"] if match else symbol.partition(".")[0]


def is_outright_name(symbol: str) -> bool:
    """Whether a symbol reads like one contract; spreads and strategies are called `GCG7-GCJ7`, `GC:BF ...`, `UD:1V`."""
    return not any(mark in symbol for mark in "-: ")


def from_definition(record: "np.void", *, dataset: str = "") -> Instrument | None:
    """Read one definition record of any version; None where it states no tick.

    The multiplier is `unit_of_measure_qty`: `contract_multiplier` is undefined on CME futures.
    """
    if not 0 < int(record["min_price_increment"]) < _UNDEFINED_PRICE:
        return None
    quantity = int(record["unit_of_measure_qty"])
    return Instrument(
        symbol=bytes(record["raw_symbol"]).decode("ascii", "replace"),
        instrument_id=int(record["instrument_id"]),
        tick=int(record["min_price_increment"]),
        multiplier=float("nan") if quantity == _UNDEFINED_PRICE else quantity / _WIRE_SCALE,
        dataset=dataset,
        outright=int(record["instrument_class"]) == _OUTRIGHT_FUTURE,
    )
