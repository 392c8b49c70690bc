"""A terminal that does not keep up is noticed and said; one that is closed keeps nobody waiting."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest
from textual._time import get_time
from textual.app import App
from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread
from textual.drivers.headless_driver import HeadlessDriver
from textual.drivers.linux_driver import LinuxDriver

from engines.execution.commands import Confirm
from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.cockpit.terminal import Outlasting, counted
from qmo_tui.cockpit.traffic import Traffic
from tests.qmo_tui.cockpit.running import Seat, seat
from tests.qmo_tui.cockpit.scenes import ScriptedDesk, nothing_yet
from tests.qmo_tui.cockpit.trading_scenes import BUY, TradedDesk, trading


def test_a_write_that_blocks_is_timed() -> None:
    written: list[str] = []
    traffic = Traffic()

    class Slow(HeadlessDriver):
        def write(self, data: str) -> None:
            written.append(data)
            before = time.monotonic()
            while time.monotonic() - before < 0.002:
                pass

    driver = counted(Slow, traffic)
    driver.write(driver.__new__(driver), "▲ picture")
    assert written == ["▲ picture"]
    assert traffic.sent == len("▲ picture".encode())
    assert traffic.waiting == 0  # nobody counts what this one has taken
    assert traffic.take_waited() >= 0.002
    assert traffic.take_waited() == 0


@pytest.mark.parametrize(("waited", "reason"), [(0.2, "slow terminal"), (0.0, "busy")])
async def test_the_status_says_why_the_screen_is_painted_less_often(waited: float, reason: str) -> None:
    async with seat(options=CockpitOptions(frames_per_second=20)) as trader:
        for late in range(3):
            trader.app._frame_loop.traffic.waited += waited
            trader.app._frame_loop.record_lag(trader.clock.now + 0.3 * late, 0.2)
        await trader.frame()
        assert f"10 fps, {reason}" in trader.text("status")


async def test_the_start_is_not_held_against_the_terminal() -> None:
    async with seat(desk=ScriptedDesk(nothing_yet()), options=CockpitOptions(frames_per_second=20)) as trader:
        for late in range(9):
            trader.app._frame_loop.record_lag(trader.clock.now + 0.3 * late, 0.2)
        await trader.frame()
        assert "fps" not in trader.text("status")


@pytest.fixture
def closed_window() -> Iterator[TextIO]:
    """The program's end of a terminal whose window was closed."""
    window, ours = os.openpty()
    os.close(window)
    with os.fdopen(ours, "w") as file:
        yield file
        divert(file)


def divert(file: TextIO) -> None:
    """Let a file that nothing can be written to any longer be closed."""
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), file.fileno())


def test_a_closed_window_takes_whatever_is_still_written(closed_window: TextIO) -> None:
    writer = WriterThread(Outlasting(closed_window, Traffic()))  # type: ignore[arg-type]
    writer.start()
    for _ in range(MAX_QUEUED_WRITES):  # no more, so that a writer that has died fails here rather than hangs
        writer.write("picture\n")
    end = time.monotonic() + 10
    while writer._queue.qsize() and writer.is_alive() and time.monotonic() < end:
        time.sleep(0.001)
    assert writer.is_alive()
    writer.stop()


def test_an_error_that_is_no_closed_window_is_raised() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as file:
        file.write("picture")
        with pytest.raises(BrokenPipeError):
            Outlasting(file, Traffic()).flush()
        divert(file)


async def test_the_drivers_terminal_is_one_that_it_outlasts() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGTSTP, signal.SIGCONT)}
    driver = counted(LinuxDriver, Traffic())(App())
    for number, handler in before.items():
        signal.signal(number, handler)
    assert isinstance(vars(driver)["_file"], Outlasting)


class SlowLine:
    """The traffic of a terminal that takes what it is sent only when it is told to."""

    def __init__(self, trader: Seat) -> None:
        self.traffic = trader.app._frame_loop.traffic
        self.traffic.taken = self.traffic.sent

    def send(self, size: int) -> None:
        self.traffic.sent += size

    def take(self) -> None:
        self.traffic.taken = self.traffic.sent


async def test_frames_do_not_queue_up_before_a_slow_terminal() -> None:
    async with seat(options=CockpitOptions(frames_per_second=20)) as trader:
        line, before = SlowLine(trader), trader.text("status")
        line.send(1)
        for _ in range(3):
            trader.clock.now += 0.1
            trader.desk.script.second += 1
            trader.app._frame_loop.paint_in_turn()
        assert trader.text("status") == before
        assert trader.app._frame_loop.rate.frames_per_second == 10
        line.take()
        trader.app._frame_loop.paint_in_turn()
        assert trader.text("status") != before
        assert "10 fps, slow terminal" in trader.text("status")


async def test_a_key_paints_at_once_unless_the_terminal_is_far_behind() -> None:
    async with seat() as trader:
        line = SlowLine(trader)
        line.send(16_384)
        await trader.press("i")
        assert "5m" in trader.text("chart")
        line.send(1)
        await trader.press("i")
        assert "15m" not in trader.text("chart")
        line.take()
        trader.app._frame_loop.paint_in_turn()
        assert "15m" in trader.text("chart")


async def test_a_prompt_is_confirmed_only_once_the_terminal_has_taken_its_picture() -> None:
    desk = TradedDesk(trading(prompts=(BUY,)))
    async with seat(desk=desk) as trader:
        line = SlowLine(trader)
        line.send(1)
        await trader.press("b")
        await trader.strike("y", get_time() + 5)
        line.take()
        await trader.press("b")
        await asyncio.sleep(0.05)  # the cockpit asks again every hundredth of a second
        await trader.strike("y", get_time() + 10)
    seen = [command.seen for command in desk.pressed if isinstance(command, Confirm)]
    assert seen == [False, True]
