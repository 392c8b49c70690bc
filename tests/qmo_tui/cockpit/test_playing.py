import pytest

from qmo_tui.cockpit.playing import SPEEDS, TransportKeys, next_speed
from tests.qmo_tui.cockpit.scenes import SECOND, START, ScriptedTransport


class Deck:
    """A transport under keys, with the time the screen shows."""

    def __init__(self) -> None:
        self.transport = ScriptedTransport()
        self.shown: int | None = START
        self.keys = TransportKeys(self.transport, lambda: self.shown)

    def press(self, name: str) -> str | None:
        return self.keys.commands()[name]()


def test_pause_and_play_on() -> None:
    deck = Deck()
    deck.press("pause")
    deck.press("pause")
    assert deck.transport.told == ["pause", "resume"]


def test_speeds_go_up_to_max_and_down_to_a_tenth() -> None:
    speeds: list[float | None] = [0.1]
    while speeds[-1] is not None:
        speeds.append(next_speed(speeds[-1], +1))
    assert tuple(speeds) == SPEEDS
    assert next_speed(None, +1) is None
    assert next_speed(None, -1) == 300
    assert next_speed(0.1, -1) == 0.1
    assert (next_speed(7.0, +1), next_speed(7.0, -1)) == (10.0, 5.0)


def test_steps_reach_the_transport() -> None:
    deck = Deck()
    for name in ("step_event", "step_second", "step_minute"):
        assert deck.press(name) is None
    assert deck.transport.told == ["step event", "step second", "step minute"]


def test_three_presses_go_three_minutes_though_nothing_is_shown_yet() -> None:
    deck = Deck()
    for _ in range(3):
        deck.press("ahead_minute")
    assert deck.transport.told == ["seek 60", "seek 120", "seek 180"]


def test_a_jump_into_a_quiet_stretch_counts_from_where_it_went() -> None:
    deck = Deck()
    deck.press("ahead_minute")
    deck.shown = START + 12 * SECOND  # the last event before the minute was up
    deck.press("ahead_minute")
    assert deck.transport.told == ["seek 60", "seek 120"]


def test_a_jump_counts_from_the_market_once_it_has_passed_the_last_one() -> None:
    deck = Deck()
    deck.press("ahead_minute")
    deck.shown = START + 100 * SECOND
    deck.press("back_minute")
    assert deck.transport.told == ["seek 60", "seek 40"]


def test_jumps_stay_inside_the_recording() -> None:
    deck = Deck()
    deck.press("back_ten")
    deck.shown = START + 6_990 * SECOND
    deck.press("ahead_ten")
    assert deck.transport.told == ["seek 0", "seek 7000"]


def test_start_and_end() -> None:
    deck = Deck()
    deck.press("go_to_end")
    deck.press("go_to_start")
    assert deck.transport.told == ["seek 7000", "seek 0"]


@pytest.mark.parametrize("name", ["go_to_start", "go_to_end", "ahead_minute"])
def test_what_is_not_known_is_said(name: str) -> None:
    deck = Deck()
    deck.transport.start = deck.transport.end = deck.shown = None
    assert deck.press(name) is not None
    assert deck.transport.told == []


@pytest.mark.parametrize("name", ["pause", "step_event", "step_minute"])
def test_after_the_end_a_key_says_why_nothing_happens(name: str) -> None:
    deck = Deck()
    deck.transport.finished = True
    answer = deck.press(name)
    assert answer is not None
    assert "end of the recording" in answer
    assert deck.transport.told == []
