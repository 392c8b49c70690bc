"""A report on the terminal."""

from zoneinfo import ZoneInfo

from qmo_tui.aligned import aligned
from qmo_tui.report.report import Report
from qmo_tui.report.sections import Section, sections_of, title_of


def text_of(report: Report, zone: ZoneInfo) -> str:
    """Return a report as text, times by the clock of a time zone."""
    return "\n".join([title_of(report) + "\n", *(_section(section) for section in sections_of(report, zone))])


def _section(section: Section) -> str:
    table = ""
    if section.rows:
        headings = [section.headings] if any(section.headings) else []
        table = aligned([*headings, *section.rows], right=section.right)
    remarks = "".join(f"  {remark}\n" for remark in section.remarks)
    return f"{section.title}\n{table or f'none{chr(10)}'}{remarks}"
