"""What must hold for any painted picture: exact widths, and inks that every theme has."""

from qmo_tui.cockpit.painting.spans import Rows, width_of
from qmo_tui.cockpit.themes import PALETTES


def assert_sound(rows: Rows, width: int, height: int) -> None:
    """Check that rows fill their pane and nothing else, and that each span has a style in each theme."""
    assert len(rows) <= height
    for row in rows:
        assert width_of(row) == width
        for text, ink in row:
            assert text
            for palette in PALETTES.values():
                style = palette.style(ink)
                assert style.color is not None
                assert style.bgcolor is not None
