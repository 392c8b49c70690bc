"""`qmo bench`: the promised numbers, measured here and now."""

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from qmo_tui.cli.completions import offer_recordings
from qmo_tui.errors import QmoError
from qmo_tui.exit_codes import ExitCode

if TYPE_CHECKING:
    from qmo_tui.bench.figures import Figure

_TILES: Final = 30
_ROUNDS: Final = 5
_SCREEN_SECONDS: Final = 10.0
_SAMPLE: Final = "esh4-20231225.mbo.dbn.zst"


def bench(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]", autocompletion=offer_recordings, help=f"MBO recording; by default {_SAMPLE} in QMO_DATA."
        ),
    ] = None,
    *,
    tiles: Annotated[int, typer.Option(min=1, help="Times the recording is repeated to make a long one.")] = _TILES,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of which the best counts.")] = _ROUNDS,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Measure decoding, book, engines, live path, memory, demo, screen; ratios are to the SDK's decoder alone."""
    source = _recording(file)
    with tempfile.TemporaryDirectory(prefix="qmo-bench-") as folder:
        figures = _measure(source, Path(folder), tiles, rounds)
    if json:
        import msgspec

        sys.stdout.write(msgspec.json.encode({"recording": source.name, "figures": figures}).decode() + "\n")
    else:
        sys.stdout.write(_table(figures))
    return ExitCode.DONE


def _recording(file: Path | None) -> Path:
    if file is not None:
        chosen = file
    elif (folder := os.environ.get("QMO_DATA")) is not None:
        chosen = Path(folder) / _SAMPLE
    else:
        raise QmoError(
            "no recording to measure on: give one, `qmo bench FILE`, or set QMO_DATA to the folder of samples"
        )
    if not chosen.is_file():
        raise QmoError(f"{chosen}: no such file", ExitCode.UNREADABLE)
    return chosen


def _measure(source: Path, folder: Path, tiles: int, rounds: int) -> list["Figure"]:
    from feeds.recording import Recording
    from qmo_tui.bench.demo import measure_demo
    from qmo_tui.bench.live import measure_live
    from qmo_tui.bench.memory import measure_memory
    from qmo_tui.bench.speed import measure_speed
    from qmo_tui.bench.terminal import measure_terminal
    from qmo_tui.bench.tiles import write_tiles
    from qmo_tui.session.contract import resolve_instrument
    from qmo_tui.settings import load

    _say("making a long recording")
    long = folder / "long.dbn.zst"
    records = write_tiles(source, long, tiles)
    recording = Recording([source])
    instrument = resolve_instrument(recording.contents(), load().settings, symbol=None, dataset=recording.dataset)
    if instrument is None:
        raise QmoError(f"{source}: holds no order flow to measure on")
    _say(f"decoding {records:,} records, {rounds} rounds")
    figures = measure_speed(long, instrument, records, rounds)
    _say("the live path through a gateway")
    figures += measure_live(source, folder, instrument)
    _say("memory of headless runs")
    figures += measure_memory(source, long)
    _say("memory of the demo")
    figures += measure_demo()
    _say("the cockpit in a pseudo-terminal")
    return figures + measure_terminal(folder, _SCREEN_SECONDS)


def _say(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"qmo bench: {text} ...\n")


def _table(figures: list["Figure"]) -> str:
    lines = [f"{'':46}{'measured':>12}  {'promised':>14}"]
    for figure in figures:
        promise = "" if figure.target is None else f"{'>=' if figure.at_least else '<='} {figure.target:g}"
        mark = {True: "kept", False: "NOT KEPT", None: ""}[figure.met]
        lines.append(f"{figure.name:46}{figure.value:12.2f}  {promise:>14} {figure.unit:12}{mark}".rstrip())
    return "\n".join(lines) + "\n"
