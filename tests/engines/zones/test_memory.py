"""Iceberg memory: how zones are made, visited, judged, broken, aged and carried over, one rule at a time."""

from math import exp, isclose
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engines.events import Memory
from engines.pipeline import Pipeline, run
from engines.timing.trading_day import TradingDay, trading_day
from engines.view import IcebergMark, ViewRequest
from engines.zones.found import NO_BARS, Found
from engines.zones.icebergs import IcebergStep
from engines.zones.memory import IcebergMemory, MemorySettings
from engines.zones.memory_proofs import Remembered, proofs_of
from engines.zones.memory_state import KeptZone, Recollection, taken_over
from feeds.records import Batch, Schema
from tests.engines.real_data import ES, read_records
from tests.engines.zones.memory_market import (
    GOLD,
    LEAVE,
    MINUTE,
    QUIET,
    SECOND,
    START,
    THROUGH,
    Path,
    listen,
    minutes_of,
    proof,
    remembering,
    trades_of,
    zone,
)
from tests.oracle.memory import WatchedZone, watch

FINDING = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
AWAY = 1_000 + LEAVE


def begun(*zones: KeptZone, wanted: MemorySettings | None = None, **fields: Any) -> IcebergMemory:
    return IcebergMemory(GOLD, wanted, remembering(*zones, **fields))


def states(events: list[Memory]) -> list[str]:
    return [event.state for event in events if event.state != "recalled"]


def bands(memory: IcebergMemory) -> list[tuple[str, int, int]]:
    return [(kept.side, kept.low, kept.high) for kept in memory.recollect().zones]


# --- how zones are made -------------------------------------------------------------------------------------------

QUIET_PATH: Path = [(second, 1_100) for second in range(10)]


def made(*facts: Remembered, wanted: MemorySettings | None = None) -> tuple[IcebergMemory, list[Memory]]:
    memory = IcebergMemory(GOLD, wanted, QUIET)
    timed = [
        Remembered(
            fact.source, fact.kind, fact.side, fact.low, fact.high, fact.lots, START + place * SECOND, fact.ended
        )
        for place, fact in enumerate(facts)
    ]
    return memory, listen(memory, QUIET_PATH, timed)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param([proof(1_000), proof(1_003)], [("bid", 1_000, 1_003)], id="three ticks apart are one"),
        pytest.param([proof(1_000), proof(1_004)], [("bid", 1_000, 1_000), ("bid", 1_004, 1_004)], id="four are two"),
        pytest.param(
            [proof(1_000), proof(1_000, side="ask")], [("bid", 1_000, 1_000), ("ask", 1_000, 1_000)], id="sides"
        ),
        pytest.param(
            [proof(1_000), proof(1_005), proof(1_003)], [("bid", 1_000, 1_005)], id="a third between two joins them"
        ),
        pytest.param(
            [proof(1_000), proof(1_003), proof(1_006), proof(1_009)],
            [("bid", 1_000, 1_006), ("bid", 1_009, 1_009)],
            id="no zone grows wider than eight ticks",
        ),
        pytest.param([proof(1_000, high=1_004), proof(1_002)], [("bid", 1_000, 1_004)], id="inside"),
    ],
)
def test_bands_of_one_side_that_come_close_are_one_zone(
    facts: list[Remembered], expected: list[tuple[str, int, int]]
) -> None:
    memory, _ = made(*facts)
    assert bands(memory) == expected


def test_a_zone_that_joins_another_says_so() -> None:
    memory, said = made(proof(1_000), proof(1_005), proof(1_003))
    assert [(event.id, event.state, event.reason) for event in said] == [
        ("memory-1", "remembered", "native iceberg bid-1000"),
        ("memory-2", "remembered", "native iceberg bid-1005"),
        ("memory-2", "died", "joined memory-1"),
        ("memory-1", "remembered", "joined by native iceberg bid-1003"),
    ]
    assert [kept.evidence for kept in memory.recollect().zones] == [7.5]


