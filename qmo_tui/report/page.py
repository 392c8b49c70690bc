"""A report as one HTML page that needs nothing beside itself: no script, no font, no picture from elsewhere."""

import re
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

from qmo_tui.plots.paper import GROUND, INK
from qmo_tui.plots.session_report import Excursion, Expected, draw_results
from qmo_tui.report.report import Report
from qmo_tui.report.sections import Section, in_r, sections_of, title_of

_STYLE: Final = f"""
body {{ background: {GROUND}; color: {INK}; font: 14px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 1240px;
  padding: 0 1rem; }}
h1 {{ font-size: 1.35rem; }} h2 {{ font-size: 1.05rem; margin: 1.8rem 0 .4rem; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
th, td {{ border-bottom: 1px solid #d9d6cf; padding: .18rem .7rem .18rem 0; text-align: left; vertical-align: top; }}
th {{ font-weight: 600; }} .figure {{ text-align: right; }}
.wide {{ overflow-x: auto; }} .remark {{ color: #5a5a5a; margin: .25rem 0; }} svg {{ height: auto; max-width: 100%; }}
"""
_NOTHING: Final = '<p class="remark">none</p>'
_METADATA: Final = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)


def page_of(report: Report, zone: ZoneInfo) -> str:
    """Return a report as a page, times by the clock of a time zone."""
    title = escape(title_of(report))
    parts = [_section(section) for section in sections_of(report, zone)]
    pictures = _pictures(report)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
        f"{''.join(parts[:2])}{pictures}{''.join(parts[2:])}</body>\n</html>\n"
    )


def _section(section: Section) -> str:
    remarks = "".join(f'<p class="remark">{escape(remark)}</p>\n' for remark in section.remarks)
    return f"<h2>{escape(section.title)}</h2>\n{_table(section) if section.rows else _NOTHING}\n{remarks}"


def _table(section: Section) -> str:
    head = _row(section, section.headings, "th") if any(section.headings) else ""
    body = "".join(_row(section, row, "td") for row in section.rows)
    return f'<div class="wide"><table>\n{head}{body}</table></div>'


def _row(section: Section, cells: tuple[str, ...], element: str) -> str:
    figure = f'<{element} class="figure">'
    shown = (
        f"{figure if at in section.right else f'<{element}>'}{escape(cell)}</{element}>"
        for at, cell in enumerate(cells)
    )
    return f"<tr>{''.join(shown)}</tr>\n"


def _pictures(report: Report) -> str:
    """Return the pictures, or nothing where no closed trade has an R."""
    if not report.curve:
        return ""
    excursions = [
        Excursion(mfe, mae, trade.outcome == "won")
        for trade in report.trades
        if trade.closed is not None
        and (mfe := in_r(trade, trade.last.mfe)) is not None
        and (mae := in_r(trade, trade.last.mae)) is not None
    ]
    groups = [
        Expected(one.name, one.known, one.expectancy, one.interval)
        for one in (*report.triggers, *report.sessions)
        if one.expectancy is not None
    ]
    svg = draw_results([total for _, total in report.curve], excursions, groups)
    return _METADATA.sub("", svg[svg.index("<svg") :])
