"""The transport of a replay under a session: on to what is said next, marks, and what going back costs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engines.execution import commands
from engines.trading_events import Position
from engines.view import ViewRequest
from feeds.recording import Recording
from feeds.records import Provenance
from feeds.replay import Replay
from feeds.simulator.endless import EndlessMarket, EndlessReplay
from feeds.simulator.habits import Habits
from feeds.simulator.session import SimulationSettings
from qmo_tui.journal.reading import reading
from qmo_tui.paths import capital_files, journal_file
from qmo_tui.session.contract import choose
from qmo_tui.session.landmarks import SOUGHT, Landmark, landmarks_of
from qmo_tui.session.replay import ReplaySession
from qmo_tui.session.trading_desk import TradingDesk
from qmo_tui.settings import Settings

SECOND = 1_000_000_000
OPEN = 75 * 60 * SECOND
"""So long after the beginning of the recording its market trades."""


@pytest.fixture
def recording(data: Path) -> Recording:
    return Recording([data / "esh4-20231225.mbo.dbn.zst"])


@asynccontextmanager
async def running(session: ReplaySession) -> AsyncIterator[ReplaySession]:
    """Run a session for as long as the block lasts."""
    session.transport.pause()
    task = asyncio.create_task(session.run())
    try:
        # Where the recording begins is measured in a thread, while it is played.
        await until(lambda: session.view(ViewRequest()).sequence and session.transport.start is not None)
        yield session
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert session.failure is None


def replayed(recording: Recording) -> ReplaySession:
    return ReplaySession(recording, Settings(), Replay(recording, speed=None))


def simulated(seed: int = 3) -> ReplaySession:
    market = EndlessMarket(SimulationSettings(seed=seed, habits=Habits(records_per_second=30.0)))
    return ReplaySession(market, Settings(), EndlessReplay(market))


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - the session works between two looks
            await asyncio.sleep(0)


async def arrived(session: ReplaySession) -> None:
    await asyncio.sleep(0)
    await until(lambda: not session.transport.seeking and not session.transport.searching)
    await asyncio.sleep(0.02)


def said_without_a_screen(recording: Recording) -> list[Landmark]:
    """Return the marks that the lines of one whole pass make."""
    pipeline = choose(recording, Settings(), None).pipeline(Settings())
    lines = [line for batch in recording.batches() for line in pipeline.process(batch)]
    return [mark for mark in landmarks_of(lines) if mark.kind in SOUGHT["zone"]]


async def test_every_zone_is_stopped_at_as_it_is_said_and_after_the_last_it_stays_there(recording: Recording) -> None:
    expected = said_without_a_screen(recording.again())
    assert len(expected) > 10
    stops: list[str] = []
    told: list[str] = []
    async with running(replayed(recording)) as session:
        while True:
            session.seek_next("zone")
            await arrived(session)
            stops.append(session.transport.halted)
            assert session.transport.paused
            if stops[-1].startswith("no further"):
                break
            told += stops[-1].split("; ")
            clock = session.view(ViewRequest()).event_time
            assert clock is not None
            assert expected[len(told) - 1].ts <= clock
            place = session.transport.position
        assert told == [mark.text for mark in expected]
        assert len(stops) > 10
        assert stops[-1] == "no further zone until the end of the recording: back to where it was"
        assert session.transport.position == place
        assert session.view(ViewRequest()).event_time == clock
        assert [mark for mark in session.playback.marks if mark.kind in SOUGHT["zone"]] == expected


async def test_only_what_was_played_is_marked_and_stays_so_when_it_goes_back(recording: Recording) -> None:
    async with running(replayed(recording)) as session:
        before = session.playback.marks
        session.seek_next("zone")
        await arrived(session)
        assert before == ()
        assert len([mark for mark in session.playback.marks if mark.kind in SOUGHT["zone"]]) == 1
        marks, view = session.playback.marks, session.view(ViewRequest(zones=True))
        assert session.transport.start is not None
        session.transport.seek(session.transport.start)
        await arrived(session)
        assert session.playback.marks == marks
        again = session.view(ViewRequest(zones=True))
        assert again.event_time is not None
        assert view.event_time is not None
        assert again.event_time < view.event_time
        assert not again.icebergs  # the engines know nothing of marks


async def test_a_trade_by_key_is_a_mark_and_the_next_alert(recording: Recording) -> None:
    async with running(replayed(recording)) as session:
        transport = session.transport
        await buy_at_market(session, OPEN)
        session.seek_next("alert")
        await arrived(session)
        assert transport.halted == "buy ES opened"
        assert [mark.kind for mark in session.playback.marks if mark.kind in SOUGHT["alert"]] == ["prompt", "trade"]


async def buy_at_market(session: ReplaySession, after: int) -> None:
    """Go so long after the start of the recording, and buy there by key."""
    assert session.transport.start is not None
    session.transport.seek(session.transport.start + after)
    await arrived(session)
    touch = session.view(ViewRequest()).best_ask
    assert touch is not None
    session.press(commands.ManualEntry("B", "buy", touch, "market"))
    session.press(commands.Arm("b", "buy"))
    trading = session.view(ViewRequest(trading=True)).trading
    assert trading is not None
    assert trading.armed is not None
    session.press(commands.Confirm("y", trading.armed))


async def test_going_back_with_an_open_position_closes_it_and_the_journal_says_who_did(recording: Recording) -> None:
    async with running(replayed(recording)) as session:
        transport = session.transport
        await buy_at_market(session, OPEN)
        session.seek_next("alert")
        await arrived(session)
        assert transport.holds()
        assert transport.start is not None
        transport.seek(transport.start)
        await arrived(session)
        assert not transport.holds()
    with reading(journal_file("replay")) as journal:
        lines = journal.events(journal.sessions("replay")[-1].id)
    closed = [line for line in lines if isinstance(line, Position)][-1]
    assert closed.state == "closed"
    assert closed.reason == "abandoned at the last price: the trader went back in the replay"


@pytest.mark.parametrize("provenance", [Provenance.REPLAY, Provenance.DEMO])
async def test_practice_trades_with_the_paper_broker_and_an_account_of_its_own(
    provenance: Provenance, recording: Recording
) -> None:
    session, begins = (replayed(recording), OPEN) if provenance is Provenance.REPLAY else (simulated(), 600 * SECOND)
    async with running(session):
        await buy_at_market(session, begins)
        trading = session.view(ViewRequest(trading=True)).trading
        assert trading is not None
        assert trading.risk is not None
        assert (trading.broker, trading.risk.account) == ("paper", provenance.value)
    assert journal_file("paper") != journal_file(provenance.value)
    assert journal_file(provenance.value).exists()
    assert not journal_file("paper").exists()
    assert not any(path.exists() for account in ("paper", provenance.value) for path in capital_files(account))


@pytest.mark.parametrize(
    ("provenance", "account"), [(Provenance.REPLAY, "replay"), (Provenance.DEMO, "demo"), (Provenance.LIVE, "paper")]
)
def test_whose_trades_they_are_follows_from_the_market_alone(provenance: Provenance, account: str) -> None:
    assert TradingDesk(Settings(), "market", provenance).account == account


def test_a_price_for_context_has_no_account() -> None:
    with pytest.raises(KeyError):
        TradingDesk(Settings(), "market", Provenance.CONTEXT)