def test_an_iceberg_counts_its_lots_once_however_many_steps_it_takes() -> None:
    steps = [proof(1_000, lots=lots, source="native-1") for lots in (25, 50, 50)]
    memory, said = made(*steps)
    assert states(said) == ["remembered"]
    assert [kept.evidence for kept in memory.recollect().zones] == [2.5]


def test_an_order_that_moves_leaves_its_lots_where_they_traded() -> None:
    memory, _ = made(proof(1_000, lots=25, source="native-1"), proof(1_020, lots=75, source="native-1"))
    assert [(kept.low, kept.evidence) for kept in memory.recollect().zones] == [(1_000, 1.25), (1_020, 2.5)]


def test_before_five_minutes_there_is_no_measure_and_facts_wait() -> None:
    memory = IcebergMemory(GOLD)
    said = listen(memory, [(30 * step, 1_050) for step in range(13)], [proof(1_000, at=10)])
    assert [(event.state, event.ts) for event in said] == [("remembered", START + 5 * MINUTE)]
    assert [kept.evidence for kept in memory.recollect().zones] == [50 / 4]


def test_a_fact_is_known_to_no_trade_of_its_own_time() -> None:
    memory = IcebergMemory(GOLD, None, QUIET)
    said = listen(memory, [(0, AWAY), (1, AWAY), (1, 1_000), (2, 1_000), (3, AWAY), (4, 1_000)], [proof(1_000, at=1)])
    assert [(event.state, event.ts - START) for event in said] == [
        ("remembered", 2 * SECOND),
        ("touched", 4 * SECOND),
    ]


def test_no_more_zones_than_the_setting_allows_and_the_weakest_goes() -> None:
    facts = [proof(1_000, lots=50), proof(1_010, lots=5), proof(1_020, lots=50), proof(1_030, lots=20)]
    memory, said = made(*facts, wanted=MemorySettings(most=3))
    assert [low for _, low, _ in bands(memory)] == [1_000, 1_020, 1_030]
    assert [(event.low, event.reason) for event in said if event.state == "died"] == [(101.0, "weakest of more than 3")]


# --- what icebergs prove ------------------------------------------------------------------------------------------


def step(**fields: Any) -> IcebergStep:
    settled = {"id": "native-1", "order_id": 5, "side": "bid", "tick": 1_000, "shown": 3, "display": 5, "filled": 40}
    mark = {**settled, "refreshes": 2, "state": "traded", "first_ts": START, "last_ts": START, **fields}
    return IcebergStep(START, 3, IcebergMark(**mark))


def test_an_iceberg_proves_a_zone_by_what_it_took_in() -> None:
    (fact,) = proofs_of(Found(steps=(step(),)))
    assert (fact.source, fact.kind, fact.side, fact.low, fact.high, fact.lots) == (
        "native-1", "native iceberg", "bid", 1_000, 1_000, 40
    )  # fmt: skip
    assert not fact.ended


@pytest.mark.parametrize(
    ("fields", "lots"),
    [
        pytest.param({"score": 0.5}, [20], id="half as much where the book was suspect"),
        pytest.param({"refreshes": 0}, [], id="nothing before it drew on its reserve"),
        pytest.param({"tier": "synthetic"}, [], id="nothing where it may be chance"),
        pytest.param({"tier": "inferred", "score": 0.75}, [30], id="by its score where it is inferred"),
    ],
)
def test_what_an_iceberg_proves_depends_on_how_sure_it_is(fields: dict[str, Any], lots: list[int]) -> None:
    assert [fact.lots for fact in proofs_of(Found(steps=(step(**fields),)))] == lots


@pytest.mark.parametrize("state", ["executed", "cancelled", "expired"])
def test_an_iceberg_that_ended_is_no_more_counted_on(state: str) -> None:
    assert proofs_of(Found(steps=(step(state=state),)))[0].ended


# --- touches ------------------------------------------------------------------------------------------------------


