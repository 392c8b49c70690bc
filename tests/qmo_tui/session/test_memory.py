"""Memory around a session: what one session learned the next one knows, and nothing else learns of it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engines.timing.trading_day import trading_day
from engines.zones.memory import IcebergMemory
from engines.zones.memory_state import Recollection
from feeds.instrument import Instrument
from feeds.recording import Recording
from feeds.records import DEMO_DATASET, Batch, Provenance, Schema
from feeds.states import FeedItem, Following
from qmo_tui.memory_file import Contract, MemoryContents, MemoryFile, Spread, contract_of, read_memory
from qmo_tui.session.event_log import EventLog
from qmo_tui.session.headless import run_headless
from qmo_tui.session.live import LiveSession
from qmo_tui.session.memory import ROLL_NS, SessionMemory, recalled
from qmo_tui.session.sources import memory_of
from qmo_tui.setting_tables.engines import Memory
from qmo_tui.settings import Settings
from tests.engines.zones.memory_market import LEAVE, START, listen, proof, remembering, zone
from tests.market import session, write_session
from tests.market.sessions import FIRST_INSTRUMENT, SECOND, TICK
from tests.market.sessions import START as OPENING
from tests.qmo_tui.test_live_session import Line

GC = Instrument("GCG4", FIRST_INSTRUMENT, TICK, 100.0, "GLBX.MDP3")
APRIL = replace(GC, symbol="GCJ4", instrument_id=8)
QUARTER = 25 * 60 * SECOND


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "memory.db"


def market(seed: int, *, after: int = 0) -> list[Batch]:
    """Twenty-five minutes of a generated market, live."""
    array = session(seed, 1_500, start=OPENING + after, pace=SECOND).array
    return [Batch(Schema.MBO, array[first : first + 700], Provenance.LIVE) for first in range(0, len(array), 700)]


async def lived(
    items: Sequence[FeedItem], path: Path | None, log: Path | None = None, told: list[str] | None = None
) -> LiveSession:
    with EventLog(log) as events:
        memory = SessionMemory(path, tell=(told if told is not None else []).append)
        live = LiveSession(Line(items), Settings(), log=events, memory=memory)
        await live.run()
    assert live.failure is None
    return live


def databases(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("*.db")]


def stand_in_the_way(path: Path) -> None:
    path.mkdir()


def get_out_of_the_way(path: Path) -> None:
    path.rmdir()


def memory_lines(log: Path) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, log.read_text().splitlines()) if line["kind"] == "memory"]


# --- from one live session to the next ----------------------------------------------------------------------------


async def test_what_one_session_learned_the_next_one_knows(path: Path, tmp_path: Path) -> None:
    await lived([Following(GC, "GC.v.0"), *market(5)], path)
    kept = read_memory(path).contracts[contract_of(GC)]
    assert len(kept.zones) > 1
    await lived([Following(GC, "GC.v.0"), *market(6, after=2 * QUARTER)], path, tmp_path / "log.jsonl")
    known = [line for line in memory_lines(tmp_path / "log.jsonl") if line["state"] == "recalled"]
    assert [line["id"] for line in known] == [f"memory-{zone.number}" for zone in kept.zones]
    again = read_memory(path).contracts[contract_of(GC)]
    assert again.next_number >= kept.next_number
    assert again.watched_until > kept.watched_until


async def test_without_a_file_a_session_remembers_within_itself(tmp_path: Path) -> None:
    await lived([Following(GC, "GC.v.0"), *market(5)], None, tmp_path / "log.jsonl")
    assert memory_lines(tmp_path / "log.jsonl")
    assert databases(tmp_path) == []


async def test_another_schema_of_the_same_contract_goes_on_with_what_is_known(tmp_path: Path) -> None:
    items: list[FeedItem] = [
        Following(GC, "GC.v.0"),
        *market(5),
        Following(GC, "GC.v.0", Schema.MBO),
        *market(6, after=2 * QUARTER),
    ]
    await lived(items, None, tmp_path / "log.jsonl")
    assert "recalled" in {line["state"] for line in memory_lines(tmp_path / "log.jsonl")}


async def test_simulated_data_never_comes_near_the_file(path: Path) -> None:
    told: list[str] = []
    simulated = replace(GC, dataset=DEMO_DATASET)
    await lived([Following(simulated, "GC.v.0"), *market(5)], path, told=told)
    assert databases(path.parent) == []
    assert told == []


async def test_two_sessions_at_once_have_one_writer(path: Path) -> None:
    told: list[str] = []
    first = SessionMemory(path)
    await first.open()
    await lived([Following(GC, "GC.v.0"), *market(5)], path, told=told)
    assert told == ["memory: another qmo keeps memory.db: this one reads it, and saves nothing"]
    assert databases(path.parent) == []
    await first.close(None)


def test_where_live_zones_are_kept(home: Path) -> None:
    assert memory_of(Settings(), {}) == home / "memory.db"
    assert memory_of(Settings(memory=Memory(keep=False)), {}) is None
    assert memory_of(Settings(), {"QMO_DATABENTO_GATEWAY": "127.0.0.1:1"}) == home / "memory-gateway.db"


# --- saving while it runs -----------------------------------------------------------------------------------------


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def begun(path: Path, told: list[str]) -> tuple[SessionMemory, IcebergMemory, Clock]:
    clock = Clock()
    memory = SessionMemory(path, tell=told.append, clock=clock)
    await memory.open()
    engine = IcebergMemory(GC, None, replace_minutes(memory.turn(None, GC)))
    return memory, engine, clock


def replace_minutes(recollection: Recollection | None) -> Recollection:
    """A quiet hour before, so that facts need not wait for a measure."""
    assert recollection is not None
    return remembering(*recollection.zones, sessions=recollection.sessions)


async def test_changes_are_saved_once_a_minute(path: Path) -> None:
    memory, engine, clock = await begun(path, [])
    listen(engine, [(0, 1_050), (1, 1_050)], [proof(1_000)])
    clock.now = 59
    memory.hear(engine)
    await memory.close(None)
    assert databases(path.parent) == []
    memory, engine, clock = await begun(path, [])
    listen(engine, [(0, 1_050), (1, 1_050)], [proof(1_000)])
    clock.now = 60
    memory.hear(engine)
    await memory.close(None)
    assert len(read_memory(path).contracts[contract_of(GC)].zones) == 1


async def test_a_new_trading_day_is_saved_at_once(path: Path) -> None:
    memory, engine, _ = await begun(path, [])
    listen(engine, [(0, 1_050), (1, 1_050)], [proof(1_000)])
    engine.begin_day(trading_day(trading_day(START).end))
    memory.hear(engine)
    await memory.close(None)
    assert databases(path.parent) == ["memory.db"]


async def test_a_file_that_cannot_be_written_is_said_once_and_saved_when_it_can(path: Path) -> None:
    told: list[str] = []
    memory, engine, clock = await begun(path, told)
    stand_in_the_way(path)
    for minute in range(1, 4):
        listen(engine, [(minute, 1_050), (minute + 0.5, 1_050)], [proof(900 + 20 * minute, at=minute)])
        clock.now = 60 * minute
        memory.hear(engine)
        assert memory.saving is not None
        await memory.saving
    assert len(told) == 1
    assert told[0].endswith("memory is not saved until it can be written again")
    get_out_of_the_way(path)
    await memory.close(engine)
    assert told[1:] == ["memory is saved again"]
    assert len(read_memory(path).contracts[contract_of(GC)].zones) == 3


# --- over a roll --------------------------------------------------------------------------------------------------


def contents_of(spread: Spread | None, tick: int = TICK) -> MemoryContents:
    earlier = remembering(zone(1, 1_000), last=1_010, watched_until=START)
    return MemoryContents({contract_of(GC)._replace(tick=tick): earlier}, [] if spread is None else [spread])


def spread(earlier: str, later: str, ticks: float, ts: int = 1) -> Spread:
    return Spread("GLBX.MDP3", earlier, later, round(ticks * TICK), ts, "given")


@pytest.mark.parametrize(
    ("known", "lows"),
    [
        pytest.param(spread("GCG4", "GCJ4", 120), [1_120], id="forwards"),
        pytest.param(spread("GCJ4", "GCG4", -120), [1_120], id="told the other way round"),
        pytest.param(None, [], id="not without a spread"),
        pytest.param(spread("GCG4", "GCM4", 120), [], id="nor by that of another contract"),
        pytest.param(spread("GCG4", "GCJ4", 0.5), [], id="nor by one between two ticks"),
    ],
)
def test_zones_go_over_a_roll_by_the_spread_alone(known: Spread | None, lows: list[int]) -> None:
    recollection, unmapped = recalled(contents_of(known), contract_of(APRIL))
    assert [kept.low for kept in recollection.zones] == lows
    assert [contract.name for contract in unmapped] == ([] if lows else ["GCG4"])


def test_zones_go_over_once() -> None:
    contents = contents_of(spread("GCG4", "GCJ4", 120))
    taken, _ = recalled(contents, contract_of(APRIL))
    contents.contracts[contract_of(APRIL)] = Recollection(taken=taken.taken)
    assert recalled(contents, contract_of(APRIL)) == (Recollection(taken=("GCG4",)), [])


def test_another_product_and_another_tick_are_never_mapped() -> None:
    silver = Contract("GLBX.MDP3", "SIH4", 9, TICK)
    assert recalled(contents_of(None), silver) == (Recollection(), [])
    known = contents_of(spread("GCG4", "GCJ4", 120), tick=TICK // 2)
    assert recalled(known, contract_of(APRIL))[0] == Recollection()


@pytest.mark.parametrize(
    ("late", "noted"), [(ROLL_NS, True), (ROLL_NS + SECOND, False)], ids=["five minutes apart", "more"]
)
async def test_last_prices_of_one_moment_tell_the_spread(path: Path, late: int, noted: bool) -> None:
    file = MemoryFile(path)
    file.open()
    file.save(contents_of(None).contracts)
    file.close()
    told: list[str] = []
    memory = SessionMemory(path, tell=told.append)
    await memory.open()
    engine = IcebergMemory(APRIL, None, memory.turn(None, APRIL))
    assert told == [
        "memory: 1 zones of GCG4 are kept, not used: its spread to GCJ4 is unknown "
        "(`qmo memory --spread GCG4 GCJ4 POINTS` tells it)"
    ]
    memory.hear(engine)
    listen(engine, [(late / SECOND, 1_130)])
    memory.hear(engine)
    await memory.close(engine)
    contents = read_memory(path)
    assert [(one.earlier, one.later, one.offset) for one in contents.spreads] == (
        [("GCG4", "GCJ4", 120 * TICK)] if noted else []
    )
    assert [kept.low for kept in recalled(contents, contract_of(APRIL))[0].zones] == ([1_120] if noted else [])


async def test_going_over_to_another_contract_keeps_what_the_first_one_learned(path: Path) -> None:
    items: list[FeedItem] = [Following(GC, "GC.v.0"), *market(5), Following(APRIL, "GC.v.0")]
    await lived(items, path)
    assert len(read_memory(path).contracts[contract_of(GC)].zones) > 1


# --- replay -------------------------------------------------------------------------------------------------------


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    write_session(tmp_path / "session.dbn.zst", seed=5, start=OPENING + 4 * QUARTER)
    return Recording([tmp_path / "session.dbn.zst"])


def file_with(path: Path, recollection: Recollection) -> Path:
    file = MemoryFile(path)
    file.open()
    file.save({Contract("GLBX.MDP3", "GCG4", FIRST_INSTRUMENT, TICK): recollection})
    file.close()
    return path


def test_a_replay_begins_with_a_memory_that_it_only_reads(recording: Recording, path: Path, tmp_path: Path) -> None:
    file_with(path, remembering(zone(1, 20_000 - LEAVE), zone(2, 1, last_ts=2**62), last_day=1))
    before = path.read_bytes()
    runs = [
        run_headless(recording.again(), Settings(), events=tmp_path / f"{name}.jsonl", memory=given)
        for name, given in (("with", path), ("again", path), ("without", None))
    ]
    assert runs[0].digest == runs[1].digest != runs[2].digest
    assert memory_lines(tmp_path / "with.jsonl")[0]["state"] == "recalled"
    assert "recalled" not in {line["state"] for line in memory_lines(tmp_path / "without.jsonl")}
    assert runs[0].notes[-1:] == ["memory: 1 zones learned something after this recording begins: not used"]
    assert path.read_bytes() == before


def test_a_memory_of_other_contracts_is_said_to_serve_nothing(recording: Recording, path: Path) -> None:
    file = MemoryFile(path)
    file.open()
    file.save({contract_of(APRIL): remembering(zone(1, 1_000))})
    file.close()
    notes = run_headless(recording, Settings(), memory=path).notes
    assert notes[-1] == "memory: memory.db holds no zone that serves GCG4"
