"""The life of a prompt: it arises, waits, is armed and confirmed, or goes away, and says why each time."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from msgspec import structs

from engines.book.layout import SECOND_NS
from engines.events import Event
from engines.execution.changes import with_target_moved
from engines.execution.orders import Bracket, Quote, Target
from engines.execution.prompts import Prompts
from engines.execution.setup import Ground, Setup
from engines.mentor_view import MentorView
from engines.trading_events import Decision
from tests.engines.execution.log import AT, NOON, absorption
from tests.engines.execution.waiting import GC, MGC, SETTINGS, Desk, account, mentor, other, quote, setup
from tests.engines.mentor.market import GOLD

# --- a prompt arises --------------------------------------------------------------------------------------------------


def test_a_prompt_says_what_would_be_done_what_it_risks_and_why() -> None:
    """$400 at risk a trade; a lot loses (10 + 1) ticks of $10 and $5 of fees, $115: three lots."""
    (line,) = Desk().offered().born
    assert (line.id, line.side, line.trigger, line.order) == ("prompt-1", "buy", "sweep_reclaim", "limit")
    assert (line.entry, line.stop, line.targets) == (2650.0, 2649.0, (2651.5, 2652.5))
    assert (line.product, line.contracts, line.risk) == ("GC", 3, 345.0)
    assert (line.ts, line.expires, line.confidence, line.zone) == (NOON, NOON + 75 * SECOND_NS, 0.8, "sweep-1")
    assert [(one.kind, one.ts, one.id) for one in line.reasons] == [("sweep", NOON, "sweep-1")]


def test_reward_to_risk_is_of_all_lots_with_costs() -> None:
    """Of three lots one leaves at 15 ticks, two at 25: $150 + $500 less $15 of fees, over $345."""
    (line,) = Desk().offered().born
    assert line.reward_risk == round((150 + 500 - 15) / 345, 2)


def test_one_lot_rides_to_the_last_target() -> None:
    (line,) = Desk(sizer=account(20_000)).offered().born
    assert (line.contracts, line.targets) == (1, (2652.5,))


def test_a_target_that_passes_one_without_lots_takes_its_place() -> None:
    desk = Desk(sizer=account(20_000)).offered()
    prompt = desk.prompts.on("buy")
    assert prompt is not None
    nearer, ridden = prompt.setup.goals
    moved, _ = with_target_moved(prompt, nearer.tick - ridden.tick, GOLD)
    assert [(goal.tick, goal.share) for goal in moved.setup.goals] == [(nearer.tick, 1.0)]
    assert [target.tick for target in moved.targets] == [nearer.tick]


def test_one_prompt_a_side() -> None:
    desk = Desk().offered().offered(replace(setup(), zone="other", ground=None))
    assert [line.id for line in desk.born] == ["prompt-1"]
    assert [line.side for line in desk.offered(other("buy"), quote(ask=AT - 1)).born] == ["buy", "sell"]


def test_what_the_ladder_has_no_money_for_is_no_prompt_and_says_so() -> None:
    desk = Desk(sizer=account(1_000, reason="one GC risks $115.00, per-trade risk is $10.00")).offered()
    assert not desk.born
    assert (desk.last.action, desk.last.prompt) == ("voided", "")
    assert "one GC risks $115.00" in desk.last.reason


def test_nothing_arises_from_data_that_cannot_be_trusted() -> None:
    assert not Desk().offered(now=quote(trouble="stale 6.2 s")).said


# --- it goes away -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "action", "says"),
    [
        pytest.param(quote(75), "expired", "time is over", id="its time is over"),
        pytest.param(quote(5, trouble="stale 6.2 s"), "voided", "stale 6.2 s", id="stale data"),
        pytest.param(quote(5, trouble="book suspect"), "voided", "book suspect", id="suspect book"),
        pytest.param(quote(5, ask=AT + 6), "voided", "4 ticks away", id="the market ran away"),
        pytest.param(quote(5, ask=AT - 4), "voided", "4 ticks through", id="the market fell through its entry"),
        pytest.param(quote(5, last=AT - 9), "voided", "2649.1 traded", id="its evidence was refuted"),
        pytest.param(replace(quote(5), ask=None), "voided", "no quote", id="nobody sells"),
    ],
)
@pytest.mark.parametrize("is_armed", [False, True], ids=["waiting", "armed"])
def test_what_ends_a_prompt(now: Quote, action: str, says: str, is_armed: bool) -> None:
    desk = Desk().offered()
    if is_armed:
        desk.armed()
    desk.watched(now)
    assert (desk.last.prompt, desk.last.action, desk.last.refused) == ("prompt-1", action, False)
    assert says in desk.last.reason
    assert not desk.prompts.sides


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(quote(74.9), id="a moment before its time is over"),
        pytest.param(quote(5, ask=AT + 5), id="three ticks away"),
        pytest.param(quote(5, ask=AT - 3), id="three ticks through"),
        pytest.param(quote(5, ask=AT + 1, last=AT - 8), id="a trade at the edge of its evidence"),
    ],
)
def test_what_does_not(now: Quote) -> None:
    assert Desk().offered().watched(now).prompts.sides == {"buy"}


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        pytest.param(AT - 12, "", id="where it arose"),
        pytest.param(AT - 15, "", id="three ticks farther"),
        pytest.param(AT - 16, "moved 4 ticks away", id="four ticks farther"),
        pytest.param(AT + 3, "", id="three ticks beyond its trigger"),
        pytest.param(AT + 4, "4 ticks through", id="four ticks beyond its trigger"),
    ],
)
def test_a_stop_that_enters_waits_for_a_market_that_comes_up_to_it(ask: int, says: str) -> None:
    """The buy stop is born 12 ticks above the market, which may move three."""
    desk = Desk().offered(replace(setup(), order="stop"), quote(ask=AT - 12, last=AT))
    (mark,) = desk.prompts.marks(quote(ask=AT - 12))
    assert mark.distance == 12
    desk.watched(quote(5, ask=ask, last=AT))
    assert not says or says in desk.last.reason
    assert desk.prompts.sides == (set() if says else {"buy"})


@pytest.mark.parametrize(
    ("reading", "says"),
    [
        pytest.param(mentor(closed="news"), "news gate closed: news says so", id="a gate closed"),
        pytest.param(mentor(armed=False), "no more armed", id="the score is not armed"),
        pytest.param(mentor("sell"), "side is sell", id="the other side"),
        pytest.param(mentor(None), "side is neither", id="no side"),
        pytest.param(None, "reads nothing", id="no reading"),
    ],
)
def test_the_mentor_takes_its_word_back(reading: MentorView | None, says: str) -> None:
    desk = Desk().offered()
    desk.mentor = reading
    assert says in desk.watched(quote(5)).last.reason
    assert desk.last.action == "voided"


def test_a_score_that_fell_but_is_still_armed_keeps_the_prompt() -> None:
    """Hysteresis is the mentor's: a prompt that arose at 0.76 does not go at 0.74."""
    desk = Desk().offered()
    desk.mentor = structs.replace(mentor(score=0.7), may_prompt=False)
    assert desk.watched(quote(5)).prompts.sides == {"buy"}


