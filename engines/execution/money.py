"""What a product's lots are worth, in whole cents."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """A contract as money: GC is 100 troy ounces, so its tick of 0.10 is 1,000 cents; MGC a tenth of it.

    Attributes:
        root: Product root (`GC`, `MGC`).
        tick_cents: What one tick moves in one lot.
        fee_cents: Fees of one lot, one way: exchange, clearing, commission.
        margin_cents: Money that one lot binds; 0 where the account has no margin table.
    """

    root: str
    tick_cents: int
    fee_cents: int = 0
    margin_cents: int = 0

    def risk_cents(self, ticks: int) -> int:
        """Return what one lot loses over so many ticks, fees of the way in and out included."""
        return ticks * self.tick_cents + 2 * self.fee_cents


def dollars(cents: int) -> str:
    """Return money as a trader reads it (`$1,234.50`, `-$5.00`)."""
    sign = "-" if cents < 0 else ""
    return f"{sign}${abs(cents) // 100:,}.{abs(cents) % 100:02}"
