"""What is open survives what happens around it: other engines, another contract, a journal that cannot be written."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import msgspec
import pytest

from engines.execution.capital.limits import RiskSettings
from engines.execution.commands import (
    Arm,
    CancelEntry,
    Confirm,
    FlattenAndLock,
    ManualEntry,
    NudgeStop,
)
from engines.pipeline import Pipeline
from engines.trading_events import Position
from feeds.simulator.contract import CONTRACT
from qmo_tui.capital_file import CapitalFile
from qmo_tui.journal.reading import reading
from qmo_tui.paths import capital_files, journal_file
from qmo_tui.session.trading_desk import ENDED
from qmo_tui.settings import Settings
from tests.qmo_tui.session.traded_market import TradedMarket


@pytest.fixture
def traded() -> TradedMarket:
    market = TradedMarket()
    market.play(200)
    return market


@contextmanager
def locked_journal(traded: TradedMarket) -> Iterator[None]:
    with closing(sqlite3.connect(journal_file(traded.account), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def held(traded: TradedMarket) -> int:
    position = traded.view.position
    return 0 if position is None else position.quantity


# --------------------------------------------------------------------------------------------------- other engines


def test_a_position_and_its_orders_outlive_engines_of_another_schema(traded: TradedMarket) -> None:
    traded.enter("buy")
    traded.play(2)
    before = traded.view
    assert before.position is not None
    traded.other_engines()
    found = traded.view.position
    assert found is not None
    assert (found.id, found.quantity, found.stop) == (
        before.position.id,
        before.position.quantity,
        before.position.stop,
    )
    assert traded.view.orders == before.orders
    assert traded.journal() == traded.said
    traded.press(FlattenAndLock("f"))
    traded.play_by_price(30)
    assert held(traded) == 0
    assert not traded.view.orders
    closed = [line for line in traded.said if isinstance(line, Position)][-1]
    assert closed.state == "closed"
    risk = traded.view.risk
    assert risk is not None
    assert (risk.trades, risk.realised_cents) == (1, round(closed.realised * 100))


def test_an_entry_that_works_is_filled_or_withdrawn_by_the_engines_that_take_over(traded: TradedMarket) -> None:
    traded.enter("buy", ticks=30, kind="limit")
    traded.play(1)
    traded.other_engines()
    assert [order.role for order in traded.view.orders] == ["entry"]
    traded.press(CancelEntry("c"))
    traded.play_by_price(30)
    assert traded.view.orders == ()


def test_another_contract_begins_another_session_in_the_journal(traded: TradedMarket) -> None:
    traded.enter("buy")
    traded.play(2)
    other = replace(CONTRACT, symbol="GCG7")
    traded.desk.leave("GCG7 is followed now", traded.now)
    traded.desk.follow(other, Pipeline(other), traded.look)
    with reading(journal_file("demo")) as journal:
        first, second = sorted(journal.sessions("demo"), key=lambda one: one.id)
    assert (first.facts.symbol, second.facts.symbol) == (CONTRACT.symbol, "GCG7")
    assert first.end_reason == "GCG7 is followed now"


def test_nothing_is_sent_after_the_session_has_ended(traded: TradedMarket) -> None:
    traded.press(ManualEntry("B", "buy", traded.look_bid, "limit"))
    traded.press(Arm("b", "buy"))
    armed = traded.view.armed or ""
    traded.desk.close("ended by an error")
    assert traded.desk.read_only == ENDED
    assert traded.press(Confirm("y", armed)) == ()
    assert traded.desk.view(traded.now) is None


# ------------------------------------------------------------------------------- what cannot be written or kept


def test_an_entry_can_be_withdrawn_though_the_journal_cannot_be_written(traded: TradedMarket) -> None:
    traded.enter("buy", ticks=30, kind="limit")
    traded.play(1)
    with locked_journal(traded):
        traded.press(CancelEntry("c"))
        traded.play(1)
    assert traded.view.orders == ()
    traded.play(3)
    assert traded.journal() == traded.said


def test_a_stop_stands_where_it_is_shown_though_the_journal_cannot_be_written(traded: TradedMarket) -> None:
    traded.enter("buy")
    traded.play(2)
    with locked_journal(traded):
        traded.press(NudgeStop("k", step=1))
        traded.play(1)
    position = traded.view.position
    assert position is not None
    assert [order.tick for order in traded.view.orders if order.role == "stop"] == [position.stop]


def test_a_position_is_closed_in_time_though_the_journal_cannot_be_written() -> None:
    soon = msgspec.structs.replace(Settings(), exits=msgspec.structs.replace(Settings().exits, longest_minutes=0.5))
    traded = TradedMarket(settings=soon)
    traded.play(200)
    traded.enter("buy")
    traded.play(2)
    assert held(traded) > 0
    with locked_journal(traded):
        traded.press(NudgeStop("k", step=-1))
        for _ in range(40):
            traded.play(1)
            if not held(traded):
                break
    assert held(traded) == 0


def test_a_lock_is_kept_though_the_journal_cannot_be_written() -> None:
    traded = TradedMarket(account="paper")
    traded.play(200)
    with locked_journal(traded):
        traded.press(FlattenAndLock("f"))
        traded.kill()
    traded.restart()
    traded.play(1)
    assert traded.view.risk is not None
    assert traded.view.risk.state == "locked"


def test_what_was_left_open_waits_until_the_ladder_can_be_kept() -> None:
    traded = TradedMarket(account="paper")
    traded.play(200)
    traded.enter("buy")
    traded.play(2)
    lots = held(traded)
    traded.kill()
    another = CapitalFile("paper")
    another.open(RiskSettings())
    traded.restart()
    assert "another qmo trades the account paper" in traded.desk.read_only
    another.close()
    traded.desk.follow(CONTRACT, traded.pipeline, traded.look)
    assert traded.desk.read_only == ""
    assert held(traded) == lots > 0


def test_a_position_that_went_with_its_journal_counts_as_lost_and_locks() -> None:
    traded = TradedMarket(account="paper")
    traded.play(200)
    traded.enter("buy")
    traded.play(2)
    assert held(traded)
    traded.kill()
    for path in journal_file("paper").parent.glob("journal.db*"):
        path.unlink()
    traded.restart()
    traded.play(1)
    risk = traded.view.risk
    assert risk is not None
    assert (risk.state, risk.realised_cents) == ("locked", -25_000)
    assert "a position was open that the journal does not know" in risk.reason
    traded.restart()
    traded.play(1)
    assert traded.view.risk is not None
    assert traded.view.risk.realised_cents == -25_000


def test_a_ladder_that_cannot_be_kept_keeps_an_order_back_and_is_kept_later() -> None:
    traded = TradedMarket(account="paper")
    traded.play(200)
    traded.press(ManualEntry("B", "buy", traded.look_bid, "limit"))
    traded.press(Arm("b", "buy"))
    armed = traded.view.armed or ""
    folder = capital_files("paper")[0].parent
    aside = folder.with_name("aside")
    folder.rename(aside)
    folder.write_text("in the way")
    traded.press(Confirm("y", armed))
    assert traded.view.trouble
    assert not any(order.role == "entry" for order in traded.view.orders)
    folder.unlink()
    aside.rename(folder)
    traded.play(2)
    assert traded.view.trouble == ""


def test_a_position_whose_product_is_struck_from_the_settings_counts_as_stopped_out() -> None:
    small = msgspec.structs.replace(Settings(), risk=msgspec.structs.replace(Settings().risk, per_trade=0.1))
    traded = TradedMarket(account="paper", settings=small)
    traded.play(200)
    traded.enter("buy")
    traded.play(2)
    position = traded.view.position
    assert position is not None
    assert position.product == "MGC"
    risked = [line for line in traded.said if isinstance(line, Position)][-1].risk
    contracts = {root: each for root, each in traded.settings.instruments.items() if root != "MGC"}
    traded.restart(msgspec.structs.replace(traded.settings, instruments=contracts))
    assert held(traded) == 0
    assert any("MGC is traded no more" in told for told in traded.told)
    traded.kill()  # before any record came
    traded.restart()
    traded.play(1)
    assert traded.view.risk is not None
    assert risked is not None
    assert traded.view.risk.realised_cents == -round(risked * 100)


# ---------------------------------------------------------------------------------------------------------- excursions


def test_excursions_do_not_depend_on_batches() -> None:
    found = []
    for size in (20, 2_000):
        traded = TradedMarket()
        traded.play(200)
        traded.enter("buy")
        for _ in range(2_000 // size):
            traded.play_records(size)
        position = traded.view.position
        assert position is not None
        found.append((position.mfe_ticks, position.mae_ticks))
    assert found[0] == found[1]
    assert found[0] != (0, 0)
