"""The layouts that come with the cockpit."""

import tomllib
from importlib.resources import files
from typing import Final

from qmo_tui.cockpit.layouts.layout import Layout
from qmo_tui.cockpit.layouts.reading import read_layouts

FIRST: Final = "trader"
"""The layout of whoever has chosen none."""
_FILE: Final = "packaged.toml"


def packaged_layouts() -> dict[str, Layout]:
    """Return them by their names, the first one first."""
    text = files("qmo_tui.cockpit.layouts").joinpath(_FILE).read_text(encoding="utf-8")
    return read_layouts(tomllib.loads(text), file=_FILE)
