"""`qmo journal`: what it lists, what it leaves out, what it writes, and what it refuses."""

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from qmo_tui.cli import run
from qmo_tui.exit_codes import ExitCode
from qmo_tui.journal.facts import Account
from qmo_tui.journal.listing import LISTINGS
from qmo_tui.journal.writing import Journal
from qmo_tui.paths import journal_file
from tests.qmo_tui.command import error_line, qmo
from tests.qmo_tui.journal.told import NOON, Teller, facts

FIRST = NOON + 2_000_000_000
"""When the first trade's entry filled."""


def a_session() -> Teller:
    """Return two trades, one won, one lost, and a prompt that was turned down."""
    told = Teller()
    told.risk()
    told.trade(told.prompt(), 2052.0, mfe=210.0, mae=20.0)
    told.wait(600)
    told.trade(told.prompt(side="sell", entry=2053.0, stop=2054.0, targets=(2050.0,), trigger="sweep_reclaim"), 2054.0)
    rejected = told.prompt(trigger="break_retest")
    told.decide(rejected, "rejected", reason="by key", key="n")
    told.hindsight(rejected, "rejected", "lost", -1.05)
    return told


def kept(account: Account, told: Teller | None = None) -> Path:
    path = journal_file(account)
    journal = Journal.open(path, account, [])
    journal.begin_session(facts(account))
    journal.write((told or a_session()).said)
    journal.end_session("quit", NOON)
    journal.close()
    return path


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert run(["journal", *words, "--json"]) == ExitCode.DONE
    return json.loads(capsys.readouterr().out)


def said(capsys: pytest.CaptureFixture[str], *words: str, code: ExitCode = ExitCode.DONE) -> str:
    assert run(["journal", *words]) == code
    captured = capsys.readouterr()
    return captured.out if code == ExitCode.DONE else captured.err


def test_trades_are_listed_without_a_further_word(home: Path) -> None:
    kept("paper")
    lines = [" ".join(line.split()) for line in qmo("journal").stdout.splitlines()]
    assert lines == [
        "2 trades of account paper (paper money on live data)",
        "trade opened side product lots trigger entry stop exit $ R MFE $ MAE $ outcome tags",
        "1/position-1 2024-01-18 07:00:02 buy GC 1 rejection 2050.0 2049.0 2052.0 +195.00 +1.86 210.00 20.00 won",
        "1/position-2 2024-01-18 07:20:04 sell GC 1 sweep_reclaim 2053.0 2054.0 2054.0 -105.00 -1.00 0.00 0.00 lost",
    ]


