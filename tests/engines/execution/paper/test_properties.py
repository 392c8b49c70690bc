"""Whatever the market does, whatever is asked for: one stop, never naked, never more closed than held, never better."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.book.book import Book
from engines.book.levels import LevelBook
from engines.events import AggressorSide
from engines.execution.orders import Bracket, FillReport, OrderRequest, Report, Target
from engines.execution.paper.broker import PaperBroker
from engines.execution.paper.settings import PaperSettings
from feeds.records import F_LAST, Records, Schema
from tests.engines.execution.paper.bench import GOLD, MILLISECOND, PRODUCTS
from tests.engines.execution.paper.counterparty import by_price
from tests.engines.execution.paper.ledger import Ledger
from tests.market import session
from tests.market.sessions import FIRST_INSTRUMENT, TICK
from tests.market.strategies import damaged_streams, streams

FINDING = settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@dataclass(frozen=True)
class Played:
    """All reports of a run."""

    reports: list[Report]
    ledger: Ledger


def _play(records: Records, schema: Schema, actions: Sequence[int], cuts: Sequence[int], seed: int) -> Played:
    """Feed records in pieces, and let chance act at some places; both are places between matching events."""
    by_order = schema is Schema.MBO
    book: Book | LevelBook = Book(FIRST_INSTRUMENT, TICK) if by_order else LevelBook(FIRST_INSTRUMENT, TICK, schema)
    broker = PaperBroker(GOLD, PRODUCTS, PaperSettings(latency=5 * MILLISECOND))
    trader, ledger, reports = _Trader(Random(seed)), Ledger(), []
    position = 0
    for place in sorted({*actions, *cuts, len(records)}):
        _feed(broker, book, records[position:place])
        position = place
        if place in actions:
            trader.act(broker, book)
        said = broker.reports()
        ledger.take(said)
        ledger.check(broker)
        reports += said
    return Played(reports, ledger)


def _feed(broker: PaperBroker, book: Book | LevelBook, records: Records) -> None:
    """Do what the pipeline does."""
    while broker.is_listening and (end := broker.read(book, records)) < len(records):
        _apply(book, records[:end])
        broker.see(book)
        records = records[end:]
    _apply(book, records)
    broker.see(book)


def _apply(book: Book | LevelBook, records: Records) -> None:
    for output in book.process(records):
        assert not output.at_boundary


class _Trader:
    """Asks for anything, sensible or not."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._count = 0

    def act(self, broker: PaperBroker, book: Book | LevelBook) -> None:
        """Do one thing, at the newest event time."""
        random, now = self._random, int(book.now["clock"])
        known = [mark.id for mark in broker.orders()]
        middle = book.best_bid if book.best_bid is not None else 20_000
        near = middle + random.randint(-4, 4)
        match random.choice(("enter", "enter", "enter", "exit", "cancel", "replace", "protect", "flatten")):
            case "enter":
                broker.submit(self._entry(near), now)
            case "exit":
                side, kind = random.choice(("buy", "sell")), random.choice(("limit", "market"))
                tick = near if kind == "limit" else None
                broker.submit(self._order("exit", kind, side, tick, random.randint(1, 9)), now)
            case "cancel" if known:
                broker.cancel(random.choice(known), now)
            case "replace" if known:
                quantity = random.choice((None, random.randint(1, 12)))
                broker.replace(random.choice(known), now, tick=random.choice((None, near)), quantity=quantity)
            case "protect":
                targets = tuple(Target(near + random.randint(-3, 6), random.randint(1, 4)) for _ in range(2))
                broker.protect(Bracket(near + random.randint(-6, 3), targets), now)
            case "flatten":
                broker.flatten(now)

    def _entry(self, near: int) -> OrderRequest:
        random = self._random
        side: AggressorSide = random.choice(("buy", "sell"))
        sign = 1 if side == "buy" else -1
        lots = random.randint(1, 12)
        first = random.randint(0, lots)
        parts = [Target(near + sign * random.randint(1, 5), part) for part in (first, lots - first) if part]
        kind = random.choice(("limit", "limit", "market", "stop"))
        bracket = Bracket(near - sign * random.randint(1, 6), tuple(parts))
        return self._order("entry", kind, side, None if kind == "market" else near, lots, bracket)

    def _order(
        self, role: str, kind: str, side: str, tick: int | None, lots: int, bracket: Bracket | None = None
    ) -> OrderRequest:
        self._count += 1
        product = "MGC" if self._random.random() < 0.1 else "GC"
        return OrderRequest(f"o{self._count}", role, kind, side, product, tick, lots, None, bracket)  # type: ignore[arg-type]


