"""The one screen: its panes, and what each size has room for."""

from collections.abc import Mapping
from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting.chart import chart_subject, paint_chart
from qmo_tui.cockpit.painting.flow import flow_subject, paint_flow
from qmo_tui.cockpit.painting.footer import paint_footer
from qmo_tui.cockpit.painting.help import help_height, paint_help
from qmo_tui.cockpit.painting.line import paint_changes
from qmo_tui.cockpit.painting.notice import paint_notice
from qmo_tui.cockpit.painting.small import SMALLEST_HEIGHT, SMALLEST_WIDTH, paint_small
from qmo_tui.cockpit.painting.status import paint_status
from qmo_tui.cockpit.painting.tape import paint_tape, tape_subject
from qmo_tui.cockpit.panes.canvas import Canvas
from qmo_tui.cockpit.panes.go_to import GoTo
from qmo_tui.cockpit.panes.ladder import Ladder
from qmo_tui.cockpit.panes.scrub import Scrub
from qmo_tui.cockpit.themes import Palette

_WIDTHS: Final = [(0, "-tiny"), (SMALLEST_WIDTH, "-narrow"), (100, "-wide"), (160, "-ultra")]
_HEIGHTS: Final = [(0, "-flat"), (SMALLEST_HEIGHT, "-low"), (30, "-tall")]


def nothing(_frame: Frame) -> object:
    """Return what the help looks at in a frame."""
    return None


class CockpitScreen(Screen[None]):
    """Panes that show frames. Help and the notice of a small terminal lie over a market that runs on."""

    HORIZONTAL_BREAKPOINTS = _WIDTHS
    VERTICAL_BREAKPOINTS = _HEIGHTS
    AUTO_FOCUS = ""

    def __init__(self, palette: Palette, keymap: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__()
        self.ladder = Ladder(palette)
        self.chart = Canvas(paint_chart, palette, "chart", subject=chart_subject)
        self.tape = Canvas(paint_tape, palette, "tape", subject=tape_subject)
        self.go_to = GoTo()
        self._status = Canvas(paint_status, palette, "status")
        self._flow = Canvas(paint_flow, palette, "flow", subject=flow_subject)
        self._notice = Canvas(paint_notice, palette, "notice")
        self._scrub = Scrub(palette)
        self._footer = Canvas(
            lambda frame, width, _: (paint_footer(keymap, width, live=frame.line is not None),),
            palette,
            "footer",
            subject=lambda frame: frame.line is not None,
        )
        self._help = Canvas(
            lambda _, width, height: paint_help(keymap, width, height), palette, "help", subject=nothing, ground="panel"
        )
        self._line = Canvas(paint_changes, palette, "line", ground="panel")
        self._small = Canvas(paint_small, palette, "small")

    def compose(self) -> ComposeResult:
        """Lay out the panes."""
        yield self._status
        yield self._flow
        with Horizontal(id="market"):
            yield self.ladder
            with Vertical(id="side"):
                yield self.chart
                yield self.tape
        yield self._notice
        yield self._scrub
        yield self.go_to
        yield self._footer
        yield self._help
        yield self._line
        yield self._small

    def on_mount(self) -> None:
        """Give the help the height of its table."""
        self._help.styles.height = help_height()

    @property
    def canvases(self) -> tuple[Canvas, ...]:
        """All panes that show frames."""
        market = (self._flow, self.ladder, self.chart, self.tape)
        return (self._status, *market, self._notice, self._scrub, self._footer, self._help, self._line, self._small)

    def show(self, frame: Frame) -> None:
        """Hand a frame to every pane."""
        for canvas in self.canvases:
            canvas.show(frame)

    def use(self, palette: Palette) -> None:
        """Repaint every pane in other colours."""
        for canvas in self.canvases:
            canvas.use(palette)

    def toggle_help(self) -> None:
        """Show or hide the keys."""
        self._help.toggle_class("-open")

    def toggle_line(self) -> None:
        """Show or hide the changes of the line to the market."""
        self._line.toggle_class("-open")

    def ask_for_time(self) -> None:
        """Let the trader type a time where the footer stands."""
        self.go_to.open()

    def dismiss_overlays(self) -> None:
        """Hide help, the line's changes and input."""
        self._help.remove_class("-open")
        self._line.remove_class("-open")
        if self.go_to.is_open:
            self.go_to.close()
