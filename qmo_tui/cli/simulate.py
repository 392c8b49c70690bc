"""`qmo simulate`: a simulated session as a DBN file, with what is true about it."""

import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Final

import typer

from qmo_tui.cli.arguments import moment_of
from qmo_tui.errors import QmoError
from qmo_tui.exit_codes import ExitCode

if TYPE_CHECKING:
    from feeds.simulator.session import SimulationSettings
    from feeds.simulator.shape import Session

_MINUTE_NS: Final = 60_000_000_000
_LONGEST_MINUTES: Final = 7 * 24 * 60
_EARLIEST: Final = 631_152_000_000_000_000
_LATEST: Final = 4_102_444_800_000_000_000
"""The years 1990 to 2100, ns."""


def simulate(
    *,
    out: Annotated[Path, typer.Option(metavar="FILE", help="DBN file to write; compressed where it ends in .zst.")],
    truth: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what was planted and what came of it, JSON lines.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Another number is another session.")] = 1,
    minutes: Annotated[
        float, typer.Option(min=0.01, max=_LONGEST_MINUTES, metavar="M", help="Market time to simulate.")
    ] = 30.0,
    start: Annotated[
        str | None,
        typer.Option(metavar="T", help="ISO date and time, UTC or with offset; by default a Monday, 08:00 New York."),
    ] = None,
    rate: Annotated[
        float, typer.Option(min=1.0, max=20_000.0, metavar="R", help="Records a second in an active morning.")
    ] = 450.0,
    implied: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, metavar="SHARE", help="Of aggressors, those that meet what spreads imply."),
    ] = 0.0,
    beside: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Hold its shape beside that of a real MBO recording.")
    ] = None,
    plots: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="With --beside, draw both as realism-*.svg in that folder.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what was made as one JSON line.")] = False,
) -> int:
    """Write a simulated gold session. The same options give the same bytes."""
    settings = _settings(seed, start, rate, implied)
    if truth is not None and truth.resolve() == out.resolve():
        raise QmoError(f"--truth {truth}: give it a file of its own")
    if plots is not None and beside is None:
        raise QmoError(f"--plots {plots}: give a real recording too, with --beside, to draw the session beside")
    real = None if beside is None else _session(beside)
    if plots is not None:
        _make_folder(plots)
    made = _write(settings, round(minutes * _MINUTE_NS), out, truth)
    comparison = "" if real is None else _compare(made, real, _session(out), plots)
    if json:
        import msgspec

        sys.stdout.write(msgspec.json.encode(made).decode() + "\n")
    else:
        sys.stdout.write(_told(made) + comparison)
    return ExitCode.DONE


def _settings(seed: int, start: str | None, rate: float, implied: float) -> "SimulationSettings":
    from feeds.simulator.habits import Habits
    from feeds.simulator.session import DEFAULT_START, SimulationSettings

    moment = moment_of(start, "--start")
    if moment is not None and not _EARLIEST <= moment < _LATEST:
        raise QmoError(f"--start {start}: give a time from 1990 to 2100")
    return SimulationSettings(
        seed=seed,
        start=DEFAULT_START if moment is None else moment,
        habits=Habits(records_per_second=rate, implied_share=implied),
    )


def _compare(
    made: dict[str, Any], real: tuple[str, "Session"], simulated: tuple[str, "Session"], plots: Path | None
) -> str:
    """Add to what was made how it compares with a real session, draw it where wanted, and return it as a table."""
    from feeds.simulator.shape import compare, table

    figures = compare(real[1], simulated[1])
    made["figures"] = [
        {
            "name": figure.name,
            "real": figure.real,
            "simulated": figure.simulated,
            "bound": str(figure.bound),
            "kept": figure.kept,
        }
        for figure in figures
    ]
    if plots is None:
        return table(figures)
    from qmo_tui.plots.realism import Side, draw_all

    left, right = Side(f"{real[0]}, recorded", real[1]), Side(f"{simulated[0]}, simulated", simulated[1])
    made["plots"] = [str(path) for path in draw_all(plots, left, right)]
    return table(figures) + "".join(f"{path}\n" for path in made["plots"])


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise QmoError(f"--plots {folder}: cannot be made: {error.strerror}") from error


def _session(file: Path) -> tuple[str, "Session"]:
    """Return the symbol of a recording's busiest contract, and the shape of its order flow."""
    import numpy as np

    from feeds.recording import Recording
    from feeds.records import Schema
    from feeds.simulator.shape import read
    from qmo_tui.session.contract import resolve_instrument
    from qmo_tui.settings import load

    try:
        recording = Recording([file])
    except OSError as error:
        raise QmoError(f"{error.filename}: {error.strerror}", ExitCode.UNREADABLE) from error
    instrument = resolve_instrument(recording.contents(), load().settings, symbol=None, dataset=recording.dataset)
    pieces = [
        batch.records[batch.records["instrument_id"] == instrument.instrument_id]
        for batch in recording.batches()
        if instrument is not None and batch.schema is Schema.MBO
    ]
    if instrument is None or not pieces:
        raise QmoError(f"{file}: holds no order-by-order records to compare with", ExitCode.UNREADABLE)
    return instrument.symbol, read(np.concatenate(pieces), instrument.tick)


def _write(settings: "SimulationSettings", length: int, out: Path, truth: Path | None) -> dict[str, Any]:
    import hashlib
    import time

    from feeds.dbn import DbnWriter
    from feeds.simulator.contract import CONTRACT, metadata
    from feeds.simulator.session import Simulation

    end = settings.start + length
    digest = hashlib.blake2b(digest_size=16)
    records, planted = 0, Counter[str]()
    with ExitStack() as files:
        try:
            writer = files.enter_context(DbnWriter(out, metadata(settings.start, end)))
            log = None if truth is None else files.enter_context(truth.open("xb"))
        except FileExistsError as error:
            raise QmoError(f"{error.filename}: is there already; name another file or remove it") from None
        except OSError as error:
            raise QmoError(f"{error.filename}: cannot be written: {error.strerror}") from error
        simulation = Simulation(settings)
        making = 0.0
        batches = simulation.batches(until=end)
        while True:
            began = time.perf_counter()
            batch = next(batches, None)
            making += time.perf_counter() - began
            lines = simulation.truth.finish() if batch is None else simulation.truth.taken()
            planted.update(str(line["kind"]) for line in lines)
            _write_lines(log, lines)
            if batch is None:
                break
            writer.write(batch)
            digest.update(batch.records.tobytes())
            records += len(batch)
    return {
        "file": str(out),
        "truth": None if truth is None else str(truth),
        "seed": settings.seed,
        "dataset": CONTRACT.dataset,
        "symbol": CONTRACT.symbol,
        "start": settings.start,
        "end": end,
        "records": records,
        "planted": dict(sorted(planted.items())),
        "digest": digest.hexdigest(),
        "records_per_s": round(records / making),
    }


def _write_lines(log: BinaryIO | None, lines: list[dict[str, Any]]) -> None:
    import msgspec

    if log is not None:
        for line in lines:
            log.write(msgspec.json.encode(line) + b"\n")


def _told(made: dict[str, Any]) -> str:
    planted = ", ".join(f"{count} {kind}" for kind, count in made["planted"].items())
    return (
        f"{made['file']}: {made['records']:,} records of {made['symbol']}, simulated ({made['dataset']}), "
        f"seed {made['seed']}, {made['records_per_s']:,} records/s\n"
        f"truth: {planted}{'' if made['truth'] is None else ', in ' + made['truth']}\n"
        f"digest {made['digest']}\n"
    )