def test_one_touch_a_visit_however_long_price_stays() -> None:
    path = [(0, AWAY), (1, 1_000), (2, 999), (3, 1_009), (4, 1_000), (5, AWAY), (6, 1_001), (7, 1_000), (8, 1_000)]
    memory = begun(zone(1, 998, 1_000))
    said = listen(memory, path)
    assert [event.ts - START for event in said if event.state == "touched"] == [1 * SECOND, 7 * SECOND]
    assert memory.recollect().zones[0].touches == 2


@pytest.mark.parametrize(
    ("side", "path", "touches"),
    [
        pytest.param("bid", [(0, 1_010), (1, 1_000)], 1, id="a bid zone from above"),
        pytest.param("ask", [(0, 990), (1, 1_000)], 1, id="an ask zone from below"),
        pytest.param("bid", [(0, 990), (1, 1_000)], 0, id="a bid zone from below is no support"),
        pytest.param("ask", [(0, 1_010), (1, 1_000)], 0, id="an ask zone from above is no resistance"),
        pytest.param("bid", [(0, 1_009), (1, 1_000)], 0, id="not from nearer than ten ticks"),
        pytest.param("bid", [(0, 1_010), (1, 1_001)], 0, id="not without reaching the edge"),
        pytest.param("bid", [(0, 1_010), (1, 995)], 1, id="a jump over the zone is a visit"),
    ],
)
def test_a_touch_comes_from_away_on_the_side_that_the_zone_supports(side: str, path: Path, touches: int) -> None:
    assert states(listen(begun(zone(1, 1_000, side=side)), path)).count("touched") == touches


def test_a_zone_is_not_touched_by_the_price_that_made_it() -> None:
    memory = IcebergMemory(GOLD, None, QUIET)
    said = listen(memory, [(second, 1_000) for second in range(20)], [proof(1_000, at=3)])
    assert states(said) == ["remembered"]


def test_how_far_away_grows_with_what_minutes_range_over() -> None:
    wild = begun(zone(1, 1_000), minutes=((20, 100),) * 60)
    assert states(listen(wild, [(0, 1_039), (1, 1_000), (2, 1_040), (3, 1_000)])) == ["touched"]


def test_a_touch_opens_to_the_trade_that_made_it() -> None:
    memory = begun(zone(1, 1_000))
    listen(memory, [(0, AWAY), (1, 1_000)])
    opened = memory.opened("memory-1")
    assert opened is not None
    assert [(record.index, record.what, record.tick, record.order_id) for record in opened.records] == [
        (2, "touched", 1_000, 102)
    ]
    assert memory.opened("memory-9") is None


# --- reactions ----------------------------------------------------------------------------------------------------


def test_reactions_are_the_largest_excursions_before_each_horizon() -> None:
    path = [
        (0, AWAY),
        (10, 1_000),  # the touch
        (60, 1_004),
        (120, 999),
        (309.9, 1_006),
        (310, 1_008),  # five minutes: no longer counted in them
        (900, 999),
        (909.9, 998),  # still within fifteen
        (2_000, 1_021),
        (3_609, 1_018),
        (3_610, 1_030),  # an hour
    ]
    said = listen(begun(zone(1, 1_000)), path)
    reacted = [event for event in said if event.state == "reacted"]
    assert [event.reaction for event in reacted] == [{"5m": (6, 1), "15m": (8, 2), "60m": (21, 2)}]
    assert reacted[0].ts == START + 3_610 * SECOND


def test_an_ask_zones_reactions_are_favourable_downwards() -> None:
    path = [(0, 990), (1, 1_000), (2, 994), (3, 1_002), (4_000, 1_000)]
    said = listen(begun(zone(1, 1_000, side="ask")), path)
    assert [event.reaction for event in said if event.state == "reacted"] == [
        {"5m": (6, 2), "15m": (6, 2), "60m": (6, 2)}
    ]


def test_what_a_zone_says_of_its_reactions_is_their_mean() -> None:
    path = [(0, AWAY), (1, 1_000), (2, 1_012), (3, 1_000), (4, 1_020), (4_000, 1_020)]
    memory = begun(zone(1, 1_000))
    listen(memory, path)
    evidence = {found.name: found.value for found in memory.marks()[0].evidence}
    assert evidence["touches"] == "2"
    assert evidence["held"] == "2 of 2"
    assert evidence["after 60m"] == "+20 / -0 ticks (2)"


