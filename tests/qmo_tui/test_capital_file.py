"""The files of the capital ladder: whole after anything, kept by one, and nothing done to them loosens a lock."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.execution.capital.ladder import CapitalLadder
from engines.execution.capital.limits import RiskSettings
from engines.execution.capital.state import LadderState
from engines.trading_events import Risk
from qmo_tui.capital_file import FORMAT, CapitalFile, CapitalFileError, _checksum, _encoded
from qmo_tui.paths import capital_files
from tests.engines.timing.clocks import MINUTE, chicago

LIMITS = RiskSettings()
MORNING = chicago("2026-03-10 09:00")
NEXT_DAY = chicago("2026-03-10 17:00")


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "data" / "capital.json", tmp_path / "state" / "capital.copy.json"


Paths = tuple[Path, Path]


class Run:
    """One start of the program with its ladder."""

    def __init__(self, paths: Paths, rules: RiskSettings = LIMITS, lines: tuple[Risk, ...] = ()) -> None:
        self.file = CapitalFile("paper", paths)
        self.kept, self.remarks = self.file.open(rules, lines)
        self.ladder = CapitalLadder(rules, self.kept)

    def at(self, moment: int) -> "Run":
        self.ladder.at(moment)
        self.file.keep(self.ladder.state)
        return self

    def trade(self, cents: int, moment: int = MORNING) -> "Run":
        self.ladder.opened(moment)
        self.file.keep(self.ladder.state)
        self.ladder.closed(cents, moment + MINUTE)
        self.file.keep(self.ladder.state)
        return self

    def stop(self) -> tuple[Risk, ...]:
        self.file.close()
        return tuple(self.ladder.take_events())


@pytest.fixture
def locked(paths: Paths) -> Iterator[tuple[Risk, ...]]:
    """Return what a journal heard of a day that was lost and locked."""
    yield Run(paths).at(MORNING).trade(-100_000).stop()


def is_locked(run: Run, moment: int = MORNING + 60 * MINUTE) -> bool:
    run.ladder.at(moment)
    allowance = run.ladder.allowance()
    return allowance.state == "locked" and allowance.until == NEXT_DAY and not allowance.may_trade


# --- what goes in comes out ---------------------------------------------------------------------------------------


def test_copies_are_in_the_data_and_in_the_state_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QMO_HOME", "")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert CapitalFile("paper").paths == capital_files("paper")
    assert CapitalFile("paper").paths == (
        tmp_path / "data/qmo/capital-paper.json",
        tmp_path / "state/qmo/capital-paper.copy.json",
    )


def test_a_new_account_has_no_files_and_says_nothing(paths: Paths) -> None:
    run = Run(paths)
    assert (run.kept, run.remarks, run.file.may_trade) == (None, [], True)
    assert not any(path.exists() for path in paths)


def test_what_is_kept_is_read_again(paths: Paths) -> None:
    run = Run(paths).at(MORNING).trade(-12_345)
    run.stop()
    again = Run(paths)
    assert (again.kept, again.remarks) == (run.ladder.state, [])
    assert all(path.read_bytes() == _encoded(run.ladder.state) for path in paths)
    assert sorted(path.name for path in paths[0].parent.iterdir()) == ["capital.json", "capital.json.lock"]


def test_a_lock_outlives_a_restart(paths: Paths, locked: tuple[Risk, ...]) -> None:
    assert is_locked(Run(paths))
    assert not is_locked(Run((paths[0].with_name("other"), paths[1].with_name("other"))))


def test_the_next_trading_day_is_free(paths: Paths, locked: tuple[Risk, ...]) -> None:
    run = Run(paths).at(NEXT_DAY)
    assert run.ladder.allowance().may_trade is True
    assert run.ladder.allowance().equity_cents == 4_900_000


def test_nothing_is_written_while_nothing_changes(paths: Paths) -> None:
    run = Run(paths).at(MORNING)
    before = [path.stat().st_ino for path in paths]
    run.at(MORNING + 1)
    assert [path.stat().st_ino for path in paths] == before
    run.trade(5)
    assert [path.stat().st_ino for path in paths] != before


# --- what is done to the files ------------------------------------------------------------------------------------


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def noise(path: Path) -> None:
    path.write_bytes(Random(3).randbytes(300))


def edited(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"trades":', b'"trades":1').replace(b'"locked"', b'"warned"'))


def of_another_account(path: Path) -> None:
    path.write_bytes(_encoded(LadderState(account="demo", limits=LIMITS)))


def of_another_shape(path: Path) -> None:
    payload = msgspec.json.encode({"format": FORMAT, "state": {"account": 5}})
    path.write_bytes(_checksum(payload) + b"\n" + payload + b"\n")


DAMAGE = [cut, empty, noise, edited, of_another_account, of_another_shape]


@pytest.mark.parametrize("place", [0, 1])
def test_a_deleted_copy_is_written_again_from_the_other(paths: Paths, locked: tuple[Risk, ...], place: int) -> None:
    paths[place].unlink()
    run = Run(paths)
    assert run.remarks == [f"capital: {paths[place].name} is written again from the other copy"]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert is_locked(run)


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_copy_is_kept_aside_and_the_other_taken(
    paths: Paths, locked: tuple[Risk, ...], damage: Callable[[Path], None], place: int
) -> None:
    damage(paths[place])
    damaged = paths[place].read_bytes()
    run = Run(paths)
    assert f"capital: {paths[place].name} is not as it was written" in run.remarks[0]
    assert [path.read_bytes() for path in paths[place].parent.glob("*.broken-*")] == [damaged]
    assert is_locked(run)
    run.stop()
    assert Run(paths).remarks == []


@pytest.mark.parametrize("damage", DAMAGE)
def test_where_no_copy_can_be_read_the_day_is_locked(paths: Paths, damage: Callable[[Path], None]) -> None:
    Run(paths).at(MORNING).trade(500).stop()
    for path in paths:
        damage(path)
    run = Run(paths)
    assert run.remarks[-1] == "capital: the kept capital ladder could not be read: the trading day is locked"
    assert is_locked(run)
    run.stop()
    again = Run(paths)
    assert again.remarks == []
    assert is_locked(again)


def test_one_damaged_and_one_deleted_locks_the_day_too(paths: Paths) -> None:
    Run(paths).at(MORNING).stop()
    paths[0].unlink()
    cut(paths[1])
    assert is_locked(Run(paths))


def test_both_deleted_and_no_journal_is_a_new_account(paths: Paths, locked: tuple[Risk, ...]) -> None:
    for path in paths:
        path.unlink()
    assert Run(paths).kept is None


def test_both_deleted_and_a_journal_that_knows_better_locks_the_day(paths: Paths) -> None:
    run = Run(paths).at(MORNING).trade(500)
    lines = run.stop()
    for path in paths:
        path.unlink()
    again = Run(paths, lines=lines)
    assert again.remarks == [
        "capital: the kept capital ladder is gone, and the journal knows it: the trading day is locked"
    ]
    assert is_locked(again)
    assert again.ladder.state.realised_cents == 500


def test_old_copies_put_back_forget_nothing_that_the_journal_knows(paths: Paths) -> None:
    run = Run(paths).at(MORNING)
    old = [path.read_bytes() for path in paths]
    lines = run.trade(-100_000).stop()
    for path, data in zip(paths, old, strict=True):
        path.write_bytes(data)
    assert is_locked(Run(paths, lines=lines))


def test_an_old_copy_beside_a_new_one_is_passed_over(paths: Paths) -> None:
    run = Run(paths).at(MORNING)
    old = paths[0].read_bytes()
    run.trade(-100_000).stop()
    paths[0].write_bytes(old)
    again = Run(paths)
    assert again.kept == run.ladder.state
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("damage", [*DAMAGE[:4], Path.unlink])
def test_a_copy_that_is_touched_while_it_runs_is_written_again(paths: Paths, damage: Callable[[Path], None]) -> None:
    run = Run(paths).at(MORNING).trade(-100_000)
    whole = paths[1].read_bytes()
    damage(paths[0])
    assert run.file.keep(run.ladder.state) == ["capital: capital.json was taken away or changed: it is written again"]
    assert paths[0].read_bytes() == paths[1].read_bytes() == whole
    assert run.file.keep(run.ladder.state) == []


def test_folders_that_are_taken_away_while_it_runs_are_made_again(paths: Paths) -> None:
    run = Run(paths).at(MORNING).trade(-100_000)
    for path in paths:
        for file in path.parent.iterdir():
            file.unlink()
        path.parent.rmdir()
    assert len(run.file.keep(run.ladder.state)) == 2
    assert run.file.may_trade
    run.stop()
    assert is_locked(Run(paths))


def test_what_a_newer_program_wrote_is_neither_used_nor_changed(paths: Paths) -> None:
    Run(paths).at(MORNING).stop()
    payload = msgspec.json.encode({"format": FORMAT + 1, "state": {}})
    newer = _checksum(payload) + b"\n" + payload + b"\n"
    for path in paths:
        path.write_bytes(newer)
    run = Run(paths)
    assert not run.file.may_trade
    assert "written by a newer qmo" in run.remarks[0]
    assert [path.read_bytes() for path in paths] == [newer, newer]
    assert is_locked(run)


def test_what_cannot_be_written_stops_trading_until_it_can(paths: Paths) -> None:
    run = Run(paths).at(MORNING)
    folder, away = paths[1].parent, paths[1].parent.with_name("away")
    folder.rename(away)
    folder.write_text("in the way")
    run.ladder.opened(MORNING)
    with pytest.raises(CapitalFileError, match=r"cannot be kept .*nothing is traded"):
        run.file.keep(run.ladder.state)
    folder.unlink()
    away.rename(folder)
    run.file.keep(run.ladder.state)
    assert paths[0].read_bytes() == paths[1].read_bytes() == _encoded(run.ladder.state)


def test_a_folder_that_is_a_file_stops_trading(paths: Paths) -> None:
    paths[0].parent.write_text("in the way")
    run = Run(paths)
    assert not run.file.may_trade
    assert "cannot be written" in run.remarks[0]


# --- one keeper ---------------------------------------------------------------------------------------------------


def test_a_second_program_only_watches(paths: Paths) -> None:
    first = Run(paths).at(MORNING).trade(-500)
    second = Run(paths)
    assert second.remarks == ["capital: another qmo trades the account paper: this one only watches"]
    assert second.kept == first.ladder.state
    with pytest.raises(CapitalFileError, match="only watches"):
        second.file.keep(first.ladder.state)
    first.stop()
    assert Run(paths).file.may_trade


def test_a_second_program_puts_nothing_aside(paths: Paths) -> None:
    first = Run(paths).at(MORNING)
    cut(paths[0])
    second = Run(paths)
    assert second.kept == first.ladder.state
    assert list(paths[0].parent.glob("*.broken-*")) == []


def test_deleting_the_lock_files_does_not_make_two_keepers(paths: Paths) -> None:
    first = Run(paths).at(MORNING)
    Path(f"{paths[0]}.lock").unlink()
    second = Run(paths)
    assert not second.file.may_trade, "the other lock is still held"
    first.at(NEXT_DAY)
    assert first.file.may_trade
    for path in paths:
        Path(f"{path}.lock").unlink()
    third = Run(paths)
    assert third.file.may_trade
    with pytest.raises(CapitalFileError, match="has taken over"):
        first.at(NEXT_DAY + 1_440 * MINUTE)
    assert not first.file.may_trade


# --- kills --------------------------------------------------------------------------------------------------------

TRADE_FOR_EVER = """
import sys
from pathlib import Path
from tests.qmo_tui.test_capital_file import MORNING, Run, nth_trade

