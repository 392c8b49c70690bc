"""Trading in a session: what is decided is written before it is sent, and nothing is sent that could not be written."""

import sqlite3

import pytest

from engines.execution.commands import (
    Arm,
    BreakEven,
    CancelEntry,
    ClosePosition,
    Confirm,
    Disarm,
    FlattenAndLock,
    ManualEntry,
    NudgeStop,
    Reject,
)
from engines.trading_events import Decision, Fill, Order, Position, Prompt, Risk
from qmo_tui.paths import journal_file
from tests.qmo_tui.session.traded_market import TradedMarket


@pytest.fixture
def traded() -> TradedMarket:
    market = TradedMarket()
    market.play(200)
    return market


def refusals(said: object) -> list[str]:
    assert isinstance(said, list | tuple)
    return [line.reason for line in said if isinstance(line, Decision) and line.refused]


def test_a_trade_by_hand_stands_in_the_journal_from_prompt_to_close(traded: TradedMarket) -> None:
    traded.enter("buy")
    traded.play(2)
    assert traded.view.position is not None
    traded.press(ClosePosition("x"))
    traded.press(Arm("s", "sell"))
    traded.press(Confirm("y", traded.view.armed or ""))
    traded.play(2)
    kinds = [type(line) for line in traded.journal()]
    assert kinds.index(Prompt) < kinds.index(Decision) < kinds.index(Order) < kinds.index(Fill) < kinds.index(Position)
    states = [line.state for line in traded.journal() if isinstance(line, Position)]
    assert states[0] == "opened"
    assert states[-1] == "closed"


def test_the_journal_holds_what_was_said_in_its_order(traded: TradedMarket) -> None:
    traded.enter("sell")
    traded.play(30)
    traded.press(FlattenAndLock("f"))
    traded.play(5)
    assert traded.journal() == traded.said


def test_profit_is_the_cash_that_moved(traded: TradedMarket) -> None:
    traded.enter("buy")
    traded.play(3)
    traded.press(ClosePosition("x"))
    traded.press(Arm("s", "sell"))
    traded.press(Confirm("y", traded.view.armed or ""))
    traded.play(3)
    fills = [line for line in traded.said if isinstance(line, Fill)]
    cash = sum((fill.price if fill.side == "sell" else -fill.price) * fill.quantity * 100 - fill.fees for fill in fills)
    closed = [line for line in traded.said if isinstance(line, Position) and line.state == "closed"]
    assert closed[-1].realised == pytest.approx(cash, abs=0.005)
    risk = traded.view.risk
    assert risk is not None
    assert risk.realised_cents == round(cash * 100)


def test_a_position_is_protected_from_its_first_lot(traded: TradedMarket) -> None:
    traded.enter("buy")
    traded.play(2)
    view = traded.view
    assert view.position is not None
    stops = [order for order in view.orders if order.role == "stop"]
    assert [order.quantity for order in stops] == [view.position.quantity]
    assert stops[0].tick == view.position.stop


def test_a_loss_is_followed_by_a_pause_that_keys_do_not_end(traded: TradedMarket) -> None:
    traded.enter("buy")
    traded.play(2)
    position = traded.view.position
    assert position is not None
    for _ in range(600):
        traded.play(1)
        if traded.view.position is None:
            break
    closed = next(line for line in traded.said if isinstance(line, Position) and line.state == "closed")
    risk = traded.view.risk
    assert risk is not None
    if closed.realised < 0:
        assert risk.state == "cooldown"
        said = traded.press(ManualEntry("B", "buy", traded.look_bid, "limit"))
        assert any("pause after a loss" in reason for reason in refusals(said))


def test_flatten_and_lock_closes_everything_and_nothing_opens_again(traded: TradedMarket) -> None:
    traded.enter("buy")
    traded.play(2)
    traded.press(FlattenAndLock("f"))
    traded.play(2)
    view = traded.view
    assert (view.position, view.orders) == (None, ())
    assert view.risk is not None
    assert view.risk.state == "locked"
    said = traded.press(ManualEntry("B", "buy", traded.look_bid, "limit"))
    assert any("locked" in reason for reason in refusals(said))


def test_a_working_entry_is_withdrawn_by_key_and_by_flattening(traded: TradedMarket) -> None:
    traded.enter("buy", ticks=2, kind="limit")
    traded.play(1)
    assert [order.role for order in traded.view.orders] == ["entry"]
    traded.press(CancelEntry("c"))
    traded.play(1)
    assert traded.view.orders == ()
    assert refusals(traded.press(CancelEntry("c"))) == ["no entry order is working"]


def test_a_stop_never_loosens_by_key(traded: TradedMarket) -> None:
    traded.enter("buy")
    traded.play(2)
    position = traded.view.position
    assert position is not None
    assert position.stop is not None
    (reason,) = refusals(traded.press(NudgeStop("-", step=-1)))
    assert "never loosens" in reason
    traded.press(NudgeStop("+", step=1))
    traded.play(1)
    moved = traded.view.position
    assert moved is not None
    assert moved.stop == position.stop + 1
    assert [order.tick for order in traded.view.orders if order.role == "stop"] == [position.stop + 1]


def test_break_even_is_refused_while_the_market_is_beyond_it(traded: TradedMarket) -> None:
    traded.enter("buy")
    traded.play(1)
    position = traded.view.position
    assert position is not None
    said = traded.press(BreakEven("e"))
    moved = traded.view.position
    assert moved is not None
    if refusals(said):
        assert moved.stop == position.stop
    else:
        assert moved.stop is not None
        assert moved.stop > round(position.entry)


