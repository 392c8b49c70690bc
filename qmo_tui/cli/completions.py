"""What the shell offers for values of options and arguments. Nothing here loads an engine: a key press waits for it.

Files are left to the shell wherever nothing better is known.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from qmo_tui.kept_recordings import kept_recordings, recordings_of
from qmo_tui.paths import themes_folder

if TYPE_CHECKING:
    from qmo_tui.settings import Settings

PACKAGED_THEMES: Final = ("colour-blind", "dark", "light", "ansi")
"""Their names, by heart: reading them would load the screen."""
Offer = Callable[[str], list[str]]
"""Returns the values that go on from what has been typed."""


def _one_of(*values: str) -> Offer:
    def offer(incomplete: str) -> list[str]:
        return [value for value in values if value.startswith(incomplete)]

    return offer


offer_accounts = _one_of("paper", "demo", "replay")
offer_accounts_or_all = _one_of("paper", "demo", "replay", "all")
offer_sessions = _one_of("last", "all")
offer_triggers = _one_of("rejection", "sweep_reclaim", "break_retest", "displacement", "manual", "exit")
offer_sides = _one_of("buy", "sell")
offer_outcomes = _one_of("won", "lost", "even", "open", "accepted", "rejected", "expired", "voided", "snoozed")
offer_schemas = _one_of("mbo", "mbp-10", "mbp-1")
offer_speeds = _one_of("0.1", "1", "10", "60", "max")
offer_durations = _one_of("30s", "15m", "1h", "8h")
offer_importances = _one_of("high", "medium", "low")


def offer_symbols(incomplete: str) -> list[str]:
    """Return the contract of the settings, and of each product the one with most volume and the nearest."""
    settings = _settings()
    if settings is None:
        return []
    known = [settings.feed.symbol, *(f"{root}.{rule}.0" for root in settings.instruments for rule in "vc")]
    return [symbol for symbol in dict.fromkeys(known) if symbol.startswith(incomplete)]


def offer_themes(incomplete: str) -> list[str]:
    """Return the packaged themes and those of the user's folder."""
    own = sorted(path.stem for path in themes_folder().glob("*.toml"))
    return [name for name in dict.fromkeys([*PACKAGED_THEMES, *own]) if name.startswith(incomplete)]


def offer_recordings(incomplete: str) -> list[str]:
    """Return the recordings of this folder and of the program's own; where none goes on so, the shell offers files."""
    return [str(path) for path in _recordings() if str(path).startswith(incomplete)]


def _recordings() -> Iterator[Path]:
    yield from (Path(path.name) for path in kept_recordings(Path(), deep=False))
    settings = _settings()
    if settings is not None:
        yield from kept_recordings(recordings_of(settings))


def _settings() -> "Settings | None":
    """Return the settings; None where they are wrong, which whoever runs the command is told."""
    from qmo_tui.settings import SettingsError, load

    try:
        return load().settings
    except SettingsError:
        return None
