"""Which lines of the log are shown: of one kind or all, and how far back."""

from qmo_tui.cockpit.frame import LogPage
from qmo_tui.session.said import SaidLines


class LogWindow:
    """The window over what was said. It follows the newest line until the trader scrolls; then it stays where it is."""

    def __init__(self, said: SaidLines) -> None:
        self.said = said
        self._kind: str | None = None
        self._later = 0
        self._ever = 0

    def page(self, rows: int) -> LogPage:
        """Return the lines of a window with so many rows, none of them where there is no room."""
        if rows <= 0:
            return LogPage()
        total, ever = self.said.total(self._kind), self.said.ever(self._kind)
        if self._later:
            self._later = max(0, min(total - rows, self._later + ever - self._ever))
        self._ever = ever
        lines = self.said.newest(rows, self._kind, before=self._later)
        return LogPage(lines, self._kind, self._later, total)

    def scroll(self, rows: int) -> str | None:
        """Go back by some rows, or forward where negative; no further than there are lines."""
        self._ever = self.said.ever(self._kind)
        self._later = max(0, min(self.said.total(self._kind) - 1, self._later + rows))
        return None

    def next_kind(self) -> str:
        """Show the next kind of line alone, all of them after the last; return what to tell."""
        kinds = (None, *self.said.kinds())
        place = kinds.index(self._kind) + 1 if self._kind in kinds else 0
        self._kind = kinds[place % len(kinds)]
        self._later = 0
        return f"log: {self._kind or 'all'}"
