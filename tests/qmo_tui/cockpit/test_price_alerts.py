"""Price alerts ring once, when the market's own clock brings a trade there, and outlive the program."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engines.view import MarketView
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.price_alerts import MOST, PriceAlerts
from qmo_tui.price_alert_file import PriceAlertFile
from qmo_tui.session.playback import Playback
from tests.qmo_tui.cockpit.scenes import CENTRE, SECOND, START, market

HERE = CENTRE
"""The market at the begin: tick of 4810.00."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "alerts.json"


def traded(last: int | None, second: float = 0, extent: tuple[int, int] | None = None, **more: Any) -> Frame:
    """A frame some seconds on, whose market traded last at a tick, and over a range since the frame before."""
    view: MarketView = replace(market(), last=last, event_time=START + round(second * SECOND), extent=extent)
    return Frame(view, **more)


def watching(path: Path, *ticks: int) -> PriceAlerts:
    """Alerts that were set at ticks while the market stood here."""
    alerts = PriceAlerts(PriceAlertFile(path))
    alerts.reached(traded(HERE))
    for tick in ticks:
        alerts.toggle(tick)
    return alerts


def test_a_level_rings_once_when_price_comes_to_it(path: Path) -> None:
    alerts = watching(path, HERE + 4)
    assert alerts.reached(traded(HERE + 3, 1)) == []
    assert alerts.reached(traded(HERE + 4, 2)) == ["4811.00 has been reached"]
    assert alerts.reached(traded(HERE + 3, 3)) == alerts.reached(traded(HERE + 4, 4)) == []
    assert alerts.ticks == ()


def test_a_touch_between_two_frames_counts(path: Path) -> None:
    alerts = watching(path, HERE - 8)
    assert alerts.reached(traded(HERE, 5, extent=(HERE - 8, HERE + 1))) == ["4808.00 has been reached"]


def test_a_gap_across_a_level_counts(path: Path) -> None:
    alerts = watching(path, HERE + 4, HERE - 4)
    assert alerts.reached(traded(HERE + 10, 5, extent=(HERE + 10, HERE + 10))) == ["4811.00 has been reached"]
    assert alerts.ticks == (HERE - 4,)


def test_what_traded_before_a_level_was_set_does_not_ring_it(path: Path) -> None:
    alerts = watching(path, HERE + 4)
    # Asked for from the next second on: this one has trades from before.
    assert alerts.extent_since == (START // SECOND + 1) * SECOND
    alerts.reached(traded(HERE + 1, 10))
    assert alerts.extent_since == (START // SECOND + 10) * SECOND


def test_nothing_is_asked_for_while_no_level_stands(path: Path) -> None:
    assert watching(path).extent_since is None


def test_a_replay_on_its_way_and_one_that_went_back_ring_nothing(path: Path) -> None:
    alerts = watching(path, HERE + 4)
    assert alerts.reached(traded(HERE + 8, 60, playback=Playback(seeking=True))) == []
    assert alerts.reached(traded(HERE + 8, 61)) == []
    assert alerts.reached(traded(HERE, 2)) == []
    assert alerts.reached(traded(HERE + 4, 3)) == ["4811.00 has been reached"]


def test_a_market_without_a_price_rings_nothing(path: Path) -> None:
    alerts = watching(path, HERE + 4)
    assert alerts.reached(traded(None, 1)) == []


def test_levels_outlive_the_program_and_ring_where_the_market_stands_at_once(path: Path) -> None:
    watching(path, HERE + 4, HERE - 4)
    later = PriceAlerts(PriceAlertFile(path))
    assert later.reached(traded(HERE + 2)) == []
    assert later.ticks == (HERE - 4, HERE + 4)
    assert later.reached(traded(HERE + 4, 1)) == ["4811.00 has been reached"]
    assert PriceAlertFile(path).read("replay ESH4") == [4809.0]


def test_what_two_programs_set_and_take_away_is_kept(path: Path) -> None:
    ours, others = watching(path, HERE + 4), watching(path, HERE - 4)
    assert ours.toggle(HERE + 8) == "alert at 4812.00; T there takes it away"
    assert others.toggle(HERE - 4) == "no alert at 4809.00"
    assert others.ticks == (HERE + 4, HERE + 8)
    assert ours.reached(traded(HERE + 8, 1, extent=(HERE + 8, HERE + 8))) == [
        "4811.00 has been reached",
        "4812.00 has been reached",
    ]
    assert (ours.ticks, PriceAlertFile(path).read("replay ESH4")) == ((), [])


def test_what_another_program_set_does_not_ring_for_what_traded_before_it_was_known(path: Path) -> None:
    ours, others = watching(path, HERE + 4), watching(path)
    others.toggle(HERE + 6)
    ours.toggle(HERE + 8)
    assert ours.ticks == (HERE + 4, HERE + 6, HERE + 8)
    assert ours.extent_since == (START // SECOND + 1) * SECOND


def test_a_level_that_could_not_be_kept_is_kept_with_the_next_change(tmp_path: Path) -> None:
    (tmp_path / "folder").touch()
    alerts = watching(tmp_path / "folder" / "alerts.json", HERE + 4)
    (tmp_path / "folder").unlink()
    alerts.toggle(HERE + 8)
    assert PriceAlertFile(tmp_path / "folder" / "alerts.json").read("replay ESH4") == [4811.0, 4812.0]
    assert alerts.ticks == (HERE + 4, HERE + 8)


def test_levels_of_a_screen_that_only_watches_are_its_own(home: Path) -> None:
    alerts = PriceAlerts(None)
    alerts.reached(traded(HERE))
    assert alerts.toggle(HERE + 4) == "alert at 4811.00; T there takes it away"
    assert alerts.reached(traded(HERE + 4, 1)) == ["4811.00 has been reached"]
    assert not home.exists()


def test_the_key_sets_takes_away_lists_and_refuses(path: Path) -> None:
    alerts = watching(path)
    assert alerts.toggle(None) == "no price alerts; e or h puts a cursor on a price, T there sets one"
    assert alerts.toggle(HERE) == "the market is at 4810.00 already"
    assert alerts.toggle(HERE + 4) == "alert at 4811.00; T there takes it away"
    assert alerts.toggle(HERE - 4) == "alert at 4809.00; T there takes it away"
    assert alerts.toggle(None) == "price alerts at 4811.00, 4809.00; T at a cursor (e, h) sets one or takes it away"
    assert alerts.toggle(HERE + 4) == "no alert at 4811.00"
    assert alerts.ticks == (HERE - 4,)


def test_there_is_a_most_of_them(path: Path) -> None:
    alerts = watching(path, *(HERE + number for number in range(1, MOST + 1)))
    assert alerts.toggle(HERE - 1) == f"{MOST} price alerts stand already: take one away first"
    assert len(alerts.ticks) == MOST


def test_before_there_is_a_market_it_says_so(path: Path) -> None:
    assert PriceAlerts(PriceAlertFile(path)).toggle(HERE) == "there is no market to set an alert in yet"


def test_levels_that_cannot_be_kept_hold_for_the_session_and_say_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    alerts = PriceAlerts(PriceAlertFile(tmp_path / "file" / "alerts.json"))
    alerts.reached(traded(HERE))
    assert alerts.toggle(HERE + 4) == "price alerts are not kept: Not a directory"
    assert alerts.reached(traded(HERE + 4, 1)) == [
        "4811.00 has been reached; price alerts are not kept: Not a directory"
    ]
