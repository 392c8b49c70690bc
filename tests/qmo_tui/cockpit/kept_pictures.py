"""Pictures of the screen that are kept: tests compare with them, the documentation shows them.

A changed screen fails. Look at what it became, and where it is meant, write it anew:

    UPDATE_PICTURES=1 make test
"""

import os
import re
from pathlib import Path
from typing import Final

from qmo_tui.cockpit.app import CockpitApp

PICTURES: Final = Path(__file__).resolve().parents[3] / "docs" / "pictures"
_FONT_FACES: Final = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def picture_of(app: CockpitApp) -> str:
    """Return what a cockpit shows as SVG, without what a browser would fetch from elsewhere."""
    svg = app.export_screenshot(title="QMO cockpit", simplify=True)
    return "\n".join(line.rstrip() for line in _FONT_FACES.sub("", svg).splitlines()) + "\n"


def assert_picture(name: str, svg: str) -> None:
    """Compare a picture with the kept one, or keep it."""
    kept = PICTURES / f"{name}.svg"
    if "UPDATE_PICTURES" in os.environ:
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(svg)
    assert kept.exists(), f"there is no {kept}: write it with UPDATE_PICTURES=1, and look at it"
    assert svg == kept.read_text(), f"{kept} shows something else"
