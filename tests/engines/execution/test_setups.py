"""Where a trade of some evidence enters, where its stop and targets stand, and when it is none."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from engines.events import AggressorSide, PassiveSide
from engines.execution.entry_settings import EntrySettings
from engines.execution.levels import levels_beyond
from engines.execution.orders import Quote
from engines.execution.setup import Goal, Ground, Setup, split
from engines.execution.setups import NotATradeError, Setups
from engines.execution.triggers.places import Places
from engines.execution.triggers.sighting import Sighting
from engines.timing_view import GannCluster, SessionClock, SessionRange, Timing
from engines.trading_events import OrderKind
from engines.view import (
    BookState,
    MarketPhase,
    MarketView,
    NakedPoc,
    Profile,
    SessionProfile,
    ZoneKind,
    ZoneMark,
)
from feeds.records import Provenance
from tests.engines.execution.log import AT, NOON, absorption
from tests.engines.execution.waiting import GC, MGC, WHY, mentor
from tests.engines.mentor.market import GOLD

USUAL = 10.0
QUOTE = Quote(NOON, AT, AT + 1, AT)
SWEPT = Sighting("sweep_reclaim", "buy", NOON, Ground(AT - 8, AT - 2), (WHY,), zone="sweep-1")
"""Stops below AT - 2 were taken down to AT - 8."""
MIRRORED = Sighting("sweep_reclaim", "sell", NOON, Ground(AT + 3, AT + 9), (WHY,), zone="sweep-1")


def zone(kind: ZoneKind, low: int, high: int, score: float = 0.9, *, live: bool = True) -> ZoneMark:
    side: PassiveSide = "ask" if low > AT else "bid"
    return ZoneMark(f"{kind}-{low}", kind, f"{kind} {low}", side, low, high, 0, 0, "", live, score, ())


def market(zones: Iterable[ZoneMark] = (), profile: Profile | None = None, timing: Timing | None = None) -> MarketView:
    return MarketView(
        sequence=1,
        instrument=GOLD,
        provenance=Provenance.REPLAY,
        schema="mbo",
        event_time=NOON,
        receive_time=NOON,
        phase=MarketPhase.CONTINUOUS,
        book=BookState.VALID,
        zones=tuple(zones),
        profile=profile,
        timing=timing,
        mentor=mentor(),
    )


ABOVE = market([zone("absorption", AT + 20, AT + 22), zone("pool", AT + 35, AT + 35)])
BELOW = market([zone("absorption", AT - 21, AT - 19), zone("pool", AT - 34, AT - 34)])


def made(
    sighting: Sighting = SWEPT, quote: Quote = QUOTE, seen: MarketView = ABOVE, settings: EntrySettings | None = None
) -> Setup:
    return Setups(GOLD, settings or EntrySettings(), GC).of(sighting, quote, seen, USUAL)


# --- entry, stop, targets ---------------------------------------------------------------------------------------------


def test_it_waits_a_tick_before_the_place_and_is_wrong_two_ticks_beyond_the_extreme() -> None:
    found = made()
    assert (found.order, found.entry, found.stop) == ("limit", AT - 1, AT - 10)
    assert found.goals == (Goal(AT + 19, 0.5, "absorption 26520"), Goal(AT + 34, 0.5, "pool 26535"))
    assert (found.invalidation, found.why_void) == (AT - 9, "a trade at 2649.1 or lower")
    assert (found.zone, found.confidence, found.reasons) == ("sweep-1", 0.8, (WHY,))


def test_the_sell_side_is_its_mirror() -> None:
    found = made(MIRRORED, seen=BELOW)
    assert (found.entry, found.stop, found.invalidation) == (AT + 2, AT + 11, AT + 10)
    assert [goal.tick for goal in found.goals] == [AT - 18, AT - 33]
    assert found.why_void == "a trade at 2651.0 or higher"


def test_a_limit_never_crosses_the_spread() -> None:
    at_the_place = Quote(NOON, AT - 3, AT - 2, AT - 3)
    assert made(quote=at_the_place).entry == AT - 3


def test_at_the_market_where_the_settings_say_so() -> None:
    found = made(settings=EntrySettings(order="market"))
    assert (found.order, found.entry) == ("market", AT + 1)


def test_a_gap_is_entered_at_its_edge_whatever_the_settings_say() -> None:
    gap = replace(SWEPT, trigger="displacement", by_limit=True)
    found = made(gap, settings=EntrySettings(order="market"))
    assert (found.order, found.entry) == ("limit", AT - 2)


@pytest.mark.parametrize(
    ("settings", "stop"),
    [
        pytest.param(EntrySettings(stop_buffer=4), AT - 12, id="a wider buffer"),
        pytest.param(EntrySettings(least_stop=14), AT - 15, id="never closer than so many ticks"),
        pytest.param(EntrySettings(least_stop_range=1.6), AT - 17, id="nor than so many minute ranges"),
    ],
)
def test_where_the_stop_stands(settings: EntrySettings, stop: int) -> None:
    assert made(settings=replace(settings, first_target=0.5, least_reward_risk=0.1)).stop == stop


def test_one_level_takes_all_lots() -> None:
    found = made(seen=market([zone("absorption", AT + 20, AT + 22)]))
    assert found.goals == (Goal(AT + 19, 1.0, "absorption 26520"),)


def test_a_level_nearer_than_the_stop_is_no_target() -> None:
    found = made(seen=market([zone("pool", AT + 8, AT + 8), zone("pool", AT + 25, AT + 25)]))
    assert [goal.tick for goal in found.goals] == [AT + 24]


# --- what is no trade -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sighting", "quote", "seen", "settings", "why"),
    [
        pytest.param(SWEPT, QUOTE, ABOVE, EntrySettings(most_stop=0.8), "9 ticks away, more than 8", id="stop too far"),
        pytest.param(SWEPT, QUOTE, market(), EntrySettings(), "no level to aim at beyond 2649.9", id="no target"),
        pytest.param(
            SWEPT,
            QUOTE,
            market([zone("pool", AT + 9, AT + 9)]),
            EntrySettings(),
            "reward to risk 0.81 to pool 26509, below 1.5",
            id="too little to win",
        ),
        pytest.param(
            SWEPT, Quote(NOON, AT + 20, AT + 21, AT + 20), ABOVE, EntrySettings(), "22 ticks away", id="it ran away"
        ),
        pytest.param(
            SWEPT, Quote(NOON, AT - 8, AT - 7, AT - 9), ABOVE, EntrySettings(), "2649.1 has traded", id="refuted"
        ),
        pytest.param(
            SWEPT, Quote(NOON, AT, None, AT), ABOVE, EntrySettings(), "no quote on both sides", id="one-sided"
        ),
    ],
)
def test_what_is_no_trade_and_why(
    sighting: Sighting, quote: Quote, seen: MarketView, settings: EntrySettings, why: str
) -> None:
    with pytest.raises(NotATradeError, match=why):
        made(sighting, quote, seen, settings)


def test_without_a_usual_range_nothing_is_near_or_far() -> None:
    with pytest.raises(NotATradeError, match="no usual range"):
        Setups(GOLD, EntrySettings(), GC).of(SWEPT, QUOTE, ABOVE, None)


def test_costs_weigh_more_in_the_small_contract() -> None:
    """At 9 ticks of stop and 1 of slippage a lot of MGC loses $10 + $1.50 of fees; 26.5 ticks make $26.50 - $1.50."""
    settings = EntrySettings(least_reward_risk=2.3)
    assert Setups(GOLD, settings, GC).of(SWEPT, QUOTE, ABOVE, USUAL).goals
    with pytest.raises(NotATradeError, match=r"reward to risk 2\.2"):
        Setups(GOLD, settings, MGC).of(SWEPT, QUOTE, ABOVE, USUAL)


# --- levels -----------------------------------------------------------------------------------------------------------


def test_levels_of_all_kinds_the_nearest_first() -> None:
    profile = Profile(
        session=SessionProfile(0, 1, AT - 50, AT + 50, AT + 12, AT - 20, AT + 30, 0.0, 0.0, (), ()),
        composite=None,
        naked=(NakedPoc(0, AT + 40),),
        path=(),
        lots_low=0,
        lots=(),
    )
    asia = SessionRange("Asia", 0, 1, AT, AT + 46, AT - 10, AT, running=False)
    london = SessionRange("London", 0, 1, AT, AT + 5, AT - 5, AT, running=True)
    clock = SessionClock("2026-01-01", (), None, None, True, None, "", (), (asia, london))
    timing = Timing(clock=clock, clusters=(GannCluster(AT + 52, AT + 55, 3, "ask", ()),))
    seen = market([zone("absorption", AT + 20, AT + 24)], profile, timing)
    found = [(level.tick - AT, level.label) for level in levels_beyond(AT, "buy", seen, EntrySettings().triggers)]
    assert found == [
        (12, "POC"),
        (20, "absorption 26520"),
        (30, "VAH"),
        (40, "naked POC"),
        (46, "Asia high"),
        (52, "Gann cluster of 3"),
    ]


@pytest.mark.parametrize(
    "weak",
    [
        pytest.param(zone("pool", AT + 20, AT + 20, 0.35), id="a pool of the newest minutes"),
        pytest.param(zone("memory", AT + 20, AT + 20, 0.1), id="a weak memory"),
        pytest.param(zone("absorption", AT + 20, AT + 20, live=False), id="a zone that ended"),
        pytest.param(zone("absorption", AT - 20, AT - 20), id="a zone behind"),
    ],
)
def test_what_is_no_level(weak: ZoneMark) -> None:
    assert not levels_beyond(AT, "buy", market([weak]), EntrySettings().triggers)


def test_levels_two_ticks_apart_are_one() -> None:
    seen = market([zone("pool", AT + 20, AT + 20), zone("pool", AT + 22, AT + 22), zone("pool", AT + 25, AT + 25)])
    assert [level.tick - AT for level in levels_beyond(AT, "buy", seen, EntrySettings().triggers)] == [20, 25]


# --- lots at targets --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contracts", "at_each"),
    [(1, [(AT + 25, 1)]), (2, [(AT + 15, 1), (AT + 25, 1)]), (5, [(AT + 15, 2), (AT + 25, 3)])],
)
def test_lots_are_split_by_shares_and_what_is_left_rides(contracts: int, at_each: list[tuple[int, int]]) -> None:
    goals = (Goal(AT + 15, 0.5, ""), Goal(AT + 25, 0.5, ""))
    assert [(target.tick, target.quantity) for target in split(goals, contracts)] == at_each


# --- manual entries and exits -----------------------------------------------------------------------------------------


def by_hand(
    side: AggressorSide, tick: int, kind: OrderKind | None = None, *, zones: bool = True, seen: MarketView = ABOVE
) -> Setup:
    known = Places(GOLD)
    if zones:
        known.hear(absorption(NOON, "bid", AT - 12, AT - 10))
        known.hear(absorption(NOON, "ask", AT + 10, AT + 12, number=2))
    return Setups(GOLD, EntrySettings(), GC).manual(side, tick, QUOTE, seen, kind=kind, places=known, usual=USUAL)


@pytest.mark.parametrize(
    ("side", "tick", "kind", "entry"),
    [
        ("buy", AT - 4, "limit", AT - 4),
        ("buy", AT + 1, "market", AT + 1),
        ("buy", AT + 6, "stop", AT + 6),
        ("sell", AT + 4, "limit", AT + 4),
        ("sell", AT, "market", AT),
        ("sell", AT - 6, "stop", AT - 6),
    ],
)
def test_the_place_of_the_price_says_what_kind_of_order_it_is(
    side: AggressorSide, tick: int, kind: OrderKind, entry: int
) -> None:
    found = by_hand(side, tick)
    assert (found.order, found.entry, found.trigger, found.confidence) == (kind, entry, "manual", None)


def test_a_market_order_enters_at_the_touch_whatever_price_it_was_asked_at() -> None:
    assert by_hand("buy", AT - 4, "market").entry == AT + 1


@pytest.mark.parametrize(("side", "tick", "kind"), [("buy", AT + 6, "limit"), ("sell", AT + 4, "stop")])
def test_a_kind_that_does_not_suit_its_price_is_refused(side: AggressorSide, tick: int, kind: OrderKind) -> None:
    with pytest.raises(NotATradeError, match="wrong side"):
        by_hand(side, tick, kind)


def test_its_stop_stands_beyond_the_nearest_evidence() -> None:
    found = by_hand("buy", AT - 4)
    assert (found.stop, found.zone, found.invalidation) == (AT - 14, "absorption-1", AT - 14)
    assert [reason.id for reason in found.reasons] == ["absorption-1"]


def test_without_evidence_it_stands_a_range_and_a_half_away() -> None:
    found = by_hand("sell", AT + 4, zones=False)
    assert (found.stop, found.zone, found.reasons) == (AT + 4 + 15, None, ())


def test_a_manual_entry_needs_no_target() -> None:
    assert by_hand("buy", AT - 4, seen=market()).goals == ()


def test_an_exit_leaves_at_the_touch() -> None:
    setups = Setups(GOLD, EntrySettings(), GC)
    assert [
        (one.side, one.order, one.entry) for one in (setups.exit("buy", (), QUOTE), setups.exit("sell", (), QUOTE))
    ] == [
        ("sell", "market", AT),
        ("buy", "market", AT + 1),
    ]
