"""All layouts there are: the packaged ones, the trader's own file, and which one was used last."""

from pathlib import Path

from qmo_tui.cockpit.layouts.layout import Layout
from qmo_tui.cockpit.layouts.packaged import FIRST, packaged_layouts
from qmo_tui.cockpit.layouts.reading import LayoutError, is_name, load_layouts, read_text
from qmo_tui.cockpit.layouts.writing import replaced


class LayoutShelf:
    """Layouts by their names, the trader's own before a packaged one of the same name.

    Attributes:
        trouble: Why the trader's file is not used, in one line; empty while it is.
    """

    def __init__(self, file: Path | None = None, last: Path | None = None) -> None:
        """Read the trader's file, and which layout was used last; without paths there are the packaged ones alone."""
        self.trouble = ""
        self._file = file
        self._last = last
        self._layouts = packaged_layouts()
        try:
            self._layouts |= {} if file is None else load_layouts(file)
        except LayoutError as error:
            self.trouble = str(error)

    @property
    def names(self) -> tuple[str, ...]:
        """The names, the packaged ones first."""
        return tuple(self._layouts)

    def layout(self, name: str) -> Layout | None:
        """Return a layout by its name; None where there is none."""
        return self._layouts.get(name)

    def first(self) -> Layout:
        """Return the layout to begin with: the one used last, where there still is one of that name."""
        return self._layouts.get(self._used_last(), self._layouts[FIRST])

    def after(self, name: str) -> Layout:
        """Return the layout after another one; the first follows the last."""
        names = self.names
        place = names.index(name) + 1 if name in names else 0
        return self._layouts[names[place % len(names)]]

    def forget(self) -> None:
        """Keep no layout for the next start from now on: this screen is not the trader's own."""
        self._last = None

    def remember(self, layout: Layout) -> None:
        """Keep which layout is used, for the next start; where that cannot be written, the next start does not know."""
        if self._last is None:
            return
        try:
            self._last.parent.mkdir(parents=True, exist_ok=True)
            self._last.write_text(f"{layout.name}\n", encoding="utf-8")
        except OSError:
            self._last = None

    def save(self, layout: Layout) -> str:
        """Keep a layout in the trader's file under its name; return what to tell him.

        Raises:
            LayoutError: It cannot be kept; the message says why.
        """
        if not is_name(layout.name):
            raise LayoutError("a name is up to 24 lower-case letters, digits, - and _")
        if self._file is None:
            raise LayoutError("there is no folder of settings to keep a layout in")
        if self.trouble:
            raise LayoutError(f"not saved, the file is broken: {self.trouble}")
        try:
            text = self._file.read_text(encoding="utf-8") if self._file.exists() else ""
            written = replaced(text, layout)
            read_text(written, file=self._file.name)
            _replace(self._file, written)
        except UnicodeDecodeError as error:
            raise LayoutError(f"not saved: {self._file.name} cannot be read: {error}") from error
        except OSError as error:
            raise LayoutError(f"{self._file} cannot be written: {error.strerror}") from error
        self._layouts[layout.name] = layout
        return f"layout {layout.name} saved in {self._file}"

    def _used_last(self) -> str:
        try:
            return "" if self._last is None else self._last.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return ""


def _replace(path: Path, text: str) -> None:
    """Put a text in the place of a file as a whole; where the name leads elsewhere, that is the file."""
    kept = path.resolve()
    beside = kept.with_name(f"{kept.name}.partial")
    kept.parent.mkdir(parents=True, exist_ok=True)
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(kept)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
