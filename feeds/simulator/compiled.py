"""The simulator's kernels and their cache."""

from pathlib import Path
from typing import Final

from feeds.compiled import Compiler, signed

__all__ = ["compiled", "inlined", "signed"]

_HERE: Final = Path(__file__).parent

_COMPILER: Final = Compiler(_HERE, [*_HERE.glob("*.py"), _HERE.parent / "records.py", _HERE.parent / "compiled.py"])
compiled = _COMPILER.compiled
inlined = _COMPILER.inlined
