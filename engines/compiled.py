"""The engines' kernels and their cache; `feeds/compiled.py` says how code is compiled and why so."""

from pathlib import Path
from typing import Final

from feeds.compiled import Compiler, machine_code, place, signed

__all__ = ["alone", "compiled", "inlined", "machine_code", "place", "signed"]

_COMPILER: Final = Compiler(Path(__file__).parent)
compiled = _COMPILER.compiled
inlined = _COMPILER.inlined
alone = _COMPILER.alone
