"""The simulator's kernels and their cache."""

from pathlib import Path
from typing import Final

from feeds.compiled import Compiler, signed

__all__ = ["alone", "compiled", "inlined", "signed"]

_HERE: Final = Path(__file__).parent

_KERNELS: Final = ("layout", "chance", "queues", "diary", "grammar", "matching", "implied", "flow", "actors", "running")
_BELOW: Final = ("records", "compiled")

_COMPILER: Final = Compiler(
    _HERE, [*(_HERE / f"{name}.py" for name in _KERNELS), *(_HERE.parent / f"{name}.py" for name in _BELOW)]
)
compiled = _COMPILER.compiled
inlined = _COMPILER.inlined
alone = _COMPILER.alone
