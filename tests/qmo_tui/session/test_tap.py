"""When a recording asks for a fresh snapshot."""

from pathlib import Path

import pytest

from feeds.dbn import Metadata
from feeds.recorder import Notice, NoticeKind, RecorderSettings, StartReason, Trouble, TroubleKind
from qmo_tui.session.tap import Beginnings, Tap


def begun(reason: StartReason) -> Notice:
    return Notice(NoticeKind.FILE_STARTED, "recording", start=reason)


def trouble(kind: TroubleKind) -> Notice:
    return Notice(NoticeKind.TROUBLE, "not recording", trouble=Trouble(kind, "not recording"))


RESUMED = Notice(NoticeKind.RESUMED, "recording again")


@pytest.mark.parametrize("reason", list(StartReason))
def test_a_file_after_a_failure_wants_one(reason: StartReason) -> None:
    assert Beginnings().wants_snapshot(begun(reason)) is (reason in {StartReason.TROUBLE, StartReason.GAP})


def test_a_full_disk_breaks_the_market_off_once_and_only_when_it_has_room_again() -> None:
    beginnings = Beginnings()
    tries = [trouble(TroubleKind.DISK_FULL), *[begun(StartReason.TROUBLE)] * 5]
    assert not any(beginnings.wants_snapshot(notice) for notice in tries)
    assert beginnings.wants_snapshot(RESUMED)
    assert not beginnings.wants_snapshot(RESUMED)


def test_a_first_file_that_had_to_wait_for_the_disk_wants_none() -> None:
    beginnings = Beginnings()
    told = [trouble(TroubleKind.DISK_FULL), begun(StartReason.FIRST), RESUMED]
    assert not any(beginnings.wants_snapshot(notice) for notice in told)


def test_it_says_so_where_no_fresh_session_will_come(tmp_path: Path) -> None:
    answers = iter([True, False])
    tap = Tap(tmp_path, "GC.v.0", RecorderSettings(), renew=lambda _: next(answers))
    assert tap.start()  # nothing is connected yet: the first session will do
    tap.wanted = False
    tap.take(Metadata(dataset="GLBX.MDP3"), b"")
    assert tap.start()
    assert not tap.start()
    assert tap.words == "REC waiting for the next session"


def test_a_queue_that_ran_full_delays_nothing() -> None:
    beginnings = Beginnings()
    assert not beginnings.wants_snapshot(trouble(TroubleKind.QUEUE_FULL))
    assert beginnings.wants_snapshot(begun(StartReason.GAP))
