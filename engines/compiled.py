"""How hot code is compiled: two decorators, so that every kernel is built and cached alike.

A kernel is a plain function over a NamedTuple of NumPy arrays. It makes no Python object and no array and releases the
interpreter lock. Kernels never allocate and never keep an array, so reference counting is off (`_nrt=False`): with it,
handing the arrays of a book to a small function costs two atomic operations an array, which was two thirds of all time
spent.

Machine code is cached on disk, so only the first run after an upgrade compiles. Numba's cache notices a change of the
file a function stands in, but not of the files it calls into or takes constants from; a stale kernel would be wrong and
silent. So the cache is kept in a folder named after a hash of every source file that kernels are made from.
"""

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

import numba
import numpy as np
import platformdirs
from numba import njit

P = ParamSpec("P")
R = TypeVar("R")

_HERE: Final = Path(__file__).parent


def _sources_hash() -> str:
    """Return a hash over everything that machine code is made from."""
    digest = hashlib.blake2b(digest_size=8)
    sources = [*_HERE.glob("*.py"), *_HERE.glob("*/*.py"), _HERE.parent / "feeds" / "records.py"]
    for source in sorted(sources):
        digest.update(source.read_bytes())
    digest.update(f"{numba.__version__} {np.__version__}".encode())
    return digest.hexdigest()


def cache_folder() -> Path:
    """Return where machine code is kept: `NUMBA_CACHE_DIR` if set, beside the sources, or the user's cache folder."""
    given = os.environ.get("NUMBA_CACHE_DIR")
    beside = _HERE / "__pycache__"
    if given:
        folder = Path(given)
    elif os.access(beside if beside.exists() else _HERE, os.W_OK):
        folder = beside
    else:
        folder = platformdirs.user_cache_path("qmo")
    return folder / f"kernels-{_sources_hash()}"


def _choose_cache() -> None:
    folder = cache_folder()
    if folder.parent == _HERE / "__pycache__" and not folder.exists():
        for outdated in folder.parent.glob("kernels-*"):
            shutil.rmtree(outdated, ignore_errors=True)
    numba.config.CACHE_DIR = str(folder)


_choose_cache()

_OPTIONS: Final = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}

signed: Final[Callable[[Any], int]] = np.int64  # type: ignore[assignment]
"""Widen to 64 bits with a sign: in compiled code, mixing signed and unsigned 64-bit integers would give a float."""


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` to machine code on its first call, in Numba's no-Python mode."""
    kernel: Callable[P, R] = njit(**_OPTIONS)(function)
    return kernel


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` into each of its callers: for the small steps taken for every record."""
    kernel: Callable[P, R] = njit(**_OPTIONS, forceinline=True)(function)
    return kernel