def test_it_goes_with_the_zone_that_it_stands_on() -> None:
    desk = Desk().offered(replace(setup(), zone="absorption-1"))
    assert not desk.prompts.hear([absorption(NOON + 1, "bid", AT - 8, AT - 1, "touched")], quote(1))
    (line,) = desk.prompts.hear([absorption(NOON + 1, "bid", AT - 8, AT - 1, "broken")], quote(1))
    assert isinstance(line, Decision)
    assert (line.action, line.reason) == ("voided", "absorption-1 ended")


def test_when_the_ladder_allows_less_an_unarmed_one_shrinks_and_an_armed_one_goes() -> None:
    shrunk = Desk().offered()
    shrunk.sizer = account(25_000)
    shrunk.watched(quote(5))
    assert (shrunk.last.action, shrunk.last.reason) == ("changed", "3 to 2 GC: per-trade risk")
    gone = Desk().offered().armed()
    gone.sizer = account(25_000)
    assert gone.watched(quote(5)).last.action == "voided"


def test_a_position_that_opens_voids_the_rest() -> None:
    desk = Desk().offered().offered(other("buy"), quote(ask=AT - 1))
    lines = desk.prompts.void_entries("a position is open", quote(3))
    assert [(one.prompt, one.reason) for one in lines if isinstance(one, Decision)] == [
        ("prompt-1", "a position is open"),
        ("prompt-2", "a position is open"),
    ]


# --- two keys ---------------------------------------------------------------------------------------------------------


