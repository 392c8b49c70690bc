"""Triggers meet the mentor: evidence is a prompt only while the mentor lets one of its side arise."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest
from msgspec import structs

from engines.book.layout import MINUTE_NS, SECOND_NS
from engines.events import AggressorSide, Event
from engines.execution.entry import LOOK, EntryRouter
from engines.execution.entry_settings import EntrySettings, TriggerSettings
from engines.execution.orders import Quote
from engines.execution.setup import SIGNS, Setup
from engines.mentor.confidence import ConfidenceSettings
from engines.mentor.mentor import MentorSettings
from engines.mentor_view import MentorView
from engines.pipeline import Pipeline, PipelineSettings
from feeds.simulator.contract import CONTRACT
from feeds.simulator.habits import Habits
from feeds.simulator.session import DEFAULT_START, Simulation, SimulationSettings
from tests.engines.execution.log import AT, NOON, minute, ordinary, sweep
from tests.engines.execution.test_setups import ABOVE, zone
from tests.engines.execution.waiting import GC, Desk, mentor
from tests.engines.mentor.evidence import Line, lines_of, named_by
from tests.engines.mentor.market import GOLD

SWEPT = sweep(NOON + SECOND_NS, "buy", AT - 6, AT - 2)


def router(settings: EntrySettings | None = None, *, swept: bool = True) -> EntryRouter:
    """Return a router that heard ordinary minutes and a sweep of the stops below."""
    made = EntryRouter(GOLD, settings or EntrySettings(), GC)
    made.hear([*ordinary(), SWEPT] if swept else ordinary())
    return made


def at(seconds: float, trouble: str = "") -> Quote:
    return Quote(NOON + round(seconds * SECOND_NS), AT, AT + 1, AT, trouble)


def proposed(
    made: EntryRouter, quote: Quote, reading: MentorView | None, taken: frozenset[AggressorSide] = frozenset()
) -> list[Setup]:
    return made.propose(quote, replace(ABOVE, mentor=reading), taken)


def test_evidence_of_the_mentors_side_is_a_setup() -> None:
    (found,) = proposed(router(), at(2), mentor("buy"))
    assert (found.side, found.trigger, found.born) == ("buy", "sweep_reclaim", at(2).now)


@pytest.mark.parametrize(
    "reading",
    [
        pytest.param(mentor("buy", armed=False), id="not armed"),
        pytest.param(mentor("buy", closed="news"), id="a gate is closed"),
        pytest.param(mentor("sell"), id="the other side"),
        pytest.param(mentor(None), id="no side"),
        pytest.param(None, id="no reading"),
    ],
)
def test_the_mentor_forbids_and_evidence_waits_while_it_is_fresh(reading: MentorView | None) -> None:
    made = router()
    assert not proposed(made, at(2), reading)
    assert not made.take_events()
    assert proposed(made, at(61), mentor("buy"))


def test_evidence_grows_old() -> None:
    made = router()
    assert not proposed(made, at(61.1), mentor("buy"))
    assert not proposed(made, at(30), mentor("buy"))


def test_it_waits_for_a_quote_that_can_be_trusted_and_for_its_side_to_be_free() -> None:
    made = router()
    assert not proposed(made, at(2, "stale 6.2 s"), mentor("buy"))
    assert not proposed(made, at(3), mentor("buy"), frozenset({"buy"}))
    assert proposed(made, at(4), mentor("buy"), frozenset({"sell"}))


def test_evidence_is_proposed_once() -> None:
    made = router()
    assert proposed(made, at(2), mentor("buy"))
    assert not proposed(made, at(3), mentor("buy"))


def test_what_cannot_be_a_trade_says_why_once() -> None:
    made = router(EntrySettings(most_stop=0.2))
    assert not proposed(made, at(2), mentor("buy"))
    (line,) = made.take_events()
    assert (line.action, line.prompt, line.refused) == ("voided", "", False)
    assert line.reason == "sweep_reclaim buy: the stop at 2649.2 is 7 ticks away, more than 5"
    assert not made.take_events()


def test_triggers_that_are_not_used_say_nothing() -> None:
    settings = EntrySettings(triggers=TriggerSettings(used=("rejection",)))
    assert not proposed(router(settings), at(2), mentor("buy"))


def test_pools_are_looked_at_once_a_minute() -> None:
    made = router(swept=False)
    pool = replace(ABOVE, zones=(*ABOVE.zones, zone("pool", AT - 4, AT - 4)), mentor=mentor("buy"))
    wanted = [made.wants_to_look, bool(made.propose(at(1), pool)), made.wants_to_look]
    assert wanted == [True, False, False]
    made.hear([minute(0, AT - 4, AT + 3, AT + 1)])
    wanted = [made.wants_to_look]
    (found,) = made.propose(at(61), pool)
    assert (found.trigger, found.reasons[0].text) == ("rejection", "closed 0.5 minute ranges from pool 26496")
    assert [*wanted, made.wants_to_look] == [True, False]


# --- simulated sessions -----------------------------------------------------------------------------------------------


@cache
def simulated() -> tuple[Setup, ...]:
    """Return what two hours of a quiet market propose where the mentor speaks for each side every other five minutes.

    Every reason names a line that the log held when the setup was made.
    """
    pipeline, made = Pipeline(CONTRACT), EntryRouter(CONTRACT, EntrySettings(), GC)
    setups: list[Setup] = []
    log: set[Line] = set()
    for events in _batches(pipeline, seed=11, hours=2):
        made.hear(events)
        log |= lines_of(events)
        if not made.wants_to_look:
            continue
        seen = pipeline.view(LOOK)
        if seen.mentor is None or seen.event_time is None:
            continue
        side: AggressorSide = "buy" if seen.event_time // (5 * MINUTE_NS) % 2 else "sell"
        told = structs.replace(seen.mentor, side=side, confidence=0.8, armed=True, may_prompt=True)
        quote = Quote(seen.event_time, seen.best_bid, seen.best_ask, seen.last)
        for setup in made.propose(quote, replace(seen, mentor=told)):
            assert setup.side == side
            assert setup.reasons
            missing = {named_by(reason) for reason in setup.reasons} - log
            assert not missing, f"reasons name lines that the log does not hold: {missing}"
            setups.append(setup)
    return tuple(setups)


def _batches(pipeline: Pipeline, seed: int, hours: int) -> Iterator[list[Event]]:
    simulation = Simulation(SimulationSettings(seed=seed, habits=Habits(records_per_second=20.0)))
    for batch in simulation.batches(DEFAULT_START + hours * 60 * MINUTE_NS, slice_ns=10 * SECOND_NS):
        yield pipeline.process(batch)


def test_a_simulated_session_proposes_trades_of_both_sides_and_several_triggers() -> None:
    setups = simulated()
    assert {setup.side for setup in setups} == {"buy", "sell"}
    assert len({setup.trigger for setup in setups}) >= 2


def test_its_stops_are_behind_its_evidence_and_its_targets_before() -> None:
    for setup in simulated():
        sign, ground, stop, invalidation = SIGNS[setup.side], setup.ground, setup.stop, setup.invalidation
        assert ground is not None
        assert stop is not None
        assert invalidation is not None
        assert sign * (ground.far(setup.side) - invalidation) == 1
        assert sign * (invalidation - stop) >= 0
        assert sign * (setup.entry - stop) >= setup.least_stop
        assert all(sign * (goal.tick - setup.entry) >= abs(setup.entry - stop) for goal in setup.goals)
        assert sum(goal.share for goal in setup.goals) == 1.0


def test_with_a_mentor_that_is_easily_convinced_prompts_arise_only_while_it_is() -> None:
    """Thresholds far below the packaged ones, at which such a market makes no prompt in these hours."""
    easily = ConfidenceSettings(least_lean=0.01, arm=0.1, disarm=0.05, coverage=0.3, dwell=0)
    pipeline = Pipeline(CONTRACT, PipelineSettings(mentor=MentorSettings(confidence=easily)))
    made, desk = EntryRouter(CONTRACT, EntrySettings(), GC), Desk()
    for events in _batches(pipeline, seed=11, hours=2):
        made.hear(events)
        seen = pipeline.view(LOOK)
        if seen.mentor is None or seen.event_time is None:
            continue
        quote = Quote(seen.event_time, seen.best_bid, seen.best_ask, seen.last)
        desk.mentor = seen.mentor
        desk.watched(quote)
        for setup in made.propose(quote, seen, desk.prompts.sides):
            assert seen.mentor.may_prompt
            assert (setup.side, setup.confidence) == (seen.mentor.side, seen.mentor.confidence)
            desk.offered(setup, quote)
        assert len(desk.prompts.sides) <= 1
    assert desk.born
