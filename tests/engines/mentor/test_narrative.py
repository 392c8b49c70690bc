"""The sentences: each figure stands in the evidence it carries, all evidence in the log; without it is silence."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.events import AggressorSide, Pillar, PillarName, Reason
from engines.mentor.narrative import MOST, Subject, tell
from engines.mentor_view import DISCLAIMER, Gate, PhaseMark, Sentence
from engines.pipeline import PipelineSettings
from engines.timing.session_clock import SessionFact
from feeds.records import Schema
from tests.engines.mentor.days import MINUTE, OPEN, Day, in_slices, simulated_hours, traded_day, watched
from tests.engines.mentor.evidence import lines_of, named_by, reasons_of
from tests.engines.real_data import ES, read_records

FIGURE = re.compile(r"\d+(?:[.:,]\d+)*")
PROMISES = re.compile(
    r"\b(guarantee|guaranteed|sure|certain|certainly|will|must|should|always|never|safe)\b", re.IGNORECASE
)
TOPICS = {"gate", "side", "phase", "zone", "flow", "place", "risk", "timing", "session"}
NOW = OPEN + 600 * MINUTE


def figures(text: str) -> Counter[str]:
    return Counter(FIGURE.findall(text))


def assert_evident(sentence: Sentence) -> None:
    """Every figure of a sentence, a time included, stands in its evidence."""
    assert sentence.topic in TOPICS
    assert sentence.evidence
    told = Counter[str]()
    for reason in sentence.evidence:
        told += figures(f"{reason.name} {reason.text} {reason.id}")
    assert not figures(sentence.text) - told, sentence
    assert sentence.text[0] == sentence.text[0].upper()
    assert sentence.text.endswith(".")
    assert not PROMISES.search(sentence.text), sentence.text


# --- whole sessions -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["real", "simulated", "trades alone"])
def day(request: pytest.FixtureRequest) -> Day:
    if request.param == "real":
        data: Path = request.getfixturevalue("data")
        records = read_records(data, "esh4-20231225.mbo.dbn.zst")
        return watched(ES, in_slices(records, Schema.MBO), PipelineSettings())
    return simulated_hours(11, 2.5) if request.param == "simulated" else traded_day(3)


def test_every_sentence_is_evident(day: Day) -> None:
    assert len(day.views) > 20
    for view in day.views:
        for sentence in view.sentences:
            assert_evident(sentence)


def test_all_evidence_is_in_the_log_and_none_of_it_is_later_than_the_reading(day: Day) -> None:
    log = lines_of(day.events)
    evidence = [(view.ts, reason) for view in day.views for told in view.sentences for reason in told.evidence]
    evidence += [(view.ts, reason) for view in day.views for pillar in view.pillars for reason in pillar.reasons]
    assert len(evidence) > 100
    for ts, reason in evidence:
        assert named_by(reason) in log, reason
        assert reason.ts <= ts


def test_every_reason_in_the_log_names_a_line_of_it_said_by_then(day: Day) -> None:
    log, found = lines_of(day.events), list(reasons_of(day.events))
    assert found
    for event, reason in found:
        assert named_by(reason) in log, reason
        assert reason.ts <= event.ts


def test_there_are_no_more_sentences_than_can_be_read(day: Day) -> None:
    assert max(len(view.sentences) for view in day.views) in range(3, MOST + 1)


def test_a_whole_day_tells_of_everything() -> None:
    told = {sentence.topic for view in traded_day(3).views for sentence in view.sentences}
    assert told == TOPICS


# --- missing evidence gives silence -------------------------------------------------------------------------------


def reason(name: str, text: str, value: float | None = None, kind: str = "bar", id_: str = "5m") -> Reason:
    return Reason(name, text, value, kind, NOW - MINUTE, id_)


def pillar(name: PillarName, *reasons: Reason) -> Pillar:
    return Pillar(name, available=True, direction=None, strength=0.5, weight=0.2, reasons=reasons)


SILENT = Subject(
    ts=NOW,
    interval="1m",
    phase=None,
    pillars=(pillar("QMO"), pillar("IMO"), pillar("Gann"), pillar("Astro"), pillar("Cycle")),
    side=None,
    armed=False,
    said=None,
    facts=(),
    wide=None,
    gates=(Gate("data", is_open=True, reason="valid"),),
)
ZONES = (
    reason("bid absorption", "120 lots, confirmed at 4187.3, 3 ticks below", 0.2, "absorption", "absorption-7"),
    reason("minute high swept", "score 0.71 at 4190.1 to 4191.0, 12 ticks above", -0.1, "sweep", "sweep-3"),
    reason("delta", "-340 lots in 3 min, -1.4 deviations", -0.05, id_="1m"),
)


def footprint(*reasons: Reason) -> tuple[Pillar, ...]:
    """Return pillars of which the footprint alone says something."""
    return tuple(pillar("IMO", *reasons) if one.name == "IMO" else one for one in SILENT.pillars)


def test_without_evidence_nothing_is_said() -> None:
    assert tell(SILENT) == ()


@pytest.mark.parametrize(
    ("left", "said"),
    [
        ((0, 1, 2), ["zone", "zone", "flow"]),
        ((0, 2), ["zone", "flow"]),
        ((1,), ["zone"]),
        ((2,), ["flow"]),
        ((), []),
    ],
)
def test_each_place_is_told_only_while_it_is_evident(left: tuple[int, ...], said: list[str]) -> None:
    pillars = footprint(*(ZONES[place] for place in left))
    sentences = tell(replace(SILENT, pillars=pillars))
    assert [sentence.topic for sentence in sentences] == said
    assert [piece for sentence in sentences for piece in sentence.evidence] == [ZONES[place] for place in left]


def test_whom_a_place_counts_for_is_its_sign() -> None:
    pillars = footprint(*ZONES)
    texts = [sentence.text for sentence in tell(replace(SILENT, pillars=pillars))]
    assert texts == [
        "Bid absorption: 120 lots, confirmed at 4187.3, 3 ticks below; counts for buying.",
        "Minute high swept: score 0.71 at 4190.1 to 4191.0, 12 ticks above; counts for selling.",
        "Delta of the newest minutes: -340 lots in 3 min, -1.4 deviations.",
    ]


def test_a_phase_is_told_with_the_line_that_called_it() -> None:
    mark = PhaseMark(
        "accumulation", "buy", 0.7, (reason("efficiency ratio", "0.22, price moved -1.2"),), NOW, NOW - 45 * MINUTE
    )
    (sentence,) = tell(replace(SILENT, phase=mark))
    assert sentence.text == (
        "Accumulation since 03:15 New York, which counts for buying: efficiency ratio 0.22, price moved -1.2."
    )
    assert named_by(sentence.evidence[0]) == ("phase", NOW - 45 * MINUTE, "")


def test_closed_gates_come_first_and_say_why() -> None:
    gates = (
        *SILENT.gates,
        Gate("news", is_open=False, reason="CPI in 4 min"),
        Gate("capital", is_open=False, reason="day lock"),
    )
    facts = (SessionFact("kill zone", "New York kill zone, 42 min left", 42, NOW),)
    first, second = tell(replace(SILENT, gates=gates, facts=facts))
    assert (first.topic, first.text) == ("gate", "No prompt: CPI in 4 min; day lock.")
    assert (second.topic, second.text) == ("session", "04:00 New York: New York kill zone, 42 min left.")
    assert named_by(second.evidence[0]) == ("bar", NOW, "1m")


def test_a_side_names_who_speaks_for_it_and_against_it() -> None:
    against = reason("Gann resistance", "3 families, 2 ticks away", 4191.0, "window", "resistance at 4191.0")
    pillars = tuple(
        msgspec.structs.replace(
            one,
            direction={"QMO": "buy", "Gann": "sell"}.get(one.name),
            reasons=(against,) if one.name == "Gann" else (),
        )
        for one in SILENT.pillars
    )
    sentence = tell(replace(SILENT, pillars=pillars, side="buy", said=NOW))[0]
    assert sentence.text == "Market state alone speaks for buying; Gann against it."
    assert [named_by(piece) for piece in sentence.evidence] == [("pillars", NOW, ""), named_by(against)]


texts = st.text("abc 0123456789.:%+-", min_size=1, max_size=24)
pieces = st.builds(
    Reason, texts, texts, st.one_of(st.none(), st.floats(-1, 1)), st.just("bar"), st.just(NOW), st.just("1m")
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.lists(pieces, max_size=4), min_size=5, max_size=5), st.sampled_from(["buy", "sell", None]))
def test_whatever_the_reasons_are_sentences_say_no_more(
    reasons: list[list[Reason]], side: AggressorSide | None
) -> None:
    names: tuple[PillarName, ...] = ("QMO", "IMO", "Gann", "Astro", "Cycle")
    pillars = tuple(pillar(name, *given_) for name, given_ in zip(names, reasons, strict=True))
    known = {piece for given_ in reasons for piece in given_}
    for sentence in tell(replace(SILENT, pillars=pillars, side=side, said=NOW)):
        assert all(piece in known or piece.kind == "pillars" for piece in sentence.evidence)
        told = Counter[str]()
        for piece in sentence.evidence:
            told += figures(f"{piece.name} {piece.text} {piece.id}")
        assert not figures(sentence.text) - told


def test_the_disclaimer_is_one_line_and_promises_nothing() -> None:
    assert "\n" not in DISCLAIMER
    assert not PROMISES.search(DISCLAIMER)
