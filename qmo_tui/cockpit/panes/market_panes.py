"""The panes of the market, each made once: what paints it, and what of a frame it looks at."""

from collections.abc import Callable

from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.layouts.panes import PaneName
from qmo_tui.cockpit.painting.account import account_subject, paint_account
from qmo_tui.cockpit.painting.chart_kinds import chosen_subject, paint_chosen_chart
from qmo_tui.cockpit.painting.heading import marked
from qmo_tui.cockpit.painting.health import health_subject, paint_health
from qmo_tui.cockpit.painting.ladder import paint_ladder
from qmo_tui.cockpit.painting.log import log_subject, paint_log
from qmo_tui.cockpit.painting.mentor import mentor_subject, paint_mentor
from qmo_tui.cockpit.painting.opened_zone import opened_subject, paint_opened_zone
from qmo_tui.cockpit.painting.pillars import paint_pillars, pillars_subject
from qmo_tui.cockpit.painting.spans import Rows
from qmo_tui.cockpit.painting.tape import paint_tape, tape_subject
from qmo_tui.cockpit.painting.time_ahead import paint_time_ahead, time_subject
from qmo_tui.cockpit.painting.why import paint_why, why_subject
from qmo_tui.cockpit.painting.zone_table import paint_zone_table, zone_subject
from qmo_tui.cockpit.panes.canvas import Painter, Subject
from qmo_tui.cockpit.panes.wheeled import Wheeled
from qmo_tui.cockpit.themes import Palette


def _whole(frame: Frame) -> object:
    return frame


_PAINTERS: dict[PaneName, tuple[str, Painter, Subject]] = {
    "ladder": ("ladder", paint_ladder, _whole),
    "chart": ("chart", paint_chosen_chart, chosen_subject),
    "opened": ("opened", paint_opened_zone, opened_subject),
    "why": ("why", paint_why, why_subject),
    "zones": ("zones", paint_zone_table, zone_subject),
    "tape": ("tape", paint_tape, tape_subject),
    "pillars": ("pillars", paint_pillars, pillars_subject),
    "time": ("ahead", paint_time_ahead, time_subject),
    "mentor": ("mentor", paint_mentor, mentor_subject),
    "health": ("health", paint_health, health_subject),
    "log": ("log", paint_log, log_subject),
    "position": ("account-pane", paint_account, account_subject),
}
"""Id of the widget, painter and subject of each pane."""


def market_panes(palette: Palette) -> dict[PaneName, Wheeled]:
    """Make the panes; a focused one says so in its heading, and each tells when the wheel turns over it."""
    return {
        pane: Wheeled(headed(pane, paint), palette, name, subject=_with_focus(pane, subject))
        for pane, (name, paint, subject) in _PAINTERS.items()
    }


def headed(pane: PaneName, paint: Painter) -> Painter:
    """Return a painter that marks the heading where the pane has the focus."""

    def painted(frame: Frame, width: int, height: int) -> Rows:
        return marked(paint(frame, width, height), frame.focus, pane)

    return painted


def _with_focus(pane: PaneName, subject: Subject) -> Callable[[Frame], object]:
    def told(frame: Frame) -> object:
        return subject(frame), frame.focus if frame.focus.pane == pane else None

    return told
