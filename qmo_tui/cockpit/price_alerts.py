"""Price alerts: levels that a trader sets, each of which rings once when the market comes to it.

What counts is what has traded, by the market's clock: also between two frames, and across a gap that no trade fills.
"""

from typing import Final

from engines.book.layout import SECOND_NS
from engines.view import MarketView
from feeds.instrument import Instrument
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers
from qmo_tui.cockpit.playing import Answer
from qmo_tui.price_alert_file import PriceAlertFile

MOST: Final = 20
"""Levels of one contract."""


class PriceAlerts:
    """The levels of the contract that is shown.

    Attributes:
        ticks: Where they stand, the lowest first.
    """

    def __init__(self, file: PriceAlertFile | None) -> None:
        """Keep levels in a file; without one they last as long as the screen."""
        self.ticks: tuple[int, ...] = ()
        self._file = file
        self._view: MarketView | None = None
        self._contract: str | None = None
        self._kept: frozenset[int] = frozenset()
        self._last: int | None = None
        self._clock = 0
        self._not_before = 0

    @property
    def extent_since(self) -> int | None:
        """From when on to ask what has traded; None while no level stands."""
        return max(self._clock // SECOND_NS * SECOND_NS, self._not_before) if self.ticks else None

    def toggle(self, tick: int | None) -> Answer:
        """Set a level or take it away; without a price tell which ones stand."""
        view = self._view
        if view is None or view.instrument is None or self._contract is None:
            return "there is no market to set an alert in yet"
        if tick is None:
            return self._listed(view)
        if tick in self.ticks:
            return self._keep(view, [one for one in self.ticks if one != tick]) or f"no alert at {_price(view, tick)}"
        if tick == view.last:
            return f"the market is at {_price(view, tick)} already"
        if len(self.ticks) >= MOST:
            return f"{MOST} price alerts stand already: take one away first"
        return self._keep(view, [*self.ticks, tick]) or f"alert at {_price(view, tick)}; T there takes it away"

    def reached(self, frame: Frame) -> list[str]:
        """Return what is to be told of levels that the market has come to since the frame before."""
        view = self._view = frame.view
        self._follow_contract(view)
        if view.event_time is None or view.last is None:
            return []
        if frame.playback.hurries or view.event_time < self._clock:
            self._last = None
        before, self._last = self._last, view.last
        traded = [view.last, before if before is not None else view.last]
        if before is not None and view.extent is not None:
            traded += view.extent
        self._clock = view.event_time
        if frame.playback.hurries:
            return []
        return self._ring(view, [tick for tick in self.ticks if min(traded) <= tick <= max(traded)])

    def _ring(self, view: MarketView, ticks: list[int]) -> list[str]:
        if not ticks:
            return []
        trouble = self._keep(view, [tick for tick in self.ticks if tick not in ticks])
        return [f"{_price(view, tick)} has been reached" + (f"; {trouble}" if trouble else "") for tick in ticks]

    def _follow_contract(self, view: MarketView) -> None:
        contract = None if view.instrument is None else f"{view.provenance.value} {view.instrument.symbol}"
        if contract == self._contract or view.instrument is None or contract is None:
            return
        self._contract, self._last, self._clock = contract, None, 0
        try:
            kept = [] if self._file is None else self._file.read(contract)
        except OSError:
            kept = []
        self._kept = frozenset(_ticks(kept, view.instrument))
        self.ticks = tuple(sorted(self._kept))

    def _keep(self, view: MarketView, ticks: list[int]) -> str:
        """Take other levels, and what another program set or took away; return why they do not outlive the session.

        What is kept is changed rather than replaced: another program may have kept levels of its own since.
        """
        before, trouble = set(self.ticks), ""
        stand = set(ticks)
        if view.instrument is not None and self._contract is not None and self._file is not None:
            try:
                stand = self._change(self._file, self._contract, view.instrument, stand)
            except OSError as error:
                trouble = f"price alerts are not kept: {error.strerror}"
        self.ticks = tuple(sorted(stand))
        if stand - before:  # what traded earlier in this second must not ring
            self._not_before = (self._clock // SECOND_NS + 1) * SECOND_NS
        return trouble

    def _change(self, file: PriceAlertFile, contract: str, instrument: Instrument, wanted: set[int]) -> set[int]:
        """Make the same change to what is kept; return what is kept then."""
        added, gone, size = wanted - self._kept, self._kept - wanted, instrument.tick_size

        def changed(prices: list[float]) -> list[float]:
            return [round(tick * size, instrument.decimals) for tick in (_ticks(prices, instrument) | added) - gone]

        self._kept = frozenset(_ticks(file.change(contract, changed), instrument))
        return set(self._kept)

    def _listed(self, view: MarketView) -> str:
        if not self.ticks:
            return "no price alerts; e or h puts a cursor on a price, T there sets one"
        prices = ", ".join(_price(view, tick) for tick in reversed(self.ticks))
        return f"price alerts at {prices}; T at a cursor (e, h) sets one or takes it away"


def _ticks(prices: list[float], instrument: Instrument) -> set[int]:
    return {round(price / instrument.tick_size) for price in prices}


def _price(view: MarketView, tick: int) -> str:
    return numbers.price(view.instrument, tick)
