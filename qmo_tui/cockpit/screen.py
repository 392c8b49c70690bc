"""The one screen: its panes, and what each size has room for."""

from collections.abc import Mapping
from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting.account import account_subject, paint_account, paint_account_rows
from qmo_tui.cockpit.painting.chart_kinds import chosen_subject, paint_chosen_chart
from qmo_tui.cockpit.painting.flow import flow_subject, paint_flow
from qmo_tui.cockpit.painting.footer import paint_footer
from qmo_tui.cockpit.painting.help import help_height, help_pages, paint_help
from qmo_tui.cockpit.painting.ladder import paint_ladder
from qmo_tui.cockpit.painting.line import paint_changes
from qmo_tui.cockpit.painting.mentor import mentor_subject, paint_mentor
from qmo_tui.cockpit.painting.mentor_line import line_subject, paint_mentor_line
from qmo_tui.cockpit.painting.mentor_over import over_subject, paint_mentor_over
from qmo_tui.cockpit.painting.notice import paint_notice
from qmo_tui.cockpit.painting.opened_zone import opened_subject, paint_opened_zone
from qmo_tui.cockpit.painting.pillars import paint_pillars, pillars_subject
from qmo_tui.cockpit.painting.prompt import paint_prompt, prompt_subject
from qmo_tui.cockpit.painting.small import SMALLEST_HEIGHT, SMALLEST_WIDTH, paint_small
from qmo_tui.cockpit.painting.status import paint_status
from qmo_tui.cockpit.painting.tape import paint_tape, tape_subject
from qmo_tui.cockpit.painting.time_ahead import paint_time_ahead, time_subject
from qmo_tui.cockpit.painting.why import paint_why, why_subject
from qmo_tui.cockpit.painting.zone_table import paint_zone_table, zone_subject
from qmo_tui.cockpit.panes.canvas import Canvas
from qmo_tui.cockpit.panes.go_to import GoTo
from qmo_tui.cockpit.panes.scrub import Scrub
from qmo_tui.cockpit.panes.wheeled import Wheeled
from qmo_tui.cockpit.themes import Palette

_WIDTHS: Final = [(0, "-tiny"), (SMALLEST_WIDTH, "-narrow"), (100, "-wide"), (160, "-ultra")]
_HEIGHTS: Final = [(0, "-flat"), (SMALLEST_HEIGHT, "-low"), (30, "-tall")]
_WITH_ZONES: Final = "-with-zones"
_WITHOUT_ZONES: Final = "-without-zones"
_OPENED: Final = "-opened"
_WHY: Final = "-why"
_WITH_MENTOR: Final = "-with-mentor"
_WITHOUT_MENTOR: Final = "-without-mentor"
"""Classes of the screen: the table of zones where its size would not show it, or would; an opened zone; the reasons of
the pillars; the mentor's sentences, as the table of zones."""
_AROUND_HELP: Final = 9
"""Rows of a screen that the help never covers: the status above, from account and prompt to the footer below."""
_FOOTPRINT: Final = "-footprint"
"""Class of the screen while the chart is a footprint, which takes more rows than candles."""
CHART_NEEDS: Final = "the chart needs 100x30"


