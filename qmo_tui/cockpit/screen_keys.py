"""Keys of the screen as a whole: its colours, a picture of it, its end."""

from collections.abc import Callable
from functools import partial

from textual.app import App

from engines.view import MarketView
from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.cockpit.pictures import picture_name
from qmo_tui.cockpit.playing import TWICE_SECONDS, Answer
from qmo_tui.cockpit.screen import CockpitScreen
from qmo_tui.cockpit.theme_check import warning
from qmo_tui.cockpit.themes import Palette, next_theme
from qmo_tui.cockpit.trading_keys import TradingKeys


class ScreenKeys:
    """What is asked of the application itself."""

    def __init__(
        self,
        app: App[None],
        screen: CockpitScreen,
        options: CockpitOptions,
        clock: Callable[[], float],
        *,
        palette: Palette,
        trading: TradingKeys,
    ) -> None:
        """Take the application and its screen, which is painted in the colours of `palette`."""
        self._app = app
        self._screen = screen
        self._options = options
        self._clock = clock
        self._palette = palette
        self._trading = trading
        self._asked_to_quit: float | None = None

    def commands(self, view: Callable[[], MarketView | None]) -> dict[str, Callable[[], Answer]]:
        """Return what each key does; a picture is named after the newest `view`."""
        return {"theme": self._next_theme, "screenshot": lambda: self._save_picture(view()), "quit": self._quit}

    def themes(self) -> dict[str, Callable[[], Answer]]:
        """Return what shows each theme, by its name."""
        return {name: partial(self._use_theme, palette) for name, palette in self._options.palettes.items()}

    def _next_theme(self) -> Answer:
        return self._use_theme(next_theme(self._palette.name, self._options.palettes, no_color=self._app.no_color))

    def _use_theme(self, palette: Palette) -> Answer:
        self._palette = palette
        self._app.theme = palette.name
        self._screen.use(palette)
        doubt = warning(palette)
        return f"theme {palette.name}; {doubt}" if doubt else f"theme {palette.name}"

    def _save_picture(self, view: MarketView | None) -> Answer:
        if self._app.is_web:
            return "read-only screen: a picture is saved on the screen of a terminal"
        folder = self._options.pictures
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = self._app.save_screenshot(picture_name(view), str(folder))
        except OSError as error:
            return f"picture not saved: {error}"
        return f"picture saved: {path}"

    def _quit(self) -> Answer:
        """Quit; while something stands in the market only where it is asked for twice."""
        now, asked = self._clock(), self._asked_to_quit
        self._asked_to_quit = now
        if not self._trading.is_in_market or (asked is not None and now - asked <= TWICE_SECONDS):
            self._app.exit()
            return None
        return "a position or an order is open: once more to quit all the same"
