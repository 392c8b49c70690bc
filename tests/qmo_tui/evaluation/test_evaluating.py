"""A simulated session evaluated from end to end: the engines against the truth, and a truth that belongs elsewhere."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from feeds.records import ACTION_CANCEL, ACTION_FILL, ACTION_TRADE, PRICE_SCALE, SIDE_BID, Batch, Schema
from feeds.simulator.habits import Habits
from feeds.simulator.session import DEFAULT_START, SimulationSettings
from qmo_tui.errors import QmoError
from qmo_tui.evaluation.evaluating import Evaluation, Row, Standing, evaluate, evaluate_itself
from qmo_tui.evaluation.scores import Score, wilson
from qmo_tui.evaluation.simulated import SimulatedSession
from qmo_tui.evaluation.truth_file import Iceberg, Stop, Thing
from qmo_tui.exit_codes import ExitCode
from qmo_tui.settings import Settings

MINUTE = 60_000_000_000
SETTINGS = Settings()


MARKET = SimulationSettings(seed=9, habits=Habits(stop_share=0.02))
"""A market with more stops than usual, so that a few minutes hold some."""


def session(minutes: float = 4.0, schema: Schema = Schema.MBO, **other: Any) -> SimulatedSession:
    return SimulatedSession(replace(MARKET, **other), round(minutes * MINUTE), schema)


class CutShort(SimulatedSession):
    """A session of which only the first two minutes were recorded."""

    def batches(self, most: int = 2**62) -> Iterator[Batch]:
        for batch in super().batches(most):
            kept = int((batch.records["ts_event"] < DEFAULT_START + 2 * MINUTE).sum())
            if kept:
                yield batch.cut(0, kept)


@pytest.fixture(scope="module")
def truth() -> list[Thing]:
    market = session()
    assert sum(len(batch) for batch in market.batches()) > 100_000
    return market.truth()


def row(evaluation: Evaluation, name: str) -> Row:
    (found,) = (row for row in evaluation.rows if row.detector.name == name)
    return found


def figures(score: Score) -> tuple[float | None, ...]:
    return score.precision, score.recall, score.f1


def test_native_icebergs_and_stops_are_all_found_and_exact() -> None:
    market = session()
    evaluation = evaluate_itself(market, SETTINGS, market.truth)
    for name in ("native icebergs", "stops"):
        score = row(evaluation, name).score
        assert figures(score) == (1.0, 1.0, 1.0), name
        assert score.truth == score.compared == score.exact > 10, name
        assert (score.missed, score.false) == ([], []), name
        assert score.delays == (0, 0), name
    assert evaluation.records == sum(len(batch) for batch in session().batches())
    assert evaluation.schema is Schema.MBO


def test_a_row_that_these_records_cannot_show_is_not_scored(truth: list[Thing]) -> None:
    inferred = row(evaluate(session(), SETTINGS, truth), "inferred icebergs")
    assert inferred.standing is Standing.OTHER_SCHEMA
    assert inferred.score.truth > 50
    assert inferred.score.missed == []


def test_a_truth_from_a_file_gives_what_the_markets_own_gives(truth: list[Thing]) -> None:
    market = session()
    assert evaluate(session(), SETTINGS, truth) == evaluate_itself(market, SETTINGS, market.truth)


def test_the_order_of_the_truth_makes_no_difference(truth: list[Thing]) -> None:
    shuffled = list(truth)
    Random(1).shuffle(shuffled)
    assert shuffled != truth
    assert evaluate(session(), SETTINGS, shuffled) == evaluate(session(), SETTINGS, truth)


def test_what_the_truth_does_not_know_is_false_and_what_is_not_found_is_missed(truth: list[Thing]) -> None:
    evident = [thing for thing in truth if isinstance(thing, Iceberg) and thing.evident]
    fired = [thing for thing in truth if isinstance(thing, Stop) and thing.identifiable]
    forgotten, invented = evident[0], change(evident[1], order_id=1)
    poorer = [invented if thing == evident[1] else thing for thing in truth if thing not in (forgotten, fired[0])]
    evaluation = evaluate(session(), SETTINGS, poorer)
    icebergs, stops = row(evaluation, "native icebergs").score, row(evaluation, "stops").score
    assert (icebergs.truth, icebergs.matched) == (len(evident) - 1, len(evident) - 2)
    assert sum(one.count for one in icebergs.false) == 2
    assert [one.label for one in icebergs.missed] == ["1"]
    assert (stops.truth, stops.found, stops.matched) == (len(fired) - 1, len(fired), len(fired) - 1)
    assert [(one.ts, one.side, one.count) for one in stops.false] == [(fired[0].ts, fired[0].side, 1)]
    assert stops.exact < stops.matched or fired[0].ts not in {stop.ts for stop in fired[1:]}


def change(thing: Iceberg, **fields: Any) -> Iceberg:
    import msgspec

    changed: Iceberg = msgspec.structs.replace(thing, **fields)
    return changed


def test_a_recording_that_ends_early_is_held_against_what_it_holds(truth: list[Thing]) -> None:
    cut = CutShort(MARKET, 4 * MINUTE)
    evaluation = evaluate(cut, SETTINGS, truth)
    icebergs, stops = row(evaluation, "native icebergs").score, row(evaluation, "stops").score
    assert figures(icebergs) == figures(stops) == (1.0, 1.0, 1.0)
    assert icebergs.aside > 0
    assert 0 < icebergs.compared == icebergs.exact <= icebergs.matched


def refused(truth: list[Thing], market: SimulatedSession) -> str:
    with pytest.raises(QmoError) as failure:
        evaluate(market, SETTINGS, truth)
    assert failure.value.exit_code == ExitCode.UNREADABLE
    return str(failure.value)


def test_the_truth_of_another_seed_is_refused(truth: list[Thing]) -> None:
    assert "the recording holds 0;" in refused(truth, session(seed=8))


def test_the_truth_of_another_day_is_refused(truth: list[Thing]) -> None:
    other = session(start=DEFAULT_START + 24 * 60 * MINUTE, minutes=0.5)
    says = refused(truth, other)
    assert "it tells of 2026-10-05 12:00:00 to 2026-10-05 12:0" in says
    assert "the recording holds 2026-10-06 12:00:00 to 2026-10-06 12:00:29 UTC" in says


def test_a_truth_that_names_no_trade_cannot_be_checked_and_says_so(truth: list[Thing]) -> None:
    plain = [thing for thing in truth if isinstance(thing, Iceberg) and not thing.evident]
    (note,) = evaluate(session(minutes=1.0), SETTINGS, plain).notes
    assert "whether it is its own is unknown" in note


def test_sessions_add_up(truth: list[Thing]) -> None:
    first, second = session(), session(seed=10)
    alone = [evaluate_itself(market, SETTINGS, market.truth) for market in (first, second)]
    both = alone[0] + alone[1]
    assert both.records == alone[0].records + alone[1].records
    for one, two, together in zip(alone[0].rows, alone[1].rows, both.rows, strict=True):
        assert together.score.truth == one.score.truth + two.score.truth
        assert together.standing == one.standing == two.standing


@pytest.mark.parametrize(
    ("part", "whole", "interval"), [(10, 10, (0.722, 1.0)), (5, 10, (0.237, 0.763)), (0, 4, (0.0, 0.490))]
)
def test_intervals_are_those_of_wilson(part: int, whole: int, interval: tuple[float, float]) -> None:
    assert wilson(part, whole) == pytest.approx(interval, abs=0.001)


def test_shares_of_nothing_are_unknown() -> None:
    assert figures(Score()) == (None, None, None)
    assert figures(Score(truth=3)) == (None, 0.0, 0.0)
    assert figures(Score(found=3)) == (0.0, None, 0.0)
    assert wilson(0, 0) is None


@pytest.mark.parametrize("share", [Score().f1_against_controls, Score(truth=3, found=3, matched=3).f1_against_controls])
def test_without_controls_there_is_no_figure_against_them(share: float | None) -> None:
    assert share is None


def test_by_price_icebergs_are_inferred_where_nothing_else_left_the_level_in_the_same_event() -> None:
    market = session(minutes=10.0, schema=Schema.MBP_10, habits=Habits())
    evaluation = evaluate_itself(market, SETTINGS, market.truth)
    assert evaluation.schema is Schema.MBP_10
    assert row(evaluation, "native icebergs").standing is Standing.OTHER_SCHEMA
    inferred = row(evaluation, "inferred icebergs").score
    assert inferred.truth > 200
    assert (inferred.precision, inferred.false) == (1.0, [])
    assert inferred.recall is not None
    assert 0.98 <= inferred.recall < 1.0
    unfilled = taken_away_by_trades(session(minutes=10.0, habits=Habits()))
    assert {(one.ts, one.side, one.price) for one in inferred.missed} <= unfilled


def taken_away_by_trades(market: SimulatedSession) -> set[tuple[int, str, float]]:
    """Return where an event that traded took orders away without filling them: self-match prevention."""
    places: set[tuple[int, str, float]] = set()
    for batch in market.batches():
        if batch.schema is not Schema.MBO:
            continue
        records = batch.records
        filled = set(records[["ts_event", "order_id"]][records["action"] == ACTION_FILL].tolist())
        traded = set(records["ts_event"][records["action"] == ACTION_TRADE].tolist())
        for record in records[records["action"] == ACTION_CANCEL]:
            ts, order_id = int(record["ts_event"]), int(record["order_id"])
            if ts in traded and (ts, order_id) not in filled:
                side = "bid" if record["side"] == SIDE_BID else "ask"
                places.add((ts, side, int(record["price"]) / PRICE_SCALE))
    return places
