"""`qmo convert`: a lower schema derived from an order-by-order recording, as a DBN file."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qmo_tui.cli.completions import offer_recordings
from qmo_tui.errors import QmoError, one_line
from qmo_tui.exit_codes import ExitCode

if TYPE_CHECKING:
    from feeds.recording import Recording
    from qmo_tui.conversion import Conversion


class Lower(StrEnum):
    """What can be asked for."""

    MBP_10 = "mbp-10"
    MBP_1 = "mbp-1"
    TRADES = "trades"
    OHLCV_1M = "ohlcv-1m"


def convert(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="IN", autocompletion=offer_recordings, help="DBN file, plain or .zst, or the folder of a session."
        ),
    ],
    *,
    schema: Annotated[Lower, typer.Option(help="What to derive.")],
    out: Annotated[Path, typer.Option(metavar="OUT", help="DBN file to write; compressed where it ends in .zst.")],
    json: Annotated[bool, typer.Option("--json", help="Print what was made as one JSON line.")] = False,
) -> int:
    """Derive a lower schema from a recording, as Databento would have recorded it."""
    from feeds.recording import Recording
    from feeds.records import Schema
    from qmo_tui.cli.progress import reading_progress
    from qmo_tui.conversion import convert as derive
    from qmo_tui.settings import load

    settings = load().settings
    try:
        recording = Recording([source])
    except OSError as error:
        raise QmoError(f"{error.filename}: {error.strerror}", ExitCode.UNREADABLE) from error
    with reading_progress(recording) as progress:
        made = derive(recording, Schema(schema.value), out, settings, progress=progress)
    if made.broken is not None:
        raise QmoError(
            f"{made.broken}; the {made.records:,} records before it are converted in {out}", ExitCode.UNREADABLE
        )
    for note in made.notes:
        print(f"qmo: {one_line(note)}", file=sys.stderr)  # noqa: T201 - what a script and a trader both need to know
    sys.stdout.write(_as_json(recording, made, out) if json else _as_text(recording, made, out))
    return ExitCode.DONE


def _as_json(recording: "Recording", made: "Conversion", out: Path) -> str:
    import msgspec

    told: dict[str, Any] = {
        "file": str(out),
        "from": recording.source,
        "schema": made.schema,
        "derived_from": made.source,
        "dataset": recording.dataset,
        "provenance": recording.provenance,
        "records_in": made.records,
        "records_out": made.written,
        "counts": dict(made.counts),
        "left_out": made.left_out,
        "notes": made.notes,
        "seconds": round(made.seconds, 3),
        "records_per_s": made.records_per_s,
    }
    return msgspec.json.encode(told).decode() + "\n"


def _as_text(recording: "Recording", made: "Conversion", out: Path) -> str:
    read = ", ".join(f"{count:,} {schema}" for schema, count in made.counts.items())
    return (
        f"{out}: {made.written:,} records of {made.schema}, dataset {recording.dataset or '--'}\n"
        f"from {recording.source}: {read}, {made.records_per_s:,} records/s\n"
    )
