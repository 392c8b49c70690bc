"""Four themes, each a table from what a colour means to the colour, and the styles made of them.

An ink is a few words such as `bid bold on bid_bar`: a colour, attributes, and a ground after `on`. Colours are never
the only sign of anything: sides also have a column, an arrow or a letter, the touch is bold, marks have shapes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from rich.style import Style
from textual.theme import BUILTIN_THEMES, Theme

_ATTRIBUTES: Final = frozenset({"bold", "reverse", "underline"})


@dataclass(frozen=True, eq=False)
class Palette:
    """The colours of one theme.

    Attributes:
        colours: What a colour means to its name or hexadecimal value.
        ansi: The terminal's own sixteen colours are used.
    """

    name: str
    colours: Mapping[str, str]
    dark: bool = True
    ansi: bool = False

    @lru_cache(maxsize=512)  # noqa: B019  palettes live as long as the program
    def style(self, ink: str, ground: str = "ground") -> Style:
        """Return the style of an ink, which lies on `ground` where it names no ground of its own.

        Raises:
            KeyError: The ink names a colour that the palette does not have.
        """
        words = ink.split()
        colour, *own_ground = [word for word in words if word not in _ATTRIBUTES and word != "on"]
        return Style(
            color=self.colours[colour],
            bgcolor=self.colours[own_ground[0] if own_ground else ground],
            bold="bold" in words or None,
            reverse="reverse" in words or None,
            underline="underline" in words or None,
        )

    def theme(self) -> Theme:
        """Return what Textual needs to know of it: the grounds, and the colours of its input field."""
        if self.ansi:
            return replace(BUILTIN_THEMES["ansi-dark"], name=self.name)
        colours = self.colours
        return Theme(
            name=self.name,
            primary=colours["key"],
            foreground=colours["text"],
            background=colours["ground"],
            surface=colours["ground"],
            panel=colours["panel"],
            warning=colours["warn"],
            error=colours["alarm"],
            dark=self.dark,
        )


_COLOUR_BLIND: Final = {
    "ground": "#0f1317",
    "panel": "#1c232a",
    "text": "#d5dbe1",
    "muted": "#7d8994",
    "faint": "#3a444d",
    "ink": "#0f1317",
    "key": "#9fc3dc",
    "bid": "#56b4e9",
    "bid_over": "#a8d9f5",
    "bid_bar": "#123f5c",
    "bid_tint": "#142733",
    "bid_volume": "#2f6f97",
    "ask": "#e69f00",
    "ask_over": "#ffcf70",
    "ask_bar": "#523a08",
    "ask_tint": "#2c2413",
    "ask_volume": "#93680f",
    "warn": "#f0e442",
    "alarm": "#ff7a45",
    "live_badge": "#1fc49a",
    "replay_badge": "#cc79a7",
    "demo_badge": "#f0e442",
    "context_badge": "#9aa5af",
}
_DARK: Final = _COLOUR_BLIND | {
    "bid": "#4cc38a",
    "bid_over": "#a6e8c8",
    "bid_bar": "#134a33",
    "bid_tint": "#12281f",
    "bid_volume": "#2b7a58",
    "ask": "#ff7b72",
    "ask_over": "#ffc1bb",
    "ask_bar": "#5c2320",
    "ask_tint": "#301a1a",
    "ask_volume": "#9c4842",
    "alarm": "#ff9d3d",
}
_LIGHT: Final = _COLOUR_BLIND | {
    "ground": "#fbfaf7",
    "panel": "#ebe8e1",
    "text": "#1d242b",
    "muted": "#66717b",
    "faint": "#c6ccd1",
    "ink": "#ffffff",
    "key": "#0b5a8a",
    "bid": "#00619c",
    "bid_over": "#003f66",
    "bid_bar": "#b5daf0",
    "bid_tint": "#e3f1fa",
    "bid_volume": "#6fb3dc",
    "ask": "#a84a00",
    "ask_over": "#6d3000",
    "ask_bar": "#f5d3a2",
    "ask_tint": "#fbefdc",
    "ask_volume": "#dba04a",
    "warn": "#8a5a00",
    "alarm": "#b3261e",
    "live_badge": "#007a5a",
    "replay_badge": "#9c3d75",
    "demo_badge": "#8a5a00",
    "context_badge": "#5f6a74",
}
_ANSI: Final = {
    "ground": "default",
    "panel": "default",
    "text": "default",
    "muted": "bright_black",
    "faint": "bright_black",
    "ink": "black",
    "key": "green",
    "bid": "cyan",
    "bid_over": "bright_white",
    "bid_bar": "blue",
    "bid_tint": "default",
    "bid_volume": "cyan",
    "ask": "yellow",
    "ask_over": "black",
    "ask_bar": "yellow",
    "ask_tint": "default",
    "ask_volume": "yellow",
    "warn": "bright_yellow",
    "alarm": "bright_red",
    "live_badge": "green",
    "replay_badge": "magenta",
    "demo_badge": "bright_yellow",
    "context_badge": "white",
}

PALETTES: Final = {
    palette.name: palette
    for palette in (
        Palette("colour-blind", _COLOUR_BLIND),
        Palette("dark", _DARK),
        Palette("light", _LIGHT, dark=False),
        Palette("ansi", _ANSI, ansi=True),
    )
}
DEFAULT_THEME: Final = "colour-blind"


def theme_for(name: str, *, no_color: bool) -> str:
    """Return the theme to use: without colour, the terminal's own sixteen would be painted black on black."""
    return DEFAULT_THEME if no_color and PALETTES[name].ansi else name


def next_theme(name: str, *, no_color: bool) -> str:
    """Return the theme after this one, in the order of the table."""
    names = list(PALETTES)
    return theme_for(names[(names.index(name) + 1) % len(names)], no_color=no_color)
