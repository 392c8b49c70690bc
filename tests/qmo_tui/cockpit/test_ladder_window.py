from engines.view import ViewRequest
from qmo_tui.cockpit.ladder_window import NOTE_SECONDS, LadderWindow
from tests.qmo_tui.cockpit.scenes import CENTRE, market, nothing_yet, path_at

ROWS = 21


def look(window: LadderWindow, step: int, now: float = 0.0) -> int | None:
    """Show the window the market at a step, as a frame does; return its top."""
    if window.follow(market(step, ViewRequest(ladder_top=window.top, ladder_rows=ROWS)), now):
        window.follow(market(step, ViewRequest(ladder_rows=ROWS)), now)
    return window.top


def test_it_begins_centred_and_then_stays() -> None:
    window = LadderWindow()
    assert look(window, 0) == CENTRE + ROWS // 2
    assert path_at(4) != path_at(0)
    assert look(window, 4) == CENTRE + ROWS // 2


def test_it_centres_itself_once_the_market_is_at_its_edge_and_says_so() -> None:
    window = LadderWindow()
    look(window, 0)
    far = 600
    assert path_at(far) > CENTRE + ROWS // 2
    assert look(window, far, now=100.0) == path_at(far) + ROWS // 2
    assert window.note(100.0 + NOTE_SECONDS) is not None
    assert window.note(100.1 + NOTE_SECONDS) is None


def test_margin_zero_leaves_all_moving_to_the_trader() -> None:
    window = LadderWindow(margin=0)
    top = look(window, 0)
    assert look(window, 600) == top
    assert window.note(0.0) is None


def test_a_wider_margin_moves_it_earlier() -> None:
    near, wide = LadderWindow(margin=1), LadderWindow(margin=5)
    for window in (near, wide):
        window.top = path_at(0) + 3
        look(window, 0)
    assert near.top == path_at(0) + 3
    assert wide.top == path_at(0) + ROWS // 2


def test_a_trader_who_looks_away_is_left_alone_until_he_centres() -> None:
    window = LadderWindow()
    top = look(window, 0)
    assert top is not None
    window.scroll(50)
    assert look(window, 0) == top + 50
    window.centre()
    assert look(window, 0) == top


def test_it_follows_again_once_the_market_came_back_into_sight() -> None:
    window = LadderWindow()
    top = look(window, 0)
    assert top is not None
    window.scroll(50)
    look(window, 0)
    window.scroll(-50)
    look(window, 0)
    assert look(window, 600) != top


def test_a_new_height_keeps_the_middle() -> None:
    window = LadderWindow()
    window.resize(ROWS)
    top = look(window, 0)
    assert top is not None
    window.resize(ROWS + 10)
    assert window.top == top + 5


def test_nothing_happens_before_there_is_a_market() -> None:
    window = LadderWindow()
    window.scroll(3)
    assert not window.follow(nothing_yet(), 0.0)
    assert window.top is None
