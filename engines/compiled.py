"""The engines' kernels and their cache; `feeds/compiled.py` says how code is compiled and why so."""

from pathlib import Path
from typing import Final

from feeds.compiled import Compiler, signed

__all__ = ["alone", "compiled", "inlined", "signed"]

_HERE: Final = Path(__file__).parent
_FEEDS: Final = _HERE.parent / "feeds"

_COMPILER: Final = Compiler(
    _HERE, [*_HERE.glob("*.py"), *_HERE.glob("*/*.py"), _FEEDS / "records.py", _FEEDS / "compiled.py"]
)
compiled = _COMPILER.compiled
inlined = _COMPILER.inlined
alone = _COMPILER.alone
