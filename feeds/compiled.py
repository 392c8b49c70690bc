"""How hot code is compiled: one `Compiler` a room, so that every kernel is built and cached alike.

A kernel is a plain function over a NamedTuple of NumPy arrays. It makes no Python object and no array and releases the
interpreter lock. Kernels never allocate and never keep an array, so reference counting is off (`_nrt=False`): with it,
handing the arrays of a book to a small function costs two atomic operations an array, which was two thirds of all time
spent.

Machine code is cached on disk, so only the first run after an upgrade compiles. Numba's cache notices a change of the
file a function stands in, but not of the files it calls into or takes constants from; a stale kernel would be wrong and
silent. So each room keeps its cache in a folder named after a hash of every source file its kernels are made from: the
files they stand in, and all files of ours that those import, near or far.
"""

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

import numba
import numpy as np
import platformdirs
from numba import njit

P = ParamSpec("P")
R = TypeVar("R")

_OPTIONS: Final = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}

_OURS: Final = Path(__file__).parent.parent
_IS_KERNEL: Final = re.compile(rb"^@(?:compiled|inlined)$", re.MULTILINE)
_IMPORT: Final = re.compile(rb"^from ((?:engines|feeds)[\w.]*) import", re.MULTILINE)

signed: Final[Callable[[Any], int]] = np.int64  # type: ignore[assignment]
"""Widen to 64 bits with a sign: in compiled code, mixing signed and unsigned 64-bit integers would give a float."""
place: Final[Callable[[Any], int]] = np.uint64  # type: ignore[assignment]
"""Say of an index that it is not negative, so that compiled code does not ask whether it counts from the end.

For nothing but an index: what is calculated with it may be a float.
"""


class Compiler:
    """Compiles the kernels of one room and keeps their machine code.

    Attributes:
        folder: Where machine code is kept: in `NUMBA_CACHE_DIR` if set, beside the sources, or the user's cache folder.
    """

    def __init__(self, room: Path) -> None:
        """Choose the folder for the kernels of the package in `room`, and sweep away what older sources left there."""
        self.folder = _cache_folder(room)
        if self.folder.parent == room / "__pycache__" and not self.folder.exists():
            for outdated in self.folder.parent.glob("kernels-*"):
                shutil.rmtree(outdated, ignore_errors=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Have the cache to oneself: two processes that compile at once could mix up the entries of one index."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / "lock").open("w", encoding="ascii")
        except OSError:  # nothing can be kept there, so nothing can be mixed up
            yield
            return
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def compiled(self, function: Callable[P, R]) -> Callable[P, R]:
        """Compile `function` to machine code on its first call, in Numba's no-Python mode."""
        return self._compile(function, {})

    def inlined(self, function: Callable[P, R]) -> Callable[P, R]:
        """Compile `function` into each of its callers: for the small steps taken for every record."""
        return self._compile(function, {"forceinline": True})

    def _compile(self, function: Callable[P, R], options: dict[str, Any]) -> Callable[P, R]:
        elsewhere = numba.config.CACHE_DIR
        numba.config.CACHE_DIR = str(self.folder)
        try:
            kernel: Any = njit(**_OPTIONS, **options)(function)
        finally:
            numba.config.CACHE_DIR = elsewhere
        _compile_once(kernel)
        return kernel  # type: ignore[no-any-return]


def machine_code(kernel: Callable[P, R], *like: P.args, **named: P.kwargs) -> Callable[P, R]:
    """Return what a kernel becomes for arguments of such types, for whoever calls it very often.

    A kernel looks at its arguments at every call, which takes some 2 us where a NamedTuple of arrays is among them, and
    what this returns is called in 0.3 us: it does not look. The caller answers for it that all arguments are of the
    types of `like`, and that arrays are as contiguous.
    """
    del named
    compile_for: Any = kernel.compile  # type: ignore[attr-defined]
    code: Callable[P, R] = compile_for(tuple(map(numba.typeof, like)))
    return code


def _compile_once(kernel: Any) -> None:
    """Take a constant argument for any number of its type: Numba would compile a kernel anew for every constant."""
    resolve = kernel.get_call_template

    def resolve_types(arguments: Any, named: Any) -> Any:
        plain = tuple(numba.types.unliteral(argument) for argument in arguments)
        return resolve(plain, {name: numba.types.unliteral(argument) for name, argument in named.items()})

    kernel.get_call_template = resolve_types


def sources(room: Path) -> dict[Path, bytes]:
    """Return the files that the machine code of a room is made from, in the order of their names, with their text."""
    texts = {file: file.read_bytes() for file in room.rglob("*.py")}
    found = {file: text for file, text in texts.items() if _IS_KERNEL.search(text)}
    unread = list(found.values())
    while unread:
        for name in _IMPORT.findall(unread.pop()):
            file = _file_of(name.decode())
            if file not in found:
                found[file] = file.read_bytes()
                unread.append(found[file])
    return dict(sorted(found.items()))


def _file_of(module: str) -> Path:
    path = _OURS.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _cache_folder(room: Path) -> Path:
    digest = hashlib.blake2b(digest_size=8)
    for text in sources(room).values():
        digest.update(text)
    digest.update(f"{numba.__version__} {np.__version__}".encode())
    given = os.environ.get("NUMBA_CACHE_DIR")
    beside = room / "__pycache__"
    if given:
        folder = Path(given)
    elif os.access(beside if beside.exists() else room, os.W_OK):
        folder = beside
    else:
        folder = platformdirs.user_cache_path("qmo")
    return folder / f"kernels-{digest.hexdigest()}"
