"""`qmo calibrate`: whether scores come true, on recorded sessions."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from qmo_tui.cli.completions import offer_recordings
from qmo_tui.errors import QmoError, one_line
from qmo_tui.exit_codes import ExitCode

if TYPE_CHECKING:
    from qmo_tui.calibration.calibration_file import Stored
    from qmo_tui.calibration.collecting import Collected
    from qmo_tui.calibration.side_by_side import Failed, Word
    from qmo_tui.settings import Settings

_SUFFIXES: Final = (".dbn", ".dbn.zst")

Hear = Callable[["Word"], None]


def calibrate(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILES...",
            autocompletion=offer_recordings,
            help="Recordings, plain or .zst, or folders of sessions.",
        ),
    ],
    *,
    plots: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Draw what was predicted and what came as a picture.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Replay sessions, hold every score against what came, and keep what the score is worth as a probability."""
    from qmo_tui.settings import load

    settings = load().settings
    paths = list(dict.fromkeys(path.resolve() for path in files))
    collected, failed = _collect(paths, settings)
    if not collected:
        return failed[0].code
    stored = _calibrate(collected, settings)
    kept = _keep(stored)
    _note(note for one in collected for note in one.notes)
    _print(stored, kept, failed, json=json)
    if plots is not None:
        _draw(plots, stored)
    return failed[0].code if failed else ExitCode.DONE


def _collect(paths: Sequence[Path], settings: "Settings") -> "tuple[list[Collected], list[Failed]]":
    """Return what the recordings gave, in the order of their times, and which gave nothing, which has been told."""
    from qmo_tui.calibration.calibrating import of_one_market
    from qmo_tui.calibration.side_by_side import Done, Failed, collect_all, cores

    collected, failed = [], []
    with _progress(paths) as hear, closing(collect_all(paths, settings, at_once=min(cores(), len(paths)))) as words:
        for word in words:
            hear(word)
            if isinstance(word, Done):
                collected.append(word.collected)
                of_one_market(collected)  # now rather than when all the others have been replayed for nothing
            elif isinstance(word, Failed):
                failed.append(word)
    failed.sort(key=lambda one: paths.index(one.path))
    for one in failed:
        print(f"qmo: {one.reason}", file=sys.stderr)  # noqa: T201 - the error line
    return sorted(collected, key=lambda one: (one.readings[0].ts if one.readings else 0, one.source)), failed


def _calibrate(collected: "list[Collected]", settings: "Settings") -> "Stored":
    from qmo_tui import __version__
    from qmo_tui.calibration.calibrating import calibrate as put_together
    from qmo_tui.session.calibrated import pillars_digest

    return put_together(collected, settings, version=__version__, digest=pillars_digest(settings))


def _keep(stored: "Stored") -> str:
    """Store a calibration, unless it would replace one by none; return what was done."""
    from qmo_tui.calibration.calibration_file import calibration_file, open_calibration, write_calibration

    if not stored.n:
        return "not stored: there is no outcome"
    path = calibration_file(stored.product, simulated=stored.simulated)
    if stored.model is None:
        earlier, remark = open_calibration(path)
        if remark is not None:
            _note([remark])
        if earlier is not None and earlier.model is not None:
            return f"not stored: {path} holds a calibration of {earlier.n:,} outcomes"
    write_calibration(path, stored)
    return f"stored as {path}"


def _draw(folder: Path, stored: "Stored") -> None:
    from qmo_tui.plots.calibration import draw_reliability

    if stored.fitted is None or stored.score is None:
        _note([f"--plots {folder}: nothing is drawn, since nothing is calibrated"])
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draw_reliability(folder, stored.product, stored.fitted, stored.score)
    except OSError as error:
        raise QmoError(f"--plots {folder}: {error.strerror}; give a folder that can be written to") from error


def _note(notes: "Iterator[str] | list[str]") -> None:
    for note in dict.fromkeys(notes):
        print(f"qmo: {one_line(note)}", file=sys.stderr)  # noqa: T201 - what a script and a trader both need to know


def _print(stored: "Stored", kept: str, failed: "list[Failed]", *, json: bool) -> None:
    from qmo_tui.calibration.report import as_object, text

    if json:
        import msgspec

        told = as_object(stored) | {"kept": kept, "failed": [one.reason for one in failed]}
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    else:
        sys.stdout.write(f"{text(stored)}\n{kept}\n")


@contextmanager
def _progress(paths: Sequence[Path]) -> Iterator[Hear]:
    """Give a function that hears what the recordings tell: one bar on a terminal, else a line as each ends."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield _say_plainly
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    from qmo_tui.calibration.side_by_side import Done, Failed

    sizes = {path: _size(path) for path in paths}
    read, records = dict.fromkeys(paths, 0), dict.fromkeys(paths, 0)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[ended]} of {task.fields[files]} recordings, {task.fields[records]:,} records"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("calibrating", total=sum(sizes.values()), records=0, ended=0, files=len(paths))
        ended = 0

        def hear(word: "Word") -> None:
            nonlocal ended
            if isinstance(word, Done):
                ended, read[word.path], records[word.path] = ended + 1, sizes[word.path], word.collected.records
            elif isinstance(word, Failed):
                ended, read[word.path] = ended + 1, sizes[word.path]
            else:
                read[word.path], records[word.path] = word.bytes_read, word.records
            bar.update(task, completed=sum(read.values()), records=sum(records.values()), ended=ended)

        yield hear


def _size(path: Path) -> int:
    """Return the bytes of a file or a folder of files; 0 where it is not there, which reading it will tell."""
    try:
        files = path.iterdir() if path.is_dir() else [path]
        return sum(file.stat().st_size for file in files if file.name.endswith(_SUFFIXES))
    except OSError:
        return 0


def _say_plainly(word: "Word") -> None:
    from qmo_tui.calibration.side_by_side import Done

    if isinstance(word, Done):
        found = word.collected
        print(  # noqa: T201 - what a script's log shows of a long run
            f"qmo: {found.source}: {found.records:,} records, {len(found.outcomes):,} outcomes", file=sys.stderr
        )
