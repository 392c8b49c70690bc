"""Layouts as TOML tells them, and what is wrong with one in a sentence."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Final, TypeVar

from qmo_tui.cockpit.choices import BENEATH, CHART_KINDS, LADDER_COLUMNS, PROFILES
from qmo_tui.cockpit.layouts.layout import REST, Arrangement, Cell, Column, Extent, Layout, Line, panes_of
from qmo_tui.cockpit.layouts.panes import PLACEABLE, PaneName

_Choice = TypeVar("_Choice", bound=str)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,23}")
_SIZE: Final = re.compile(r"(\d{2,3})x(\d{2,3})")
_EXTENT: Final = re.compile(r"(?P<cells>\d{1,3})|(?P<percent>\d{1,3})\s*%|(?P<least>\d{1,3})-(?P<most>\d{1,3})")
_LINE: Final = re.compile(r"(?:(?P<height>\d[\d%-]*)\s+)?(?P<panes>[^\d].*)")
_LAYOUT_KEYS: Final = ("at", "chart", "beneath", "profile", "ladder")
_AT_KEYS: Final = ("size", "columns")
_COLUMN_KEYS: Final = ("width", "rows")


class LayoutError(ValueError):
    """A layout cannot be read; the message is one line that says where and what to do."""


def load_layouts(path: Path) -> dict[str, Layout]:
    """Read a file of layouts by their names; one that does not exist has none.

    Raises:
        LayoutError: See the class.
    """
    if not path.exists():
        return {}
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LayoutError(f"{path.name} cannot be read: {error}; mend it, or move it away") from error
    return read_text(text, file=path.name)


def read_text(text: str, *, file: str) -> dict[str, Layout]:
    """Read layouts from the text of a file.

    Raises:
        LayoutError: See the class.
    """
    try:
        return read_layouts(tomllib.loads(text), file=file)
    except tomllib.TOMLDecodeError as error:
        raise LayoutError(f"{file}: {error}; mend that place, or move the file away") from error
    except RecursionError as error:
        raise LayoutError(f"{file}: a value in it is nested too deep; mend it, or move the file away") from error


def read_layouts(table: Mapping[str, object], *, file: str) -> dict[str, Layout]:
    """Check a table of layouts.

    Raises:
        LayoutError: See the class.
    """
    layouts = {}
    for name, found in table.items():
        if not is_name(name):
            raise LayoutError(f"{file}: [{name}]: a name is up to 24 lower-case letters, digits, - and _")
        layouts[name] = _layout(name, found, f"{file}: [{name}]")
    return layouts


def is_name(text: str) -> bool:
    """Whether a layout may be called so."""
    return _NAME.fullmatch(text) is not None


def _layout(name: str, table: object, place: str) -> Layout:
    if not isinstance(table, dict):
        raise LayoutError(f"{place} is a table of arrangements, not {table!r}")
    _require_known(table, _LAYOUT_KEYS, place)
    found = table.get("at")
    if not isinstance(found, list) or not found:
        raise LayoutError(f"{place} needs at least one [[{name}.at]] with size and columns")
    arrangements = tuple(_arrangement(at, f"{place} at {number}") for number, at in enumerate(found, 1))
    ladder = table.get("ladder", [])
    if not isinstance(ladder, list):
        raise LayoutError(f"{place}: ladder is a list of columns, not {ladder!r}")
    columns = tuple(_one_of(LADDER_COLUMNS, column, f"{place}: ladder") for column in ladder)
    twice = next((column for column in columns if columns.count(column) > 1), None)
    if twice is not None:
        raise LayoutError(f"{place}: ladder has the column {twice} twice")
    return Layout(
        name,
        arrangements,
        chart=_choice(table, "chart", CHART_KINDS, place),
        beneath=_choice(table, "beneath", BENEATH, place),
        profile=_choice(table, "profile", PROFILES, place),
        ladder=columns,
    )


def _choice(table: Mapping[str, object], key: str, known: tuple[_Choice, ...], place: str) -> _Choice | None:
    return None if key not in table else _one_of(known, table[key], f"{place}: {key}")


def _one_of(known: tuple[_Choice, ...], value: object, place: str) -> _Choice:
    found = next((name for name in known if name == value), None)
    if found is None:
        raise LayoutError(f"{place}: unknown {value!r}{_hint(str(value), known)}")
    return found


def _arrangement(table: object, place: str) -> Arrangement:
    if not isinstance(table, dict):
        raise LayoutError(f"{place} is a table with size and columns, not {table!r}")
    _require_known(table, _AT_KEYS, place)
    size = _SIZE.fullmatch(str(table.get("size", "80x24")))
    if size is None:
        raise LayoutError(f"{place}: size is columns x rows such as 120x40, not {table['size']!r}")
    found = table.get("columns")
    if not isinstance(found, list) or not found:
        raise LayoutError(f"{place} needs columns, such as [{{ rows = ['ladder'] }}]")
    columns = tuple(_column(column, f"{place}, column {number}") for number, column in enumerate(found, 1))
    panes = panes_of(columns)
    twice = next((pane for pane in panes if panes.count(pane) > 1), None)
    if twice is not None:
        raise LayoutError(f"{place}: {twice} is placed twice; each pane has one place")
    return Arrangement(int(size[1]), int(size[2]), columns)


def _column(table: object, place: str) -> Column:
    if not isinstance(table, dict):
        raise LayoutError(f"{place} is a table with rows, not {table!r}")
    _require_known(table, _COLUMN_KEYS, place)
    rows = table.get("rows")
    if not isinstance(rows, list) or not rows:
        raise LayoutError(f"{place} needs rows, such as ['60% chart', 'tape']")
    return Column(tuple(_line(row, place) for row in rows), _extent(str(table.get("width", "")), place))


def _line(text: object, place: str) -> Line:
    match = _LINE.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise LayoutError(
            f"{place}: a row is a height and panes such as '60% chart' or 'zones 57% | tape', not {text!r}"
        )
    cells = tuple(_cell(part.strip(), place) for part in match["panes"].split("|"))
    return Line(cells, _extent(match["height"] or "", place))


def _cell(text: str, place: str) -> Cell:
    name, _, width = text.partition(" ")
    return Cell(pane_named(name, place), _extent(width.strip(), place))


def pane_named(text: str, place: str) -> PaneName:
    """Return the pane of a name.

    Raises:
        LayoutError: There is none; the message names the nearest.
    """
    found = next((name for name in PLACEABLE if name == text), None)
    if found is None:
        raise LayoutError(f"{place}: unknown pane {text!r}{_hint(text, PLACEABLE)}")
    return found


def _extent(text: str, place: str) -> Extent:
    """Return what `62`, `40%`, `62-86` or nothing asks for."""
    if not text:
        return REST
    match = _EXTENT.fullmatch(text)
    if match is None:
        raise LayoutError(f"{place}: {text!r} is no extent: cells (62), a share (40%) or limits (62-86)")
    if match["cells"]:
        return Extent(cells=max(1, int(match["cells"])))
    if match["percent"]:
        return Extent(percent=max(1, min(100, int(match["percent"]))))
    least, most = int(match["least"]), int(match["most"])
    if least > most:
        raise LayoutError(f"{place}: {text!r} begins beyond its end")
    return Extent(least=max(1, least), most=max(1, most))


def _require_known(table: Mapping[str, object], known: Sequence[str], place: str) -> None:
    for key in table:
        if key not in known:
            raise LayoutError(f"{place}: unknown setting {key!r}{_hint(key, known)}")


def _hint(text: str, known: Sequence[str]) -> str:
    close = get_close_matches(text, known, n=1)
    return f", did you mean {close[0]!r}?" if close else f"; there are: {', '.join(known)}"
