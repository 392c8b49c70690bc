"""The table of detectors on truths made by hand: what counts as found, as missed, as false, and as neither."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engines.events import Summary, TierTotals
from qmo_tui.evaluation.detectors import DETECTORS, Detector, is_made
from qmo_tui.evaluation.readings import NOT_EVIDENT, NOT_IDENTIFIABLE, Line
from qmo_tui.evaluation.scores import AGAIN

from .market import (
    RECORDED,
    at,
    counts,
    detector,
    episode,
    held,
    iceberg,
    inferred,
    native,
    stop,
    stops,
    sweep,
    zone,
)

DOCS = Path(__file__).parents[3] / "docs"

# --- native icebergs --------------------------------------------------------------------------------------------------


def test_an_iceberg_found_in_the_event_that_proves_it_is_exact_and_not_late() -> None:
    found = held("native icebergs", [iceberg()], [native()])
    assert counts(found) == (1, 1, 1)
    assert (found.exact, found.compared, found.delays) == (1, 1, (0, 0))
    assert (found.missed, found.false) == ([], [])


def test_a_late_detection_counts_and_says_how_late() -> None:
    found = held("native icebergs", [iceberg()], [native(seconds=103.5)])
    assert counts(found) == (1, 1, 1)
    assert found.delays == (3_500_000_000, 3_500_000_000)


def test_a_second_detection_of_one_iceberg_is_false() -> None:
    found = held("native icebergs", [iceberg()], [native(1), native(2, seconds=120)])
    assert counts(found) == (1, 2, 1)
    assert [(one.label, one.why) for one in found.false] == [("native-2", AGAIN)]


@pytest.mark.parametrize("wrong", [{"side": "ask"}, {"price": 4200.6}, {"order_id": 8}])
def test_the_wrong_side_price_or_order_is_a_miss_and_a_false_one(wrong: Line) -> None:
    found = held("native icebergs", [iceberg()], [native(**wrong)])
    assert counts(found) == (1, 1, 0)
    assert [(one.ts, one.price, one.label) for one in found.missed] == [(at(100), 4200.5, "7")]
    assert [one.label for one in found.false] == ["native-1"]


@pytest.mark.parametrize("wrong", [{"filled": 11}, {"refreshes": 1}, {"shown": 1}])
def test_wrong_lots_are_found_but_not_exact(wrong: Line) -> None:
    found = held("native icebergs", [iceberg()], [native(**wrong)])
    assert (counts(found), found.exact, found.compared) == ((1, 1, 1), 0, 1)


def test_hidden_lots_are_those_of_the_last_fill_and_a_cancel_leaves_them() -> None:
    """Shows 5 of 12, loses 9 in two fills, is cancelled while it shows 1: 5 + 5 - 9 lots."""
    told = iceberg(filled=9, refreshes=1, hidden_fills=[[at(100), 4200.5, 5]], end="cancelled", ended=at(200))
    lines = [
        native(filled=6, refreshes=1, shown=4),
        native(filled=9, refreshes=1, shown=1, state="traded", ts=at(150)),
        native(filled=9, refreshes=1, shown=0, state="cancelled", ts=at(200)),
    ]
    assert held("native icebergs", [told], lines).exact == 1
    assert held("native icebergs", [told], lines[:1]).exact == 0


def test_an_iceberg_that_the_records_do_not_prove_is_no_miss_and_to_claim_it_is_false() -> None:
    plain = iceberg(evident=False, hidden_fills=[])
    assert counts(held("native icebergs", [plain], [])) == (0, 0, 0)
    claimed = held("native icebergs", [plain], [native()])
    assert counts(claimed) == (0, 1, 0)
    assert [one.why for one in claimed.false] == [NOT_EVIDENT]


@pytest.mark.parametrize("lines", [[], [native()]], ids=["not-said", "said"])
@pytest.mark.parametrize("ts", [at(-5), at(1_200)], ids=["before", "after"])
def test_what_the_recording_does_not_hold_whole_is_neither_right_nor_wrong(lines: list[Line], ts: int) -> None:
    detected = max(ts, at(100))
    told = iceberg(ts=ts, hidden_fills=[[detected, 4200.5, 7]], ended=None)
    found = held("native icebergs", [told], [line | {"ts": detected} for line in lines])
    assert (counts(found), found.aside) == ((0, 0, 0), 1)


@pytest.mark.parametrize("ended", [at(2_000), None], ids=["ends-later", "rests"])
def test_lots_are_not_compared_where_the_recording_ends_before_the_truth(ended: int | None) -> None:
    told = iceberg(end="resting" if ended is None else "filled", ended=ended)
    cut = held("native icebergs", [told], [native()], replace(RECORDED, whole=False))
    assert (counts(cut), cut.compared) == ((1, 1, 1), 0)


# --- stops ------------------------------------------------------------------------------------------------------------


def test_stops_of_one_matching_event_are_counted_one_by_one() -> None:
    truth = [stop(3), stop(4, volume=5, to=4200.9)]
    both = held("stops", truth, [stops(orders=2, volume=7, to=4200.9)])
    assert (counts(both), both.exact) == ((2, 2, 2), 2)
    one = held("stops", truth, [stops(orders=1, volume=2)])
    assert (counts(one), one.exact) == ((2, 1, 1), 0)
    assert [(missed.count, missed.label) for missed in one.missed] == [(1, "3, 4")]


def test_a_stop_that_cannot_be_identified_is_no_miss_and_to_count_it_is_false() -> None:
    truth = [stop(3), stop(9, identifiable=False)]
    assert counts(held("stops", truth, [stops()])) == (1, 1, 1)
    greedy = held("stops", truth, [stops(orders=2, volume=4)])
    assert counts(greedy) == (1, 2, 1)
    assert [(one.count, one.why) for one in greedy.false] == [(1, NOT_IDENTIFIABLE)]
    assert greedy.exact == 0


@pytest.mark.parametrize("wrong", [{"ts": at(100) + 1}, {"side": "sell"}, {"from": 4201.0, "to": 4201.0}])
def test_another_moment_side_or_price_is_another_event(wrong: Line) -> None:
    assert counts(held("stops", [stop()], [stops(**wrong)])) == (1, 1, 0)


def test_events_of_one_nanosecond_and_side_are_one() -> None:
    lines = [stops(orders=1, volume=2), stops(orders=1, volume=5)]
    assert held("stops", [stop(3), stop(4, volume=5)], lines).exact == 2


# --- inferred icebergs ------------------------------------------------------------------------------------------------


def test_icebergs_at_one_price_are_one_level_event() -> None:
    truth = [iceberg(7), iceberg(8, hidden_fills=[[at(100), 4200.5, 2], [at(105), 4200.5, 3]])]
    lines = [inferred(hidden=9), inferred(hidden=3, ts=at(105)), inferred(hidden=0, ts=at(106))]
    found = held("inferred icebergs", truth, lines)
    assert (counts(found), found.exact) == ((2, 2, 2), 2)


def test_a_level_event_with_other_lots_is_found_but_not_exact() -> None:
    found = held("inferred icebergs", [iceberg()], [inferred(hidden=6)])
    assert (counts(found), found.exact) == ((1, 1, 1), 0)


def test_a_level_event_is_found_once() -> None:
    found = held("inferred icebergs", [iceberg()], [inferred(1), inferred(2)])
    assert counts(found) == (1, 2, 1)
    assert [one.why for one in found.false] == [AGAIN]


def test_what_traded_without_an_aggressor_is_neither_right_nor_wrong() -> None:
    auction = replace(RECORDED, sideless=frozenset({at(100)}))
    assert counts(held("inferred icebergs", [iceberg()], [inferred()], auction)) == (0, 0, 0)
    assert counts(held("inferred icebergs", [iceberg()], [], auction)) == (0, 0, 0)
    assert counts(held("inferred icebergs", [iceberg()], [inferred(ts=at(101))], auction)) == (0, 1, 0)


# --- episodes ---------------------------------------------------------------------------------------------------------


def test_a_zone_at_the_wall_while_it_is_pressed_is_found() -> None:
    assert counts(held("absorption", [episode("absorption")], [zone()])) == (1, 1, 1)


@pytest.mark.parametrize(
    ("other", "matched"),
    [
        ({"ts": at(160)}, 1),
        ({"ts": at(161)}, 0),
        ({"low": 4200.7, "high": 4200.9}, 1),
        ({"low": 4200.8, "high": 4200.9}, 0),
        ({"side": "ask"}, 0),
    ],
)
def test_a_zone_too_late_too_far_or_on_the_other_side_is_false(other: Line, matched: int) -> None:
    assert counts(held("absorption", [episode("absorption")], [zone(**other)])) == (1, 1, matched)


@pytest.mark.parametrize(("filled", "true"), [(150, 1), (149, 0)])
def test_a_wall_that_price_left_before_it_was_pressed_is_neither_right_nor_wrong(filled: int, true: int) -> None:
    truth = [episode("absorption", volume=300, filled=filled)]
    assert counts(held("absorption", truth, [zone()])) == (true, true, true)
    missed = held("absorption", truth, [])
    assert (missed.truth, missed.aside) == (true, 1 - true)


def test_only_the_first_line_of_a_zone_counts() -> None:
    lines = [zone(), zone(seconds=700, state="touched"), zone(seconds=800, state="broken")]
    assert counts(held("absorption", [episode("absorption")], lines)) == (1, 1, 1)


def test_a_zone_where_nobody_stood_is_false_and_named_after_the_control() -> None:
    truth = [episode("absorption"), episode("no_absorption", 400, 430, price=4205.0, drive_to=4204.0)]
    lines = [zone(1), zone(2, seconds=420, low=4204.3, high=4204.5), zone(3, seconds=700)]
    found = held("absorption", truth, lines)
    assert counts(found) == (1, 3, 1)
    assert [one.why for one in found.false] == ["no_absorption", None]
    assert (found.controls, found.control_hits) == (1, 1)
    assert found.f1 == pytest.approx(2 / 4)
    assert found.f1_against_controls == pytest.approx(2 / 3)


def test_a_sweep_is_told_from_a_breakout() -> None:
    truth = [episode("sweep"), episode("breakout", 400, 430, price=4205.0)]
    lines = [sweep(1), sweep(2, seconds=440, low=4204.6, high=4205.0)]
    found = held("sweeps", truth, lines)
    assert (counts(found), found.control_hits) == ((1, 2, 1), 1)
    assert counts(held("sweeps", truth, [sweep(side="buy_side")])) == (1, 1, 0)


@pytest.mark.parametrize(("within", "scored"), [(0, 0), (4, 0), (5, 1), (9, 1)])
def test_a_run_that_did_not_take_most_of_its_nine_stops_is_no_sweep_to_find(within: int, scored: int) -> None:
    truth = [episode("sweep", fired_within=within)]
    assert counts(held("sweeps", truth, [])) == (scored, 0, 0)
    assert counts(held("sweeps", truth, [sweep()])) == (scored, scored, scored)


@pytest.mark.parametrize(("returned", "scored"), [(None, 0), (125.0, 1), (250.0, 1), (250.1, 0)])
def test_a_sweep_came_back_at_most_two_minutes_after_its_run(returned: float | None, scored: int) -> None:
    truth = [episode("sweep", returned=None if returned is None else at(returned))]
    assert counts(held("sweeps", truth, [])) == (scored, 0, 0)
    assert counts(held("sweeps", truth, [sweep()])) == (scored, scored, scored)


@pytest.mark.parametrize(("returned", "controls"), [(None, 1), (250.1, 1), (250.0, 0), (125.0, 0)])
def test_a_breakout_that_came_back_within_two_minutes_is_no_control(returned: float | None, controls: int) -> None:
    found = held("sweeps", [episode("breakout", returned=None if returned is None else at(returned))], [sweep()])
    assert (found.controls, found.control_hits, found.aside) == (controls, controls, 1 - controls)
    assert found.found == controls


def test_a_breakout_whose_two_minutes_the_recording_does_not_hold_is_no_control() -> None:
    assert held("sweeps", [episode("breakout", 800.0, 879.0)], []).controls == 1
    assert held("sweeps", [episode("breakout", 800.0, 881.0)], []).controls == 0


@pytest.mark.parametrize("kind", ["sweep", "breakout"])
@pytest.mark.parametrize(
    ("course", "aside"),
    [
        ({"drive_from": 4200.5}, 0),
        ({"drive_from": 4200.4}, 1),
        ({"swing_of": None}, 1),
        ({"extreme": 4200.5}, 1),
        ({"extreme": None, "returned": None}, 1),
    ],
    ids=["began at the swing", "began beyond it", "no swing", "never went beyond", "traded nothing"],
)
def test_a_run_that_did_not_break_its_swing_is_aside(kind: str, course: dict[str, Any], aside: int) -> None:
    found = held("sweeps", [episode(kind, **course)], [sweep()])
    assert (found.aside, found.truth + found.controls) == (aside, 1 - aside)


def test_what_was_said_before_a_run_began_was_not_said_of_it() -> None:
    assert counts(held("sweeps", [episode("sweep")], [sweep(seconds=100.0)])) == (1, 1, 1)
    assert counts(held("sweeps", [episode("sweep")], [sweep(seconds=99.9)])) == (1, 1, 0)
    assert held("sweeps", [episode("breakout")], [sweep(seconds=100.0)]).control_hits == 1
    assert held("sweeps", [episode("breakout")], [sweep(seconds=99.9)]).control_hits == 0


def test_a_sweep_may_be_said_until_a_minute_after_the_return() -> None:
    slow = episode("sweep", returned=at(230.0))
    assert counts(held("sweeps", [slow], [sweep(seconds=290.0)])) == (1, 1, 1)
    assert counts(held("sweeps", [slow], [sweep(seconds=290.1)])) == (1, 1, 0)


def test_runs_of_one_side_are_one_while_price_is_not_back_from_the_first() -> None:
    nearer = episode("sweep", 110.0, 140.0, price=4201.0, plan=2)
    assert counts(held("sweeps", [episode("sweep"), nearer], [sweep()])) == (1, 1, 1)
    apart = episode("sweep", 131.1, 140.0, plan=2)
    assert counts(held("sweeps", [episode("sweep"), apart], [sweep()])) == (2, 1, 1)
    against = episode("sweep", 110.0, 140.0, price=4201.0, plan=2, side="buy")
    assert counts(held("sweeps", [episode("sweep"), against], [sweep()])) == (2, 1, 1)


def test_a_swing_from_before_the_recording_is_not_to_be_found() -> None:
    for kind in ("sweep", "breakout"):
        early, later = (held("sweeps", [episode(kind, swing_of=at(began))], []) for began in (-60.0, 0.0))
        assert (early.truth + early.controls, later.truth + later.controls) == (0, 1)


@pytest.mark.parametrize(("low", "high", "found"), [(4200.7, 4201.0, 1), (4200.8, 4201.0, 0), (4199.0, 4200.3, 1)])
def test_the_swing_lies_between_a_sweeps_pool_and_its_extreme(low: float, high: float, found: int) -> None:
    assert counts(held("sweeps", [episode("sweep")], [sweep(low=low, high=high)]))[2] == found


def test_an_accepted_break_is_no_sweep() -> None:
    assert counts(held("sweeps", [episode("sweep")], [sweep(state="broken")])) == (1, 0, 0)


@pytest.mark.parametrize(("end", "true"), [(969.0, 1), (971.0, 0)])
def test_an_episode_over_shortly_before_the_end_of_the_data_is_aside(end: float, true: int) -> None:
    truth = [episode("absorption", 950.0, end)]
    assert held("absorption", truth, []).truth == true
    assert held("absorption", truth, [zone(seconds=965.0)]).found == true


def test_an_episode_that_the_end_cut_is_aside() -> None:
    for kind, name in (("absorption", "absorption"), ("sweep", "sweeps"), ("synthetic", "synthetic icebergs")):
        cut = held(name, [episode(kind) | {"ended": None}], [])
        assert (counts(cut), cut.aside) == ((0, 0, 0), 1)


def test_a_broker_needs_two_clips_to_be_found() -> None:
    clips = [{"order_id": number, "price": 4200.5, "lots": 3} for number in (1, 2)]
    said = native(seconds=101.0, tier="synthetic", order_id=None)
    chain = held("synthetic icebergs", [episode("synthetic", orders=clips)], [said])
    assert counts(chain) == (1, 1, 1)
    single = held("synthetic icebergs", [episode("synthetic", orders=clips[:1])], [said])
    assert (counts(single), single.aside) == ((0, 0, 0), 1)


# --- which detectors there are ----------------------------------------------------------------------------------------


def test_the_engines_say_themselves_what_they_make() -> None:
    silent, speaking = Summary(ts=0, records=0), Summary(ts=0, records=0, icebergs={"native": TierTotals(0, 0, 0)})
    assert is_made(detector("stops"), silent)
    assert not is_made(detector("native icebergs"), silent)
    assert is_made(detector("native icebergs"), speaking)
    assert not is_made(replace(detector("stops"), kind="tea leaves"), speaking)


def test_the_documentation_states_the_rule_of_every_row() -> None:
    rows = [line for line in (DOCS / "evaluation.md").read_text().splitlines() if line.startswith("| ")]
    for one in DETECTORS:
        assert any(line.startswith(f"| {one.name} |") and line.endswith(f"| {one.rule} |") for line in rows), one.name
        assert one.control is None or any(f"control: `{one.control}`" in line for line in rows)


@pytest.mark.parametrize("one", DETECTORS, ids=lambda one: one.name)
def test_the_rule_in_words_is_the_tolerance_in_numbers(one: Detector) -> None:
    seconds, ticks = one.tolerance.seconds, one.tolerance.ticks
    if seconds:
        assert (f"{seconds:g} s before" if one.tolerance.early else "from the run's begin") in one.rule
        assert f"{seconds:g} s after" in one.rule
    if ticks:
        assert f"within {ticks} ticks" in one.rule
