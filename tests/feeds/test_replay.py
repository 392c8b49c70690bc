"""The transport of a replay, on a clock that the tests turn."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from feeds.dbn import CorruptDbn, DbnWriter, Metadata
from feeds.recording import Recording
from feeds.records import F_BAD_TS_RECV, F_LAST, F_SNAPSHOT, UNDEFINED_TIME, Records
from feeds.replay import SLICE, Replay, Restarted, Step, before
from tests.feeds.streams import SECOND, START, bars, content, orders, statuses, stream
from tests.feeds.virtual_time import in_virtual_time

HOUR = 3_600 * SECOND


def at(*seconds: float) -> Records:
    """Return one matching event for each time, in seconds after the start."""
    times = np.array([START + round(second * SECOND) for second in seconds], np.uint64)
    return orders(len(seconds), ts_event=times, ts_recv=times)


def snapshot(count: int) -> Records:
    """Return a snapshot as a file begins with: old event times, one later capture time, not yet closed."""
    return orders(count, order_id=np.arange(count) + 10**6, ts_event=START - 9 * HOUR, ts_recv=START - HOUR, flags=40)


class Player:
    """A replay being played, and everything it has delivered since it last restarted."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.records: list[Records] = []
        self.arrived: list[tuple[float, int]] = []
        self.slices: list[int] = []
        self.restarts = 0
        self.error: Exception | None = None

    @property
    def count(self) -> int:
        return sum(map(len, self.records))

    @property
    def seconds(self) -> float | None:
        """Where the replay stands, in seconds after the start."""
        return None if self.replay.position is None else (self.replay.position - START) / SECOND

    async def play(self) -> None:
        try:
            async for batch in self.replay.batches():
                if isinstance(batch, Restarted):
                    self.restarts += 1
                    self.records.clear()
                    self.arrived.clear()
                    continue
                self.records.append(batch.records)
                self.slices.append(len(batch))
                now = asyncio.get_running_loop().time()
                self.arrived.extend((now, moment) for moment in batch.records["ts_event"].tolist())
        except CorruptDbn as error:
            self.error = error


Play = Callable[..., Any]


@pytest.fixture
def recorded(tmp_path: Path) -> Callable[..., Recording]:
    def recorded(*parts: Records, name: str = "session.dbn") -> Recording:
        with DbnWriter(tmp_path / name, Metadata(dataset="GLBX.MDP3", start=START)) as writer:
            for part in parts:
                writer.write(part)
        return Recording([tmp_path / name])

    return recorded


@asynccontextmanager
async def playing(recording: Recording, *, paused: bool = False, **options: Any) -> AsyncIterator[Player]:
    replay = Replay(recording, clock=asyncio.get_running_loop().time, **options)
    if paused:
        replay.pause()
    player = Player(replay)
    task = asyncio.create_task(player.play())
    try:
        await settled()
        yield player
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def settled() -> None:
    """Let the replay do what it can do without time passing."""
    for _ in range(200):
        await asyncio.sleep(0)


async def played(player: Player, count: int) -> None:
    """Let so many records come without time passing."""
    for _ in range(10 * count):
        if player.count < count:
            await asyncio.sleep(0)


async def pass_time(seconds: float) -> None:
    await asyncio.sleep(seconds)
    await settled()


Scenario = Callable[[], Awaitable[None]]


# ------------------------------------------------------------------------------------------------------------- pacing


@pytest.mark.parametrize("speed", [0.1, 1.0, 60.0])
def test_records_come_when_their_time_has_come(recorded: Callable[..., Recording], speed: float) -> None:
    seconds = [0, 0.5, 2, 60, 61]

    async def scenario() -> None:
        async with playing(recorded(at(*seconds)), speed=speed) as player:
            await pass_time(62 / speed)
            for (arrived, _), second in zip(player.arrived, seconds, strict=True):
                assert second / speed - 1e-6 <= arrived <= second / speed + 0.05
            assert player.replay.finished

    in_virtual_time(scenario())


def test_as_fast_as_possible_takes_no_time(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(at(*range(50))), speed=None) as player:
            assert (player.count, player.replay.finished) == (50, True)
            assert asyncio.get_running_loop().time() == 0

    in_virtual_time(scenario())


