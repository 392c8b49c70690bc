"""Events as sentences that a voice can read: words and figures, and nothing of what comes by the hundred."""

import pytest

from engines.events import (
    Absorption,
    Bar,
    Event,
    Feed,
    Iceberg,
    Phase,
    Pillars,
    Session,
    Stops,
    StructureBreak,
    Sweep,
    SweptPool,
    Window,
)
from engines.trading_events import Decision, Fill, Order, Position, Prompt, Risk
from engines.view import Print, TradeKind
from feeds.instrument import Instrument
from qmo_tui.plain.sentences import Sentences

GOLD = Instrument("GCZ6", 1, 100_000_000, 100.0, "GLBX.MDP3", source="settings")
SESSION = Session(
    ts=0,
    source="gold.dbn.zst",
    provenance="replay",
    dataset="GLBX.MDP3",
    symbol="GCZ6",
    instrument_id=1,
    schema="mbo",
    tick=0.1,
    multiplier=100.0,
    version="0",
    settings_digest="",
)


def iceberg(state: str, filled: int = 40) -> Iceberg:
    return Iceberg(1, "native-1", "native", 7, "bid", 2650.0, 10, filled, 3, state, 1.0, 10)  # type: ignore[arg-type]


def bar(interval: str) -> Bar:
    return Bar(1, interval, 2650.0, 2651.2, 2649.9, 2651.0, 120, 70, 45, 5, 60, 25, 100, 0, 0, True)


ABSORBED = Absorption(
    ts=1,
    id="absorption-1",
    side="bid",
    low=2650.0,
    high=2650.2,
    volume=300,
    progress=1,
    refill_ratio=0.8,
    volume_z=3.0,
    impact_z=1.0,
    touches=1,
    native_share=None,
    score=0.7,
    state="formed",
    reason="",
)
SWEPT = Sweep(
    ts=1,
    id="sweep-1",
    pool=SweptPool("prior_day_high", 2655.0, "prior day high"),
    side="buy_side",
    state="swept",
    extreme=2655.6,
    penetration=6,
    low=2655.0,
    high=2655.6,
    direction="sell",
    score=0.8,
    evidence=None,
    reason="",
)
PROMPTED = Prompt(
    ts=1,
    id="p1",
    side="buy",
    trigger="sweep_reclaim",
    order="limit",
    entry=2650.1,
    stop=2648.5,
    targets=(2652.0, 2654.0),
    product="MGC",
    contracts=3,
    risk=48.6,
    reward_risk=1.9,
    expires=2,
    confidence=0.8,
    invalidation="",
    reasons=(),
)
OPENED = Position(
    ts=1,
    id="t1",
    state="closed",
    prompt="p1",
    side="buy",
    product="MGC",
    quantity=0,
    entry=2650.1,
    exit=2652.0,
    stop=None,
    realised=-12.5,
    fees=1.0,
    risk=48.6,
    r=0.3,
    mfe=1.0,
    mae=1.0,
    reason="target filled",
)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (SESSION, "market: GCZ6, mbo, replay, from gold.dbn.zst"),
        (iceberg("detected"), "iceberg: native bid at 2650.0 detected, 40 lots filled"),
        (iceberg("executed"), "iceberg: native bid at 2650.0 was traded out, 40 lots filled in all"),
        (bar("1m"), "bar 1m: open 2650.0, high 2651.2, low 2649.9, close 2651.0, volume 120, delta +25"),
        (ABSORBED, "absorption: bid from 2650.0 to 2650.2 formed, 300 lots"),
        (SWEPT, "sweep: buy stops above prior day high 2655.0 to 2655.6 and back, it speaks for sell"),
        (
            Stops(ts=1, side="buy", orders=1, volume=12, from_price=2650.0, to_price=2650.4),
            "stops: buy 1 order, 12 lots, from 2650.0 to 2650.4",
        ),
        (
            StructureBreak(
                ts=1, interval="5m", what="choch", direction="sell", price=2649.0, close=2648.0, swing_start=0
            ),
            "structure: 5m change of character down through 2649.0",
        ),
        (
            Phase(ts=1, phase="expansion", direction="buy", strength=0.5, reasons=()),
            "phase: expansion, it speaks for buy",
        ),
        (
            Window(ts=1, engine="gann", name="cluster", start=0, end=2, exact=1, price=2651.5, base_rate=None),
            "window: gann, cluster, 2651.5",
        ),
        (
            PROMPTED,
            "prompt: buy 3 MGC, limit at 2650.1, stop 2648.5, targets 2652.0 and 2654.0, risk 48.60 dollars, "
            "sweep reclaim",
        ),
        (
            Decision(ts=1, prompt="p1", action="expired", reason="75 s are over"),
            "decision: prompt p1 expired, 75 s are over",
        ),
        (
            Order(
                ts=1,
                id="o1",
                prompt="p1",
                role="stop",
                type="stop",
                side="sell",
                product="MGC",
                price=2648.5,
                quantity=3,
                filled=0,
                state="working",
            ),
            "order: stop, sell 3 MGC stop at 2648.5 working",
        ),
        (
            Fill(
                ts=1,
                id="f1",
                order="o1",
                prompt="p1",
                role="entry",
                side="buy",
                product="MGC",
                price=2650.1,
                quantity=3,
                maker=True,
                fees=1.5,
            ),
            "fill: entry, buy 3 MGC at 2650.1",
        ),
        (OPENED, "position: closed, buy 0 MGC, -12.50 dollars, target filled"),
        (
            Risk(
                ts=1,
                day="2026-11-03",
                state="cooldown",
                reason="two losses in a row",
                until=None,
                realised=-90.0,
                session=-90.0,
                week=-90.0,
                trades=2,
                losses=2,
            ),
            "risk: cooldown, -90.00 dollars today, two losses in a row",
        ),
        (
            Feed(ts=0, state="stale", source="databento mbo", reason="nothing for 6 s", at=1),
            "feed: stale, databento mbo, nothing for 6 s",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Event) else "",
)
def test_an_event_is_a_sentence_of_words_and_figures(event: Event, said: str) -> None:
    assert Sentences().of(event) == said
    assert said.isascii()


