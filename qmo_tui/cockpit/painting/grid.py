"""A canvas of single characters for pictures that are not rows of text."""

from qmo_tui.cockpit.painting.blocks import merged
from qmo_tui.cockpit.painting.spans import PLAIN, Rows


class Grid:
    """Cells addressed by column and row from the top left; what falls outside is not drawn."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._cells = [[(" ", PLAIN)] * width for _ in range(height)]

    def put(self, x: int, y: int, text: str, ink: str) -> None:
        """Write characters to the right of a cell."""
        if not 0 <= y < self.height:
            return
        for offset, character in enumerate(text):
            if 0 <= x + offset < self.width:
                self._cells[y][x + offset] = (character, ink)

    def is_blank(self, x: int, y: int, length: int = 1) -> bool:
        """Whether these cells exist and nothing was drawn there."""
        if not (0 <= y < self.height and x >= 0 and x + length <= self.width):
            return False
        return all(character == " " for character, _ in self._cells[y][x : x + length])

    def put_if_blank(self, x: int, y: int, text: str, ink: str) -> None:
        """Write only where nothing would be overwritten."""
        if self.is_blank(x, y, len(text)):
            self.put(x, y, text, ink)

    def rows(self) -> Rows:
        """Return the picture as rows."""
        return tuple(tuple(merged(cells)) for cells in self._cells)
