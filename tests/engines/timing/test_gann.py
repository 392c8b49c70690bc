"""Gann: anchors that are over, clusters of independent families, visits said once, and honest base rates."""

from collections.abc import Iterable, Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.events import Pillar, Window
from engines.timing.gann.anchors import Anchor, RangeAnchors, SwingAnchor
from engines.timing.gann.clusters import Cluster, find_clusters
from engines.timing.gann.gann import Gann, GannSettings
from engines.timing.gann.lines import Lines
from engines.timing.gann.rules import FAMILIES, Level
from engines.timing.gann.visits import LEAST_MINUTES, Visits
from engines.timing.lean import UNAVAILABLE, Lean
from engines.timing.swings import ClosedBar, Swings
from engines.timing.trading_day import TradingDay, trading_day
from engines.timing_view import PinnedRange
from feeds.instrument import Instrument
from tests.engines.timing.closed_bars import MINUTE, Step, at, days_of_trading, minutes_of, run, walk
from tests.oracle import gann as oracle

GOLD = Instrument("GCZ6", 1, 100_000_000, 100.0)
QUARTER = 15 * MINUTE


# --- anchors ----------------------------------------------------------------------------------------------------------


def quarter(start: int, low: int, high: int) -> ClosedBar:
    return ClosedBar(start, start + QUARTER, high, low, high, low, 0)


def day_at(text: str) -> TradingDay:
    return trading_day(at(text))


def ranges_of(day: TradingDay, engine: RangeAnchors, prices: Sequence[tuple[int, int]]) -> list[Anchor]:
    told = engine.begin_day(day)
    for place, (low, high) in enumerate(prices):
        told += engine.close(quarter(day.start + place * QUARTER, low, high))
    return told


def test_a_session_is_an_anchor_at_its_end_with_the_bars_that_made_its_extremes() -> None:
    day = day_at("2026-03-03 12:00")
    hours = (day.halt - day.start) // QUARTER
    prices = [(100, 110)] * hours
    prices[3], prices[8] = (90, 95), (120, 130)
    told = ranges_of(day, RangeAnchors(), prices)
    assert [anchor.name for anchor in told] == ["Asia", "London", "New York"]
    assert told[0] == Anchor("Asia", 90, 130, day.start + 3 * QUARTER, day.start + 8 * QUARTER)


def test_a_session_that_the_data_did_not_hold_from_its_beginning_is_none() -> None:
    engine = RangeAnchors()
    day = day_at("2026-03-03 12:00")
    engine.begin_day(day)
    late = range(day.start + 4 * QUARTER, day.halt, QUARTER)
    assert [one.name for start in late for one in engine.close(quarter(start, 100, 110))] == ["London", "New York"]


def test_day_and_week_are_anchors_when_the_next_begins() -> None:
    engine = RangeAnchors()
    told: dict[str, list[str]] = {}
    for date in ("03-02", "03-03", "03-04", "03-05", "03-06", "03-09", "03-10"):
        day = day_at(f"2026-{date} 12:00")
        names = [one.name for one in ranges_of(day, engine, [(100, 110)] * 92)]
        told[date] = [name for name in names if name.startswith("prior")]
    assert told == {
        "03-02": [],
        "03-03": ["prior day"],
        "03-04": ["prior day"],
        "03-05": ["prior day"],
        "03-06": ["prior day"],
        "03-09": ["prior day", "prior week"],
        "03-10": ["prior day"],
    }


def test_a_week_that_began_before_the_data_is_no_anchor() -> None:
    engine = RangeAnchors()
    for date in ("03-04", "03-05"):
        ranges_of(day_at(f"2026-{date} 12:00"), engine, [(100, 110)] * 92)
    assert [one.name for one in engine.begin_day(day_at("2026-03-09 12:00"))] == ["prior day"]


def test_a_swing_is_an_anchor_at_the_close_that_confirms_it() -> None:
    engine = SwingAnchor("1h", Swings(1))
    bars = [(105, 110), (95, 100), (98, 104), (104, 112), (100, 106)]
    told = [engine.close(quarter(place * QUARTER, low, high)) for place, (low, high) in enumerate(bars)]
    assert told == [None, None, None, None, Anchor("1h swing", 95, 112, QUARTER, 3 * QUARTER, "1h")]


