"""`qmo watch`: a read-only cockpit on a session that another process of this machine serves."""

import os
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from qmo_tui.remote.connection import Address
    from qmo_tui.settings import Settings


def watch(
    *,
    port: Annotated[
        int | None, typer.Option(metavar="N", help="Port that the serving program told. [setting server.port]")
    ] = None,
) -> int:
    """Open a second, read-only screen on what `qmo serve`, or a cockpit with --serve, shows."""
    import asyncio

    from qmo_tui.cli.screen import need_terminal
    from qmo_tui.settings import load

    settings = load(flags={"server.port": port}).settings
    need_terminal("without one, ask the API (docs/server.md)")
    return asyncio.run(look(settings))


async def look(settings: "Settings") -> int:
    """Show what is served on the port of the settings until the viewer quits; return the exit code.

    Raises:
        QmoError: Nothing is served there, or this program may not look.
    """
    from qmo_tui.cli.screen import options_of
    from qmo_tui.cockpit.opening import open_cockpit
    from qmo_tui.remote.session import RemoteSession, first_glance
    from qmo_tui.session.watched import watched

    address = partial(_address, settings.server.port)
    options = options_of(settings)
    # The trader's own command runs where the session is: a second time would be one too many. Levels set here are
    # those of this screen alone.
    quiet = replace(options, alerts=replace(options.alerts, notify=frozenset()), price_alerts=None)
    session = RemoteSession(address, await first_glance(address()))
    code = 0

    async def show() -> None:
        nonlocal code
        code = await open_cockpit(session, quiet)

    await watched(show(), session.run())
    return code


def _address(port: int) -> "Address":
    """Return where to ask, with the token of the environment, else of what serves there for this user.

    Raises:
        QmoError: There is none.
    """
    from qmo_tui.remote.connection import Address
    from qmo_tui.server.token import TOKEN_VARIABLE
    from qmo_tui.server.whereabouts import whereabouts

    return Address(port, os.environ.get(TOKEN_VARIABLE, "") or whereabouts(port).token)
