"""The figures of a report against sessions whose figures are reckoned by hand."""

from dataclasses import asdict
from pathlib import Path

import pytest

from engines.execution.commands import Arm, ClosePosition, Confirm, FlattenAndLock, ManualEntry
from engines.trading_events import Fill, PillarStand
from qmo_tui.paths import journal_file
from qmo_tui.report.report import Report, report_on
from qmo_tui.report.results import Result
from qmo_tui.report.rules import Rule
from tests.qmo_tui.journal.told import GC, MGC, NOON, SECOND, Teller, pillars
from tests.qmo_tui.report.kept import reported, stories
from tests.qmo_tui.session.traded_market import TradedMarket

HOUR = 3_600 * SECOND
MIDNIGHT = NOON - 12 * HOUR


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


# --- results ------------------------------------------------------------------------------------------------------


def a_day() -> Teller:
    """Return four trades, in Asia, London and New York, one of them in MGC.

    | | | gross | fees | made | one R | R |
    |---|---|---|---|---|---|---|
    | 1 | 1 GC bought at 2050.0, sold at 2052.0 | 20 x $10 = 200 | 2 x 2.50 | +195 | 10 x $10 + 5 = 105 | +195/105 |
    | 2 | 2 GC sold at 2053.0, bought at 2054.0 | -10 x $10 x 2 = -200 | 4 x 2.50 | -210 | 2 x 105 = 210 | -1 |
    | 3 | 1 GC bought at 2050.0, sold at 2050.4 | 4 x $10 = 40 | 2 x 2.50 | +35 | 105 | +35/105 |
    | 4 | 3 MGC bought at 2050.0, sold at 2049.0 | -10 x $1 x 3 = -30 | 6 x 0.75 | -34.50 | 34.50 | -1 |
    """
    told = Teller(now=MIDNIGHT + HOUR)
    told.risk()
    told.trade(told.prompt(pillars=pillars(QMO="buy", IMO="buy", Gann=None)), 2052.0, mfe=210.0, mae=20.0)
    told.now = MIDNIGHT + 9 * HOUR
    short = told.prompt(
        "sell", 2053.0, 2054.0, (2050.0,), contracts=2, trigger="sweep_reclaim", pillars=pillars(QMO="sell", IMO="buy")
    )
    told.trade(short, 2054.0, mfe=30.0, mae=100.0)
    told.now = MIDNIGHT + 15 * HOUR
    told.trade(told.prompt(trigger="manual"), 2050.4, mfe=90.0, mae=40.0, stops=(2050.4,))
    told.product = MGC
    told.trade(told.prompt(contracts=3), 2049.0, mfe=2.0, mae=10.0)
    return told


def test_a_day_reckoned_by_hand(path: Path) -> None:
    report = reported(path, a_day().said)
    assert asdict(report.total) == {
        "name": "",
        "n": 4,
        "won": 2,
        "lost": 2,
        "known": 4,
        "total_r": pytest.approx(195 / 105 - 1 + 35 / 105 - 1),
        "expectancy": pytest.approx((195 / 105 - 1 + 35 / 105 - 1) / 4),
        "interval": None,
        "made": 195 - 210 + 35 - 34.5,
        "fees": 5 + 10 + 5 + 4.5,
    }
    assert report.total.win_share == 0.5
    assert report.total.says_little
    assert [total for _, total in report.curve] == pytest.approx(
        [195 / 105, 195 / 105 - 1, 195 / 105 - 1 + 35 / 105, 195 / 105 - 2 + 35 / 105]
    )
    assert report.drawdown == pytest.approx(1 - 35 / 105 + 1)
    assert report.held_hours == pytest.approx((3 * 600 + 601) / 3_600)
    assert report.hours == pytest.approx((report.trades[-1].last.ts - MIDNIGHT - HOUR) / HOUR)


def test_what_was_made_is_the_cash_that_moved(path: Path) -> None:
    told = a_day()
    ounces = {"GC": 100, "MGC": 10}
    cash = sum(
        (1 if fill.side == "sell" else -1) * fill.price * fill.quantity * ounces[fill.product] - fill.fees
        for fill in told.said
        if isinstance(fill, Fill)
    )
    assert reported(path, told.said).total.made == pytest.approx(cash, abs=1e-6)


def named(results: list[Result]) -> dict[str, tuple[int, int, float]]:
    return {one.name: (one.n, one.won, one.made) for one in results}


