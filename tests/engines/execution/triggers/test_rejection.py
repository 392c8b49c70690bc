"""Rejection: price came to a place where somebody stands, and left it again on the side that the place holds."""

from collections.abc import Iterable

import pytest

from engines.events import Bar, Event, PassiveSide
from engines.execution.entry_settings import TriggerSettings
from engines.execution.setup import Ground
from engines.execution.triggers.places import Places
from engines.execution.triggers.rejection import Rejections
from engines.execution.triggers.sighting import Sighting
from engines.execution.triggers.usual import UsualBars
from engines.view import ZoneMark
from tests.engines.execution.log import AT, NOON, absorption, iceberg, memory, minute, ordinary
from tests.engines.mentor.market import GOLD

FORMED = NOON + 20_000_000_000
"""Twenty seconds into the first minute after noon."""


class Heard:
    """A trigger and what it completed, line by line."""

    def __init__(self, settings: TriggerSettings | None = None) -> None:
        self.places, self.minutes = Places(GOLD), UsualBars()
        self.trigger = Rejections(GOLD, settings or TriggerSettings(), self.places, self.minutes)
        self.sighted: list[Sighting] = []

    def hear(self, events: Iterable[Event]) -> "Heard":
        for event in events:
            self.places.hear(event)
            self.sighted += self.trigger.hear(event)
            if isinstance(event, Bar):
                self.minutes.close(event, round(event.high * 10), round(event.low * 10))
        return self


def test_sellers_hit_a_bid_that_does_not_fall_and_the_minute_closes_half_a_range_above_it() -> None:
    heard = Heard().hear([*ordinary(), absorption(FORMED, "bid", AT - 5, AT - 4), minute(0, AT - 5, AT + 3, AT + 1)])
    (sighted,) = heard.sighted
    assert (sighted.trigger, sighted.side, sighted.zone) == ("rejection", "buy", "absorption-1")
    assert sighted.ground == Ground(AT - 5, AT - 4)
    assert [(one.kind, one.ts, one.id) for one in sighted.reasons] == [
        ("bar", NOON + 60_000_000_000, "1m"),
        ("absorption", FORMED, "absorption-1"),
    ]


def test_the_mirror_of_it_sells() -> None:
    heard = Heard().hear([*ordinary(), absorption(FORMED, "ask", AT + 4, AT + 5), minute(0, AT - 3, AT + 5, AT - 1)])
    assert [(one.side, one.ground) for one in heard.sighted] == [("sell", Ground(AT + 4, AT + 5))]


@pytest.mark.parametrize(
    ("low", "close", "is_one"),
    [
        pytest.param(AT - 4, AT + 1, True, id="touched by a tick, closed half a range away"),
        pytest.param(AT - 3, AT + 1, False, id="not touched"),
        pytest.param(AT - 4, AT, False, id="did not leave far enough"),
        pytest.param(AT - 7, AT + 1, True, id="a quarter of a range through, and back"),
        pytest.param(AT - 8, AT + 1, False, id="traded through it"),
    ],
)
def test_what_a_minute_must_do(low: int, close: int, is_one: bool) -> None:
    heard = Heard().hear([*ordinary(), absorption(FORMED, "bid", AT - 5, AT - 4), minute(0, low, AT + 3, close)])
    assert bool(heard.sighted) == is_one


def test_price_that_went_through_and_came_back_makes_the_ground_deeper() -> None:
    heard = Heard().hear([*ordinary(), absorption(FORMED, "bid", AT - 5, AT - 4), minute(0, AT - 7, AT + 3, AT + 1)])
    assert heard.sighted[0].ground == Ground(AT - 7, AT - 4)


def test_the_touch_may_lie_some_minutes_back_but_not_many() -> None:
    touch = minute(0, AT - 5, AT - 1, AT - 2)
    between = [minute(1, AT - 3, AT + 1, AT), minute(2, AT - 3, AT, AT)]
    zone = absorption(FORMED, "bid", AT - 5, AT - 4)
    assert Heard().hear([*ordinary(), zone, touch, between[0], minute(2, AT - 3, AT + 3, AT + 2)]).sighted
    assert not Heard().hear([*ordinary(), zone, touch, *between, minute(3, AT - 3, AT + 3, AT + 2)]).sighted


