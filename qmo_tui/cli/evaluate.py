"""`qmo evaluate`: how well the detectors find what is true of a simulated session."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from qmo_tui.cli.completions import offer_recordings, offer_schemas
from qmo_tui.errors import QmoError, one_line
from qmo_tui.exit_codes import ExitCode

if TYPE_CHECKING:
    from feeds.records import Schema
    from qmo_tui.evaluation.evaluating import Evaluation
    from qmo_tui.evaluation.holding.study import Study

_MINUTE_NS: Final = 60_000_000_000
_LONGEST_MINUTES: Final = 7 * 24 * 60
_MOST_SEEDS: Final = 1_000
_LISTED: Final = 10
_SCHEMAS: Final = ("mbo", "mbp-10", "mbp-1")


def evaluate(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]", autocompletion=offer_recordings, help="Recording of a simulated session, in any schema."
        ),
    ] = None,
    *,
    truth: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What is true of it, as `qmo simulate --truth` wrote it.")
    ] = None,
    symbol: Annotated[
        str | None, typer.Option(metavar="S", help="Contract to follow; by default the one with most records.")
    ] = None,
    seeds: Annotated[
        str | None,
        typer.Option(metavar="N-M", help="Instead of a file: simulate these seeds, such as 101-110 or 3,7, and sum."),
    ] = None,
    minutes: Annotated[
        float, typer.Option(min=0.1, max=_LONGEST_MINUTES, metavar="M", help="With --seeds: market time of each.")
    ] = 30.0,
    schema: Annotated[
        str,
        typer.Option(
            metavar="S",
            autocompletion=offer_schemas,
            help="With --seeds: mbo, or what is derived from it: mbp-10, mbp-1.",
        ),
    ] = "mbo",
    implied: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, metavar="X", help="With --seeds: share of aggressors that meet implied quotes."),
    ] = 0.0,
    holds: Annotated[
        bool,
        typer.Option("--holds", help="With any recording: how often zones held, beside comparable places without one."),
    ] = False,
    plots: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="With --holds: draw every zone and what price did around it.")
    ] = None,
    misses: Annotated[int, typer.Option(min=0, metavar="N", help="List so many misses and false ones of each.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Hold what the detectors say against what is true: precision, recall and F1 of each, paired one to one."""
    _check_given(file, truth, symbol, seeds, plots, holds=holds)
    if file is not None and holds:
        return _print_holds(file, symbol, plots, listed=misses > 0, json=json)
    if file is not None:
        evaluation, heading = _evaluate_file(file, truth, symbol)
    else:
        numbers = _numbers(seeds or "")
        evaluation = _evaluate_seeds(numbers, round(minutes * _MINUTE_NS), _schema(schema), implied)
        heading = {"seeds": numbers, "minutes": minutes, "implied": implied}
    _print(evaluation, heading, misses, json=json)
    return ExitCode.DONE


def _check_given(
    file: Path | None, truth: Path | None, symbol: str | None, seeds: str | None, plots: Path | None, *, holds: bool
) -> None:
    """Refuse options that do not go together.

    Raises:
        QmoError: With what to give instead.
    """
    if holds:
        if file is None or truth is not None or seeds is not None:
            raise QmoError("--holds goes with a recording alone: `qmo evaluate FILE --holds`")
        return
    if plots is not None:
        raise QmoError("--plots draws zones: give --holds too")
    if (file is None) == (seeds is None):
        raise QmoError("give a recording and its truth, `qmo evaluate FILE --truth FILE`, or `--seeds N-M`")
    if file is None and (truth is not None or symbol is not None):
        raise QmoError("--truth and --symbol go with a recording: with --seeds the market knows its own truth")


def _print_holds(file: Path, symbol: str | None, plots: Path | None, *, listed: bool, json: bool) -> int:
    """Print how often the zones of a recording held; what is true of it is not asked."""
    from feeds.recording import Recording
    from qmo_tui.aligned import terminal_width
    from qmo_tui.cli.progress import reading_progress
    from qmo_tui.evaluation.holding.report import as_object, listing, table
    from qmo_tui.evaluation.holding.study import study
    from qmo_tui.settings import load

    try:
        recording = Recording([file])
        with reading_progress(recording) as tell:
            found = study(recording, load().settings, symbol=symbol, tell=tell)
    except OSError as error:
        raise QmoError(f"{error.filename or file}: {error.strerror}", ExitCode.UNREADABLE) from error
    _note(found.notes)
    if plots is not None:
        _draw_zones(plots, found)
    if json:
        import msgspec

        sys.stdout.write(msgspec.json.encode({"file": str(file)} | as_object(found)).decode() + "\n")
        return ExitCode.DONE
    heading = f"{found.records:,} records ({found.schema}), {len(found.path.times):,} trades\n"
    sys.stdout.write(heading + table(found, terminal_width()) + (f"\n{listing(found)}" if listed else ""))
    return ExitCode.DONE