# --- held and failed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "verdict"),
    [
        pytest.param([1_010], "held", id="left by ten ticks"),
        pytest.param([1_009, 995], "failed", id="went three ticks beyond the far edge"),
        pytest.param([996, 1_010], "held", id="two ticks beyond is not through"),
        pytest.param([995, 1_010], "failed", id="what comes first decides"),
        pytest.param([1_009, 996], None, id="neither"),
    ],
)
def test_a_touch_holds_if_price_leaves_before_it_goes_through(path: list[int], verdict: str | None) -> None:
    ticks = [AWAY, 1_000, *path]
    said = states(listen(begun(zone(1, 998, 1_000)), list(enumerate(ticks))))
    assert [state for state in said if state in {"held", "failed"}] == ([] if verdict is None else [verdict])


def strength(evidence: float, held: int, judged: int, age: float) -> float:
    return (1 - 2**-evidence) * (held + 1) / (judged + 2) * exp(-age / 5)


@pytest.mark.parametrize(
    ("held", "judged", "rate"),
    [(0, 0, 1 / 2), (1, 1, 2 / 3), (0, 1, 1 / 3), (9, 10, 10 / 12)],
    ids=["no visit", "one held", "one failed", "nine of ten"],
)
def test_a_hit_rate_is_shrunk_towards_a_half(held: int, judged: int, rate: float) -> None:
    (recalled,) = listen(begun(zone(1, 1_000, held=held, judged=judged)), [(0, AWAY)])
    assert recalled.state == "recalled"
    assert isclose(recalled.strength, rate / 2, abs_tol=1e-4)


def test_each_verdict_counts_in_the_next_strength() -> None:
    said = listen(begun(zone(1, 1_000)), list(enumerate([AWAY, 1_000, AWAY, 1_000, 997])))
    assert [(event.state, event.held, event.judged, event.strength) for event in said[1:]] == [
        ("touched", 0, 0, round(strength(1, 0, 0, 0), 4)),
        ("held", 1, 1, round(strength(1, 1, 1, 0), 4)),
        ("touched", 1, 1, round(strength(1, 1, 1, 0), 4)),
        ("failed", 1, 2, round(strength(1, 1, 2, 0), 4)),
    ]


# --- broken -------------------------------------------------------------------------------------------------------


def breaking(*ticks: int) -> Path:
    """Within one minute each: a visit, and where the minute closes."""
    return [(20 * place, tick) for place, tick in enumerate(ticks)]


@pytest.mark.parametrize(
    ("ticks", "expected"),
    [
        pytest.param((AWAY, 1_000, 996, 996), ["touched", "failed", "broken", "flipped"], id="through and accepted"),
        pytest.param((AWAY, 990, 1_001, 1_001), ["touched", "failed"], id="a wick that closes back inside is none"),
        pytest.param((AWAY, 1_000, 998, 998), ["touched"], id="two ticks beyond are not through"),
    ],
)
def test_a_zone_breaks_when_a_minute_trades_through_and_closes_beyond(
    ticks: tuple[int, ...], expected: list[str]
) -> None:
    assert states(listen(begun(zone(1, 1_000)), breaking(*ticks))) == expected


def test_a_broken_zone_changes_its_side_once_and_dies_the_second_time() -> None:
    memory = begun(zone(1, 1_000))
    down = breaking(AWAY, 1_000, 990)
    up = [(60, 990), (70, 1_000), (100, 1_005), (130, 1_005)]
    said = listen(memory, [*down, *up])
    assert [(event.state, event.side) for event in said if event.state != "recalled"] == [
        ("touched", "bid"),
        ("failed", "bid"),
        ("broken", "bid"),
        ("flipped", "ask"),
        ("touched", "ask"),
        ("failed", "ask"),
        ("broken", "ask"),
        ("died", "ask"),
    ]
    assert said[-1].reason == "broken a second time"
    assert said[4].ts == said[3].ts == START + MINUTE
    assert bands(memory) == []
    assert [mark.reason for mark in memory.marks()] == ["broken a second time"]


