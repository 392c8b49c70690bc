"""The score: who makes a side, what lifts and lowers its confidence, and what it never does."""

from dataclasses import astuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engines.events import AggressorSide
from engines.mentor import confidence
from engines.mentor.confidence import Leans, Score
from engines.mentor.pillars import Weights
from engines.timing.lean import QUIET, UNAVAILABLE, Lean

FINDING = settings(max_examples=200, deadline=None, derandomize=True)
LEAST = 0.2
OTHER: dict[AggressorSide, AggressorSide] = {"buy": "sell", "sell": "buy"}


def buy(strength: float) -> Lean:
    return Lean(available=True, direction="buy", strength=strength)


def sell(strength: float) -> Lean:
    return Lean(available=True, direction="sell", strength=strength)


def window(strength: float) -> Lean:
    return Lean(available=True, direction=None, strength=strength)


def scored(leans: Leans, weights: Weights, least_lean: float) -> Score:
    return confidence.scored(leans, astuple(weights), least_lean)


strengths = st.floats(0, 1).map(lambda share: round(share, 3))
directed = st.one_of(st.just(UNAVAILABLE), st.just(QUIET), strengths.map(buy), strengths.map(sell))
timing = st.one_of(st.just(UNAVAILABLE), st.just(QUIET), strengths.map(window))
readings = st.tuples(directed, directed, directed, timing, timing)
shares = st.builds(Weights, *[st.floats(0, 1)] * 5)


@pytest.mark.parametrize(
    ("leans", "side", "score", "coverage"),
    [
        # The examples of docs/mentor.md.
        ((buy(0.9), buy(0.8), buy(0.6), QUIET, QUIET), "buy", 0.7867, 1.0),
        ((buy(0.9), buy(0.8), buy(0.6), window(0.5), QUIET), "buy", 0.7968, 1.0),
        ((buy(0.9), buy(0.8), sell(0.6), QUIET, QUIET), "buy", 0.4667, 1.0),
        ((buy(0.6), UNAVAILABLE, buy(0.6), QUIET, QUIET), "buy", 0.6, 0.75),
        ((buy(0.88), buy(0.9), buy(0.75), QUIET, QUIET), "buy", 0.852, 1.0),
        ((buy(1.0), buy(1.0), QUIET, QUIET, QUIET), "buy", 0.7333, 1.0),
        # All that can speak does: 1, whether the sky is quiet or not.
        ((sell(1.0), sell(1.0), sell(1.0), QUIET, QUIET), "sell", 1.0, 1.0),
        ((sell(1.0), sell(1.0), sell(1.0), window(1.0), window(1.0)), "sell", 1.0, 1.0),
        # Market state and footprint oppose each other, or lean too little: no side.
        ((buy(1.0), sell(0.1), buy(1.0), window(1.0), window(1.0)), None, None, 1.0),
        ((buy(0.2), QUIET, buy(1.0), window(1.0), QUIET), None, None, 1.0),
        ((QUIET, QUIET, buy(1.0), window(1.0), window(1.0)), None, None, 1.0),
        ((UNAVAILABLE, UNAVAILABLE, sell(1.0), window(1.0), window(1.0)), None, None, 0.45),
        # More against it than for it: nothing, not the other side.
        ((buy(0.4), buy(0.1), sell(1.0), QUIET, QUIET), "buy", 0.0, 1.0),
    ],
)
def test_examples(leans: Leans, side: AggressorSide | None, score: float | None, coverage: float) -> None:
    assert tuple(scored(leans, Weights(), LEAST)) == (side, score, coverage)


def test_a_pillar_of_no_weight_counts_for_nothing() -> None:
    without_sky = Weights(astro=0.0, cycle=0.0)
    leans = (buy(0.9), buy(0.8), buy(0.6), window(1.0), UNAVAILABLE)
    assert scored(leans, without_sky, LEAST) == ("buy", 0.7867, 1.0)
    assert scored(leans, Weights(0.0, 0.0, 0.0, 0.0, 0.0), LEAST) == (None, None, 0.0)


@FINDING
@given(readings, shares)
def test_a_score_is_a_share_and_exists_with_a_side_alone(leans: Leans, weights: Weights) -> None:
    side, score, coverage = scored(leans, weights, LEAST)
    assert (side is None) == (score is None)
    assert score is None or 0.0 <= score <= 1.0
    assert 0.0 <= coverage <= 1.0


@FINDING
@given(readings, shares)
def test_the_side_is_that_of_market_state_and_footprint_alone(leans: Leans, weights: Weights) -> None:
    side = scored(leans, weights, LEAST).side
    speaking = {lean.direction for lean in leans[:2] if lean.direction is not None and lean.strength > 0}
    assert side is None or speaking == {side}
    alone: Leans = (*leans[:2], QUIET, QUIET, QUIET)
    assert scored(alone, weights, LEAST).side == side


@FINDING
@given(readings, shares)
def test_the_mirrored_market_has_the_other_side_and_the_same_score(leans: Leans, weights: Weights) -> None:
    turned = [lean if lean.direction is None else replace(lean, direction=OTHER[lean.direction]) for lean in leans]
    mirrored: Leans = (turned[0], turned[1], turned[2], turned[3], turned[4])
    side, score, coverage = scored(leans, weights, LEAST)
    assert scored(mirrored, weights, LEAST) == (None if side is None else OTHER[side], score, coverage)


@FINDING
@given(readings, strengths)
def test_a_window_lifts_and_never_lowers(leans: Leans, strength: float) -> None:
    quiet: Leans = (*leans[:3], QUIET, QUIET)
    near: Leans = (*leans[:3], window(strength), QUIET)
    before, after = scored(quiet, Weights(), LEAST), scored(near, Weights(), LEAST)
    assert after.side == before.side
    assert (after.confidence or 0.0) >= (before.confidence or 0.0)
    without: Leans = (*leans[:3], UNAVAILABLE, UNAVAILABLE)
    assert scored(without, Weights(), LEAST).confidence == before.confidence


@FINDING
@given(readings, st.integers(0, 2), strengths)
def test_more_for_a_side_never_lowers_its_score_and_more_against_it_never_lifts_it(
    leans: Leans, place: int, strength: float
) -> None:
    side, score, _ = scored(leans, Weights(), LEAST)
    if side is None or score is None or leans[place].direction is None:
        return
    changed = list(leans)
    changed[place] = replace(leans[place], strength=max(strength, leans[place].strength))
    now = scored((changed[0], changed[1], changed[2], changed[3], changed[4]), Weights(), LEAST)
    if now.side is None:  # market state and footprint oppose each other now
        assert leans[place].direction != side
        return
    assert (now.side, now.confidence is None) == (side, False)
    moved = (now.confidence or 0.0) - score
    assert moved >= 0.0 if leans[place].direction == side else moved <= 0.0


def test_the_weights_are_those_of_the_issue() -> None:
    assert astuple(Weights()) == (0.30, 0.25, 0.20, 0.15, 0.10)
