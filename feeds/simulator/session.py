"""A simulated session: the market's arrays and their owner, which hands on batches of wire records and the truth."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from feeds.records import F_LAST, MBO, Batch, Provenance, Records, Schema
from feeds.simulator import flow, grammar, habits, layout, matching, running
from feeds.simulator.chance import seed_chance
from feeds.simulator.compiled import alone
from feeds.simulator.contract import CONTRACT, INSTRUMENT_ID, TICK, Status, definition, status
from feeds.simulator.day import Phase, Stretch, pace_from, stretch_at
from feeds.simulator.diary import write_down
from feeds.simulator.habits import Habits
from feeds.simulator.layout import ASK, BID, LADDER, NO_ASK, NO_BID, NOBODY, Market
from feeds.simulator.script import BLOCK_NS, Cast, Plan, Script
from feeds.simulator.truth import TruthBook

DEFAULT_START: Final = 1_791_201_600_000_000_000
"""2026-10-05 08:00 in New York, a Monday: twenty minutes before the first burst."""
FIRST_ID: Final = 6_412_777_000_000
_SECOND_NS: Final = 1_000_000_000
_MINUTE_NS: Final = 60 * _SECOND_NS
_ASLEEP: Final = 0.2
_WARM_UP_NS: Final = 120 * _SECOND_NS
_NEVER: Final = 2**62
_FIRST_LEVELS: Final = 500
_FIRST_ORDERS: Final = 7


@dataclass(frozen=True, slots=True)
class SimulationSettings:
    """What a simulated session is made from; equal settings give equal bytes.

    Attributes:
        seed: Of everything that is left to chance.
        start: First time, ns UTC.
        habits: The background flow.
        cast: How much is planted.
        awake: Before this time the market is a fifth as lively as the hour would have it, ns UTC.
    """

    seed: int = 1
    start: int = DEFAULT_START
    habits: Habits = field(default_factory=Habits)
    cast: Cast = field(default_factory=Cast)
    awake: int = 0


class Simulation:
    """One simulated market, which goes on for as long as it is asked to.

    Attributes:
        settings: What it is made from.
        truth: What it knows about itself; take the finished lines from time to time.
        clock: Time up to which records have been handed on, ns.
        requests: What traders asked for, where `note_requests` was called; REQUEST rows, stretch by stretch.
    """

    def __init__(self, settings: SimulationSettings | None = None) -> None:
        """Make the market and let it warm up unseen."""
        self.settings = settings or SimulationSettings()
        self.truth = TruthBook()
        self.clock = self.settings.start
        self.requests: list[Records] = []
        self._script = Script(self.settings.seed, self.settings.cast)
        self._market = _new_market(self.settings)
        self._block = 0
        self._block_end = self.settings.start
        self._stretch = stretch_at(self.settings.start)
        with alone():  # the first market of a machine compiles its kernels
            self._warm_up()

    def batches(self, until: int | None = None, slice_ns: int = BLOCK_NS) -> Iterator[Batch]:
        """Yield records in wire order, definition and snapshot first, up to a time (ns, exclusive) or without end.

        Args:
            until: Where to stop; None goes on for ever.
            slice_ns: Market time after which what there is is handed on, so that a screen has not long to wait.
        """
        end = _NEVER if until is None else until
        yield from self._opening()
        while self.clock < end:
            if self._stretch.phase is Phase.CLOSED:
                self.clock = self._stretch.end
            else:
                if self.clock >= self._block_end:
                    self._plant()
                stop = min(self.clock + slice_ns, self._block_end, self._stretch.end, end)
                yield from self._run(stop)
            if self.clock >= self._stretch.end and self.clock < end:
                yield from self._turn()

    @property
    def market(self) -> Market:
        """The market's arrays as they stand; copy them to go on elsewhere (`rematch`)."""
        return self._market

    def note_requests(self) -> None:
        """Write down from now on what traders ask the matching engine for.

        Raises:
            ValueError: Some of them meet implied liquidity, which is no request.
        """
        if self.settings.habits.implied_share > 0:
            raise ValueError("what meets implied liquidity is not asked for")
        self._market = self._market._replace(requests=np.zeros(layout.REQUESTS, layout.REQUEST))
        self._market.now["noting"] = 1

    # --- one stretch after the other ----------------------------------------------------------------------------------

    def _run(self, until: int) -> Iterator[Batch]:
        while running.run(self._market, until) == layout.FULL:
            yield from self._taken()
        self.clock = until
        yield from self._taken()

    def _turn(self) -> Iterator[Batch]:
        """Go over to the next phase of the trading day."""
        now = self._market.now
        self._stretch = stretch_at(self.clock)
        now["clock"] = np.maximum(now["clock"], self.clock)
        if self._stretch.phase is Phase.OPEN:
            yield _batch(Schema.STATUS, status(self.clock, Status.TRADING))
            matching.hold_auction(self._market)
            yield from self._taken()
        elif self._stretch.phase is Phase.PRE_OPEN:
            yield _batch(Schema.STATUS, status(self.clock, Status.PRE_OPEN))
            now["next_arrival"] = self.clock
            now["fair_at"] = self.clock
            self._block_end = self.clock
        else:
            now["continuous"] = 0
            yield _batch(Schema.STATUS, status(self.clock, Status.CLOSE))

    def _taken(self) -> Iterator[Batch]:
        """Take the records and truth rows made so far."""
        now = self._market.now
        made, told = int(now["records"][0]), int(now["truths"][0])
        records = self._market.records[:made].copy()
        self.truth.take(self._market.truths[:told], records)
        now["records"] = 0
        now["truths"] = 0
        if now["noting"][0]:
            self.requests.append(self._market.requests[: int(now["requests"][0])].copy())
            now["requests"] = 0
        if made:
            yield _batch(Schema.MBO, records)

    # --- what goes before ---------------------------------------------------------------------------------------------

    def _warm_up(self) -> None:
        """Trade unseen until the book looks as if it had been there for long; then set it for the first phase."""
        market, now = self._market, self._market.now
        flow.fill_book(market, _FIRST_LEVELS, _FIRST_ORDERS)
        now["continuous"] = 1
        running.run(market, self.settings.start)
        now["clock"] = self.settings.start
        now["continuous"] = self._stretch.phase is Phase.OPEN
        now["muted"] = 0

    def _opening(self) -> Iterator[Batch]:
        if self.clock != self.settings.start:
            return
        phases = {Phase.OPEN: Status.TRADING, Phase.PRE_OPEN: Status.PRE_OPEN, Phase.CLOSED: Status.CLOSE}
        yield _batch(Schema.DEFINITION, definition(self.clock))
        yield _batch(Schema.STATUS, status(self.clock, phases[self._stretch.phase]))
        yield from self._snapshot()

    def _snapshot(self) -> Iterator[Batch]:
        """Yield the resting orders, a clear before them, each side best price first."""
        market, now = self._market, self._market.now
        grammar.begin_snapshot(market)
        orders = market.levels["orders"]
        places = [(BID, int(tick)) for tick in np.flatnonzero(orders[BID])[::-1]]
        places += [(ASK, int(tick)) for tick in np.flatnonzero(orders[ASK])]
        for number, (side, tick) in enumerate(places):
            if not grammar.snapshot_level(market, side, tick):
                yield from self._taken()
                grammar.snapshot_level(market, side, tick)
            if number == len(places) - 1:
                market.records["flags"][int(now["records"][0]) - 1] |= F_LAST
        now["sequence"] += 1
        yield from self._taken()

    # --- the script ---------------------------------------------------------------------------------------------------

    def _plant(self) -> None:
        """Hand the actors of the next block to the market, and lay down its activity."""
        now = self._market.now
        now["pace_from"], self._market.pace[:] = _pace_from(self.clock, self.settings)
        plans = self._script.block(self._block, self.clock)
        self._block += 1
        self._block_end = self.clock + BLOCK_NS
        self.truth.announce(plans)
        rows = iter(np.flatnonzero(self._market.actors["stage"] == NOBODY).tolist())
        for plan in plans:
            self._engage(plan, rows)

    def _engage(self, plan: Plan, rows: Iterator[int]) -> None:
        actors = self._market.actors
        for role in plan.roles:
            row = next(rows, NOBODY)
            if row == NOBODY:
                return
            role.row = row
            actors[row] = np.zeros((), layout.ACTOR)
            for name, value in role.fields.items():
                actors[name][row] = value
            actors["plan"][row] = plan.number
            actors["slot"][row] = NOBODY
            actors["partner"][row] = NOBODY if role.partner is None else role.partner.row
            write_down(self._market, role.begin, layout.DUE_ACTOR, row, np.uint64(plan.number))


