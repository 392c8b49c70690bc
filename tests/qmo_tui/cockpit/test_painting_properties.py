"""Painters take any market at any size."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.events import Reason
from engines.trading_events import Trigger
from engines.trading_view import OrderMark, PositionMark, PromptMark, RiskMark, TradingView
from engines.view import (
    BarRow,
    BookState,
    CompositeProfile,
    DevelopedProfile,
    Divergence,
    FlowWindow,
    Footprint,
    FootprintRow,
    Health,
    IcebergMark,
    LadderRow,
    MarketPhase,
    MarketView,
    NakedPoc,
    OrderFlow,
    Print,
    Profile,
    SessionProfile,
    Stack,
    StopMark,
    TradeKind,
    VisibleProfile,
)
from feeds.records import Provenance
from feeds.states import FeedChange, FeedState
from qmo_tui.cockpit.frame import ChartChoice, Frame, Pace
from qmo_tui.cockpit.painting.account import paint_account, paint_account_rows
from qmo_tui.cockpit.painting.chart_axes import INTERVAL_SECONDS
from qmo_tui.cockpit.painting.chart_kinds import paint_chosen_chart
from qmo_tui.cockpit.painting.flow import paint_flow
from qmo_tui.cockpit.painting.footer import paint_footer
from qmo_tui.cockpit.painting.help import paint_help
from qmo_tui.cockpit.painting.ladder import paint_ladder
from qmo_tui.cockpit.painting.line import paint_changes
from qmo_tui.cockpit.painting.notice import paint_notice
from qmo_tui.cockpit.painting.prompt import paint_prompt
from qmo_tui.cockpit.painting.scrub import bar_span, paint_scrub
from qmo_tui.cockpit.painting.small import paint_small
from qmo_tui.cockpit.painting.spans import Rows
from qmo_tui.cockpit.painting.status import paint_status
from qmo_tui.cockpit.painting.tape import paint_tape
from qmo_tui.session.line import Line
from qmo_tui.session.playback import Playback
from tests.qmo_tui.cockpit.inks import assert_sound
from tests.qmo_tui.cockpit.scenes import ES, GC, SECOND, START, nothing_yet

PAINTERS: dict[str, Callable[[Frame, int, int], Rows]] = {
    "ladder": paint_ladder,
    "tape": paint_tape,
    "flow": paint_flow,
    "chart": paint_chosen_chart,
    "status": paint_status,
    "notice": paint_notice,
    "scrub": paint_scrub,
    "small": paint_small,
    "help": lambda frame, width, height: paint_help({}, width, height, live=frame.line is not None),
    "line": paint_changes,
    "account": paint_account,
    "account rows": paint_account_rows,
    "prompt": lambda frame, width, height: paint_prompt(frame, {}, width, height),
    "footer": lambda _, width, height: (paint_footer({}, width, live=False),)[:height],
}

ticks = st.integers(-50, 400_000)
sizes = st.one_of(st.integers(0, 300), st.integers(0, 10**12))
times = st.integers(START, START + 90_000 * SECOND)
aggressors = st.sampled_from(["buy", "sell", None])
texts = st.text(max_size=30)


@st.composite
def ladders(draw: st.DrawFn) -> tuple[LadderRow, ...]:
    top, count = draw(ticks), draw(st.integers(0, 30))
    resting, traded = st.one_of(st.none(), sizes), sizes
    amounts = draw(st.lists(st.tuples(*[resting] * 4, *[traded] * 3), min_size=count, max_size=count))
    tells_changes = draw(st.booleans())
    return tuple(
        LadderRow(top - place, *lots, *lots[:4] if tells_changes else ()) for place, lots in enumerate(amounts)
    )


@st.composite
def bars(draw: st.DrawFn) -> tuple[BarRow, ...]:
    made, start = [], draw(times)
    reach = draw(st.sampled_from([1, 40, 9_000]))
    for _ in range(draw(st.integers(0, 40))):
        low, *body, high = sorted(draw(st.tuples(*[st.integers(18_000, 18_000 + reach)] * 4)))
        opened, closed = draw(st.permutations(body))
        split = draw(st.one_of(st.none(), sizes))
        volume = draw(sizes)
        made.append(BarRow(start, opened, high, low, closed, volume, split, split, split, split, split, complete=True))
        start += draw(st.integers(1, 300)) * SECOND
    return tuple(made)


prints = st.builds(Print, times, aggressors, ticks, ticks, sizes, st.sampled_from(TradeKind), st.integers(0, 10**6))
icebergs = st.builds(
    IcebergMark,
    id=texts,
    order_id=st.none(),
    side=st.sampled_from(["bid", "ask"]),
    tick=ticks,
    shown=st.one_of(st.none(), sizes),
    display=st.none(),
    filled=sizes,
    refreshes=sizes,
    state=st.sampled_from(["detected", "traded", "executed", "cancelled", "expired"]),
    first_ts=times,
    last_ts=times,
    tier=st.sampled_from(["native", "inferred"]),
)
averages = st.floats(-50, 400_000)
lots_at_prices = st.lists(sizes, max_size=60).map(tuple)
profiles = st.builds(
    Profile,
    session=st.one_of(
        st.none(),
        st.builds(
            SessionProfile,
            *[st.one_of(st.none(), times), sizes, *[ticks] * 5, averages, st.floats(0, 10_000)],
            *[st.lists(ticks, max_size=3).map(tuple)] * 2,
        ),
    ),
    composite=st.one_of(st.none(), st.builds(CompositeProfile, st.integers(2, 5), sizes, *[ticks] * 5)),
    naked=st.lists(st.builds(NakedPoc, times, ticks), max_size=3).map(tuple),
    path=st.lists(
        st.builds(DevelopedProfile, times, ticks, ticks, ticks, averages, st.floats(0, 10_000)), max_size=40
    ).map(tuple),
    lots_low=st.one_of(ticks, st.integers(18_000, 18_040)),
    lots=lots_at_prices,
    visible=st.one_of(st.none(), st.builds(VisibleProfile, st.integers(1, 40), sizes, *[ticks] * 5)),
)
windows = st.builds(
    FlowWindow,
    seconds=st.integers(1, 3_600),
    buy=sizes,
    sell=sizes,
    none=sizes,
    ofi=st.one_of(st.none(), st.integers(-(10**9), 10**9)),
    z=st.one_of(st.none(), st.floats(-1_000, 1_000)),
    bias=aggressors,
)
flows = st.builds(
    OrderFlow,
    windows=st.lists(windows, max_size=3).map(tuple),
    cvd=st.integers(-(10**9), 10**9),
    queue_imbalance=st.one_of(st.none(), st.floats(0, 1)),
    microprice=st.one_of(st.none(), averages),
    divergence=st.one_of(
        st.none(), st.builds(Divergence, st.sampled_from(["buy", "sell"]), times, ticks, times, ticks)
    ),
    big_print=st.one_of(st.none(), st.integers(1, 500)),
)


def footprint_of(bar: BarRow, seed: int, largest: int) -> Footprint:
    """Return any footprint of a bar; lots and marks follow from the seed, since drawing each would take long."""
    rows = []
    for tick in range(bar.high, bar.low - 1, -1):
        buy, sell, none = (seed * (tick + place) * 7_919 % (largest + 1) for place in range(3))
        rows.append(FootprintRow(tick, buy, sell, none, (seed + tick) % 3 == 0, (seed + tick) % 5 == 0))
    stacks = (Stack("buy" if seed % 2 else "sell", bar.low, bar.high),) if seed % 3 else ()
    return Footprint(bar.start, tuple(rows), stacks, seed % 7 < 3, seed % 11 < 4)


@st.composite
def footprints(draw: st.DrawFn, bars: tuple[BarRow, ...]) -> tuple[Footprint, ...]:
    """Return footprints of the newest bars that are not too high to be drawn at once."""
    shown = [bar for bar in bars[-6:] if bar.high - bar.low <= 60]
    seed, largest = draw(st.integers(0, 10**6)), draw(st.sampled_from([0, 3, 500, 10**7]))
    return tuple(footprint_of(bar, seed + place, largest) for place, bar in enumerate(shown))


stops = st.builds(StopMark, times, st.sampled_from(["buy", "sell"]), sizes, sizes, ticks, ticks)
cents = st.integers(-(10**9), 10**9)
maybe_ticks, maybe_cents, moments = st.one_of(st.none(), ticks), st.one_of(st.none(), cents), times
sides = st.sampled_from(["buy", "sell"])
products = st.sampled_from(["GC", "MGC"])
some_ticks = st.lists(ticks, max_size=3).map(tuple)
prompts = st.builds(
    PromptMark,
    id=st.sampled_from(["prompt-1", "prompt-2"]),
    side=sides,
    trigger=st.sampled_from(get_args(Trigger)),
    order=st.sampled_from(["market", "limit", "stop"]),
    entry=ticks,
    stop=maybe_ticks,
    targets=some_ticks,
    product=products,
    contracts=st.integers(1, 1_000),
    risk_cents=maybe_cents,
    reward_risk=st.one_of(st.none(), st.floats(-100, 100)),
    born=moments,
    expires=moments,
    confidence=st.one_of(st.none(), st.floats(0, 1)),
    invalidation=texts,
    reasons=st.lists(st.builds(Reason, texts, texts, st.none(), texts, moments, texts), max_size=1).map(tuple),
    distance=st.one_of(st.none(), st.integers(-500, 500)),
)
orders = st.builds(
    OrderMark,
    id=texts,
    role=st.sampled_from(["entry", "stop", "target", "exit"]),
    kind=st.sampled_from(["market", "limit", "stop"]),
    side=sides,
    product=products,
    tick=maybe_ticks,
    quantity=st.integers(1, 1_000),
    filled=st.just(0),
    state=st.sampled_from(["pending", "working", "partly_filled"]),
    ahead=st.one_of(st.none(), st.integers(0, 10**6)),
)
positions = st.builds(
    PositionMark,
    id=texts,
    side=sides,
    product=products,
    quantity=st.integers(1, 1_000),
    entry=averages,
    stop=maybe_ticks,
    targets=some_ticks,
    since=moments,
    open_cents=maybe_cents,
    realised_cents=cents,
    risk_cents=maybe_cents,
    r=st.one_of(st.none(), st.floats(-1_000, 1_000)),
    mfe_ticks=st.integers(0, 10_000),
    mae_ticks=st.integers(0, 10_000),
)
risks = st.builds(
    RiskMark,
    account=st.sampled_from(["paper", "demo", "replay", "other"]),
    day=texts,
    state=st.sampled_from(["ok", "warn", "reduced", "cooldown", "locked"]),
    reason=texts,
    until=st.one_of(st.none(), moments),
    realised_cents=cents,
    session_cents=cents,
    week_cents=cents,
    left_cents=cents,
    day_limit_cents=cents,
    per_trade_cents=cents,
    trades=st.integers(0, 100),
    trades_left=st.integers(0, 100),
    losses=st.integers(0, 100),
)
tradings = st.builds(
    TradingView,
    now=moments,
    broker=texts,
    prompts=st.lists(prompts, max_size=2).map(tuple),
    armed=st.sampled_from([None, "prompt-1"]),
    orders=st.lists(orders, max_size=4).map(tuple),
    position=st.one_of(st.none(), positions),
    risk=st.one_of(st.none(), risks),
    trouble=st.one_of(st.just(""), texts),
)
plain_views = st.builds(
    MarketView,
    sequence=st.integers(0, 10**9),
    instrument=st.sampled_from([None, ES, GC, replace(GC, symbol="6EH4", tick=50_000)]),
    provenance=st.sampled_from(Provenance),
    schema=st.sampled_from([None, "mbo", "mbp-10", "mbp-1"]),
    event_time=st.one_of(st.none(), times),
    receive_time=st.one_of(st.none(), times),
    phase=st.sampled_from(MarketPhase),
    book=st.sampled_from(BookState),
    best_bid=st.one_of(st.none(), ticks),
    best_bid_size=st.one_of(st.none(), sizes),
    best_ask=st.one_of(st.none(), ticks),
    best_ask_size=st.one_of(st.none(), sizes),
    last=st.one_of(st.none(), ticks),
    last_side=aggressors,
    last_size=st.one_of(st.none(), sizes),
    volume=sizes,
    delta=st.integers(-(10**9), 10**9),
    trades=sizes,
    resting_orders=st.one_of(st.none(), sizes),
    ladder=ladders(),
    prints=st.lists(prints, max_size=20).map(tuple),
    interval=st.sampled_from(list(INTERVAL_SECONDS)),
    bars=bars(),
    profile=st.one_of(st.none(), profiles),
    icebergs=st.lists(icebergs, max_size=8).map(tuple),
    stops=st.lists(stops, max_size=8).map(tuple),
    health=st.builds(Health, sizes, sizes, sizes, sizes, sizes),
    missing=st.lists(texts, max_size=2).map(tuple),
    flow=st.one_of(st.none(), flows),
    trading=st.one_of(st.none(), tradings),
)
views = plain_views.flatmap(lambda view: footprints(view.bars).map(lambda found: replace(view, footprints=found)))
charts = st.builds(
    ChartChoice,
    kind=st.sampled_from(["candles", "footprint", "delta footprint"]),
    beneath=st.sampled_from(["delta", "CVD", "volume"]),
    footprint_top=st.one_of(st.none(), st.integers(17_990, 18_060)),
)
playbacks = st.builds(
    Playback,
    paused=st.booleans(),
    speed=st.one_of(st.none(), st.floats(0.1, 10_000)),
    finished=st.booleans(),
    seeking=st.booleans(),
    position=st.one_of(st.none(), times),
    start=st.one_of(st.none(), times),
    end=st.one_of(st.none(), times),
)
changes = st.builds(FeedChange, st.sampled_from(FeedState), texts, texts, times)
lines = st.builds(
    Line,
    state=st.sampled_from(FeedState),
    source=texts,
    reason=texts,
    since=st.one_of(st.none(), times),
    heard=st.one_of(st.none(), times),
    now=times,
    interruptions=st.integers(0, 1_000),
    recording=st.one_of(st.none(), texts),
    changes=st.lists(changes, max_size=8).map(tuple),
)
frames = st.builds(
    Frame,
    view=views,
    playback=playbacks,
    line=st.one_of(st.none(), lines),
    source=texts,
    records_per_second=st.floats(0, 1e8),
    error=st.one_of(st.none(), texts),
    notes=st.lists(texts, max_size=2).map(tuple),
    message=st.one_of(st.none(), texts),
    pace=st.builds(Pace, st.integers(1, 20), st.sampled_from([None, "busy", "slow terminal"])),
    ladder_note=st.one_of(st.none(), texts),
    tape_minimum=st.sampled_from([1, 20]),
    big_print=st.one_of(st.none(), st.integers(1, 1_000)),
    chart=charts,
    read_only=st.one_of(st.just(""), texts),
    refusal=st.one_of(st.just(""), texts),
    cursor=st.one_of(st.none(), ticks),
)


@pytest.mark.parametrize("name", PAINTERS)
@settings(max_examples=40, deadline=None)
@given(frame=frames, width=st.integers(0, 200), height=st.integers(0, 60))
def test_any_market_fits_any_pane(name: str, frame: Frame, width: int, height: int) -> None:
    assert_sound(PAINTERS[name](frame, width, height), width, height)


@given(playback=playbacks, now=st.one_of(st.none(), times), width=st.integers(0, 200))
def test_the_position_bar_is_where_it_says_it_is(playback: Playback, now: int | None, width: int) -> None:
    frame = Frame(replace(nothing_yet(), event_time=now), playback=playback)
    first, length = bar_span(frame, width)
    assert first + length <= max(width, first)
    text = "".join(text for text, _ in paint_scrub(frame, width, 1)[0])
    places: list[Any] = [place for place, character in enumerate(text) if character in "━●─"]
    if places:
        assert (places[0], len(places)) == (first, length)
