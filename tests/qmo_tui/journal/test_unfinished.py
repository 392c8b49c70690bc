"""What a session that was cut off leaves behind, so that it can go on: nothing doubled, nothing lost."""

from pathlib import Path

import pytest

from engines.events import Event
from qmo_tui.journal.errors import JournalError
from qmo_tui.journal.facts import Unfinished
from qmo_tui.journal.reading import reading
from qmo_tui.journal.writing import Journal
from tests.qmo_tui.journal.told import NOON, Teller, facts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def cut_off(path: Path, said: list[Event]) -> Unfinished | None:
    """Write a session, stop without ending it, and return what the next program finds."""
    journal = Journal.open(path, "paper", [])
    journal.begin_session(facts())
    journal.write(said)
    journal.close()
    journal = Journal.open(path, "paper", [])
    left = journal.unfinished()
    journal.close()
    return left


def test_an_open_position_is_found_with_its_stop_its_target_and_its_plan(path: Path) -> None:
    told = Teller()
    told.trade(told.prompt(), 2052.0)
    plan = told.prompt(entry=2060.0, stop=2058.0, targets=(2064.0,), contracts=2)
    told.trade(plan, 2064.0, stops=(2059.0,))
    moved = next(place for place, event in enumerate(told.said) if getattr(event, "reason", "") == "stop moved")
    said = told.said[: moved + 1]
    left = cut_off(path, said)
    assert left is not None
    assert left.position == said[-1]
    assert (left.position.side, left.position.quantity, left.position.entry) == ("buy", 2, 2060.0)
    assert left.opened is not None
    assert (left.opened.state, left.opened.stop, left.position.stop) == ("opened", 2058.0, 2059.0)
    assert left.plan == plan
    assert [(order.role, order.price, order.state) for order in left.orders] == [
        ("stop", 2059.0, "working"),
        ("target", 2064.0, "working"),
    ]
    assert [(fill.role, fill.quantity) for fill in left.fills] == [("entry", 2)]
    with reading(path) as journal:
        risk = journal.risk_lines("paper")[-1]
    assert (risk.realised, risk.trades) == (195.0, 1)
    assert dict(left.newest_ids) == {
        "prompt": "prompt-2",
        "order": "order-6",
        "fill": "fill-3",
        "position": "position-2",
    }
    assert left.undone == ()
    assert not left.is_flat


def test_a_decision_whose_order_was_never_written_is_found(path: Path) -> None:
    told = Teller()
    prompt = told.prompt()
    told.take(prompt)
    left = cut_off(path, told.said)
    assert left is not None
    assert left.undone == (prompt,)
    assert left.is_flat


def test_a_prompt_that_was_confirmed_in_vain_is_not_undone(path: Path) -> None:
    told = Teller()
    prompt = told.prompt()
    told.decide(prompt, "accepted", reason="locked", key="y", refused=True)
    left = cut_off(path, told.said)
    assert left is not None
    assert left.undone == ()


def test_an_order_that_had_not_ended_is_found_as_it_was_last(path: Path) -> None:
    told = Teller()
    prompt = told.prompt(contracts=3)
    told.take(prompt)
    order = told.order(prompt, "entry", "buy", 2050.0, 3)
    told.fill(order, 2050.0, 1)
    part = told.change(order, state="partly_filled", filled=1)
    left = cut_off(path, told.said)
    assert left is not None
    assert left.orders == (part,)
    assert not left.is_flat


def test_a_session_goes_on_where_it_was(path: Path) -> None:
    told = Teller()
    told.trade(told.prompt(), 2052.0)
    middle = len(told.said) // 2
    assert cut_off(path, told.said[:middle]) is not None
    journal = Journal.open(path, "paper", [])
    journal.go_on(1)
    journal.write(told.said)
    journal.end_session("quit", NOON)
    assert journal.unfinished() is None
    with reading(path) as read:
        assert read.events(1) == told.said
        (session,) = read.sessions()
    assert (session.restarts, session.lines) == (1, len(told.said))
    with pytest.raises(JournalError, match="no session 1 that could go on"):
        journal.go_on(1)


def test_a_session_that_ended_leaves_nothing_and_a_new_one_ends_what_was_cut_off(path: Path) -> None:
    assert cut_off(path, []) is not None
    journal = Journal.open(path, "paper", [])
    assert journal.begin_session(facts()) == 2
    journal.end_session("quit", NOON)
    assert journal.unfinished() is None
    with reading(path) as read:
        first, second = read.sessions()
    assert (first.ended, first.end_reason) == (None, "cut off: the program stopped without ending it")
    assert (second.ended, second.end_reason) == (NOON, "quit")


def test_an_empty_journal_leaves_nothing(path: Path) -> None:
    assert Journal.open(path, "paper", []).unfinished() is None


def test_fills_of_an_open_position_are_found_though_they_name_no_prompt(path: Path) -> None:
    told = Teller()
    told.trade(told.prompt(), 2052.0)
    plan = told.prompt(contracts=2)
    told.trade(plan, 2052.0)
    opened = [at for at, event in enumerate(told.said) if getattr(event, "state", "") == "opened"][-1]
    del told.said[opened + 1 :]
    told.fill(told.order(None, "exit", "sell", None, 1), 2051.0)
    left = cut_off(path, told.said)
    assert left is not None
    assert [(fill.role, fill.quantity, fill.prompt) for fill in left.fills] == [
        ("entry", 2, plan.id),
        ("exit", 1, None),
    ]
