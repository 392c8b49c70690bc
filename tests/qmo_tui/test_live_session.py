"""A live session: a source's stream through the engines, its contract, its breaks and its context."""

import json
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engines.view import BookState, ViewRequest
from feeds.instrument import Instrument
from feeds.recording import Recording
from feeds.records import OHLCV, Batch, Provenance, Schema
from feeds.states import ContextQuote, FeedChange, FeedItem, FeedState, Following, Gap
from qmo_tui.errors import QmoError
from qmo_tui.session.event_log import EventLog
from qmo_tui.session.headless import run_headless
from qmo_tui.session.live import LiveSession
from qmo_tui.settings import Settings
from tests.market import write_session

SECOND = 1_000_000_000
NOW = 1_800_000_000 * SECOND
GC = Instrument("GCG4", 17_077, tick=SECOND // 10, multiplier=100.0, dataset="GLBX.MDP3", source="settings")
YAHOO = Instrument("GC=F", 0, tick=SECOND // 10, multiplier=100.0)
EVERYTHING = ViewRequest(ladder_rows=40, prints=20, bars=20)


class Line:
    """A source that says what it was given, then ends, or fails."""

    name = "databento"

    def __init__(self, items: Sequence[FeedItem], failure: Exception | None = None) -> None:
        self._items = items
        self._failure = failure
        self.closed = False

    async def items(self) -> AsyncGenerator[FeedItem]:
        for item in self._items:
            yield item
        if self._failure is not None:
            raise self._failure

    async def close(self) -> None:
        self.closed = True


def said(state: FeedState, reason: str = "because") -> FeedChange:
    return FeedChange(state, "databento mbo", reason, NOW)


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    write_session(tmp_path / "session.dbn.zst", seed=5)
    return Recording([tmp_path / "session.dbn.zst"])


def live(recording: Recording, most: int = 500) -> list[Batch]:
    return [replace(batch, provenance=Provenance.LIVE) for batch in recording.batches(most)]


async def listened(
    items: Sequence[FeedItem], log: EventLog | None = None, wall_clock: Callable[[], int] = lambda: NOW
) -> LiveSession:
    line = Line(items)
    session = LiveSession(line, Settings(), log=log, wall_clock=wall_clock)
    await session.run()
    assert line.closed
    return session


async def test_live_is_replay(recording: Recording, tmp_path: Path) -> None:
    with EventLog(tmp_path / "live.jsonl") as log:
        await listened([said(FeedState.CONNECTING), Following(GC, "GC.v.0"), *live(recording)], log)
    replayed = run_headless(recording.again(), Settings(), events=tmp_path / "replay.jsonl")
    assert log.digest.hexdigest() == replayed.digest
    assert log.counts["bar"] == replayed.counts["bar"] > 0


async def test_the_log_begins_with_the_session_whatever_was_said_before_the_contract_was_known(
    recording: Recording, tmp_path: Path
) -> None:
    items: list[FeedItem] = [
        said(FeedState.CONNECTING),
        Following(GC, "GC.v.0"),
        said(FeedState.LIVE),
        *live(recording),
    ]
    with EventLog(tmp_path / "live.jsonl") as log:
        await listened(items, log)
    lines = [json.loads(line) for line in (tmp_path / "live.jsonl").read_text().splitlines()]
    assert (lines[0]["kind"], lines[0]["symbol"], lines[0]["provenance"]) == ("session", "GCG4", "live")
    assert [line["state"] for line in lines if line["kind"] == "feed"] == ["connecting", "live"]


async def test_a_source_that_never_named_a_contract_leaves_a_log_that_says_so(tmp_path: Path) -> None:
    with EventLog(tmp_path / "live.jsonl") as log:
        await listened([said(FeedState.CLOSED, "the key was refused")], log)
    lines = [json.loads(line) for line in (tmp_path / "live.jsonl").read_text().splitlines()]
    assert [line["kind"] for line in lines] == ["session", "feed"]
    assert lines[0]["symbol"] == ""


async def test_after_a_break_the_book_is_suspect_until_a_snapshot_comes(recording: Recording) -> None:
    batches = live(recording)
    begun: list[FeedItem] = [Following(GC, "GC.v.0"), *batches]
    assert (await listened(begun)).view(EVERYTHING).book is BookState.VALID
    broken = await listened([*begun, Gap(NOW, "reset by peer")])
    assert broken.view(EVERYTHING).book is BookState.SUSPECT
    assert broken.line.interruptions == 1
    again = await listened([*begun, Gap(NOW, "reset by peer"), *batches])
    assert again.view(EVERYTHING).book is BookState.VALID


async def test_a_break_changes_no_event(recording: Recording, tmp_path: Path) -> None:
    batches = live(recording)
    digests = []
    runs: tuple[tuple[str, list[FeedItem]], ...] = (
        ("whole", [*batches, *batches]),
        ("broken", [*batches, Gap(NOW, "reset by peer"), *batches]),
    )
    for name, items in runs:
        with EventLog(tmp_path / f"{name}.jsonl") as log:
            await listened([Following(GC, "GC.v.0"), *items], log)
        digests.append(log.digest.hexdigest())
    assert digests[0] == digests[1]


async def test_another_contract_begins_with_engines_of_its_own(recording: Recording) -> None:
    session = await listened([Following(GC, "GC.v.0"), *live(recording), Following(replace(GC, symbol="GCJ4"), "GC")])
    view = session.view(EVERYTHING)
    assert (view.instrument, view.sequence, view.prints) == (replace(GC, symbol="GCJ4"), 0, ())


async def test_context_is_never_mixed_into_the_order_flow(recording: Recording) -> None:
    bars = np.zeros(2, OHLCV)
    bars["ts_event"] = [NOW - 120 * SECOND, NOW - 60 * SECOND]
    for name in ("open", "high", "low", "close"):
        bars[name] = 4_100 * SECOND
    context: list[FeedItem] = [
        Batch(Schema.OHLCV_1M, bars, Provenance.CONTEXT, YAHOO),
        ContextQuote("GC=F", 4_101.3, None, 4_101.4, NOW - 5 * SECOND, NOW, 600),
    ]
    order_flow: list[FeedItem] = [Following(GC, "GC.v.0"), said(FeedState.LIVE), *live(recording)]
    before = (await listened(order_flow)).view(EVERYTHING)

    out = await listened([*order_flow, said(FeedState.CONTEXT), *context])
    view = out.view(EVERYTHING)
    assert (view.provenance, view.last, view.best_bid, view.best_ask) == (Provenance.CONTEXT, 41_013, None, 41_014)
    assert (len(view.bars), view.prints) == (2, ())
    assert view.book is BookState.ABSENT

    back = await listened([*order_flow, said(FeedState.CONTEXT), *context, said(FeedState.LIVE)])
    assert back.view(EVERYTHING) == before


async def test_an_error_ends_the_session_and_is_told(recording: Recording) -> None:
    line = Line([Following(GC, "GC.v.0")], failure=QmoError("the key was refused"))
    session = LiveSession(line, Settings())
    await session.run()
    assert session.error == "the key was refused"
    assert isinstance(session.failure, QmoError)
    assert line.closed


async def test_what_was_live_is_closed_once_an_error_has_ended_it(recording: Recording) -> None:
    items: list[FeedItem] = [Following(GC, "GC.v.0"), said(FeedState.LIVE), *live(recording)]
    session = LiveSession(Line(items, QmoError("the key was revoked")), Settings(), wall_clock=lambda: NOW)
    await session.run()
    assert (session.line.state, session.line.reason) == (FeedState.CLOSED, "the key was revoked")


async def test_a_contract_that_is_not_what_the_settings_expect_is_not_traded_from(recording: Recording) -> None:
    session = await listened([Following(replace(GC, tick=SECOND // 4), "GC.v.0"), *live(recording)])
    assert session.error is not None
    assert "the settings expect 0.1" in session.error
    assert session.view(EVERYTHING).sequence == 0


async def test_the_age_of_the_data_grows_while_nothing_comes(recording: Recording) -> None:
    times = iter(range(NOW, NOW + 10_000 * SECOND, SECOND))
    session = await listened([Following(GC, "GC.v.0"), *live(recording)[:1]], wall_clock=lambda: next(times))
    first, second = session.line.silence, session.line.silence
    assert first is not None
    assert second is not None
    assert second > first > 0


async def test_the_mentors_data_gate_closes_once_nothing_comes(tmp_path: Path) -> None:
    write_session(tmp_path / "minutes.dbn.zst", seed=5, minutes=3.0)
    recording, passed = Recording([tmp_path / "minutes.dbn.zst"]), [NOW]
    items: list[FeedItem] = [said(FeedState.LIVE), Following(GC, "GC.v.0"), *live(recording)]
    session = await listened(items, wall_clock=lambda: passed[0])
    asked = ViewRequest(mentor=True)
    gates = []
    for seconds in (0, 60):
        passed[0] = NOW + seconds * SECOND
        mentor = session.view(asked).mentor
        assert mentor is not None
        gates.append(next(gate for gate in mentor.gates if gate.name == "data"))
    assert [gate.is_open for gate in gates] == [True, False]
    assert gates[1].reason == "newest record 60 s old"