def test_nothing_is_sent_on_a_market_in_trouble(traded: TradedMarket) -> None:
    traded.press(ManualEntry("B", "buy", traded.look_bid, "limit"))
    assert traded.view.prompts
    said = traded.press(Arm("b", "buy"), trouble="stale 6.2 s")
    assert refusals(said) == ["stale 6.2 s"]


def test_an_armed_prompt_is_void_once_the_market_is_in_trouble(traded: TradedMarket) -> None:
    traded.press(ManualEntry("B", "buy", traded.look_bid, "limit"))
    traded.press(Arm("b", "buy"))
    armed = traded.view.armed
    assert armed is not None
    traded.play(1, trouble="stale 6.2 s")
    assert traded.view.prompts == ()
    assert "stale" in traded.view.refusal
    assert refusals(traded.press(Confirm("y", armed)))
    assert traded.view.orders == ()


def test_an_unseen_confirm_sends_nothing(traded: TradedMarket) -> None:
    traded.press(ManualEntry("B", "buy", traded.look_bid, "limit"))
    traded.press(Arm("b", "buy"))
    said = traded.press(Confirm("y", traded.view.armed or "", seen=False))
    assert refusals(said) == ["held, or came before the armed prompt was shown"]
    assert traded.view.orders == ()


@pytest.mark.parametrize("command", [Reject("n"), Disarm("escape"), Confirm("y", "prompt-9")])
def test_a_key_that_finds_nothing_to_do_says_so(traded: TradedMarket, command: object) -> None:
    assert refusals(traded.press(command))  # type: ignore[arg-type]
    assert traded.view.refusal


def test_a_second_entry_is_refused_while_one_works(traded: TradedMarket) -> None:
    traded.enter("buy", ticks=3, kind="limit")
    said = traded.press(ManualEntry("B", "buy", traded.look_bid, "limit"))
    assert refusals(said) == ["an entry order is working"]


def test_where_the_journal_cannot_be_written_nothing_new_is_sent(traded: TradedMarket) -> None:
    traded.press(ManualEntry("B", "buy", traded.look_bid, "limit"))
    traded.press(Arm("b", "buy"))
    armed = traded.view.armed or ""
    with sqlite3.connect(journal_file("demo"), isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        traded.press(Confirm("y", armed))
        assert "journal" in traded.view.trouble
        assert traded.view.orders == ()
        other.execute("ROLLBACK")
    other.close()
    traded.play(3)
    assert traded.view.trouble == ""
    assert traded.journal() == traded.said
    assert traded.view.orders == ()


def test_what_is_open_can_be_closed_though_the_journal_cannot_be_written(traded: TradedMarket) -> None:
    traded.enter("buy")
    traded.play(2)
    with sqlite3.connect(journal_file("demo"), isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        traded.press(FlattenAndLock("f"))
        traded.pipeline_only(2)
        other.execute("ROLLBACK")
    other.close()
    traded.play(3)
    assert traded.view.position is None
    assert [line.ts for line in traded.journal()] == [line.ts for line in traded.said]


def test_the_ladder_counts_each_trade_once(traded: TradedMarket) -> None:
    traded.enter("buy")
    traded.play(5)
    traded.press(FlattenAndLock("f"))
    traded.play(2)
    lines = [line for line in traded.journal() if isinstance(line, Risk)]
    assert lines[-1].trades == 1
    closed = [line for line in traded.journal() if isinstance(line, Position) and line.state == "closed"]
    assert [line.realised for line in closed] == [lines[-1].realised]


def test_practice_that_ends_leaves_nothing_open(traded: TradedMarket) -> None:
    traded.enter("buy")
    traded.play(2)
    traded.desk.leave("the session ended", traded.now)
    traded.desk.close("ended by the trader")
    closed = [line for line in traded.journal() if isinstance(line, Position)][-1]
    assert closed.state == "closed"
    assert "abandoned at the last price" in closed.reason
    assert any("buy GC counts as closed at the last price" in told for told in traded.told)
    withdrawn = [line for line in traded.journal() if isinstance(line, Order) and line.reason == "the session ended"]
    assert {line.role for line in withdrawn} >= {"stop"}
    assert {line.prompt for line in withdrawn} == {closed.prompt}


def test_practice_that_ends_withdraws_the_entry_of_its_prompt(traded: TradedMarket) -> None:
    traded.enter("buy", ticks=8, kind="limit")
    traded.play(1)
    traded.desk.leave("the session ended", traded.now)
    traded.desk.close("ended by the trader")
    (entry,) = [line for line in traded.journal() if isinstance(line, Order) and line.reason == "the session ended"]
    assert (entry.role, entry.state, entry.prompt) == ("entry", "cancelled", "prompt-1")


def test_keys_are_obeyed_after_a_replay_went_back(traded: TradedMarket) -> None:
    before, played = traded.now, traded.played
    traded.play(60)
    traded.press(ManualEntry("B", "buy", traded.look_bid, "limit"))
    traded.go_back(played)
    assert not traded.view.prompts
    said = traded.press(ManualEntry("B", "buy", traded.look_bid, "limit"))
    assert not refusals(said)
    assert {line.ts for line in said if isinstance(line, Prompt)} == {before}