def _batch(schema: Schema, records: Records) -> Batch:
    return Batch(schema, records, Provenance.DEMO, CONTRACT)


def _new_market(settings: SimulationSettings) -> Market:
    """Return an empty market, a little before the session begins, with all its free rows chained."""
    levels = np.zeros((2, LADDER), layout.LEVEL)
    stop_levels = np.zeros((2, LADDER), layout.LEVEL)
    for table in (levels, stop_levels):
        table["head"] = table["tail"] = NOBODY
    orders = np.zeros(layout.ORDERS, layout.ORDER)
    stops = np.zeros(layout.STOPS, layout.STOP)
    for free in (orders, stops):
        free["next"] = np.arange(1, len(free) + 1)
        free["next"][-1] = NOBODY
    orders["touch"] = orders["actor"] = NOBODY
    actors = np.zeros(layout.ACTORS, layout.ACTOR)
    actors["stage"] = NOBODY
    market = Market(
        now=np.zeros(1, layout.NOW),
        settings=np.zeros(1, layout.SETTINGS),
        orders=orders,
        levels=levels,
        stops=stops,
        stop_levels=stop_levels,
        dues=np.zeros(layout.DUES, layout.DUE),
        prints=np.zeros(layout.PRINTS, layout.PRINT),
        fills=np.zeros(layout.PRINTS, layout.FILL),
        touches=np.zeros(layout.PRINTS, layout.TOUCH),
        records=np.zeros(layout.RECORDS, MBO),
        truths=np.zeros(layout.TRUTHS, layout.TRUTH),
        requests=np.zeros(1, layout.REQUEST),
        actors=actors,
        pace=np.zeros(layout.PACE_MINUTES, np.float64),
        swings=np.tile(np.array([-1, LADDER], np.int64), (layout.SWING_MINUTES, 1)),
        urns=habits.urns(),
    )
    _set_habits(market, settings.habits)
    _set_clock(market, settings)
    seed_chance(market, settings.seed)
    return market