# --- levels of several anchors ----------------------------------------------------------------------------------------


def lines_of(*anchors: Anchor, width: int = 6) -> Lines:
    lines = Lines(GOLD, 45.0, 1.0)
    for anchor in anchors:
        lines.put([(anchor, None)], width, 4.0)
    return lines


def drawn(lines: Lines) -> set[tuple[str, str]]:
    return {(level.anchor, level.label) for level in lines.near(0, 1_000_000)}


def test_anchors_that_nearly_coincide_have_one_say() -> None:
    day = Anchor("prior day", 26_000, 26_800, 0, 0)
    same = Anchor("London", 26_003, 26_795, 0, 0)
    assert drawn(lines_of(day, same)) == drawn(lines_of(day)) == drawn(lines_of(same, day))


def test_of_two_lows_that_nearly_coincide_one_has_a_square() -> None:
    day = Anchor("prior day", 26_000, 26_800, 0, 0)
    half = Anchor("London", 26_003, 26_400, 0, 0)
    of_london = {label for anchor, label in drawn(lines_of(day, half)) if anchor == "London"}
    assert "3/8" in of_london
    assert "-90°" in of_london
    assert "+90°" not in of_london


HOUR = 60 * MINUTE


def lines_after(hours: int) -> Lines:
    lines = Lines(GOLD, 45.0, 1.0)
    for number in range(hours):
        lines.close("1h", number * HOUR, (number + 1) * HOUR)
    return lines


def place_of_1x1(lines: Lines) -> list[int]:
    return [level.tick - 26_000 for level in lines.near(26_000, 26_100) if level.label == "1x1"]


def test_angles_count_the_bars_that_closed_since_their_anchor() -> None:
    lines = lines_after(6)
    lines.put([(Anchor("prior day", 26_000, 30_000, HOUR + 5, 0), 16.0)], 6, 4.0)
    assert place_of_1x1(lines) == [4 * 16]
    lines.close("1h", 6 * HOUR, 7 * HOUR)
    assert place_of_1x1(lines) == [5 * 16]


def test_the_bar_that_holds_the_anchor_is_not_counted_even_where_it_closes_after_the_anchor_is_known() -> None:
    lines = lines_after(6)
    lines.put([(Anchor("prior day", 26_000, 30_000, 6 * HOUR + 5, 0), 16.0)], 6, 4.0)
    seen = []
    for number in (6, 7, 8):
        seen.append(place_of_1x1(lines))
        lines.close("1h", number * HOUR, (number + 1) * HOUR)
    assert [*seen, place_of_1x1(lines)] == [[], [], [16], [32]]


@pytest.mark.parametrize("moment", [-HOUR, -1, 0, HOUR], ids=["before 1970", "just before", "1970", "after"])
def test_before_the_first_bar_has_closed_no_anchor_has_an_age_whenever_it_was(moment: int) -> None:
    lines = lines_after(0)
    lines.put([(Anchor("prior day", 26_000, 30_000, moment, moment), 16.0)], 6, 4.0)
    assert place_of_1x1(lines) == []
    lines.close("1h", 2 * HOUR, 3 * HOUR)
    assert lines.near(0, 100_000)


def test_an_anchor_from_before_the_bars_has_no_angles() -> None:
    lines = Lines(GOLD, 45.0, 1.0)
    lines.close("1h", 6 * HOUR, 7 * HOUR)
    lines.put([(Anchor("prior day", 26_000, 30_000, HOUR, HOUR), 16.0)], 6, 4.0)
    assert "angle" not in {FAMILIES[level.family] for level in lines.near(0, 100_000)}


# --- clusters ---------------------------------------------------------------------------------------------------------


def level(tick: int, family: int) -> Level:
    return Level(tick, family, "label", "anchor")


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 4)), max_size=25), st.integers(0, 12), st.integers(2, 4))
def test_clusters_are_those_found_by_trying_everything(levels: list[tuple[int, int]], width: int, least: int) -> None:
    levels.sort()
    found = find_clusters([level(*one) for one in levels], width, least)
    assert [(one.low, one.high, one.families) for one in found] == oracle.clusters(levels, width, least)
    assert all(
        set(one.members) == {level(*other) for other in levels if one.low <= other[0] <= one.high} for one in found
    )


