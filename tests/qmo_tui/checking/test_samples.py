"""Records read aloud: action, side, lots, price."""

import pytest

from feeds.records import F_LAST, F_SNAPSHOT, UNDEFINED_PRICE, UNDEFINED_SIZE
from qmo_tui.checking.samples import Sample, samples
from tests.feeds.streams import SECOND, START, orders, trades


@pytest.mark.parametrize(
    ("action", "side", "told"),
    [
        ("T", "B", ("trade", "buy")),
        ("T", "A", ("trade", "sell")),
        ("T", "N", ("trade", None)),
        ("F", "B", ("fill", "bid")),
        ("A", "A", ("add", "ask")),
        ("C", "B", ("cancel", "bid")),
        ("M", "A", ("modify", "ask")),
        ("N", "N", ("", None)),
    ],
)
def test_a_trade_has_an_aggressor_and_an_order_a_side(action: str, side: str, told: tuple[str, str | None]) -> None:
    (sample,) = samples(orders(1, action=ord(action), side=ord(side)))
    assert (sample.action, sample.side) == told


def test_what_a_clear_does_not_state_is_unknown() -> None:
    (sample,) = samples(orders(1, action=ord("R"), side=ord("N"), price=UNDEFINED_PRICE, size=UNDEFINED_SIZE))
    assert sample == Sample(START, "clear", None, None, None)


def test_a_snapshot_is_no_news() -> None:
    told = list(samples(orders(3, flags=[F_SNAPSHOT, F_SNAPSHOT | F_LAST, F_LAST])))
    assert [sample.ts_event for sample in told] == [START + 2 * SECOND]


def test_a_size_is_in_lots_and_a_price_in_wire_units() -> None:
    (sample,) = samples(trades(1, size=7, price=2_034_500_000_000))
    assert (sample.size, sample.price) == (7, 2_034_500_000_000)
