"""A report on the terminal."""

from textwrap import fill
from typing import Final
from zoneinfo import ZoneInfo

from qmo_tui.aligned import aligned
from qmo_tui.report.report import Report
from qmo_tui.report.sections import Section, sections_of, title_of

_INDENT: Final = "  "


def text_of(report: Report, zone: ZoneInfo, width: int | None = None) -> str:
    """Return a report as text, times by the clock of a time zone, in so many columns where that is not None."""
    sections = (_section(section, width) for section in sections_of(report, zone))
    return "\n".join([title_of(report) + "\n", *sections])


def _section(section: Section, width: int | None) -> str:
    table = ""
    if section.rows:
        headings = [section.headings] if any(section.headings) else []
        names = 2 if len(section.headings) > 2 and not section.right & {0, 1} else 1
        room = width if headings else None
        table = aligned([*headings, *section.rows], right=section.right, names=names, width=room)
    remarks = "".join(f"{_remark(remark, width)}\n" for remark in section.remarks)
    return f"{section.title}\n{table or f'none{chr(10)}'}{remarks}"


def _remark(remark: str, width: int | None) -> str:
    if width is None:
        return _INDENT + remark
    return fill(remark, width, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False)