def test_groups_reckoned_by_hand(path: Path) -> None:
    report = reported(path, a_day().said)
    assert named(report.triggers) == {
        "rejection": (2, 1, 195 - 34.5),
        "sweep_reclaim": (1, 0, -210.0),
        "manual": (1, 1, 35.0),
    }
    assert list(named(report.triggers)) == ["rejection", "sweep_reclaim", "manual"]
    assert named(report.sessions) == {"Asia": (1, 1, 195.0), "London": (1, 0, -210.0), "New York": (2, 1, 0.5)}
    assert named(report.pillars["QMO"]) == {"with": (2, 1, -15.0), "--": (2, 1, 0.5)}
    assert named(report.pillars["IMO"]) == {"with": (1, 1, 195.0), "against": (1, 0, -210.0), "--": (2, 1, 0.5)}
    assert named(report.pillars["Gann"]) == {
        "neither": (1, 1, 195.0),
        "not readable": (1, 0, -210.0),
        "--": (2, 1, 0.5),
    }
    for groups in (report.triggers, report.sessions, *report.pillars.values()):
        assert sum(one.n for one in groups) == report.total.n
        assert sum(one.made for one in groups) == report.total.made


def test_sessions_are_added_up(path: Path) -> None:
    once = reported(path, a_day().said).total
    both = reported(path.with_name("both.db"), a_day().said, a_day().said)
    assert (both.total.n, both.total.made, both.total.fees) == (8, 2 * once.made, 2 * once.fees)
    assert both.total.expectancy == pytest.approx(once.expectancy)
    assert [trade.name for trade in both.trades[:2]] == ["1/position-1", "2/position-1"]


def test_an_interval_needs_five_trades_and_holds_the_mean(path: Path) -> None:
    told = Teller()
    for exit_price in (2052.0, 2049.0, 2052.0, 2049.0):
        told.trade(told.prompt(), exit_price)
    assert reported(path, told.said).total.interval is None
    told.trade(told.prompt(), 2052.0)
    total = reported(path.with_name("five.db"), told.said).total
    assert total.interval is not None
    assert total.expectancy is not None
    assert -1.0 <= total.interval[0] < total.expectancy < total.interval[1] <= 195 / 105


def test_a_trade_without_a_stop_has_no_r_and_is_left_out_of_the_mean(path: Path) -> None:
    told = Teller()
    told.trade(told.prompt(), 2052.0)
    for state, realised, quantity in (("opened", -2.5, 1), ("closed", 45.0, 0)):
        told.position(
            id="bare", state=state, prompt=None, side="buy", quantity=quantity, entry=2050.0, exit=None, stop=None,
            realised=realised, fees=2.5, risk=None, r=None, mfe=0.0, mae=0.0, reason="",
        )  # fmt: skip
    report = reported(path, told.said)
    assert (report.total.n, report.total.known, report.total.made) == (2, 1, 240.0)
    assert report.total.expectancy == pytest.approx(195 / 105)
    assert named(report.triggers)["no prompt"] == (1, 1, 45.0)
    assert len(report.curve) == 1


def test_an_open_trade_counts_nowhere_but_among_the_trades(path: Path) -> None:
    told = Teller()
    told.trade(told.prompt(), 2052.0)
    opened = next(at for at, event in enumerate(told.said) if getattr(event, "state", "") == "opened")
    report = reported(path, told.said[: opened + 1])
    assert [trade.outcome for trade in report.trades] == ["open"]
    assert (report.total.n, report.total.expectancy, report.curve, report.drawdown) == (0, None, [], None)


def test_a_session_in_which_nothing_happened(path: Path) -> None:
    report = reported(path, [])
    assert (report.total.n, report.total.total_r, report.total.win_share) == (0, None, None)
    assert (report.hours, report.held_hours, report.drawdown) == (None, 0, None)
    assert (report.triggers, report.sessions, report.prompts) == ([], [], [])
    assert report.feed.told == 0


# --- rules --------------------------------------------------------------------------------------------------------


def rule(report: Report, name: str) -> Rule:
    return next(one for one in report.rules if one.name == name)