def test_many_levels_of_one_family_have_one_vote() -> None:
    assert not find_clusters([level(100, 0), level(100, 0), level(101, 0), level(102, 1)], 6, 3)
    assert find_clusters([level(100, 0), level(100, 0), level(101, 2), level(102, 1)], 6, 3)[0].families == 3


# --- visits -----------------------------------------------------------------------------------------------------------

CLUSTER = Cluster(1_000, 1_004, 3, ())


def minute(number: int, low: int, high: int, close: int) -> ClosedBar:
    return ClosedBar(number * MINUTE, (number + 1) * MINUTE, high, low, close, close, 0)


def visits_after(*bars: tuple[int, int, int], clusters: Sequence[Cluster] = (CLUSTER,)) -> Visits:
    visits = Visits(15)
    visits.watch(clusters, 3)
    for number, bar in enumerate(bars):
        visits.take(minute(number, *bar))
    return visits


def test_a_cluster_that_the_market_falls_to_is_support_and_one_it_rises_to_resistance() -> None:
    assert [visit.side for visit in visits_after((1_010, 1_020, 1_012), (1_007, 1_012, 1_008)).running] == ["bid"]
    assert [visit.side for visit in visits_after((980, 996, 990), (990, 997, 992)).running] == ["ask"]


def test_a_visit_begins_once_however_long_the_market_stays() -> None:
    there = (1_003, 1_006, 1_005)
    assert len(visits_after((1_010, 1_020, 1_012), there, there, there).running) == 1
    assert not visits_after((1_010, 1_020, 1_012), *[there] * 20).running


def test_a_market_that_is_there_from_the_first_minute_did_not_arrive() -> None:
    assert not visits_after((1_000, 1_004, 1_002), (1_000, 1_004, 1_002)).running


def test_a_minute_that_closes_away_again_rejects() -> None:
    visits = visits_after((1_010, 1_020, 1_012), (1_001, 1_012, 1_006), (1_005, 1_012, 1_010))
    rejected = visits.running[0].rejected
    assert rejected is not None
    assert rejected.start == 2 * MINUTE


def test_a_close_beyond_ends_the_visit() -> None:
    assert not visits_after((1_010, 1_020, 1_012), (990, 1_012, 996)).running
    assert visits_after((1_010, 1_020, 1_012), (990, 1_012, 997)).running


