"""Sessions as trading tells them: a small teller that keeps ids, times and money consistent by itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engines.events import AggressorSide, Event, Feed, PillarName, Reason
from engines.execution.money import Product
from engines.trading_events import (
    Decision,
    Fill,
    Hindsight,
    Order,
    OrderRole,
    PillarStand,
    Position,
    Prompt,
    Risk,
    Trigger,
)
from qmo_tui.journal.facts import Account, SessionFacts

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
NOON = 1_705_579_200 * SECOND
"""2024-01-18, noon UTC: a Thursday, 07:00 in New York, 06:00 in Chicago."""
GC = Product("GC", 1_000, 250)
MGC = Product("MGC", 100, 75)


def facts(account: Account = "paper", **changes: Any) -> SessionFacts:
    """Return what is known of a session that began at noon."""
    provenance = {"paper": "live"}.get(account, account)
    known: dict[str, Any] = {
        "account": account,
        "source": "databento mbo",
        "provenance": provenance,
        "dataset": "GLBX.MDP3",
        "symbol": "GCG4",
        "tick": 0.1,
        "products": (GC, MGC),
        "started": NOON,
        "version": "0.1",
        "settings_digest": "d",
    }
    return SessionFacts(**{**known, **changes})


@dataclass
class Teller:
    """Tells one session in the order of what happened; every method returns the events it told.

    Attributes:
        now: Event time, ns.
        said: All that was told so far.
    """

    product: Product = GC
    now: int = NOON
    said: list[Event] = field(default_factory=list)
    _counts: dict[str, int] = field(default_factory=dict)
    _realised: int = 0
    _trades: int = 0
    _losses: int = 0

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += round(seconds * SECOND)

    def prompt(
        self,
        side: AggressorSide = "buy",
        entry: float = 2050.0,
        stop: float = 2049.0,
        targets: tuple[float, ...] = (2052.0,),
        contracts: int = 1,
        trigger: Trigger = "rejection",
        pillars: tuple[PillarStand, ...] = (),
        **changes: Any,
    ) -> Prompt:
        """A prompt arises."""
        known: dict[str, Any] = {
            "id": self._id("prompt"),
            "risk": self.risk_cents(entry, stop, contracts) / 100,
            "reward_risk": 2.0,
            "expires": self.now + 5 * MINUTE,
            "confidence": None if trigger == "manual" else 0.8,
            "invalidation": f"a trade at {stop}",
            "reasons": (Reason("bid absorption", "held three times", 3.0, "absorption", self.now, "a1"),),
            "order": "limit",
            "product": self.product.root,
        }
        prompt = Prompt(
            ts=self.now,
            side=side,
            entry=entry,
            stop=stop,
            targets=targets,
            contracts=contracts,
            trigger=trigger,
            pillars=pillars,
            **{**known, **changes},
        )
        self.said.append(prompt)
        return prompt

    def decide(
        self, prompt: Prompt | None, action: Any, reason: str = "", key: str = "", refused: bool = False
    ) -> None:
        """Something becomes of a prompt."""
        name = "" if prompt is None else prompt.id
        self.said.append(Decision(ts=self.now, prompt=name, action=action, reason=reason, key=key, refused=refused))

    def take(self, prompt: Prompt) -> None:
        """It is armed and confirmed."""
        self.decide(prompt, "armed", key="b" if prompt.side == "buy" else "s")
        self.wait(1)
        self.decide(prompt, "accepted", key="y")

    def hindsight(self, prompt: Prompt, action: Any, outcome: Any, r: float | None) -> None:
        """It becomes known what a prompt that was not taken would have made."""
        self.said.append(
            Hindsight(
                ts=self.now,
                prompt=prompt.id,
                action=action,
                outcome=outcome,
                r=r,
                mfe=10.0,
                mae=5.0,
                reason="traded on",
            )
        )

    def order(
        self,
        prompt: Prompt | None,
        role: OrderRole,
        side: AggressorSide,
        price: float | None,
        quantity: int,
        **changes: Any,
    ) -> Order:
        """An order begins to work."""
        known: dict[str, Any] = {
            "id": self._id("order"), "prompt": None if prompt is None else prompt.id, "role": role,
            "type": {"entry": "limit", "stop": "stop", "target": "limit", "exit": "market"}[role], "side": side,
            "product": self.product.root, "price": price, "quantity": quantity, "filled": 0, "state": "working",
        }  # fmt: skip
        order = Order(ts=self.now, **{**known, **changes})
        self.said.append(order)
        return order

    def change(self, order: Order, **changes: Any) -> Order:
        """An order takes a step."""
        known = {name: getattr(order, name) for name in order.__struct_fields__}
        changed = Order(**{**known, "ts": self.now, **changes})
        self.said.append(changed)
        return changed

    def fill(self, order: Order, price: float, quantity: int | None = None) -> Fill:
        """All lots of an order trade, or some."""
        lots = order.quantity if quantity is None else quantity
        fill = Fill(
            ts=self.now,
            id=self._id("fill"),
            order=order.id,
            prompt=order.prompt,
            role=order.role,
            side=order.side,
            product=order.product,
            price=price,
            quantity=lots,
            maker=order.type == "limit",
            fees=lots * self.product.fee_cents / 100,
        )
        self.said.append(fill)
        return fill

    def position(self, **fields: Any) -> Position:
        """A position takes a step."""
        position = Position(ts=self.now, product=self.product.root, **fields)
        self.said.append(position)
        return position

    def trade(
        self,
        prompt: Prompt,
        exit_price: float,
        minutes: float = 10,
        mfe: float = 0.0,
        mae: float = 0.0,
        stops: Sequence[float] = (),
    ) -> Position:
        """A prompt is taken, filled at its entry and left at a price; `stops` is where its stop goes meanwhile."""
        self.take(prompt)
        entry = self.order(prompt, "entry", prompt.side, prompt.entry, prompt.contracts)
        self.wait(1)
        self.fill(entry, prompt.entry)
        self.change(entry, state="filled", filled=prompt.contracts)
        away: AggressorSide = "sell" if prompt.side == "buy" else "buy"
        protective = self.order(prompt, "stop", away, prompt.stop, prompt.contracts)
        target = self.order(prompt, "target", away, prompt.targets[0], prompt.contracts)
        fees = prompt.contracts * self.product.fee_cents
        common: dict[str, Any] = {
            "id": self._id("position"), "prompt": prompt.id, "side": prompt.side, "entry": prompt.entry,
            "risk": prompt.risk,
        }  # fmt: skip
        risk = round((prompt.risk or 0.0) * 100)
        held = {**common, "quantity": prompt.contracts, "exit": None, "realised": -fees / 100, "fees": fees / 100}
        self.position(**held, state="opened", stop=prompt.stop, r=-fees / risk, mfe=0.0, mae=0.0, reason="entry filled")
        for stop in stops:
            self.wait(1)
            protective = self.change(protective, price=stop)
            self.position(**held, state="changed", stop=stop, r=-fees / risk, mfe=0.0, mae=0.0, reason="stop moved")
        self.wait(minutes * 60)
        leaving, other = (target, protective) if exit_price == target.price else (protective, target)
        self.fill(leaving, exit_price)
        self.change(leaving, state="filled", filled=prompt.contracts)
        self.change(other, state="cancelled", reason="the other one filled")
        made = self._ticks(exit_price - prompt.entry) * (1 if prompt.side == "buy" else -1)
        cents = made * self.product.tick_cents * prompt.contracts - 2 * fees
        closed = self.position(
            **common, state="closed", quantity=0, exit=exit_price, stop=None, realised=cents / 100,
            fees=2 * fees / 100, r=cents / risk, mfe=mfe, mae=mae, reason=f"{leaving.role} filled",
        )  # fmt: skip
        self._realised += cents
        self._trades += 1
        self._losses = 0 if cents > 0 else self._losses + 1
        self.risk()
        return closed

    def risk(self, state: Any = "ok", reason: str = "") -> None:
        """The capital ladder says where it stands."""
        made = self._realised / 100
        self.said.append(
            Risk(
                ts=self.now, day="2024-01-18", state=state, reason=reason, until=None, realised=made, session=made,
                week=made, trades=self._trades, losses=self._losses,
            )
        )  # fmt: skip

    def feed(self, state: str, reason: str = "") -> None:
        """The line changes its state."""
        self.said.append(Feed(ts=self.now, state=state, source="databento mbo", reason=reason, at=self.now))

    def risk_cents(self, entry: float, stop: float, contracts: int) -> int:
        """What the stop loses, fees both ways included."""
        return contracts * (abs(self._ticks(entry - stop)) * self.product.tick_cents + 2 * self.product.fee_cents)

    def _ticks(self, distance: float) -> int:
        return round(distance * 10)

    def _id(self, kind: str) -> str:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return f"{kind}-{self._counts[kind]}"


def pillars(**directions: AggressorSide | None) -> tuple[PillarStand, ...]:
    """Return where pillars stand; those not named cannot be read."""
    names: tuple[PillarName, ...] = ("QMO", "IMO", "Gann", "Astro", "Cycle")
    return tuple(
        PillarStand(name, name in directions, directions.get(name), 0.5 if directions.get(name) else 0.0)
        for name in names
    )
