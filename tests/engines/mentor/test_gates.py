"""Gates: what closes each, that they block a prompt, and that nothing else depends on them."""

import msgspec
import pytest

from engines.events import encode
from engines.mentor.age import with_age
from engines.mentor.confidence import ConfidenceSettings, Score
from engines.mentor.gates import (
    NO_LADDER,
    CapitalState,
    DataHealth,
    GateSettings,
    capital_gate,
    data_gate,
    may_prompt,
)
from engines.mentor.mentor import MentorSettings
from engines.mentor_view import Gate, MentorView
from engines.pipeline import Pipeline, PipelineSettings
from engines.timing.lean import QUIET, UNAVAILABLE, Lean
from engines.timing.news import Around, NewsEvent, NewsSettings
from engines.timing.session_gate import SessionSettings
from engines.view import BookState, MarketPhase, ViewRequest
from feeds.records import Batch, Schema
from feeds.simulator.contract import CONTRACT
from tests.engines.mentor.days import MINUTE, OPEN, day_of_trades
from tests.market.sessions import SECOND

RULES = GateSettings(stale=5 * SECOND)
CLOCK = OPEN + 60 * MINUTE
SOUND = DataHealth(BookState.VALID, MarketPhase.CONTINUOUS, CLOCK, CLOCK + SECOND)
OPEN_GATES = (Gate("data", is_open=True, reason="valid"), Gate("news", is_open=True, reason=""))
BUY = Lean(available=True, direction="buy", strength=1.0)
LEANS = (BUY, BUY, BUY, QUIET, QUIET)


@pytest.mark.parametrize("book", [BookState.VALID, BookState.TEN_LEVELS, BookState.TOP_ONLY])
def test_sound_data_lets_prompts_pass(book: BookState) -> None:
    gate = data_gate(DataHealth(book, MarketPhase.CONTINUOUS, CLOCK, CLOCK + SECOND), RULES)
    assert (gate.is_open, gate.reason) == (True, str(book))


@pytest.mark.parametrize(
    ("health", "reason"),
    [
        (DataHealth(BookState.SUSPECT, MarketPhase.CONTINUOUS, CLOCK, CLOCK), "records are missing from the book"),
        (DataHealth(BookState.SNAPSHOT, MarketPhase.CONTINUOUS, CLOCK, CLOCK), "a snapshot is being received"),
        (DataHealth(BookState.BUILDING, MarketPhase.CONTINUOUS, CLOCK, CLOCK), "the book began without a snapshot"),
        (DataHealth(BookState.ABSENT, MarketPhase.UNKNOWN, CLOCK, None), "no order book"),
        (DataHealth(BookState.VALID, MarketPhase.AUCTION, CLOCK, CLOCK), "no continuous trading seen yet"),
        (DataHealth(BookState.VALID, MarketPhase.CONTINUOUS, CLOCK, CLOCK + 7 * SECOND), "newest record 7 s old"),
    ],
)
def test_unsound_data_closes_the_gate_and_says_why(health: DataHealth, reason: str) -> None:
    gate = data_gate(health, RULES)
    assert (gate.is_open, gate.reason) == (False, reason)


def test_every_state_of_the_book_is_known_to_the_gate() -> None:
    for state in BookState:
        assert data_gate(DataHealth(state, MarketPhase.CONTINUOUS, CLOCK, CLOCK), RULES).reason


def test_without_a_capital_ladder_it_says_so_and_with_one_what_that_says() -> None:
    assert capital_gate(None) == Gate("capital", is_open=True, reason=NO_LADDER)
    locked = CapitalState(may_trade=False, reason="day lock at -2 %", until=CLOCK)
    assert capital_gate(locked) == Gate("capital", is_open=False, reason="day lock at -2 %", until=CLOCK)


@pytest.mark.parametrize(
    ("score", "armed", "leans", "gates", "expected"),
    [
        (Score("buy", 0.75, 0.75), True, LEANS, OPEN_GATES, True),
        (Score("buy", 0.9, 1.0), False, LEANS, OPEN_GATES, False),
        (Score("buy", 0.7, 1.0), True, LEANS, OPEN_GATES, False),
        (Score("buy", 0.9, 0.7), True, LEANS, OPEN_GATES, False),
        (Score("buy", 0.9, 1.0), True, (BUY, UNAVAILABLE, BUY, QUIET, QUIET), OPEN_GATES, False),
        (Score("buy", 0.9, 1.0), True, LEANS, (*OPEN_GATES, Gate("session", is_open=False, reason="halt")), False),
        (Score(None, None, 1.0), True, LEANS, OPEN_GATES, False),
    ],
)
def test_a_prompt_needs_all_of_it(
    score: Score, armed: bool, leans: tuple[Lean, ...], gates: tuple[Gate, ...], expected: bool
) -> None:
    assert may_prompt(score, leans, gates, ConfidenceSettings(), armed=armed) is expected


