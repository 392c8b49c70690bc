"""Makes setups: where a trade of some evidence enters, where it is wrong, what it aims at, whether that is enough."""

from collections.abc import Iterable
from typing import Final

from engines.events import AggressorSide, Reason
from engines.execution.entry_settings import EntrySettings
from engines.execution.levels import levels_beyond
from engines.execution.money import Product
from engines.execution.orders import Quote
from engines.execution.setup import OPPOSITE, SIGNS, STANDS_ON, Goal, Setup, kind_of_entry, reward_risk, split
from engines.execution.triggers.places import Place
from engines.execution.triggers.sighting import Sighting
from engines.mentor_view import MentorView
from engines.trading_events import OrderKind, PillarStand
from engines.view import MarketView
from feeds.instrument import Instrument

_MANY_LOTS: Final = 1_000
"""Lots by which a setup without a size is judged: shares come out as they are."""


class NotATradeError(Exception):
    """Prices do not make a trade; the message says why."""


class Setups:
    """Makes setups of one instrument; `product` is what reward and costs are judged in before there is a size."""

    def __init__(self, instrument: Instrument, settings: EntrySettings, product: Product) -> None:
        """Make them by these settings."""
        self._instrument = instrument
        self._settings = settings
        self._product = product

    def of(self, sighting: Sighting, quote: Quote, market: MarketView, usual: float | None) -> Setup:
        """Return the setup of evidence; `usual` is the mean range of a minute, ticks.

        Raises:
            NotATradeError: Its prices make none: it is refuted, the market ran away, the stop is too far, or there is
                too little to win.
        """
        side, ground, settings, sign = sighting.side, sighting.ground, self._settings, SIGNS[sighting.side]
        touch, other = _quotes(side, quote)
        if usual is None:
            raise NotATradeError("no usual range of a minute yet")
        far = ground.far(side)
        invalidation = far - sign
        if quote.last is not None and sign * (quote.last - invalidation) <= 0:
            raise NotATradeError(f"{self._price(quote.last)} has traded, beyond its evidence")
        order: OrderKind = "limit" if sighting.by_limit else settings.order
        resting = ground.near(side) + sign * (0 if sighting.by_limit else settings.offset)
        entry = touch if order == "market" else sign * min(sign * resting, sign * other)
        if sign * (touch - resting) > settings.reach * usual:
            raise NotATradeError(f"the market is {abs(touch - resting)} ticks away from {self._price(resting)}")
        stop = self._stop(side, entry, far, usual)
        goals = self._goals(entry, stop, side, market)
        if not goals:
            raise NotATradeError(f"no level to aim at beyond {self._price(entry)}")
        mentor = market.mentor
        setup = Setup(
            side=side,
            trigger=sighting.trigger,
            order=order,
            entry=entry,
            stop=stop,
            goals=goals,
            born=quote.now,
            expires=quote.now + settings.life,
            ground=ground,
            invalidation=invalidation,
            why_void=self._why_void(side, invalidation),
            reasons=sighting.reasons,
            least_stop=self._least_stop(usual),
            may_move=self._may_move(usual),
            zone=sighting.zone,
            confidence=None if mentor is None else mentor.confidence,
            pillars=_stands(mentor),
        )
        self._judge(setup)
        return setup

    def manual(
        self,
        side: AggressorSide,
        tick: int,
        quote: Quote,
        market: MarketView,
        *,
        kind: OrderKind | None,
        places: Iterable[Place],
        usual: float | None,
    ) -> Setup:
        """Return the setup of an entry at a price of the trader's choice.

        The stop stands beyond the nearest place that speaks for it, else `default_stop` minute ranges away; targets at
        levels as ever, none where there is no level. Reward to risk is the trader's own business.

        Args:
            side: What to do.
            tick: Limit or trigger; a market order enters at the touch wherever that is.
            quote: The market now.
            market: Where levels are read.
            kind: Of the order; None for what the price's place asks for: a limit where it is better than the market, a
                market order at the touch, a stop beyond it.
            places: Where somebody stands.
            usual: Mean range of a minute, ticks.

        Raises:
            NotATradeError: There is no market to trade with, or the kind does not suit the price.
        """
        touch, _ = _quotes(side, quote)
        sign, settings = SIGNS[side], self._settings
        if usual is None:
            raise NotATradeError("no usual range of a minute yet")
        fitting = kind_of_entry(side, tick, touch)
        if kind is not None and kind not in (fitting, "market"):
            raise NotATradeError(f"a {side} {kind} at {self._price(tick)} is on the wrong side of {self._price(touch)}")
        order = kind or fitting
        entry = touch if order == "market" else tick
        place = self._nearest(side, entry, places, usual)
        default = round(settings.default_stop * usual) - settings.stop_buffer
        far = entry - sign * default if place is None else place.ground.far(side)
        stop = self._stop(side, entry, far, usual)
        mentor = market.mentor
        return Setup(
            side=side,
            trigger="manual",
            order=order,
            entry=entry,
            stop=stop,
            goals=self._goals(entry, stop, side, market),
            born=quote.now,
            expires=quote.now + settings.life,
            ground=None if place is None else place.ground,
            invalidation=stop,
            why_void="a trade at its stop",
            reasons=() if place is None else (place.reason(),),
            least_stop=self._least_stop(usual),
            may_move=self._may_move(usual),
            zone=None if place is None else place.id,
            pillars=_stands(mentor),
        )

    def exit(self, held: AggressorSide, reasons: tuple[Reason, ...], quote: Quote) -> Setup:
        """Return the setup that leaves a position of a side at the market.

        Raises:
            NotATradeError: There is no market to leave to.
        """
        side = OPPOSITE[held]
        touch, _ = _quotes(side, quote)
        return Setup(
            side=side,
            trigger="exit",
            order="market",
            entry=touch,
            stop=None,
            goals=(),
            born=quote.now,
            expires=quote.now + self._settings.life,
            ground=None,
            invalidation=None,
            why_void="the position is closed",
            reasons=reasons,
        )

    def _stop(self, side: AggressorSide, entry: int, far: int, usual: float) -> int:
        """Return the stop beyond the far edge of the evidence.

        Raises:
            NotATradeError: It is too far from the entry.
        """
        sign, settings, least = SIGNS[side], self._settings, self._least_stop(usual)
        stop = sign * min(sign * far - settings.stop_buffer, sign * entry - least)
        distance, most = abs(entry - stop), max(least, int(settings.most_stop * usual))
        if distance > most:
            raise NotATradeError(f"the stop at {self._price(stop)} is {distance} ticks away, more than {most}")
        return stop

    def _least_stop(self, usual: float) -> int:
        return max(1, self._settings.least_stop, round(self._settings.least_stop_range * usual))

    def _may_move(self, usual: float) -> int:
        return max(self._settings.moved, round(self._settings.moved_range * usual))

    def _goals(self, entry: int, stop: int, side: AggressorSide, market: MarketView) -> tuple[Goal, ...]:
        """Return up to two levels to leave at, the nearest first; none nearer than `first_target` stop distances."""
        settings, sign = self._settings, SIGNS[side]
        found = [
            (level.tick - sign * settings.target_offset, level.label)
            for level in levels_beyond(entry, side, market, settings.triggers)
        ]
        least = settings.first_target * abs(entry - stop)
        reached = [goal for goal in found if sign * (goal[0] - entry) >= max(1.0, least)][:2]
        shares = (1.0,) if len(reached) < 2 else (settings.first_share, 1.0 - settings.first_share)
        return tuple(Goal(tick, share, label) for (tick, label), share in zip(reached, shares, strict=False))

    def _judge(self, setup: Setup) -> None:
        """Refuse what has too little to win.

        Raises:
            NotATradeError: Reward to risk is below the least one.
        """
        least = self._settings.least_reward_risk
        reward = reward_risk(setup, split(setup.goals, _MANY_LOTS), self._product, self._settings.slip)
        if reward is None or reward < least:
            aim = " and ".join(goal.label for goal in setup.goals)
            raise NotATradeError(f"reward to risk {reward or 0.0:.2f} to {aim}, below {least:g}")

    def _nearest(self, side: AggressorSide, entry: int, places: Iterable[Place], usual: float) -> Place | None:
        """Return the place nearest behind an entry, whose far edge is within the farthest stop."""
        sign, most = SIGNS[side], self._settings.most_stop * usual - self._settings.stop_buffer
        behind = [
            place
            for place in places
            if place.side == STANDS_ON[side]
            and sign * (entry - place.ground.near(side)) >= 0
            and sign * (entry - place.ground.far(side)) <= most
        ]
        return min(behind, key=lambda place: (abs(entry - place.ground.near(side)), place.id), default=None)

    def _why_void(self, side: AggressorSide, tick: int) -> str:
        return f"a trade at {self._price(tick)} or {'lower' if side == 'buy' else 'higher'}"

    def _price(self, tick: int) -> str:
        return self._instrument.price_text(tick)


def _quotes(side: AggressorSide, quote: Quote) -> tuple[int, int]:
    """Return the quote that an order of a side would meet, and its own side's.

    Raises:
        NotATradeError: One of them is missing.
    """
    if quote.bid is None or quote.ask is None:
        raise NotATradeError("no quote on both sides")
    return (quote.ask, quote.bid) if side == "buy" else (quote.bid, quote.ask)


def _stands(mentor: MentorView | None) -> tuple[PillarStand, ...]:
    pillars = () if mentor is None else mentor.pillars
    return tuple(PillarStand(one.name, one.available, one.direction, one.strength) for one in pillars)
