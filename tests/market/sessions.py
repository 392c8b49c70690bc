"""Whole sessions: seeded agents who trade on the exchange, and what the exchange knows about the result."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from feeds.records import Records

from .exchange import ASK, BID, NOBODY, Exchange, Side, Truth, Wire, opposite

Opening = Literal["clear", "bare", "none"]
"""How a stream begins: snapshot after a clear, snapshot without one (older captures), or mid-session without any."""

START: Final = 1_704_205_800_000_000_000
"""Tuesday 2024-01-02 14:30 UTC."""
SECOND: Final = 1_000_000_000
FIRST_INSTRUMENT: Final = 17_077
TICK: Final = 100_000_000


@dataclass(frozen=True, slots=True)
class Mix:
    """How often agents do what, as weights."""

    add: float = 40
    improve: float = 4
    cancel: float = 26
    modify: float = 12
    market: float = 9
    cross: float = 3
    iceberg: float = 2.5
    crossing_iceberg: float = 0.5
    stop: float = 2
    modify_into_market: float = 1
    implied: float = 0.6


@dataclass(frozen=True, slots=True)
class Session:
    """A generated stream of MBO records and the truth per instrument, the first one leading."""

    array: Records
    truths: dict[int, Truth]

    @property
    def truth(self) -> Truth:
        """What is true of the first instrument."""
        return next(iter(self.truths.values()))


class Agents:
    """Traders around a wandering fair price; every choice comes from `random`."""

    def __init__(self, exchange: Exchange, random: Random, middle: int, mix: Mix, *, target: int = 400) -> None:
        self.exchange = exchange
        self.random = random
        self.middle = middle
        self.target = target
        self._known: list[int] = []
        self._acts: dict[str, Callable[[], None]] = {
            "add": self.add,
            "improve": self.improve,
            "cancel": self.cancel,
            "modify": self.modify,
            "market": self.market,
            "cross": self.cross,
            "iceberg": self.iceberg,
            "crossing_iceberg": self.crossing_iceberg,
            "stop": self.stop,
            "modify_into_market": self.modify_into_market,
            "implied": self.implied,
        }
        self._names = list(self._acts)
        self._weights = [getattr(mix, name) for name in self._names]

    def act(self) -> None:
        """Do one thing."""
        if self.random.random() < 0.05:
            self.middle += self.random.choice((-1, 1))
        resting = len(self.exchange.orders)
        if resting < self.target // 4:
            self.add()
        elif resting > self.target * 2:
            self.cancel()
        else:
            self._acts[self.random.choices(self._names, self._weights)[0]]()

    def act_before_open(self) -> None:
        """Do one thing of those that are possible while nothing trades, sometimes across the market."""
        choice = self.random.random()
        side = self._side()
        if choice < 0.02:
            self.exchange.market(side, self._lots())
        elif choice < 0.05:
            self._enter(side, self.middle + self.random.randint(-4, 4), 40, display=4)
        elif choice < 0.8 or not self.exchange.orders:
            self._enter(side, self.middle + self.random.randint(-12, 12), self._lots())
        elif choice < 0.9:
            self.cancel()
        else:
            self.modify()

    # --- the single acts --------------------------------------------------------------------------------------------

    def add(self) -> None:
        """Rest an order somewhere behind the best price."""
        side = self._side()
        distance = 1 + int(self.random.expovariate(0.25))
        self._enter(side, self._passive(side, self.middle - distance if side == BID else self.middle + distance))

    def improve(self) -> None:
        """Rest an order inside the spread, or at the best price."""
        side = self._side()
        self._enter(side, self._passive(side, self.middle))

    def cancel(self) -> None:
        """Pull an order."""
        order_id = self._known_order()
        if order_id is not None:
            self.exchange.cancel(order_id)

    def modify(self) -> None:
        """Change the size or the price of an order, without crossing."""
        order_id = self._known_order()
        if order_id is None:
            return
        order = self.exchange.orders[order_id]
        if order.display or self.random.random() < 0.7:
            tick = order.tick + self.random.choice((-2, -1, 1, 2))
            self.exchange.modify(order_id, self._passive(order.side, tick), order.total)
        else:
            self.exchange.modify(order_id, order.tick, max(1, order.total + self.random.choice((-2, -1, 0, 1, 3))))

    def market(self) -> None:
        """Take liquidity; now and then enough for several prices, or with implied lots on top."""
        size = self._lots() * (self.random.choice((4, 10)) if self.random.random() < 0.08 else 1)
        implied = self.random.randint(1, 5) if self.random.random() < 0.03 else 0
        self.exchange.market(self._side(), size, owner=self._owner(), implied=implied)

    def cross(self) -> None:
        """Enter a limit order through the market, of which something may rest."""
        self._enter_crossing(self._lots() * 2, display=0)

    def iceberg(self) -> None:
        """Rest an iceberg near the market."""
        side, display = self._side(), self._display()
        tick = self._passive(side, self.middle + self.random.choice((-1, 0, 1)))
        self._enter(side, tick, display * self.random.randint(2, 30), display=display)

    def crossing_iceberg(self) -> None:
        """Enter an iceberg that trades first."""
        display = self._display()
        self._enter_crossing(display * self.random.randint(2, 30), display=display)

    def stop(self) -> None:
        """Leave a stop order with the exchange, a few ticks behind the market."""
        side = self._side()
        best = self.exchange.best(opposite(side))
        if best is not None:
            distance = self.random.randint(1, 4)
            trigger = best + distance if side == BID else best - distance
            self.exchange.stop(side, trigger, self._lots(), owner=self._owner())

    def modify_into_market(self) -> None:
        """Move a resting order through the market."""
        order_id = self._known_order()
        if order_id is None:
            return
        order = self.exchange.orders[order_id]
        best = self.exchange.best(opposite(order.side))
        if best is not None:
            self.exchange.modify(order_id, best + (1 if order.side == BID else -1), order.total)

    def implied(self) -> None:
        """Let a spread order trade against one side, against implied orders, or both."""
        shown, hidden = self.random.choice(((2, 3), (4, 0), (0, 5)))
        self.exchange.implied_trade(self._side(), shown, hidden)

    # --- choices ----------------------------------------------------------------------------------------------------

    def _side(self) -> Side:
        return BID if self.random.random() < 0.5 else ASK

    def _lots(self) -> int:
        return 1 + int(self.random.expovariate(0.4))

    def _display(self) -> int:
        return self.random.choice((1, 1, 2, 4, 5, 10, 26))

    def _owner(self) -> int:
        return self.random.randint(1, 12) if self.random.random() < 0.5 else NOBODY

    def _passive(self, side: Side, tick: int) -> int:
        """Keep a price from crossing the market in continuous trading."""
        best = self.exchange.best(opposite(side))
        if best is None or not self.exchange.continuous:
            return tick
        return min(tick, best - 1) if side == BID else max(tick, best + 1)

    def _enter(self, side: Side, tick: int, size: int = 0, *, display: int = 0) -> None:
        order_id = self.exchange.limit(side, tick, size or self._lots(), display=display, owner=self._owner())
        self._known.append(order_id)

    def _enter_crossing(self, size: int, *, display: int) -> None:
        side = self._side()
        best = self.exchange.best(opposite(side))
        if best is not None:
            self._enter(side, best + (1 if side == BID else -1), size, display=display)

    def _known_order(self) -> int | None:
        """Pick a resting order; forget those that are gone on the way."""
        while self._known:
            position = self.random.randrange(len(self._known))
            order_id = self._known[position]
            if order_id in self.exchange.orders:
                return order_id
            self._known[position] = self._known[-1]
            self._known.pop()
        return None


def session(
    seed: int,
    events: int = 1_000,
    *,
    opening: Opening = "clear",
    auction: bool = False,
    warm_up: int = 300,
    resnapshots: int = 0,
    instruments: int = 1,
    start: int = START,
    pace: int = 20_000_000,
    middle: int = 20_000,
    tick: int = TICK,
    last_flags: int = 130,
    mix: Mix | None = None,
) -> Session:
    """Generate a session of about `events` matching events.

    Args:
        opening: How the stream begins.
        auction: Spend the first third in a crossed pre-open, ended by an opening auction.
        warm_up: Acts of the agents before the stream begins.
        resnapshots: Snapshots later in the stream, as after a reconnection.
        instruments: Instruments in the stream, with their events interleaved.
        pace: Mean nanoseconds between events; now and then there is a lull of many seconds.
        middle: Tick around which trading starts; near 0, prices turn negative.
        last_flags: Flags of an event's last record: 130 as in older captures, 128 as in newer ones.
    """
    random = Random(seed)
    wire = Wire(start - SECOND, last_flags=last_flags)
    exchanges = [Exchange(wire, FIRST_INSTRUMENT + number, tick) for number in range(instruments)]
    crowd = [Agents(exchange, random, middle, mix or Mix()) for exchange in exchanges]
    _warm_up(wire, crowd, warm_up, auction=auction)
    wire.now = start
    for exchange in exchanges:
        _open(exchange, opening)
    opened = events // 3 if auction else 0
    again = {random.randrange(opened, events) for _ in range(resnapshots)} if events > opened else set()
    for number in range(events):
        _pass_time(wire, random, pace)
        agents = random.choice(crowd)
        if number < opened:
            agents.act_before_open()
            continue
        for exchange in exchanges:
            if not exchange.continuous:
                exchange.auction()
            if number in again and exchange.has_news:
                exchange.snapshot("bare" if opening == "bare" else "clear")
        agents.act()
    return Session(wire.array(), {exchange.instrument_id: exchange.finish() for exchange in exchanges})


def _warm_up(wire: Wire, crowd: list[Agents], acts: int, *, auction: bool) -> None:
    """Fill the books unseen; before an auction without trades."""
    wire.muted = True
    for agents in crowd:
        if auction:
            agents.exchange.close_for_auction()
        for _ in range(acts):
            if auction:
                agents.act_before_open()
            else:
                agents.act()
    wire.muted = False


def _open(exchange: Exchange, opening: Opening) -> None:
    exchange.forget()
    if opening != "none":
        exchange.snapshot(opening)


def _pass_time(wire: Wire, random: Random, pace: int) -> None:
    """Move the clock: often not at all, sometimes far."""
    chance = random.random()
    if chance < 0.3:
        return
    mean = pace * 400 if chance > 0.999 else pace
    wire.now += int(random.expovariate(1 / mean)) if mean else 0