def test_the_base_rate_is_the_share_of_minutes_at_a_cluster_and_unknown_while_they_are_few() -> None:
    away, there = (1_020, 1_030, 1_025), (1_003, 1_006, 1_005)
    bars = [away, away, away, there] * (LEAST_MINUTES // 4)
    assert visits_after(*bars).base_rate == 0.25
    assert visits_after(*bars[1:]).base_rate is None


@given(st.integers(0, 2**32))
def test_visits_with_the_free_stretch_remembered_are_those_without(seed: int) -> None:
    """The engine skips clusters while the market stays between two; a fresh look at every minute must agree."""
    chance = Random(seed)
    clusters = [Cluster(low, low + 2, 3, ()) for low in range(0, 200, 25)]
    bars, price = [], 100
    for _ in range(60):
        price += chance.randint(-9, 9)
        bars.append((price - chance.randint(0, 5), price + chance.randint(0, 5), price))
    skipping, looking = Visits(5), Visits(5)
    skipping.watch(clusters, 3)
    for number, bar in enumerate(bars):
        looking.watch(clusters, 3)
        one = minute(number, *bar)
        assert skipping.take(one) == looking.take(one)


# --- the engine -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fortnight() -> list[Step]:
    return walk(days_of_trading("2026-03-02", 7), seed=5)


@pytest.fixture(scope="module")
def after(fortnight: list[Step]) -> tuple[Gann, list[Window]]:
    engine = Gann(GOLD)
    return engine, run(engine, fortnight)


def test_windows_tell_where_price_arrived_and_what_agrees_there(after: tuple[Gann, list[Window]]) -> None:
    windows = after[1]
    assert len(windows) > 100
    for window in windows:
        assert window.engine == "gann"
        assert window.start < window.ts == window.exact < window.end
        assert window.price is not None
        assert window.name.startswith((f"support at {window.price:.1f}: ", f"resistance at {window.price:.1f}: "))
        assert window.name.count(" of ") >= 3
    assert len({(window.ts, window.name) for window in windows}) == len(windows)


def test_the_base_rate_said_is_the_share_of_the_minutes_until_then() -> None:
    """Counted again from what the screen sees of clusters before each minute."""
    engine = Gann(GOLD, GannSettings(touch_ticks=3, touch_range=0.0, cluster_range=0.0))
    minutes = there = 0
    told: list[tuple[float | None, float]] = []
    for step in walk(days_of_trading("2026-03-02", 3), seed=3):
        if isinstance(step, TradingDay):
            engine.begin_day(step)
            continue
        interval, bar = step
        if interval == "1m" and engine.pillar(0, 0, 0.2).available:
            minutes += 1
            there += any(one.low - 3 <= bar.high and one.high + 3 >= bar.low for one in engine.clusters(bar.close))
        told += [(window.base_rate, there / minutes) for window in engine.close(interval, bar)]
    known = [(rate, counted) for rate, counted in told if rate is not None]
    assert [rate for rate, _ in told[: -len(known)]] == [None] * (len(told) - len(known))
    assert len(known) > 50
    assert all(rate == pytest.approx(counted, abs=0.01) for rate, counted in known)


@pytest.mark.parametrize("share", [0.3, 0.62, 0.9])
def test_what_is_said_depends_on_the_bars_before_it_alone(
    share: float, fortnight: list[Step], after: tuple[Gann, list[Window]]
) -> None:
    cut = int(share * len(fortnight))
    told = run(Gann(GOLD), fortnight[:cut])
    assert told == after[1][: len(told)]
    assert all(window.ts > minutes_of(fortnight[:cut])[-1].end for window in after[1][len(told) :])


def readings(engine: Gann, steps: Iterable[Step]) -> list[Pillar]:
    found: list[Pillar] = []
    for step in steps:
        if isinstance(step, TradingDay):
            engine.begin_day(step)
            continue
        engine.close(*step)
        if step[0] == "1m":
            found.append(engine.pillar(step[1].end, step[1].close, 0.2))
    return found


def test_the_pillar_speaks_at_a_cluster_only_for_its_side_and_names_lines_of_the_log(fortnight: list[Step]) -> None:
    engine = Gann(GOLD)
    said: set[tuple[int, str]] = set()
    ends: set[int] = set()
    spoke = 0
    for step in fortnight:
        if isinstance(step, TradingDay):
            engine.begin_day(step)
            continue
        said |= {(window.ts, window.name) for window in engine.close(*step)}
        if step[0] != "1m":
            continue
        ends.add(step[1].end)
        pillar = engine.pillar(step[1].end, step[1].close, 0.2)
        lean = engine.lean(step[1].end, step[1].close)
        assert lean == Lean(pillar.available, pillar.direction, pillar.strength)
        if pillar.direction is None:
            assert pillar.strength == 0.0
            assert pillar.note
            assert not pillar.reasons
            continue
        spoke += 1
        assert 0 < pillar.strength <= 1
        assert pillar.direction == ("buy" if pillar.reasons[0].id.startswith("support") else "sell")
        for reason in pillar.reasons:
            known = said if reason.kind == "window" else {(end, "1m") for end in ends}
            assert (reason.ts, reason.id) in known
    assert spoke > 100


def test_a_rejection_that_was_seen_doubles_what_a_visit_says() -> None:
    engine = Gann(GOLD)
    steps = walk(days_of_trading("2026-03-02", 4), seed=8)
    pillars = [one for one in readings(engine, steps) if one.reasons]
    by_reasons: dict[int, list[float]] = {1: [], 2: []}
    for pillar in pillars:
        by_reasons[len(pillar.reasons)].append(pillar.strength)
    assert 0 < max(by_reasons[1]) <= 0.5 < max(by_reasons[2]) <= 1


def test_three_families_that_sent_the_market_back_say_three_quarters() -> None:
    """A rejection is more than a tolerance away, and counts in full up to two of them."""
    steps = walk(days_of_trading("2026-03-02", 4), seed=8)
    sent_back = {one.strength for one in readings(Gann(GOLD), steps) if len(one.reasons) > 1}
    assert 0.75 in sent_back
    assert max(sent_back) in {0.75, 0.875, 0.938}


def test_a_pillar_that_cannot_be_read_says_what_is_missing(fortnight: list[Step]) -> None:
    engine = Gann(GOLD)
    assert engine.lean(0, 26_000) == UNAVAILABLE
    run(engine, [step for step in fortnight if isinstance(step, TradingDay) or step[0] == "1h"])
    pillar = engine.pillar(0, 26_000, 0.2)
    assert not pillar.available
    assert pillar.direction is None
    assert pillar.note == "no closed minute that tells where the market is"
    engine = Gann(GOLD)
    run(engine, fortnight[:3])
    assert engine.pillar(0, 26_000, 0.2).note == "no range or swing to measure from yet"


def test_what_a_trader_pins_is_seen_and_changes_nothing_that_is_said(
    fortnight: list[Step], after: tuple[Gann, list[Window]]
) -> None:
    engine = Gann(GOLD)
    half = len(fortnight) // 2
    told = run(engine, fortnight[:half])
    low = minutes_of(fortnight[:half])[-1].close - 100
    engine.show_pinned(PinnedRange(low, low + 200, 0, 0))
    seen = [one for one in engine.levels() if one.label.endswith("of pinned")]
    assert low + 100 in [one.tick for one in seen if one.family == "eighths"]
    assert told + run(engine, fortnight[half:]) == after[1]
    engine.show_pinned(None)
    assert not [one for one in engine.levels() if one.label.endswith("of pinned")]


def test_a_pin_needs_a_range() -> None:
    with pytest.raises(ValueError, match="high"):
        Gann(GOLD).show_pinned(PinnedRange(100, 100, 0, 0))


def test_what_is_seen_lies_near_the_market_with_the_side_of_its_place(
    fortnight: list[Step], after: tuple[Gann, list[Window]]
) -> None:
    engine, last = after[0], minutes_of(fortnight)[-1].close
    levels, clusters = engine.levels(), engine.clusters(last)
    assert levels == tuple(sorted(levels, key=lambda one: one.tick))
    assert all(abs(one.tick - last) < 300 for one in levels)
    assert clusters
    for cluster in clusters:
        expected = "bid" if cluster.high < last else "ask" if cluster.low > last else None
        assert cluster.side == expected
        assert len(cluster.labels) == cluster.families >= 3
    assert {one.side for one in engine.clusters(levels[0].tick - 1)} == {"ask"}


def test_with_no_tolerance_at_all_the_market_is_at_a_cluster_only_in_it() -> None:
    exact = GannSettings(touch_ticks=0, touch_range=0.0, cluster_ticks=0, cluster_range=0.0, families=2)
    engine = Gann(GOLD, exact)
    for one in readings(engine, walk(days_of_trading("2026-03-02", 2), seed=8)):
        assert 0.0 <= one.strength <= 1.0
    assert all(cluster.low == cluster.high for cluster in engine.clusters(0))


def test_a_scale_of_its_own_moves_the_squares_alone(fortnight: list[Step]) -> None:
    coarse = Gann(GOLD, GannSettings(square_scale=10.0))
    fine = Gann(GOLD)
    run(coarse, fortnight)
    run(fine, fortnight)

    def others(engine: Gann) -> list[object]:
        return [one for one in engine.levels() if one.family != "square of nine"]

    assert others(coarse) == others(fine)
    assert coarse.levels() != fine.levels()


def test_on_a_random_walk_clusters_are_often_there_and_hold_no_more_often_than_chance() -> None:
    """Whoever looked ahead anywhere would see support hold; three standard errors are allowed."""
    engine = Gann(GOLD)
    steps = walk(days_of_trading("2026-03-02", 15), seed=21)
    closes = {bar.end: bar.close for bar in minutes_of(steps)}
    outcomes = []
    windows = run(engine, steps)
    assert windows[-1].base_rate == pytest.approx(0.36, abs=0.01)
    for window in windows:
        later = closes.get(window.ts + 20 * MINUTE)
        if later is not None:
            rose = later - closes[window.ts]
            outcomes.append(rose if window.name.startswith("support") else -rose)
    moved = [one for one in outcomes if one]
    held = sum(one > 0 for one in moved) / len(moved)
    assert len(moved) > 600
    assert abs(held - 0.5) < 1.5 / len(moved) ** 0.5
