"""The one screen: rows that are always there around a market that a layout divides, and what lies over it."""

import asyncio
from collections.abc import Mapping
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.geometry import Spacing
from textual.screen import Screen
from textual.widgets import Input

from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.layouts.panes import PaneName
from qmo_tui.cockpit.layouts.shape import Plan, Shape, plan_for
from qmo_tui.cockpit.painting.account import account_subject, paint_account_rows
from qmo_tui.cockpit.painting.column_list import LIST_HEIGHT, LIST_WIDTH, paint_column_list
from qmo_tui.cockpit.painting.flow import flow_subject, paint_flow
from qmo_tui.cockpit.painting.footer import paint_footer
from qmo_tui.cockpit.painting.help import help_height, help_pages, paint_help
from qmo_tui.cockpit.painting.line import paint_changes
from qmo_tui.cockpit.painting.mentor_line import line_subject, paint_mentor_line
from qmo_tui.cockpit.painting.mentor_over import over_subject, paint_mentor_over
from qmo_tui.cockpit.painting.messages import messages_subject, paint_messages
from qmo_tui.cockpit.painting.meter import meter_subject, paint_meter
from qmo_tui.cockpit.painting.notice import paint_notice
from qmo_tui.cockpit.painting.opened_zone import opened_subject, paint_opened_zone
from qmo_tui.cockpit.painting.prompt import paint_prompt, prompt_subject
from qmo_tui.cockpit.painting.small import is_too_small, paint_small
from qmo_tui.cockpit.painting.status import paint_status
from qmo_tui.cockpit.painting.why import paint_why, why_subject
from qmo_tui.cockpit.painting.zone_table import paint_zone_table, zone_subject
from qmo_tui.cockpit.panes.canvas import Canvas
from qmo_tui.cockpit.panes.commands import Commands
from qmo_tui.cockpit.panes.go_to import NAME, TIME, GoTo
from qmo_tui.cockpit.panes.market import MarketArea
from qmo_tui.cockpit.panes.market_panes import market_panes
from qmo_tui.cockpit.panes.scrub import Scrub
from qmo_tui.cockpit.panes.wheeled import Wheeled
from qmo_tui.cockpit.themes import Palette

_AROUND_HELP: Final = 9
"""Rows of a screen that the help never covers: the status above, from account and prompt to the footer below."""
_METERED: Final = "-metered"
_ABOVE: Final = 2
"""Rows above what lies over the market: the status."""
_BELOW: Final = 5
"""Rows below it beside those of the account: prompt, notice, transport and keys."""
_ZONES_PERCENT: Final = 35
"""Of the rows above those, what the zone table takes over the market; at least the next figure."""
_LEAST_ZONES: Final = 8
_COMMANDS: Final = 20
"""Rows of the command list where there is room."""