def _set_habits(market: Market, chosen: Habits) -> None:
    for name in layout.SETTINGS.names or ():
        if name != "home":
            market.settings[name] = getattr(chosen, name)
    market.settings["home"] = market.now["fair"] = chosen.price
    market.now["volatility"] = chosen.volatility


def _set_clock(market: Market, settings: SimulationSettings) -> None:
    now, before = market.now, settings.start - _WARM_UP_NS
    for name in ("clock", "fair_at", "next_arrival"):
        now[name] = before
    now["pace_from"], market.pace[:] = _pace_from(before, settings)
    now["swing_minute"] = before // (60 * _SECOND_NS)
    now["next_id"] = FIRST_ID
    now["instrument_id"], now["tick_size"] = INSTRUMENT_ID, TICK
    now["best_bid"], now["best_ask"] = NO_BID, NO_ASK
    now["last"] = settings.habits.price
    now["buy_stop"], now["sell_stop"] = LADDER, -1
    now["event_high"], now["event_low"] = -1, LADDER
    now["order_room"], now["stop_room"] = layout.ORDERS, layout.STOPS
    now["muted"] = 1


def _pace_from(moment: int, settings: SimulationSettings) -> tuple[int, npt.NDArray[np.float64]]:
    """Return what `pace_from` does, with the minutes asleep that are."""
    start, pace = pace_from(moment)
    asleep = min(max(0, -(-(settings.awake - start) // _MINUTE_NS)), len(pace))
    pace[:asleep] *= _ASLEEP
    return start, pace


__all__ = ["DEFAULT_START", "Simulation", "SimulationSettings", "Stretch"]