def test_one_lot_is_one_lot() -> None:
    assert Sentences().of(iceberg("detected", filled=1)) == "iceberg: native bid at 2650.0 detected, 1 lot filled"


def test_what_comes_by_the_hundred_is_left_out() -> None:
    sentences = Sentences("1m", least=20)
    assert sentences.of(iceberg("traded")) is None
    assert sentences.of(iceberg("executed", filled=19)) is None
    assert sentences.of(bar("5m")) is None
    assert sentences.of(Stops(ts=1, side="buy", orders=4, volume=19, from_price=1.0, to_price=1.0)) is None


def pillars(side: str | None, armed: bool) -> Pillars:
    return Pillars(ts=1, pillars=(), side=side, confidence=0.82, coverage=1.0, armed=armed)  # type: ignore[arg-type]


def test_a_score_is_said_when_it_arms_changes_its_side_and_disarms() -> None:
    sentences = Sentences()
    steps = [
        pillars(None, False),
        pillars("buy", True),
        pillars("buy", True),
        pillars("sell", True),
        pillars(None, False),
    ]
    assert [sentences.of(step) for step in steps] == [
        None,
        "score: armed for buy at 0.82",
        None,
        "score: armed for sell at 0.82",
        "score: no longer armed",
    ]


def test_a_print_says_its_prices_on_the_tick_of_its_contract() -> None:
    sentences = Sentences()
    sentences.of(SESSION)
    swept = Print(1, "buy", 26_500, 26_503, 40, TradeKind.STOP, 9)
    assert sentences.of_print(swept, GOLD) == "print: buy 40 lots from 2650.0 to 2650.3, a stop"
    auction = Print(1, None, 26_500, 26_500, 7, TradeKind.UNKNOWN, 9)
    assert sentences.of_print(auction, GOLD) == "print: no side 7 lots at 2650.0"
