"""What a prompt that was not taken would have made, told carefully: by seconds, through limits, stops first."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from engines.book.layout import MINUTE_NS, SECOND_NS
from engines.execution.hindsight import MOST, SECONDS, Hindsights
from engines.execution.prompt import Waiting
from engines.execution.prompts import Ended
from engines.execution.setup import Setup
from engines.trading_events import Hindsight
from engines.view import BarRow
from tests.engines.execution.log import AT, NOON
from tests.engines.execution.waiting import GC, setup

LIFE = 5 * MINUTE_NS
FLAT = NOON + 60 * MINUTE_NS


def waiting(what: Setup | None = None, contracts: int = 2, number: int = 1) -> Waiting:
    """Two lots of GC that lose (10 + 1) ticks and $5 of fees each: $230 is one R."""
    return Waiting(
        number=number,
        setup=what or setup(),
        product=GC,
        contracts=contracts,
        lot_risk_cents=11_500,
        slip=1,
        distance=2,
        is_manual=False,
    )


def second(
    number: int, low: int, high: int | None = None, close: int | None = None, *, complete: bool = True
) -> BarRow:
    high = low if high is None else high
    close = low if close is None else close
    start = NOON + number * SECOND_NS
    return BarRow(start, low, high, low, close, 1, 1, 0, 0, 1, 0, complete)


def seen(*bars: BarRow, prompt: Waiting | None = None, now: int = NOON + MINUTE_NS) -> list[Hindsight]:
    hindsights = Hindsights(LIFE)
    hindsights.follow([Ended(prompt or waiting(), "rejected")], FLAT)
    return hindsights.take(bars, now)


FILLED = second(3, AT - 1, AT + 2)
"""A second that trades through the limit."""


def outcome(bars: Sequence[BarRow], prompt: Waiting | None = None) -> tuple[str, float | None] | None:
    found = seen(*bars, prompt=prompt)
    return (found[0].outcome, found[0].r) if found else None


@pytest.mark.parametrize(
    ("bars", "expected"),
    [
        pytest.param([second(3, AT, AT + 40)], None, id="touched, not traded through: nothing is known yet"),
        pytest.param([FILLED], None, id="filled, and neither stop nor target"),
        pytest.param([FILLED, second(4, AT - 10)], ("lost", -1.0), id="at the stop: one R, costs and all"),
        pytest.param([second(3, AT - 10, AT + 30)], ("lost", -1.0), id="filled and at the stop in one second"),
        pytest.param(
            [second(3, AT - 1, AT + 30), second(4, AT)], None, id="targets in the second of the fill are none"
        ),
        pytest.param([FILLED, second(4, AT - 10, AT + 30)], ("lost", -1.0), id="stop and target in one second: stop"),
        pytest.param(
            [FILLED, second(4, AT, AT + 15), second(5, AT)], None, id="a target is traded through, not touched"
        ),
        pytest.param(
            [FILLED, second(4, AT, AT + 16), second(9, AT, AT + 26)],
            ("won", round((150 + 250 - 10) / 230, 2)),
            id="both targets",
        ),
        pytest.param(
            [FILLED, second(4, AT, AT + 16), second(9, AT - 10)],
            ("won", round((150 - 110 - 10) / 230, 2)),
            id="the first target, then the stop",
        ),
    ],
)
def test_by_what_traded(bars: list[BarRow], expected: tuple[str, float | None] | None) -> None:
    assert outcome(bars) == expected


def test_selling_is_the_mirror() -> None:
    bars = [second(3, AT - 2, AT + 1), second(4, AT - 16, AT), second(5, AT - 26, AT)]
    assert outcome(bars, waiting(setup("sell"))) == ("won", round((150 + 250 - 10) / 230, 2))


def test_a_market_order_is_filled_at_the_quote_that_it_arose_at() -> None:
    assert outcome([second(0, AT - 10)], waiting(replace(setup(), order="market"))) == ("lost", -1.0)


def test_a_stop_entry_fills_at_its_trigger() -> None:
    manual = waiting(replace(setup(), order="stop"))
    assert outcome([second(1, AT - 10, AT - 5)], manual) is None
    assert outcome([second(1, AT - 5, AT), second(2, AT - 10)], manual) == ("lost", -1.0)


def test_a_limit_that_never_trades_is_no_trade() -> None:
    (found,) = seen(second(3, AT, AT + 40), now=NOON + LIFE)
    assert (found.outcome, found.r, found.mfe, found.mae) == ("never_filled", None, None, None)
    assert found.ts == NOON + LIFE


def test_a_fill_after_its_order_was_withdrawn_is_none() -> None:
    (found,) = seen(second(301, AT - 20), now=NOON + LIFE + 2 * SECOND_NS)
    assert found.outcome == "never_filled"


def test_what_is_open_when_it_would_have_been_flattened_leaves_at_the_last_trade() -> None:
    (found,) = seen(FILLED, second(60, AT + 6), now=FLAT)
    assert (found.outcome, found.ts, found.r) == ("undecided", FLAT, round((2 * 60 - 10) / 230, 2))


def test_excursions_are_of_one_lot_in_dollars() -> None:
    (found,) = seen(FILLED, second(4, AT - 4, AT + 12), second(5, AT - 11))
    assert (found.mfe, found.mae) == (120.0, 100.0)


def test_the_second_that_it_arose_in_does_not_count() -> None:
    late = waiting(setup(now=NOON + SECOND_NS // 2))
    assert outcome([second(0, AT - 20), second(2, AT + 1)], late) is None


def test_seconds_are_read_once_however_often_they_are_shown() -> None:
    hindsights = Hindsights(LIFE)
    hindsights.follow([Ended(waiting(), "expired")], FLAT)
    bars = [FILLED, second(4, AT, AT + 16)]
    assert not hindsights.take(bars, NOON + MINUTE_NS)
    (found,) = hindsights.take([*bars, second(5, AT - 10)], NOON + 2 * MINUTE_NS)
    assert found.r == round((150 - 110 - 10) / 230, 2)


def test_an_open_second_waits() -> None:
    assert not seen(FILLED, second(4, AT - 10, complete=False))


def test_seconds_that_were_never_shown_leave_it_undecided() -> None:
    bars = [second(30 + number, AT + 1) for number in range(SECONDS.bars)]
    (found,) = seen(*bars)
    assert (found.outcome, found.r, found.reason) == ("undecided", None, "not all that traded was seen")


def test_the_end_of_the_session_leaves_it_undecided() -> None:
    hindsights = Hindsights(LIFE)
    hindsights.follow([Ended(waiting(), "snoozed")], FLAT)
    hindsights.take([FILLED], NOON + MINUTE_NS)
    (found,) = hindsights.finish(NOON + 2 * MINUTE_NS)
    assert (found.outcome, found.r, found.action) == ("undecided", None, "snoozed")
    assert not hindsights.finish(NOON + 2 * MINUTE_NS)


def test_it_looks_once_a_minute_and_only_while_it_follows_something() -> None:
    hindsights = Hindsights(LIFE)
    assert not hindsights.is_due(NOON)
    hindsights.follow([Ended(waiting(), "expired")], FLAT)
    assert hindsights.is_due(NOON)
    hindsights.take([], NOON)
    assert not hindsights.is_due(NOON + MINUTE_NS - 1)
    assert hindsights.is_due(NOON + MINUTE_NS)


def test_it_follows_so_many_and_gives_up_the_oldest() -> None:
    hindsights = Hindsights(LIFE)
    ended = [Ended(waiting(number=number), "expired") for number in range(1, MOST + 3)]
    assert [found.prompt for found in hindsights.follow(ended, FLAT)] == ["prompt-1", "prompt-2"]
    assert len(hindsights.finish(NOON)) == MOST