def test_rules_that_were_kept_count_nothing(path: Path) -> None:
    told = Teller()
    told.risk()
    told.trade(told.prompt(), 2050.4, stops=(2049.5, 2050.4))
    told.trade(told.prompt("sell", 2053.0, 2054.0, (2050.0,), contracts=3), 2052.0, stops=(2053.5, 2052.0))
    report = reported(path, told.said)
    assert {one.name: (one.count, one.cases) for one in report.rules} == {
        "stop moved away after the entry": (0, ()),
        "stop farther away than proposed": (0, ()),
        "size above what was proposed": (0, ()),
        "no stop when it opened": (0, ()),
        "entered by hand": (0, ()),
        "without any prompt": (0, ()),
        "opened while the ladder was locked or cooling down": (0, ()),
        "keys pressed for a trade while locked or cooling down": (0, ()),
        "keys refused": (0, ()),
    }


@pytest.mark.parametrize(
    ("side", "stop", "stops"), [("buy", 2049.0, (2049.5, 2048.5)), ("sell", 2051.0, (2050.5, 2051.5))]
)
def test_a_stop_that_was_moved_away_is_counted_once(path: Path, side: str, stop: float, stops: tuple[float]) -> None:
    told = Teller()
    told.trade(told.prompt("buy" if side == "buy" else "sell", 2050.0, stop), stops[-1], stops=stops)
    report = reported(path, told.said)
    assert rule(report, "stop moved away after the entry") == Rule(
        "stop moved away after the entry", 1, 1, ("1/position-1",)
    )


def test_what_was_sent_is_held_against_what_was_proposed(path: Path) -> None:
    told = Teller()
    proposed = told.prompt()
    sent = told.prompt(stop=2048.0, contracts=2)
    told.said.remove(sent)
    told.trade(
        type(sent)(**{**{name: getattr(sent, name) for name in sent.__struct_fields__}, "id": proposed.id}), 2052.0
    )
    report = reported(path, told.said)
    assert rule(report, "stop farther away than proposed").count == 1
    assert rule(report, "size above what was proposed").count == 1


@pytest.mark.parametrize(("lots", "count"), [(10, 0), (11, 1)])
def test_size_is_compared_by_what_a_tick_is_worth(path: Path, lots: int, count: int) -> None:
    told = Teller(product=GC)
    proposed = told.prompt()
    told.product = MGC
    sent = told.prompt(contracts=lots)
    told.said.remove(sent)
    told.trade(
        type(sent)(**{**{name: getattr(sent, name) for name in sent.__struct_fields__}, "id": proposed.id}), 2052.0
    )
    assert rule(reported(path, told.said), "size above what was proposed").count == count


def test_what_was_tried_while_the_ladder_was_locked(path: Path) -> None:
    told = Teller()
    told.risk()
    told.decide(None, "armed", reason="no buy prompt", key="b", refused=True)
    told.risk("locked", "two losses")
    told.decide(None, "armed", reason="locked: two losses", key="b", refused=True)
    told.decide(None, "changed", reason="locked: two losses", key="m", refused=True)
    told.decide(None, "voided", reason="manual buy: locked", key="B", refused=True)
    told.decide(None, "rejected", reason="nothing waits", key="n", refused=True)
    told.trade(told.prompt(), 2052.0)
    report = reported(path, told.said)
    assert rule(report, "keys pressed for a trade while locked or cooling down").count == 3
    assert rule(report, "opened while the ladder was locked or cooling down").count == 1
    refused = rule(report, "keys refused")
    assert (refused.count, refused.cases) == (
        5,
        ("2 x locked: two losses", "1 x manual buy: locked", "1 x no buy prompt"),
    )


def test_what_the_journal_does_not_tell_is_unknown(path: Path) -> None:
    told = Teller()
    told.trade(told.prompt(), 2052.0)
    silent = [event for event in told.said if type(event).__name__ != "Risk"]
    report = reported(path, silent)
    assert rule(report, "opened while the ladder was locked or cooling down").count is None
    assert rule(report, "keys pressed for a trade while locked or cooling down").count is None


def test_manual_trades_are_named(path: Path) -> None:
    told = Teller()
    told.trade(told.prompt(trigger="manual"), 2052.0)
    assert rule(reported(path, told.said), "entered by hand") == Rule("entered by hand", 1, 1, ("1/position-1",))


# --- prompts ------------------------------------------------------------------------------------------------------