run = Run((Path(sys.argv[1]), Path(sys.argv[2])), nth_trade.rules)
assert run.file.may_trade, run.remarks
count = run.ladder.state.trades
while True:
    nth_trade(run.ladder, count)
    run.file.keep(run.ladder.state)
    count += 1
    print(count, flush=True)
"""


def nth_trade(ladder: CapitalLadder, count: int) -> None:
    moment = MORNING + count
    ladder.opened(moment)
    ladder.closed(100 + count, moment)


nth_trade.rules = replace(LIMITS, session_trades=10**6, day_trades=10**6)  # type: ignore[attr-defined]


def test_a_kill_in_the_middle_of_writing_leaves_a_ladder_that_was_written(paths: Paths) -> None:
    random, root = Random(7), Path(__file__).resolve().parents[2]
    newest = 0
    for _ in range(5):
        child = subprocess.Popen(
            [sys.executable, "-c", TRADE_FOR_EVER, *map(str, paths)], cwd=root, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        for _ in range(1 + random.randrange(25)):
            newest = int(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        newest = max([newest, *map(int, child.stdout.read().split())])
        child.stdout.close()
        child.wait()
        run = Run(paths, nth_trade.rules)  # type: ignore[attr-defined]
        assert run.file.may_trade, "the killed program's lock went with it"
        assert run.remarks == []
        assert run.kept is not None
        assert newest <= run.kept.trades <= newest + 1
        assert run.kept.realised_cents == sum(100 + count for count in range(run.kept.trades))
        run.stop()


# --- anything at all ----------------------------------------------------------------------------------------------

deeds = st.one_of(
    st.tuples(st.just("trade"), st.integers(-60_000, 40_000)),
    st.tuples(st.just("wait"), st.sampled_from([MINUTE, 30 * MINUTE, 400 * MINUTE, 1_500 * MINUTE])),
    st.tuples(st.just("lock"), st.just(0)),
    st.tuples(st.just("restart"), st.just(0)),
    st.tuples(st.just("loosen"), st.integers(1, 10)),
    st.tuples(st.just("delete"), st.integers(0, 2)),
    st.tuples(st.just("damage"), st.integers(0, 3 * len(DAMAGE) - 1)),
    st.tuples(st.just("set back"), st.integers(1, 3_000 * MINUTE)),
    st.tuples(st.just("put back"), st.integers(0, 1)),
)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(deeds, max_size=25))
def test_nothing_done_to_files_clocks_and_settings_loosens_a_lock(
    tmp_path_factory: pytest.TempPathFactory, actions: list[tuple[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("capital")
    paths = (folder / "data.json", folder / "state.json")
    rules, now, locked_until = LIMITS, MORNING, 0
    journal: tuple[Risk, ...] = ()
    run = Run(paths).at(now)
    first = [path.read_bytes() for path in paths]
    for name, value in actions:
        match name:
            case "trade" if run.ladder.allowance().may_trade:
                run.trade(value, now)
                now += MINUTE
            case "wait":
                now += value
                run.at(now)
            case "lock":
                run.ladder.lock("by key", now)
                run.file.keep(run.ladder.state)
            case "restart" | "loosen" | "delete" | "damage" | "set back" | "put back":
                journal = (*journal, *run.stop())
                if name == "loosen":
                    rules = replace(LIMITS, day_loss=20_000 * value, session_losses=value, cooldown=0, day_trades=value)
                elif name == "delete":
                    for path in paths if value == 2 else paths[value : value + 1]:
                        path.unlink(missing_ok=True)
                elif name == "damage":
                    which, kind = divmod(value, len(DAMAGE))
                    for path in paths if which == 2 else paths[which : which + 1]:
                        DAMAGE[kind](path)
                elif name == "put back":
                    for path, data in zip(paths, first, strict=True):
                        path.write_bytes(data)
                run = Run(paths, rules, journal).at(now - value if name == "set back" else now)
                run.at(now)
        allowance = run.ladder.allowance()
        if now < locked_until:
            assert allowance.state == "locked"
            assert not allowance.may_trade
        if allowance.state == "locked" and allowance.until is not None:
            locked_until = max(locked_until, allowance.until)
    run.stop()
