"""What each half of the pipeline costs in CPU: the book with re-posted orders, and all other engines.

The recording is repeated, as for `qmo bench`. What a run pays once is left out: the first third, which fills tables.
A machine that others use makes a pass slower and never faster, so of each batch the fastest pass counts.

    python -m qmo_tui.bench.halves RECORDING [PASSES]
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from engines.pipeline import Pipeline
from feeds.recording import Recording
from feeds.records import Batch
from qmo_tui.bench.tiles import write_tiles
from qmo_tui.errors import QmoError
from qmo_tui.session.contract import resolve_instrument
from qmo_tui.session.preparing import load_engines
from qmo_tui.settings import load

_TILES: Final = 12
_LEFT_OUT: Final = 3
"""The first batch in so many is not counted."""
_PASSES: Final = 6
_NS_PER_MS: Final = 1_000_000

Took = list[tuple[int, int]]
"""CPU time of the first and the second half for each batch, ns."""


def measure_halves(source: Path, passes: int) -> tuple[float, float]:
    """Return the milliseconds of CPU that the halves of the pipeline take for one repetition of an MBO recording.

    Raises:
        QmoError: The recording holds no order flow.
    """
    recording = Recording([source])
    instrument = resolve_instrument(recording.contents(), load().settings, symbol=None, dataset=recording.dataset)
    if instrument is None:
        raise QmoError(f"{source}: holds no order flow to measure on")
    load_engines()
    with tempfile.TemporaryDirectory(prefix="qmo-halves-") as folder:
        long = Path(folder) / "long.dbn.zst"
        records = write_tiles(source, long, _TILES)
        batches = list(Recording([long]).batches())
    left_out = len(batches) // _LEFT_OUT
    every = [_one_pass(Pipeline(instrument, watched=False), batches)[left_out:] for _ in range(passes)]
    best = [(min(first for first, _ in one), min(second for _, second in one)) for one in zip(*every, strict=True)]
    repetitions = sum(map(len, batches[left_out:])) / (records / _TILES) * _NS_PER_MS
    return sum(first for first, _ in best) / repetitions, sum(second for _, second in best) / repetitions


def _one_pass(pipeline: Pipeline, batches: list[Batch]) -> Took:
    took: Took = []
    began = time.thread_time_ns()
    for batch, told in pipeline.books.ahead(batches):
        handed = time.thread_time_ns()
        pipeline.hear(batch, told)
        heard = time.thread_time_ns()
        took.append((handed - began, heard - handed))
        began = heard
    return took


if __name__ == "__main__":
    halves = measure_halves(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else _PASSES)
    sys.stdout.write("book and re-posts {:.1f} ms, all other engines {:.1f} ms\n".format(*halves))
