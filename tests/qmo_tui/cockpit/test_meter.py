"""What the screen costs is counted and told in a row; a long day leaves nothing behind."""

import gc
from asyncio import TimerHandle
from collections.abc import Iterable
from contextvars import Context

import pytest

from qmo_tui.cockpit.frame import Frame, Pace
from qmo_tui.cockpit.meter import Meter, Reading, quantile
from qmo_tui.cockpit.painting.meter import paint_meter
from qmo_tui.cockpit.painting.spans import text_of
from qmo_tui.cockpit.traffic import Traffic
from tests.qmo_tui.cockpit.inks import assert_sound
from tests.qmo_tui.cockpit.running import Seat, StillClock, seat
from tests.qmo_tui.cockpit.scenes import market

READING = Reading(20.0, 0.0012, 0.0084, 3_700.0, 1_536, 0.42, 21.0, 0.0006)


def test_a_second_is_counted() -> None:
    clock, processor, traffic = StillClock(), StillClock(), Traffic()
    meter = Meter(traffic, clock, processor)
    assert meter.read() is None
    for number in range(20):
        meter.frame()
        meter.view(0.001)
        meter.lag(number / 1_000)
        traffic.sent += 3_000
    clock.now += 2.0
    processor.now += 0.5
    read = meter.read()
    assert read is not None
    assert (read.frames, read.views, read.bytes_a_frame, read.cores) == (10.0, 10.0, 3_000.0, 0.25)
    assert (read.lag_median, read.lag_p99) == (0.009, 0.019)
    assert read.view_seconds == pytest.approx(0.001)
    clock.now += 0.5
    assert meter.read() is read  # no whole second has passed
    clock.now += 0.5
    again = meter.read()
    assert again is not None
    assert (again.frames, again.bytes_a_frame, again.view_seconds) == (0.0, None, None)


@pytest.mark.parametrize(("share", "value"), [(0.5, 2.0), (0.99, 4.0), (0.25, 1.0)])
def test_a_quantile_is_a_value_that_was_measured(share: float, value: float) -> None:
    assert quantile([1.0, 2.0, 3.0, 4.0], share) == value
    assert quantile([], share) is None


@pytest.mark.parametrize("width", [40, 80, 100, 160])
def test_the_row_says_the_most_important_first(width: int) -> None:
    frame = Frame(market(), meter=READING, pace=Pace(20), records_per_second=50_000.0)
    rows = paint_meter(frame, width, 1)
    assert_sound(rows, width, 1)
    assert text_of(rows[0]).startswith(" fps 20 of 20")
    if width == 160:
        told = " ".join(text_of(rows[0]).split())
        assert told == (
            "fps 20 of 20 lag p50 p99 1.2 8.4 ms frame 3.7 kB cores 0.42 50,000 rec/s "
            "terminal waits for 1.5 kB views 21/s of 0.6 ms"
        )


def test_within_the_first_second_all_is_unknown() -> None:
    told = text_of(paint_meter(Frame(market()), 160, 1)[0])
    assert told.count("--") == 7
    assert " 0" not in told.replace("0 rec/s", "")


async def test_the_key_shows_it_and_hides_it() -> None:
    async with seat() as trader:
        assert not trader.is_shown("meter")
        await trader.press("U")
        assert "fps --" in trader.text("meter")
        trader.clock.now += 1.0
        await trader.frame()
        assert "fps --" not in trader.text("meter")
        await trader.press("U")
        assert not trader.is_shown("meter")


async def test_frames_leave_nothing_behind_that_only_the_garbage_collector_finds() -> None:
    """Objects in circles hold up the loop when they are looked for; a frame may leave one at most."""
    async with seat(size=(100, 30)) as trader:
        await play(trader, range(40))
        gc.collect()
        gc.disable()
        try:
            await play(trader, range(40, 80))
            assert gc.collect() <= 40
        finally:
            gc.enable()


async def play(trader: Seat, seconds: Iterable[int]) -> None:
    for second in seconds:
        trader.desk.script.second = second
        await trader.frame()


async def test_a_screen_that_has_shown_all_keeps_no_more_objects() -> None:
    """Two moments again and again: once caches know both, the count of objects stands still.

    Timers that were called off do not count: the loop sweeps them away by the hundred. This finds what leaves an object
    every other frame; `qmo bench` plays eight hours of market and finds less.
    """
    async with seat(size=(80, 24)) as trader:
        counts = []
        for _ in range(4):
            await play(trader, (0, 1) * 15)
            trader.desk.requests.clear()  # the scripted desk's own diary
            gc.collect()
            counts.append(sum(not isinstance(kept, TimerHandle | Context) for kept in gc.get_objects()))
        assert counts[-1] - counts[1] <= 30, counts