def test_arm_then_confirm_hands_out_the_trade_with_its_protection() -> None:
    desk = Desk().offered().armed()
    accepted = desk.confirmed()
    assert accepted is not None
    assert (accepted.id, accepted.product, accepted.contracts, accepted.risk_cents) == ("prompt-1", GC, 3, 34_500)
    assert accepted.bracket == Bracket(AT - 10, (Target(AT + 15, 1), Target(AT + 25, 2)))
    assert [(one.action, one.key) for one in desk.said if isinstance(one, Decision)] == [
        ("armed", "b"),
        ("accepted", "y"),
    ]
    assert not desk.prompts.sides


@pytest.mark.parametrize(
    ("desk", "now", "prompt", "seen", "why"),
    [
        pytest.param(Desk().offered(), quote(2), "prompt-1", True, "nothing is armed", id="not armed"),
        pytest.param(Desk().offered().armed(), quote(2), "prompt-1", False, "before the armed", id="not yet shown"),
        pytest.param(Desk().offered().armed(), quote(2), "prompt-7", True, "prompt-1 is armed", id="another was seen"),
        pytest.param(Desk().offered().armed(), quote(75), "prompt-1", True, "its time is over", id="too late"),
        pytest.param(Desk().offered().armed(), quote(2, trouble="stale"), "prompt-1", True, "stale", id="stale"),
        pytest.param(Desk().offered().armed(), quote(2, ask=AT + 9), "prompt-1", True, "7 ticks", id="price moved"),
    ],
)
def test_a_confirm_that_is_refused(desk: Desk, now: Quote, prompt: str, seen: bool, why: str) -> None:
    assert desk.confirmed(prompt, now, seen=seen) is None
    assert (desk.last.action, desk.last.refused, desk.last.key) == ("accepted", True, "y")
    assert why in desk.last.reason


def test_a_gate_that_closes_while_armed_refuses_the_confirm() -> None:
    desk = Desk().offered().armed()
    desk.mentor = mentor(closed="data")
    assert desk.confirmed() is None
    assert "data gate closed" in desk.last.reason


def test_arming_another_disarms_the_first_and_lends_it_nothing() -> None:
    desk = Desk().offered().offered(other("buy"), quote(ask=AT - 1)).armed("buy", quote(1, ask=AT))
    desk.armed("sell", quote(2, ask=AT))
    lines = [line for line in desk.said if isinstance(line, Decision)]
    assert [(one.prompt, one.action) for one in lines] == [
        ("prompt-1", "armed"),
        ("prompt-1", "disarmed"),
        ("prompt-2", "armed"),
    ]
    desk.mentor = mentor("sell")
    assert desk.confirmed("prompt-1", quote(3, ask=AT)) is None


@pytest.mark.parametrize(
    ("key", "why"),
    [
        pytest.param(lambda desk: desk.prompts.arm("sell", quote(1), "s"), "no sell prompt", id="arm nothing"),
        pytest.param(lambda desk: desk.prompts.disarm(quote(1), key="esc"), "nothing is armed", id="disarm nothing"),
        pytest.param(lambda desk: desk.armed().prompts.arm("buy", quote(2), "b"), "armed already", id="arm twice"),
        pytest.param(lambda desk: desk.prompts.arm("buy", quote(75), "b"), "its time is over", id="arm too late"),
        pytest.param(
            lambda desk: desk.prompts.arm("buy", quote(1, trouble="halted"), "b"), "halted", id="arm in a halt"
        ),
        pytest.param(
            lambda desk: desk.prompts.resize(1, quote(1), desk.sizer, "+"), "at most 3 GC", id="too many lots"
        ),
        pytest.param(lambda desk: desk.prompts.resize(-3, quote(1), desk.sizer, "-"), "at least one", id="no lots"),
        pytest.param(
            lambda desk: desk.prompts.nudge_stop(6, quote(1), desk.sizer, "u"), "5 ticks away", id="tight stop"
        ),
        pytest.param(lambda desk: desk.prompts.nudge_stop(-90, quote(1), desk.sizer, "d"), "too small", id="wide stop"),
        pytest.param(lambda desk: desk.prompts.nudge_target(10, quote(1), "t"), "before the next", id="target too far"),
        pytest.param(
            lambda desk: desk.prompts.nudge_target(-15, quote(1), "t"), "beyond the entry", id="target too near"
        ),
    ],
)
def test_a_key_that_cannot_be_obeyed_is_refused_and_journalled(key: Callable[[Desk], list[Event]], why: str) -> None:
    desk = Desk().offered()
    before = desk.prompts.on("buy")
    (line,) = key(desk)
    assert isinstance(line, Decision)
    assert line.refused
    assert line.key
    assert why in line.reason
    after = desk.prompts.on("buy")
    assert after is not None
    assert before is not None
    assert (after.setup, after.contracts) == (before.setup, before.contracts)