def test_snapshot_is_there_at_once_and_the_clock_starts_behind_it(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(statuses(3), snapshot(20_000), at(0, 5)), speed=1.0) as player:
            assert player.count == 3 + 20_000 + 1
            assert player.replay.start == START
            await pass_time(4)
            assert player.count == 20_004
            await pass_time(1.1)
            assert player.count == 20_005

    in_virtual_time(scenario())


def test_clock_runs_through_quiet_hours(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(at(0, 7_200)), speed=60.0) as player:
            await pass_time(60)
            assert player.count == 1
            assert player.seconds == pytest.approx(3_600, abs=2)
            await pass_time(60.1)
            assert player.count == 2

    in_virtual_time(scenario())


def test_turning_any_control_in_a_quiet_hour_does_not_begin_it_anew(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(at(0, 100)), speed=1.0) as player:
            await pass_time(30)
            player.replay.set_speed(2.0)
            await pass_time(10)
            assert player.seconds == pytest.approx(50, abs=0.1)
            player.replay.pause()
            await pass_time(1_000)
            assert player.seconds == pytest.approx(50, abs=0.1)
            player.replay.resume()
            await pass_time(24)
            assert player.count == 1
            await pass_time(1.1)
            assert player.count == 2

    in_virtual_time(scenario())


def test_changing_the_speed_keeps_the_place_and_the_pace_from_there(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(at(*range(200))), speed=1.0) as player:
            await pass_time(10.5)
            assert player.count == 11
            player.replay.set_speed(10.0)
            await settled()
            assert player.count == 11
            await pass_time(5)
            assert player.count == 61
            player.replay.set_speed(None)
            await settled()
            assert player.count == 200

    in_virtual_time(scenario())


def test_slices_are_bounded_and_others_get_their_turn_between_them(recorded: Callable[..., Recording]) -> None:
    turns: list[int] = []

    async def scenario() -> None:
        replay = Replay(recorded(snapshot(20_000), orders(40_000, ts_recv=START)), speed=None)
        player = Player(replay)

        async def others() -> None:
            while not replay.finished:
                turns.append(player.count)
                await asyncio.sleep(0)

        task = asyncio.create_task(player.play())
        await others()
        task.cancel()
        assert player.count == 60_000
        assert max(player.slices) <= SLICE
        assert len(set(turns)) >= 60_000 // SLICE

    in_virtual_time(scenario())


def test_bars_come_when_they_close(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(bars(3)), speed=1.0) as player:
            assert player.replay.start == START + 60 * SECOND
            assert player.count == 1
            await pass_time(1.1)
            assert player.count == 2

    in_virtual_time(scenario())


def test_records_without_a_time_come_with_what_stood_before_them(recorded: Callable[..., Recording]) -> None:
    times = [START, UNDEFINED_TIME, START + 10**18, START + 3 * SECOND]
    flags = [F_LAST, F_LAST, F_LAST | F_BAD_TS_RECV, F_LAST]
    records = orders(4, ts_recv=np.array(times, np.uint64), ts_event=START, flags=flags)

    async def scenario() -> None:
        async with playing(recorded(records), speed=1.0) as player:
            assert player.count == 3
            await pass_time(3.1)
            assert (player.count, player.replay.finished) == (4, True)

    in_virtual_time(scenario())


def test_file_without_capture_times_is_paced_by_event_time(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(orders(5, ts_recv=UNDEFINED_TIME)), speed=1.0) as player:
            await pass_time(2.1)
            assert player.count == 3

    in_virtual_time(scenario())


def test_state_of_trading_comes_in_its_time_once_playing_has_begun(recorded: Callable[..., Recording]) -> None:
    later = statuses(1)
    later["ts_recv"] = START + 5 * SECOND

    async def scenario() -> None:
        async with playing(recorded(statuses(1), at(0), later, at(9)), speed=1.0) as player:
            assert player.count == 2
            await pass_time(5.1)
            assert player.count == 3

    in_virtual_time(scenario())


# -------------------------------------------------------------------------------------------------- pause and step


def test_pausing_before_the_first_record_shows_the_snapshot_and_waits(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(snapshot(7), at(0, 1)), paused=True) as player:
            await pass_time(100)
            assert (player.count, player.seconds) == (7, 0)
            player.replay.resume()
            await settled()
            assert player.count == 8

    in_virtual_time(scenario())


def test_pause_holds_and_resume_goes_on(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(at(*range(100)))) as player:
            await pass_time(5.5)
            player.replay.pause()
            await pass_time(500)
            assert player.count == 6
            player.replay.resume()
            await pass_time(2.2)
            assert player.count == 8

    in_virtual_time(scenario())


