"""A layout as the lines of a file that a trader can read and change."""

from collections.abc import Iterator

from qmo_tui.cockpit.layouts.layout import Arrangement, Column, Extent, Layout, Line


def toml_of(layout: Layout) -> str:
    """Return the table of a layout; `reading.read_layouts` reads it back as it was."""
    return "\n".join([f"[{layout.name}]", *_choices(layout), "at = [", *_arrangements(layout), "]"]) + "\n"


def replaced(text: str, layout: Layout) -> str:
    """Return the text of a file with the table of a layout in it, in the place of an older one of its name."""
    before: list[str] = []
    after: list[str] = []
    inside = False
    for line in text.splitlines():
        if line.startswith("["):
            inside = line.split("#")[0].strip() in {f"[{layout.name}]", f"[[{layout.name}.at]]"}
            if inside:
                after.append("")
                continue
        if not inside:
            (after if after else before).append(line)
    kept = "\n".join(before).rstrip()
    rest = "\n".join(after).strip()
    return "\n\n".join(part for part in (kept, toml_of(layout).rstrip(), rest) if part) + "\n"


def _choices(layout: Layout) -> Iterator[str]:
    for key in ("chart", "beneath", "profile"):
        value = getattr(layout, key)
        if value is not None:
            yield f'{key} = "{value}"'
    if layout.ladder:
        yield f"ladder = [{', '.join(_quoted(column) for column in layout.ladder)}]"


def _arrangements(layout: Layout) -> Iterator[str]:
    for found in layout.arrangements:
        yield f'  {{ size = "{_size(found)}", columns = ['
        yield from (f"    {_column(column)}," for column in found.columns)
        yield "  ] },"


def _size(arrangement: Arrangement) -> str:
    return f"{arrangement.width}x{arrangement.height}"


def _column(column: Column) -> str:
    rows = ", ".join(_quoted(_line(line)) for line in column.lines)
    width = _extent(column.width)
    return f'{{ width = "{width}", rows = [{rows}] }}' if width else f"{{ rows = [{rows}] }}"


def _line(line: Line) -> str:
    panes = " | ".join(f"{cell.pane} {_extent(cell.width)}".rstrip() for cell in line.cells)
    return f"{_extent(line.height)} {panes}".lstrip()


def _extent(extent: Extent) -> str:
    if extent.cells is not None:
        return str(extent.cells)
    if extent.percent is not None:
        return f"{extent.percent}%"
    return "" if extent.most is None else f"{extent.least}-{extent.most}"


def _quoted(text: str) -> str:
    return f'"{text}"'