def test_every_list_shows_every_row(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = kept("paper")
    counts = {what: len(listed(capsys, what)[what]) for what in LISTINGS}
    assert counts == {
        "trades": 2, "prompts": 3, "orders": 6, "fills": 4, "decisions": 5, "risk": 3, "sessions": 1, "notes": 0,
    }  # fmt: skip
    document = listed(capsys)
    assert (document["files"], document["account"], len(document["trades"])) == ([str(path)], "paper", 2)
    for what in LISTINGS:
        assert len(said(capsys, what).splitlines()) == (1 if what == "notes" else counts[what] + 2)


def test_a_prompt_that_was_not_taken_shows_what_it_would_have_made(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept("paper")
    (rejected,) = listed(capsys, "prompts", "--outcome", "rejected")["prompts"]
    assert (rejected["prompt"], rejected["reason"]) == ("prompt-3", "by key")
    assert (rejected["hindsight"], rejected["hindsight_r"]) == ("lost", -1.05)


@pytest.mark.parametrize(
    ("words", "trades"),
    [
        (["--side", "buy"], ["1/position-1"]),
        (["--trigger", "sweep_reclaim"], ["1/position-2"]),
        (["--outcome", "won"], ["1/position-1"]),
        (["--side", "buy", "--outcome", "lost"], []),
        (["--session", "1"], ["1/position-1", "1/position-2"]),
        (["--session", "last"], ["1/position-1", "1/position-2"]),
        (["--session", "2024-01-18"], ["1/position-1", "1/position-2"]),
        (["--since", "2024-01-18T12:00:02"], ["1/position-1", "1/position-2"]),
        (["--since", "2024-01-18T12:00:03"], ["1/position-2"]),
        (["--until", "2024-01-18T12:00:02"], []),
        (["--until", "2024-01-18T13:00:03+01:00"], ["1/position-1"]),
    ],
    ids=lambda value: " ".join(value) if value and value[0].startswith("--") else "",
)
def test_filters(home: Path, capsys: pytest.CaptureFixture[str], words: list[str], trades: list[str]) -> None:
    kept("paper")
    assert [row["trade"] for row in listed(capsys, "trades", *words)["trades"]] == trades


def test_practice_never_stands_among_paper_trades_unless_asked_for(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept("paper")
    kept("demo")
    kept("replay")
    assert journal_file("demo") == journal_file("replay") != journal_file("paper")
    for account in ("paper", "demo", "replay"):
        assert {row["account"] for row in listed(capsys, "trades", "--account", account)["trades"]} == {account}
    everything = listed(capsys, "trades", "--account", "all")["trades"]
    assert [row["account"] for row in everything].count("demo") == 2
    assert len(everything) == 6
    assert said(capsys, "--account", "demo").startswith("2 trades of account demo (practice on a simulated market)")
    assert "account" in said(capsys, "--account", "all").splitlines()[1]


def test_an_account_without_sessions_says_where_there_are_some(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys) == "0 trades: no session of account paper yet\n"
    kept("demo")
    expected = "no session of account paper yet; --account demo has practice on a simulated market"
    assert said(capsys) == f"0 trades: {expected}\n"
    assert said(capsys, "--session", "last", code=ExitCode.USAGE) == f"qmo: last: {expected}\n"


def test_notes_and_tags(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept("paper")
    assert said(capsys, "note", "1/position-2", "chased it") == "1/position-2: noted\n"
    assert said(capsys, "note", "1", "CPI day") == "1: noted\n"
    assert [(note["of"], note["text"]) for note in listed(capsys, "notes")["notes"]] == [
        ("1/position-2", "chased it"),
        ("1", "CPI day"),
    ]
    said(capsys, "tag", "1/position-2", "late", "chased")
    said(capsys, "tag", "1", "cpi")
    trades = {row["trade"]: row["tags"] for row in listed(capsys)["trades"]}
    assert trades == {"1/position-1": "cpi", "1/position-2": "chased late cpi"}
    assert [row["trade"] for row in listed(capsys, "trades", "--tag", "late")["trades"]] == ["1/position-2"]
    assert len(listed(capsys, "trades", "--tag", "cpi")["trades"]) == 2
    said(capsys, "tag", "1/position-2", "--", "-late")
    assert listed(capsys, "trades", "--tag", "late")["trades"] == []


def test_a_running_session_can_be_read_noted_and_tagged(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = a_session()
    journal = Journal.open(journal_file("paper"), "paper", [])
    journal.begin_session(facts())
    journal.write(told.said[:-4])
    said(capsys, "tag", "1/position-1", "fine")
    assert journal.write(told.said[-4:]) == 4
    (session,) = listed(capsys, "sessions")["sessions"]
    assert (session["ended"], session["end_reason"], session["trades"]) == (None, None, 2)
    journal.close()


@pytest.mark.parametrize("what", list(LISTINGS))
def test_exports_hold_what_the_list_holds(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    kept("paper")
    said(capsys, "note", "1", 'a "quoted", note')
    rows = listed(capsys, what)[what]
    said(capsys, what, "--csv", str(tmp_path / "file.csv"))
    said(capsys, what, "--parquet", str(tmp_path / "file.parquet"))
    assert pq.read_table(tmp_path / "file.parquet").to_pylist() == rows
    with (tmp_path / "file.csv").open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert [list(row) for row in read] == [list(row) for row in rows]
    assert read == [{name: _in_csv(value) for name, value in row.items()} for row in rows]
    assert sorted(path.name for path in tmp_path.glob("file*")) == ["file.csv", "file.parquet"]


def _in_csv(value: Any) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value)


def test_an_empty_list_is_exported_with_its_columns(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "--parquet", str(tmp_path / "f.parquet")) == f"{tmp_path / 'f.parquet'}: 0 trades\n"
    table = pq.read_table(tmp_path / "f.parquet")
    assert (table.num_rows, table.schema.field("opened").type, table.schema.field("r").type) == (0, "int64", "double")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--trigger", "hunch"], "--trigger hunch: give one of rejection, sweep_reclaim"),
        (["--side", "long"], "--side long: give one of buy, sell"),
        (["risk", "--side", "buy"], "--side does not go with risk"),
        (["--session", "9"], "9: no such session in this account"),
        (["--session", "yesterday"], "yesterday: give the number of a session, last, all, or a day"),
        (["--account", "real"], "--account real: give one of paper, demo, replay, all"),
        (["--since", "now"], "--since now: give an ISO date and time"),
        (["--since", "2024-01-02", "--until", "2024-01-01"], "--since is not before --until"),
        (["--file", "none.db"], "none.db: no such journal"),
        (["--json", "--csv", "x.csv"], "give one of --json, --csv and --parquet"),
        (["--session", "1", "prompts"], "options go behind the word: `qmo journal prompts --...`"),
        (["note", "1/t9", "text"], "1/t9: session 1 has no such trade"),
        (["note", "7", "text"], "7: no such session"),
        (["note", "one", "text"], "one: give a session such as 3, or one of its trades such as 3/t1"),
        (["note", "1", " "], "the note is empty"),
        (["tag", "1", "two words"], "'two words': a tag is one word"),
        (["--csv", "/proc/none/x.csv"], "--csv /proc/none/x.csv: No such file or directory"),
    ],
    ids=lambda value: "-".join(value).strip("-") if isinstance(value, list) else "",
)
def test_what_is_wrong_is_said_in_one_line(
    home: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    kept("paper")
    assert run(["journal", *words]) in {ExitCode.USAGE, ExitCode.UNREADABLE}
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"qmo: {message}")
    assert captured.err.count("\n") == 1


def test_a_damaged_journal_is_one_line_and_stays_where_it_is(home: Path) -> None:
    path = kept("paper")
    path.write_bytes(b"no journal" * 1_000)
    result = qmo("journal")
    assert result.returncode == ExitCode.UNREADABLE
    assert error_line(result).startswith("journal: journal.db is damaged (")
    assert path.read_bytes() == b"no journal" * 1_000