def test_pause_ends_the_matching_event_first(recorded: Callable[..., Recording]) -> None:
    parts = orders(4, ts_recv=START + np.arange(4, dtype=np.uint64), flags=[0, 0, F_LAST, F_LAST])
    parts["ts_recv"][1:] += np.uint64(9 * SECOND)

    async def scenario() -> None:
        async with playing(recorded(parts)) as player:
            await pass_time(1)
            assert player.count == 1
            player.replay.pause()
            await settled()
            assert player.count == 3

    in_virtual_time(scenario())


def test_steps_by_event_second_and_minute(recorded: Callable[..., Recording]) -> None:
    parts = at(*range(300))
    parts["flags"][:2] = 0  # the first matching event has three records

    async def scenario() -> None:
        async with playing(recorded(snapshot(5), parts), paused=True) as player:
            for unit, expected in ((Step.EVENT, 3), (Step.EVENT, 4), (Step.SECOND, 5), (Step.MINUTE, 65)):
                player.replay.step(unit)
                await settled()
                assert player.count - 5 == expected
            assert player.seconds == 64
            await pass_time(100)
            assert player.count - 5 == 65

    in_virtual_time(scenario())


def test_queued_steps_are_all_taken(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(at(*range(300))), paused=True) as player:
            for unit in (Step.EVENT, Step.SECOND, Step.SECOND, Step.MINUTE, Step.EVENT):
                player.replay.step(unit)
            await settled()
            assert (player.count, player.seconds) == (64, 63)

    in_virtual_time(scenario())


def test_steps_go_through_a_quiet_hour(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(at(0, 150)), paused=True) as player:
            player.replay.step(Step.EVENT)
            for expected in (60, 120):
                player.replay.step(Step.MINUTE)
                await settled()
                assert (player.count, player.seconds) == (1, expected)
            player.replay.step(Step.MINUTE)
            await settled()
            assert player.count == 2

    in_virtual_time(scenario())


def test_step_pauses_what_was_playing(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(at(*range(100)))) as player:
            await pass_time(3.5)
            player.replay.step(Step.EVENT)
            await pass_time(50)
            assert (player.count, player.replay.paused) == (5, True)

    in_virtual_time(scenario())


def test_step_by_event_is_one_of_the_contract_followed(recorded: Callable[..., Recording]) -> None:
    mixed = orders(10, instrument_id=[7, 7, 7, 9, 7, 7, 9, 9, 7, 7])

    async def scenario() -> None:
        async with playing(recorded(mixed), paused=True) as player:
            player.replay.follows = 9
            for expected in (4, 7, 8):
                player.replay.step(Step.EVENT)
                await settled()
                assert player.count == expected

    in_virtual_time(scenario())


def test_step_goes_on_over_the_edge_of_a_batch_and_of_a_slice(recorded: Callable[..., Recording]) -> None:
    long_event = orders(30_000, flags=0, ts_recv=START)
    long_event["flags"][-1] = F_LAST

    async def scenario() -> None:
        async with playing(recorded(long_event, orders(3, ts_recv=START)), paused=True) as player:
            player.replay.step(Step.EVENT)
            await settled()
            assert player.count == 30_000
            assert max(player.slices) <= SLICE

    in_virtual_time(scenario())


def test_step_at_the_end_stays_there(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(at(0, 1, 2)), speed=None) as player:
            for unit in Step:
                player.replay.step(unit)
            await settled()
            assert (player.count, player.replay.finished) == (3, True)
            player.replay.seek(START + SECOND)
            await settled()
            assert (player.count, player.restarts) == (2, 1)

    in_virtual_time(scenario())


# ---------------------------------------------------------------------------------------------------------------- seek


@pytest.mark.parametrize("paused", [True, False])
def test_seeking_shows_the_state_at_that_moment(recorded: Callable[..., Recording], paused: bool) -> None:
    async def scenario() -> None:
        async with playing(recorded(snapshot(5), at(*range(0, 1000, 10))), paused=paused) as player:
            for second, restarts in ((500, 0), (505, 0), (100, 1), (100, 1), (0, 2), (990, 2), (95, 3)):
                player.replay.seek(START + second * SECOND)
                await settled()
                assert player.count == 5 + second // 10 + 1
                assert player.seconds == second
                assert player.restarts == restarts
            assert player.replay.paused is paused
            await pass_time(5.5)
            assert player.count == 5 + (10 if paused else 11)

    in_virtual_time(scenario())


