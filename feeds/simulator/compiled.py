"""The simulator's kernels and their cache."""

from pathlib import Path
from typing import Final

from feeds.compiled import Compiler, signed

__all__ = ["alone", "compiled", "inlined", "signed"]

_COMPILER: Final = Compiler(Path(__file__).parent)
compiled = _COMPILER.compiled
inlined = _COMPILER.inlined
alone = _COMPILER.alone
