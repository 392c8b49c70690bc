"""The cockpit as a Textual application: one screen, one frame loop, one table of keys."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from rich.console import RenderableType
from textual import events
from textual._compositor import ChopsUpdate
from textual._time import get_time
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from engines.trading_view import PromptMark
from engines.view import MarketView
from qmo_tui.cockpit.actions import ACTIONS, Group
from qmo_tui.cockpit.alarm import Alarm
from qmo_tui.cockpit.column_keys import ColumnKeys
from qmo_tui.cockpit.command_list import CommandList
from qmo_tui.cockpit.desk import Desk
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.frame_loop import FrameLoop
from qmo_tui.cockpit.framing import Framing
from qmo_tui.cockpit.layout_keys import LayoutKeys
from qmo_tui.cockpit.layouts.reading import LayoutError
from qmo_tui.cockpit.layouts.shape import Shape
from qmo_tui.cockpit.layouts.shelf import LayoutShelf
from qmo_tui.cockpit.log_window import LogWindow
from qmo_tui.cockpit.looking import Looking
from qmo_tui.cockpit.message import Message
from qmo_tui.cockpit.moments import MomentError
from qmo_tui.cockpit.offers import (
    Provider,
    actions_offered,
    marks_offered,
    moments_offered,
    speeds_offered,
    values_offered,
)
from qmo_tui.cockpit.options import MOST_FRAMES_PER_SECOND, CockpitOptions
from qmo_tui.cockpit.painting.chart_kinds import price_step
from qmo_tui.cockpit.painting.small import is_too_small
from qmo_tui.cockpit.panes.commands import Commands
from qmo_tui.cockpit.panes.go_to import NAME, GoTo
from qmo_tui.cockpit.panes.scrub import Scrub
from qmo_tui.cockpit.panes.sparing import SparingUpdate
from qmo_tui.cockpit.panes.wheeled import Wheeled
from qmo_tui.cockpit.playing import Answer, TransportKeys
from qmo_tui.cockpit.price_alerts import PriceAlerts
from qmo_tui.cockpit.reading_keys import ReadingKeys
from qmo_tui.cockpit.screen import CockpitScreen
from qmo_tui.cockpit.screen_keys import ScreenKeys
from qmo_tui.cockpit.terminal import counted
from qmo_tui.cockpit.themes import theme_for
from qmo_tui.cockpit.trading_keys import TradingKeys
from qmo_tui.price_alert_file import PriceAlertFile
from qmo_tui.session.alert_command import AlertCommand
from qmo_tui.session.said import SaidLines

_OPENING_INPUT = frozenset(action.name for action in ACTIONS if action.opens_input)
_WHILE_TYPING = frozenset({"dismiss", "quit"})
"""Actions whose keys are no text where text is typed."""


class CockpitApp(App[None]):
    """Shows a desk until the trader quits.

    The one rule: nothing here may block for more than a few milliseconds, since the feed and the engines share the
    loop. Painting pulls one view a frame; no market event ever becomes a Textual message.
    """

    CSS_PATH = "cockpit.tcss"
    TITLE = "QMO cockpit"
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            ",".join(action.keys),
            f"perform('{action.name}')",
            action.title,
            id=action.name,
            show=False,
            priority=action.opens_input,
        )
        for action in ACTIONS
        if action.group is not Group.TRADING
    ]

    def __init__(
        self,
        desk: Desk,
        options: CockpitOptions,
        clock: Callable[[], float] = time.monotonic,
        *,
        opened: Callable[[], None] = lambda: None,
        said: SaidLines | None = None,
    ) -> None:
        """Prepare to show `desk` and what it said; `opened` is called once the first frame has been painted."""
        super().__init__()
        self._opened = opened
        self.crash: Exception | None = None
        self.animation_level = "none"
        self._desk = desk
        self._options = options
        self._clock = clock
        self._looking = Looking(options)
        self._trading = TradingKeys(desk, options.keymap, lambda: self._looking.cursor.tick)
        self._playing = TransportKeys(
            desk,
            clock,
            is_in_market=lambda: self._trading.is_in_market,
            is_armed=lambda: self._trading.armed is not None,
        )
        self._alert_command = AlertCommand(options.alerts.command, options.alerts.timeout, self._say)
        kept = options.price_alerts
        self._price_alerts = PriceAlerts(None if kept is None else PriceAlertFile(kept))
        palette = theme_for(options.theme, options.palettes, no_color=self.no_color)
        shelf = LayoutShelf(options.layouts, options.last_layout)
        first = shelf.first()
        self._looking.begin(first)
        shape = Shape(first, footprint=self._looking.shows_footprint)
        self._cockpit = CockpitScreen(palette, options.keymap, shape, live=desk.line is not None)
        self._shelf = shelf
        self._layout = LayoutKeys(self._cockpit, shape, shelf, self._looking)
        self._columns = ColumnKeys(self._looking)
        said = said or SaidLines()
        self._reading = ReadingKeys(self._looking, self._layout, self._cockpit, LogWindow(said), self._price_step)
        self._alarm = Alarm(options.alerts, self._price_alerts, self._alert_command.run, said.tell)
        self._message = Message(clock, " · ".join(text for text in (options.greeting, shelf.trouble) if text))
        self._screen_keys = ScreenKeys(self, self._cockpit, options, clock, palette=palette, trading=self._trading)
        self.commands = self._all_commands()
        self._command_list = CommandList(self._providers())
        self._frame_loop = FrameLoop(
            self,
            self.paint_frame,
            clock,
            wanted=min(MOST_FRAMES_PER_SECOND, options.frames_per_second),
            is_preparing=lambda: self._framing.view is None or not self._framing.view.sequence,
            hurries=lambda: desk.playback is not None and desk.playback.hurries,
        )
        self._framing = Framing(
            desk=desk,
            options=options,
            clock=clock,
            screen=self._cockpit,
            looking=self._looking,
            trading=self._trading,
            playing=self._playing,
            layout=self._layout,
            reading=self._reading,
            columns=self._columns,
            command_list=self._command_list,
            price_alerts=self._price_alerts,
            alarm=self._alarm,
            message=self._message,
            loop=self._frame_loop,
        )
        self._frame: Frame | None = None
        self.driver_class = counted(self.driver_class, self._frame_loop.traffic)
        for known in options.palettes.values():
            self.register_theme(known.theme())
        self.theme = palette.name

    def _all_commands(self) -> dict[str, Callable[[], Answer]]:
        panes = {**self._layout.commands(), **self._reading.commands()}
        reading = {**self._playing.commands(), **self._looking.commands(), **panes}
        return {
            **self._columns.over(self._reading.crosshair.over(reading)),
            "go_to": self._cockpit.ask_for_time,
            "commands": self._find_command,
            "help": self._cockpit.turn_help,
            "line": self._cockpit.toggle_line,
            "record": self._desk.toggle_recording,
            "messages": self._cockpit.toggle_messages,
            "mute": self._alarm.toggle_mute,
            "price_alert": lambda: self._price_alerts.toggle(self._reading.pointed),
            "meter": self._cockpit.toggle_meter,
            "dismiss": self._dismiss,
            **self._screen_keys.commands(lambda: self._framing.view),
        }

    def _providers(self) -> list[Provider]:
        """Return who offers what in the command list."""
        playing, desk, zone = self._playing, self._desk, self._options.zone
        return [
            moments_offered(playing, desk, zone),
            actions_offered(self.commands, self._options.keymap, playing, desk),
            speeds_offered(playing, desk),
            values_offered("bars of", self._looking.intervals()),
            values_offered("theme", self._screen_keys.themes()),
            values_offered("layout", self._layout.by_name()),
            marks_offered(playing, desk, zone),
        ]

    def get_default_screen(self) -> CockpitScreen:
        """Return the one screen."""
        return self._cockpit

    def on_mount(self) -> None:
        """Start the frame loop and the watch over the program's own lag."""
        self.set_keymap({name: ",".join(keys) for name, keys in self._options.keymap.items()})
        self._frame_loop.start()
        if self.is_web:
            self._shelf.forget()
        self.call_after_refresh(self._paint_first_frame)

    async def on_unmount(self) -> None:
        """Stop what runs beside the screen."""
        self._frame_loop.stop()
        await self._alert_command.close()

    def _paint_first_frame(self) -> None:
        self.paint_frame()
        self.call_after_refresh(self._opened)

    def paint_frame(self) -> None:
        """Pull one view and hand it to every visible pane; nothing is done while nothing changed.

        Nothing is done either while the terminal is far behind: the next frame in turn will show what a key did.
        """
        if self._frame_loop.is_far_behind:
            return
        began = time.perf_counter()
        view = self._framing.pull()
        self._frame_loop.meter.view(time.perf_counter() - began)
        self._paint(view)

    def _paint_choice(self) -> None:
        """Show at once what was chosen, as of `paint_frame` but on the market that is shown, where that will do."""
        if not self._frame_loop.is_far_behind:
            self._paint(self._framing.chosen())

    def _paint(self, view: MarketView | None) -> None:
        if view is None:
            return
        frame = self._framing.frame_of(view)
        if frame == self._frame:
            return
        self._frame = frame
        self._frame_loop.meter.frame()
        if self._alarm.hear(frame, self._clock()):
            self.bell()
        self._cockpit.show(frame)
        if self._trading.awaits_paint is not None:
            seen = partial(self._note_painted, self._trading.awaits_paint)
            self.call_after_refresh(self._frame_loop.when_taken, seen)

    def _note_painted(self, prompt: PromptMark) -> None:
        """Let an armed prompt be confirmed, whose painting the terminal has taken."""
        if not self._is_small:
            self._trading.painted(prompt, get_time())

    @property
    def _is_small(self) -> bool:
        return is_too_small(*self.size)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let every key be text where text is typed, but those that leave it."""
        if action != "perform" or not self._cockpit.is_typing:
            return True
        return parameters[0] in _WHILE_TYPING

    def action_perform(self, name: str) -> None:
        """Do what a key stands for and show its answer; what is armed is put back where keys become text."""
        if name in _OPENING_INPUT and self._trading.armed is not None:
            self._disarm("keys are text now")
        self._answer(self.commands[name]())

    def _answer(self, answer: Answer) -> None:
        if answer is not None:
            self._say(answer)
        self._paint_choice()

    def on_key(self, event: events.Key) -> None:
        """Do what a key of trading stands for; Escape disarms, whatever else it is bound to.

        These are no bindings: what they mean depends on when they were pressed. Where text is typed they never come
        here, and neither do the mouse and what is pasted.
        """
        if self._cockpit.is_typing:
            return
        disarms = event.key == "escape" and self._trading.armed is not None
        name = self._trading.action_of(event.key)
        if name is None and not disarms:
            return
        event.prevent_default()
        event.stop()
        self._message.clear()  # what it answered may be true no more: "a prompt is armed" beside one that was sent
        if name is None:
            self._disarm("", event.key)
            return
        answer = self._trading.press(name, event.key, event.time, is_small=self._is_small)
        if answer is not None:
            self._say(answer)
        self.paint_frame()

    def on_app_blur(self) -> None:
        """Disarm: whoever presses keys elsewhere does not look here."""
        self._disarm("the terminal lost the focus")

    def on_resize(self, event: events.Resize) -> None:
        """Disarm where the prompt cannot be seen any more."""
        if is_too_small(*event.size):
            self._disarm("the terminal became too small")

    def _disarm(self, reason: str, key: str = "") -> None:
        self._trading.disarm(reason, key)
        self.paint_frame()

    def on_wheeled_scrolled(self, message: Wheeled.Scrolled) -> None:
        """Scroll by the wheel what the pointer is over."""
        self._reading.turn_wheel(message.pane, message.rows)
        self._paint_choice()

    def on_commands_typed(self, message: Commands.Typed) -> None:
        """Show the commands that fit."""
        self._command_list.search(message.text)
        self._paint_choice()

    def on_commands_moved(self, message: Commands.Moved) -> None:
        """Select another command."""
        self._command_list.move(message.step)
        self._paint_choice()

    def on_commands_taken(self) -> None:
        """Give the market back, and do what was selected."""
        self._cockpit.commands.close()
        self._answer(self._command_list.take())

    def on_scrub_pointed(self, message: Scrub.Pointed) -> None:
        """Go where the position bar was clicked."""
        self._answer(self._playing.seek_place(message.place))

    def on_go_to_asked(self, message: GoTo.Asked) -> None:
        """Go to a typed time, or keep a layout under a typed name; or say why not."""
        if message.question == NAME:
            self._save_layout(message.text.strip())
            return
        try:
            answer = self._playing.go_to(message.text, self._options.zone)
        except MomentError as refusal:
            self._cockpit.go_to.refuse(str(refusal))
            return
        self._cockpit.dismiss_overlays()
        self._answer(answer)

    def _save_layout(self, name: str) -> None:
        """Keep the layout under a name; the screen of a browser keeps nothing."""
        if self.is_web:
            self._cockpit.go_to.refuse("read-only screen: a layout is saved on the screen of a terminal")
            return
        try:
            answer = self._layout.save(name)
        except LayoutError as error:
            self._cockpit.go_to.refuse(str(error))
            return
        self._cockpit.dismiss_overlays()
        self._answer(answer)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        super()._display(screen, SparingUpdate.of(renderable) if isinstance(renderable, ChopsUpdate) else renderable)

    def _handle_exception(self, error: Exception) -> None:
        self.crash = self.crash or error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        # The command line reports a crash in one line and in the log; Textual would dump all local variables.
        self._close_messages_no_wait()

    def _price_step(self) -> int:
        """Return the ticks in a row of the chart as it was painted last."""
        return 1 if self._frame is None else price_step(self._frame, *self._cockpit.panes["chart"].room)

    def _say(self, text: str) -> None:
        view = self._framing.view
        self._message.tell(text)
        self._reading.log.said.tell(text, None if view is None else view.event_time)

    def _find_command(self) -> Answer:
        """Open the command list."""
        self._command_list.open()
        self._cockpit.commands.open()
        return None

    def _dismiss(self) -> Answer:
        if self._cockpit.commands.is_open:
            self._command_list.close()
            self._cockpit.commands.close()
            return None
        self._looking.cursor.tick = None
        self._columns.close()
        self._reading.dismiss()
        self._layout.dismiss()
        self._cockpit.dismiss_overlays()
        return None