def test_what_became_of_prompts_and_what_they_would_have_made(path: Path) -> None:
    told = Teller()
    told.trade(told.prompt(), 2052.0)
    told.take(told.prompt())
    for outcome, r in (("won", 1.9), ("lost", -1.0), ("never_filled", None)):
        prompt = told.prompt()
        told.decide(prompt, "rejected", key="n")
        told.hindsight(prompt, "rejected", outcome, r)
    told.decide(told.prompt(), "expired")
    told.decide(told.prompt(trigger="exit", side="sell"), "rejected", key="n")
    waiting = told.prompt()
    told.decide(waiting, "accepted", reason="locked", key="y", refused=True)
    found = {one.outcome: one for one in reported(path, told.said).prompts}
    assert list(found) == ["accepted", "rejected", "expired", "waiting"]
    assert (found["accepted"].n, found["accepted"].traded, found["accepted"].known) == (2, 1, 0)
    rejected = found["rejected"]
    assert (rejected.n, rejected.known, rejected.won, rejected.lost, rejected.never_filled) == (3, 3, 1, 1, 1)
    assert rejected.total_r == pytest.approx(0.9)
    assert (found["expired"].n, found["expired"].known, found["expired"].total_r) == (1, 0, None)


def test_only_pillars_that_the_prompt_names_are_known(path: Path) -> None:
    told = Teller()
    told.trade(told.prompt(pillars=(PillarStand("QMO", True, "sell", 0.4),)), 2052.0)
    report = reported(path, told.said)
    assert named(report.pillars["QMO"]) == {"against": (1, 1, 195.0)}
    assert named(report.pillars["Cycle"]) == {"--": (1, 1, 195.0)}


# --- the feed -----------------------------------------------------------------------------------------------------


def test_spells_of_the_feed_are_measured(path: Path) -> None:
    told = Teller()
    for state, seconds, reason in (
        ("connecting", 2, ""), ("live", 60, ""), ("stale", 7, "quiet"), ("live", 60, ""), ("stale", 3, "quiet"),
        ("reconnecting", 4, "reset"), ("reconnecting", 1, "refused"), ("live", 5, ""),
    ):  # fmt: skip
        told.feed(state, reason)
        told.wait(seconds)
    report = reported(path, told.said, ended=told.now)
    spells = {one.state: (one.count, one.seconds, one.longest, one.reasons) for one in report.feed.spells}
    assert spells == {
        "stale": (2, 10.0, 7.0, ("quiet",)),
        "degraded": (0, 0.0, None, ()),
        "reconnecting": (1, 5.0, 5.0, ("reset",)),
        "context": (0, 0.0, None, ()),
    }
    assert (report.feed.told, report.feed.of) == (1, 1)


def test_a_spell_whose_end_nobody_wrote_down_has_no_length(path: Path) -> None:
    told = Teller()
    told.feed("live")
    told.wait(5)
    told.feed("stale", "quiet")
    (stale, *_) = reported(path, told.said).feed.spells
    assert (stale.state, stale.count, stale.seconds, stale.longest) == ("stale", 1, None, None)


# --- a real desk --------------------------------------------------------------------------------------------------


def test_a_session_on_a_real_desk_is_reported_as_it_was(home: Path) -> None:
    market = TradedMarket()
    market.play(200)
    market.enter("buy")
    market.play(2)
    market.press(ClosePosition("x"))
    market.press(Arm("s", "sell"))
    market.press(Confirm("y", market.view.armed or ""))
    market.play(2)
    market.press(FlattenAndLock("f"))
    market.press(ManualEntry("B", "buy", market.look_bid, "limit"))
    market.desk.close("quit")
    report = report_on(stories(journal_file("demo")))
    (trade,) = report.trades
    cash = sum(
        (1 if fill.side == "sell" else -1) * fill.price * fill.quantity * 100 - fill.fees
        for fill in market.said
        if isinstance(fill, Fill)
    )
    assert report.total.made == pytest.approx(cash, abs=0.005)
    lots = sum(fill.quantity for fill in market.said if isinstance(fill, Fill) and fill.role == "entry")
    assert (trade.entered, trade.trigger, trade.outcome) == (lots, "manual", "won" if cash > 0 else "lost")
    assert lots > 0
    assert {pillar: sum(one.n for one in results) for pillar, results in report.pillars.items()} == dict.fromkeys(
        report.pillars, 1
    )
    assert rule(report, "entered by hand").cases == (trade.name,)
    assert rule(report, "opened while the ladder was locked or cooling down").count == 0
    assert rule(report, "keys pressed for a trade while locked or cooling down").count == 1
    assert [(one.outcome, one.n, one.traded) for one in report.prompts] == [("accepted", 1, 1)]
