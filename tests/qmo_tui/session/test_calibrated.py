"""The stored calibration beside the score of a session: what is shown, and when it keeps silent."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
import pytest

from engines.events import AggressorSide
from engines.mentor_view import Calibration, MentorView
from engines.view import BookState, MarketPhase, MarketView, ViewRequest
from feeds.instrument import Instrument
from feeds.recording import Recording
from feeds.records import Provenance
from feeds.replay import Replay
from feeds.states import FeedItem, Following
from qmo_tui import __version__
from qmo_tui.calibration.calibrating import calibrate
from qmo_tui.calibration.calibration_file import Stored, calibration_file, write_calibration
from qmo_tui.session.calibrated import ScoreCalibration, pillars_digest
from qmo_tui.session.event_log import EventLog
from qmo_tui.session.live import LiveSession
from qmo_tui.session.replay import ReplaySession
from qmo_tui.setting_tables.engines import Bars, Mentor
from qmo_tui.settings import Settings
from tests.market import write_session
from tests.qmo_tui.calibration.lines import MINUTE, SECOND, bar, pillar
from tests.qmo_tui.calibration.planted import Truth, sessions

GOLD = Instrument("GCZ6", 1, 100_000_000, 100.0)
AFTER = 1_772_463_600 * SECOND
"""15:00 UTC on 2026-03-02, after every session that was calibrated on."""


@cache
def stored(*, skilled: bool = True) -> Stored:
    made, _ = sessions(35, Truth(-1.6, {"QMO": 2.5, "IMO": 2.5} if skilled else {}))
    settings = Settings()
    return calibrate(made, settings, version=__version__, digest=pillars_digest(settings))


def keep(one: Stored) -> None:
    write_calibration(calibration_file(one.product, simulated=one.simulated), one)


def view(
    qmo: float = 0.5, *, side: AggressorSide | None = "buy", ts: int = AFTER, book: BookState = BookState.VALID
) -> MarketView:
    told = [pillar("QMO", "buy", qmo), pillar("IMO", "buy", 0.5), pillar("Gann"), pillar("Astro"), pillar("Cycle")]
    mentor = MentorView(
        ts=ts,
        phase=None,
        pillars=tuple(told),
        side=side,
        confidence=None if side is None else 0.5,
        coverage=1.0,
        armed=False,
        since=None,
        gates=(),
        sentences=(),
    )
    return MarketView(
        sequence=1,
        instrument=GOLD,
        provenance=Provenance.LIVE,
        schema=None,
        event_time=ts,
        receive_time=ts,
        phase=MarketPhase.CONTINUOUS,
        book=book,
        mentor=mentor,
    )


def following(settings: Settings | None = None, provenance: Provenance = Provenance.LIVE) -> ScoreCalibration:
    beside = ScoreCalibration(settings or Settings())
    beside.follow(GOLD, provenance)
    beside.hear([bar(AFTER - (40 - number) * MINUTE, "1m", 1003, 997) for number in range(40)])
    return beside


def shown(beside: ScoreCalibration, looked_at: MarketView) -> Calibration | None:
    mentor = beside.beside(looked_at).mentor
    assert mentor is not None
    return mentor.calibration


def test_without_a_stored_calibration_a_view_stays_as_it_is() -> None:
    looked_at = view()
    assert following().beside(looked_at) is looked_at


def test_a_score_has_its_probability_with_base_rate_interval_n_and_dates() -> None:
    keep(stored())
    beside = following()
    high = shown(beside, view(0.9))
    low = shown(beside, view(0.05, ts=AFTER + MINUTE))
    assert high is not None
    assert low is not None
    assert (high.n, high.first, high.last, high.base_rate, high.note) == (
        1_400,
        "2026-01-05",
        "2026-02-20",
        stored().base_rate,
        "",
    )
    assert high.probability is not None
    assert low.probability is not None
    assert high.probability > low.probability + 0.2
    assert high.low is not None
    assert high.high is not None
    assert high.low <= high.probability <= high.high


def test_a_score_of_the_other_side_is_read_from_that_side() -> None:
    keep(stored())
    beside = following()
    bought, sold = shown(beside, view(0.9)), shown(beside, view(0.9, side="sell", ts=AFTER + MINUTE))
    assert bought is not None
    assert sold is not None
    assert (bought.probability or 0) > (sold.probability or 1)


def test_without_a_side_there_is_a_base_rate_and_no_probability() -> None:
    keep(stored())
    said = shown(following(), view(side=None))
    assert said is not None
    assert (said.probability, said.base_rate) == (None, stored().base_rate)


def test_where_skill_is_not_shown_the_probability_is_the_base_rate() -> None:
    keep(stored(skilled=False))
    said = shown(following(), view(0.9))
    assert said is not None
    assert said.base_rate is not None
    assert said.probability == pytest.approx(said.base_rate)
    assert said.note == "no skill shown"


def test_a_suspect_book_leaves_only_the_base_rate() -> None:
    keep(stored())
    beside = following()
    assert (shown(beside, view(0.9)) or said_nothing()).probability != stored().base_rate
    said = shown(beside, view(0.9, book=BookState.SUSPECT)) or said_nothing()
    assert said.probability == pytest.approx(stored().base_rate)
    assert "suspect" in said.note


def said_nothing() -> Calibration:
    raise AssertionError("nothing is shown")


def test_a_wild_market_is_outside_of_what_was_seen() -> None:
    keep(stored())
    beside = following()
    beside.hear([bar(AFTER + number * MINUTE, "1m", 1003, 997) for number in range(400)])
    beside.hear([bar(AFTER + (400 + number) * MINUTE, "1m", 1103, 897) for number in range(20)])
    said = shown(beside, view(0.9, ts=AFTER + 420 * MINUTE)) or said_nothing()
    assert said.probability == pytest.approx(stored().base_rate, abs=0.03)
    assert said.note == "outside of what was seen"


def test_too_few_outcomes_are_counted_and_nothing_else() -> None:
    made, _ = sessions(7, Truth(), scores=20)
    keep(calibrate(made, Settings(), version=__version__, digest=pillars_digest(Settings())))
    said = shown(following(), view())
    assert said == Calibration(140, None, None, None, None, "2026-01-05", "2026-01-13")


def test_other_settings_of_the_pillars_keep_silent_and_other_bars_in_the_log_do_not() -> None:
    keep(stored())
    other = following(msgspec.structs.replace(Settings(), mentor=Mentor(least_lean=0.3)))
    said = shown(other, view()) or said_nothing()
    assert (said.probability, said.base_rate) == (None, None)
    assert "other settings" in said.note
    logged = following(msgspec.structs.replace(Settings(), bars=Bars(log=("1m",))))
    assert (shown(logged, view()) or said_nothing()).probability is not None


def test_a_day_that_was_calibrated_on_is_not_told_its_own_probability() -> None:
    keep(stored())
    last = AFTER - 10 * 24 * 60 * MINUTE
    said = shown(following(), view(ts=last)) or said_nothing()
    assert (said.probability, said.base_rate) == (None, None)
    assert "this day or later ones" in said.note


def test_what_a_simulated_market_taught_is_not_shown_beside_a_real_one() -> None:
    keep(msgspec.structs.replace(stored(), simulated=True))
    looked_at = view()
    assert following().beside(looked_at) is looked_at
    assert shown(following(provenance=Provenance.DEMO), looked_at) is not None


def test_a_damaged_file_is_a_remark_and_no_calibration() -> None:
    path = calibration_file("GC", simulated=False)
    path.parent.mkdir(parents=True)
    path.write_text("{")
    beside = following()
    looked_at = view()
    assert beside.beside(looked_at) is looked_at
    (remark,) = beside.remarks
    assert "damaged" in remark


def test_a_view_that_was_not_asked_for_the_mentor_stays_as_it_is() -> None:
    keep(stored())
    looked_at = replace(view(), mentor=None)
    assert following().beside(looked_at) is looked_at


def test_a_market_that_begins_anew_forgets_its_ranges() -> None:
    keep(stored())
    beside = following()
    beside.restart()
    said = shown(beside, view(0.9)) or said_nothing()
    # Volatility is unknown again, which it never was in what was fitted.
    assert said.note == "outside of what was seen"


# ------------------------------------------------------------------------------------------------- in a whole session

LOOK: Final = ViewRequest(mentor=True)


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    """Return four minutes of gold in January 2024."""
    path = tmp_path / "session.dbn.zst"
    write_session(path, seed=5, minutes=4)
    return Recording([path])


def earlier() -> Stored:
    """Return a calibration of sessions before the recording."""
    return msgspec.structs.replace(stored(), sessions=("2023-10-02", "2023-11-30"))


async def listened(recording: Recording, log: EventLog) -> LiveSession:
    instrument = replace(GOLD, symbol="GCG4", instrument_id=17_077, dataset="GLBX.MDP3", source="settings")

    class Line:
        name = "databento"

        async def items(self) -> AsyncGenerator[FeedItem]:
            yield Following(instrument, "GC.v.0")
            for batch in recording.batches(5_000):
                yield replace(batch, provenance=Provenance.LIVE)

        async def close(self) -> None:
            pass

    session = LiveSession(Line(), Settings(), log=log, wall_clock=lambda: AFTER)
    await session.run()
    return session


async def test_a_live_session_shows_it_and_its_digest_does_not_know_it(recording: Recording, tmp_path: Path) -> None:
    with EventLog(tmp_path / "without.jsonl") as without:
        bare = await listened(recording, without)
    keep(earlier())
    with EventLog(tmp_path / "with.jsonl") as beside:
        session = await listened(recording, beside)
    mentor, plain = session.view(LOOK).mentor, bare.view(LOOK).mentor
    assert mentor is not None
    assert plain is not None
    assert mentor.calibration is not None
    assert (mentor.calibration.n, mentor.calibration.last) == (1_400, "2023-11-30")
    assert mentor.calibration.base_rate == stored().base_rate
    assert plain == msgspec.structs.replace(mentor, calibration=None)
    assert beside.digest.hexdigest() == without.digest.hexdigest()


async def test_a_replay_shows_what_was_known_before_its_day(recording: Recording) -> None:
    async def replayed() -> Calibration:
        session = ReplaySession(recording.again(), Settings(), Replay(recording.again(), speed=None))
        playing = asyncio.create_task(session.run())
        async with asyncio.timeout(120):
            while not session.transport.finished:  # noqa: ASYNC110 - a replay tells its end in no other way
                await asyncio.sleep(0)
        mentor = session.view(LOOK).mentor
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        assert mentor is not None
        return mentor.calibration or said_nothing()

    keep(earlier())
    assert (await replayed()).base_rate == stored().base_rate
    keep(stored())
    assert (await replayed()).note == "made of this day or later ones"
