"""Kernels compiled once for all workers of a test run, which then have a copy each.

Two processes that write one index of the cache can mix its entries up, so no cache is shared: a worker's files are
links to those compiled beforehand, which the compiler replaces and never writes into.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

_REPOSITORY: Final = Path(__file__).resolve().parent.parent
_CACHE: Final = _REPOSITORY / ".cache" / "numba"
_COMPILED: Final = _CACHE / "compiled"
CHECKED: Final = _CACHE / "checked"
"""Where kernels are kept that check every index."""

_MARKET: Final = "from feeds.simulator.session import Simulation as S; s = S(); list(s.batches(s.clock + 10**10))"
_PROGRAMS: Final = (
    (["-c", "from engines.warm_up import warm_up; warm_up()"], {"NUMBA_CACHE_DIR": str(_COMPILED)}),
    (["-c", _MARKET], {"NUMBA_CACHE_DIR": str(_COMPILED)}),
    (
        ["-m", "tests.engines.book.fuzzing", "mutated", "1"],
        {"NUMBA_CACHE_DIR": str(CHECKED), "NUMBA_BOUNDSCHECK": "1"},
    ),
)
"""What compiles the engines, the simulator, and the engines checked: each into a folder that no other writes."""


def compile_for_all() -> None:
    """Compile what most tests need, as much at once as the machine can.

    Raises:
        RuntimeError: A program failed; it has said why.
    """
    running = [
        subprocess.Popen([sys.executable, *program], cwd=_REPOSITORY, env=os.environ | added)
        for program, added in _PROGRAMS
    ]
    ended = [one.wait() for one in running]
    if any(ended):
        raise RuntimeError("the kernels do not compile, as told above")


def copy_for(worker: str) -> Path:
    """Return the folder of a worker's kernels, with what was compiled for all."""
    own = _CACHE / worker
    for folder in _COMPILED.glob("kernels-*"):
        if not (own / folder.name).exists():
            shutil.copytree(folder, own / folder.name, copy_function=os.link, ignore=shutil.ignore_patterns("lock"))
    return own
