"""What the trader may choose about the cockpit, already checked."""

from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path

from qmo_tui.cockpit.alerts import AlertOptions
from qmo_tui.cockpit.choices import LadderColumn
from qmo_tui.cockpit.frame import NEW_YORK
from qmo_tui.cockpit.keymap import Keymap
from qmo_tui.cockpit.themes import DEFAULT_THEME, PALETTES, Palettes

MOST_FRAMES_PER_SECOND = 20


@dataclass(frozen=True, slots=True)
class CockpitOptions:
    """Settings of the screen.

    Attributes:
        zone: Time zone of the clocks.
        theme: A name of `palettes`, or of none, which makes it the default one.
        palettes: All themes, the packaged ones first.
        greeting: What is told once the screen stands, such as a theme file that cannot be used; mostly empty.
        frames_per_second: Wanted rate, at most 20; a slow terminal lowers it by itself.
        interval: Interval of the chart's bars at the start.
        tape_minimum: Smallest print on the tape at the start, lots.
        big_print: Size from which a print is emphasised, lots; 0 leaves that to what is large lately.
        ladder_margin: Rows from its edge at which the market makes the ladder centre itself; 0: only by key.
        keymap: Keys that replace the default ones.
        pictures: Folder for saved pictures of the screen.
        price_alerts: File in which price alerts outlive the screen; None for none.
        alerts: What rings the bell and what runs the trader's own command.
        layouts: The trader's own layouts; None for the packaged ones alone.
        last_layout: File that keeps which layout was used last; None keeps nothing.
        ladder_columns: Columns of the ladder where a layout names none; empty for as many as fit.
        recent_seconds: Over which the ladder adds up what traded lately.
        notes: Lasting remarks of the program, beside those about the data.
    """

    zone: tzinfo = NEW_YORK
    theme: str = DEFAULT_THEME
    palettes: Palettes = field(default_factory=lambda: PALETTES)
    greeting: str = ""
    frames_per_second: int = 10
    interval: str = "1m"
    tape_minimum: int = 1
    big_print: int = 0
    ladder_margin: int = 1
    keymap: Keymap = field(default_factory=dict)
    pictures: Path = field(default_factory=Path)
    price_alerts: Path | None = None
    alerts: AlertOptions = field(default_factory=AlertOptions)
    layouts: Path | None = None
    last_layout: Path | None = None
    ladder_columns: tuple[LadderColumn, ...] = ()
    recent_seconds: int = 30
    notes: tuple[str, ...] = ()
