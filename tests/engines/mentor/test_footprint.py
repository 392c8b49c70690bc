"""The institutional footprint: whom a place counts for, how much, how long, and that it never counts twice."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engines.events import (
    Absorption,
    AbsorptionState,
    AggressorSide,
    Event,
    IcebergState,
    IcebergTier,
    Memory,
    MemoryState,
    PassiveSide,
    Pillar,
    Sweep,
    SweptPool,
)
from engines.mentor.footprint import FootprintSettings, InstitutionalFootprint
from engines.mentor.footprint_book import Place, Places
from engines.mentor.phase_bars import PhaseBar
from engines.timing.lean import Lean
from engines.timing.trading_day import trading_day
from engines.view import IcebergMark
from engines.zones.icebergs import IcebergStep
from tests.engines.mentor.market import GOLD, MINUTE, START, absorbed

NOON: Final = START + 12 * 60 * MINUTE
PRICE: Final = 41_000
OTHER: Final[dict[Any, Any]] = {"buy": "sell", "sell": "buy", "bid": "ask", "ask": "bid", None: None}
"""The other side; of no side, none."""


def minute(
    end: int, close: int = PRICE, *, delta: int | None = 0, ofi: int | None = None, volume: int = 100
) -> PhaseBar:
    return PhaseBar(end - MINUTE, end, close, close, close, close, volume, delta, ofi, None, "1m", end)


def quiet(count: int = 18, end: int = NOON) -> list[PhaseBar]:
    """Return minutes of a hundred lots each, of which any three in a row press nowhere."""
    return [minute(end - place * MINUTE, delta=(20, -20, 0)[place % 3]) for place in reversed(range(count))]


def footprint(bars: Sequence[PhaseBar] = (), chosen: FootprintSettings | None = None) -> InstitutionalFootprint:
    """Return a footprint that has seen minutes, quiet ones unless others are given."""
    made = InstitutionalFootprint(GOLD, chosen)
    made.begin_day(trading_day(START))
    for bar in bars or quiet():
        made.close("1m", bar)
    return made


def iceberg(
    side: PassiveSide,
    tick: int,
    filled: int = 100,
    *,
    state: IcebergState = "traded",
    ts: int = NOON,
    number: int = 1,
    tier: IcebergTier = "native",
    score: float = 1.0,
) -> IcebergStep:
    mark = IcebergMark(f"{tier}-{number}", 7, side, tick, 5, 10, filled, 3, state, ts, ts, score, tier=tier)
    return IcebergStep(ts, 1, mark)


def swept(
    direction: AggressorSide,
    low: int,
    high: int,
    *,
    score: float | None = 0.8,
    ts: int = NOON,
    number: int = 1,
) -> Sweep:
    is_break = score is None
    side: Literal["buy_side", "sell_side"] = "sell_side" if (direction == "buy") != is_break else "buy_side"
    far, near = (low, high) if side == "sell_side" else (high, low)
    return Sweep(
        ts=ts,
        id=f"{'break' if is_break else 'sweep'}-{number}",
        pool=SweptPool("prior_day", GOLD.price(near), "prior day low"),
        side=side,
        state="broken" if is_break else "swept",
        extreme=GOLD.price(far),
        penetration=abs(far - near),
        low=GOLD.price(low),
        high=GOLD.price(high),
        direction=direction,
        score=score,
        evidence=None,
        reason="",
    )


def remembered(
    side: PassiveSide,
    low: int,
    high: int,
    *,
    state: MemoryState = "touched",
    touches: int = 1,
    strength: float = 0.5,
    ts: int = NOON,
    number: int = 1,
) -> Memory:
    return Memory(
        ts=ts,
        id=f"memory-{number}",
        side=side,
        low=GOLD.price(low),
        high=GOLD.price(high),
        state=state,
        touches=touches,
        judged=0,
        held=0,
        age=0,
        strength=strength,
        reaction=None,
        reason="",
    )


FULL: Final = 0.30 + 0.25 + 0.10
"""What the two weightiest of resting lots, sweeps and memory make where both say all they can, and so agree."""
SWEPT: Final = 1 - 2**-4
"""Evidence of a sweep that scores 0.8: its stops were four times what scores a half."""


def net(made: InstitutionalFootprint, tick: int = PRICE, clock: int = NOON) -> float:
    return made.read(clock, tick).net


def of_full(adds: float) -> Any:
    """Return what so much of the weights reads as, to the digits that are said."""
    return pytest.approx(min(1.0, max(-1.0, adds / FULL)), abs=5.1e-5)


def after(*heard: Event | IcebergStep, bars: Sequence[PhaseBar] = ()) -> InstitutionalFootprint:
    """Return a footprint that has heard lines and steps."""
    made = footprint(bars)
    for one in heard:
        if isinstance(one, IcebergStep):
            made.hear_icebergs([one])
        else:
            made.hear(one)
    return made


# --- whom it counts for -----------------------------------------------------------------------------------------------

BELOW: Final[dict[str, Event | IcebergStep]] = {
    "absorption": absorbed(NOON, "bid", PRICE - 2, 300),
    "iceberg": iceberg("bid", PRICE - 2),
    "sweep of lows": swept("buy", PRICE - 8, PRICE - 2),
    "memory": remembered("bid", PRICE - 4, PRICE - 2),
}
ABOVE: Final[dict[str, Event | IcebergStep]] = {
    "absorption": absorbed(NOON, "ask", PRICE + 2, 300),
    "iceberg": iceberg("ask", PRICE + 2),
    "sweep of highs": swept("sell", PRICE + 2, PRICE + 8),
    "memory": remembered("ask", PRICE + 2, PRICE + 4),
}


@pytest.mark.parametrize("what", BELOW)
def test_who_holds_below_counts_for_buy(what: str) -> None:
    pillar = after(BELOW[what]).pillar(NOON, PRICE, 0.25)
    assert (pillar.name, pillar.available, pillar.direction, pillar.weight) == ("IMO", True, "buy", 0.25)
    assert pillar.strength > 0.05


@pytest.mark.parametrize("what", ABOVE)
def test_who_holds_above_counts_for_sell(what: str) -> None:
    assert after(ABOVE[what]).pillar(NOON, PRICE, 0.25).direction == "sell"


@pytest.mark.parametrize(("below", "above"), list(zip(BELOW, ABOVE, strict=True)))
def test_both_count_the_same(below: str, above: str) -> None:
    assert net(after(BELOW[below])) == -net(after(ABOVE[above])) > 0.0


@pytest.mark.parametrize("what", BELOW)
def test_who_stood_below_counts_no_more_once_price_is_through(what: str) -> None:
    made = after(BELOW[what])
    assert net(made, PRICE - 10) == net(made, PRICE - 60) == 0.0


@pytest.mark.parametrize("what", BELOW)
def test_who_holds_far_below_does_not_count(what: str) -> None:
    made = after(BELOW[what])
    assert net(made, PRICE - 2 + 10) > 0.0
    assert net(made, PRICE - 2 + 11) == 0.0


def test_a_place_counts_until_price_is_a_tick_through_it() -> None:
    made = after(BELOW["absorption"])
    assert net(made, PRICE - 3) == net(made, PRICE - 2) > 0.0
    assert net(made, PRICE - 4) == 0.0


@pytest.mark.parametrize("direction", ["buy", "sell"])
def test_an_accepted_break_counts_for_nobody(direction: AggressorSide) -> None:
    assert net(after(swept(direction, PRICE - 2, PRICE + 2, score=None))) == 0.0


# --- how much ---------------------------------------------------------------------------------------------------------


def test_absorption_counts_by_its_score() -> None:
    assert net(after(absorbed(NOON, "bid", PRICE, 300))) == of_full(0.3)
    assert net(after(absorbed(NOON, "bid", PRICE, 300, score=0.5))) == of_full(0.15)


def test_an_iceberg_counts_by_its_lots_in_what_a_price_trades_in_a_minute() -> None:
    """A hundred a minute at one price: as many say a half, and each as many more halve what is left."""
    assert net(after(iceberg("bid", PRICE, 100))) == of_full(0.15)
    assert net(after(iceberg("bid", PRICE, 300))) == of_full(0.3 * 7 / 8)
    assert net(after(iceberg("bid", PRICE, 300, score=0.5))) == of_full(0.15 * 7 / 8)


def test_where_minutes_trade_at_many_prices_fewer_lots_at_one_say_as_much() -> None:
    wide = [replace(bar, high=PRICE + 4, low=PRICE) for bar in quiet()]
    assert net(after(iceberg("bid", PRICE, 20), bars=wide)) == of_full(0.15)


def test_a_sweep_counts_by_how_many_times_its_stops_are_those_of_a_half() -> None:
    assert net(after(swept("buy", PRICE - 5, PRICE, score=0.5))) == of_full(0.25 / 2)
    assert net(after(swept("buy", PRICE - 5, PRICE, score=2 / 3))) == of_full(0.25 * 3 / 4)
    assert net(after(swept("buy", PRICE - 5, PRICE, score=1.0))) == of_full(0.25)


def test_memory_counts_by_its_strength() -> None:
    assert net(after(remembered("bid", PRICE - 5, PRICE))) == of_full(0.20 * 0.5)


# --- what the scale spans ---------------------------------------------------------------------------------------------


def test_a_textbook_setup_reads_nearly_all_there_is() -> None:
    """A fresh sweep of stops into a price where everything was absorbed, and nothing against it."""
    swept_into = after(swept("buy", PRICE - 5, PRICE, score=0.75), absorbed(NOON, "bid", PRICE - 3, 300, score=0.93))
    assert net(swept_into) == of_full(0.30 * 0.93 + 0.25 * 0.875 + 0.10 * 0.875)
    assert 0.85 <= net(swept_into) <= 0.95


def test_and_all_of_it_with_flow_or_memory_beside() -> None:
    setup = (swept("buy", PRICE - 5, PRICE, score=0.75), absorbed(NOON, "bid", PRICE - 3, 300, score=0.93))
    assert net(after(*setup, bars=pressed(20))) == 1.0
    assert net(after(*setup, remembered("bid", PRICE - 4, PRICE))) == 1.0


def test_one_kind_alone_says_half_at_most() -> None:
    assert 0.4 <= net(after(absorbed(NOON, "bid", PRICE, 300))) <= 0.5
    assert 0.3 <= net(after(swept("buy", PRICE - 5, PRICE))) <= 0.5


def test_what_is_just_enough_to_be_said_says_little() -> None:
    assert 0.2 <= net(after(absorbed(NOON, "bid", PRICE, 300, score=0.5))) <= 0.3
    assert net(after(iceberg("bid", PRICE, 25))) < 0.1


@pytest.mark.parametrize(("away", "share"), [(0, 1.0), (5, 1.0), (6, 10 / 11), (8, 6 / 11), (10, 2 / 11)])
def test_the_nearer_the_more_from_half_of_the_reach_on(away: int, share: float) -> None:
    assert net(after(absorbed(NOON, "bid", PRICE - away, 300))) == of_full(0.3 * share)


def test_an_hours_range_widens_the_reach() -> None:
    made = after(absorbed(NOON, "bid", PRICE - 20, 300))
    assert (made.reach, net(made)) == (10, 0.0)
    for high in (PRICE + 80, PRICE + 120):
        made.close("1h", replace(minute(NOON), high=high, low=PRICE))
    assert made.reach == 25
    assert net(made) > 0.0


# --- what counts once -------------------------------------------------------------------------------------------------


def test_an_iceberg_and_the_absorption_that_it_fills_count_once() -> None:
    both = after(absorbed(NOON, "bid", PRICE, 300), iceberg("bid", PRICE, 100))
    assert net(both) == net(after(absorbed(NOON, "bid", PRICE, 300)))


def test_two_places_of_one_kind_and_side_count_once() -> None:
    both = after(iceberg("bid", PRICE, 100), iceberg("bid", PRICE - 1, 300, number=2))
    assert net(both) == net(after(iceberg("bid", PRICE - 1, 300, number=2)))


def test_two_independent_kinds_that_agree_add_the_weaker() -> None:
    swept_below, absorbed_below = swept("buy", PRICE - 5, PRICE), absorbed(NOON, "bid", PRICE, 300)
    assert net(after(swept_below)) == of_full(0.25 * SWEPT)
    assert net(after(swept_below, absorbed_below)) == of_full(0.25 * SWEPT + 0.3 + 0.1 * SWEPT)


def test_three_that_agree_add_no_more_than_the_second() -> None:
    just = absorbed(NOON, "bid", PRICE, 300, score=0.6)
    heard = (swept("buy", PRICE - 5, PRICE, score=0.5), just, remembered("bid", PRICE - 5, PRICE))
    assert net(after(*heard)) == of_full(0.25 * 0.5 + 0.3 * 0.6 + 0.2 * 0.5 + 0.1 * 0.5)


def test_kinds_that_oppose_each_other_add_nothing() -> None:
    opposed = after(swept("buy", PRICE - 5, PRICE), absorbed(NOON, "ask", PRICE, 300))
    assert net(opposed) == of_full(0.25 * SWEPT - 0.3)


def test_one_kind_alone_has_nobody_to_agree_with() -> None:
    assert net(after(absorbed(NOON, "bid", PRICE, 300), iceberg("bid", PRICE))) == of_full(0.3)


def test_as_much_on_both_sides_is_no_side() -> None:
    made = after(absorbed(NOON, "bid", PRICE - 2, 300), absorbed(NOON, "ask", PRICE + 2, 300, number=2))
    pillar = made.pillar(NOON, PRICE, 0.25)
    assert (pillar.available, pillar.direction, pillar.strength) == (True, None, 0.0)
    assert len(pillar.reasons) == 2
    assert pillar.note == "little stands near, or as much for either side"


# --- memory -----------------------------------------------------------------------------------------------------------


def test_a_zone_of_today_counts_as_memory_once_price_came_back() -> None:
    """Until then it rests on the lots that absorption and icebergs count already."""
    made = after(remembered("bid", PRICE, PRICE, state="remembered", touches=0))
    assert net(made) == 0.0
    made.hear(remembered("bid", PRICE, PRICE, state="touched", touches=1))
    assert net(made) == of_full(0.1)


def test_a_zone_of_earlier_sessions_counts_at_once() -> None:
    made = after(remembered("bid", PRICE, PRICE, state="recalled", touches=0))
    assert net(made) == of_full(0.1)
    made.hear(remembered("bid", PRICE, PRICE, state="remembered", touches=0, strength=0.6))
    assert net(made) == of_full(0.12)


@pytest.mark.parametrize("state", ["broken", "died"])
def test_a_zone_that_broke_counts_no_more(state: MemoryState) -> None:
    made = after(remembered("bid", PRICE, PRICE), remembered("bid", PRICE, PRICE, state=state))
    assert net(made) == 0.0


def test_a_zone_that_flipped_counts_for_the_other_side() -> None:
    made = after(remembered("bid", PRICE, PRICE), remembered("bid", PRICE, PRICE, state="broken"))
    made.hear(remembered("ask", PRICE, PRICE, state="flipped"))
    assert net(made) == of_full(-0.1)


# --- how long ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["executed", "cancelled", "expired"])
def test_an_iceberg_that_is_over_counts_no_more(state: IcebergState) -> None:
    assert net(after(iceberg("bid", PRICE), iceberg("bid", PRICE, state=state))) == 0.0


@pytest.mark.parametrize("state", ["broken", "expired"])
def test_absorption_that_is_over_counts_no_more(state: AbsorptionState) -> None:
    assert net(after(absorbed(NOON, "bid", PRICE, 300), absorbed(NOON, "bid", PRICE, 300, state=state))) == 0.0


def test_absorption_and_icebergs_lose_half_in_half_an_hour() -> None:
    made = after(absorbed(NOON, "bid", PRICE, 300))
    assert net(made, clock=NOON + 30 * MINUTE) == of_full(0.15)
    made.hear(absorbed(NOON + 30 * MINUTE, "bid", PRICE, 300, state="touched"))
    assert net(made, clock=NOON + 30 * MINUTE) == of_full(0.3)


def test_a_sweep_loses_half_in_twenty_minutes_and_is_over_in_an_hour() -> None:
    made = after(swept("buy", PRICE - 5, PRICE))
    assert net(made, clock=NOON + 20 * MINUTE) == of_full(0.25 * SWEPT / 2)
    made.close("1m", minute(NOON + 59 * MINUTE))
    assert net(made, clock=NOON + 59 * MINUTE) > 0.0
    made.close("1m", minute(NOON + 60 * MINUTE))
    assert net(made, clock=NOON + 60 * MINUTE) == 0.0


def test_a_minute_that_closes_beyond_its_extreme_ends_a_sweep() -> None:
    made = after(swept("buy", PRICE - 5, PRICE))
    made.close("1m", minute(NOON + MINUTE, PRICE - 5))
    assert net(made, clock=NOON + MINUTE) > 0.0
    made.close("1m", minute(NOON + 2 * MINUTE, PRICE - 6))
    assert net(made, clock=NOON + 2 * MINUTE) == 0.0


def test_memory_and_native_icebergs_outlast_the_day_and_nothing_else_does() -> None:
    day = trading_day(START + 24 * 60 * MINUTE)
    outlast: dict[str, Event | IcebergStep] = {
        "absorption": absorbed(NOON, "bid", PRICE, 300),
        "sweep": swept("buy", PRICE - 5, PRICE),
        "inferred iceberg": iceberg("bid", PRICE, tier="inferred"),
        "native iceberg": iceberg("bid", PRICE),
        "memory": remembered("bid", PRICE, PRICE),
    }
    counts = {}
    for what, heard in outlast.items():
        made = after(heard)
        made.begin_day(day)
        counts[what] = net(made) > 0.0
    assert [what for what, lasts in counts.items() if lasts] == ["native iceberg", "memory"]


# --- flow -------------------------------------------------------------------------------------------------------------


DEVIATIONS: Final = 60 / (3 * (12 * 20**2 + 3 * 20**2) / 21) ** 0.5
"""Of 60 lots in three minutes after eighteen quiet ones, two of three of which had a delta of 20 lots."""


def pressed(delta: int, ofi: int | None = None) -> list[PhaseBar]:
    """Return quiet minutes and three more with a delta each."""
    last = [minute(NOON - place * MINUTE, delta=delta, ofi=ofi) for place in (2, 1, 0)]
    return [*quiet(end=NOON - 3 * MINUTE), *last]


def test_flow_alone_is_no_footprint() -> None:
    pillar = footprint(pressed(90)).pillar(NOON, PRICE, 0.25)
    assert (pillar.available, pillar.direction, pillar.strength, pillar.reasons) == (True, None, 0.0, ())


def test_flow_confirms_or_doubts_what_stands_near() -> None:
    below = absorbed(NOON, "bid", PRICE, 300)
    bought, sold = net(after(below, bars=pressed(20))), net(after(below, bars=pressed(-20)))
    assert bought == of_full(0.3 + 0.15 * DEVIATIONS / 3)
    assert sold == of_full(0.3 - 0.15 * DEVIATIONS / 3)


def test_flow_beside_little_says_little() -> None:
    weak = remembered("bid", PRICE, PRICE, strength=0.05)
    alone, beside = net(after(weak)), net(after(weak, bars=pressed(20)))
    assert alone == of_full(0.01)
    assert beside == of_full(0.01 + 0.1 * 0.15 * DEVIATIONS / 3)


def test_flow_that_quotes_do_not_follow_confirms_nothing() -> None:
    below = absorbed(NOON, "bid", PRICE, 300)
    assert net(after(below, bars=pressed(20, ofi=-5))) == of_full(0.3)
    assert net(after(below, bars=pressed(20, ofi=5))) > 0.3


def test_flow_needs_ten_minutes_to_be_usual_or_not() -> None:
    below = absorbed(NOON, "bid", PRICE, 300)
    assert net(after(below, bars=[minute(NOON - place * MINUTE, delta=50) for place in range(9, 0, -1)])) == of_full(
        0.3
    )


# --- what cannot be read ----------------------------------------------------------------------------------------------


def test_nothing_near_is_zero_and_says_within_what() -> None:
    pillar = footprint().pillar(NOON, PRICE, 0.25)
    assert pillar == Pillar(
        "IMO",
        available=True,
        direction=None,
        strength=0.0,
        weight=0.25,
        reasons=(),
        note="nothing within 10 ticks of 4100.0",
    )


def test_bars_alone_have_no_footprint() -> None:
    pillar = footprint([minute(NOON, delta=None)]).pillar(NOON, PRICE, 0.25)
    assert (pillar.available, pillar.strength, pillar.note) == (False, 0.0, "no order flow: bars only")


def test_before_the_first_minute_nothing_can_be_read() -> None:
    pillar = InstitutionalFootprint(GOLD).pillar(NOON, PRICE, 0.25)
    assert (pillar.available, pillar.note) == (False, "no minute has closed yet")


# --- reasons ----------------------------------------------------------------------------------------------------------


def test_what_the_name_of_a_memory_says_is_not_said_again() -> None:
    def said(state: MemoryState) -> str:
        made = after(remembered("bid", PRICE - 4, PRICE - 2, state="touched"))
        made.hear(remembered("bid", PRICE - 4, PRICE - 2, state=state))
        return made.pillar(NOON, PRICE, 0.25).reasons[0].text

    assert said("held").startswith("touches: 1, at ")
    assert said("reacted").startswith("reacted, touches: 1, at ")


def test_every_reason_names_its_line_the_weightiest_first() -> None:
    made = after(
        absorbed(NOON - 4 * MINUTE, "bid", PRICE, 300),
        swept("sell", PRICE + 3, PRICE + 5, ts=NOON - 3 * MINUTE),
        remembered("bid", PRICE - 1, PRICE, ts=NOON - 2 * MINUTE),
        iceberg("ask", PRICE + 1, ts=NOON - MINUTE),
        bars=pressed(20),
    )
    pillar = made.pillar(NOON, PRICE, 0.25)
    assert [(reason.kind, reason.ts, reason.id) for reason in pillar.reasons] == [
        ("absorption", NOON - 4 * MINUTE, "absorption-1"),
        ("sweep", NOON - 3 * MINUTE, "sweep-1"),
        ("iceberg", NOON - MINUTE, "native-1"),
        ("bar", NOON, "1m"),
        ("memory", NOON - 2 * MINUTE, "memory-1"),
        ("memory", NOON - 2 * MINUTE, "memory-1"),
    ]
    assert [reason.text for reason in pillar.reasons] == [
        "300 lots, formed, at 4100.0, price there",
        "score 0.80 at 4100.3 to 4100.5, 3 ticks above",
        "100 lots filled at 4100.1, 1 tick above",
        "+60 lots in 3 min, +2.0 deviations",
        "touched, touches: 1, at 4099.9 to 4100.0, price there",
        "2 independent kinds of evidence speak for buy",
    ]
    assert [(reason.value or 0.0) > 0.0 for reason in pillar.reasons] == [True, False, False, True, True, True]
    assert pillar.ts == NOON


# --- any market -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Heard:
    """Something heard, made for either mirror."""

    kind: str
    at: int
    wide: int
    share: float
    age: int
    number: int
    side: PassiveSide
    state: int

    def line(self, sign: int) -> Event | IcebergStep:
        """Return it as it is (1), or mirrored about PRICE (-1)."""
        side: PassiveSide = self.side if sign > 0 else OTHER[self.side]
        low = PRICE + self.at if sign > 0 else PRICE - self.at - self.wide
        high, ts = low + self.wide, NOON - self.age * MINUTE
        if self.kind == "iceberg":
            states: tuple[IcebergState, ...] = ("traded", "traded", "executed")
            tick = low if sign > 0 else high
            return iceberg(side, tick, round(300 * self.share), state=states[self.state], ts=ts, number=self.number)
        if self.kind == "sweep":
            direction: AggressorSide = "buy" if side == "bid" else "sell"
            return swept(direction, low, high, score=None if self.state == 2 else self.share, ts=ts, number=self.number)
        if self.kind == "memory":
            of: tuple[MemoryState, ...] = ("touched", "recalled", "broken")
            return remembered(side, low, high, state=of[self.state], strength=self.share, ts=ts, number=self.number)
        steps: tuple[AbsorptionState, ...] = ("formed", "confirmed", "broken")
        line = absorbed(ts, side, low, 100, number=self.number, state=steps[self.state])
        assert isinstance(line, Absorption)
        return line if not self.wide else _widened(line, low, high)


def _widened(line: Absorption, low: int, high: int) -> Absorption:
    fields = {name: getattr(line, name) for name in line.__struct_fields__}
    return Absorption(**(fields | {"low": GOLD.price(low), "high": GOLD.price(high)}))


HEARD = st.lists(
    st.builds(
        Heard,
        st.sampled_from(["iceberg", "sweep", "memory", "absorption"]),
        st.integers(-150, 150),
        st.integers(0, 90),
        st.floats(0.01, 1.0),
        st.integers(0, 50),
        st.integers(1, 6),
        st.sampled_from(["bid", "ask"]),
        st.integers(0, 2),
    ),
    max_size=25,
)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(HEARD, st.integers(-20, 20), st.integers(-40, 40))
def test_the_mirror_of_any_market_reads_as_the_mirror(heard: list[Heard], at: int, delta: int) -> None:
    made = after(*(one.line(1) for one in heard), bars=pressed(delta))
    mirror = after(*(one.line(-1) for one in heard), bars=[_turned(bar) for bar in pressed(delta)])
    pillar, turned = made.pillar(NOON, PRICE + at, 0.25), mirror.pillar(NOON, PRICE - at, 0.25)
    assert made.read(NOON, PRICE + at).net == -mirror.read(NOON, PRICE - at).net
    assert (pillar.direction, pillar.strength, pillar.note.partition(" of ")[0]) == (
        OTHER[turned.direction],
        turned.strength,
        turned.note.partition(" of ")[0],
    )
    assert made.lean(made.read(NOON, PRICE + at)) == Lean(pillar.available, pillar.direction, pillar.strength)
    assert 0.0 <= pillar.strength <= 1.0


@settings(max_examples=80, deadline=None, derandomize=True)
@given(HEARD, st.integers(-20, 20), st.integers(-40, 40))
def test_the_reasons_of_any_market_add_up_to_its_reading(heard: list[Heard], at: int, delta: int) -> None:
    made = after(*(one.line(1) for one in heard), bars=pressed(delta))
    reading = made.read(NOON, PRICE + at)
    reasons = made.told(reading, PRICE + at, 0.25).reasons
    assert sum(reason.value or 0.0 for reason in reasons) == pytest.approx(reading.net, abs=5e-4)
    families = {"iceberg" if reason.kind == "absorption" else reason.kind for reason in reasons if reason.kind != "bar"}
    for reason in reasons:
        if reason.name == "agreement":
            assert 2 <= int(reason.text.split()[0]) <= len(families)


def _turned(bar: PhaseBar) -> PhaseBar:
    return replace(bar, delta=-(bar.delta or 0))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(HEARD, st.integers(-170, 170), st.integers(1, 40), st.integers(0, 5))
def test_what_is_near_is_found_however_prices_are_divided(heard: list[Heard], at: int, reach: int, beyond: int) -> None:
    """Held against a plain reading of all that lives, line by line."""
    places, plain = Places(GOLD), Plain()
    for one in heard:
        line = one.line(1)
        if isinstance(line, IcebergStep):
            places.hear_icebergs([line])
        else:
            places.hear(line)
        plain.hear(line)
    assert {_told(place) for place in places.near(PRICE + at, reach, beyond)} == plain.near(PRICE + at, reach, beyond)


def _told(place: Place) -> tuple[str, int, int, int]:
    return place.id, place.sign, place.low, place.high


@dataclass
class Plain:
    """What lives, by id: the side it counts for, and its lowest and highest tick."""

    live: dict[str, tuple[int, int, int]] = field(default_factory=dict)

    def hear(self, line: Any) -> None:
        if isinstance(line, IcebergStep):
            name, side, low, high = line.mark.id, line.mark.side, line.mark.tick, line.mark.tick
            over = line.mark.state in ("executed", "cancelled", "expired")
        else:
            name, over = line.id, line.state in ("broken", "expired", "died")
            side = line.side if not isinstance(line, Sweep) else "bid" if line.direction == "buy" else "ask"
            low, high = round(line.low * 10), round(line.high * 10)
        self.live.pop(name, None)
        if not over:
            self.live[name] = (1 if side == "bid" else -1, low, high)

    def near(self, tick: int, reach: int, beyond: int) -> set[tuple[str, int, int, int]]:
        found = set()
        for name, (sign, low, high) in self.live.items():
            below, above = (beyond, reach) if sign > 0 else (reach, beyond)
            if low - below <= tick <= high + above:
                found.add((name, sign, low, high))
        return found
