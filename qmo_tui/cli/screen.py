"""How a command opens the cockpit: the session beside the screen, in one loop, until the trader quits."""

import sys
from typing import TYPE_CHECKING

from qmo_tui.errors import QmoError

if TYPE_CHECKING:
    from qmo_tui.cli.beginning import Begin
    from qmo_tui.cockpit.options import CockpitOptions
    from qmo_tui.settings import Settings


def need_terminal(advice: str) -> None:
    """Refuse where the screen could not be seen or the keys could not be heard.

    The screen is written to stderr, so none of the three streams may lead elsewhere.

    Raises:
        QmoError: One of them is not a terminal; the message ends with `advice`.
    """
    streams = {"stdin": sys.stdin, "stdout": sys.stdout, "stderr": sys.stderr}
    elsewhere = [name for name, stream in streams.items() if not stream.isatty()]
    if elsewhere:
        raise QmoError(f"the cockpit needs a terminal (not so: {', '.join(elsewhere)}); {advice}")


def show(begin: "Begin", settings: "Settings") -> int:
    """Begin a session and show it until the trader quits; return the exit code.

    Raises:
        Exception: What ended the session, if an error did.
    """
    import asyncio

    from qmo_tui.cockpit.app import open_cockpit

    options = options_of(settings)

    async def play() -> int:
        session = begin(None)
        opened = asyncio.Event()

        async def run() -> None:
            # Loading the engines takes the interpreter from the screen, so the first frame comes first.
            await opened.wait()
            await session.run()

        playing = asyncio.create_task(run())
        try:
            code = await open_cockpit(session, options, opened.set)
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
        if session.failure is not None:
            raise session.failure
        return code

    return asyncio.run(play())


def options_of(settings: "Settings") -> "CockpitOptions":
    """Return what the settings and the keymap file say of the screen."""
    from qmo_tui.cockpit.alerts import AlertOptions
    from qmo_tui.cockpit.keymap import load_keymap
    from qmo_tui.cockpit.options import CockpitOptions
    from qmo_tui.cockpit.theme_check import warning
    from qmo_tui.cockpit.theme_files import palettes_of, read_themes, require_known, trouble_with
    from qmo_tui.cockpit.themes import DEFAULT_THEME
    from qmo_tui.paths import keymap_file, pictures_folder, themes_folder

    cockpit, alerts = settings.cockpit, settings.alerts
    themes = read_themes(themes_folder())
    require_known(cockpit.theme, themes, setting="cockpit.theme")
    palettes = palettes_of(themes)
    return CockpitOptions(
        zone=cockpit.time_zone,
        theme=cockpit.theme,
        palettes=palettes,
        greeting=trouble_with(themes, cockpit.theme) or warning(palettes.get(cockpit.theme, palettes[DEFAULT_THEME])),
        frames_per_second=cockpit.frames_per_second,
        interval=cockpit.chart_interval,
        tape_minimum=cockpit.tape.minimum_size,
        big_print=cockpit.tape.big_print,
        ladder_margin=cockpit.ladder.recentre_margin,
        keymap=load_keymap(keymap_file()),
        pictures=pictures_folder(),
        alerts=AlertOptions(
            bell=frozenset(alerts.bell),
            notify=frozenset(alerts.notify),
            command=alerts.command,
            timeout=alerts.timeout_seconds,
        ),
    )
