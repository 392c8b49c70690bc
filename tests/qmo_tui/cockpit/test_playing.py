import pytest

from qmo_tui.cockpit.playing import ARMED, GOING_BACK, LIVE, SPEEDS, TransportKeys, next_speed
from qmo_tui.session.landmarks import Landmark
from tests.qmo_tui.cockpit.scenes import SECOND, START, ScriptedDesk, ScriptedTransport


class SlowTransport(ScriptedTransport):
    """A transport that arrives where it is sent only when the test says so."""

    at: int | None = START

    @property
    def position(self) -> int | None:
        return self.at


class Deck:
    """A transport under keys, and a trader who may hold something or have a prompt armed."""

    def __init__(self) -> None:
        self.desk = ScriptedDesk()
        self.transport = self.desk.script = self.desk.transport = SlowTransport()
        self.clock = 0.0
        self.is_in_market = self.is_armed = False
        self.keys = TransportKeys(
            self.desk,
            lambda: self.clock,
            is_in_market=lambda: self.is_in_market,
            is_armed=lambda: self.is_armed,
        )

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


@pytest.mark.parametrize(
    ("name", "wanted"), [("seek_zone", "zone"), ("seek_prompt", "prompt"), ("seek_alert", "alert")]
)
def test_what_comes_next_is_looked_for_and_the_same_key_ends_that(name: str, wanted: str) -> None:
    deck = Deck()
    assert deck.press(name) is None
    assert deck.press(name) == f"no longer looking for the next {wanted}"
    assert deck.transport.told == [f"seek next {wanted}", "pause"]


def test_space_ends_a_search_where_it_is() -> None:
    deck = Deck()
    deck.transport.paused = True
    deck.press("seek_zone")
    deck.press("pause")
    assert deck.transport.told == ["seek next zone", "pause"]


@pytest.mark.parametrize("name", ["seek_zone", "ahead_minute", "ahead_ten", "go_to_end", "step_minute"])
def test_an_armed_prompt_is_not_left_alone_with_a_market_that_runs_unseen(name: str) -> None:
    deck = Deck()
    deck.is_armed = True
    assert deck.press(name) == ARMED
    assert deck.keys.seek_place(0.99) == ARMED
    assert deck.transport.told == []


def test_going_back_with_an_open_position_takes_a_second_press_soon() -> None:
    deck = Deck()
    deck.transport.at = START + 600 * SECOND
    deck.is_in_market = True
    for name in ("back_minute", "go_to_start", "back_ten"):
        assert deck.press(name) == GOING_BACK
        deck.clock += 6
    assert deck.keys.seek_place(0.01) == GOING_BACK
    assert deck.transport.told == []
    deck.clock += 4
    deck.press("back_minute")
    assert deck.transport.told == ["seek 540"]


def test_going_ahead_with_an_open_position_is_not_asked_about() -> None:
    deck = Deck()
    deck.is_in_market = True
    deck.press("ahead_minute")
    assert deck.transport.told == ["seek 60"]


def test_one_key_sets_where_a_loop_begins_and_ends_and_lets_it_be() -> None:
    deck = Deck()
    seen = []
    for second in (0, 90, 95):
        deck.transport.at = START + second * SECOND
        deck.press("loop")
        seen.append((deck.keys.loop_from, list(deck.transport.told)))
    assert seen == [(START, []), (None, ["loop [0, 90]"]), (None, ["loop [0, 90]", "loop off"])]


def test_a_loop_may_be_marked_from_its_end_and_takes_a_second_at_least() -> None:
    deck = Deck()
    deck.transport.at = START + 90 * SECOND
    deck.press("loop")
    deck.transport.at = START + 30 * SECOND
    deck.press("loop")
    assert deck.transport.told == ["loop [30, 90]"]
    deck.press("loop")
    deck.press("loop")
    assert "a second at least" in (deck.press("loop") or "")


def test_a_jump_out_of_a_loop_ends_it_and_one_within_does_not() -> None:
    deck = Deck()
    deck.transport.loop = (START, START + 100 * SECOND)
    assert deck.press("ahead_minute") is None
    assert deck.press("ahead_ten") == "the loop is off: this lies outside of it"
    assert deck.transport.told == ["seek 60", "loop off", "seek 660"]


def test_the_last_mark_is_gone_back_to_and_named() -> None:
    deck = Deck()
    deck.transport.at = START + 600 * SECOND
    assert deck.press("back_mark") == "there is no mark before this"
    deck.desk.landmarks = tuple(
        Landmark(START + second * SECOND, "absorption", f"number {second}") for second in (100, 300, 599, 700)
    )
    assert deck.press("back_mark") == "number 300"
    deck.transport.at = START + 301 * SECOND
    assert deck.press("back_mark") == "number 100"
    assert deck.transport.told == ["seek 301", "seek 101"]


def test_a_click_counts_along_what_has_been_played_where_there_is_no_end() -> None:
    deck = Deck()
    deck.transport.endless, deck.transport.end = True, None
    deck.transport.at = START + 1_000 * SECOND
    assert deck.keys.seek_place(0.25) is None
    assert deck.transport.told == ["seek 250"]


def test_the_present_has_no_transport() -> None:
    desk = ScriptedDesk()
    desk.transport = None
    keys = TransportKeys(desk, lambda: 0.0, is_in_market=lambda: False, is_armed=lambda: False)
    assert {command() for command in keys.commands().values()} == {LIVE}
    assert keys.seek_place(0.5) == keys.set_speed(2.0) == LIVE