@pytest.mark.parametrize("do", ["reject", "snooze", "resize", "nudge_target"])
def test_keys_without_a_prompt_are_refused(do: str) -> None:
    prompts = Prompts(GOLD, SETTINGS)
    lines = {
        "reject": lambda: prompts.reject(quote(), "n"),
        "snooze": lambda: prompts.snooze(quote(), "z"),
        "resize": lambda: prompts.resize(1, quote(), account(), "+"),
        "nudge_target": lambda: prompts.nudge_target(1, quote(), "t"),
    }[do]()
    assert [(one.refused, one.reason) for one in lines if isinstance(one, Decision)] == [(True, "no prompt")]


def test_focus_that_is_lost_disarms_without_a_key() -> None:
    desk = Desk().offered().armed()
    (line,) = desk.prompts.disarm(quote(2), "the terminal lost focus")
    assert isinstance(line, Decision)
    assert (line.action, line.reason, line.key) == ("disarmed", "the terminal lost focus", "")
    assert not desk.prompts.disarm(quote(2), "the terminal lost focus")


# --- what the trader changes ------------------------------------------------------------------------------------------


def test_lots_go_down_and_up_within_the_cap() -> None:
    desk = Desk().offered()
    desk.prompts.resize(-2, quote(1), desk.sizer, "-")
    desk.prompts.resize(1, quote(1), desk.sizer, "+")
    prompt = desk.prompts.on("buy")
    assert prompt is not None
    assert (prompt.contracts, prompt.risk_cents) == (2, 23_000)


def test_a_wider_stop_takes_lots_off_so_that_the_risk_stays_allowed() -> None:
    """At 20 ticks a lot loses $215: of $400 one is left."""
    desk = Desk().offered()
    (line,) = desk.prompts.nudge_stop(-10, quote(1), desk.sizer, "d")
    prompt = desk.prompts.on("buy")
    assert prompt is not None
    assert isinstance(line, Decision)
    assert line.reason == "stop 2649.0 to 2648.0, 1 GC"
    assert (prompt.setup.stop, prompt.contracts, prompt.risk_cents) == (AT - 20, 1, 21_500)


def test_a_tighter_stop_adds_no_lots_by_itself() -> None:
    desk = Desk().offered()
    desk.prompts.nudge_stop(5, quote(1), desk.sizer, "u")
    prompt = desk.prompts.on("buy")
    assert prompt is not None
    assert (prompt.contracts, prompt.risk_cents) == (3, 3 * 6_500)


def test_what_is_changed_while_armed_must_be_seen_again() -> None:
    desk = Desk().offered().armed()
    desk.prompts.nudge_target(3, quote(2), "t")
    prompt = desk.prompts.armed
    assert prompt is not None
    assert prompt.armed_at == quote(2).now
    assert prompt.setup.goals[0].tick == AT + 18


def test_while_armed_nothing_changes_by_itself() -> None:
    desk = Desk().offered().armed()
    before = desk.prompts.armed
    desk.sizer = account(100_000)
    desk.watched(quote(3, ask=AT + 4)).offered(replace(setup(), entry=AT + 1)).watched(quote(4))
    assert desk.prompts.armed == before


# --- rejected, snoozed, back again ------------------------------------------------------------------------------------


def test_evidence_that_was_rejected_is_quiet_for_a_while() -> None:
    desk = Desk().offered()
    desk.said += desk.prompts.reject(quote(2), "n")
    assert desk.last.action == "rejected"
    minutes = SETTINGS.quiet // SECOND_NS
    assert len(desk.offered(again(minutes), quote(minutes)).born) == 1
    assert len(desk.offered(again(minutes + 2), quote(minutes + 2)).born) == 2


def again(seconds: float) -> Setup:
    """The same place, met a while later."""
    return setup(now=NOON + round(seconds * SECOND_NS))


def test_other_evidence_is_not_quiet() -> None:
    desk = Desk().offered()
    desk.prompts.reject(quote(2), "n")
    far = replace(setup(), ground=Ground(AT - 30, AT - 20))
    assert len(desk.offered(far).offered(other("buy"), quote(ask=AT - 1)).born) == 3


def test_a_snoozed_one_comes_back_under_a_new_name_while_it_is_valid() -> None:
    desk = Desk().offered()
    desk.said += desk.prompts.snooze(quote(10), "z")
    assert (desk.last.action, desk.last.reason) == ("snoozed", "for 60 s")
    assert not desk.watched(quote(69)).prompts.sides
    desk.watched(quote(70))
    assert [line.id for line in desk.born] == ["prompt-1", "prompt-2"]
    assert desk.born[1].expires == quote(70).now + 75 * SECOND_NS


