"""How hot code is compiled: two decorators, so that every kernel is built and cached alike.

A kernel is a plain function over a NamedTuple of NumPy arrays. It makes no Python object and no array, releases the
interpreter lock, and is cached on disk next to its source (or in the user's cache folder where that is read-only), so
only the first run after an upgrade compiles.

Kernels never allocate and never keep an array, so reference counting is off (`_nrt=False`): with it, handing the
arrays of a book to a small function costs two atomic operations an array, which was two thirds of all time spent.
"""

from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")

_OPTIONS: Final = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` to machine code on its first call, in Numba's no-Python mode."""
    kernel: Callable[P, R] = njit(**_OPTIONS)(function)
    return kernel


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` into each of its callers: for the small steps taken for every record."""
    kernel: Callable[P, R] = njit(**_OPTIONS, forceinline=True)(function)
    return kernel
