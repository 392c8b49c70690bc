"""One prompt as it waits: a setup with a size, armed or not."""

from dataclasses import dataclass, replace
from typing import Self

from engines.execution.money import Product
from engines.execution.orders import Bracket, Quote, Target
from engines.execution.setup import SIGNS, Setup, reward_risk, split
from engines.trading_events import Prompt
from engines.trading_view import PromptMark
from feeds.instrument import Instrument


@dataclass(frozen=True, slots=True)
class Waiting:
    """A prompt that waits for a trader.

    Attributes:
        number: Running number within the session.
        contracts: Lots that are proposed.
        lot_risk_cents: What one of them loses at the stop, costs included; None of an exit.
        slip: Ticks of slippage in it.
        distance: Ticks that the market was away from the entry when it arose.
        is_manual: Whether a trader asked for it: the score says nothing about it.
        armed_at: When it was armed, or changed while armed, ns; None while it is not.
    """

    number: int
    setup: Setup
    product: Product
    contracts: int
    lot_risk_cents: int | None
    slip: int
    distance: int
    is_manual: bool
    armed_at: int | None = None

    @property
    def id(self) -> str:
        """What its lines and orders name."""
        return f"prompt-{self.number}"

    @property
    def is_exit(self) -> bool:
        """Whether it asks to leave a position."""
        return self.setup.trigger == "exit"

    @property
    def risk_cents(self) -> int | None:
        """What all lots lose at the stop, costs included."""
        return None if self.lot_risk_cents is None else self.lot_risk_cents * self.contracts

    @property
    def targets(self) -> tuple[Target, ...]:
        """Lots that leave at each goal."""
        return split(self.setup.goals, self.contracts)

    @property
    def reward_risk(self) -> float | None:
        """Reward to risk of all lots, costs included."""
        found = reward_risk(self.setup, self.targets, self.product, self.slip)
        return None if found is None else round(found, 2)

    def sized(self, product: Product, contracts: int, lot_risk_cents: int) -> Self:
        """Return the same in another size."""
        return replace(self, product=product, contracts=contracts, lot_risk_cents=lot_risk_cents)

    def away(self, quote: Quote) -> int | None:
        """Return the ticks that the market is away from the entry; negative where it has gone through it.

        It comes to a limit from the worse side, to a stop from the better one.
        """
        setup = self.setup
        touch = quote.ask if setup.side == "buy" else quote.bid
        if touch is None:
            return None
        worse = SIGNS[setup.side] * (touch - setup.entry)
        return -worse if setup.order == "stop" else worse

    def accepted(self) -> "AcceptedPrompt":
        """Return it as it is to be sent."""
        setup = self.setup
        bracket = None if setup.stop is None else Bracket(setup.stop, self.targets)
        return AcceptedPrompt(self.id, setup, self.product, self.contracts, self.risk_cents, bracket)

    def event(self, instrument: Instrument) -> Prompt:
        """Return its line, as it arises."""
        setup, price = self.setup, instrument.price
        risk = self.risk_cents
        return Prompt(
            ts=setup.born,
            id=self.id,
            side=setup.side,
            trigger=setup.trigger,
            order=setup.order,
            entry=price(setup.entry),
            stop=None if setup.stop is None else price(setup.stop),
            targets=tuple(price(target.tick) for target in self.targets),
            product=self.product.root,
            contracts=self.contracts,
            risk=None if risk is None else risk / 100,
            reward_risk=self.reward_risk,
            expires=setup.expires,
            confidence=setup.confidence,
            invalidation=setup.why_void,
            reasons=setup.reasons,
            zone=setup.zone,
            pillars=setup.pillars,
        )

    def mark(self, quote: Quote) -> PromptMark:
        """Return it as the screen shows it."""
        setup = self.setup
        return PromptMark(
            id=self.id,
            side=setup.side,
            trigger=setup.trigger,
            order=setup.order,
            entry=setup.entry,
            stop=setup.stop,
            targets=tuple(target.tick for target in self.targets),
            product=self.product.root,
            contracts=self.contracts,
            risk_cents=self.risk_cents,
            reward_risk=self.reward_risk,
            born=setup.born,
            expires=setup.expires,
            confidence=setup.confidence,
            invalidation=setup.why_void,
            reasons=setup.reasons,
            zone=setup.zone,
            armed_at=self.armed_at,
            distance=self.away(quote),
        )


@dataclass(frozen=True, slots=True)
class AcceptedPrompt:
    """A prompt that a trader confirmed, as it is to be sent.

    Attributes:
        setup: Side, kind and price of the entry order, and all that it rests on.
        bracket: Stop and targets with their lots; None of an exit.
    """

    id: str
    setup: Setup
    product: Product
    contracts: int
    risk_cents: int | None
    bracket: Bracket | None
