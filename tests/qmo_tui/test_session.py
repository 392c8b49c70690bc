"""A session: which contract it follows, what it logs, and that where it was sent is where it stands."""

import asyncio
import json
import shutil
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.events import Digest, Event, Session, Summary, encode
from engines.pipeline import Pipeline
from engines.view import MarketView, ViewRequest
from feeds.dbn import CorruptDbn, DbnFile
from feeds.instrument import Instrument, InstrumentError
from feeds.recording import Contents, Recording
from feeds.records import DEFINITION, UNDEFINED_PRICE
from feeds.replay import Replay, Restarted, Step, before
from qmo_tui.errors import QmoError
from qmo_tui.exit_codes import ExitCode
from qmo_tui.session.contract import resolve_instrument
from qmo_tui.session.event_log import EventLog, first_line
from qmo_tui.session.headless import run_headless
from qmo_tui.session.replay import ReplaySession
from qmo_tui.settings import Settings
from tests.feeds.streams import made, orders, stream
from tests.feeds.virtual_time import in_virtual_time
from tests.market import write_session

SECOND = 1_000_000_000
EVERYTHING = ViewRequest(ladder_rows=60, prints=50, bars=50)
GCG4 = Instrument("GCG4", 7, tick=SECOND // 10, multiplier=100.0)
USUAL = Settings()


# ------------------------------------------------------------------------------------------------ which contract


def holding(*defined: Instrument, symbols: dict[int, str] | None = None, **counts: int) -> Contents:
    numbered = {int(name.removeprefix("_")): count for name, count in counts.items()}
    return Contents(numbered, symbols or {}, {one.instrument_id: one for one in defined})


def resolve(contents: Contents, symbol: str | None = None) -> Instrument | None:
    return resolve_instrument(contents, USUAL, symbol=symbol, dataset="GLBX.MDP3")


def test_definition_record_says_what_the_contract_is() -> None:
    assert resolve(holding(GCG4, _7=1)) == replace(GCG4, dataset="GLBX.MDP3")


def test_settings_say_it_where_no_definition_does() -> None:
    for name in ("GCG4", "GC.v.0", "GC.FUT"):
        found = resolve(holding(symbols={7: name}, _7=1))
        assert found == Instrument(name, 7, SECOND // 10, 100.0, "GLBX.MDP3", source="settings")


def test_definition_of_a_product_the_settings_do_not_know_stands_alone() -> None:
    copper = Instrument("HGH4", 7, tick=500_000, multiplier=25_000.0)
    assert resolve(holding(copper, _7=1)) == replace(copper, dataset="GLBX.MDP3")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (
            {"tick": SECOND // 20},
            "GCG4: its definition record says tick 0.05, the settings expect 0.1; correct [instruments.GC]",
        ),
        (
            {"multiplier": 10.0},
            "GCG4: its definition record says multiplier 10, the settings expect 100; correct [instruments.GC]",
        ),
    ],
)
def test_definition_that_contradicts_the_settings_is_an_error(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(InstrumentError) as failure:
        resolve(holding(replace(GCG4, **wrong), _7=1))
    assert str(failure.value) == says


def test_spread_has_a_tick_of_its_own() -> None:
    spread = Instrument("GCG4-GCJ4", 7, tick=SECOND // 20, multiplier=float("nan"), outright=False)
    found = resolve(holding(spread, _7=1))
    assert found is not None
    assert found.tick == SECOND // 20


def test_outright_without_a_multiplier_borrows_the_one_of_the_settings() -> None:
    found = resolve(holding(replace(GCG4, multiplier=float("nan")), _7=1))
    assert found is not None
    assert found.multiplier == 100.0


def test_unknown_product_is_told_what_to_add() -> None:
    with pytest.raises(InstrumentError, match=r"tick of HGH4 is unknown: .* add \[instruments\.HG\] with tick and"):
        resolve(holding(symbols={7: "HGH4"}, _7=1))


def test_contract_without_name_or_definition_needs_its_definition() -> None:
    with pytest.raises(InstrumentError, match=r"neither names nor defines instrument 7.* definition records too"):
        resolve(holding(_7=1))


def test_contract_that_is_not_there_is_told_what_is() -> None:
    contents = holding(GCG4, symbols={9: "GCJ4"}, _7=1, _9=5, _11=2)
    with pytest.raises(QmoError) as failure:
        resolve(contents, "GCM4")
    assert str(failure.value) == "the recording does not hold GCM4; it holds GCJ4, 11, GCG4"
    with pytest.raises(QmoError, match="it holds no order flow"):
        resolve(holding(), "GCM4")
    many = Contents(dict.fromkeys(range(20), 1))
    with pytest.raises(QmoError, match="it holds 0, 1, 2, 3, 4, 5, 6, 7 and 12 more"):
        resolve(many, "GCM4")


def test_recording_without_order_flow_has_no_contract() -> None:
    assert resolve(holding(GCG4)) is None


# -------------------------------------------------------------------------------------------------------- headless


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("simulated") / "session.dbn.zst"
    write_session(path, seed=5, minutes=2, auction=True, resnapshots=1, instruments=2)
    return path


def run(path: Path, **options: Any) -> Summary:
    return run_headless(Recording([path]), USUAL, **options)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def figures(summary: Summary) -> dict[str, Any]:
    """Return what must not depend on the machine."""
    told: dict[str, Any] = msgspec.to_builtins(summary)
    return {name: value for name, value in told.items() if name not in {"wall_s", "records_per_s", "peak_rss_mb"}}


@pytest.mark.parametrize("batch", [1, 777])
def test_batch_size_changes_nothing(simulated: Path, tmp_path: Path, batch: int) -> None:
    whole = run(simulated, events=tmp_path / "whole")
    cut = run(simulated, events=tmp_path / "cut", batch=batch)
    assert figures(cut) == figures(whole)
    assert lines(tmp_path / "cut")[:-1] == lines(tmp_path / "whole")[:-1]
    assert whole.counts["bar"] > 2


@pytest.mark.parametrize("batch", [1, 777])
def test_stopping_at_a_time_does_not_depend_on_the_batch_size(simulated: Path, batch: int) -> None:
    recording = Recording([simulated])
    middle = middle_of(recording)
    summaries = [run(simulated, until=middle, batch=size) for size in (batch, 65_536)]
    assert figures(summaries[0]) == figures(summaries[1])
    assert summaries[0].records == sum(map(len, before(recording, middle, 10**6)))
    assert 0 < summaries[0].records < run(simulated).records


def middle_of(recording: Recording) -> int:
    replay = Replay(recording)
    replay.measure()
    assert replay.start is not None
    assert replay.end is not None
    return (replay.start + replay.end) // 2


def test_logging_from_a_time_leaves_the_totals_alone(simulated: Path, tmp_path: Path) -> None:
    since = middle_of(Recording([simulated]))
    whole = run(simulated, events=tmp_path / "whole")
    part = run(simulated, events=tmp_path / "part", since=since)
    assert (part.volume, part.resting_orders, part.records) == (whole.volume, whole.resting_orders, whole.records)
    later = [line for line in lines(tmp_path / "whole")[1:-1] if line["ts"] >= since]
    assert lines(tmp_path / "part")[1:-1] == later
    assert 0 < len(later) < len(lines(tmp_path / "whole")) - 2


def test_log_begins_with_the_session_and_ends_with_the_summary_in_order_of_time(
    simulated: Path, tmp_path: Path
) -> None:
    summary = run(simulated, events=tmp_path / "log")
    log = lines(tmp_path / "log")
    assert [line["kind"] for line in (log[0], log[-1])] == ["session", "summary"]
    assert log[-1] == json.loads(encode(summary))
    assert [list(line)[:2] for line in log] == [["kind", "ts"]] * len(log)
    times = [line["ts"] for line in log]
    assert times == sorted(times)
    assert sum(summary.counts.values()) == len(log) - 1


def test_session_line_tells_what_was_listened_to(simulated: Path) -> None:
    recording = Recording([simulated])
    instrument = resolve(recording.contents())
    line = first_line(recording, instrument, USUAL)
    assert isinstance(line, Session)
    assert (line.source, line.dataset, line.symbol, line.schema) == ("session.dbn.zst", "GLBX.MDP3", "GCG4", "mbo")
    assert (line.tick, line.multiplier, line.provenance) == (0.1, 100.0, "replay")


def test_definitions_beside_the_order_flow_do_not_hide_its_schema(data: Path) -> None:
    recording = Recording([data / "esu4-20240701.mbp-1.dbn.zst", data / "esu4-nqu4.definition.dbn.zst"])
    assert first_line(recording, None, USUAL).schema == "mbp-1"


def test_definition_amid_the_records_that_contradicts_is_an_error(simulated: Path, tmp_path: Path) -> None:
    with pytest.raises(InstrumentError, match="its definition record says tick"):
        path = tmp_path / "contradicts.dbn"
        contents = Recording([simulated]).contents()
        wrong = made(
            DEFINITION,
            19,
            1,
            instrument_id=contents.busiest(),
            raw_symbol=b"GCG4",
            min_price_increment=SECOND // 4,
            unit_of_measure_qty=100 * SECOND,
            instrument_class=ord("F"),
        )
        metadata = DbnFile(simulated).metadata
        assert metadata is not None
        body = b"".join(batch.records.tobytes() for batch in DbnFile(simulated).batches())
        path.write_bytes(metadata.encode() + body + wrong.tobytes())
        run(path)


def test_progress_is_told_after_every_batch(simulated: Path) -> None:
    told: list[tuple[int, int | None]] = []
    summary = run(simulated, batch=1_000, progress=lambda records, clock: told.append((records, clock)))
    read = [0, *(records for records, _ in told)]
    steps = [after - before for before, after in pairwise(read)]
    assert read[-1] == summary.records
    assert max(steps) == 1_000, "pieces that the file is read in may end a batch before"
    assert min(steps) > 0
    assert told[-1][1] == summary.ts


def test_broken_recording_leaves_what_came_before_in_the_log_and_no_thread(simulated: Path, tmp_path: Path) -> None:
    metadata = DbnFile(simulated).metadata
    assert metadata is not None
    body = b"".join(batch.records.tobytes() for batch in DbnFile(simulated).batches())
    (tmp_path / "broken.dbn").write_bytes(metadata.encode() + body + bytes(56))
    with pytest.raises(CorruptDbn, match="broken record at byte"):
        run(tmp_path / "broken.dbn", events=tmp_path / "log")
    run(simulated, events=tmp_path / "whole")
    whole, log = lines(tmp_path / "whole"), lines(tmp_path / "log")
    assert len(log) > 3
    assert log[1:] == whole[1 : len(log)]
    assert not [thread for thread in threading.enumerate() if thread.name == "read-ahead"]


def test_trades_alone_give_the_volume_of_the_quotes_that_carry_them(data: Path) -> None:
    volumes = [run(data / f"esu4-20240701.{schema}.dbn.zst").volume for schema in ("trades", "mbp-1")]
    assert volumes == [253, 253]


def test_break_is_told_rather_than_what_it_leaves_unknown(tmp_path: Path) -> None:
    (tmp_path / "broken.dbn").write_bytes(stream(orders(3), bytes(56)))
    for symbol in (None, "GCG4"):
        with pytest.raises(CorruptDbn, match="broken record at byte"):
            run(tmp_path / "broken.dbn", symbol=symbol)


def test_log_does_not_replace_the_recording(simulated: Path, tmp_path: Path) -> None:
    held = simulated.read_bytes()
    (tmp_path / "link").symlink_to(simulated)
    for path in (simulated, tmp_path / "link"):
        with pytest.raises(QmoError, match="would replace the recording"):
            run(simulated, events=path)
    assert simulated.read_bytes() == held


def test_log_is_not_begun_when_the_contract_is_not_there(simulated: Path, tmp_path: Path) -> None:
    (tmp_path / "log").write_text("from yesterday")
    with pytest.raises(QmoError, match="does not hold ESH4; it holds GCG4"):
        run(simulated, events=tmp_path / "log", symbol="ESH4")
    assert (tmp_path / "log").read_text() == "from yesterday"


def test_log_that_cannot_be_opened_names_the_path(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing" / "log"):
        with pytest.raises(QmoError, match=f"the event log {path} cannot be written: ") as failure:
            EventLog(path)
        assert failure.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize("count", [1, 1_000])
def test_log_on_a_full_disk_says_that_it_is_cut_short(count: int) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full, a disk that is always full")
    event = Summary(ts=1, records=1)
    with (
        pytest.raises(QmoError, match="the event log /dev/full is cut short: No space left"),
        EventLog(Path("/dev/full")) as log,
    ):
        log.write([event] * count)


def test_log_without_a_file_counts_and_hashes_all_the_same(tmp_path: Path) -> None:
    event = Summary(ts=1, records=1)
    with EventLog(None) as bare, EventLog(tmp_path / "log") as kept:
        for log in (bare, kept):
            log.write([event])
    assert bare.counts == kept.counts == {"summary": 1}
    assert bare.digest.hexdigest() == kept.digest.hexdigest()


# --------------------------------------------------------------------------------------------- under a screen: seeking


class Market:
    """A pipeline that follows a replay, and everything it has said since the replay last restarted."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.pipeline = Pipeline(instrument)
        self.digest = Digest()

    def take(self, events: list[Event]) -> None:
        for event in events:
            self.digest.add(event, encode(event))

    async def follow(self, replay: Replay) -> None:
        async for batch in replay.batches():
            if isinstance(batch, Restarted):
                self.__init__(self.instrument)  # type: ignore[misc]
            else:
                self.take(self.pipeline.process(batch))

    def state(self) -> tuple[MarketView, dict[str, Any], str]:
        """Return all that can be seen of it; what still waits to be said is said."""
        view, summary = self.pipeline.view(EVERYTHING), figures(self.pipeline.summary())
        self.take(self.pipeline.finish())
        return view, summary, self.digest.hexdigest()


def straight_to(recording: Recording, instrument: Instrument, moment: int) -> Market:
    market = Market(instrument)
    for batch in before(recording, moment + 1, 10**6):
        market.take(market.pipeline.process(batch))
    return market


Move = tuple[str, float]
moves = st.lists(
    st.one_of(
        st.tuples(st.just("seek"), st.floats(-0.1, 1.1)),
        st.tuples(st.sampled_from(["event", "second", "minute", "pause", "resume", "max", "wait"]), st.just(0.0)),
        st.tuples(st.sampled_from(["search", "loop"]), st.just(0.0)),
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves, st.floats(0.0, 1.0))
def test_wherever_it_is_sent_it_stands_as_if_it_had_played_straight_there(
    simulated: Path, way: list[Move], place: float
) -> None:
    recording = Recording([simulated])
    instrument = resolve(recording.contents())
    assert instrument is not None
    measured = Replay(recording)
    measured.measure()
    start, end = measured.start or 0, measured.end or 0
    target = start + round(place * (end - start))

    async def scenario() -> Market:
        replay = Replay(recording, speed=20.0, clock=asyncio.get_running_loop().time)
        market = Market(instrument)
        following = asyncio.create_task(market.follow(replay))
        for name, argument in way:
            await move(replay, name, start + round(argument * (end - start)))
        replay.pause()
        replay.seek(target)
        while replay.seeking and not replay.finished:  # noqa: ASYNC110 - a clock that costs nothing
            await asyncio.sleep(0)
        await asyncio.sleep(1)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        return market

    assert in_virtual_time(scenario()).state() == straight_to(recording, instrument, target).state()


async def move(replay: Replay, name: str, moment: int) -> None:
    if name == "seek":
        replay.seek(moment)
    elif name == "max":
        replay.set_speed(None)
    elif name == "wait":
        await asyncio.sleep(0.3)
    elif name == "pause":
        replay.pause()
    elif name == "resume":
        replay.resume()
    elif name == "search":
        replay.search("what never comes")
    elif name == "loop":
        replay.repeat(None if replay.start is None else (replay.start, replay.start + 2 * SECOND))
    else:
        replay.step(Step(name))
    await asyncio.sleep(0)


# -------------------------------------------------------------------------------- under a screen: the session


async def until(condition: Callable[[], object], session_task: "asyncio.Task[None]") -> None:
    """Let the session work until something holds; a session that ends without it fails the test."""
    async with asyncio.timeout(60):
        while not condition():
            assert not session_task.done() or condition()
            await asyncio.sleep(0)


Scenario = Callable[[ReplaySession, "asyncio.Task[None]"], Awaitable[None]]


async def played(path: Path, scenario: Scenario, **options: Any) -> ReplaySession:
    recording = Recording([path])
    transport = Replay(recording, speed=None)
    session = ReplaySession(recording, USUAL, transport, **options)
    task = asyncio.create_task(session.run())
    try:
        await scenario(session, task)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return session


async def test_session_shows_an_empty_market_until_the_engines_are_ready(simulated: Path) -> None:
    async def scenario(session: ReplaySession, task: "asyncio.Task[None]") -> None:
        assert session.view(EVERYTHING).sequence == 0
        assert "preparing" in session.notes[0]
        await until(lambda: session.transport.finished, task)
        assert session.notes == ()
        assert session.view(EVERYTHING).sequence > 1_000
        assert session.records_per_second > 0
        await until(lambda: session.transport.end is not None, task)

    session = await played(simulated, scenario)
    assert (session.error, session.failure) == (None, None)


async def test_moments_of_trading_do_not_run_ahead_of_a_replay_on_its_way(simulated: Path) -> None:
    middle = middle_of(Recording([simulated]))

    async def scenario(session: ReplaySession, task: "asyncio.Task[None]") -> None:
        transport = session.transport
        transport.pause()
        transport.seek(middle)
        await until(lambda: session.view(EVERYTHING).sequence and not transport.seeking, task)
        transport.seek(middle + 3_600 * SECOND)
        view = session.view(ViewRequest(trading=True))
        assert view.trading is not None
        assert view.trading.now == view.event_time

    await played(simulated, scenario)


async def test_session_going_back_shows_what_it_showed_then(simulated: Path) -> None:
    middle = middle_of(Recording([simulated]))

    async def scenario(session: ReplaySession, task: "asyncio.Task[None]") -> None:
        transport = session.transport
        transport.pause()
        transport.seek(middle)
        await until(lambda: transport.start is not None and not transport.seeking, task)
        there = session.view(EVERYTHING)
        transport.seek(middle + 30 * SECOND)
        await until(lambda: not transport.seeking, task)
        assert session.view(EVERYTHING) != there
        transport.seek(middle)
        await until(lambda: not transport.seeking, task)
        assert session.view(EVERYTHING) == there

    assert (await played(simulated, scenario)).error is None


async def test_session_steps_by_the_events_of_its_contract(simulated: Path) -> None:
    async def scenario(session: ReplaySession, task: "asyncio.Task[None]") -> None:
        await until(lambda: session.transport.follows is not None, task)

    session = await played(simulated, scenario)
    instrument = session.view(EVERYTHING).instrument
    assert instrument is not None
    assert (instrument.symbol, session.transport.follows) == ("GCG4", instrument.instrument_id)


async def test_break_in_the_file_ends_playing_and_keeps_what_was_shown(simulated: Path, tmp_path: Path) -> None:
    metadata = DbnFile(simulated).metadata
    assert metadata is not None
    body = b"".join(batch.records.tobytes() for batch in DbnFile(simulated).batches())
    path = tmp_path / "broken.dbn"
    path.write_bytes(metadata.encode() + body + bytes(56))

    async def scenario(session: ReplaySession, task: "asyncio.Task[None]") -> None:
        await until(lambda: session.error is not None, task)
        await task

    session = await played(path, scenario)
    assert session.error is not None
    assert session.error.startswith(f"{path}: broken record at byte ")
    assert isinstance(session.failure, CorruptDbn)
    assert session.view(EVERYTHING).sequence == len(body) // 56


async def test_contract_that_is_not_there_ends_the_session_in_one_line(simulated: Path) -> None:
    async def scenario(session: ReplaySession, task: "asyncio.Task[None]") -> None:
        await task

    session = await played(simulated, scenario, symbol="ESH4")
    assert session.error is not None
    assert session.error.startswith("the recording does not hold ESH4")
    assert session.notes == ()
    assert session.view(EVERYTHING).instrument is None


async def test_file_that_vanishes_ends_the_session_in_one_line(simulated: Path, tmp_path: Path) -> None:
    path = tmp_path / "vanishes.dbn.zst"
    await asyncio.to_thread(shutil.copy, simulated, path)

    async def scenario(session: ReplaySession, task: "asyncio.Task[None]") -> None:
        await until(lambda: session.transport.finished, task)
        await asyncio.to_thread(path.unlink)
        session.transport.seek(0)
        await task

    session = await played(path, scenario)
    assert isinstance(session.failure, FileNotFoundError)
    assert session.error is not None
    assert str(path) in session.error


async def test_cancelling_ends_measuring_too(simulated: Path) -> None:
    async def scenario(session: ReplaySession, task: "asyncio.Task[None]") -> None:
        await until(lambda: session.transport.start is not None, task)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not [other for other in asyncio.all_tasks() if other is not asyncio.current_task()]

    await played(simulated, scenario)


def test_undefined_definition_price_is_not_a_tick() -> None:
    with pytest.raises(InstrumentError, match="is not a price step"):
        replace(GCG4, tick=UNDEFINED_PRICE)


async def test_a_recording_without_order_flow_says_that_there_is_nothing_to_show(data: Path) -> None:
    recording = Recording([data / "esu4-nqu4.definition.dbn.zst"])
    session = ReplaySession(recording, Settings(), Replay(recording))
    await session.run()
    assert session.error is not None
    assert "holds no order flow to show" in session.error