def test_a_flipped_zone_begins_its_hit_rate_anew() -> None:
    memory = begun(zone(1, 1_000, held=5, judged=6))
    said = listen(memory, breaking(AWAY, 1_000, 990, 990))
    assert [(event.held, event.judged) for event in said if event.state in {"failed", "flipped"}] == [(5, 7), (0, 0)]


def test_breaking_decides_a_visit_that_was_still_open() -> None:
    memory = begun(zone(1, 1_000), wanted=MemorySettings(through_least=3))
    touched = replace(memory.recollect(), watched_until=START)
    again = IcebergMemory(GOLD, None, touched)
    path = [(0, AWAY), (20, 1_000), (40, 998), (59, 998), (61, 998), (100, 997), (121, 997)]
    assert states(listen(again, path)) == ["touched", "failed", "broken", "flipped"]


# --- age ----------------------------------------------------------------------------------------------------------


def days(count: int) -> list[TradingDay]:
    first = trading_day(START).end
    return [trading_day(first + place * 24 * 60 * MINUTE) for place in range(count)]


@pytest.mark.parametrize("sessions", [0, 1, 5, 12])
def test_strength_fades_by_sessions_seen(sessions: int) -> None:
    memory = begun(zone(1, 1_000))
    for day in days(sessions):
        memory.begin_day(day)
    (recalled,) = listen(memory, [(0, AWAY)])
    assert (recalled.age, recalled.strength) == (sessions, round(strength(1, 0, 0, sessions), 4))


def test_a_session_begun_twice_ages_nothing() -> None:
    memory = begun(zone(1, 1_000))
    (day,) = days(1)
    memory.begin_day(day)
    memory.begin_day(day)
    assert listen(memory, [(0, AWAY)])[0].age == 1


def test_holding_makes_a_zone_young_again_and_a_mere_touch_does_not() -> None:
    memory = begun(zone(1, 1_000))
    for day in days(3):
        memory.begin_day(day)
    said = listen(memory, [(0, AWAY), (1, 1_000), (2, AWAY)])
    assert [(event.state, event.age) for event in said] == [("recalled", 3), ("touched", 3), ("held", 0)]


def test_a_zone_that_nothing_confirms_is_forgotten() -> None:
    memory = begun(zone(1, 1_000), zone(2, 900, session=9), wanted=MemorySettings(forget=2))
    for day in days(2):
        memory.begin_day(day)
    said = listen(memory, [(0, AWAY)])
    assert [(event.id, event.reason) for event in said if event.state == "died"] == [
        ("memory-2", "nothing confirmed it for 2 sessions")
    ]
    assert [kept.number for kept in memory.recollect().zones] == [1]


# --- across contracts ---------------------------------------------------------------------------------------------


def test_zones_are_mapped_by_the_spread_and_keep_their_age() -> None:
    earlier = remembering(zone(1, 1_000, 1_004, session=8), next_number=2, sessions=10)
    own = remembering(zone(1, 1_500, session=2), next_number=2, sessions=3)
    both = taken_over(own, earlier, contract="GCZ3", offset=120)
    assert [(kept.number, kept.low, kept.high, both.sessions - kept.session) for kept in both.zones] == [
        (1, 1_500, 1_500, 1),
        (2, 1_120, 1_124, 2 + 3),
    ]
    assert both.zones[1].origin == "GCZ3 +120"
    assert (both.next_number, both.taken) == (3, ("GCZ3",))


def test_a_mapped_zone_says_where_it_was_found() -> None:
    both = taken_over(QUIET, remembering(zone(1, 1_000)), contract="GCZ3", offset=120)
    memory = IcebergMemory(GOLD, None, both)
    (recalled,) = listen(memory, [(0, 1_130)])
    assert (recalled.low, recalled.reason) == (112.0, "found in GCZ3 +120 ticks")