class CockpitScreen(Screen[None]):
    """Panes that show frames. Help and the notice of a small terminal lie over a market that runs on."""

    HORIZONTAL_BREAKPOINTS = _WIDTHS
    VERTICAL_BREAKPOINTS = _HEIGHTS
    AUTO_FOCUS = ""

    def __init__(self, palette: Palette, keymap: Mapping[str, tuple[str, ...]], *, live: bool) -> None:
        super().__init__()
        self.help_page = 0
        self._is_live = live
        self.ladder = Wheeled(paint_ladder, palette, "ladder")
        self.chart = Wheeled(paint_chosen_chart, palette, "chart", subject=chosen_subject)
        self.tape = Canvas(paint_tape, palette, "tape", subject=tape_subject)
        self.zones = Canvas(paint_zone_table, palette, "zones", subject=zone_subject)
        self.opened = Wheeled(paint_opened_zone, palette, "opened", subject=opened_subject)
        self._pillars = Canvas(paint_pillars, palette, "pillars", subject=pillars_subject)
        self._compact = Canvas(paint_pillars, palette, "pillars-compact", subject=pillars_subject)
        self._ahead = Canvas(paint_time_ahead, palette, "ahead", subject=time_subject)
        self._mentor = Canvas(paint_mentor, palette, "mentor", subject=mentor_subject)
        self._mentor_line = Canvas(paint_mentor_line, palette, "mentor-line", subject=line_subject)
        self._mentor_over = Canvas(paint_mentor_over, palette, "mentor-over", subject=over_subject, ground="panel")
        self._why = Canvas(paint_why, palette, "why", subject=why_subject)
        self._why_over = Canvas(paint_why, palette, "why-over", subject=why_subject, ground="panel")
        self._zones_over = Canvas(paint_zone_table, palette, "zones-over", subject=zone_subject, ground="panel")
        self.opened_over = Wheeled(paint_opened_zone, palette, "opened-over", subject=opened_subject, ground="panel")
        self.go_to = GoTo()
        self._status = Canvas(paint_status, palette, "status")
        self._flow = Canvas(paint_flow, palette, "flow", subject=flow_subject)
        self._notice = Canvas(paint_notice, palette, "notice")
        self._account = Canvas(paint_account_rows, palette, "account", subject=account_subject)
        self._account_pane = Canvas(paint_account, palette, "account-pane", subject=account_subject)
        self._prompt = Canvas(
            lambda frame, width, height: paint_prompt(frame, keymap, width, height),
            palette,
            "prompt",
            subject=prompt_subject,
        )
        self._scrub = Scrub(palette)
        self._footer = Canvas(
            lambda frame, width, _: (paint_footer(keymap, width, live=frame.line is not None),),
            palette,
            "footer",
            subject=lambda frame: frame.line is not None,
        )
        self._help = Canvas(
            lambda frame, width, height: paint_help(
                keymap, width, height, live=frame.line is not None, page=frame.help_page
            ),
            palette,
            "help",
            subject=lambda frame: (frame.line is not None, frame.help_page),
            ground="panel",
        )
        self._line = Canvas(paint_changes, palette, "line", ground="panel")
        self._small = Canvas(paint_small, palette, "small")

    def compose(self) -> ComposeResult:
        """Lay out the panes."""
        yield self._status
        yield self._flow
        yield self._mentor_line
        with Horizontal(id="market"):
            yield self.ladder
            with Vertical(id="side"):
                yield self.chart
                yield self.opened
                yield self._why
                yield self._compact
                yield self.zones
                yield self.tape
            with Vertical(id="reading"):
                yield self._pillars
                yield self._ahead
                yield self._mentor
                yield self._account_pane
        yield self._account
        yield self._prompt
        yield self._notice
        yield self._scrub
        yield self.go_to
        yield self._footer
        yield self._help
        yield self._line
        yield self.opened_over
        yield self._zones_over
        yield self._mentor_over
        yield self._why_over
        yield self._small

    def on_resize(self) -> None:
        """Give the help the height of its table, as far as there is room above the prompt."""
        self._help.styles.height = max(1, min(help_height(live=self._is_live), self.size.height - _AROUND_HELP))

    @property
    def canvases(self) -> tuple[Canvas, ...]:
        """All panes that show frames."""
        market = (self._flow, self.ladder, self.chart, self.opened, self.zones, self.tape)
        reading = (self._mentor_line, self._compact, self._pillars, self._ahead, self._mentor, self._why)
        over = (self._help, self._line, self.opened_over, self._zones_over, self._mentor_over, self._why_over)
        trading = (self._account, self._account_pane, self._prompt)
        return (self._status, *market, *reading, *trading, self._notice, self._scrub, self._footer, *over, self._small)

    def show(self, frame: Frame) -> None:
        """Hand a frame to every pane."""
        for canvas in self.canvases:
            canvas.show(frame)

    def use(self, palette: Palette) -> None:
        """Repaint every pane in other colours."""
        for canvas in self.canvases:
            canvas.use(palette)

    def turn_help(self) -> None:
        """Show the keys, their next page, or after the last one no more."""
        if not self._help.has_class("-open"):
            self.help_page = 0
            self._help.add_class("-open")
        elif self.help_page + 1 < help_pages(self._help.size.height, live=self._is_live):
            self.help_page += 1
        else:
            self._help.remove_class("-open")

    def toggle_line(self) -> None:
        """Show or hide the changes of the line to the market."""
        self._line.toggle_class("-open")

    def toggle_zones(self) -> None:
        """Show or hide the table of zones, whichever it is not at this size."""
        if self._shows(self.zones, self._zones_over):
            self.add_class(_WITHOUT_ZONES)
            self.remove_class(_WITH_ZONES)
        else:
            self.show_zones()

    def toggle_mentor(self) -> None:
        """Show or hide what the mentor says, whichever it is not at this size."""
        is_shown = self._shows(self._mentor, self._mentor_over)
        self.set_class(is_shown, _WITHOUT_MENTOR)
        self.set_class(not is_shown, _WITH_MENTOR)

    def show_why(self, *, is_open: bool) -> None:
        """Show or hide the reasons of the pillars."""
        self.set_class(is_open, _WHY)

    def show_zones(self) -> None:
        """Show the table of zones where it is not shown already."""
        if not self._shows(self.zones, self._zones_over):
            self.remove_class(_WITHOUT_ZONES)
            self.add_class(_WITH_ZONES)

    def show_footprint(self, *, is_shown: bool) -> None:
        """Give the chart the rows of a footprint, or take them back."""
        self.set_class(is_shown, _FOOTPRINT)

    def show_opened(self, *, is_open: bool) -> None:
        """Show or hide the opened zone."""
        self.set_class(is_open, _OPENED)

    @property
    def opened_height(self) -> int:
        """Return the rows of the pane that shows an opened zone."""
        return max(self.opened.region.height, self.opened_over.region.height)

    def _shows(self, *canvases: Canvas) -> bool:
        return any(canvas.region.area for canvas in canvases)

    def ask_for_time(self) -> None:
        """Let the trader type a time where the footer stands."""
        self.go_to.open()

    def dismiss_overlays(self) -> None:
        """Hide help, the line's changes, the mentor where it lies over the market, and input."""
        self._help.remove_class("-open")
        self._line.remove_class("-open")
        self.remove_class(_WITH_MENTOR)
        if self.go_to.is_open:
            self.go_to.close()
