"""Every command that the documentation shows works: each page's, in its order, in a folder of their own.

Code blocks are typed as they stand, code spans too where they are whole commands. What is shortened, stood in for or
not run is listed with its reason in `shown.py`. Commands that open the cockpit are given a pseudo-terminal, those that
need Databento a gateway of our own, those that serve run beside the rest of their page.
"""

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Final
from xml.etree import ElementTree

import pytest
from msgspec import structs

from engines.events import Event
from engines.trading_events import Position
from qmo_tui.cli import run
from qmo_tui.memory_file import Contract, MemoryFile
from qmo_tui.paths import journal_file, memory_file, news_file
from tests.docs.bench import Bench
from tests.docs.command_line import commands_of_qmo, options_of
from tests.docs.commands import Command, commands
from tests.docs.pages import DOCS, PAGES, name_of, read, spans
from tests.engines.zones.memory_market import remembering, zone
from tests.qmo_tui.journal.told import Teller
from tests.qmo_tui.report.kept import kept

SHOWN: Final = {page: tuple(commands(page)) for page in PAGES if page.name != "CHANGELOG.md"}
"""Commands by page. The changelog tells of what was; nobody types it."""


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two simulated minutes, by order and in the schemas below it."""
    folder = tmp_path_factory.mktemp("recordings")
    orders = folder / "mbo.dbn.zst"
    assert run(["simulate", "--out", str(orders), "--seed", "7", "--minutes", "2"]) == 0
    for schema in ("mbp-10", "mbp-1", "trades"):
        assert run(["convert", str(orders), "--schema", schema, "--out", str(folder / f"{schema}.dbn.zst")]) == 0
    return folder


@pytest.fixture
def folder(tmp_path: Path, recordings: Path) -> Path:
    """The folder of somebody who reads a page: recordings by the names it uses, the sample data where there is any."""
    folder = tmp_path / "reader"
    (folder / "recordings" / "live").mkdir(parents=True)
    for name in ("FILE", "IN", "recording.dbn.zst", "mbo.dbn.zst", "recordings/live/day.dbn.zst", "real.mbo.dbn.zst"):
        (folder / name).symlink_to(recordings / "mbo.dbn.zst")
    return folder


def _nothing(folder: Path) -> None:
    """Leave the folder as it is."""


def _three_sessions(folder: Path) -> None:
    kept(journal_file("paper"), [_a_trade(), _a_trade(), _a_trade()])


def _practice(folder: Path) -> None:
    kept(journal_file("paper"), [_a_trade()])
    kept(journal_file("demo"), [_a_trade()], account="demo")


def _a_trade() -> list[Event]:
    told = Teller()
    told.risk()
    told.trade(told.prompt(), 2052.0)
    return [structs.replace(one, id="t1") if isinstance(one, Position) else one for one in told.said]


def _a_memory(folder: Path) -> None:
    for path in (memory_file(), folder / "memory.db", folder / "old.db"):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = MemoryFile(path)
        file.open()
        file.save({Contract("GLBX.MDP3", "GCG4", 17_077, 100_000_000): remembering(zone(1, 20_000, 20_003))})
        file.close()


def _levels(folder: Path) -> None:
    (folder / "levels.dbn.zst").symlink_to((folder / "FILE").resolve().with_name("mbp-10.dbn.zst"))


def _news_of_the_page(folder: Path) -> None:
    """Write the calendar that the page shows, and one to import."""
    lines = read(DOCS / "news.md").code
    first = next(place for place, line in enumerate(lines) if line.startswith("# time with zone"))
    news_file().parent.mkdir(parents=True, exist_ok=True)
    news_file().write_text("\n".join(lines[first : first + 4]) + "\n", encoding="utf-8")
    event = "BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:NFP\r\nDTSTART:20261204T133000Z\r\nPRIORITY:1\r\nEND:VEVENT\r\n"
    calendar = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//a//b//EN\r\n{event}END:VCALENDAR\r\n"
    (folder / "FILE.ics").write_text(calendar, encoding="utf-8")


PREPARED: Final[MappingProxyType[str, Callable[[Path], None]]] = MappingProxyType(
    {
        "README.md": _practice,
        "docs/commands.md": _three_sessions,
        "docs/gateway.md": _levels,
        "docs/journal.md": _three_sessions,
        "docs/memory.md": _a_memory,
        "docs/replay.md": _a_memory,
        "docs/news.md": _news_of_the_page,
    }
)
"""What a page's reader has by then besides recordings: trades, a memory, a calendar."""


@pytest.mark.parametrize("page", [page for page, shown in SHOWN.items() if shown], ids=name_of)
def test_every_command_of_the_page_works(
    page: Path,
    folder: Path,
    recordings: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    has_samples = _samples(folder, request)
    PREPARED.get(name_of(page), _nothing)(folder)
    left_out = []
    with Bench(folder, monkeypatch, sorted(recordings.iterdir())) as bench:
        for command in SHOWN[page]:
            missing = _missing(command, has_samples=has_samples)
            if missing is None:
                bench.does(command)
            else:
                left_out.append(f"{command.text} ({missing})")
    if left_out:
        pytest.skip(f"all but what needs something that is not here: {'; '.join(left_out)}")


def _missing(command: Command, *, has_samples: bool) -> str | None:
    """Return what a command needs and this machine has not."""
    if "esh4-" in command.text and not has_samples:
        return "recorded market data, see QMO_DATA"
    return next((one for one in ("man", "curl") if f"{one} -" in command.text and shutil.which(one) is None), None)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_option_that_a_sentence_names_exists(page: Path) -> None:
    known = {*options_of(""), *(name for words in commands_of_qmo() for name in options_of(words))}
    named = [one.partition("=")[0] for text in spans(read(page).prose) for one in re.findall(r"^--[a-z][\w-]*", text)]
    assert sorted(set(named) - known) == []


def test_the_pictures_of_the_simulated_market_are_what_its_page_draws(
    folder: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Written anew by the command of the page, run at the top of the repository."""
    (command,) = (one for one in SHOWN[DOCS / "simulator.md"] if one.text.endswith("--plots docs/pictures"))
    if not _samples(folder, request):
        pytest.skip(f"needs recorded market data: {command.text}")
    monkeypatch.chdir(folder)
    assert run(shlex.split(command.text)[1:]) == 0
    drawn = sorted((folder / "docs" / "pictures").glob("realism-*.svg"))
    assert len(drawn) == 5
    for picture in drawn:
        assert _words(picture) == _words(DOCS / "pictures" / picture.name), picture.name


def _words(picture: Path) -> list[str]:
    return [
        "".join(one.itertext()) for one in ElementTree.parse(picture).getroot().iter("{http://www.w3.org/2000/svg}text")
    ]


def _samples(folder: Path, request: pytest.FixtureRequest) -> bool:
    """Lay the sample recordings into the folder; return whether there are any."""
    try:
        data: Path = request.getfixturevalue("data")
    except pytest.skip.Exception:
        return False
    for path in data.glob("*.dbn.zst"):
        (folder / path.name).symlink_to(path)
    return True
