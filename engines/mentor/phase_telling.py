"""What a phase rests on in words: reasons that each name the line of the event log which says it."""

from collections.abc import Callable, Iterator
from typing import Final

from engines.events import Reason
from engines.mentor.phase_bars import PhaseBar
from engines.mentor.phase_features import Called, Facts, Feature, FeatureName, outside
from feeds.instrument import Instrument

_LOOKED_AT: Final[tuple[FeatureName, ...]] = ("efficiency", "position", "value", "flow")
"""What balance rests on: none of it showed more."""
_WHERE: Final = {1: "above", -1: "below", 0: "inside"}


def reasons_of(one: Called, features: tuple[Feature, ...], facts: Facts, instrument: Instrument) -> tuple[Reason, ...]:
    """Return what a phase rests on, the most telling first; of balance, what was looked at."""
    teller = _Teller(one, facts, instrument)
    names = tuple(feature.name for feature in features if feature.seen) if features else _LOOKED_AT
    return tuple(reason for name in names for reason in _TELLS[name](teller))


class _Teller:
    """Makes the reasons of one phase at one bar, feature by feature; none where a feature is not known."""

    def __init__(self, one: Called, facts: Facts, instrument: Instrument) -> None:
        self._phase, self._sign = one
        self._facts = facts
        self._instrument = instrument

    def efficiency(self) -> Iterator[Reason]:
        ratio = round(self._facts.efficiency, 2)
        yield self._here("efficiency ratio", f"{ratio:.2f}, price moved {self._moved()}", ratio)

    def value(self) -> Iterator[Reason]:
        facts, price_text = self._facts, self._instrument.price_text
        if facts.value is None:
            return
        close, (low, high) = facts.bar.close, facts.value
        where = _WHERE[outside(close, facts.value)]
        text = f"closed at {price_text(close)}, {where} {price_text(low)} to {price_text(high)}"
        yield self._here("value area", text, self._instrument.price(close))

    def flow(self) -> Iterator[Reason]:
        facts, sign = self._facts, self._sign
        if facts.push is None:
            return
        if sign * facts.lots >= 0:
            push = round(facts.push, 2)
            yield self._here("CVD", f"{facts.lots:+d} lots, {push:+.1f} deviations", push)
        if self._phase == "expansion":
            return
        lots = sign * (facts.absorbed.bid_lots - facts.absorbed.ask_lots)
        line = facts.absorbed.bid if sign > 0 else facts.absorbed.ask
        if line is not None and lots > 0:
            others = "asks" if sign > 0 else "bids"
            text = f"{lots} lots more than at {others}"
            yield Reason(f"absorption at {line.side}s", text, float(lots), "absorption", line.ts, line.id)

    def price(self) -> Iterator[Reason]:
        facts, against = self._facts, "fell" if self._sign > 0 else "rose"
        if facts.extremes[self._sign < 0]:
            found = "lower lows" if self._sign > 0 else "higher highs"
        else:
            found = "flat" if abs(facts.net) <= facts.flat else against
        yield self._here("price", f"{found}, moved {self._moved()}", self._instrument.price(facts.net))

    def position(self) -> Iterator[Reason]:
        low, high = self._facts.low, self._facts.high
        if low is None or high is None:
            return
        share = _share(self._facts.bar.close, low, high)
        price_text = self._instrument.price_text
        yield self._here("dealing range", f"at {share:.0%} of {price_text(low)} to {price_text(high)}", share)

    def structure(self) -> Iterator[Reason]:
        line = self._facts.structure
        if line is None:
            return
        where = "above" if line.direction == "buy" else "below"
        name = "BOS" if line.what == "bos" else "CHoCH"
        text = f"{line.interval} closed {where} {line.price:.{self._instrument.decimals}f}"
        yield Reason(name, text, line.price, "structure", line.ts, line.interval)

    def swings(self) -> Iterator[Reason]:
        if self._facts.swing is not None:
            words = "higher highs and lows" if self._facts.trend == 1 else "lower highs and lows"
            yield _of(self._facts.swing, "swings", f"{words} on 15m", None)

    def hour(self) -> Iterator[Reason]:
        bar = self._facts.hour
        if bar is not None:
            share = _share(bar.close, bar.low, bar.high)
            yield _of(bar, "hour", f"closed at {share:.0%} of its range", share)

    def activity(self) -> Iterator[Reason]:
        if self._facts.percentile is not None:
            share = round(self._facts.percentile, 2)
            text = f"ranges above {share:.0%} of {self._facts.days} days at this time"
            yield self._here("activity", text, share)

    def _here(self, name: str, text: str, value: float) -> Reason:
        return _of(self._facts.bar, name, text, value)

    def _moved(self) -> str:
        return f"{self._instrument.price(self._facts.net):+.{self._instrument.decimals}f}"


_TELLS: Final[dict[FeatureName, Callable[[_Teller], Iterator[Reason]]]] = {
    "efficiency": _Teller.efficiency,
    "value": _Teller.value,
    "flow": _Teller.flow,
    "price": _Teller.price,
    "position": _Teller.position,
    "structure": _Teller.structure,
    "swings": _Teller.swings,
    "hour": _Teller.hour,
    "activity": _Teller.activity,
}


def _of(bar: PhaseBar, name: str, text: str, value: float | None) -> Reason:
    return Reason(name, text, value, "bar", bar.said_at, bar.said_as)


def _share(tick: int, low: int, high: int) -> float:
    return round((tick - low) / max(1, high - low), 2)
