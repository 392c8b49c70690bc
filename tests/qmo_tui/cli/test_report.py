"""`qmo report`: on the terminal, as a page that needs nothing else, as JSON."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from qmo_tui.cli import run
from qmo_tui.exit_codes import ExitCode
from qmo_tui.journal.writing import add_note, set_tags
from qmo_tui.paths import journal_file
from tests.qmo_tui.command import qmo
from tests.qmo_tui.journal.told import NOON
from tests.qmo_tui.report.kept import kept
from tests.qmo_tui.report.test_report import a_day

VOID = {"meta", "br", "hr", "img", "input", "link"}


class Page(HTMLParser):
    """Reads a page; every element has to be closed where it ought to be."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.cells: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "td":
            self.cells.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "td" in self.open:
            self.cells[-1] += data


def page_of(tmp_path: Path, *words: str) -> str:
    assert run(["report", *words, "--html", str(tmp_path / "report.html")]) == ExitCode.DONE
    return (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_newest_session_is_reported_on_the_terminal(home: Path) -> None:
    kept(journal_file("paper"), [[], a_day().said], ended=NOON)
    result = qmo("report")
    assert result.returncode == ExitCode.DONE
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[0] == "Session 2, account paper: paper money on live data"
    for line in (
        "made -14.50 $",
        "fees paid 24.50 $",
        "R +0.19",
        "expectancy +0.05 R a trade (95 %: --)",
        "n = 4: fewer than 20 trades say little about what to expect",
        "2/position-2 2024-01-18 04:00:02 sell GC 2 sweep_reclaim 2053.0 2054.0 2054.0 "
        "-210.00 -1.00 0.29 0.95 10.0 lost",
        "London 1 0 1 0.00 -1.00 -1.00 -- -210.00 10.00",
        "QMO with 2 1 1 0.50 +0.86 +0.43 -- -15.00 15.00",
        "entered by hand 1 4 2/position-3",
        "stale no data though the market was open -- -- --",
    ):
        assert line in lines, line
    assert qmo("report", "2").stdout == result.stdout
    assert qmo("report", "2024-01-18").stdout.startswith("2 sessions (1 to 2), account paper")


def test_the_page_needs_nothing_but_itself_and_holds_what_the_terminal_shows(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept(journal_file("paper"), [a_day().said], ended=NOON)
    text = page_of(tmp_path)
    page = Page(text)
    references = [
        value
        for _, name, value in page.attributes
        if name in {"src", "href", "xlink:href", "srcset", "data", "action", "poster"}
    ]
    assert all(value.startswith("#") for value in references)
    assert not re.findall(r"url\((?!['\"]?#)|@import|<script|<link|<iframe|<base", text)
    hosts = set(re.findall(r"https?://([^/\"'\s<]+)", text))
    assert hosts == {"www.w3.org"}, "the name spaces of SVG, which nothing fetches"
    svg = text[text.index("<svg") : text.index("</svg>") + 6]
    assert ET.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
    assert "R from trade to trade" in svg
    capsys.readouterr()
    run(["report"])
    words = capsys.readouterr().out.split()
    assert [cell for cell in page.cells if any(word not in words for word in cell.split())] == []


def test_what_a_trader_wrote_is_shown_as_text(home: Path, tmp_path: Path) -> None:
    kept(journal_file("paper"), [a_day().said])
    add_note(journal_file("paper"), 1, "", "<script>alert(1)</script> & more", NOON)
    set_tags(journal_file("paper"), 1, "", add=["<b>"], remove=[], now=NOON)
    text = page_of(tmp_path)
    Page(text)
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in text
    assert "session 1 is tagged &lt;b&gt;" in text


def test_the_same_session_gives_the_same_page(home: Path, tmp_path: Path) -> None:
    kept(journal_file("paper"), [a_day().said], ended=NOON)
    assert page_of(tmp_path) == page_of(tmp_path)


def test_an_empty_session_is_reported(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept(journal_file("demo"), [[]], account="demo")
    assert run(["report", "last", "--account", "demo"]) == ExitCode.DONE
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "Session 1, account demo: practice on a simulated market"
    for line in (
        "trades closed 0 (0 won, 0 lost)",
        "made --",
        "R --",
        "expectancy -- R a trade (95 %: --)",
        "hours --",
    ):
        assert line in lines, line
    text = page_of(tmp_path, "last", "--account", "demo")
    Page(text)
    assert "<svg" not in text


def test_scripts_get_one_object(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept(journal_file("paper"), [a_day().said, a_day().said], ended=NOON)
    assert run(["report", "all", "--json"]) == ExitCode.DONE
    found = json.loads(capsys.readouterr().out)
    assert [session["session"] for session in found["sessions"]] == [1, 2]
    assert (found["total"]["n"], found["total"]["made"], found["total"]["says_little"]) == (8, -29.0, True)
    assert found["pillars"]["QMO"][0]["name"] == "with"
    assert len(found["trades"]) == len(found["curve"]) == 8
    assert found["total"]["interval"] is not None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["9"], "9: no such session in this account"),
        (["last", "--account", "all"], "--account all: practice and paper trades are not reported together"),
        (["last", "--account", "demo"], "last: no session of account demo yet; --account paper has paper money"),
        (["all", "--account", "demo"], "all: no session of account demo yet"),
        (["1", "--html", "/proc/none/x.html"], "--html /proc/none/x.html: No such file or directory"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    home: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    kept(journal_file("paper"), [[]])
    assert run(["report", *words]) == ExitCode.USAGE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"qmo: {message}")
    assert captured.err.count("\n") == 1
