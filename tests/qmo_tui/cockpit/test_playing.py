import pytest

from qmo_tui.cockpit.playing import SPEEDS, TransportKeys, next_speed
from tests.qmo_tui.cockpit.scenes import SECOND, START, ScriptedTransport


class SlowTransport(ScriptedTransport):
    """A transport that arrives where it is sent only when the test says so."""

    at: int | None = START

    @property
    def position(self) -> int | None:
        return self.at


class Deck:
    """A transport under keys."""

    def __init__(self) -> None:
        self.transport = SlowTransport()
        self.keys = TransportKeys(self.transport)

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


def test_three_presses_go_three_minutes_though_none_has_arrived() -> None:
    deck = Deck()
    for _ in range(3):
        deck.press("ahead_minute")
    assert deck.transport.told == ["seek 60", "seek 120", "seek 180"]


def test_a_jump_that_has_arrived_counts_from_where_playing_is_now() -> None:
    deck = Deck()
    deck.press("ahead_minute")
    deck.transport.at = START + 100 * SECOND
    deck.press("back_minute")
    assert deck.transport.told == ["seek 60", "seek 40"]


def test_a_jump_back_counts_though_the_recording_is_being_started_again() -> None:
    deck = Deck()
    deck.transport.at = START + 600 * SECOND
    deck.press("back_minute")
    deck.transport.at = None
    deck.press("back_minute")
    assert deck.transport.told == ["seek 540", "seek 480"]


def test_jumps_stay_inside_the_recording() -> None:
    deck = Deck()
    deck.press("back_ten")
    deck.transport.at = START + 6_990 * SECOND
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
    deck.transport.start = deck.transport.end = deck.transport.at = None
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
