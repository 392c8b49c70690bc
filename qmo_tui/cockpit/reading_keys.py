"""Keys that read the market: zones, reasons, chart, log, and the arrows, which act on the pane that has the focus."""

from collections.abc import Callable
from typing import Final

from engines.view import MarketView
from qmo_tui.cockpit.crosshair import Crosshair
from qmo_tui.cockpit.layout_keys import LayoutKeys
from qmo_tui.cockpit.layouts.panes import PaneName
from qmo_tui.cockpit.log_window import LogWindow
from qmo_tui.cockpit.looking import Looking
from qmo_tui.cockpit.mentor_keys import NO_ZONE, WhyKeys
from qmo_tui.cockpit.painting.chart import BENEATH_FROM
from qmo_tui.cockpit.painting.opened_zone import scroll_room
from qmo_tui.cockpit.playing import Answer
from qmo_tui.cockpit.screen import CockpitScreen
from qmo_tui.cockpit.steering import Steering
from qmo_tui.cockpit.zone_keys import ZoneKeys

CHART_NEEDS: Final = "the chart needs 100x30"
_NO_CHOICE: Final = "nothing to choose in this pane; Tab goes to the next one"
_OVER: Final[dict[str | None, PaneName]] = {"opened-over": "opened"}
"""Widgets that lie over the market, and the panes they stand for."""


class ReadingKeys:
    """What is looked at, across panes: a zone opened takes the room of the chart, a chosen one shows its table."""

    def __init__(
        self,
        looking: Looking,
        layout: LayoutKeys,
        screen: CockpitScreen,
        log: LogWindow,
        price_step: Callable[[], int],
    ) -> None:
        """Take what is looked at, where it stands, the log, and the ticks in a row of the chart as it is drawn."""
        self.crosshair = Crosshair(lambda: layout.focus.pane == "chart", price_step)
        self.zones = ZoneKeys()
        self.why = WhyKeys()
        self.log = log
        self._looking = looking
        self._layout = layout
        self._screen = screen
        self._view: MarketView | None = None
        self._steering = Steering(
            lambda: layout.focus.pane,
            lambda pane: screen.panes[pane].room.height,
            {
                "ladder": looking.scroll_ladder,
                "chart": looking.scroll_chart,
                "tape": looking.tape.scroll,
                "zones": self._scroll_zones,
                "why": lambda rows: self.why.step(-rows),
                "opened": lambda rows: self._scroll_opened(-rows),
                "log": log.scroll,
            },
        )

    def commands(self) -> dict[str, Callable[[], Answer]]:
        """Return what each key does."""
        keys, steering = self.zones.commands(), self._steering.commands()
        return {
            "zone_kind": keys["zone_kind"],
            "next_zone": lambda: self._step(+1, keys["next_zone"]),
            "previous_zone": lambda: self._step(-1, keys["previous_zone"]),
            "open_zone": lambda: self._open_of_reason() if self.why.is_open else self._open_zone(keys["open_zone"]),
            "why": self._toggle_why,
            "chart_kind": lambda: self._choose_chart("chart_kind"),
            "beneath": lambda: self._choose_chart("beneath"),
            "pin": self._pin,
            "crosshair": self._toggle_crosshair,
            "choose": self._choose,
            **steering,
            "page_up": lambda: self._page(+1, steering["page_up"]),
            "page_down": lambda: self._page(-1, steering["page_down"]),
        }

    @property
    def pointed(self) -> int | None:
        """Tick that the trader points at: by the crosshair where arrows move it, else by the ladder's cursor."""
        point, cursor = self.crosshair.point, self._looking.cursor.tick
        if point is not None and (cursor is None or self.crosshair.is_moved):
            return point.tick
        return cursor

    def follow(self, view: MarketView) -> None:
        """Take the newest view, which the next key chooses from."""
        self._view = view
        self.zones.follow(view)
        self.why.follow(view)
        self.crosshair.follow(view)

    def turn_wheel(self, widget: str | None, rows: int) -> None:
        """Scroll what the pointer is over."""
        named = {found.id: name for name, found in self._screen.panes.items()} | _OVER
        pane = named.get(widget)
        if pane == "ladder":
            self._looking.window.scroll(rows)
        elif pane is not None:
            self._steering.scroll(rows, pane)

    def dismiss(self) -> None:
        """Close an opened zone and the reasons, and take the crosshair away."""
        self.crosshair.point = None
        self.zones.close()
        self.why.close()
        self._show_opened()

    def _choose_chart(self, name: str) -> Answer:
        """Do what a key of the chart stands for; where the chart has no room, say what it needs."""
        answer = self._looking.commands()[name]()
        self._layout.show_footprint(is_shown=self._looking.shows_footprint)
        height = self._screen.panes["chart"].room.height
        if not height:
            return f"{answer}; {CHART_NEEDS}"
        if name == "beneath" and height < BENEATH_FROM:
            return f"{answer}; that needs {BENEATH_FROM} rows of chart, there are {height}"
        return answer

    def _toggle_crosshair(self) -> Answer:
        """Put the crosshair on the chart, and the focus with it, or take it away."""
        if not self._screen.panes["chart"].room.height:
            return CHART_NEEDS
        answer = self.crosshair.toggle()
        if self.crosshair.point is not None:
            self._layout.focus_on("chart")
        return answer

    def _pin(self) -> Answer:
        return None if self._view is None else self._looking.pin(self._view)

    def _choose(self) -> Answer:
        """Go to the next choice of the focused pane."""
        choices: dict[PaneName, Callable[[], Answer]] = {
            "chart": self._looking.next_profile,
            "zones": self.zones.commands()["zone_kind"],
            "log": self.log.next_kind,
        }
        choose = choices.get(self._layout.focus.pane or "ladder")
        return _NO_CHOICE if choose is None else choose()

    def _step(self, direction: int, choose_zone: Callable[[], Answer]) -> Answer:
        """Go to another reason while they are open, else to another zone."""
        if self.why.is_open:
            return self.why.step(direction)
        self._layout.show_zones()
        return choose_zone()

    def _scroll_zones(self, rows: int) -> Answer:
        """Go so many zones up the table, or down where negative."""
        choose = self.zones.commands()["previous_zone" if rows > 0 else "next_zone"]
        answers = [choose() for _ in range(abs(rows))]
        return answers[-1] if answers else None

    def _toggle_why(self) -> Answer:
        """Open or close the reasons, in the room of an opened zone."""
        self.zones.close()
        answer = self.why.toggle()
        self._show_opened()
        return answer

    def _open_of_reason(self) -> Answer:
        """Open the zone that the selected reason names, in the room of the reasons."""
        zone = self.why.zone()
        if zone is None:
            return NO_ZONE
        self.why.close()
        self.zones.open(zone)
        self._show_opened()
        return None

    def _show_opened(self) -> None:
        self._layout.show_opened(opened=self.zones.is_open, why=self.why.is_open)

    def _open_zone(self, open_or_close: Callable[[], Answer]) -> Answer:
        answer = open_or_close()
        self._show_opened()
        return answer

    def _page(self, direction: int, scroll: Callable[[], Answer]) -> Answer:
        """Scroll an opened zone by half of its rows, wherever the focus is; else the focused pane."""
        if not self.zones.is_open:
            return scroll()
        return self._scroll_opened(-direction * max(1, self._screen.opened_height // 2))

    def _scroll_opened(self, rows: int) -> Answer:
        if self._view is not None:
            self.zones.scroll(rows, scroll_room(self._view, self._screen.opened_height))
        return None