def test_a_touch_of_the_other_contract_is_watched_no_more() -> None:
    memory = begun(zone(1, 1_000))
    listen(memory, [(0, AWAY), (1, 1_000)])
    both = taken_over(QUIET, memory.recollect(), contract="GCZ3", offset=5)
    assert [(touch.near, touch.watched) for touch in both.zones[0].recent] == [(1_005, False)]


# --- from one session to the next ---------------------------------------------------------------------------------


def test_what_was_learned_later_is_set_aside_and_kept() -> None:
    later = zone(2, 1_200, last_ts=START + 1)
    memory = begun(zone(1, 1_000), later)
    said = listen(memory, [(0, AWAY), (1, AWAY)])
    assert [event.id for event in said] == ["memory-1"]
    assert memory.set_aside == (later,)
    assert memory.recollect().zones == (memory.recollect().zones[0], later)


def test_prices_that_nobody_saw_end_what_was_watched() -> None:
    first = begun(zone(1, 1_000))
    listen(first, [(0, AWAY), (1, 1_000)])
    kept = first.recollect()
    assert kept.zones[0].recent[0].watched
    path: Path = [(1 + 600, 1_005), (1 + 601, 1_000), (1 + 602, AWAY), (1 + 4_000, 1_000)]
    second = IcebergMemory(GOLD, None, kept)
    assert states(listen(second, path)) == ["touched"]
    assert not second.recollect().zones[0].recent[0].watched


def test_nothing_heard_leaves_a_recollection_as_it_was() -> None:
    kept = remembering(zone(1, 1_000))
    assert IcebergMemory(GOLD, None, kept).recollect() == kept


# --- what the screen shows ----------------------------------------------------------------------------------------


def test_only_zones_near_price_are_shown() -> None:
    memory = begun(zone(1, 1_000), zone(2, 800), zone(3, 1_400, side="ask"))
    listen(memory, [(0, 1_050)])
    assert [mark.id for mark in memory.marks()] == ["memory-1"]
    mark = memory.marks()[0]
    assert (mark.kind, mark.side, mark.live, mark.label) == ("memory", "bid", True, "memory of native iceberg")


# --- any market ---------------------------------------------------------------------------------------------------


@st.composite
def walks(draw: st.DrawFn, longest: float = 59) -> Path:
    """Prices that wander by a few ticks and now and then run to another level, with pauses between the trades."""
    pauses = st.sampled_from([0.0, 0.5, 7, 20, longest])
    run = st.tuples(st.sampled_from([980, 988, 1_000, 1_012, 1_020]), st.integers(-3, 3), pauses)
    wander = st.tuples(st.none(), st.integers(-4, 4), pauses)
    clock, tick = 0.0, 1_000
    path = [(clock, tick)]
    for level, move, pause in draw(st.lists(st.one_of(run, wander), min_size=30, max_size=150)):
        clock, tick = clock + pause, (tick if level is None else level) + move
        path.append((clock, tick))
    return path


@st.composite
def facts_along(draw: st.DrawFn, path: Path) -> list[Remembered]:
    """Proof near price while it wanders, in the order of time."""
    places = sorted(draw(st.lists(st.integers(0, len(path) - 1), max_size=12)))
    return [
        proof(
            path[place][1] + draw(st.integers(-6, 6)),
            side=draw(st.sampled_from(["bid", "ask"])),
            at=path[place][0],
            source=f"native-{draw(st.integers(1, 20))}-{place}",
            lots=draw(st.integers(1, 300)),
        )
        for place in places
    ]


@FINDING
@given(st.data())
def test_the_watch_equals_the_plain_one(data: st.DataObject) -> None:
    path = data.draw(walks(longest=600))
    places = data.draw(st.lists(st.tuples(st.integers(980, 1_020), st.integers(0, 6)), min_size=1, max_size=6))
    zones = [
        zone(number, low, low + width, side=data.draw(st.sampled_from(["bid", "ask"])))
        for number, (low, width) in enumerate(places, 1)
    ]
    memory = begun(*zones)
    heard: list[Memory] = []
    trades = trades_of(path)
    heard += [event for event in memory.take(Found(trades=trades)) if isinstance(event, Memory)]
    first = path[0][1]
    plain = [
        WatchedZone(
            f"memory-{kept.number}",
            kept.side,
            kept.low,
            kept.high,
            (first - kept.high if kept.side == "bid" else kept.low - first) >= LEAVE,
        )
        for kept in zones
    ]
    expected = watch(plain, list(zip(trades["clock"].tolist(), trades["tick"].tolist(), strict=True)), LEAVE, THROUGH)
    told = [
        (event.ts, event.id, event.state, tuple((event.reaction or {}).values()) if event.state == "reacted" else ())
        for event in heard
        if event.state != "recalled"
    ]
    assert sorted(told) == sorted(expected)