def _draw_zones(folder: Path, found: "Study") -> None:
    from qmo_tui.plots.zones import draw_zones

    try:
        folder.mkdir(parents=True, exist_ok=True)
        draw_zones(folder, found)
    except OSError as error:
        raise QmoError(f"--plots {folder}: {error.strerror}; give a folder that can be written to") from error


def _evaluate_file(file: Path, truth: Path | None, symbol: str | None) -> tuple["Evaluation", dict[str, Any]]:
    from feeds.recording import Recording
    from qmo_tui.cli.progress import reading_progress
    from qmo_tui.evaluation.evaluating import evaluate as run
    from qmo_tui.evaluation.truth_file import read_truth
    from qmo_tui.settings import load

    if truth is None:
        raise QmoError(f"--truth is missing: give the file that `qmo simulate --truth` wrote with {file}")
    settings, things = load().settings, read_truth(truth)
    try:
        recording = Recording([file])
        with reading_progress(recording) as tell:
            evaluation = run(recording, settings, things, symbol=symbol, tell=tell)
    except OSError as error:
        raise QmoError(f"{error.filename or file}: {error.strerror}", ExitCode.UNREADABLE) from error
    return evaluation, {"file": str(file), "truth": str(truth)}


def _evaluate_seeds(numbers: list[int], length: int, schema: "Schema", implied: float) -> "Evaluation":
    from functools import reduce
    from operator import add

    from feeds.simulator.habits import Habits
    from feeds.simulator.session import SimulationSettings
    from qmo_tui.evaluation.evaluating import evaluate_itself
    from qmo_tui.evaluation.simulated import SimulatedSession
    from qmo_tui.settings import load

    settings = load().settings
    evaluations = []
    for number in numbers:
        _say(f"seed {number}")
        market = SimulationSettings(seed=number, habits=Habits(implied_share=implied))
        session = SimulatedSession(market, length, schema)
        evaluations.append(evaluate_itself(session, settings, session.truth))
    return reduce(add, evaluations)


def _schema(name: str) -> "Schema":
    from feeds.records import Schema

    if name not in _SCHEMAS:
        raise QmoError(f"--schema {name}: give one of {', '.join(_SCHEMAS)}")
    return Schema(name)


def _numbers(text: str) -> list[int]:
    """Return the numbers that `101-110`, `3,7` or `1,5-9` names, each once, in the order given."""
    numbers: dict[int, None] = {}
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise QmoError(f"--seeds {text}: give numbers such as 101-110 or 3,7")
        run = range(int(first), int(last if dash else first) + 1)
        if not run or len(run) + len(numbers) > _MOST_SEEDS:
            raise QmoError(f"--seeds {text}: give from the lower to the higher, and at most {_MOST_SEEDS:,} of them")
        numbers.update(dict.fromkeys(run))
    return list(numbers)


def _say(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"qmo evaluate: {text} ...\n")


def _note(notes: list[str]) -> None:
    for note in dict.fromkeys(notes):
        print(f"qmo: {one_line(note)}", file=sys.stderr)  # noqa: T201 - what a script and a trader both need to know


def _print(evaluation: "Evaluation", heading: dict[str, Any], misses: int, *, json: bool) -> None:
    from qmo_tui.aligned import terminal_width
    from qmo_tui.evaluation.report import as_object, incidents, table

    _note(evaluation.notes)
    if json:
        import msgspec

        told = heading | as_object(evaluation, misses or _LISTED)
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
        return
    sys.stdout.write(
        f"{evaluation.records:,} records ({evaluation.schema}), {evaluation.things:,} things in the truth\n"
        + table(evaluation, terminal_width())
        + incidents(evaluation, misses)
    )
