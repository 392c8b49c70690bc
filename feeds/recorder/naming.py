"""Names of recordings: sortable, and telling dataset, symbol, trading day and the UTC time of the first record.

GLBX.MDP3-GC.v.0-20261103-143005.dbn.zst           a finished recording
GLBX.MDP3-GC.v.0-20261103-143005.dbn.zst.partial   being written, or left behind by a crash
GLBX.MDP3-GC.v.0-20261103-143005.json              its sidecar, from the first moment on
GLBX.MDP3-GC.v.0-20261103-143005.cut               what recovery cut off its end, as it was found
GLBX.MDP3-GC.v.0-20261103-143005.unreadable        what recovery found nothing in
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from feeds.records import Provenance

RECORDING: Final = ".dbn.zst"
PARTIAL: Final = ".dbn.zst.partial"
SIDECAR: Final = ".json"
CUT: Final = ".cut"
UNREADABLE: Final = ".unreadable"
TAKEN: Final = (RECORDING, SIDECAR, CUT, UNREADABLE)
"""Any of these shows that a name was used before."""
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._]+")
_SECOND_NS: Final = 1_000_000_000
_MOST_NAMESAKES: Final = 1_000


def folder_of(root: Path, provenance: Provenance) -> Path:
    """Return the folder below `root` that holds recordings of this provenance and of no other."""
    return root / provenance.value


def stems(dataset: str, symbol: str, day: date, start: int) -> Iterator[str]:
    """Yield names without suffix, to be tried in turn until one is free; `start` in nanoseconds UTC."""
    clock = datetime.fromtimestamp(start // _SECOND_NS, UTC)
    stem = "-".join((_safe(dataset), _safe(symbol), f"{day:%Y%m%d}", f"{clock:%H%M%S}"))
    yield stem
    for number in range(2, _MOST_NAMESAKES):
        yield f"{stem}_{number:03}"


def stem_of(path: Path) -> str:
    """Return the name of a recording, finished or not, without its suffix."""
    return path.name.removesuffix(".partial").removesuffix(RECORDING)


def beside(path: Path, suffix: str) -> Path:
    """Return the path of a recording's companion with this suffix."""
    return path.with_name(stem_of(path) + suffix)


def _safe(word: str) -> str:
    return _UNSAFE.sub("_", word) or "unknown"
