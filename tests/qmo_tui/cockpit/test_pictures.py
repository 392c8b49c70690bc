"""The pictures in the documentation: the real session, as the cockpit shows it at one moment, in four sizes."""

import asyncio
from pathlib import Path
from typing import Final

import pytest

from engines.view import ViewRequest
from feeds.recording import Recording
from feeds.replay import Replay
from qmo_tui.cockpit.app import CockpitApp
from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.session.replay import ReplaySession
from qmo_tui.settings import Settings
from tests.qmo_tui.cockpit.kept_pictures import assert_picture, picture_of
from tests.qmo_tui.cockpit.running import StillClock

MOMENT: Final = 1_703_547_037_000_000_000
"""18:30:37 New York: an iceberg bids at 4810.25, 142 lots filled behind a display of 26."""
BEFORE_THE_OPEN: Final = 1_703_545_190_000_000_000


async def _picture(data: Path, size: tuple[int, int], moment: int, *keys: str) -> str:
    """Return an SVG of the cockpit with the real session paused at a moment, after some keys."""
    recording = Recording([data / "esh4-20231225.mbo.dbn.zst"])
    clock = StillClock()
    transport = Replay(recording, since=moment, clock=clock)
    transport.pause()
    session = ReplaySession(recording, Settings(), transport, clock=clock)
    app = CockpitApp(session, CockpitOptions(frames_per_second=1), clock)
    async with app.run_test(size=size) as pilot:
        playing = asyncio.create_task(session.run())
        while transport.end is None or transport.seeking or not session.view(ViewRequest()).sequence:  # noqa: ASYNC110
            await asyncio.sleep(0)  # the session's own turn, not a wait
        # Frames painted on the way may have centred the ladder anywhere: centre it here, then let the notes of it fade.
        await pilot.press("c")
        for _ in range(3):
            app.paint_frame()
            await pilot.pause()
        clock.now += 60
        await pilot.press(*keys)
        app.paint_frame()
        await pilot.pause()
        svg = picture_of(app)
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
    return svg


@pytest.mark.parametrize(
    ("name", "size", "moment", "keys"),
    [
        ("replay-160x50", (160, 50), MOMENT, ()),
        ("replay-120x40", (120, 40), MOMENT, ()),
        ("replay-100x30", (100, 30), MOMENT, ()),
        ("replay-80x24", (80, 24), MOMENT, ()),
        ("replay-footprint", (160, 50), MOMENT, ("v",)),
        ("replay-zones", (160, 50), MOMENT, ("j", "o")),
        ("replay-help", (160, 50), MOMENT, ("question_mark",)),
        ("replay-commands", (100, 30), MOMENT, ("colon", "n", "e", "x", "t")),
        ("replay-pre-open", (100, 30), BEFORE_THE_OPEN, ()),
    ],
)
async def test_the_picture_in_the_documentation_is_what_the_cockpit_shows(
    data: Path, name: str, size: tuple[int, int], moment: int, keys: tuple[str, ...]
) -> None:
    assert_picture(name, await _picture(data, size, moment, *keys))
