"""Where triggers meet the mentor: evidence becomes a setup only while the mentor lets one of its side arise."""

from collections.abc import Collection, Iterable
from typing import Final

from engines.events import AggressorSide, Bar, Event, Reason
from engines.execution.entry_settings import EntrySettings
from engines.execution.money import Product
from engines.execution.orders import Quote
from engines.execution.setup import Setup
from engines.execution.setups import NotATradeError, Setups
from engines.execution.triggers.break_retest import BreakRetests
from engines.execution.triggers.displacement import Displacements
from engines.execution.triggers.places import Places
from engines.execution.triggers.rejection import Rejections
from engines.execution.triggers.sighting import Sighting
from engines.execution.triggers.sweep_reclaim import SweepReclaims
from engines.execution.triggers.usual import UsualBars
from engines.trading_events import Decision, OrderKind
from engines.view import MarketView, ViewRequest
from feeds.instrument import Instrument

LOOK: Final = ViewRequest(zones=True, timing=True, mentor=True, profile=True)
"""What a router wants to see of the market when it is asked for setups."""
_MINUTE: Final = "1m"


class EntryRouter:
    """Hears the log, keeps fresh evidence, and makes setups of it when the mentor agrees."""

    def __init__(self, instrument: Instrument, settings: EntrySettings, product: Product) -> None:
        """Start before the first line; `product` is what reward and costs are judged in before there is a size."""
        self._instrument = instrument
        self._settings = settings
        self._setups = Setups(instrument, settings, product)
        self._places = Places(instrument)
        self._minutes = UsualBars()
        rules = settings.triggers
        self._rejections = Rejections(instrument, rules, self._places, self._minutes)
        self._triggers = (
            self._rejections,
            SweepReclaims(instrument),
            BreakRetests(instrument, rules, self._minutes),
            Displacements(instrument, rules, self._places),
        )
        self._fresh: list[Sighting] = []
        self._pools_due = False
        self._said: list[Decision] = []

    def hear(self, events: Iterable[Event]) -> None:
        """Take lines of the log in their order."""
        for event in events:
            self._places.hear(event)
            for trigger in self._triggers:
                self._keep(trigger.hear(event))
            if isinstance(event, Bar) and event.interval == _MINUTE and event.complete:
                ticks = self._instrument.ticks
                self._minutes.close(event, ticks(event.high), ticks(event.low))
                self._pools_due = True

    @property
    def wants_to_look(self) -> bool:
        """Whether `propose` could find anything: there is fresh evidence, or a minute to hold against pools."""
        return bool(self._fresh) or self._pools_due

    def propose(self, quote: Quote, market: MarketView, taken: Collection[AggressorSide] = ()) -> list[Setup]:
        """Return the setup that arises now, if any; none of sides that are taken.

        Evidence that waits for the mentor, for a trustworthy quote or for its side to be free waits until it is no more
        fresh. What cannot be a trade for its prices is dropped, and `take_events` says why.

        Args:
            quote: The market now.
            market: What `LOOK` asks for.
            taken: Sides that have a prompt already, both while a position is open.
        """
        if self._pools_due:
            self._keep(self._rejections.look_at_pools(market.zones))
            self._pools_due = False
        self._forget(quote.now)
        mentor = market.mentor
        if quote.trouble or mentor is None or not mentor.may_prompt or mentor.side is None or mentor.side in taken:
            return []
        for sighting in sorted((one for one in self._fresh if one.side == mentor.side), key=_newest_first):
            self._fresh.remove(sighting)
            try:
                return [self._setups.of(sighting, quote, market, self._minutes.range.ticks)]
            except NotATradeError as why:
                reason = f"{sighting.trigger} {sighting.side}: {why}"
                self._said.append(Decision(ts=quote.now, prompt="", action="voided", reason=reason))
        return []

    def manual(
        self, side: AggressorSide, tick: int, quote: Quote, market: MarketView, kind: OrderKind | None = None
    ) -> Setup:
        """Return the setup of an entry at a price of the trader's choice, as `Setups.manual`.

        Raises:
            NotATradeError: It is none; the message says why.
        """
        usual = self._minutes.range.ticks
        return self._setups.manual(side, tick, quote, market, kind=kind, places=self._places, usual=usual)

    def exit(self, held: AggressorSide, reasons: tuple[Reason, ...], quote: Quote) -> Setup:
        """Return the setup that leaves a position of a side at the market, as `Setups.exit`.

        Raises:
            NotATradeError: There is no market to leave to.
        """
        return self._setups.exit(held, reasons, quote)

    def take_events(self) -> list[Decision]:
        """Take out why evidence made no prompt."""
        said, self._said = self._said, []
        return said

    def _keep(self, sightings: Iterable[Sighting]) -> None:
        for sighting in sightings:
            if sighting.trigger in self._settings.triggers.used:
                self._forget(sighting.ts)
                self._fresh.append(sighting)

    def _forget(self, now: int) -> None:
        """Let go of evidence that is no more fresh."""
        self._fresh = [one for one in self._fresh if now - one.ts <= self._settings.fresh]


def _newest_first(sighting: Sighting) -> tuple[int, str]:
    return -sighting.ts, sighting.trigger
