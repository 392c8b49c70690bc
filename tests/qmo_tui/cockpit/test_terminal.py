"""A terminal that does not keep up is noticed and said."""

import time

import pytest
from textual.drivers.headless_driver import HeadlessDriver

from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.cockpit.terminal import timed
from tests.qmo_tui.cockpit.running import seat
from tests.qmo_tui.cockpit.scenes import ScriptedDesk, nothing_yet


def test_a_write_that_blocks_is_timed() -> None:
    written: list[str] = []
    waits: list[float] = []

    class Slow(HeadlessDriver):
        def write(self, data: str) -> None:
            written.append(data)
            before = time.monotonic()
            while time.monotonic() - before < 0.002:
                pass

    driver = timed(Slow, waits.append)
    driver.write(driver.__new__(driver), "picture")
    assert written == ["picture"]
    assert waits[0] >= 0.002


@pytest.mark.parametrize(("waited", "reason"), [(0.2, "slow terminal"), (0.0, "busy")])
async def test_the_status_says_why_the_screen_is_painted_less_often(waited: float, reason: str) -> None:
    async with seat(options=CockpitOptions(frames_per_second=20)) as trader:
        for late in range(3):
            trader.app._count_waiting(waited)
            trader.app._record_lag(trader.clock.now + 0.3 * late, 0.2)
        await trader.frame()
        assert f"10 fps, {reason}" in trader.text("status")


async def test_the_start_is_not_held_against_the_terminal() -> None:
    async with seat(desk=ScriptedDesk(nothing_yet()), options=CockpitOptions(frames_per_second=20)) as trader:
        for late in range(9):
            trader.app._record_lag(trader.clock.now + 0.3 * late, 0.2)
        await trader.frame()
        assert "fps" not in trader.text("status")
