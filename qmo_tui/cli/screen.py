"""How a command opens the cockpit: the session beside the screen, in one loop, until the trader quits."""

import sys
from typing import TYPE_CHECKING

from qmo_tui.errors import QmoError

if TYPE_CHECKING:
    from qmo_tui.cli.beginning import Begin
    from qmo_tui.cockpit.options import CockpitOptions
    from qmo_tui.server.serving import Serving
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


def show(begin: "Begin", settings: "Settings", *, serve: bool = False) -> int:
    """Begin a session and show it until the trader quits, serving it meanwhile if asked to; return the exit code.

    Raises:
        QmoError: It cannot be served.
        Exception: What ended the session, if an error did.
    """
    if not serve:
        return _show(begin, settings, None)
    from qmo_tui.server.serving import Serving

    with Serving(settings.server) as serving:
        return _show(begin, settings, serving)


def _show(begin: "Begin", settings: "Settings", serving: "Serving | None") -> int:
    import asyncio

    from qmo_tui.cockpit.opening import open_cockpit
    from qmo_tui.paths import serving_file
    from qmo_tui.session.event_log import EventLog
    from qmo_tui.session.said import SaidLines

    said = SaidLines()
    where = () if serving is None else (f"serving on {serving.url}, its token is in {serving_file(serving.port)}",)
    options = options_of(settings, where)

    async def play() -> int:
        session = begin(EventLog(None, [said] if serving is None else [said, serving.stream]))
        opened = asyncio.Event()

        async def run() -> None:
            # Loading the engines takes the interpreter from the screen, so the first frame comes first.
            await opened.wait()
            if serving is not None:
                await serving.start(session)
            await session.run()

        playing = asyncio.create_task(run())
        try:
            code = await open_cockpit(session, options, opened.set, said)
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
            if serving is not None:
                await serving.close("the cockpit was closed")
        if not playing.cancelled():
            playing.result()
        if session.failure is not None:
            raise session.failure
        return code

    return asyncio.run(play())


def options_of(settings: "Settings", notes: tuple[str, ...] = ()) -> "CockpitOptions":
    """Return what the settings and the keymap file say of the screen, and what the program remarks on it."""
    from qmo_tui.cockpit.alerts import AlertOptions
    from qmo_tui.cockpit.frame import NEW_YORK
    from qmo_tui.cockpit.keymap import load_keymap
    from qmo_tui.cockpit.options import CockpitOptions
    from qmo_tui.cockpit.quiet_hours import quiet_hours
    from qmo_tui.cockpit.theme_check import warning
    from qmo_tui.cockpit.theme_files import palettes_of, read_themes, require_known, trouble_with
    from qmo_tui.cockpit.themes import DEFAULT_THEME
    from qmo_tui.paths import (
        keymap_file,
        last_layout_file,
        layouts_file,
        pictures_folder,
        price_alerts_file,
        themes_folder,
    )

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
        ladder_columns=cockpit.ladder.columns,
        recent_seconds=cockpit.ladder.recent_seconds,
        ladder_margin=cockpit.ladder.recentre_margin,
        keymap=load_keymap(keymap_file()),
        pictures=pictures_folder(),
        price_alerts=price_alerts_file(),
        layouts=layouts_file(),
        last_layout=last_layout_file(),
        alerts=AlertOptions(
            bell=frozenset(alerts.bell),
            notify=frozenset(alerts.notify),
            command=alerts.command,
            timeout=alerts.timeout_seconds,
            flash=frozenset(alerts.flash),
            quiet=quiet_hours(alerts.quiet, NEW_YORK if alerts.quiet_clock == "New York" else None),
            quiet_kinds=frozenset(alerts.quiet_kinds),
        ),
        notes=notes,
    )