def _ends(records: Records, schema: Schema) -> list[int]:
    """Return the places between matching events."""
    if schema is Schema.MBO:
        ended = (records["flags"] & F_LAST != 0) & (records["instrument_id"] == FIRST_INSTRUMENT)
        return (np.flatnonzero(ended) + 1).tolist()
    return (np.flatnonzero(records["ts_event"][1:] != records["ts_event"][:-1]) + 1).tolist()


def _draw(data: st.DataObject, records: Records, schema: Schema) -> tuple[list[int], list[int], int]:
    ends = _ends(records, schema) or [0]
    places = st.lists(st.sampled_from(ends), min_size=min(8, len(set(ends))), max_size=40, unique=True)
    cuts = data.draw(st.lists(st.integers(0, len(records)), max_size=30))
    return data.draw(places), cuts, data.draw(st.integers(0, 2**16))


@FINDING
@given(st.data())
def test_any_market_by_order(data: st.DataObject) -> None:
    records = data.draw(streams(most_events=300)).array
    actions, _, seed = _draw(data, records, Schema.MBO)
    _play(records, Schema.MBO, actions, [], seed)


@FINDING
@given(st.data())
def test_any_damaged_market_by_order(data: st.DataObject) -> None:
    records = data.draw(damaged_streams(most_events=200))
    actions, _, seed = _draw(data, records, Schema.MBO)
    _play(records, Schema.MBO, actions, [], seed)


@FINDING
@given(st.data())
def test_any_market_by_level(data: st.DataObject) -> None:
    records = by_price(data.draw(streams(most_events=300, instruments=1)).array, TICK)
    actions, _, seed = _draw(data, records, Schema.MBP_10)
    _play(records, Schema.MBP_10, actions, [], seed)


@FINDING
@given(st.data())
def test_reports_do_not_depend_on_how_records_are_cut(data: st.DataObject) -> None:
    by_order = data.draw(st.booleans())
    array = data.draw(streams(most_events=200, instruments=2 if by_order else 1)).array
    schema, records = (Schema.MBO, array) if by_order else (Schema.MBP_10, by_price(array, TICK))
    actions, cuts, seed = _draw(data, records, schema)
    assert _play(records, schema, actions, cuts, seed).reports == _play(records, schema, actions, [], seed).reports


def test_a_resting_order_is_filled_only_where_somebody_traded_or_came_to_rest() -> None:
    """Of every passive fill by order, the records of that moment tell who would have traded with it."""
    checked = 0
    for seed in range(20):
        records = session(seed, 2_500, warm_up=200).array
        ends = _ends(records, Schema.MBO)
        actions = Random(seed).sample(ends, 150)
        for fill in _play(records, Schema.MBO, actions, [], seed).reports:
            if not isinstance(fill, FillReport) or not fill.is_maker or fill.order.product != "GC":
                continue
            event = records[records["ts_event"] == fill.ts]
            theirs = ord("A") if fill.order.side == "buy" else ord("B")
            against = event[event["side"] == theirs]
            price = fill.tick * TICK
            reached = against["price"] <= price if fill.order.side == "buy" else against["price"] >= price
            came = np.isin(against["action"], [ord("T"), ord("A"), ord("M")])
            assert int(against["size"][reached & came].sum()) >= fill.quantity
            checked += 1
    assert checked > 60
