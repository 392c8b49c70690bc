"""How much memory a headless run takes, on a short recording and on a long one: it must not grow with length."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from qmo_tui.bench.figures import Figure

MOST_MB: Final = 350.0
MOST_GROWTH_MB: Final = 30.0


def measure_memory(short: Path, long: Path) -> list[Figure]:
    """Return the peak memory of headless runs over two recordings and its growth, in MB."""
    small, large = peak_memory(short), peak_memory(long)
    return [
        Figure("peak memory, headless, long recording", large, "MB", MOST_MB, at_least=False),
        Figure("its growth over the short recording", large - small, "MB", MOST_GROWTH_MB, at_least=False),
    ]


def peak_memory(path: Path) -> float:
    """Return the peak resident memory of `qmo replay --headless`, as the process itself reports it, in MB."""
    command = [sys.executable, "-m", "qmo_tui", "replay", str(path), "--headless", "--json"]
    done = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 - our own command
    return float(json.loads(done.stdout)["peak_rss_mb"])
