"""An open position is managed by rules that only ever tighten: break-even, trailing, time, end of trading, evidence."""

from datetime import UTC, datetime

import pytest

from engines.book.layout import MINUTE_NS
from engines.events import Bar, Event, Pillars
from engines.execution.exits import AskToClose, Close, Exits, ExitSettings, MoveStop
from engines.execution.money import Product
from engines.execution.orders import Quote
from engines.execution.positions import HeldPosition
from feeds.instrument import Instrument

GOLD = Instrument("GCZ6", 1, 100_000_000, 100.0)
GC = Product("GC", tick_cents=1_000, fee_cents=250)
NOON = int(datetime(2026, 11, 18, 17, 0, tzinfo=UTC).timestamp()) * 1_000_000_000
"""A Wednesday, noon in New York."""
AROUND_HALT = int(datetime(2026, 11, 18, 21, 56, tzinfo=UTC).timestamp()) * 1_000_000_000
"""Four minutes before the daily halt."""


def long(stop: int = 26_490, opened: int = NOON) -> HeldPosition:
    position = HeldPosition("t1", "p1", "buy", GC, opened, first_stop=stop, stop=stop)
    position.enter(26_500, 1)
    return position


def quote(last: int, now: int = NOON, trouble: str = "") -> Quote:
    return Quote(now, last - 1, last, last, trouble)


def minute(number: int, low: int, high: int) -> Bar:
    return Bar(
        ts=NOON + number * MINUTE_NS,
        interval="1m",
        open=low / 10,
        high=high / 10,
        low=low / 10,
        close=high / 10,
        volume=1,
        buy=1,
        sell=0,
        none=0,
        trades=1,
        delta=1,
        cvd=1,
        start=NOON + (number - 1) * MINUTE_NS,
        gap=0,
        complete=True,
    )


def armed(side: str) -> Pillars:
    return Pillars(
        ts=NOON, pillars=(), side="buy" if side == "buy" else "sell", confidence=0.8, coverage=1.0, armed=True
    )


def test_nothing_moves_before_one_r_is_made() -> None:
    position = long()
    position.see(26_509)
    assert Exits(GOLD).wishes(position, quote(26_509)) == []


def test_at_one_r_the_stop_moves_to_where_it_costs_nothing() -> None:
    position = long()
    position.see(26_511)
    (wish,) = Exits(GOLD, ExitSettings(trail="none")).wishes(position, quote(26_508))
    assert isinstance(wish, MoveStop)
    assert wish.tick == 26_501
    assert "break-even 2650.1" in wish.reason


def test_a_stop_is_never_moved_to_where_the_market_already_is() -> None:
    position = long()
    position.see(26_511)
    assert Exits(GOLD, ExitSettings(trail="none")).wishes(position, quote(26_501)) == []


def test_a_stop_that_is_closer_already_stays() -> None:
    position = long()
    position.see(26_511)
    position.stop = 26_505
    assert Exits(GOLD, ExitSettings(trail="none")).wishes(position, quote(26_508)) == []


def test_a_stop_follows_price_at_a_distance() -> None:
    position = long()
    position.see(26_530)
    (wish,) = Exits(GOLD, ExitSettings(trail="ticks", trail_ticks=8)).wishes(position, quote(26_529))
    assert isinstance(wish, MoveStop)
    assert wish.tick == 26_522


def test_a_stop_follows_confirmed_swings_only() -> None:
    position = long()
    position.see(26_540)
    exits = Exits(GOLD, ExitSettings(trail="structure", trail_ticks=3, swing_wing=1))
    lows = [26_520, 26_515, 26_522]
    for number, low in enumerate(lows[:2], 1):
        exits.hear([minute(number, low, low + 10)])
    (before,) = exits.wishes(position, quote(26_538))
    assert isinstance(before, MoveStop)
    assert before.tick == 26_501
    exits.hear([minute(3, lows[2], lows[2] + 10)])
    (after,) = exits.wishes(position, quote(26_538))
    assert isinstance(after, MoveStop)
    assert after.tick == 26_512


def test_everything_is_closed_before_trading_stops() -> None:
    (wish,) = Exits(GOLD).wishes(long(opened=AROUND_HALT), quote(26_500, AROUND_HALT))
    assert wish == Close("flat 5 min before trading stops")


def test_a_position_held_for_too_long_is_closed() -> None:
    exits = Exits(GOLD, ExitSettings(longest=30 * MINUTE_NS))
    assert exits.wishes(long(), quote(26_500, NOON + 30 * MINUTE_NS - 1)) == []
    assert exits.wishes(long(), quote(26_500, NOON + 30 * MINUTE_NS)) == [Close("held for 30 min")]


def test_no_price_is_judged_by_that_cannot_be_trusted() -> None:
    position = long()
    position.see(26_540)
    assert Exits(GOLD).wishes(position, quote(26_530, trouble="stale 6.2 s")) == []


def test_time_ends_a_position_also_while_its_market_cannot_be_trusted() -> None:
    (wish,) = Exits(GOLD).wishes(long(), quote(26_500, AROUND_HALT, "stale 6.2 s"))
    assert wish == Close("flat 5 min before trading stops")


def test_a_price_of_the_running_second_counts_for_break_even() -> None:
    (wish,) = Exits(GOLD, ExitSettings(trail="none")).wishes(long(), quote(26_511))
    assert isinstance(wish, MoveStop)
    assert wish.tick == 26_501


@pytest.mark.parametrize(("on_evidence", "kind"), [("ask", AskToClose), ("close", Close), ("off", None)])
def test_evidence_against_a_position_asks_once(on_evidence: str, kind: type | None) -> None:
    exits = Exits(GOLD, ExitSettings(evidence=on_evidence))  # type: ignore[arg-type]
    exits.begin()
    events: list[Event] = [armed("sell")]
    exits.hear(events)
    wishes = exits.wishes(long(), quote(26_500))
    assert [type(wish) for wish in wishes] == ([] if kind is None else [kind])
    exits.hear(events)
    assert exits.wishes(long(), quote(26_500)) == []


def test_evidence_for_a_position_asks_nothing() -> None:
    exits = Exits(GOLD)
    exits.begin()
    exits.hear([armed("buy")])
    assert exits.wishes(long(), quote(26_500)) == []