def test_going_back_within_a_quiet_time_needs_no_restart(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(at(0, 100)), paused=True) as player:
            for second in (90, 50):
                player.replay.seek(START + second * SECOND)
                await settled()
                assert (player.count, player.seconds, player.restarts) == (1, second, 0)

    in_virtual_time(scenario())


def test_seeking_before_the_start_stands_at_the_start(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(snapshot(5), at(*range(10)))) as player:
            await pass_time(4.5)
            player.replay.seek(0)
            await settled()
            assert (player.restarts, player.count) == (1, 6)  # it plays on from the first record
            player.replay.pause()
            player.replay.seek(0)
            await settled()
            assert (player.count, player.seconds) == (5, 0)
            player.replay.resume()
            await pass_time(2.1)
            assert player.count == 5 + 3

    in_virtual_time(scenario())


def test_seeking_beyond_the_end_finishes_and_going_back_plays_again(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(at(*range(10)))) as player:
            player.replay.seek(START + HOUR)
            await settled()
            assert (player.count, player.replay.finished, player.seconds) == (10, True, 9)
            player.replay.seek(START + 2 * HOUR)
            await settled()
            assert (player.replay.finished, player.seconds) == (True, 9)
            player.replay.seek(START + 5 * SECOND)
            await settled()
            assert (player.count, player.replay.finished, player.restarts) == (6, False, 1)
            await pass_time(1.1)
            assert player.count == 7

    in_virtual_time(scenario())


def test_position_is_where_a_seek_goes_while_it_is_under_way(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(at(*range(10)))) as player:
            player.replay.seek(START + 7 * SECOND)
            assert player.seconds == 7
            await settled()
            player.replay.seek(START + 2 * SECOND)
            assert player.seconds == 2
            player.replay.seek(START + 8 * SECOND)  # it changed its mind before anything moved
            await settled()
            assert (player.seconds, player.count, player.restarts) == (8, 9, 0)

    in_virtual_time(scenario())


def test_seek_drops_steps_that_wait(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(at(*range(100))), paused=True) as player:
            player.replay.step(Step.MINUTE)
            player.replay.seek(START + 3 * SECOND)
            await settled()
            assert player.count == 4

    in_virtual_time(scenario())


# -------------------------------------------------------------------------------------------------- since, until, end