class CockpitScreen(Screen[None], inherit_bindings=False):
    """Panes that show frames. Help and the notice of a small terminal lie over a market that runs on."""

    AUTO_FOCUS = ""

    def __init__(self, palette: Palette, keymap: Mapping[str, tuple[str, ...]], shape: Shape, *, live: bool) -> None:
        super().__init__()
        self.help_page = 0
        self._is_live = live
        self._shape = shape
        self._plan = plan_for(shape, 0, 0)
        self.panes = market_panes(palette)
        self._market = MarketArea(self.panes, lambda size: self._plan.regions(size.width, size.height))
        self._mentor_line = Canvas(paint_mentor_line, palette, "mentor-line", subject=line_subject)
        self._mentor_over = Canvas(paint_mentor_over, palette, "mentor-over", subject=over_subject, ground="panel")
        self._why_over = Canvas(paint_why, palette, "why-over", subject=why_subject, ground="panel")
        self._zones_over = Canvas(paint_zone_table, palette, "zones-over", subject=zone_subject, ground="panel")
        self._opened_over = Wheeled(paint_opened_zone, palette, "opened-over", subject=opened_subject, ground="panel")
        self.go_to = GoTo()
        self.commands = Commands(palette)
        self._status = Canvas(paint_status, palette, "status")
        self._flow = Canvas(paint_flow, palette, "flow", subject=flow_subject)
        self._meter = Canvas(paint_meter, palette, "meter", subject=meter_subject)
        self._notice = Canvas(paint_notice, palette, "notice")
        self._account = Canvas(paint_account_rows, palette, "account", subject=account_subject)
        self._prompt = Canvas(
            lambda frame, width, height: paint_prompt(frame, keymap, width, height),
            palette,
            "prompt",
            subject=prompt_subject,
        )
        self._scrub = Scrub(palette)
        self._footer = Canvas(
            lambda frame, width, _: (paint_footer(keymap, width, live=frame.line is not None, watched=frame.watched),),
            palette,
            "footer",
            subject=lambda frame: (frame.line is not None, frame.watched),
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
        self._columns = Canvas(
            lambda frame, width, height: paint_column_list(frame, keymap, width, height),
            palette,
            "columns",
            subject=lambda frame: frame.column_choice,
            ground="panel",
        )
        self._line = Canvas(paint_changes, palette, "line", ground="panel")
        self._messages = Canvas(paint_messages, palette, "messages", subject=messages_subject, ground="panel")
        self._columns.styles.width, self._columns.styles.height = LIST_WIDTH, LIST_HEIGHT
        self._small = Canvas(paint_small, palette, "small")

    def compose(self) -> ComposeResult:
        """Lay out the panes."""
        yield self._status
        yield self._flow
        yield self._mentor_line
        yield self._meter
        yield self._market
        yield self._account
        yield self._prompt
        yield self._notice
        yield self._scrub
        yield self.go_to
        yield self._footer
        yield self._opened_over
        yield self._mentor_over
        yield self._why_over
        yield self._zones_over
        yield self._help
        yield self._line
        yield self._messages
        yield self._columns
        yield self.commands
        yield self._small

    async def _on_idle(self, event: events.Idle) -> None:
        """Send what has changed at once: Textual would wait for its next sixtieth of a second.

        That spares work where widgets change by themselves. Here frames come in turn, and a key's is waited for.
        """
        is_changed = self._dirty_widgets or self._layout_required or self._repaint_required
        if is_changed and self.is_current and not self.app._batch_count:
            event.prevent_default()
            await asyncio.sleep(0)  # a frame was just painted: whoever waited for that comes before it is sent
            self._on_timer_update()

    def on_resize(self) -> None:
        """Arrange what the new size has room for."""
        self._lay_out()

    def take(self, shape: Shape) -> None:
        """Show another layout, or make something else of it."""
        if shape != self._shape:
            if _asked_for(shape) != _asked_for(self._shape):
                self._close_read()
            self._shape = shape
            self._lay_out()

    @property
    def placed(self) -> tuple[PaneName, ...]:
        """The panes of the market that have a place, in the order of reading."""
        return self._plan.panes

    def placed_of(self, shape: Shape) -> tuple[PaneName, ...]:
        """Return the panes that would have a place in another shape."""
        return plan_for(shape, *self.size).panes

    def is_seen(self, pane: PaneName) -> bool:
        """Whether a pane is shown, in the market or over it."""
        over = {"zones": self._zones_over, "mentor": self._mentor_over, "why": self._why_over}
        return pane in self._plan.panes or (pane in over and bool(over[pane].region.area))

    def _lay_out(self) -> None:
        width, height = self.size
        plan = self._plan = plan_for(self._shape, width, height)
        self._flow.styles.height = plan.flow
        _give_rows(self._account, plan.account)
        _give_rows(self._mentor_line, plan.mentor)
        self._lay_over(plan, width, height)
        self._market.arrange_again()

    def _lay_over(self, plan: Plan, width: int, height: int) -> None:
        """Lay over the market what was asked for and has no place in it."""
        shape, below = self._shape, _BELOW + plan.account
        is_open = shape.opened or shape.why
        self._small.display = is_too_small(width, height)
        self._opened_over.display = shape.opened and "opened" not in plan.panes
        self._why_over.display = shape.why and "why" not in plan.panes
        self._mentor_over.display = bool(shape.mentor) and "mentor" not in plan.panes and not is_open
        self._zones_over.display = bool(shape.zones) and "zones" not in plan.panes and not shape.opened
        zones = max(_LEAST_ZONES, (height - below) * _ZONES_PERCENT // 100)
        self._zones_over.styles.height = zones
        for canvas in (self._opened_over, self._why_over, self._mentor_over):
            canvas.styles.margin = Spacing(_ABOVE, 0, below, 0)
            canvas.styles.height = max(1, height - _ABOVE - below - (zones if self._zones_over.display else 0))
        self._zones_over.styles.margin = Spacing(0, 0, below, 0)
        self.commands.styles.height = max(1, min(_COMMANDS, height - _AROUND_HELP))
        self._help.styles.height = max(1, min(help_height(live=self._is_live), height - _AROUND_HELP))

    @property
    def canvases(self) -> tuple[Canvas, ...]:
        """All panes that show frames."""
        rows = (self._status, self._flow, self._mentor_line, self._meter, self._account, self._prompt)
        below = (self._notice, self._scrub, self._footer)
        opened = (self._help, self._line, self._messages)
        over = (self._columns, self._opened_over, self._zones_over, self._mentor_over, self._why_over)
        return (*rows, *self.panes.values(), *below, *opened, *over, self.commands.list, self._small)

    def show(self, frame: Frame) -> None:
        """Hand a frame to every pane."""
        self._columns.display = frame.column_choice is not None
        for canvas in self.canvases:
            canvas.show(frame)

    def use(self, palette: Palette) -> None:
        """Repaint every pane in other colours."""
        for canvas in self.canvases:
            canvas.use(palette)

    @property
    def is_typing(self) -> bool:
        """Whether keys are text now."""
        return isinstance(self.focused, Input)

    def turn_help(self) -> None:
        """Show the keys, their next page, or after the last one no more."""
        if not self._help.has_class("-open"):
            self.help_page = 0
            self._turn_read(self._help)
        elif self.help_page + 1 < help_pages(self._help.size.height, live=self._is_live):
            self.help_page += 1
        else:
            self._help.remove_class("-open")

    @property
    def is_metered(self) -> bool:
        """Whether the row of what the screen costs is shown."""
        return self.has_class(_METERED)

    def toggle_meter(self) -> None:
        """Show or hide the row of what the screen costs."""
        self.toggle_class(_METERED)

    def toggle_line(self) -> None:
        """Show or hide the changes of the line to the market."""
        self._turn_read(self._line)

    def toggle_messages(self) -> None:
        """Show or hide errors, remarks and alerts in full."""
        self._turn_read(self._messages)

    @property
    def opened_height(self) -> int:
        """Return the rows of the pane that shows an opened zone."""
        return max(self.panes["opened"].region.height, self._opened_over.region.height)

    @property
    def market_size(self) -> tuple[int, int]:
        """The cells that the panes of the market share."""
        return self._market.size.width, self._market.size.height

    def ask_for_time(self) -> None:
        """Let the trader type a time where the footer stands."""
        self.go_to.open(TIME)

    def ask_for_name(self) -> None:
        """Let him type the name of a layout there."""
        self.go_to.open(NAME)

    def dismiss_overlays(self) -> None:
        """Hide help, the line's changes, messages and input."""
        self._close_read()
        if self.go_to.is_open:
            self.go_to.close()

    def _turn_read(self, turned: Canvas) -> None:
        """Open or close the help, the line or the messages: one at a time, so that every key is seen to act."""
        was_open = turned.has_class("-open")
        self._close_read()
        turned.set_class(not was_open, "-open")

    def _close_read(self) -> None:
        for canvas in (self._help, self._line, self._messages):
            canvas.remove_class("-open")


def _asked_for(shape: Shape) -> tuple[object, ...]:
    """Return what of a shape a key asks to see, which nothing that was opened earlier may cover."""
    return shape.opened, shape.why, shape.mentor, shape.zones, shape.peeked, shape.zoomed


def _give_rows(canvas: Canvas, rows: int) -> None:
    canvas.display = rows > 0
    if rows:
        canvas.styles.height = rows
