"""A real session of ES, traded on paper: the log stays as it is, and levels never flatter orders."""

from pathlib import Path
from random import Random

import numpy as np
import pytest

from engines.book.layout import ASK, BID
from engines.events import encode
from engines.execution.money import Product
from engines.execution.orders import Bracket, OrderRequest, Report, Target
from engines.execution.paper.broker import PaperBroker
from engines.execution.paper.settings import PaperSettings
from engines.pipeline import Pipeline
from feeds.records import ACTION_TRADE, F_LAST, Batch, Records, Schema
from tests.engines.execution.paper.bench import MILLISECOND, fills
from tests.engines.execution.paper.counterparty import Order, by_price, is_no_better, on_paper
from tests.engines.execution.paper.ledger import Ledger
from tests.engines.real_data import ES, read_records
from tests.market.sessions import SECOND

SESSION = "esh4-20231225.mbo.dbn.zst"
PRODUCTS = (Product("ES", 1_250),)


@pytest.fixture(scope="module")
def records(data: Path) -> Records:
    return read_records(data, SESSION)


def _traded(records: Records, places: list[int], listens: bool) -> tuple[list[bytes], list[Report]]:
    """Play the session, and enter near the last trade at some places; return the log's lines and what was reported."""
    pipeline, broker = Pipeline(ES), PaperBroker(ES, PRODUCTS, PaperSettings(latency=20 * MILLISECOND))
    if listens:
        pipeline.listen(broker)
    random, ledger, reports, lines, position = Random(1), Ledger(), [], [], 0
    trades = np.flatnonzero(records["action"] == ACTION_TRADE)
    for number, place in enumerate([*places, len(records)]):
        lines += [encode(event) for event in pipeline.process(Batch(Schema.MBO, records[position:place]))]
        position = place
        ledger.take(said := broker.reports())
        ledger.check(broker)
        reports += said
        before = trades[trades < place]
        if listens and len(before):
            now = int(records["ts_event"][place - 1])
            side = random.choice(("buy", "sell"))
            sign = 1 if side == "buy" else -1
            tick = int(records["price"][before[-1]]) // ES.tick - sign * random.randint(0, 2)
            bracket = Bracket(tick - sign * 4, (Target(tick + sign * 2, 1), Target(tick + sign * 4, 1)))
            order = OrderRequest(f"e{number}", "entry", "limit", side, "ES", tick, 2, None, bracket)  # type: ignore[arg-type]
            for mark in broker.orders():
                if mark.role == "entry":
                    broker.cancel(mark.id, now)
            broker.submit(order, now)
    lines += [encode(event) for event in pipeline.finish()]
    return lines, reports


def test_trading_it_changes_no_line_of_the_log(records: Records) -> None:
    ends = (np.flatnonzero(records["flags"] & F_LAST) + 1).tolist()
    places = sorted(Random(2).sample(ends[2_000:], 300))
    alone, _ = _traded(records, places, listens=False)
    traded, reports = _traded(records, places, listens=True)
    assert traded == alone
    filled = fills(reports)
    assert len({fill.order for fill in filled if fill.is_maker}) > 15
    assert any(".stop" in fill.order for fill in filled)
    assert any(".target" in fill.order for fill in filled)


def test_levels_never_flatter_an_order(records: Records) -> None:
    random, trades = Random(3), records[records["action"] == ACTION_TRADE]
    times = sorted(random.randrange(int(trades["ts_event"][5]), int(trades["ts_event"][-1])) for _ in range(300))
    wanted = []
    for time in times:
        last = int(trades["price"][np.searchsorted(trades["ts_event"], time) - 1]) // ES.tick
        side = random.choice((BID, ASK))
        behind = random.randint(0, 3)
        wanted.append(Order(time, side, last - behind if side == BID else last + behind, random.choice((1, 2, 5))))
    by_order = on_paper(records, Schema.MBO, wanted, ES, 300 * SECOND)
    by_level = on_paper(by_price(records, ES.tick), Schema.MBP_10, wanted, ES, 300 * SECOND)
    assert sum(map(bool, by_order)) > 150
    assert sum(map(bool, by_level)) > 120
    pairs = zip(wanted, by_level, by_order, strict=True)
    assert [pair for pair in pairs if not is_no_better(pair[1], pair[2], pair[0].side)] == []