def test_since_is_hurried_to_and_until_is_not_reached(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        since, until = START + 10 * SECOND, START + 20 * SECOND
        async with playing(recorded(snapshot(5), at(*range(100))), since=since, until=until) as player:
            assert player.count == 5 + 11
            await pass_time(100)
            assert (player.count, player.replay.finished) == (5 + 20, True)
            player.replay.seek(START + 50 * SECOND)
            player.replay.set_speed(None)
            await settled()
            assert player.count == 5 + 20

    in_virtual_time(scenario())


@pytest.mark.parametrize("way", ["max", "seek", "step", "since"])
def test_no_way_leads_past_until(recorded: Callable[..., Recording], way: str) -> None:
    records = at(*range(100))
    records["flags"] = 0

    async def scenario() -> None:
        since = START + HOUR if way == "since" else None
        async with playing(recorded(records), paused=way != "max", until=START + 20 * SECOND, since=since) as player:
            if way == "max":
                player.replay.set_speed(None)
            elif way == "seek":
                player.replay.seek(START + 60 * SECOND)
            elif way == "step":
                player.replay.step(Step.MINUTE)
                player.replay.step(Step.EVENT)
            await settled()
            assert (player.count, player.replay.finished) == (20, True)

    in_virtual_time(scenario())


def test_until_before_everything_plays_the_snapshot_alone(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(snapshot(5), at(*range(10))), until=0) as player:
            assert (player.count, player.replay.finished, player.replay.position) == (5, True, None)

    in_virtual_time(scenario())


def test_recording_without_live_records_finishes(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(snapshot(5))) as player:
            assert (player.count, player.replay.finished, player.replay.start) == (5, True, None)
            player.replay.seek(START)
            player.replay.step(Step.SECOND)
            player.replay.resume()
            await settled()
            assert player.replay.finished

    in_virtual_time(scenario())


def test_measuring_tells_start_and_end_within_the_span(recorded: Callable[..., Recording]) -> None:
    recording = recorded(snapshot(5), at(*range(100)))
    whole, part = Replay(recording), Replay(recording, until=START + 20 * SECOND)
    whole.measure()
    part.measure()
    assert (whole.start, whole.end) == (START, START + 99 * SECOND)
    assert (part.start, part.end) == (START, START + 19 * SECOND)
    nothing = Replay(recorded(snapshot(5), name="bare.dbn"))
    nothing.measure()
    assert (nothing.start, nothing.end) == (None, None)


def test_measuring_can_be_given_up(recorded: Callable[..., Recording]) -> None:
    replay = Replay(recorded(at(*range(100))))
    replay.give_up()
    replay.measure()
    assert replay.end is None


def test_start_is_the_first_record_even_when_everything_comes_at_once(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(at(*range(100))), speed=None) as player:
            assert player.replay.start == START

    in_virtual_time(scenario())


# ------------------------------------------------------------------------------------------------------ errors, ending


def broken(tmp_path: Path) -> Recording:
    (tmp_path / "broken.dbn").write_bytes(stream(at(*range(20)), bytes(56)))
    return Recording([tmp_path / "broken.dbn"])


def test_break_in_the_file_comes_after_everything_before_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with playing(broken(tmp_path), speed=None) as player:
            assert player.count == 20
            assert "broken record" in str(player.error)

    in_virtual_time(scenario())


def test_measuring_a_broken_file_tells_what_can_be_played(tmp_path: Path) -> None:
    replay = Replay(broken(tmp_path))
    replay.measure()
    assert (replay.start, replay.end) == (START, START + 19 * SECOND)


@pytest.mark.parametrize("paused", [True, False])
def test_cancelling_ends_it_and_closes_the_file(recorded: Callable[..., Recording], paused: bool) -> None:
    async def scenario() -> None:
        replay = Replay(recorded(at(*range(100))), clock=asyncio.get_running_loop().time)
        if paused:
            replay.pause()
        task = asyncio.create_task(Player(replay).play())
        await settled()
        assert open_files("session.dbn") == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert open_files("session.dbn") == 0

    in_virtual_time(scenario())


def test_consumer_that_stops_early_closes_the_file(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        batches = Replay(recorded(at(*range(100))), speed=None).batches()
        await anext(batches)
        assert open_files("session.dbn") == 1
        await batches.aclose()  # type: ignore[attr-defined] # an async generator is what it is
        assert open_files("session.dbn") == 0

    in_virtual_time(scenario())


def open_files(name: str) -> int:
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("needs /proc to see open files")
    return sum(str(link.readlink()).endswith(name) for link in descriptors.iterdir() if link.is_symlink())


# -------------------------------------------------------------------------------------------------- the same, at once


@pytest.mark.parametrize("most", [1, 7, 10**6])
@pytest.mark.parametrize("second", [-START / SECOND, -1, 0, 0.5, 7, 99, 500])
def test_before_gives_what_the_transport_plays_until_then(
    recorded: Callable[..., Recording], second: float, most: int
) -> None:
    recording = recorded(statuses(2), snapshot(5), at(*range(100)))
    until = START + round(second * SECOND)

    async def scenario() -> bytes:
        async with playing(recording, speed=None, until=until) as player:
            return b"".join(records.tobytes() for records in player.records)

    pieces = list(before(recording, until, most))
    assert content(pieces) == in_virtual_time(scenario())
    assert all(0 < len(piece) <= most for piece in pieces)


def test_snapshot_amid_playing_comes_at_once(recorded: Callable[..., Recording]) -> None:
    again = orders(3, flags=F_SNAPSHOT | F_LAST, ts_event=START - HOUR, ts_recv=START + HOUR)

    async def scenario() -> None:
        async with playing(recorded(at(0, 1), again, at(2)), speed=1.0) as player:
            await pass_time(1.1)
            assert player.count == 5
            await pass_time(1)
            assert (player.count, player.replay.finished) == (6, True)

    in_virtual_time(scenario())


# ------------------------------------------------------------------------------------------- searching and looping


def test_a_search_plays_in_no_time_until_it_is_told_to_halt(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(at(*range(1_000))), speed=1.0) as player:
            player.replay.search("zone")
            await played(player, 500)
            assert asyncio.get_running_loop().time() == 0
            assert max(player.slices) == 1  # so that nothing is overrun by more than a quarter of a second
            player.replay.halt("a zone at 500")
            await pass_time(100)
            assert (player.count, player.replay.paused, player.replay.halted) == (500, True, "a zone at 500")

    in_virtual_time(scenario())


def test_a_search_that_finds_nothing_says_so_and_comes_back_to_where_it_began(
    recorded: Callable[..., Recording],
) -> None:
    async def scenario() -> None:
        async with playing(recorded(at(*range(50))), speed=1.0) as player:
            await pass_time(20.5)
            player.replay.search("zone")
            await settled()
            assert (player.restarts, player.count, player.replay.furthest) == (1, 21, START + 49 * SECOND)
            assert (player.seconds, player.replay.paused, player.replay.finished) == (20.5, True, False)
            assert player.replay.searching == ""
            assert player.replay.halted == "no further zone until the end of the recording: back to where it was"
            player.replay.seek(START)
            assert player.replay.halted == ""

    in_virtual_time(scenario())


@pytest.mark.parametrize("held", ["when it began", "at the end"])
def test_a_search_stays_at_the_end_where_going_back_would_lose_something(
    recorded: Callable[..., Recording], held: str
) -> None:
    async def scenario() -> None:
        async with playing(recorded(at(*range(50))), speed=1.0) as player:
            player.replay.holds = lambda: player.replay.furthest == START + (49 * SECOND if held == "at the end" else 0)
            player.replay.search("zone")
            await settled()
            assert (player.restarts, player.count, player.replay.finished) == (0, 50, True)
            assert player.replay.halted == "no further zone until the end of the recording, where it stays"

    in_virtual_time(scenario())


@pytest.mark.parametrize(
    "control",
    [Replay.pause, lambda replay: replay.set_speed(2.0), lambda replay: replay.step(Step.EVENT)],
    ids=["pause", "speed", "step"],
)
def test_any_control_ends_a_search_and_leaves_it_paused(
    recorded: Callable[..., Recording], control: Callable[[Replay], None]
) -> None:
    async def scenario() -> None:
        async with playing(recorded(at(*range(1_000))), speed=1.0) as player:
            player.replay.search("zone")
            await played(player, 100)
            control(player.replay)
            await pass_time(50)
            assert player.replay.paused
            assert player.replay.searching == player.replay.halted == ""
            assert 100 <= player.count <= 102

    in_virtual_time(scenario())


@pytest.mark.parametrize("speed", [1.0, None], ids=["paced", "max"])
def test_a_loop_plays_its_stretch_again_and_again(recorded: Callable[..., Recording], speed: float | None) -> None:
    async def scenario() -> None:
        async with playing(recorded(at(*range(100))), speed=1.0, paused=True) as player:
            player.replay.seek(START + 30 * SECOND)
            await settled()
            player.replay.repeat((START + 10 * SECOND, START + 20 * SECOND))
            player.replay.set_speed(speed)
            player.replay.resume()
            for _ in range(400):
                await pass_time(0.1)
                assert player.seconds is not None
                assert player.restarts == 0 or player.seconds <= 20
            assert player.restarts >= 3
            player.replay.repeat(None)
            player.replay.set_speed(None)
            await settled()
            assert (player.count, player.replay.finished) == (100, True)

    in_virtual_time(scenario())


def test_a_loop_to_the_end_of_the_recording_begins_again_there(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(at(*range(20))), speed=1.0) as player:
            player.replay.repeat((START + 5 * SECOND, START + 19 * SECOND))
            await pass_time(100)
            assert not player.replay.finished
            assert player.restarts >= 5

    in_virtual_time(scenario())


def test_a_loop_waits_at_its_end_where_going_back_would_lose_something(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(at(*range(100))), speed=1.0) as player:
            player.replay.holds = lambda: True
            player.replay.repeat((START, START + 20 * SECOND))
            await pass_time(50)
            assert (player.restarts, player.seconds, player.replay.paused) == (0, 20, True)
            assert "a position or an order is open" in player.replay.halted

    in_virtual_time(scenario())


def test_the_furthest_stays_known_when_it_goes_back(recorded: Callable[..., Recording]) -> None:
    async def scenario() -> None:
        async with playing(recorded(at(*range(100))), speed=1.0) as player:
            await pass_time(50)
            player.replay.seek(START + 10 * SECOND)
            await settled()
            assert player.replay.furthest == START + 50 * SECOND

    in_virtual_time(scenario())
