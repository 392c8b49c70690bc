"""The same limit orders twice: in the simulator's own book, and with the paper broker over the records it published.

Everybody else asks the matching engine for the same in both (`feeds.simulator.rematch`). Of an order that is immediate
or cancelled, market by order shows what it traded and never what it wanted; `told` requests want no more than that.
"""

import copy
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import NamedTuple

import numpy as np

from engines.book.book import Book
from engines.book.by_price import MarketByPrice
from engines.book.layout import BID
from engines.book.levels import LevelBook
from engines.events import AggressorSide
from engines.execution.money import Product
from engines.execution.orders import Bracket, FillReport, OrderRequest
from engines.execution.paper.broker import PaperBroker
from engines.execution.paper.settings import PaperSettings
from feeds.instrument import Instrument, root_of
from feeds.records import ACTION_CANCEL, ACTION_FILL, ACTION_TRADE, F_SNAPSHOT, MBP_10, Records, Schema
from feeds.simulator.contract import CONTRACT
from feeds.simulator.layout import ENTER_LIMIT, Market, Rows
from feeds.simulator.rematch import Fill, Rematch, copied
from feeds.simulator.session import Simulation, SimulationSettings
from tests.market.sessions import SECOND

LENGTH = 300 * SECOND
PATIENCE = 20 * SECOND
"""How long an order is followed; one that has not filled by then has filled as far as it has."""
_FIRST = 10 * SECOND
_FAR = 5_000
_FEWEST, _MOST = -2, 4


@dataclass(frozen=True)
class Played:
    """A simulated session: where it began, what was asked for, what was published."""

    start: int
    begin: Market
    requests: Rows
    records: Records


class Order(NamedTuple):
    """A limit order that comes at a time."""

    time: int
    side: int
    tick: int
    lots: int


@cache
def played(seed: int) -> Played:
    """Play a session."""
    settings = SimulationSettings(seed=seed)
    simulation = Simulation(settings)
    simulation.note_requests()
    begin = copied(simulation.market)
    batches = list(simulation.batches(until=settings.start + LENGTH))
    records = np.concatenate([batch.records for batch in batches if batch.schema is Schema.MBO])
    return Played(settings.start, begin, np.concatenate(simulation.requests), records)


def by_price(records: Records, tick: int = CONTRACT.tick) -> Records:
    """Derive what mbp-10 would have told."""
    market = MarketByPrice(Schema.MBP_10, lambda _instrument_id: tick)
    return np.concatenate([np.zeros(0, MBP_10), *(told.copy() for told in market.process(records))])


def told(session: Played) -> Rows:
    """Return the requests as the records tell them: what is immediate or cancelled wanted no more than it traded.

    Where an event took an order away that was not filled (self-match prevention), what was wanted mattered: it stays.
    """
    requests, records = session.requests.copy(), session.records
    trades = records[records["action"] == ACTION_TRADE]
    aggressors, places = np.unique(trades["order_id"], return_inverse=True)
    traded = dict(zip(aggressors.tolist(), np.bincount(places, trades["size"]).astype(int).tolist(), strict=True))
    times = _times(records)
    for number in np.flatnonzero((requests["what"] == ENTER_LIMIT) & (requests["rests"] == 0)).tolist():
        request = requests[number]
        first, end = np.searchsorted(times, [request["time"], request["time"] + 1])
        if not _takes_away(records[first:end]):
            request["lots"] = traded.get(int(request["id"]), 0)
    return requests


def _takes_away(event: Records) -> bool:
    known = event["order_id"][(event["action"] == ACTION_FILL) | (event["action"] == ACTION_TRADE)]
    return bool(((event["action"] == ACTION_CANCEL) & ~np.isin(event["order_id"], known)).any())


def _times(records: Records) -> np.ndarray:
    """Return event times that never fall; those of a snapshot are 0."""
    return np.maximum.accumulate(np.where(records["flags"] & F_SNAPSHOT, 0, records["ts_event"]).astype(np.int64))


def orders(session: Played, rematch: Rematch, random: Random, count: int) -> list[tuple[Order, list[Fill]]]:
    """Draw orders at random times, sides, sizes and prices about the touch; return each with its fills in the book."""
    last = (LENGTH - PATIENCE) // SECOND
    times = sorted(session.start + random.randrange(_FIRST, last * SECOND) for _ in range(count))
    drawn = []
    for time in times:
        rematch.go_to(time)
        bid, ask = rematch.touch
        side, behind, lots = random.randrange(2), random.randint(_FEWEST, _MOST), random.choice((1, 1, 2, 3, 5, 8))
        order = Order(time, side, bid - behind if side == BID else ask + behind, lots)
        drawn.append((order, rematch.fills_of(side, order.tick, lots, time, time + PATIENCE)))
    return drawn


def on_paper(
    records: Records, schema: Schema, wanted: list[Order], instrument: Instrument = CONTRACT, patience: int = PATIENCE
) -> list[list[Fill]]:
    """Return the fills that the paper broker makes of each order, over the records of one schema."""
    number, tick = instrument.instrument_id, instrument.tick
    book: Book | LevelBook = Book(number, tick) if schema is Schema.MBO else LevelBook(number, tick, schema)
    times, position, fills = _times(records), 0, []
    for order in wanted:
        first, end = np.searchsorted(times, [order.time, order.time + patience])
        _apply(book, records[position:first])
        position = first
        fills.append(_fills_of(copy.deepcopy(book), records[first:end], order, instrument))
    return fills


def _fills_of(book: Book | LevelBook, records: Records, order: Order, instrument: Instrument) -> list[Fill]:
    root = root_of(instrument.symbol)
    broker = PaperBroker(instrument, (Product(root, 1_000),), PaperSettings(latency=0))
    side: AggressorSide
    side, far = ("buy", -_FAR) if order.side == BID else ("sell", _FAR)
    bracket = Bracket(order.tick + far)
    broker.see(book)
    broker.submit(OrderRequest("e", "entry", "limit", side, root, order.tick, order.lots, None, bracket), order.time)
    fills: list[Fill] = []
    while len(records) and sum(fill.lots for fill in fills) < order.lots:
        end = broker.read(book, records)
        _apply(book, records[:end])
        broker.see(book)
        records = records[end:]
        fills += [Fill(each.ts, each.tick, each.quantity) for each in broker.reports() if isinstance(each, FillReport)]
    return fills


def _apply(book: Book | LevelBook, records: Records) -> None:
    for _output in book.process(records):
        pass


def summed(fills: list[Fill]) -> dict[tuple[int, int], int]:
    """Return lots by time and price."""
    lots: dict[tuple[int, int], int] = {}
    for fill in fills:
        lots[fill.time, fill.tick] = lots.get((fill.time, fill.tick), 0) + fill.lots
    return lots


def is_no_better(paper: list[Fill], real: list[Fill], side: int) -> bool:
    """Whether no lot of the paper's came earlier or cheaper than the same lot of the book's, and none more."""
    lots_of_paper, lots_of_book = ([fill for fill in fills for _ in range(fill.lots)] for fills in (paper, real))
    if len(lots_of_paper) > len(lots_of_book):
        return False
    sign = 1 if side == BID else -1
    return all(
        mine.time >= true.time and sign * mine.tick >= sign * true.tick
        for mine, true in zip(lots_of_paper, lots_of_book, strict=False)
    )
