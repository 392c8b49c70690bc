"""The trader's own themes: TOML files in `themes/` beside the settings, each named as its theme.

    base = "dark"          # whose colours stand where this file names none; a packaged theme or another file's

    [colours]
    bid = "#7ee2b8"        # or, on a base with the terminal's own colours, a name such as "cyan"

One that cannot be used is told in a line and left out; the others stay.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from qmo_tui.cockpit.colour_sight import contrast
from qmo_tui.cockpit.themes import COLOURS, DEFAULT_THEME, PALETTES, TERMINALS_OWN, Palette, Palettes

_KEYS: Final = ("base", "colours")
_SUFFIX: Final = ".toml"
_HEXADECIMAL: Final = re.compile(r"#[0-9a-fA-F]{6}")
_SIXTEEN: Final = tuple(
    f"{bright}{colour}"
    for bright in ("", "bright_")
    for colour in ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
)
_BLACK, _WHITE = "#000000", "#ffffff"


class ThemeError(ValueError):
    """A theme file cannot be used, or a theme is not there; the message says which, where, and what to do."""


@dataclass(frozen=True, slots=True)
class ThemeFile:
    """A theme file as it was found.

    Attributes:
        name: The theme's name: the file's, without its end.
        palette: Its colours; None where it cannot be used.
        trouble: Why not, in one line; empty where it can.
    """

    name: str
    path: Path
    palette: Palette | None
    trouble: str = ""


def read_themes(folder: Path) -> tuple[ThemeFile, ...]:
    """Read every theme file of a folder, by name; a folder that does not exist has none."""
    paths = {path.stem: path for path in sorted(folder.glob(f"*{_SUFFIX}"))} if folder.is_dir() else {}
    return tuple(_read(name, path, paths) for name, path in paths.items())


def palettes_of(files: Iterable[ThemeFile]) -> Palettes:
    """Return the packaged themes and after them the trader's own that can be used."""
    return {**PALETTES, **{file.name: file.palette for file in files if file.palette is not None}}


def require_known(wanted: str, files: Iterable[ThemeFile], *, setting: str = "") -> None:
    """Refuse the name of a theme that neither comes with the program nor stands in a file, usable or not.

    Args:
        wanted: The name.
        files: The trader's own themes.
        setting: The setting that names it, if one does.

    Raises:
        ThemeError: There is none of that name.
    """
    names = (*PALETTES, *(file.name for file in files))
    if wanted not in names:
        raise ThemeError(f"{f'{setting}: ' if setting else ''}no theme {wanted!r}{_near(wanted, names)}")


def trouble_with(files: Iterable[ThemeFile], wanted: str) -> str:
    """Return what to tell of broken files at the start, in one line; that of the wanted theme first."""
    broken = sorted((file for file in files if file.palette is None), key=lambda file: file.name != wanted)
    if not broken:
        return ""
    stays = f"; {DEFAULT_THEME} stays" if broken[0].name == wanted else ""
    more = f"; {len(broken) - 1} more: `qmo config themes`" if len(broken) > 1 else ""
    return f"{broken[0].trouble}{stays}{more}"


def _read(name: str, path: Path, paths: Mapping[str, Path]) -> ThemeFile:
    try:
        return ThemeFile(name, path, _palette(name, paths, ()))
    except ThemeError as error:
        return ThemeFile(name, path, None, str(error))
    except RecursionError:
        return ThemeFile(name, path, None, f"themes/{path.name}: a value in it is nested too deep: mend it")


def _palette(name: str, paths: Mapping[str, Path], heirs: tuple[str, ...]) -> Palette:
    """Return the colours of a file's theme; `heirs` are the files that stand on it."""
    where = f"themes/{name}{_SUFFIX}"
    if name in PALETTES:
        raise ThemeError(f"{where}: {name!r} is a theme of the program: give the file another name")
    if name in heirs:
        raise ThemeError(f"{where}: it is its own base: {' -> '.join((*heirs, name))}")
    table = _table(paths[name], where)
    for key in table:
        if key not in _KEYS:
            raise ThemeError(f"{where}: unknown key {key!r}{_near(key, _KEYS)}")
    base = _base(table.get("base", DEFAULT_THEME), where, paths, (*heirs, name))
    own = table.get("colours", {})
    if not isinstance(own, dict):
        raise ThemeError(f"{where}: colours is a table: write them under [colours]")
    colours = {**base.colours, **{key: _colour(key, value, where, ansi=base.ansi) for key, value in own.items()}}
    return replace(base, name=name, colours=colours, dark=base.ansi or _is_dark(colours["ground"]))


def _table(path: Path, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ThemeError(f"{where}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ThemeError(f"{where}: is not UTF-8 text: save it as such") from error
    except tomllib.TOMLDecodeError as error:
        raise ThemeError(f"{where}: not valid TOML: {error}") from error


def _base(name: object, where: str, paths: Mapping[str, Path], heirs: tuple[str, ...]) -> Palette:
    if isinstance(name, str) and name in PALETTES:
        return PALETTES[name]
    if isinstance(name, str) and name in paths:
        return _palette(name, paths, heirs)
    raise ThemeError(f"{where}: base: no theme {name!r}{_near(name, (*PALETTES, *paths))}")


def _colour(key: str, value: object, where: str, *, ansi: bool) -> str:
    if key not in COLOURS:
        raise ThemeError(f"{where}: unknown colour {key!r}{_near(key, COLOURS)}")
    if ansi:
        if value not in (TERMINALS_OWN, *_SIXTEEN):  # of any type: a list is in no set
            raise ThemeError(
                f"{where}: {key}: {value!r} is none of the terminal's sixteen{_near(value, (TERMINALS_OWN, *_SIXTEEN))}"
            )
    elif not isinstance(value, str) or not _HEXADECIMAL.fullmatch(value):
        raise ThemeError(f"{where}: {key}: {value!r} is not a colour: write it as #1c232a")
    return str(value).lower()


def _is_dark(ground: str) -> bool:
    return contrast(ground, _WHITE) > contrast(ground, _BLACK)


def _near(wrong: object, names: Iterable[str]) -> str:
    """Return the end of an error sentence: the nearest known name, or all of them."""
    known = list(names)
    close = get_close_matches(str(wrong), known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are: {', '.join(known)}"


def as_file(palette: Palette) -> str:
    """Return a theme as a file of its own that names every colour, to begin one with."""
    width = max(len(f'{name} = "{value}"') for name, value in palette.colours.items())
    lines = [f'base = "{"ansi" if palette.ansi else DEFAULT_THEME}"', "", "[colours]"]
    for name, meaning in COLOURS.items():
        setting = f'{name} = "{palette.colours[name]}"'
        lines.append(f"{setting:{width}}  # {meaning}")
    return "\n".join(lines) + "\n"