@FINDING
@given(st.data())
def test_any_market_in_any_stretches(data: st.DataObject) -> None:
    path = data.draw(walks())
    facts = data.draw(facts_along(path))
    whole, pieces = (IcebergMemory(GOLD, None, QUIET) for _ in range(2))
    cuts = data.draw(st.lists(st.integers(1, len(path)), max_size=20))
    assert listen(pieces, path, facts, cuts) == listen(whole, path, facts)
    assert pieces.recollect() == whole.recollect()


@FINDING
@given(st.data())
def test_a_restart_changes_nothing(data: st.DataObject) -> None:
    path = data.draw(walks())
    cut = data.draw(st.integers(1, len(path)))
    facts = [fact for fact in data.draw(facts_along(path)) if not path[cut - 1][0] <= (fact.ts - START) / SECOND]
    never_stopped = IcebergMemory(GOLD, None, QUIET)
    expected = listen(never_stopped, path, facts, [cut])
    first = IcebergMemory(GOLD, None, QUIET)
    said = listen(first, path[:cut], facts)
    second = IcebergMemory(GOLD, None, first.recollect())
    said += _hear_from(second, path, cut)
    assert [event for event in said if event.state != "recalled"] == expected
    if cut < len(path):
        assert second.recollect() == never_stopped.recollect()


def _hear_from(memory: IcebergMemory, path: Path, cut: int) -> list[Memory]:
    """The rest of a path: the trades from `cut` on, and the minutes that they close, whole as they were."""
    if cut == len(path):
        return []
    trades = trades_of(path)
    minutes = minutes_of(trades)
    bars = minutes[minutes["end"] > trades["clock"][cut - 1]] if len(minutes) else NO_BARS
    found = Found(trades=trades[cut:], bars=bars)
    return [event for event in memory.take(found) if isinstance(event, Memory)]


# --- the real session ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(data: Any) -> tuple[list[Memory], Pipeline]:
    pipeline = Pipeline(ES)
    events = run(pipeline, [Batch(Schema.MBO, read_records(data, "esh4-20231225.mbo.dbn.zst"))])
    return [event for event in events if isinstance(event, Memory)], pipeline


def test_the_real_session_remembers_its_icebergs(real: tuple[list[Memory], Pipeline]) -> None:
    events, pipeline = real
    remembered = {event.reason.rpartition(" ")[2] for event in events if event.state == "remembered"}
    icebergs = {source for source in remembered if source.startswith("native-")}
    assert icebergs <= {f"native-{number}" for number in range(1, 14)}
    assert len(icebergs) >= 10
    zones = [mark for mark in pipeline.view(ViewRequest(zones=True)).zones if mark.kind == "memory"]
    assert 0 < len([mark for mark in zones if mark.live]) < len(remembered)
    assert all(mark.evidence for mark in zones)


def test_the_real_session_goes_on_from_what_it_left(real: tuple[list[Memory], Pipeline], data: Any) -> None:
    memory = real[1].memory
    assert memory is not None
    kept = memory.recollect()
    again = Pipeline(ES, earlier=kept)
    events = run(again, [Batch(Schema.MBO, read_records(data, "esh4-20231225.mbo.dbn.zst"))])
    assert again.memory is not None
    assert again.memory.set_aside == kept.zones, "played again from the start, all of it would be hindsight"
    assert [event.state for event in events if isinstance(event, Memory)].count("recalled") == 0
    assert isinstance(kept, Recollection)