@pytest.mark.parametrize(
    "then",
    [
        pytest.param(quote(30, last=AT - 9), id="refuted meanwhile"),
        pytest.param(quote(70, ask=AT + 9), id="price is elsewhere"),
        pytest.param(quote(70, trouble="stale"), id="stale"),
    ],
)
def test_what_is_no_more_valid_does_not_come_back(then: Quote) -> None:
    desk = Desk().offered()
    desk.prompts.snooze(quote(10), "z")
    desk.watched(then).watched(quote(71)).watched(quote(200))
    assert len(desk.born) == 1


def test_what_went_without_being_sent_is_handed_on_for_hindsight() -> None:
    desk = Desk().offered()
    desk.prompts.reject(quote(2), "n")
    desk.offered(other("buy"), quote(ask=AT - 1)).armed("sell", quote(3, ask=AT - 1))
    desk.mentor = mentor("sell")
    assert desk.confirmed("prompt-2", quote(4, ask=AT - 1)) is not None
    assert [(one.prompt.id, one.action) for one in desk.prompts.take_ended()] == [("prompt-1", "rejected")]
    assert not desk.prompts.take_ended()


# --- manual entries and exits -----------------------------------------------------------------------------------------


def manual() -> Setup:
    return replace(setup(), trigger="manual", confidence=None)


def test_a_manual_entry_needs_no_score_but_open_gates() -> None:
    desk = Desk(mentor=mentor(None, armed=False)).offered(manual(), key="m")
    assert desk.watched(quote(1)).prompts.sides == {"buy"}
    desk.mentor = mentor(None, armed=False, closed="data")
    assert "data gate closed" in desk.watched(quote(2)).last.reason


def test_a_manual_entry_takes_the_place_of_what_waits_but_not_of_what_is_armed() -> None:
    desk = Desk().offered().offered(manual(), key="m")
    assert [line.trigger for line in desk.born] == ["sweep_reclaim", "manual"]
    desk.armed().offered(manual(), key="m")
    assert desk.last.refused
    assert "is armed" in desk.last.reason


def test_a_manual_entry_that_the_ladder_refuses_is_a_refused_key() -> None:
    desk = Desk(sizer=account(1_000, reason="locked for the day")).offered(manual(), key="m")
    assert (desk.last.refused, desk.last.key) == (True, "m")
    assert "locked for the day" in desk.last.reason


def test_a_manual_entry_ignores_that_its_evidence_was_rejected() -> None:
    desk = Desk().offered()
    desk.prompts.reject(quote(2), "n")
    assert len(desk.offered(manual(), key="m").born) == 2


def exit_setup() -> Setup:
    return replace(
        setup("sell"),
        trigger="exit",
        order="market",
        stop=None,
        goals=(),
        ground=None,
        invalidation=None,
        may_move=None,
    )


def test_an_exit_asks_with_the_same_two_keys_and_needs_neither_score_nor_ladder() -> None:
    desk = Desk(mentor=mentor("buy", closed="capital"), sizer=account(0))
    desk.said += desk.prompts.offer_exit(exit_setup(), MGC, 4, quote())
    (line,) = desk.born
    assert (line.trigger, line.contracts, line.stop, line.risk, line.reward_risk) == ("exit", 4, None, None, None)
    desk.watched(quote(5, ask=AT + 40)).armed("sell", quote(6))
    accepted = desk.confirmed(now=quote(7))
    assert accepted is not None
    assert accepted.bracket is None


def test_an_exit_goes_with_its_position() -> None:
    desk = Desk()
    desk.prompts.offer_exit(exit_setup(), MGC, 4, quote())
    assert not desk.prompts.void_entries("a position is open", quote(1))
    (line,) = desk.prompts.void_exits("the position is closed", quote(2))
    assert isinstance(line, Decision)
    assert line.reason == "the position is closed"


def test_the_screen_gets_the_armed_one_first_with_its_distance() -> None:
    desk = Desk().offered().offered(other("buy"), quote(ask=AT - 1)).armed("buy", quote(1, ask=AT))
    marks = desk.prompts.marks(quote(2, ask=AT))
    assert [(mark.id, mark.armed_at is not None, mark.distance) for mark in marks] == [
        ("prompt-1", True, 0),
        ("prompt-2", False, 1),
    ]
