"""The live feed as the program wires it, against a real gateway: what was live is what is recorded and replayed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from engines.view import BookState, ViewRequest
from feeds.databento.gateway import Cut, End, Fault, Gateway, Service, first
from feeds.dbn import DbnWriter, Metadata
from feeds.recorder import read_sidecar
from feeds.recording import Recording
from feeds.records import DEFINITION, Schema
from qmo_tui.log import open_log
from qmo_tui.session.event_log import EventLog
from qmo_tui.session.headless import run_headless
from qmo_tui.session.live import LiveSession
from qmo_tui.session.preparing import load_engines
from qmo_tui.session.recording import RecordingSession
from qmo_tui.session.sources import LiveFeed
from qmo_tui.settings import Settings, load
from tests.feeds.streams import made
from tests.market import write_session
from tests.market.files import SYMBOL
from tests.market.sessions import FIRST_INSTRUMENT, START, TICK

SECRET = "db-ThisKeyBelongsToNobodyAtAll99"


@pytest.fixture(autouse=True, scope="module")
def engines_are_ready() -> None:
    """Compile before anything is waited for."""
    load_engines()


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    """Return a market of a minute with the definition of its contract."""
    write_session(tmp_path / "session.dbn.zst", seed=5)
    definition = made(
        DEFINITION,
        19,
        1,
        instrument_id=FIRST_INSTRUMENT,
        raw_symbol=SYMBOL.encode(),
        min_price_increment=TICK,
        unit_of_measure_qty=100_000_000_000,
        instrument_class=ord("F"),
        ts_event=START,
        ts_recv=START,
    )
    header = Metadata(dataset="GLBX.MDP3", schema=Schema.DEFINITION, start=START)
    with DbnWriter(tmp_path / "definition.dbn", header) as writer:
        writer.write(definition)
    return Recording([tmp_path / "definition.dbn", tmp_path / "session.dbn.zst"])


def settings(tmp_path: Path, symbol: str = "GC.v.0") -> Settings:
    flags = {"feed.symbol": symbol, "feed.context": False, "recording.folder": str(tmp_path / "recordings")}
    return load(flags=flags, environment={}).settings


def environment(gateway: Gateway) -> dict[str, str]:
    return {"DATABENTO_API_KEY": SECRET, "QMO_DATABENTO_GATEWAY": gateway.address}


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in several tasks and a thread
            await asyncio.sleep(0.005)


def listen(
    recording: Recording,
    chosen: Settings,
    enough: Callable[[LiveSession], object],
    *,
    log: EventLog | None = None,
    faults: tuple[Fault, ...] = (),
    record: bool = False,
    meanwhile: Callable[[LiveSession], Awaitable[None]] | None = None,
) -> LiveSession:
    """Run a live session against a gateway until it has heard enough, then quit."""

    async def scenario() -> LiveSession:
        async with Gateway(recording, faults, Service()) as gateway:
            feed = LiveFeed(chosen, record=record, environment=environment(gateway))
            session = LiveSession(feed.source, chosen, log=log, tap=feed.tap)
            running = asyncio.create_task(session.run())
            try:
                await until(lambda: enough(session) or running.done())
                if meanwhile is not None:
                    await meanwhile(session)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
            await gateway.until(lambda gateway: not gateway.open_connections)
        if session.failure is not None:
            raise session.failure
        return session

    return asyncio.run(scenario())


def has_heard(records: int) -> Callable[[LiveSession], bool]:
    """Whether the engines have every order-flow record; control records come on top."""
    return lambda session: session.view(ViewRequest()).sequence >= records


def test_live_is_the_file(recording: Recording, tmp_path: Path) -> None:
    replayed = run_headless(recording.again(), Settings())
    with EventLog(tmp_path / "live.jsonl") as log:
        session = listen(recording, settings(tmp_path), has_heard(replayed.records), log=log)
    assert log.digest.hexdigest() == replayed.digest
    assert session.view(ViewRequest()).book is BookState.VALID


def test_the_real_session_live_is_the_file(data: Path, tmp_path: Path) -> None:
    path = data / "esh4-20231225.mbo.dbn.zst"
    if not path.exists():
        pytest.skip(f"needs recorded market data: no file {path}")
    replayed = run_headless(Recording([path]), Settings())
    with EventLog(tmp_path / "live.jsonl") as log:
        listen(Recording([path]), settings(tmp_path, "ES.v.0"), has_heard(replayed.records), log=log)
    assert log.digest.hexdigest() == replayed.digest


def test_what_was_recorded_replays_as_it_was_live(recording: Recording, tmp_path: Path) -> None:
    total = run_headless(recording.again(), Settings())
    with EventLog(tmp_path / "live.jsonl") as log:
        listen(recording, settings(tmp_path), has_heard(total.records), log=log, record=True)
    (recorded,) = (tmp_path / "recordings" / "live").glob("*.dbn.zst")
    assert run_headless(Recording([recorded]), Settings()).digest == log.digest.hexdigest() == total.digest


def test_recording_may_begin_in_the_middle_and_begins_with_a_snapshot(recording: Recording, tmp_path: Path) -> None:
    total = run_headless(recording.again(), Settings()).records

    async def switch_on(session: LiveSession) -> None:
        before = session.view(ViewRequest()).sequence
        assert session.toggle_recording() == "the recording begins, with a fresh snapshot"
        await until(lambda: session.view(ViewRequest()).sequence >= before + total)
        assert (session.line.recording or "").startswith("REC ")

    listen(recording, settings(tmp_path), has_heard(total), meanwhile=switch_on)
    (recorded,) = (tmp_path / "recordings" / "live").glob("*.dbn.zst")
    assert run_headless(Recording([recorded]), Settings()).digest == run_headless(recording.again(), Settings()).digest


def test_a_recording_survives_a_broken_line(recording: Recording, tmp_path: Path) -> None:
    total = run_headless(recording.again(), Settings()).records
    told: list[str] = []

    async def scenario() -> RecordingSession:
        cut = Cut(after=total // 2, how=End.FIN, connections=first(1))
        async with Gateway(recording, [cut], Service()) as gateway:
            feed = LiveFeed(settings(tmp_path), record=True, tell=told.append, environment=environment(gateway))
            session = RecordingSession(feed, tell=told.append)
            running = asyncio.create_task(session.run())
            try:
                await until(lambda: gateway.records_sent > total and session.progress.received >= gateway.records_sent)
            finally:
                session.stop()
                await running
        return session

    session = asyncio.run(scenario())
    (recorded,) = (tmp_path / "recordings" / "live").glob("*.dbn.zst")
    sidecar = read_sidecar(recorded.with_name(recorded.name.replace(".dbn.zst", ".json")))
    assert sidecar is not None
    assert sidecar.reconnects == 1
    summary = run_headless(Recording([recorded]), Settings())
    assert summary.unknown_orders == 0
    assert summary.resting_orders == run_headless(recording.again(), Settings()).resting_orders
    assert any("interrupted" in line for line in told), told
    assert session.progress.lost == 0


def test_the_key_is_nowhere(
    recording: Recording, tmp_path: Path, home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    open_log("debug")
    for name in ("databento", "asyncio", "qmo"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    total = run_headless(recording.again(), Settings()).records
    cut = Cut(after=total // 2, how=End.RST, connections=first(1))
    with EventLog(tmp_path / "live.jsonl") as log:
        session = listen(recording, settings(tmp_path), has_heard(total), log=log, faults=(cut,), record=True)
    everything: dict[str, Any] = {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert any(name.endswith(".dbn.zst") for name in everything)
    assert any(name.startswith(str(home)) for name in everything)
    everything |= {"line": repr(session.line).encode(), "objects": repr(vars(session)).encode()}
    everything |= dict(zip(("stdout", "stderr"), (text.encode() for text in capfd.readouterr()), strict=True))
    for name, content in everything.items():
        for part in (SECRET, SECRET[3:20]):
            assert part.encode() not in content, name
