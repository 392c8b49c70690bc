"""Themes, each a table from what a colour means to the colour, and the styles made of them; four come with the program.

An ink is a few words such as `bid bold on bid_bar`: a colour, attributes, and a ground after `on`. Colours are never
the only sign of anything: sides also have a column, an arrow or a letter, the touch is bold, marks have shapes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, TypeAlias

from rich.style import Style
from textual.theme import BUILTIN_THEMES, Theme

_ATTRIBUTES: Final = frozenset({"bold", "reverse", "underline"})


Palettes: TypeAlias = Mapping[str, "Palette"]
"""Themes by name, in the order in which the key goes through them."""


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


COLOURS: Final = {
    "ground": "behind everything",
    "panel": "behind what lies over the market: help, lists",
    "text": "words and numbers",
    "muted": "words that explain, such as headings",
    "faint": "rules, grids, dots",
    "ink": "words on a coloured sign, such as a badge",
    "key": "accents: keys, point of control, what is selected",
    "bid": "bids, buyers, whatever is for the buy side",
    "bid_over": "a number on the bar of a size on the bid",
    "bid_bar": "the bar behind a size on the bid; supporting zones",
    "bid_tint": "the ground of a footprint's cell that was bought",
    "bid_volume": "bars of bought volume",
    "ask": "asks, sellers, whatever is for the sell side",
    "ask_over": "a number on the bar of a size on the ask",
    "ask_bar": "the bar behind a size on the ask; resisting zones",
    "ask_tint": "the ground of a footprint's cell that was sold",
    "ask_volume": "bars of sold volume",
    "warn": "what wants a look: stale data, a closed gate, a pause",
    "alarm": "what must be seen: an armed prompt, a lock, a lost feed",
    "live_badge": "the sign LIVE",
    "replay_badge": "the sign REPLAY, and how far it has come",
    "demo_badge": "the sign DEMO",
    "context_badge": "the sign CONTEXT: a price that stands in",
}
"""Every colour that a theme has, with what it means."""
TERMINALS_OWN: Final = "default"
"""A colour of a theme with the terminal's own sixteen: its usual ink or ground."""

_COLOUR_BLIND: Final = {
    "ground": "#0f1317",
    "panel": "#1c232a",
    "text": "#d5dbe1",
    "muted": "#808b96",
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
    "warn": "#fdee4d",
    "alarm": "#fe794a",
    "live_badge": "#25c595",
    "replay_badge": "#c372a4",
    "demo_badge": "#fdee4d",
    "context_badge": "#c2cad7",
}
_DARK: Final = _COLOUR_BLIND | {
    "bid": "#50d89f",
    "bid_over": "#a6e8c8",
    "bid_bar": "#134a33",
    "bid_tint": "#203733",
    "bid_volume": "#2b7a58",
    "ask": "#ff7c73",
    "ask_over": "#ffc1bb",
    "ask_bar": "#5c2320",
    "ask_tint": "#301a1a",
    "ask_volume": "#9c4842",
    "alarm": "#f19134",
    "live_badge": "#3bcd97",
    "replay_badge": "#d58fe0",
    "context_badge": "#99a6b1",
}
_LIGHT: Final = _COLOUR_BLIND | {
    "ground": "#fbfaf7",
    "panel": "#ebe8e1",
    "text": "#1d242b",
    "muted": "#5f6973",
    "faint": "#bac0c4",
    "ink": "#ffffff",
    "key": "#085a8a",
    "bid": "#0265a6",
    "bid_over": "#003f66",
    "bid_bar": "#b5daf0",
    "bid_tint": "#e3f1fa",
    "bid_volume": "#5398bf",
    "ask": "#a94b01",
    "ask_over": "#6d3000",
    "ask_bar": "#f5d3a2",
    "ask_tint": "#fbefdc",
    "ask_volume": "#be862f",
    "warn": "#905b42",
    "alarm": "#860000",
    "live_badge": "#1a7ea9",
    "replay_badge": "#8e2d74",
    "demo_badge": "#be5a00",
    "context_badge": "#5b5c52",
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

PALETTES: Final[Palettes] = {
    palette.name: palette
    for palette in (
        Palette("colour-blind", _COLOUR_BLIND),
        Palette("dark", _DARK),
        Palette("light", _LIGHT, dark=False),
        Palette("ansi", _ANSI, ansi=True),
    )
}
DEFAULT_THEME: Final = "colour-blind"


def usable(palettes: Palettes, *, no_color: bool) -> Palettes:
    """Return the themes that can be painted: without colour, the terminal's own sixteen come out black on black."""
    return {name: palette for name, palette in palettes.items() if not (no_color and palette.ansi)}


def theme_for(name: str, palettes: Palettes, *, no_color: bool) -> Palette:
    """Return the theme of a name, or the default one where that cannot be painted."""
    return usable(palettes, no_color=no_color).get(name, PALETTES[DEFAULT_THEME])


def next_theme(name: str, palettes: Palettes, *, no_color: bool) -> Palette:
    """Return the theme after this one, in the order of the table."""
    names = list(usable(palettes, no_color=no_color))
    return palettes[names[(names.index(name) + 1) % len(names)]]