def test_one_touch_is_rejected_once_and_the_next_touch_again() -> None:
    heard = Heard().hear([*ordinary(), absorption(FORMED, "bid", AT - 5, AT - 4), minute(0, AT - 5, AT + 3, AT + 1)])
    heard.hear([minute(1, AT - 1, AT + 5, AT + 4)])
    assert len(heard.sighted) == 1
    heard.hear([minute(2, AT - 4, AT + 5, AT + 4)])
    assert len(heard.sighted) == 2


def test_a_zone_found_after_the_touch_was_not_rejected() -> None:
    later = NOON + 70_000_000_000
    heard = Heard().hear([*ordinary(), minute(0, AT - 5, AT + 3, AT - 1), absorption(later, "bid", AT - 5, AT - 4)])
    assert not heard.hear([minute(1, AT - 1, AT + 5, AT + 4)]).sighted


@pytest.mark.parametrize("state", ["broken", "expired"])
def test_a_zone_that_ended_rejects_nothing(state: str) -> None:
    zone = absorption(FORMED, "bid", AT - 5, AT - 4)
    over = absorption(FORMED + 1, "bid", AT - 5, AT - 4, "broken" if state == "broken" else "expired")
    assert not Heard().hear([*ordinary(), zone, over, minute(0, AT - 5, AT + 3, AT + 1)]).sighted


@pytest.mark.parametrize(("filled", "is_one"), [(10, True), (9, False)])
def test_an_iceberg_counts_once_it_filled_a_tenth_of_a_minutes_volume(filled: int, is_one: bool) -> None:
    heard = Heard().hear([*ordinary(), iceberg(FORMED, "bid", AT - 4, filled), minute(0, AT - 4, AT + 3, AT + 1)])
    assert bool(heard.sighted) == is_one


@pytest.mark.parametrize(("strength", "is_one"), [(0.55, True), (0.54, False)])
def test_memory_counts_by_its_strength(strength: float, is_one: bool) -> None:
    zone = memory(FORMED, "ask", AT + 4, AT + 6, strength)
    assert bool(Heard().hear([*ordinary(), zone, minute(0, AT - 3, AT + 4, AT - 1)]).sighted) == is_one


def test_several_places_at_once_are_one_setup_that_names_them() -> None:
    places = [absorption(FORMED, "bid", AT - 5, AT - 4), iceberg(FORMED + 1, "bid", AT - 4, 50)]
    (sighted,) = Heard().hear([*ordinary(), *places, minute(0, AT - 5, AT + 3, AT + 1)]).sighted
    assert sighted.zone == "absorption-1"
    assert [one.kind for one in sighted.reasons] == ["bar", "absorption", "iceberg"]


def test_before_anything_is_usual_nothing_is_rejected() -> None:
    assert not Heard().hear([absorption(FORMED, "bid", AT - 5, AT - 4), minute(0, AT - 5, AT + 9, AT + 8)]).sighted


def test_minutes_on_both_sides_of_a_silence_are_no_visit() -> None:
    zone, touch = absorption(FORMED, "bid", AT - 5, AT - 4), minute(0, AT - 5, AT - 1, AT - 2)
    heard = Heard().hear([*ordinary(), zone, touch, minute(5, AT + 1, AT + 4, AT + 2, gap=4)])
    assert not heard.sighted


def pool(side: PassiveSide, tick: int, draws: float) -> ZoneMark:
    return ZoneMark(
        f"pool-{tick}", "pool", "prior day low", side, tick, tick, NOON - 1, NOON - 1, "untouched", True, draws, ()
    )


@pytest.mark.parametrize(("draws", "is_one"), [(0.9, True), (0.35, False)])
def test_pools_are_read_from_the_view_once_a_minute(draws: float, is_one: bool) -> None:
    heard = Heard().hear([*ordinary(), minute(0, AT - 4, AT + 3, AT + 1)])
    sighted = list(heard.trigger.look_at_pools([pool("bid", AT - 4, draws)]))
    assert [(one.side, one.zone) for one in sighted] == ([("buy", None)] if is_one else [])
    assert not list(heard.trigger.look_at_pools([pool("bid", AT - 4, draws)]))