def reading(**changes: object) -> MentorView:
    view = MentorView(CLOCK, None, (), "buy", 0.9, 1.0, True, CLOCK, OPEN_GATES, (), may_prompt=True)
    return msgspec.structs.replace(view, **changes)


def test_a_sessions_own_clock_closes_the_data_gate_once_nothing_comes() -> None:
    assert with_age(reading(), 4 * SECOND, RULES.stale) == reading()
    stale = with_age(reading(), 6 * SECOND, RULES.stale)
    assert (stale.gates[0].is_open, stale.gates[0].reason, stale.may_prompt) == (False, "newest record 6 s old", False)
    assert stale.gates[1:] == OPEN_GATES[1:]
    assert with_age(reading(), None, RULES.stale).gates[0].reason == "no record yet"


def test_a_gate_that_is_closed_already_keeps_its_reason() -> None:
    suspect = Gate("data", is_open=False, reason="records are missing from the book")
    assert with_age(reading(gates=(suspect,)), 60 * SECOND, RULES.stale).gates == (suspect,)


def test_no_line_depends_on_news_capital_or_the_settings_of_gates() -> None:
    records = day_of_trades(1)[:4_000]
    news = NewsSettings(high=Around(MINUTE, 10 * MINUTE), events=(NewsEvent(CLOCK, "CPI", "high"),))
    strict = MentorSettings(gates=GateSettings(stale=1))
    told = []
    for settings, capital in (
        (PipelineSettings(), None),
        (
            PipelineSettings(mentor=strict, news=news, sessions=SessionSettings(before_close=MINUTE)),
            CapitalState(may_trade=False, reason="locked"),
        ),
    ):
        pipeline = Pipeline(CONTRACT, settings)
        pipeline.hear_capital(capital)
        events = pipeline.process(Batch(Schema.TRADES, records))
        pipeline.view(ViewRequest(mentor=True))
        told.append([encode(event) for event in (*events, *pipeline.finish())])
    assert told[0] == told[1]
    assert len(told[0]) > 100


def test_every_gate_is_shown_in_its_order_and_capital_is_heard() -> None:
    pipeline = Pipeline(CONTRACT)
    pipeline.process(Batch(Schema.TRADES, day_of_trades(1)[:4_000]))
    pipeline.hear_capital(CapitalState(may_trade=False, reason="locked"))
    seen = pipeline.view(ViewRequest(mentor=True)).mentor
    assert seen is not None
    assert [gate.name for gate in seen.gates] == ["data", "session", "news", "volatility", "capital"]
    assert {gate.name for gate in seen.gates if not gate.is_open} == {"data", "capital"}


def test_after_the_line_broke_a_prompt_waits_for_a_dwell_of_readings_and_no_line_changes() -> None:
    """Ten levels are whole again with one record; what was read before them is not what stands there now."""
    records = day_of_trades(1)[:4_000].copy()
    broke = OPEN + 100 * MINUTE
    said, gates = [], []
    for breaks in (False, True):
        pipeline = Pipeline(CONTRACT)
        events = pipeline.process(Batch(Schema.TRADES, records[records["ts_event"] < broke]))
        if breaks:
            pipeline.gap()
        for minute in range(4):
            later = records["ts_event"] - (broke + minute * MINUTE)
            events += pipeline.process(Batch(Schema.TRADES, records[(later >= 0) & (later < MINUTE)]))
            gates.append(_data_gate_of(pipeline))
        said.append([encode(event) for event in (*events, *pipeline.finish())])
    assert said[0] == said[1]
    assert gates == [True, True, True, True, False, False, True, True]


def _data_gate_of(pipeline: Pipeline) -> bool:
    """Whether the gate would be open if trades had a book."""
    mentor = pipeline._mentor
    assert mentor is not None
    seen = mentor.view(SOUND)
    assert seen is not None
    return seen.gates[0].is_open
